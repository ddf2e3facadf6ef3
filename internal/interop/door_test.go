package interop

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// textSize is how much of a body is kept as text: an answer of fpserver has the fields of the request in it.
const textSize = 16 << 10

// ask is one request.
type ask struct {
	method, url string
	header      client.Header
	body        *upload // nil: none
	length      int64   // of the body; -1: not announced
	most        int64   // of the response's body are read, then it is closed; 0: all
}

// answer is what came of it. Its body was read to the end.
type answer struct {
	status int
	proto  string
	length int64 // that the response announced, -1: none
	body   digest
	text   []byte // of the body, at least the first textSize bytes
	reused bool
	local  netip.AddrPort
}

// doors are the two ways through the client, over the same connections.
type door struct {
	name string
	do   func(ctx context.Context, a ask) (answer, error)
}

// newDoors returns a client's session and its transport.
func newDoors(t *testing.T, p peer, profile string, version client.HTTPVersion) (session, transport door) {
	t.Helper()
	tr := &client.Transport{Profile: profile, HTTPVersion: version, RootCAs: p.roots}
	s := newSession(t, &client.Options{Transport: tr})
	t.Cleanup(func() { tr.Close() })
	session = door{"session", func(ctx context.Context, a ask) (answer, error) { return throughSession(ctx, s, a) }}
	transport = door{"transport", func(ctx context.Context, a ask) (answer, error) { return throughTransport(ctx, tr, a) }}
	return session, transport
}

func throughSession(ctx context.Context, s *client.Session, a ask) (answer, error) {
	c := &client.Call{Header: a.header}
	if a.body != nil {
		c.Body, c.Length = a.body, a.length
		if a.length == 0 {
			c.Body, c.Length, c.Bytes = nil, 0, []byte{}
		}
	}
	r, err := s.Do(ctx, a.method, a.url, c)
	if err != nil {
		return answer{}, err
	}
	defer r.Close()
	out := answer{status: r.StatusCode, proto: r.Proto, length: r.Length, reused: r.Info.Reused, local: r.Info.LocalAddr}
	return out, out.read(r.Body, a.most)
}

func throughTransport(ctx context.Context, tr *client.Transport, a ask) (answer, error) {
	var body io.Reader
	if a.body != nil {
		body = a.body
	}
	r, err := http.NewRequestWithContext(ctx, a.method, a.url, body)
	if err != nil {
		return answer{}, err
	}
	if a.body != nil {
		r.ContentLength = a.length
		if a.length == 0 {
			r.Body = http.NoBody
		}
	}
	for _, f := range a.header {
		r.Header.Add(f.Name, f.Value)
	}
	res, err := (&http.Client{Transport: tr}).Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	out := answer{status: res.StatusCode, proto: res.Proto, length: res.ContentLength}
	return out, out.read(res.Body, a.most)
}

// read reads the body, or about as much as most of it.
func (a *answer) read(r io.Reader, most int64) error {
	h := sha256.New()
	b := make([]byte, 32<<10)
	for {
		n, err := r.Read(b)
		h.Write(b[:n])
		a.body.Size += int64(n)
		if len(a.text) < textSize {
			a.text = append(a.text, b[:n]...)
		}
		if err == io.EOF || most > 0 && a.body.Size >= most {
			a.body.SHA256 = sum(h)
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d bytes of the body: %w", a.body.Size, err)
		}
	}
}

// get downloads the bytes from first up to, not including, end of a body of n, and checks what comes.
func (d door) get(ctx context.Context, p peer, first, end, n int64) (answer, error) {
	a := ask{method: "GET", url: p.file(n)}
	status := http.StatusOK
	if first != 0 || end != n {
		a.header = client.Header{{Name: "Range", Value: fmt.Sprintf("bytes=%d-%d", first, end-1)}}
		status = http.StatusPartialContent
	}
	got, err := d.do(ctx, a)
	switch want := patternDigest(first, end); {
	case err != nil:
		return got, err
	case got.status != status:
		return got, fmt.Errorf("status %d, want %d: %.300q", got.status, status, got.text)
	case got.length != want.Size:
		return got, fmt.Errorf("announced are %d bytes, want %d", got.length, want.Size)
	case got.body != want:
		return got, fmt.Errorf("body %v, want %v", got.body, want)
	}
	return got, nil
}

// post uploads n bytes to the path and checks what arrived; the length is announced, or not.
func (d door) post(ctx context.Context, p peer, path string, n int64, seed uint64, announced bool) (answer, error) {
	a := ask{method: "POST", url: p.url + path, body: newUpload(n, seed), length: n}
	if !announced {
		a.length = -1
	}
	got, err := d.do(ctx, a)
	if err != nil {
		return got, err
	}
	if got.status != http.StatusOK {
		return got, fmt.Errorf("status %d: %.300q", got.status, got.text)
	}
	var r report
	if err := json.Unmarshal(got.text, &r); err != nil {
		return got, fmt.Errorf("%w: %.300q", err, got.text)
	}
	if want := a.body.digest(); r.Body != want {
		return got, fmt.Errorf("arrived %v, sent %v", r.Body, want)
	}
	return got, nil
}

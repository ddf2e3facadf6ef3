package client_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestSizes: what a call took on the wire, against what the other side has seen.
func TestSizes(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"RESP-12", "HTTP/1.1", testSizesHTTP1},
		{"RESP-12", "HTTP/2", testSizesHTTP2},
		{"RESP-12", "bodies", testSizesOfBodies},
		{"RESP-12", "over redirects", testSizesOverRedirects},
	})
}

func testSizesHTTP1(t *testing.T) {
	got := make(chan string, 8)
	const head = "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 3\r\n\r\n"
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		for request := p.Head(); request != ""; request = p.Head() {
			got <- request
			p.Take(len(fieldOf(request, "X-Count")))
			p.Send("HTTP/1.1 103 Early Hints\r\n\r\n" + head + "abc")
		}
	})
	s := newSession(t, &client.Options{Profile: "chromium156"})
	for _, body := range []string{"", "small", strings.Repeat("x", 3000)} {
		res, err := s.Post(t.Context(), srv.URL, &client.Call{Bytes: []byte(body), Header: h("X-Count", strings.Repeat("n", len(body)))})
		if err != nil {
			t.Fatal(err)
		}
		res.Bytes()
		in := res.Info
		if want := int64(len(<-got)); in.RequestHead != want || in.ResponseHead != int64(len(head)) || in.Uploaded != int64(len(body)) || in.Received != 3 {
			t.Errorf("%d, %d, %d, %d, want %d, %d, %d, 3", in.RequestHead, in.ResponseHead, in.Uploaded, in.Received, want, len(head), len(body))
		}
	}
}

func testSizesHTTP2(t *testing.T) {
	for _, profile := range profilesInUse {
		srv := fpserver.NewServer(t)
		s := newSession(t, &client.Options{Profile: profile, RootCAs: srv.CertPool(), HTTPVersion: client.HTTP2})
		res, err := s.Post(t.Context(), srv.URL+"/upload", &client.Call{Bytes: make([]byte, 50_000), Header: h("X-Long", strings.Repeat("~", 20_000))})
		if err != nil {
			t.Fatal(err)
		}
		b, err := res.Bytes()
		if err != nil || res.Info.Uploaded != 50_000 || res.Info.Received != int64(len(b)) {
			t.Errorf("%s: uploaded %d, received %d of %d, %v", profile, res.Info.Uploaded, res.Info.Received, len(b), err)
		}
		want := headFrames(srv.Conns()[0].Capture().Client)
		if res.Info.RequestHead != want || want < 16_384 || res.Info.ResponseHead < 9 || res.Info.ResponseHead > 500 {
			t.Errorf("%s: heads of %d and %d bytes, want %d", profile, res.Info.RequestHead, res.Info.ResponseHead, want)
		}
	}
}

// headFrames returns the size of the HEADERS and CONTINUATION frames in what a client of HTTP/2 has sent.
func headFrames(b []byte) (size int64) {
	const preface = 24
	for b = b[preface:]; len(b) >= 9; {
		n := 9 + int(b[0])<<16 + int(b[1])<<8 + int(b[2])
		if b[3] == 1 || b[3] == 9 {
			size += int64(n)
		}
		b = b[min(n, len(b)):]
	}
	return size
}

func testSizesOfBodies(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, gzipped(strings.Repeat("a", 10_000)))
		})
		s := srv.session(t, "")
		for name, c := range map[string]*client.Call{
			"bytes": {Bytes: make([]byte, 5000)}, "reader": {Body: bytes.NewReader(make([]byte, 5000))}, "stream": {Body: stream(strings.Repeat("x", 5000))},
			"slow": {Bytes: make([]byte, 5000), SendRate: 1 << 30},
		} {
			res, err := s.Post(t.Context(), srv.url, c)
			if err != nil {
				t.Fatal(err)
			}
			b, err := res.Bytes()
			if err != nil || len(b) != 10_000 || res.Info.Received >= int64(len(b)) || res.Info.Received != int64(len(gzipped(string(b)))) || res.Info.Uploaded != 5000 {
				t.Errorf("%s: %d bytes, received %d, uploaded %d, %v", name, len(b), res.Info.Received, res.Info.Uploaded, err)
			}
		}
	}
}

func testSizesOverRedirects(t *testing.T) {
	srv := newServer(t, false, redirecting)
	res, err := srv.session(t, "").Put(t.Context(), srv.url+"/to/to/end", &client.Call{Bytes: []byte("hello")})
	if err != nil {
		t.Fatal(err)
	}
	res.Bytes()
	var sent, received int64
	for _, r := range append(res.History, res) {
		if r.Info.Uploaded != 5 || r.Info.RequestHead < 50 || r.Info.ResponseHead < 50 {
			t.Errorf("%+v", r.Info)
		}
		sent += 5 + r.Info.RequestHead
		received += r.Info.Received + r.Info.ResponseHead
	}
	if s, r := res.Transferred(); len(res.History) != 2 || s != sent || r != received {
		t.Errorf("%d redirects, %d and %d bytes, want %d and %d", len(res.History), s, r, sent, received)
	}
}

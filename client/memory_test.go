package client_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// lengthy is a reader that knows its length and may wait all the same.
type lengthy struct{ io.Reader }

func (lengthy) Len() int { return 5 }

// writes keeps what each Write was given.
type writes struct {
	net.Conn
	mu   sync.Mutex
	list []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.list = append(w.list, string(p))
	w.mu.Unlock()
	return w.Conn.Write(p)
}

// TestHeadWithBody: bodies in memory leave together with the head, as with browsers, and others do not hold it up.
func TestHeadWithBody(t *testing.T) {
	t.Parallel()
	addr := testnet.Serve(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	std := func(body io.Reader) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+addr+"/", body)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, row := range []struct {
		name string
		call *client.Call  // of a session
		std  *http.Request // of a transport
		want int
	}{
		{"bytes", &client.Call{Bytes: []byte("hello")}, nil, 1},
		{"form", &client.Call{Form: client.Q("a", "b")}, nil, 1},
		{"strings.Reader", &client.Call{Body: strings.NewReader("hello")}, nil, 1},
		{"bytes.Reader", &client.Call{Body: bytes.NewReader([]byte("hello"))}, nil, 1},
		{"bytes.Buffer", &client.Call{Body: bytes.NewBufferString("hello")}, nil, 1},
		{"Len", &client.Call{Body: lengthy{strings.NewReader("hello")}}, nil, 2},
		{"Len and GetBody", &client.Call{Body: lengthy{strings.NewReader("hello")}, GetBody: func() (io.ReadCloser, error) { return nil, errBoom }}, nil, 2},
		{"stream", &client.Call{Body: io.MultiReader(strings.NewReader("hello")), Length: 5}, nil, 2},
		{"transport, strings.Reader", nil, std(strings.NewReader("hello")), 1},
		{"transport, bytes.Buffer", nil, std(bytes.NewBufferString("hello")), 1},
		{"transport, large", nil, std(strings.NewReader(strings.Repeat("x", 2000))), 2},
		{"transport, Len", nil, func() *http.Request { r := std(lengthy{strings.NewReader("hello")}); r.ContentLength = 5; return r }(), 2},
	} {
		var w *writes
		tr := &client.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			c, err := dialTo(addr)(ctx, network, "")
			w = &writes{Conn: c}
			return w, err
		}}
		if row.std != nil {
			res, err := tr.RoundTrip(row.std)
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
				continue
			}
			res.Body.Close()
		} else if err := fetch(t, &client.Options{Transport: tr}, "POST", "http://"+addr+"/", row.call); err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		w.mu.Lock()
		if len(w.list) != row.want {
			t.Errorf("%s: written as %q, want %d writes", row.name, w.list, row.want)
		}
		w.mu.Unlock()
		tr.Close()
	}
}

// TestExpect: over HTTP/1.1 the body waits for the server's word, over HTTP/2 the field is just sent.
func TestExpect(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/no" {
				w.WriteHeader(http.StatusExpectationFailed)
				return
			}
			echo(w, r)
		})
		s := srv.session(t, "")
		call := func(body io.Reader) *client.Call {
			return &client.Call{Body: body, Header: client.Header{{Name: "Expect", Value: "100-continue"}}}
		}
		if e := ask(t, s, "POST", srv.url+"/", call(strings.NewReader("hello"))); string(e.Body) != "hello" {
			t.Errorf("h2 %t: %q", http2, e.Body)
		}
		body := &firstRead{Reader: strings.NewReader(strings.Repeat("x", 5000))}
		r, err := s.Post(t.Context(), srv.url+"/no", call(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if sent := r.Info.Sent.Get("Expect"); sent != "100-continue" {
			t.Errorf("h2 %t: Expect is %q", http2, sent)
		}
		if r.StatusCode != 417 || !http2 && body.read.Load() {
			t.Errorf("h2 %t: status %d, read %t", http2, r.StatusCode, body.read.Load())
		}
	}
}

// firstRead tells whether it was read.
type firstRead struct {
	io.Reader
	read atomic.Bool
}

func (f *firstRead) Read(p []byte) (int, error) { f.read.Store(true); return f.Reader.Read(p) }

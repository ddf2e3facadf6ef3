package client_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// endlessBody writes to w until it fails, and counts.
func endlessBody(w io.Writer, n *atomic.Int64) {
	piece := make([]byte, 1<<10)
	for {
		m, err := w.Write(piece)
		n.Add(int64(m))
		if err != nil {
			return
		}
	}
}

// testBackpressure: nobody reads, and the server can write no more than what one buffer holds; with each byte that is read it
// may write another one. A pipe holds nothing itself, and in a bubble "blocked" is no matter of time.
func testBackpressure(t *testing.T) {
	const buffers = 64 << 10
	synctest.Test(t, func(t *testing.T) {
		var written atomic.Int64
		s := newSession(t, overPipes(t, func(p *testnet.Peer) {
			p.Head()
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
			endlessBody(p.Conn, &written)
		}))
		slowReader(t, s, "http://a.test/", &written, buffers)
	})
}

// slowReader gets a body without end, reads some of it now and then, and wants the server to be blocked in between: by no more
// ahead of it than ahead bytes.
func slowReader(t *testing.T, s *client.Session, url string, written *atomic.Int64, ahead int64) {
	t.Helper()
	r, err := s.Get(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	var read int64
	for range 20 {
		synctest.Wait() // all goroutines are blocked, the server's too
		if w := written.Load(); w < read || w > read+ahead {
			t.Errorf("%d bytes read, %d written, want at most %d ahead", read, w, ahead)
		}
		n, err := io.CopyN(io.Discard, r.Body, 500<<10)
		if err != nil {
			t.Fatal(err)
		}
		read += n
	}
	r.Close()
	s.Close()
	synctest.Wait()
}

// testBackpressureHTTP2: the bound is the stream's window, which is the browser's.
func testBackpressureHTTP2(t *testing.T) {
	for _, row := range []struct {
		profile string
		window  int64 // of a stream
	}{{"", 4 << 20}, {"chromium156", 6 << 20}, {"firefox153_linux", 12 << 20}} {
		synctest.Test(t, func(t *testing.T) {
			ca := testnet.NewCA(t, time.Now())
			var written atomic.Int64
			conns := make(pipes)
			srv := &http.Server{TLSConfig: ca.Server("h2"), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				endlessBody(w, &written)
			}), ErrorLog: log.New(io.Discard, "", 0)}
			go srv.ServeTLS(conns, "", "")
			defer srv.Close()
			dial := func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				conns <- far
				return near, nil
			}
			s := newSession(t, &client.Options{Profile: row.profile, RootCAs: ca.Pool(), DialContext: dial})
			slowReader(t, s, "https://localhost/", &written, row.window+1<<16)
		})
	}
}

// pipes is a listener whose connections are the far ends of pipes.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// testUploadPieces: each piece of a body is on its way before the next one is made, and a slow producer keeps nobody busy.
func testUploadPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		s := newSession(t, overPipes(t, func(p *testnet.Peer) {
			p.Head()
			for _, piece := range []string{"3\r\nabc\r\n", "2\r\nde\r\n", "0\r\n\r\n"} {
				if got := p.Take(len(piece)); got != piece {
					t.Errorf("%q, want %q", got, piece)
				}
				at = append(at, time.Since(start))
			}
			p.Send(abc)
			p.Drain()
		}))
		body, feed := io.Pipe()
		go func() {
			for _, piece := range []string{"abc", "de"} {
				time.Sleep(time.Hour)
				io.WriteString(feed, piece)
			}
			time.Sleep(time.Hour)
			feed.Close()
		}()
		r, err := s.Post(t.Context(), "http://a.test/", &client.Call{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := r.Bytes(); string(b) != "abc" || err != nil || len(at) != 3 {
			t.Fatalf("%q, %v, %v", b, err, at)
		}
		for i, d := range at {
			if want := time.Duration(i+1) * time.Hour; d != want {
				t.Errorf("piece %d came after %v, want %v", i, d, want)
			}
		}
	})
}

// untilClosed is a body without end. It counts what was read of it.
type untilClosed struct {
	n      atomic.Int64
	closed atomic.Int32
}

func (u *untilClosed) Read(b []byte) (int, error) {
	if u.closed.Load() > 0 {
		return 0, errors.New("read after close")
	}
	u.n.Add(int64(len(b)))
	return len(b), nil
}

func (u *untilClosed) Close() error { u.closed.Add(1); return nil }

// testUploadRefused: a refusal is returned with its body while the upload goes on, which then stops.
func testUploadRefused(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		for _, profile := range engines {
			srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
				io.ReadFull(r.Body, make([]byte, 1<<16))
				w.Header().Set("Connection", "close")
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				io.WriteString(w, strings.Repeat("too much ", 100))
			})
			body := &untilClosed{}
			r, err := srv.session(t, profile).Post(t.Context(), srv.url, &client.Call{Body: body})
			if err != nil {
				t.Errorf("h2=%t %q: %v", http2, profile, err)
				continue
			}
			if b, err := r.Bytes(); r.StatusCode != 413 || len(b) != 900 || err != nil {
				t.Errorf("h2=%t %q: %d, %d bytes, %v", http2, profile, r.StatusCode, len(b), err)
			}
			eventually(t, "the upload has stopped", func() bool { return body.closed.Load() == 1 })
		}
	}
}

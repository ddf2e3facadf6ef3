package engine_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/engine"
)

// TestMaxIdleInAll: the connection that has been idle longest gives way, to whatever origin it leads.
func TestMaxIdleInAll(t *testing.T) {
	t.Parallel()
	var closed atomic.Int32
	e := newEngine(t, &engine.Config{DialContext: plain(&closed), MaxIdle: 3})
	get := func(i int) *engine.Response { r, _ := fetch(t, e, fmt.Sprintf("http://%d.test/", i)); return r }
	for i := range 3 {
		get(i)
	}
	if r := get(0); r.Fresh || closed.Load() != 0 {
		t.Errorf("fresh %v, %d closed below the limit", r.Fresh, closed.Load())
	}
	get(3)
	eventually(t, "one is closed", func() bool { return closed.Load() == 1 })
	if n := engine.Hosts(e); n != 3 {
		t.Errorf("%d origins", n)
	}
	for _, i := range []int{0, 2, 3} {
		if get(i).Fresh {
			t.Errorf("connection %d is gone", i)
		}
	}
	if !get(1).Fresh {
		t.Error("the one used longest ago was kept")
	}
}

// TestMaxIdleHTTP2: HTTP/2 connections count, too.
func TestMaxIdleHTTP2(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, echoProto)
	e := newEngine(t, &engine.Config{RootCAs: s.ca.Pool(), MaxIdle: 1})
	fetch(t, e, s.url)
	r, err := e.RoundTrip(request(t, insist(t.Context(), "http/1.1"), "GET", s.url, nil))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, r)
	eventually(t, "one origin left", func() bool { return engine.Hosts(e) == 1 })
}

// TestCloseSideBySide: connections whose peers do not listen are closed at the same time.
func TestCloseSideBySide(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"Close", "CloseIdleConnections"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			const n = 4
			var closing atomic.Int32
			all := make(chan struct{})
			var none atomic.Int32
			dial := plain(&none)
			e := newEngine(t, &engine.Config{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := dial(ctx, network, addr)
				return &slowCloser{Conn: c, close: func() {
					if closing.Add(1) == n {
						close(all)
					}
					<-all
				}}, err
			}})
			for i := range n {
				fetch(t, e, fmt.Sprintf("http://%d.test/", i))
			}
			done := make(chan struct{})
			go func() {
				if how == "Close" {
					e.Close()
				} else {
					e.CloseIdleConnections()
				}
				close(done)
			}()
			eventually(t, "all are being closed", func() bool { return closing.Load() >= n })
			<-done
		})
	}
}

// slowCloser is a connection whose Close calls a function first.
type slowCloser struct {
	net.Conn
	close func()
	once  atomic.Bool
}

func (s *slowCloser) Close() error {
	if !s.once.Swap(true) {
		s.close()
	}
	return s.Conn.Close()
}

// TestEmptyResponseHTTP2: a response without body does not keep its connection busy.
func TestEmptyResponseHTTP2(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "HEAD"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			e, s := serveHTTP2(t, func(fr *http2.Framer, stream uint32, n int32) { answerOK(fr, stream) })
			r, err := e.RoundTrip(request(t, t.Context(), method, s.url, nil))
			if err != nil {
				t.Fatal(err)
			}
			e.CloseIdleConnections()
			if n := engine.Hosts(e); n != 0 {
				t.Error("the connection is not idle")
			}
			if b, err := io.ReadAll(r.Body); len(b) > 0 || err != nil {
				t.Errorf("%q, %v", b, err)
			}
			if err := r.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified} {
		s := newServer(t, true, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		e := s.engine(t)
		if _, err := e.RoundTrip(request(t, t.Context(), "GET", s.url, nil)); err != nil {
			t.Fatal(err)
		}
		if e.CloseIdleConnections(); engine.Hosts(e) != 0 {
			t.Errorf("%d: the connection is not idle", status)
		}
	}
}

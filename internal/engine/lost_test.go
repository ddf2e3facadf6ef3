package engine_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestLostHTTP2: a used HTTP/2 connection that ends without an answer is replaced, as over HTTP/1.1.
func TestLostHTTP2(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, method    string
		hangUp          int32
		ok              bool
		conns, requests int32
		reason          string
	}{
		{"used", "GET", 2, true, 2, 3, "idempotent"},
		{"used, POST", "POST", 2, false, 1, 2, "it may have been processed"},
		{"new", "GET", 1, false, 1, 1, "the server does not close it for its age"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, s := serveHTTP2(t, func(fr *http2.Framer, stream uint32, n int32) { answerOK(fr, stream) })
			s.hangUp.Store(row.hangUp)
			if row.hangUp > 1 {
				fetch(t, e, s.url)
			}
			r, err := e.RoundTrip(request(t, t.Context(), row.method, s.url, nil))
			if (err == nil) != row.ok {
				t.Fatalf("%s: %v", row.reason, err)
			}
			if err == nil {
				readAll(t, r)
			}
			if c, n := s.conns.Load(), s.requests.Load(); c != row.conns || n != row.requests {
				t.Errorf("%d connections, %d requests", c, n)
			}
		})
	}
}

// TestSilentHTTP2: a connection on which a request has run into its deadline with not a byte from the server gets no
// other one.
func TestSilentHTTP2(t *testing.T) {
	t.Parallel()
	e, s := serveHTTP2(t, func(fr *http2.Framer, stream uint32, n int32) {
		if n != 2 {
			answerOK(fr, stream)
		}
	})
	first, _ := fetch(t, e, s.url)
	eventually(t, "SETTINGS answered", func() bool { return s.acked.Load() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := e.RoundTrip(request(t, ctx, "GET", s.url, nil)); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, h2.ErrUnprocessed) {
		t.Fatalf("error %v", err)
	}
	tries := 0
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GetConn: func(string) { tries++ }})
	next, err := e.RoundTrip(request(t, trace, "GET", s.url, nil))
	if err != nil {
		t.Fatal(err)
	}
	if readAll(t, next); next.Conn == first.Conn || s.conns.Load() != 2 || tries != 1 {
		t.Errorf("the silent connection got another request: %d connections, %d tries", s.conns.Load(), tries)
	}
}

// TestStillborn: a server that closes every connection at once is not dialled for ever.
func TestStillborn(t *testing.T) {
	t.Parallel()
	e := newEngine(t, &engine.Config{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := e.RoundTrip(request(t, ctx, "GET", "http://a.test/", nil))
			done <- err
		}()
		eventually(t, "first dial", func() bool { return engine.Stillborn(e, "a.test:80") })
		if !engine.Stillborn(e, "a.test:80") {
			t.Fatal("no second dial")
		}
		if engine.Stillborn(e, "a.test:80") {
			t.Error("a third dial")
		}
		var ee *engine.Error
		if err := <-done; !errors.As(err, &ee) || ee.Op != engine.OpConnect || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	}
}

// TestWaitingRetry: a request that was lost on an old connection, and waits, is not handed another old one.
func TestWaitingRetry(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 8), make(chan struct{})
	addr := testnet.Serve(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			arrived <- struct{}{}
			if r.URL.Path == "/long" {
				<-release
			}
			io.WriteString(c, ok1)
		}
	})
	e := newEngine(t, &engine.Config{MaxConnsPerHost: 1})
	warm, _ := fetch(t, e, "http://"+addr+"/warm")
	<-arrived
	done := make(chan struct{})
	go func() {
		fetch(t, e, "http://"+addr+"/long")
		close(done)
	}()
	<-arrived
	got := make(chan bool, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go func() { got <- engine.AcquireAfter(e, ctx, addr, warm.Conn) }()
	eventually(t, "the retry waits", func() bool { return engine.Waiters(e) == 1 })
	close(release)
	<-done
	if fresh := <-got; !fresh {
		t.Error("the retry got a connection that had been used")
	}
}

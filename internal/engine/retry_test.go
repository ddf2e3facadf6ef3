package engine_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/h1"
	"github.com/wirelike/wirelike/internal/testnet"
)

const ok1 = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// TestRetryHTTP1: a connection that carried one request before is given up by the server when it gets the second.
func TestRetryHTTP1(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, method string
		body         func() io.Reader
		answer       string // what the server still sends before it closes
		want         string // "" for success
		reason       string
	}{
		{"get", "GET", nil, "", "", "idempotent, no body"},
		{"delete", "DELETE", nil, "", "", "idempotent"},
		{"put with GetBody", "PUT", func() io.Reader { return strings.NewReader("abc") }, "", "", "idempotent and the body comes again"},
		{"put without GetBody", "PUT", func() io.Reader { return onlyReader{strings.NewReader("abc")} }, "", "body was read", "half the body is gone"},
		{"post", "POST", nil, "", "before a response", "the server may have processed it (RFC 9110 §9.2.2)"},
		{"post with GetBody", "POST", func() io.Reader { return strings.NewReader("abc") }, "", "before a response", "as above"},
		{"partial answer", "GET", nil, "HTTP/1.1 20", "within a response", "the server had begun to answer"},
		{"malformed answer", "GET", nil, "nonsense\r\n\r\n", "bad response", "another connection would get the same"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var conns atomic.Int32
			addr := testnet.Serve(t, func(c net.Conn) {
				first := conns.Add(1) == 1
				br := bufio.NewReader(c)
				for n := 0; ; n++ {
					r, err := http.ReadRequest(br)
					if err != nil {
						return
					}
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						return
					}
					if first && n == 1 {
						io.WriteString(c, row.answer)
						return
					}
					io.WriteString(c, ok1)
				}
			})
			e := newEngine(t, &engine.Config{})
			fetch(t, e, "http://"+addr+"/")
			var body io.Reader
			if row.body != nil {
				body = row.body()
			}
			r, err := e.RoundTrip(request(t, t.Context(), row.method, "http://"+addr+"/", body))
			if row.want != "" {
				if err == nil || !strings.Contains(err.Error(), row.want) {
					t.Fatalf("%s: got %v, want %q", row.reason, err, row.want)
				}
				if n := conns.Load(); n != 1 {
					t.Errorf("%s: sent again", row.reason)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", row.reason, err)
			}
			if s := readAll(t, r); s != "ok" || !r.Fresh || conns.Load() != 2 {
				t.Errorf("%q, fresh %v, %d connections", s, r.Fresh, conns.Load())
			}
		})
	}
}

// TestFreshConnectionNoRetry: on a new connection no answer is no race with an idle timeout.
func TestFreshConnectionNoRetry(t *testing.T) {
	t.Parallel()
	var conns atomic.Int32
	addr := testnet.Serve(t, func(c net.Conn) {
		conns.Add(1)
		http.ReadRequest(bufio.NewReader(c))
	})
	_, err := newEngine(t, &engine.Config{}).RoundTrip(request(t, t.Context(), "GET", "http://"+addr+"/", nil))
	var lost *h1.ConnError
	if !errors.As(err, &lost) || !lost.NoResponse || conns.Load() != 1 {
		t.Errorf("%v, %d connections", err, conns.Load())
	}
}

// TestStaleConnections: the retry goes to a new connection although there are more old ones, even at the limit.
func TestStaleConnections(t *testing.T) {
	t.Parallel()
	var conns, requests atomic.Int32
	const limit = 4 // more than there are attempts
	both := make(chan struct{})
	addr := testnet.Serve(t, func(c net.Conn) {
		old := conns.Add(1) <= limit
		br := bufio.NewReader(c)
		for n := 0; ; n++ {
			r, err := http.ReadRequest(br)
			if err != nil || old && n == 1 {
				return
			}
			if r.URL.Path == "/warm" {
				if requests.Add(1) == limit {
					close(both)
				}
				<-both
			}
			io.WriteString(c, ok1)
		}
	})
	e := newEngine(t, &engine.Config{MaxConnsPerHost: limit})
	done := make(chan struct{})
	for range limit {
		go func() {
			fetch(t, e, "http://"+addr+"/warm")
			done <- struct{}{}
		}()
	}
	for range limit {
		<-done
	}
	if r, _ := fetch(t, e, "http://"+addr+"/"); !r.Fresh || conns.Load() != limit+1 {
		t.Errorf("fresh %v, %d connections", r.Fresh, conns.Load())
	}
}

// TestRoomForRetry: a retry that needs a new connection gets one at the limit, too, in place of one that is idle.
func TestRoomForRetry(t *testing.T) {
	t.Parallel()
	arrived := make(chan string, 8)
	release := map[string]chan struct{}{"/1": make(chan struct{}), "/3": make(chan struct{})}
	addr := testnet.Serve(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		for n := 0; ; n++ {
			r, err := http.ReadRequest(br)
			if err != nil || n == 1 {
				return
			}
			arrived <- r.URL.Path
			if wait := release[r.URL.Path]; wait != nil {
				<-wait
			}
			io.WriteString(c, ok1)
		}
	})
	e := newEngine(t, &engine.Config{MaxConnsPerHost: 2})
	done := make(chan struct{}, 2)
	start := func(path string) {
		go func() {
			fetch(t, e, "http://"+addr+path)
			done <- struct{}{}
		}()
		<-arrived
	}
	start("/1")
	fetch(t, e, "http://"+addr+"/warm")
	<-arrived
	tries := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GetConn: func(string) {
		// The second connection is lost. Before it is replaced, another request takes its place and the first one
		// becomes idle.
		if tries++; tries == 2 {
			start("/3")
			close(release["/1"])
			<-done
		}
	}})
	r, err := e.RoundTrip(request(t, ctx, "GET", "http://"+addr+"/2", nil))
	if err != nil {
		t.Fatal(err)
	}
	if readAll(t, r); !r.Fresh || tries != 2 {
		t.Errorf("fresh %v, %d tries", r.Fresh, tries)
	}
	close(release["/3"])
	<-done
}

// TestLostAtLimit: a connection that is lost makes room for those who wait.
func TestLostAtLimit(t *testing.T) {
	t.Parallel()
	arrived, kill := make(chan struct{}), make(chan struct{})
	var conns atomic.Int32
	addr := testnet.Serve(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		if conns.Add(1) == 1 {
			close(arrived)
			<-kill
			return
		}
		io.WriteString(c, ok1)
	})
	e := newEngine(t, &engine.Config{MaxConnsPerHost: 1})
	lost, done := make(chan error, 1), make(chan struct{})
	go func() {
		_, err := e.RoundTrip(request(t, context.Background(), "POST", "http://"+addr+"/", nil))
		lost <- err
	}()
	<-arrived
	go func() {
		fetch(t, e, "http://"+addr+"/")
		close(done)
	}()
	eventually(t, "second request waits", func() bool { return engine.Waiters(e) == 1 })
	close(kill)
	if err := <-lost; err == nil {
		t.Error("the first request succeeded")
	}
	<-done
}

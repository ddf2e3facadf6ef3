package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// soon is a bound that runs out in a test, never one that does not.
const soon, never = 100 * time.Millisecond, time.Hour

// TestTimeouts: each phase has a bound of its own, and what runs out says which.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flush := func() { _ = http.NewResponseController(w).Flush() }
		switch r.URL.Path {
		case "/head":
			<-hang
		case "/body":
			_, _ = io.WriteString(w, "first")
			flush()
			<-hang
		case "/upload": // is not read
			<-hang
		case "/redirect":
			http.Redirect(w, r, "/head", http.StatusFound)
		case "/drip":
			for range 8 {
				_, _ = io.WriteString(w, "x")
				flush()
				select {
				case <-time.After(soon / 4):
				case <-hang:
				}
			}
		default:
			_, _ = io.Copy(w, r.Body)
		}
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(hang) }) // before the server closes
	big := make([]byte, 32<<20)
	for _, row := range []struct {
		name, path string
		timeouts   client.Timeouts
		call       client.Call
		inBody     bool
		kind       *client.Kind // nil: none runs out
	}{
		{name: "SESS-23 headers", path: "/head", timeouts: client.Timeouts{Headers: soon, Stall: never}, kind: client.ErrReadTimeout},
		{name: "SESS-19 total", path: "/head", timeouts: client.Timeouts{Total: soon, Headers: never, Stall: never}, kind: client.ErrReadTimeout},
		{name: "SESS-19 total, over redirects", path: "/redirect", timeouts: client.Timeouts{Total: soon}, kind: client.ErrReadTimeout},
		{name: "SESS-19 total, in the body", path: "/body", timeouts: client.Timeouts{Total: soon, Stall: -1}, inBody: true, kind: client.ErrReadTimeout},
		{name: "SESS-21 stall in the body", path: "/body", timeouts: client.Timeouts{Stall: soon}, inBody: true, kind: client.ErrReadTimeout},
		{name: "SESS-21 slow but steady", path: "/drip", timeouts: client.Timeouts{Stall: soon, Headers: never}, inBody: true},
		{name: "SESS-23 stall of an upload", path: "/upload", timeouts: client.Timeouts{Stall: soon, Headers: never}, call: client.Call{Bytes: big}, kind: client.ErrReadTimeout},
		{name: "an upload that is taken", path: "/", timeouts: client.Timeouts{Stall: never, Headers: never}, call: client.Call{Bytes: []byte("hello")}, inBody: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, &client.Options{Timeouts: row.timeouts})
			res, err := s.Post(t.Context(), srv.URL+row.path, &row.call)
			if err == nil {
				_, err = res.Bytes()
			} else if row.inBody {
				t.Fatalf("before the body: %v", err)
			}
			if row.kind == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var n interface{ Timeout() bool }
			if !errors.Is(err, row.kind) || !errors.As(err, &n) || !n.Timeout() || errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestTimeoutPause: a reader who takes his time between two reads is no peer that stalls, nor is one who never reads on.
func TestTimeoutPause(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }))
	defer srv.Close()
	s := newSession(t, &client.Options{Timeouts: client.Timeouts{Stall: 10 * time.Millisecond, Headers: never}})
	res, err := s.Get(t.Context(), srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	<-time.After(50 * time.Millisecond) // the reader's own time
	if n, err := io.Copy(io.Discard, res.Body); err != nil || n != 1<<20-1000 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestMaxInFlight: no more calls run at once than MaxInFlight, each until its body has ended.
func TestMaxInFlight(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "x") }))
	defer srv.Close()
	s := newSession(t, &client.Options{MaxInFlight: 1})
	res, err := s.Get(t.Context(), srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Get(ctx, srv.URL, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("SESS-13: the second call did not wait: %v", err)
	}
	if _, err := res.Bytes(); err != nil {
		t.Fatal(err)
	}
	for range 3 { // a failure gives its place back, too
		if _, err := s.Get(t.Context(), "http://127.0.0.1:1/", nil); !errors.Is(err, client.ErrConnect) {
			t.Errorf("got %v", err)
		}
	}
	if res, err = s.Get(t.Context(), srv.URL, nil); err != nil {
		t.Fatal(err)
	}
	res.Close()
}

// TestWaitForPlace: a call that waits for one of MaxInFlight ends with what ends others, and makes no request then.
func TestWaitForPlace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		call  client.Call
		close bool // the session, after a minute
		kind  *client.Kind
		after time.Duration
	}{
		{"the session is closed", client.Call{}, true, client.ErrClosed, time.Minute},
		{"the call takes too long", client.Call{Timeouts: client.Some(client.Timeouts{Total: time.Second})}, false, client.ErrConnectTimeout, time.Second},
	} {
		for _, shared := range []bool{false, true} {
			t.Run(fmt.Sprint(row.name, " shared=", shared), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					requests := 0
					o := overPipes(t, func(p *testnet.Peer) {
						for p.Head() != "" {
							requests++
							p.Send(abc)
						}
					})
					if o.MaxInFlight = 1; shared {
						tr := &client.Transport{DialContext: o.DialContext}
						defer tr.Close()
						o.DialContext, o.Transport = nil, tr
					}
					s := newSession(t, o)
					first, err := s.Get(t.Context(), "http://a.test/", nil)
					if err != nil {
						t.Fatal(err)
					}
					time.AfterFunc(time.Minute, func() {
						if row.close {
							s.Close()
						}
						first.Close() // now there is a place
					})
					start := time.Now()
					if _, err := s.Get(t.Context(), "http://a.test/", &row.call); !errors.Is(err, row.kind) || time.Since(start) != row.after {
						t.Errorf("after %v: %v, want %v after %v", time.Since(start), err, row.kind, row.after)
					}
					if synctest.Wait(); requests != 1 {
						t.Errorf("%d requests", requests)
					}
					first.Close()
				})
			})
		}
	}
}

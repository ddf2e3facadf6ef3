package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
)

// TestSessionTimes has the rows about timeouts, limits and ends of sessions; see also TestTimeouts.
func TestSessionTimes(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"SESS-11", "Close ends what runs", testCloseEndsBodies},
		{"SESS-13", "high water", testHighWater},
		{"SESS-19", "retries share the clock", testTotalOverRetries},
		{"SESS-20", "connect apart", testConnectApart},
		{"SESS-21", "gaps", testGaps},
		{"SESS-22", "durations", testNegativeDurations},
		{"SESS-23", "kinds", testTimeoutKinds},
		{"SESS-24", "default", testDefaultConnect},
		{"SESS-28", "nothing leaks", testNoGoroutinesLeak},
	})
}

func testCloseEndsBodies(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		w.(http.Flusher).Flush()
		<-release
	})
	s := srv.session(t, "chromium156")
	var bodies []*client.Response
	for range 5 {
		res, err := s.Get(t.Context(), srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, res)
	}
	s.Close()
	for _, res := range bodies {
		if _, err := res.Bytes(); !errors.Is(err, client.ErrClosed) {
			t.Errorf("%v", err)
		}
	}
}

func testHighWater(t *testing.T) {
	var now, most atomic.Int32
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			continue
		}
		runtime.Gosched()
	})
	s := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), MaxInFlight: 3})
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			res, err := s.Get(t.Context(), srv.url, nil)
			if err != nil {
				t.Error(err)
				return
			}
			res.Bytes()
		})
	}
	wg.Wait()
	if n := most.Load(); n < 1 || n > 3 {
		t.Errorf("%d at once", n)
	}
}

// inBubble runs a test with a session whose connections are made by dial, in a bubble where time is the test's.
func inBubble(t *testing.T, o client.Options, dial func(context.Context, string, string) (net.Conn, error), test func(*testing.T, *client.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.DialContext = dial
		s, err := client.New(&o)
		if err != nil {
			t.Fatal(err)
		}
		test(t, s)
		s.Close()
		<-time.After(2 * time.Hour) // servers notice
	})
}

// noDial is a dial that hangs.
func noDial(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// silent is a dial to a server that says nothing.
func silent(context.Context, string, string) (net.Conn, error) {
	c, s := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, s); s.Close() }()
	return c, nil
}

// runsOut makes a request that ends with an error of that kind after that time.
func runsOut(t *testing.T, s *client.Session, c *client.Call, kind *client.Kind, after time.Duration) {
	t.Helper()
	began := time.Now()
	res, err := s.Get(t.Context(), "http://a.localhost/", c)
	if err == nil {
		_, err = res.Bytes()
	}
	var e *client.Error
	if took := time.Since(began); !errors.Is(err, kind) || !errors.Is(err, client.ErrTimeout) || !errors.As(err, &e) || !e.Timeout() || took != after {
		t.Errorf("after %v: %v, want %v after %v", took, err, kind, after)
	}
}

func testTotalOverRetries(t *testing.T) {
	unavailable := piped(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	inBubble(t, client.Options{Timeouts: client.Timeouts{Total: 5 * time.Second}, Retry: client.Retry{Count: 100, Delay: 2 * time.Second}}, unavailable, func(t *testing.T, s *client.Session) {
		began := time.Now()
		res, err := s.Get(t.Context(), "http://a.localhost/", nil)
		if err == nil {
			res.Close()
		}
		if took := time.Since(began); took > 5*time.Second || !errors.Is(err, client.ErrTimeout) {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func testConnectApart(t *testing.T) {
	inBubble(t, client.Options{ConnectTimeout: 3 * time.Second, Timeouts: client.Timeouts{Total: time.Minute}}, noDial, func(t *testing.T, s *client.Session) {
		runsOut(t, s, nil, client.ErrConnectTimeout, 3*time.Second)
	})
	inBubble(t, client.Options{ConnectTimeout: 3 * time.Second, Timeouts: client.Timeouts{Total: 10 * time.Second}}, silent, func(t *testing.T, s *client.Session) {
		runsOut(t, s, nil, client.ErrReadTimeout, 10*time.Second)
	})
}

// testGaps: what comes steadily has time, a gap that is too long has not.
func testGaps(t *testing.T) {
	drip := func(gap time.Duration) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			c, s := net.Pipe()
			go func() {
				defer s.Close()
				if _, err := http.ReadRequest(bufio.NewReader(s)); err != nil {
					return
				}
				io.WriteString(s, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
				for range 20 {
					<-time.After(gap)
					if _, err := io.WriteString(s, "x"); err != nil {
						return
					}
				}
				_, _ = io.Copy(io.Discard, s)
			}()
			return c, nil
		}
	}
	stall := client.Options{Timeouts: client.Timeouts{Stall: time.Second}}
	inBubble(t, stall, drip(300*time.Millisecond), func(t *testing.T, s *client.Session) {
		res, err := s.Get(t.Context(), "http://a.localhost/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := res.Bytes(); err != nil || len(b) != 20 {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
	inBubble(t, stall, drip(2*time.Second), func(t *testing.T, s *client.Session) { runsOut(t, s, nil, client.ErrReadTimeout, time.Second) })
}

// testNegativeDurations: negative is no bound, for a session and for a call.
func testNegativeDurations(t *testing.T) {
	late := piped(func(w http.ResponseWriter, r *http.Request) { <-time.After(time.Hour) })
	none := client.Timeouts{Total: -1, Headers: -1, Stall: -1}
	inBubble(t, client.Options{Timeouts: none, ConnectTimeout: -1}, late, func(t *testing.T, s *client.Session) {
		began := time.Now()
		res, err := s.Get(t.Context(), "http://a.localhost/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Close(); time.Since(began) != time.Hour {
			t.Errorf("after %v", time.Since(began))
		}
	})
	inBubble(t, client.Options{Timeouts: client.Timeouts{Total: time.Second}}, late, func(t *testing.T, s *client.Session) {
		res, err := s.Get(t.Context(), "http://a.localhost/", &client.Call{Timeouts: client.Some(none)})
		if err != nil {
			t.Fatal(err)
		}
		res.Close()
		runsOut(t, s, nil, client.ErrReadTimeout, time.Second)
	})
}

func testTimeoutKinds(t *testing.T) {
	inBubble(t, client.Options{ConnectTimeout: time.Second}, noDial, func(t *testing.T, s *client.Session) { runsOut(t, s, nil, client.ErrConnectTimeout, time.Second) })
	inBubble(t, client.Options{Timeouts: client.Timeouts{Headers: time.Second}}, silent, func(t *testing.T, s *client.Session) { runsOut(t, s, nil, client.ErrReadTimeout, time.Second) })
	inBubble(t, client.Options{}, silent, func(t *testing.T, s *client.Session) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Get(ctx, "http://a.localhost/", nil); !errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the context's: %v", err)
		}
	})
}

func testDefaultConnect(t *testing.T) {
	inBubble(t, client.Options{}, noDial, func(t *testing.T, s *client.Session) {
		runsOut(t, s, nil, client.ErrConnectTimeout, client.DefaultConnectTimeout)
	})
	inBubble(t, client.Options{}, silent, func(t *testing.T, s *client.Session) {
		runsOut(t, s, nil, client.ErrReadTimeout, client.DefaultHeadersTimeout)
	})
}

// testNoGoroutinesLeak: a thousand calls leave nothing behind, timers included; a bubble does not end before its goroutines.
func testNoGoroutinesLeak(t *testing.T) {
	answer := piped(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	inBubble(t, client.Options{Timeouts: client.Timeouts{Total: time.Hour}}, answer, func(t *testing.T, s *client.Session) {
		get := func() {
			res, err := s.Get(t.Context(), "http://a.localhost/", nil)
			if err != nil {
				t.Fatal(err)
			}
			res.Bytes()
		}
		get()
		synctest.Wait()
		before := runtime.NumGoroutine()
		for range 1000 {
			get()
		}
		synctest.Wait()
		// Others run beside this test; a goroutine for each call would be a thousand.
		if n := runtime.NumGoroutine(); n > before+500 {
			t.Errorf("%d goroutines, %d before", n, before)
		}
	})
}

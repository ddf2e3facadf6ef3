package engine_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
)

// TestHTTP2Shared: requests that arrive while the first connection is being dialled wait for it and share it.
func TestHTTP2Shared(t *testing.T) {
	t.Parallel()
	const n = 16
	all := make(chan struct{})
	var running atomic.Int32
	s := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		if running.Add(1) == n {
			close(all)
		}
		<-all // answers only when all requests are here at once
		echoProto(w, r)
	})
	e := s.engine(t)
	var fresh atomic.Int32
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			r, body := fetch(t, e, s.url)
			if r.Fresh {
				fresh.Add(1)
			}
			if body != "HTTP/2.0" || r.Conn.Proto != plan.HTTP2 {
				t.Errorf("%q over %s", body, r.Conn.Proto)
			}
		})
	}
	wg.Wait()
	if c := s.conns.Load(); c != 1 {
		t.Errorf("%d connections for %d requests", c, n)
	}
	if f := fresh.Load(); f != 1 {
		t.Errorf("%d requests say that the connection is theirs", f)
	}
}

// TestHTTP1Limit: with HTTP/1.1 each request has a connection of its own, up to the limit, and they are used again.
func TestHTTP1Limit(t *testing.T) {
	t.Parallel()
	const limit, n = 3, 12
	var running, most atomic.Int32
	full := make(chan struct{})
	s := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		now := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
		}
		if now == limit {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		<-full // nobody is answered before there are as many connections as may be
		echoProto(w, r)
	})
	e := newEngine(t, &engine.Config{RootCAs: s.ca.Pool(), MaxConnsPerHost: limit})
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if r, body := fetch(t, e, s.url); body != "HTTP/1.1" || r.Conn.Proto != plan.HTTP1 {
				t.Errorf("%q over %s", body, r.Conn.Proto)
			}
		})
	}
	wg.Wait()
	if m := most.Load(); m != limit {
		t.Errorf("%d requests at once, limit is %d", m, limit)
	}
	if c := s.conns.Load(); c != limit {
		t.Errorf("%d connections, want %d", c, limit)
	}
}

func TestReuse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		http2 bool
	}{{"http/1.1", false}, {"h2", true}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, row.http2, echoProto)
			e := s.engine(t)
			for i := range 3 {
				r, _ := fetch(t, e, s.url)
				if r.Fresh != (i == 0) || r.Info.Reused != (i > 0) {
					t.Errorf("request %d: fresh %v, reused %v", i, r.Fresh, r.Info.Reused)
				}
				if r.Conn.TLS == nil || r.Conn.TLS.ServerName != "localhost" || !r.Conn.Remote.IsValid() {
					t.Errorf("request %d: connection facts %+v", i, r.Conn)
				}
			}
			e.CloseIdleConnections()
			if r, _ := fetch(t, e, s.url); !r.Fresh {
				t.Error("a connection survived CloseIdleConnections")
			}
			if c := s.conns.Load(); c != 2 {
				t.Errorf("%d connections, want 2", c)
			}
		})
	}
}

// TestIdleHTTP2: a connection is idle when its last response has been read to the end or closed, not before.
func TestIdleHTTP2(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, echoProto)
	e := s.engine(t)
	for i, row := range []struct {
		name string
		end  func(r *engine.Response)
		idle bool
	}{
		{"unread", func(*engine.Response) {}, false},
		{"read", func(r *engine.Response) { io.ReadAll(r.Body) }, true},
		{"closed", func(r *engine.Response) { r.Body.Close() }, true},
		{"read and closed", func(r *engine.Response) { io.ReadAll(r.Body); r.Body.Close() }, true},
	} {
		r, err := e.RoundTrip(request(t, t.Context(), "GET", s.url, nil))
		if err != nil {
			t.Fatal(err)
		}
		row.end(r)
		e.CloseIdleConnections()
		if idle := engine.Hosts(e) == 0; idle != row.idle {
			t.Errorf("%s: idle %v", row.name, idle)
		}
		if i == 0 { // the others shall start with a connection that carries nothing
			r.Body.Close()
			e.CloseIdleConnections()
		}
	}
}

// TestKeys: what a request insists on separates connections.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, echoProto)
	e := s.engine(t)
	for _, row := range []struct {
		proto plan.Proto
		want  string
	}{{plan.Any, "HTTP/2.0"}, {plan.HTTP1, "HTTP/1.1"}, {plan.HTTP2, "HTTP/2.0"}, {plan.HTTP1, "HTTP/1.1"}} {
		r, err := e.RoundTrip(request(t, insist(t.Context(), row.proto), "GET", s.url, nil))
		if err != nil {
			t.Fatal(err)
		}
		if body := readAll(t, r); body != row.want {
			t.Errorf("%q: got %s", row.proto, body)
		}
	}
	if c := s.conns.Load(); c != 3 {
		t.Errorf("%d connections, want one for each of the three", c)
	}
}

// TestSharedDial: a dial that several wait for outlives the request that started it, and ends when nobody waits.
func TestSharedDial(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, echoProto)
	dialling, proceed := make(chan context.Context, 4), make(chan struct{})
	e := newEngine(t, &engine.Config{RootCAs: s.ca.Pool(), DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialling <- ctx
		select {
		case <-proceed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}})
	do := func() (context.CancelFunc, chan error) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			r, err := e.RoundTrip(request(t, ctx, "GET", s.url, nil))
			if err == nil {
				r.Body.Close()
			}
			done <- err
		}()
		return cancel, done
	}
	cancel1, done1 := do()
	ctx1 := <-dialling
	cancel2, done2 := do()
	defer cancel2()
	eventually(t, "second request waits", func() bool { return engine.Waiters(e) == 2 })
	cancel1()
	if err := <-done1; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled request: %v", err)
	}
	if ctx1.Err() != nil {
		t.Error("the dial ended with the request that started it, though another waits")
	}
	close(proceed)
	if err := <-done2; err != nil {
		t.Errorf("second request: %v", err)
	}
	if len(dialling) != 0 {
		t.Error("the second request dialled, too")
	}
}

func TestAbandonedDial(t *testing.T) {
	t.Parallel()
	dialling := make(chan context.Context, 1)
	e := newEngine(t, &engine.Config{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		dialling <- ctx
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := e.RoundTrip(request(t, ctx, "GET", "https://localhost:1/", nil))
		done <- err
	}()
	dial := <-dialling
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	select {
	case <-dial.Done():
	case <-time.After(5 * time.Second):
		t.Error("the dial goes on though nobody waits for it")
	}
}

// TestDialFails: all that wait for one dial learn of its failure.
func TestDialFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	const n = 5
	var dials atomic.Int32
	proceed := make(chan struct{})
	e := newEngine(t, &engine.Config{DialContext: func(context.Context, string, string) (net.Conn, error) {
		dials.Add(1)
		<-proceed
		return nil, boom
	}})
	done := make(chan error, n)
	for range n {
		go func() {
			_, err := e.RoundTrip(request(t, context.Background(), "GET", "https://localhost:1/", nil))
			done <- err
		}()
	}
	eventually(t, "all wait", func() bool { return engine.Waiters(e) == n })
	close(proceed)
	for range n {
		err := <-done
		var e *engine.Error
		if !errors.Is(err, boom) || !errors.As(err, &e) || e.Op != engine.OpConnect || e.Addr != "localhost:1" {
			t.Errorf("got %v", err)
		}
	}
	if d := dials.Load(); d != 1 {
		t.Errorf("%d dials", d)
	}
}

// plain answers HTTP/1.1 requests on a pipe, for tests under a false clock.
func plain(closed *atomic.Int32) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			buf := make([]byte, 4096)
			for {
				if _, err := server.Read(buf); err != nil {
					closed.Add(1)
					return
				}
				io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		}()
		return client, nil
	}
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var closed atomic.Int32
		e := engine.New(&engine.Config{DialContext: plain(&closed), IdleTimeout: time.Minute})
		get := func() *engine.Response { r, _ := fetch(t, e, "http://a.test/"); return r }
		get()
		for range 5 {
			time.Sleep(59 * time.Second)
			if r := get(); r.Fresh {
				t.Error("closed before its time")
			}
		}
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if closed.Load() != 1 {
			t.Error("not closed a minute after its last use")
		}
		if r := get(); !r.Fresh {
			t.Error("a closed connection was used")
		}
		if n := engine.Hosts(e); n != 1 {
			t.Errorf("%d hosts", n)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := engine.Hosts(e); n != 0 {
			t.Errorf("%d hosts in the pool without connections", n)
		}
		e.Close()
	})
}

// TestTimerRace: an idle timer that fires while the connection is being taken must not close it.
func TestTimerRace(t *testing.T) {
	t.Parallel()
	var closed atomic.Int32
	timers := make(chan *lateTimer, 8)
	e := newEngine(t, &engine.Config{DialContext: plain(&closed), IdleTimeout: time.Minute, AfterFunc: func(_ time.Duration, f func()) engine.Timer {
		l := &lateTimer{f: f}
		timers <- l
		return l
	}})
	r1, _ := fetch(t, e, "http://a.test/")
	timer := <-timers
	r2, _ := fetch(t, e, "http://a.test/") // Stop says that f was started already …
	timer.f()                              // … and now it gets the lock
	r3, _ := fetch(t, e, "http://a.test/")
	if r2.Conn != r1.Conn || r3.Conn != r1.Conn || closed.Load() != 0 {
		t.Error("the timer closed a connection that was taken")
	}
	timer.f()
	timer.f() // of the third request's Stop, and the one that is due
	eventually(t, "connection closed", func() bool { return closed.Load() == 1 })
}

type lateTimer struct{ f func() }

func (l *lateTimer) Stop() bool               { return false }
func (l *lateTimer) Reset(time.Duration) bool { return false }

func TestMaxIdle(t *testing.T) {
	t.Parallel()
	var closed atomic.Int32
	e := newEngine(t, &engine.Config{DialContext: plain(&closed), MaxIdlePerHost: 2})
	var open []*engine.Response
	for range 4 {
		r, err := e.RoundTrip(request(t, t.Context(), "GET", "http://a.test/", nil))
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, r)
	}
	for _, r := range open {
		readAll(t, r)
	}
	eventually(t, "two of four connections are closed", func() bool { return closed.Load() == 2 })
	if r, _ := fetch(t, e, "http://a.test/"); r.Conn != open[3].Conn {
		t.Error("not the connection that was used last")
	}
}

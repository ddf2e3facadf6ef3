package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/profiles"
)

// gauge counts the connections that are open or being opened.
type gauge struct {
	open, most atomic.Int32
	farewell   time.Duration // how long it takes to close one
}

func (g *gauge) dial(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		n := g.open.Add(1)
		for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
		}
		c, err := dial(ctx, network, addr)
		if err != nil {
			g.open.Add(-1)
			return nil, err
		}
		return &gauged{Conn: c, g: g, closed: make(chan struct{})}, nil
	}
}

type gauged struct {
	net.Conn
	g       *gauge
	closing atomic.Bool
	closed  chan struct{}
}

// Close waits on a channel for a Close under way: in a bubble a mutex would stop the clock.
func (c *gauged) Close() error {
	if c.closing.Swap(true) {
		<-c.closed
		return nil
	}
	<-time.After(c.g.farewell)
	err := c.Conn.Close()
	c.g.open.Add(-1)
	close(c.closed)
	return err
}

// TestMaxConnsStorm: however many origins there are, no more connections are open than may be, and every request ends.
func TestMaxConnsStorm(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		http2   bool
		perHost int
	}{{"http/1.1", false, 0}, {"http/1.1, two per origin", false, 2}, {"h2", true, 0}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			const origins, each, limit = 20, 10, 4
			s := newServer(t, row.http2, echoProto)
			boom := errors.New("boom")
			var g gauge
			e := newEngine(t, &engine.Config{
				InsecureSkipVerify: true, MaxConns: limit, MaxConnsPerHost: row.perHost,
				DialContext: g.dial(func(ctx context.Context, network, addr string) (net.Conn, error) {
					if strings.HasPrefix(addr, "o0.") {
						return nil, boom
					}
					return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
				}),
			})
			var wg sync.WaitGroup
			for i := range origins * each {
				wg.Go(func() {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					origin, fickle := i%origins, i%7 == 0
					if fickle {
						go cancel()
					}
					r, err := e.RoundTrip(request(t, ctx, "GET", fmt.Sprintf("https://o%d.test/", origin), nil))
					if err == nil {
						_, err = io.ReadAll(r.Body)
						r.Body.Close()
					}
					switch {
					case fickle && (err == nil || errors.Is(err, context.Canceled)):
					case origin == 0 && errors.Is(err, boom):
					case origin == 0 || err != nil:
						t.Errorf("origin %d: %v", origin, err)
					}
				})
			}
			wg.Wait()
			if n := g.most.Load(); n != limit {
				t.Errorf("%d connections at once, want %d", n, limit)
			}
			if n := engine.Waiters(e); n != 0 {
				t.Errorf("%d requests still wait", n)
			}
			eventually(t, "all are closed", func() bool {
				e.CloseIdleConnections() // again, for a dial that ended when all who waited for it had been served
				return g.open.Load() == 0 && engine.Total(e) == 0
			})
			if n := engine.Hosts(e); n != 0 {
				t.Errorf("%d origins are left", n)
			}
		})
	}
}

// TestMaxConnsIdle: at the bound the connection that has been idle longest gives way.
func TestMaxConnsIdle(t *testing.T) {
	t.Parallel()
	var closed atomic.Int32
	e := newEngine(t, &engine.Config{DialContext: plain(&closed), MaxConns: 2})
	for i, step := range []struct {
		origin string
		fresh  bool
		closed int32
	}{{"a", true, 0}, {"b", true, 0}, {"a", false, 0}, {"c", true, 1}, {"a", false, 1}, {"b", true, 2}, {"c", true, 3}} {
		if r, _ := fetch(t, e, "http://"+step.origin+".test/"); r.Fresh != step.fresh {
			t.Errorf("step %d: fresh %v", i, r.Fresh)
		}
		eventually(t, fmt.Sprintf("%d closed in step %d", step.closed, i), func() bool { return closed.Load() == step.closed })
	}
}

// blocked is an engine with one connection at most, which a request to a.test holds: it is being dialled, or waits for
// its response.
type blocked struct {
	e      *engine.Engine
	cancel context.CancelFunc // of the request
	fail   chan error         // ends the dial of it
	server chan net.Conn      // the server's end of its connection
	dials  []string           // guarded by mu
	mu     sync.Mutex
}

func (b *blocked) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	b.mu.Lock()
	b.dials = append(b.dials, addr[:1])
	first := len(b.dials) == 1
	b.mu.Unlock()
	if first && b.fail != nil {
		select {
		case err := <-b.fail:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	client, server := net.Pipe()
	go func() {
		buf := make([]byte, 4096)
		if first {
			server.Read(buf)
			b.server <- server
			return
		}
		defer server.Close()
		for {
			if _, err := server.Read(buf); err != nil {
				return
			}
			io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}()
	return client, nil
}

// get sends a request and returns what becomes of it; it waits until the request gets no further.
func (b *blocked) get(t *testing.T, ctx context.Context, origin string) chan error {
	done := make(chan error, 1)
	go func() {
		r, err := b.e.RoundTrip(request(t, ctx, "GET", "http://"+origin+".test/", nil))
		if err == nil {
			_, err = io.ReadAll(r.Body)
			r.Body.Close()
		}
		done <- err
	}()
	synctest.Wait()
	return done
}

// TestMaxConnsTurn: however the connection in the way ends, those who wait get their turns, in order.
func TestMaxConnsTurn(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	answer := func(b *blocked) {
		s := <-b.server
		io.WriteString(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
	for _, row := range []struct {
		name  string
		dials bool   // the first request gets no further than to a dial
		wait  string // origins of the requests that wait
		end   func(b *blocked)
		want  error  // of the first request
		wants error  // of the others
		order string // origins dialled
	}{
		{"becomes idle", false, "bc", answer, nil, nil, "abc"},
		{"same origin came later", false, "ba", answer, nil, nil, "aba"},
		{"server closes", false, "bc", func(b *blocked) { (<-b.server).Close() }, io.EOF, nil, "abc"},
		{"request is cancelled", false, "bc", func(b *blocked) { b.cancel() }, context.Canceled, nil, "abc"},
		{"dial fails", true, "bcb", func(b *blocked) { b.fail <- boom }, boom, nil, "abcb"},
		{"dial is cancelled", true, "bcb", func(b *blocked) { b.cancel() }, context.Canceled, nil, "abcb"},
		{"engine is closed", false, "bc", func(b *blocked) { b.e.Close() }, engine.ErrClosed, engine.ErrClosed, "a"},
		{"engine is closed in a dial", true, "bc", func(b *blocked) { b.e.Close() }, engine.ErrClosed, engine.ErrClosed, "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &blocked{server: make(chan net.Conn, 1)}
				if row.dials {
					b.fail = make(chan error)
				}
				g := gauge{farewell: time.Second}
				b.e = engine.New(&engine.Config{DialContext: g.dial(b.dial), MaxConns: 1})
				ctx, cancel := context.WithCancel(t.Context())
				b.cancel = cancel
				first := b.get(t, ctx, "a")
				var waiting []chan error
				for _, o := range row.wait {
					waiting = append(waiting, b.get(t, t.Context(), string(o)))
				}
				impatient, leave := context.WithCancel(t.Context())
				gone := b.get(t, impatient, "d")
				leave()
				if err := <-gone; !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled while waiting: %v", err)
				}
				if n := engine.Waiters(b.e); n < len(waiting) {
					t.Errorf("%d requests wait, want %d", n, len(waiting))
				}
				if n := engine.Short(b.e); n != 2 { // not those that nobody waits for any more
					t.Errorf("%d origins need dials, want 2", n)
				}
				row.end(b)
				time.Sleep(time.Minute) // of the bubble: all connections have been closed
				synctest.Wait()
				if err := <-first; !errors.Is(err, row.want) {
					t.Errorf("first request: %v", err)
				}
				for i, w := range waiting {
					select {
					case err := <-w:
						if !errors.Is(err, row.wants) {
							t.Errorf("request %d: %v", i, err)
						}
					default:
						t.Errorf("request %d still waits", i)
					}
				}
				if order := strings.Join(b.dials, ""); order != row.order {
					t.Errorf("dialled %s, want %s", order, row.order)
				}
				if n := g.most.Load(); n != 1 {
					t.Errorf("%d connections at once", n)
				}
				cancel()
				b.e.Close()
				synctest.Wait()
				if n := engine.Total(b.e); n != 0 {
					t.Errorf("%d connections are counted after all", n)
				}
				select {
				case s := <-b.server:
					s.Close()
				default:
				}
			})
		})
	}
}

// TestMaxConnsHTTP2: a connection in the way is shared by its own origin until another one waits for its place. From then on
// it comes to rest: its origin waits behind the other one.
func TestMaxConnsHTTP2(t *testing.T) {
	t.Parallel()
	firefox, err := profiles.Lookup("firefox153_linux") // takes leave with a GOAWAY
	if err != nil {
		t.Fatal(err)
	}
	t.Run("neutral", func(t *testing.T) { t.Parallel(); shareAndYield(t, nil) })
	t.Run("firefox", func(t *testing.T) { t.Parallel(); shareAndYield(t, firefox) })
}

// crowd is an engine with one connection at most, to servers that speak HTTP/2.
func crowd(t *testing.T, p *profiles.Profile, g *gauge) *engine.Engine {
	t.Helper()
	s := newServer(t, true, echoProto)
	return newEngine(t, &engine.Config{Profile: p, InsecureSkipVerify: true, MaxConns: 1, DialContext: g.dial(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	})})
}

// outcome is what became of a request.
type outcome struct {
	conn  *engine.Conn
	fresh bool
	err   error
}

// later makes a request in the background.
func later(t *testing.T, ctx context.Context, e *engine.Engine, url string) chan outcome {
	t.Helper()
	done := make(chan outcome, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		r, err := e.RoundTrip(request(t, ctx, "GET", url, nil))
		if err != nil {
			done <- outcome{err: err}
			return
		}
		_, err = io.ReadAll(r.Body)
		done <- outcome{r.Conn, r.Fresh, errors.Join(err, r.Body.Close())}
	}()
	return done
}

func shareAndYield(t *testing.T, p *profiles.Profile) {
	g := gauge{farewell: 20 * time.Millisecond}
	e := crowd(t, p, &g)
	held, err := e.RoundTrip(request(t, t.Context(), "GET", "https://a.test/", nil))
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := fetch(t, e, "https://a.test/"); r.Fresh || r.Conn != held.Conn {
		t.Error("the connection is not shared")
	}
	other := later(t, t.Context(), e, "https://b.test/")
	eventually(t, "the other origin waits", func() bool { return engine.Waiters(e) == 1 })
	younger := later(t, t.Context(), e, "https://a.test/")
	eventually(t, "its own origin waits, too", func() bool { return engine.Waiters(e) == 2 })
	readAll(t, held)
	if o := <-other; o.err != nil || !o.fresh {
		t.Errorf("the other origin: %+v", o)
	}
	if o := <-younger; o.err != nil || !o.fresh || o.conn == held.Conn {
		t.Errorf("the younger request: %+v", o)
	}
	if n := g.most.Load(); n != 1 {
		t.Errorf("%d connections at once", n)
	}
}

// TestMaxConnsStay: a connection that has refused requests for another origin takes them when that one waits no longer.
func TestMaxConnsStay(t *testing.T) {
	t.Parallel()
	var g gauge
	e := crowd(t, nil, &g)
	held, err := e.RoundTrip(request(t, t.Context(), "GET", "https://a.test/", nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	other := later(t, ctx, e, "https://b.test/")
	eventually(t, "the other origin waits", func() bool { return engine.Waiters(e) == 1 })
	first := later(t, t.Context(), e, "https://a.test/")
	second := later(t, t.Context(), e, "https://a.test/")
	eventually(t, "its own origin waits, too", func() bool { return engine.Waiters(e) == 3 })
	cancel()
	if o := <-other; !errors.Is(o.err, context.Canceled) {
		t.Errorf("the other origin: %+v", o)
	}
	for _, c := range []chan outcome{first, second} {
		if o := <-c; o.err != nil || o.fresh || o.conn != held.Conn {
			t.Errorf("a request that waited: %+v", o)
		}
	}
	readAll(t, held)
	if n := engine.Waiters(e); n != 0 {
		t.Errorf("%d requests still wait", n)
	}
}

package h2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// The sizes of the soak test: 10,000 requests for each policy with WIRELIKE_SOAK=1, else fewer. What then hangs, as when
// a window leaks, is cut off.
const (
	soakWorkers = 64
	soakConns   = 8
	soakLimit   = time.Minute
)

func soakRequests() int {
	if os.Getenv("WIRELIKE_SOAK") == "1" {
		return 10_000
	}
	return 1_280
}

// soak is a storm of requests on a few connections.
type soak struct {
	t        *testing.T
	cfg      *Config
	listener net.Listener
	servers  sync.WaitGroup

	mu    sync.Mutex
	slots [soakConns]*soakPair
	all   []*soakPair
	count map[string]int
}

type soakPair struct {
	c *Conn
	s *soakServer
}

// TestSoak: after a storm of requests, of which many are cancelled, refused, reset, or lost with their connection, nothing
// is left on the books of any connection: no stream, and of the windows, which are small enough to run dry all the time,
// exactly as much as the server believes.
func TestSoak(t *testing.T) {
	for _, policy := range []string{"", "chromium", "firefox"} {
		t.Run("policy "+policy, func(t *testing.T) {
			testnet.LeakCheck(t)
			x := &soak{t: t, listener: testnet.Listen(t), count: map[string]int{}, cfg: &Config{
				Opening: []fingerprint.Frame{{Type: "SETTINGS", Settings: []fingerprint.Setting{{ID: 2, Value: 0}}}},
				HTTP2:   profiles.HTTP2{HPACK: policy},
			}}
			ctx, cancel := context.WithTimeout(t.Context(), soakLimit)
			defer cancel()
			var workers sync.WaitGroup
			per := (soakRequests() + soakWorkers - 1) / soakWorkers
			for i := range soakWorkers {
				workers.Go(func() {
					r := rand.New(rand.NewPCG(uint64(i), 1<<32))
					for range per {
						x.request(ctx, r)
					}
				})
			}
			workers.Wait()
			live := 0
			for _, p := range x.all {
				x.check(p)
				if p.c.Usable() {
					live++
				}
				p.c.Close()
				p.s.conn.Close()
			}
			x.servers.Wait()
			if live == 0 {
				t.Error("no connection was left to compare windows with")
			}
			for _, want := range []string{"whole", "early", "cancelled before the head", "cancelled in the body", "closed in the body", "reset", "refused", "lost"} {
				if x.count[want] == 0 {
					t.Errorf("not one request was %s: %v", want, x.count)
				}
			}
			t.Logf("%d connections, %d of them usable to the end, %v", len(x.all), live, x.count)
		})
	}
}

// conn returns a connection that takes requests.
func (x *soak) conn(slot int) (*Conn, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if p := x.slots[slot]; p != nil && p.c.Usable() {
		return p.c, nil
	}
	c, s, err := dialSoak(x.t, x.cfg, x.listener, &x.servers)
	if err != nil {
		return nil, err
	}
	x.slots[slot] = &soakPair{c, s}
	x.all = append(x.all, x.slots[slot])
	return c, nil
}

// draw makes the next request: mostly good ones.
func draw(r *rand.Rand) (path string, size int) {
	kinds := []string{"answer", "answer", "answer", "slow", "early", "reset", "refuse", "silent"}
	kind := kinds[r.IntN(len(kinds))]
	switch r.IntN(150) {
	case 0:
		kind = "cut"
	case 1, 2:
		kind = "goaway"
	}
	size = r.IntN(30_000)
	if kind == "slow" {
		size /= 4
	}
	return fmt.Sprintf("/%s/%d", kind, size), size
}

// request makes one request and counts what became of it.
func (x *soak) request(ctx context.Context, r *rand.Rand) {
	c, err := x.conn(r.IntN(soakConns))
	if err != nil {
		x.t.Error(err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	path, size := draw(r)
	req := &plan.Request{Method: "GET", Fields: []fingerprint.Field{
		{Name: ":method", Value: "GET"}, {Name: ":authority", Value: "a.test"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: path},
	}}
	if r.IntN(3) == 0 {
		n := 1 + r.IntN(40_000)
		req.Method, req.Fields[0].Value = "POST", "POST"
		req.Body, req.Length = io.NopCloser(bytes.NewReader(pattern(0, n))), int64(n)
	}
	give := r.IntN(4) // 0: cancel before the head, 1: cancel in the body, 2: close in the body, 3: read it all
	if give == 0 || path[:7] == "/silent" {
		time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, cancel)
	}
	what, err := x.exchange(ctx, cancel, c, req, size, give)
	if what == "" {
		what = x.verdict(err)
	}
	x.mu.Lock()
	x.count[what]++
	x.mu.Unlock()
}

// exchange returns what became of the request, "" when err tells it.
func (x *soak) exchange(ctx context.Context, cancel func(), c *Conn, req *plan.Request, size, give int) (string, error) {
	res, err := c.RoundTrip(ctx, req)
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return "cancelled before the head", nil
		}
		return "", err
	}
	defer res.Body.Close()
	if give == 1 || give == 2 {
		b := make([]byte, size/3+1)
		n, err := io.ReadFull(res.Body, b)
		if !bytes.Equal(b[:n], pattern(0, n)) {
			x.t.Error("wrong bytes")
		}
		if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
			return "", err
		}
		if give == 2 {
			return "closed in the body", nil
		}
		cancel()
	}
	b, err := io.ReadAll(res.Body)
	if give != 1 && !bytes.Equal(b, pattern(0, len(b))) {
		x.t.Error("wrong bytes")
	}
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return "cancelled in the body", nil
	case err != nil:
		return "", err
	case give != 1 && len(b) != size:
		x.t.Errorf("%d bytes of %d and no error", len(b), size)
	case res.Status == 413:
		return "early", nil
	}
	return "whole", nil
}

// verdict names an error that the server can be blamed for; anything else is a failure of the test.
func (x *soak) verdict(err error) string {
	var (
		stream *StreamError
		conn   *ConnError
		away   *GoAwayError
	)
	switch {
	case errors.As(err, &stream) && stream.Remote && stream.Code == http2.ErrCodeRefusedStream && errors.Is(err, ErrUnprocessed):
		return "refused"
	case errors.As(err, &stream) && stream.Remote && stream.Code == http2.ErrCodeInternal:
		return "reset"
	case errors.As(err, &away) && away.Code == http2.ErrCodeNo:
		return "sent away"
	case errors.As(err, &conn) && conn.Code == http2.ErrCodeNo && !errors.Is(err, ErrClosed):
		return "lost"
	}
	x.t.Errorf("unexpected error: %v", err)
	return "unexpected"
}

// check compares the books of a connection with those of its server, once both have settled.
func (x *soak) check(p *soakPair) {
	x.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); ; {
		fault := p.fault()
		if fault == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			x.t.Error(fault)
			return
		}
	}
}

func (p *soakPair) fault() string {
	c, s := p.c, p.s
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.streams) > 0 || c.waiting.n > 0 || c.ready.n > 0 {
		return fmt.Sprintf("%d open streams, %d requests that wait, %d bodies that wait", len(c.streams), c.waiting.n, c.ready.n)
	}
	if c.err != nil {
		return "" // it has no windows any more
	}
	f := &c.flow
	if got := f.left + f.owed + f.unread; got != c.connWindow || f.unread != 0 || f.advanced != 0 {
		return fmt.Sprintf("receive window: %d left, %d owed, %d unread, %d advanced; want %d in all", f.left, f.owed, f.unread, f.advanced, c.connWindow)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.left != s.send {
		return fmt.Sprintf("the server may send %d bytes, but thinks %d", f.left, s.send)
	}
	if c.window != s.room {
		return fmt.Sprintf("we think that we may send %d bytes, but may %d", c.window, s.room)
	}
	return ""
}

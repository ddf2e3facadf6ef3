package h2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/plan"
)

// memoryBody is a body in memory, whatever its reader.
type memoryBody struct {
	trackedBody
	n int
}

func (b *memoryBody) InMemory() int { return b.n }
func (*memoryBody) Certain() bool   { return true }

// direct returns a POST that announces n bytes and has those of r.
func direct(n int, r io.Reader) (*plan.Request, *memoryBody) {
	b := &memoryBody{trackedBody: trackedBody{Reader: r}, n: n}
	req := request(b)
	req.Length = int64(n)
	return req, b
}

func directPost(n int) *plan.Request {
	req, _ := direct(n, io.LimitReader(new(counter), int64(n)))
	return req
}

// TestDirectWindows: no byte of a body in memory leaves without window, also when that shrinks below zero.
func TestDirectWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
		p.Want("SETTINGS ack")
		req, body := direct(100, io.LimitReader(new(counter), 100))
		r := start(t.Context(), c, req)
		p.Want("HEADERS 1 :method=POST :path=/", "DATA 1 10")
		p.WindowUpdate(1, 5)
		p.Want("DATA 1 5")
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 2}) // to -8
		p.WindowUpdate(1, 8)                                                  // to 0
		p.Want("SETTINGS ack")
		p.WindowUpdate(1, 1)
		p.Want("DATA 1 1")
		p.WindowUpdate(1, 1000)
		p.Want("DATA 1 84 end")
		body.wantClosed(t)
		p.Respond(1, "")
		text(t, r.ok(t))
		want := make([]byte, 100)
		new(counter).Read(want)
		if !bytes.Equal(p.Received(), want) {
			t.Error("other bytes")
		}
	})
}

// TestDirectConnectionWindow: the writer sleeps while the connection has no window, and a WINDOW_UPDATE wakes it.
func TestDirectConnectionWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
		p.Got()
		start(t.Context(), c, directPost(65537))
		p.Want("HEADERS 1 :method=POST :path=/", "DATA 1 16384", "DATA 1 16384", "DATA 1 16384", "DATA 1 16383")
		start(t.Context(), c, directPost(2))
		p.Want("HEADERS 3 :method=POST :path=/")
		p.WindowUpdate(0, 1)
		p.Want("DATA 1 1")
		p.WindowUpdate(0, 10)
		p.Want("DATA 3 2 end", "DATA 1 1 end")
	})
}

// TestDirectFair: streams take turns, one full frame each, with those whose body is not in memory.
func TestDirectFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, chromiumConfig())
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
		p.WindowUpdate(0, 1<<20)
		p.Got()
		resume := p.Pause()
		start(t.Context(), c, post(1)) // the frame that the peer still reads
		for _, req := range []*plan.Request{directPost(3 * 16375), post(3 * 16375), directPost(3 * 16375)} {
			start(t.Context(), c, req)
		}
		resume()
		var order []string
		for _, f := range p.Got() {
			if strings.HasPrefix(f, "DATA") && !strings.HasPrefix(f, "DATA 1 ") {
				order = append(order, strings.TrimSuffix(strings.TrimPrefix(f, "DATA "), " end"))
			}
		}
		turn := []string{"3 16375", "5 16375", "7 16375"}
		if first := order[:min(6, len(order))]; !slices.Equal(first, append(slices.Clone(turn), turn...)) || len(order) != 9 {
			t.Errorf("DATA in the order %q", order)
		}
	})
}

var errDisk = errors.New("disk on fire")

// TestDirectBodyErrors: what is wrong with a body in memory ends its stream, and costs the connection no window.
func TestDirectBodyErrors(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		body         io.Reader
		err          error
		sent         int
	}{
		{"too short", "the announced length is a promise", strings.NewReader(strings.Repeat("x", 16384+5)), ErrBodyLength, 16384},
		{"too long", "bytes would be lost", strings.NewReader(strings.Repeat("x", 40000)), ErrBodyLength, 16384},
		{"fails", "the cause is the reader's", io.MultiReader(strings.NewReader(strings.Repeat("x", 16390)), brokenReader{errDisk}), errDisk, 16384},
		{"gives nothing", "a reader may not spin", idleReader{}, io.ErrNoProgress, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				p.Got()
				req, body := direct(20000, row.body)
				r := start(t.Context(), c, req)
				want := []string{"HEADERS 1 :method=POST :path=/"}
				if row.sent > 0 {
					want = append(want, "DATA 1 16384")
				}
				p.Want(append(want, "RST_STREAM 1 CANCEL")...)
				var e *BodyError
				if !errors.As(r.err, &e) || !errors.Is(r.err, row.err) {
					t.Errorf("error %v", r.err)
				}
				body.wantClosed(t)
				c.mu.Lock()
				if got := int(c.window); got != defaultWindow-row.sent {
					t.Errorf("window of the connection %d, want %d", got, defaultWindow-row.sent)
				}
				c.mu.Unlock()
			})
		})
	}
}

type idleReader struct{}

func (idleReader) Read([]byte) (int, error) { return 0, nil }

// TestDirectEnds: however a stream ends that waits for window, its body is closed once, and other streams go on.
func TestDirectEnds(t *testing.T) {
	for _, row := range []struct {
		name   string
		end    func(p *peer, cancel func())
		frames []string
	}{
		{"server resets", func(p *peer, _ func()) { p.RST(1, http2.ErrCodeRefusedStream) }, nil},
		{"caller cancels", func(_ *peer, cancel func()) { cancel() }, []string{"RST_STREAM 1 CANCEL"}},
		{"server answers and has enough", func(p *peer, _ func()) {
			p.Respond(1, "no")
			p.RST(1, http2.ErrCodeNo)
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				c, p := connect(t, nil)
				p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 3})
				p.Got()
				req, body := direct(100, io.LimitReader(new(counter), 100))
				start(ctx, c, req)
				p.Want("HEADERS 1 :method=POST :path=/", "DATA 1 3")
				row.end(p, cancel)
				p.Want(row.frames...)
				body.wantClosed(t)
				next := start(t.Context(), c, directPost(2))
				p.Want("HEADERS 3 :method=POST :path=/", "DATA 3 2 end")
				p.Respond(3, "fine")
				if s := text(t, next.ok(t)); s != "fine" {
					t.Errorf("next response %q", s)
				}
			})
		})
	}
}

// holding is a connection that can hold; it notes what happens to it.
type holding struct {
	net.Conn
	mu     sync.Mutex
	events []string
}

func (h *holding) note(s string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, s)
}

func (h *holding) Hold()          { h.note("hold") }
func (h *holding) Release() error { h.note("release"); return nil }

func (h *holding) Write(b []byte) (int, error) {
	h.note(http2.FrameType(b[3]).String())
	return h.Conn.Write(b)
}

// TestHoldsReadyData: DATA frames that are ready together are held, each a write of its own, and let go before the writer sleeps.
func TestHoldsReadyData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *holding
		c, p := dialOver(t, nil, func(nc net.Conn) net.Conn { h = &holding{Conn: nc}; return h })
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 40000})
		p.Got()
		h.mu.Lock()
		h.events = nil
		h.mu.Unlock()
		start(t.Context(), c, directPost(40001))
		p.Got()
		p.WindowUpdate(1, 1)
		p.Got()
		h.mu.Lock()
		defer h.mu.Unlock()
		if got := strings.Join(h.events, " "); got != "HEADERS hold DATA DATA DATA release hold DATA release" {
			t.Error(got)
		}
	})
}

// TestHookSeesNothingHeld: what a hook of httptrace says was written has been.
func TestHookSeesNothingHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *holding
		c, p := dialOver(t, nil, func(nc net.Conn) net.Conn { h = &holding{Conn: nc}; return h })
		p.Settings()
		p.Got()
		h.mu.Lock()
		h.events = nil
		h.mu.Unlock()
		req := directPost(5)
		req.Trace = &httptrace.ClientTrace{
			WroteHeaders: func() { h.note("WroteHeaders") },
			WroteRequest: func(httptrace.WroteRequestInfo) { h.note("WroteRequest") },
		}
		start(t.Context(), c, req)
		p.Got()
		h.mu.Lock()
		defer h.mu.Unlock()
		if got := strings.Join(h.events, " "); got != "HEADERS WroteHeaders hold DATA release WroteRequest" {
			t.Error(got)
		}
	})
}

// TestCloseWhileHooked: Close does not wait for a hook of a caller, nor is a stream that ends meanwhile closed twice.
func TestCloseWhileHooked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, firefoxConfig()) // says GOAWAY when it can
		p.Settings()
		p.Got()
		req := directPost(5)
		gate := make(chan struct{})
		req.Trace = &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { <-gate }}
		r := start(t.Context(), c, req)
		p.Got()
		p.Respond(3, "x")
		text(t, r.ok(t))
		c.Close()
		p.Gone()
		close(gate)
		synctest.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		n := 0
		for _, e := range c.history.ring {
			if e.id == 3 {
				n++
			}
		}
		if n != 1 {
			t.Errorf("stream 3 was closed %d times", n)
		}
	})
}

// TestCloseReleases: what is held when the connection ends still leaves.
func TestCloseReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *holding
		c, p := dialOver(t, firefoxConfig(), func(nc net.Conn) net.Conn { h = &holding{Conn: nc}; return h })
		p.Settings()
		p.Got()
		body := &closingBody{n: 5, conn: c}
		req := request(body)
		req.Length = 5
		start(t.Context(), c, req)
		p.Gone()
		h.mu.Lock()
		defer h.mu.Unlock()
		if got := strings.Join(h.events[len(h.events)-2:], " "); !strings.HasSuffix(got, "release") {
			t.Error(h.events)
		}
	})
}

// closingBody is a body in memory whose Read closes the connection.
type closingBody struct {
	n    int
	conn *Conn
}

func (b *closingBody) Read(p []byte) (int, error) { b.conn.Close(); return b.n, nil }
func (*closingBody) Close() error                 { return nil }
func (b *closingBody) InMemory() int              { return b.n }
func (*closingBody) Certain() bool                { return true }

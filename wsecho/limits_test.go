package wsecho

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestIdle: a silent client is told to go; one that pings is not silent.
func TestIdle(t *testing.T) {
	t.Parallel()
	_, addr := start(t, &Options{IdleTimeout: 20 * time.Millisecond})
	for _, row := range []struct{ name, send string }{
		{"after the handshake", ""}, {"within a header", frame(fin|text, "hello")[:1]}, {"within a message", frame(text, "a")},
	} {
		x := open(t, addr)
		x.send(row.send)
		x.expect("close 1008 …")
		x.send(frame(fin|closeOp, bye(1008, "")))
		x.CloseWrite()
		if got := x.next(); got != "end" {
			t.Errorf("%s: %s", row.name, got)
		}
	}
}

func TestNeverIdle(t *testing.T) {
	t.Parallel()
	h, addr := start(t, &Options{IdleTimeout: -1})
	x := open(t, addr)
	if h.opts.IdleTimeout > 0 || (&wire{}).deadline() != (time.Time{}) {
		t.Error("there is a deadline")
	}
	x.send(frame(fin|closeOp, ""))
	x.expect("close ", "end")
}

// TestStall: a client that does not read what it has asked for does not hold the server up for ever.
func TestStall(t *testing.T) {
	t.Parallel()
	h, _ := start(t, &Options{IdleTimeout: 300 * time.Millisecond})
	h.linger = 300 * time.Millisecond // in which the close frame must go out on a busy machine, too
	returned := make(chan struct{})
	addr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(returned)
		h.ServeHTTP(w, r)
	}))
	message := frame(fin|binaryOp, strings.Repeat("x", 4<<20)) // more than the buffers between the two hold
	x := open(t, addr)
	x.SetReadBuffer(16 << 10)
	x.send(message)
	wait(t, returned)
	if got := x.take(2); got != "\x82\x7f" {
		t.Errorf("the echo has not begun: %q", got)
	}
	if n := h.memory.used.Load(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
}

// TestNoAnswer: whoever does not answer a close frame, nor sends what it has announced, is cut off.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	h, _ := start(t, &Options{MaxMessage: 10, IdleTimeout: -1})
	h.linger = 300 * time.Millisecond // in which the close frame must go out on a busy machine, too
	addr := serve(t, h)
	for _, b := range []string{
		frame(fin|text, "\xff"),
		frame(fin|text, strings.Repeat("x", 11)),
		string(announce(fin|text, 1<<40)) + strings.Repeat("x", 5000),
	} {
		x := open(t, addr)
		x.send(b)
		if got := x.next(); !strings.HasPrefix(got, "close 100") {
			t.Errorf("%.20q: %s", b, got)
		}
		x.expect("end")
	}
}

// TestMemory: all connections together may hold so much, and give it back.
func TestMemory(t *testing.T) {
	t.Parallel()
	h, addr := start(t, &Options{MaxMemory: 64 << 10})
	big, small := frame(fin|binaryOp, strings.Repeat("x", 60<<10)), frame(fin|binaryOp, strings.Repeat("y", 10<<10))
	holder := open(t, addr)
	holder.send(big[:50<<10])
	h.waitFor(t, func(used int64) bool { return used >= 60<<10 }) // it is on its way
	x := open(t, addr)
	x.send(small)
	x.expect("close 1013 …")
	x.send(frame(fin|closeOp, bye(1013, "")))
	x.expect("end")
	holder.send(big[50<<10:])
	holder.expect("binary " + strings.Repeat("x", 60<<10))
	none := func(used int64) bool { return used == 0 }
	h.waitFor(t, none) // it is given back once the echo was written
	y := open(t, addr)
	y.send(small)
	y.expect("binary " + strings.Repeat("y", 10<<10))
	for _, c := range []*raw{holder, y} {
		c.send(frame(fin|closeOp, ""))
		c.expect("close ", "end")
	}
	h.waitFor(t, none)
}

// waitFor waits until what all messages hold is as it should be.
func (h *Handler) waitFor(t *testing.T, ok func(used int64) bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); !ok(h.memory.used.Load()); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d bytes are counted", h.memory.used.Load())
		}
	}
}

// TestAnnounced: a length that is only announced costs nothing.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	h, addr := start(t, nil)
	x := open(t, addr)
	x.send(string(announce(fin|binaryOp, 1<<62)) + "abc")
	x.send("d")
	x.CloseWrite()
	x.expect("end")
	if n := h.memory.used.Load(); n != 0 {
		t.Errorf("%d bytes", n)
	}
}

// TestContext: the end of the request's context is the end of the connection.
func TestContext(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	var running atomic.Int32
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	returned := make(chan struct{}, 2)
	addr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		h.ServeHTTP(w, r.WithContext(ctx))
		returned <- struct{}{}
	}))
	polite, silent := open(t, addr), open(t, addr)
	polite.send(frame(fin|text, "hello"))
	polite.expect("text hello")
	silent.send(frame(text, "half"))
	cancel()
	polite.expect("close 1001 …")
	polite.send(frame(fin|closeOp, bye(1001, "")))
	polite.expect("end")
	silent.expect("close 1001 …")
	silent.CloseWrite()
	silent.expect("end")
	for range running.Load() {
		wait(t, returned)
	}
}

func wait(t testing.TB, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatal("the handler does not return")
	}
}

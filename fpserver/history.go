package fpserver

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// history holds the connections of a server: those that are open, and the last ones of all.
type history struct {
	budget budget

	mu      sync.Mutex
	max     int
	n       int           // accepted so far
	known   []*Conn       // remembered, in order of acceptance
	live    list.List     // of the *Conn that are open, in order of acceptance
	ready   int           // whose handshake has ended
	changed chan struct{} // closed at the next change, nil when nobody waits
	closed  bool
}

func (h *history) init(l limits) {
	h.max, h.budget.max = l.history, l.captures
}

// add takes a new connection in, gives it its number and forgets old ones for it.
func (h *history) add(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	c.ID = h.n
	c.place = h.live.PushBack(c)
	h.known = append(h.known, c)
	for len(h.known) > h.max {
		h.forget(0)
	}
	h.makeRoom()
	if h.closed {
		go c.shut()
	}
}

// makeRoom forgets the oldest connections that have ended while more than half of the budget is in use.
func (h *history) makeRoom() {
	for i := 0; i < len(h.known) && h.budget.used.Load() > h.budget.max/2; {
		if h.known[i].isDone() {
			h.forget(i)
		} else {
			i++
		}
	}
}

// forget drops the connection with that index. Its recording is taken off the budget, at once or when it ends.
func (h *history) forget(i int) {
	c := h.known[i]
	h.known = slices.Delete(h.known, i, i+1)
	c.forget()
}

// forget takes the recording off the budget, at once or when the connection ends.
func (c *Conn) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	if c.refs == 0 {
		c.rec.giveBack()
	}
}

// ended is called when a connection has come to its end.
func (h *history) ended(c *Conn) {
	h.mu.Lock()
	h.live.Remove(c.place)
	h.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		c.rec.giveBack()
	}
}

// settled is called when the handshake of a connection has ended, one way or the other.
func (h *history) settled() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ready++
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

func (h *history) open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.live.Len()
}

func (h *history) opened() []*Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*Conn
	for e := h.live.Front(); e != nil; e = e.Next() {
		out = append(out, e.Value.(*Conn))
	}
	return out
}

// closeAll closes all connections, also those to come.
func (h *history) closeAll() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range h.opened() {
		c.tee.hurry.Store(true)
		wg.Go(c.shut)
	}
	wg.Wait()
}

var errMadeWay = errors.New("cut to make way: too many connections at the same time")

// makeWay cuts the oldest of the connections that may go, if there is one. Its own goroutines do the rest.
func (s *Server) makeWay(mayGo func(*Conn) bool) {
	h := &s.conns
	silentSince := time.Now().Add(-s.limits.patience).UnixNano()
	h.mu.Lock()
	defer h.mu.Unlock()
	for e := h.live.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*Conn); c.tee.heard.Load() <= silentSince && c.cut(mayGo) {
			c.tee.Close()
			return
		}
	}
}

// cut notes that the connection is to go, if it may.
func (c *Conn) cut(mayGo func(*Conn) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || !mayGo(c) { // with an error it is on its way
		return false
	}
	c.err = errMadeWay
	return true
}

// isIdle tells whether nobody serves the connection a request. The caller holds its lock.
func (c *Conn) isIdle() bool { return c.refs == 1 && !c.hijacked }

// isGreeting tells whether the handshake of the connection is in progress. The caller holds its lock.
func (c *Conn) isGreeting() bool { return !c.began }

// watch ends the connections of clients that take no bytes for as long as stall, until the server closes.
func (h *history) watch(stall time.Duration, closing <-chan struct{}) {
	tick := time.NewTicker(stall / 4)
	defer tick.Stop()
	for {
		select {
		case <-closing:
			return
		case now := <-tick.C:
			for _, c := range h.opened() {
				if since := c.tee.writing.Load(); since != 0 && now.UnixNano()-since > int64(stall) {
					c.fail(fmt.Errorf("the client has taken no bytes for %v", stall))
					c.tee.Close() // who writes gets an error and does the rest
				}
			}
		}
	}
}

// closeUnused closes the connections on which no request has begun, such as those that browsers open in advance.
func (h *history) closeUnused() {
	for _, c := range h.opened() {
		if c.Requests() == 0 {
			c.shut()
		}
	}
}

// Conns returns the connections that were accepted so far, in that order, open or not. Of very many only the last 1024
// are remembered, and fewer when all connections together hold more than 128 MiB: those that have ended make room, the
// oldest first.
func (s *Server) Conns() []*Conn {
	s.conns.mu.Lock()
	defer s.conns.mu.Unlock()
	return append([]*Conn(nil), s.conns.known...)
}

// WaitConns waits until n connections in all have been accepted since Start and have done their handshake, well or
// badly, and returns Conns. A client may believe that it is connected before the server knows.
func (s *Server) WaitConns(ctx context.Context, n int) ([]*Conn, error) {
	h := &s.conns
	for {
		h.mu.Lock()
		if h.ready >= n {
			h.mu.Unlock()
			return s.Conns(), nil
		}
		if h.changed == nil {
			h.changed = make(chan struct{})
		}
		changed := h.changed
		h.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return s.Conns(), context.Cause(ctx)
		}
	}
}

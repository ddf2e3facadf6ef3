package engine

import "slices"

// dialMore starts as many dials as the waiters need and the limits allow.
func (h *host) dialMore() {
	if !h.queued && h.next() != nil {
		h.queued = true
		h.e.short = append(h.e.short, h)
	}
	h.e.serve()
}

// next returns the waiter that needs a dial which [Config.MaxConnsPerHost] allows, nil for none. While the server may turn
// out to speak HTTP/2, all wait for a single one.
func (h *host) next() *waiter {
	want := len(h.waiters)
	if !h.http1 {
		want = min(want, 1)
	}
	n := len(h.dialing) // the waiters at the front have their dials already
	if n >= want || h.e.closed || h.full() {
		return nil
	}
	return h.waiters[n]
}

// serve starts dials in the order in which the waiters of all origins came, as far as [Config.MaxConns] allows. It is
// called whenever one more is wanted, a place is free or a connection becomes idle, so that none is idle while somebody
// waits for its place.
func (e *Engine) serve() {
	for len(e.short) > 0 {
		h, w := e.eldest()
		if h == nil {
			return
		}
		var old *Conn
		if limit := e.cfg.MaxConns; limit <= 0 || e.total < limit {
			e.total++
		} else if front := e.idle.Front(); front != nil {
			old = front.Value.(*Conn)
			old.host.remove(old)
			old.ended = make(chan struct{})
		} else {
			return
		}
		h.dial(w.ctx, old)
	}
}

// eldest returns, of all waiters that need a dial, the one that came first, with its host.
func (e *Engine) eldest() (first *host, w *waiter) {
	e.short = slices.DeleteFunc(e.short, func(h *host) bool {
		next := h.next()
		if next == nil {
			h.queued = false
		} else if w == nil || next.serial < w.serial {
			first, w = h, next
		}
		return next == nil
	})
	return first, w
}

// yields tells whether a connection that w could use must give its place to a waiter of another origin, who came first:
// an origin that is never at rest would otherwise keep the others out.
func (h *host) yields(w *waiter) bool {
	first, elder := h.e.eldest()
	return first != nil && first != h && elder.serial < w.serial
}

// unqueue takes the host out of those that need dials.
func (h *host) unqueue() {
	if h.queued {
		h.queued = false
		h.e.short = slices.DeleteFunc(h.e.short, func(o *host) bool { return o == h })
	}
}

// vacate gives the place of a closed connection to who has waited longest, or to the dial for which it was closed.
func (c *Conn) vacate() {
	if c.ended != nil {
		close(c.ended)
		return
	}
	c.engine().total--
	c.engine().serve()
}

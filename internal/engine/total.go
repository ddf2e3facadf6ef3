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
// called whenever one more is wanted or one less, a place is free or a connection becomes idle, so that none is idle while
// somebody waits for its place.
func (e *Engine) serve() {
	for e.stay(); len(e.short) > 0 && !e.crowded(); e.stay() {
		h, w := e.eldest()
		if h == nil {
			return
		}
		var old *Conn
		if e.atBound() {
			old = e.idle.Front().Value.(*Conn)
			old.host.remove(old)
			old.ended = make(chan struct{})
		} else {
			e.total++
		}
		if h.dial(w.ctx, old); h.next() == nil {
			h.unqueue()
		}
	}
}

// atBound tells whether there are as many connections as [Config.MaxConns] allows.
func (e *Engine) atBound() bool { return e.cfg.MaxConns > 0 && e.total >= e.cfg.MaxConns }

// crowded tells whether a new connection must wait for the end of a request.
func (e *Engine) crowded() bool { return e.atBound() && e.idle.Len() == 0 }

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

// yields tells whether an HTTP/2 connection must refuse a new request, so that it comes to rest and can give its place to
// another origin: without that one which always carries some request would keep the others out. Who waits elsewhere came
// earlier than the new request. No more connections yield than origins wait.
func (c *Conn) yields() bool {
	e := c.engine()
	if slices.Contains(e.yielding, c) {
		return true
	}
	if !e.crowded() || !c.host.hinders(len(e.yielding)) {
		return false
	}
	e.yielding = append(e.yielding, c)
	return true
}

// hinders tells whether more than n other origins wait for dials.
func (h *host) hinders(n int) bool {
	for _, o := range h.e.short {
		if o != h && o.next() != nil {
			if n == 0 {
				return true
			}
			n--
		}
	}
	return false
}

// stay lets connections that yield take requests again, those first that they have refused, when no other origin waits
// any more.
func (e *Engine) stay() {
	e.yielding = slices.DeleteFunc(e.yielding, func(c *Conn) bool {
		if c.host.hinders(0) {
			return false
		}
		for !c.dead && !c.leaving && c.h2.Usable() && c.host.give(c, false) {
		}
		return true
	})
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
	e := c.engine()
	if i := slices.Index(e.yielding, c); i >= 0 {
		e.yielding = slices.Delete(e.yielding, i, i+1)
	}
	if c.ended != nil {
		close(c.ended)
		return
	}
	e.total--
	e.serve()
}

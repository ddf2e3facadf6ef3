package engine

import (
	"context"
	"slices"

	"github.com/wirelike/wirelike/internal/plan"
)

// key names a group of connections of which each could carry the same requests.
type key struct {
	scheme string
	addr   string     // host:port
	proto  plan.Proto // what the requests insist on
	socket bool       // they are handshakes of WebSockets
	// guarded says that the address was let through by [Config.Guard].
	guarded bool
}

// host is the pool's entry for a key. All its fields are guarded by Engine.mu; the one method of a connection that is
// called under that lock is [h2.Conn.Usable].
type host struct {
	e   *Engine
	key key
	// conns are all open connections, idle those of HTTP/1.1 that carry no request, the one used last at the end.
	conns, idle []*Conn
	dialing     []*dial
	waiters     []*waiter
	// http1 says that the server chose HTTP/1.1, so that every request needs a connection of its own.
	http1 bool
	// stillborn counts the connections in a row that the server closed before they got here.
	stillborn int
	queued    bool // is in Engine.short
}

// waiter is a request that waits for a connection.
type waiter struct {
	ready chan ready // buffered
	ctx   context.Context
	after *Conn // see acquire
	// serial is higher for those who came later, to whatever origin.
	serial uint64
}

// takes tells whether the connection will do.
func (w *waiter) takes(c *Conn, fresh bool) bool { return fresh || c.newer(w.after) }

// newer tells whether a connection that has been used may stand in for one that was lost, nil for none. Over HTTP/1.1 any
// that was used may have been given up in the same way. Over HTTP/2 one that was made later will do.
func (c *Conn) newer(lost *Conn) bool {
	return lost == nil || c.h2 != nil && c.serial > lost.serial
}

// ready is what a waiter waits for.
type ready struct {
	conn  *Conn
	fresh bool
	err   error
}

// acquire returns a connection that will carry one more request. With after, a connection on which the request was lost,
// that is one that never carried any, or an HTTP/2 connection made after that one.
func (e *Engine) acquire(ctx context.Context, k key, after *Conn) (ready, error) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return ready{}, ErrClosed
	}
	h := e.hosts[k]
	if h == nil {
		h = &host{e: e, key: k, http1: k.proto == plan.HTTP1 || k.scheme == "http"}
		e.hosts[k] = h
	}
	c := h.take(after, nil)
	if c == nil {
		c = e.takeTwin(k, after)
	}
	if c != nil {
		e.mu.Unlock()
		return ready{conn: c}, nil
	}
	e.arrivals++
	w := &waiter{ready: make(chan ready, 1), ctx: ctx, after: after, serial: e.arrivals}
	h.waiters = append(h.waiters, w)
	surplus := h.makeRoom(after)
	h.dialMore()
	e.mu.Unlock()
	if surplus != nil {
		surplus.close()
	}
	select {
	case r := <-w.ready:
		return r, r.err
	case <-ctx.Done():
		e.forget(h, w)
		return ready{}, &Error{Op: OpConnect, Addr: k.addr, Err: contextError(ctx)}
	}
}

// take returns an open connection for a request, or nil. An HTTP/2 connection takes any number, unless it yields: those
// that the server does not allow yet wait in it, as in browsers. Only connections that fit are taken; nil: all do.
func (h *host) take(after *Conn, fits func(*Conn) bool) *Conn {
	for _, c := range h.conns {
		if c.h2 == nil || c.leaving || !c.newer(after) || fits != nil && !fits(c) {
			continue
		}
		if c.leaving = !c.h2.Usable(); !c.leaving && !c.yields() {
			c.start()
			return c
		}
	}
	for i := len(h.idle) - 1; i >= 0 && after == nil; i-- {
		if c := h.idle[i]; fits == nil || fits(c) {
			h.idle = slices.Delete(h.idle, i, i+1)
			c.start()
			return c
		}
	}
	return nil
}

// makeRoom takes the idle connection that was used the longest time ago out of the pool, when a request that cannot use
// it could otherwise not get another one.
func (h *host) makeRoom(after *Conn) *Conn {
	if after == nil || !h.full() || len(h.idle) == 0 {
		return nil
	}
	c := h.idle[0]
	h.remove(c)
	return c
}

// full tells whether [Config.MaxConnsPerHost] allows no more connections.
func (h *host) full() bool {
	limit := h.e.cfg.MaxConnsPerHost
	return limit > 0 && h.count() >= limit
}

// count returns how many connections count against the limit: one that the server is leaving cannot be replaced
// otherwise.
func (h *host) count() int {
	n := len(h.dialing)
	for _, c := range h.conns {
		if !c.leaving {
			n++
		}
	}
	return n
}

// forget takes a waiter out that does not want a connection any more.
func (e *Engine) forget(h *host, w *waiter) {
	e.mu.Lock()
	var spare *Conn
	if i := slices.Index(h.waiters, w); i >= 0 {
		h.waiters = slices.Delete(h.waiters, i, i+1)
		if len(h.waiters) == 0 {
			h.abandonDials()
			h.drop()
		}
		e.serve() // a connection that yields may not have to any more
	} else if r := <-w.ready; r.conn != nil {
		spare = r.conn.unstart()
	}
	e.mu.Unlock()
	if spare != nil {
		spare.close()
	}
}

func (h *host) failWaiters(err error) {
	for _, w := range h.waiters {
		w.ready <- ready{err: err}
	}
	h.waiters = nil
}

// give hands a connection that may carry one request to the waiter that has waited longest of those who can use it; false
// when there is none, or when those in front of it could not get another one, or when it must make room for another origin.
func (h *host) give(c *Conn, fresh bool) bool {
	i := slices.IndexFunc(h.waiters, func(w *waiter) bool { return w.takes(c, fresh) })
	if i < 0 || i > len(h.dialing) && h.full() {
		return false
	}
	w := h.waiters[i]
	if !fresh && c.h2 == nil && h.yields(w) {
		return false
	}
	h.waiters = slices.Delete(h.waiters, i, i+1)
	c.start()
	w.ready <- ready{conn: c, fresh: fresh}
	return true
}

// add takes a new connection in and gives it to those who wait for it.
func (h *host) add(c *Conn) (surplus *Conn) {
	h.e.serial++
	c.serial = h.e.serial
	h.stillborn = 0
	h.conns = append(h.conns, c)
	if c.h2 == nil {
		h.http1 = true
		if !h.give(c, true) {
			surplus = h.rest(c)
		}
		h.dialMore()
		return surplus
	}
	h.http1 = false
	for fresh := true; h.give(c, fresh); fresh = false {
	}
	if c.active == 0 {
		return c.becomeIdle()
	}
	return nil
}

// rest makes an HTTP/1.1 connection idle. It returns the connection that must be closed for that, if any.
func (h *host) rest(c *Conn) (surplus *Conn) {
	if len(h.waiters) > len(h.dialing) && h.full() { // it is in the place of one that they could use
		h.remove(c)
		h.dialMore()
		return c
	}
	if limit := h.e.cfg.MaxIdlePerHost; limit > 0 && len(h.idle) >= limit {
		surplus = h.idle[0]
		h.remove(surplus)
	}
	h.idle = append(h.idle, c)
	if s := c.becomeIdle(); s != nil { // only if none has been closed
		surplus = s
	}
	return surplus
}

// takeIdle removes and returns all connections that carry no request.
func (h *host) takeIdle() []*Conn {
	var out []*Conn
	for _, c := range slices.Clone(h.conns) {
		if c.active == 0 {
			h.remove(c)
			out = append(out, c)
		}
	}
	return out
}

// remove forgets a connection; nothing happens when it is not there.
func (h *host) remove(c *Conn) {
	c.leaveIdle()
	c.dead = true
	if i := slices.Index(h.idle, c); i >= 0 {
		h.idle = slices.Delete(h.idle, i, i+1)
	}
	if i := slices.Index(h.conns, c); i >= 0 {
		h.conns = slices.Delete(h.conns, i, i+1)
	}
	h.drop()
}

// drop forgets the host itself when nothing is left of it, so that the pool does not grow with every name ever visited.
func (h *host) drop() {
	if len(h.conns)+len(h.waiters)+len(h.dialing) == 0 && h.e.hosts[h.key] == h {
		delete(h.e.hosts, h.key)
		h.unqueue()
	}
}

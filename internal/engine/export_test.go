package engine

import "context"

// Waiters returns how many requests wait for a connection.
func Waiters(e *Engine) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, h := range e.hosts {
		n += len(h.waiters)
	}
	return n
}

// Hosts returns how many origins the pool knows.
func Hosts(e *Engine) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.hosts)
}

// AcquireAfter waits for a connection over HTTP/1.1 as a request does that was lost on another one, gives it back, and
// reports whether it was a new one.
func AcquireAfter(e *Engine, ctx context.Context, addr string, lost *Conn) bool {
	got, err := e.acquire(ctx, key{scheme: "http", addr: addr}, lost)
	if err != nil {
		return false
	}
	e.giveBack(got.conn)
	return got.fresh
}

// Stillborn makes the dial that is under way for addr end with a connection that the server has closed before it got to
// the pool. It reports whether there was one.
func Stillborn(e *Engine, addr string) bool {
	e.mu.Lock()
	h := e.hosts[key{scheme: "http", addr: addr}]
	if h == nil || len(h.dialing) == 0 {
		e.mu.Unlock()
		return false
	}
	d := h.dialing[0]
	e.mu.Unlock()
	e.dialed(h, d, &Conn{host: h, dead: true}, nil)
	d.cancel()
	return true
}

// Total returns how many connections count against MaxConns.
func Total(e *Engine) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.total
}

// Short returns for how many origins dials wait for MaxConns.
func Short(e *Engine) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.short)
}

package engine

import (
	"container/list"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/h1"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/plan"
)

// What the hook PutIdleConn gets for a connection that is not kept.
var (
	errSurplus = errors.New("engine: more idle connections than are kept")
	errEnded   = errors.New("engine: the connection has ended")
)

// Conn is one connection. Its exported fields are facts that do not change once it carries a request.
type Conn struct {
	Proto         plan.Proto
	Local, Remote netip.AddrPort // invalid when the connection has no IP addresses
	// TLS is the state of the TLS connection, nil without; it must not be written to.
	TLS *tls.ConnectionState
	// LeftOut are extensions that the hello went without, as [Config.CompatRetry] has it: the fingerprint is not that of the
	// profile. Nil when it is.
	LeftOut []fingerprint.ID
	// Connect is how long the name lookup and the TCP handshake took, Handshake how long that of TLS took.
	Connect, Handshake time.Duration

	host *host
	net  net.Conn
	h1   *h1.Conn // exactly one of the two is set
	h2   *h2.Conn

	putIdle func(error) // the httptrace hook of the request that an HTTP/1.1 connection carries; nil for none

	// The rest is guarded by Engine.mu.
	active   int           // requests that it carries, or is about to
	used     bool          // it has carried one before
	leaving  bool          // takes no new requests
	final    bool          // is closed when it carries no request any more
	dead     bool          // closed, or about to be: not in the pool
	serial   uint64        // connections that were added later have higher ones
	place    *list.Element // in Engine.idle, nil while it carries a request
	timer    Timer
	armed    bool // timer runs
	skip     int  // calls of expire that come from timers stopped too late
	idleFrom time.Time
	ended    chan struct{} // is closed at its end, for the dial that takes its place; nil: none does
}

func (c *Conn) engine() *Engine { return c.host.e }

func (c *Conn) roundTrip(ctx context.Context, r *plan.Request) (*plan.Response, error) {
	if c.h2 != nil {
		return c.h2.RoundTrip(ctx, r)
	}
	return c.h1.RoundTrip(ctx, r)
}

// close closes the connection at once. Engine.mu must not be held.
func (c *Conn) close() {
	if c.h2 != nil {
		c.h2.Close()
	} else {
		c.h1.Close()
	}
}

// start counts a request in.
func (c *Conn) start() {
	c.leaveIdle()
	c.active++
}

// unstart gives back a connection that was acquired and not used. It returns the connection that must be closed for
// that, if any.
func (c *Conn) unstart() (surplus *Conn) {
	c.active--
	if c.dead {
		return nil
	}
	if c.h2 != nil {
		if c.active == 0 && c.final {
			c.host.remove(c)
			c.host.dialMore()
			return c
		}
		if c.active == 0 {
			return c.becomeIdle()
		}
		return nil
	}
	if c.engine().closed {
		return c
	}
	if !c.host.give(c, !c.used) {
		return c.host.rest(c)
	}
	return nil
}

// done is called when a request is over: by an HTTP/1.1 connection whose response has been consumed, or when a stream of
// an HTTP/2 connection has ended.
func (c *Conn) done() {
	e := c.engine()
	e.mu.Lock()
	c.used = true
	putIdle := c.putIdle
	c.putIdle = nil
	surplus := c.unstart()
	var fate error
	switch {
	case e.closed:
		fate = ErrClosed
	case surplus == c || c.ended != nil:
		fate = errSurplus
	case c.dead:
		fate = errEnded
	}
	e.mu.Unlock()
	if putIdle != nil {
		putIdle(fate)
	}
	if surplus != nil {
		surplus.close()
	}
}

// last makes an HTTP/2 connection take no new requests, and end with the last of those that it carries.
func (c *Conn) last() {
	e := c.engine()
	e.mu.Lock()
	c.leaving, c.final = true, true
	c.host.dialMore()
	e.mu.Unlock()
}

// leave is called when an HTTP/2 connection has refused a request or lost one: it may have others to finish, but takes no new ones.
func (c *Conn) leave() {
	e := c.engine()
	e.mu.Lock()
	c.leaving = true
	e.mu.Unlock()
}

// gone is called when the connection is of no more use, whoever closed it.
func (c *Conn) gone() {
	e := c.engine()
	e.mu.Lock()
	c.host.remove(c)
	c.host.dialMore()
	e.mu.Unlock()
	if e.cfg.MaxConns > 0 {
		c.net.Close() // HTTP/1.1 would do so only now, and others must not be opened before
	}
	e.mu.Lock()
	c.vacate()
	e.mu.Unlock()
}

// becomeIdle is called when the connection carries no request any more. It returns the connection that must be closed
// for that, if any.
func (c *Conn) becomeIdle() (surplus *Conn) {
	e := c.engine()
	c.startTimer()
	c.place = e.idle.PushBack(c)
	e.serve()
	if limit := e.cfg.MaxIdle; limit > 0 && e.idle.Len() > limit {
		surplus = e.idle.Front().Value.(*Conn)
		surplus.host.remove(surplus)
	}
	return surplus
}

// leaveIdle is called when the connection gets a request, or leaves the pool.
func (c *Conn) leaveIdle() {
	c.stopTimer()
	if c.place != nil {
		c.engine().idle.Remove(c.place)
		c.place = nil
	}
}

func (c *Conn) startTimer() {
	c.idleFrom = time.Now()
	d := c.engine().cfg.IdleTimeout
	switch {
	case d <= 0:
		return
	case c.timer == nil:
		c.timer = c.engine().cfg.AfterFunc(d, c.expire)
	default:
		c.timer.Reset(d)
	}
	c.armed = true
}

func (c *Conn) stopTimer() {
	if c.armed && !c.timer.Stop() {
		c.skip++ // expire has been started and waits for the lock
	}
	c.armed = false
}

// expire is called by the timer.
func (c *Conn) expire() {
	e := c.engine()
	e.mu.Lock()
	if c.skip > 0 {
		c.skip--
		e.mu.Unlock()
		return
	}
	c.armed = false
	c.host.remove(c)
	e.mu.Unlock()
	c.close()
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		p := t.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}

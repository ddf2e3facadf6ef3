package h2

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
)

// ErrUnresponsive is the cause of the [ConnError] of a connection whose server did not answer a PING in time, and of the
// refusal of more requests by one on which a request ran into its deadline with not a byte from the server.
var ErrUnresponsive = errors.New("the server does not respond")

// Timer is a [*time.Timer] that runs a function.
type Timer interface {
	Stop() bool
	Reset(time.Duration) bool
}

// pingMode says when a connection is found to be silent.
type pingMode uint8

const (
	pingBusy    pingMode = iota // by a timer, while streams are open
	pingRequest                 // when a request is about to be sent
	pingAlways                  // by a timer, at any time
)

// keepAlive is how an engine notices that its server is gone. No capture of ours shows a PING: Chromium's numbers are
// those of its sources (net::SpdySession: 10 s of connection_at_risk_of_loss_time, 10 s of hung_interval, ids from 1 in
// steps of 2), Firefox' those of its preferences (network.http.http2.ping-threshold 58, ping-timeout 8) with the zero
// payload of its sources. net/http sends no PING unless it is told to; 15 s are its PingTimeout.
type keepAlive struct {
	mode    pingMode
	silence time.Duration // nothing was read for so long: a PING is sent
	timeout time.Duration // nothing was read for so long after it: the connection is dead
	first   uint64        // payload of the first PING
	step    uint64        // and how much it grows with each
}

// pinger is the state of a connection's keepAlive. Times are since the connection was made; all but read is guarded by
// the connection's mutex.
type pinger struct {
	born  time.Time
	read  atomic.Int64  // when bytes were read last
	busy  time.Duration // when the first of the streams that are open now was opened
	sent  time.Duration // when the PING in flight was sent
	id    uint64        // its payload, later that of the next
	wait  bool          // a PING is in flight
	timer Timer
	armed bool            // timer runs
	asked []chan struct{} // closed with the answer to the PING in flight, or with the connection
}

// liveConn notes when something is read.
type liveConn struct {
	net.Conn
	c *Conn
}

func (l liveConn) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 {
		l.c.ping.read.Store(int64(l.c.age()))
	}
	return n, err
}

// age is how old the connection is.
func (c *Conn) age() time.Duration { return c.now().Sub(c.ping.born) }

func (c *Conn) lastRead() time.Duration { return time.Duration(c.ping.read.Load()) }

// arm starts the timer unless it runs.
func (c *Conn) arm(d time.Duration) {
	p := &c.ping
	switch {
	case p.armed:
		return
	case p.timer == nil:
		p.timer = c.afterFunc(d, c.pingTick)
	default:
		p.timer.Reset(d)
	}
	p.armed = true
}

// beforeRequest is called when a stream is about to be opened.
func (c *Conn) beforeRequest(now time.Duration) {
	k := &c.policy.keep
	if len(c.streams) == 0 {
		c.ping.busy = now
	}
	switch k.mode {
	case pingRequest:
		if !c.ping.wait && now-c.lastRead() > k.silence {
			c.sendPing(now)
			c.arm(k.timeout)
		}
	case pingBusy:
		c.arm(k.silence)
	}
}

func (c *Conn) sendPing(now time.Duration) {
	p := &c.ping
	c.out = appendHeader(c.out, 8, http2.FramePing, 0, 0)
	c.out = binary.BigEndian.AppendUint64(c.out, p.id)
	c.cut()
	c.wake.Signal()
	p.wait, p.sent = true, now
}

// pinged takes the answer to a PING.
func (c *Conn) pinged(data [8]byte) {
	if p := &c.ping; p.wait && binary.BigEndian.Uint64(data[:]) == p.id {
		p.wait = false
		p.id += c.policy.keep.step
		p.answer()
	}
}

// pingTick is called by the timer. It either ends the connection or finds out when to look again.
func (c *Conn) pingTick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, k := &c.ping, &c.policy.keep
	p.armed = false
	if c.err != nil {
		return
	}
	now := c.age()
	if p.wait {
		if rest := max(p.sent, c.lastRead()) + k.timeout - now; rest > 0 {
			c.arm(rest)
		} else {
			c.shut(&ConnError{Reason: "no answer to PING", Err: ErrUnresponsive}, c.policy.goAway)
		}
		return
	}
	if k.mode == pingRequest || k.mode == pingBusy && len(c.streams) == 0 {
		return
	}
	since := c.lastRead()
	if k.mode == pingBusy {
		since = max(since, p.busy)
	}
	if rest := since + k.silence - now; rest > 0 {
		c.arm(rest)
		return
	}
	c.sendPing(now)
	c.arm(k.timeout)
}

// suspect is called before s is cancelled: a deadline that passed without a byte from the server since s was opened
// makes the connection take no new streams.
func (c *Conn) suspect(s *stream, ctx context.Context) {
	late := errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(context.Cause(ctx), context.DeadlineExceeded)
	if !late || c.lastRead() > s.opened || c.doubt != nil {
		return
	}
	c.doubt = &ConnError{Reason: "a request timed out", Err: ErrUnresponsive}
	for c.waiting.head != nil {
		w := c.waiting.head
		w.unlink()
		w.fail(unprocessed(c.doubt))
	}
}

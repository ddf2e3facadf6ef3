// Package h1 is the client's side of HTTP/1.1 (RFC 9112) over a connection that is given. It writes exactly the head
// that it is given and adds nothing to it.
package h1

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// Options are what a connection's owner wants to know. The zero value is valid.
type Options struct {
	// OnIdle is called each time that a response has been consumed completely, or a request refused, and the connection
	// may carry another request; before the body's io.EOF or RoundTrip's result is returned. It may give the connection
	// to another goroutine, but must not itself wait for a request on it.
	OnIdle func(*Conn)
	// OnClose is called once, when the connection is of no more use: its last response is consumed, it failed, the
	// server closed it while idle, or Close was called. OnIdle is never called afterwards.
	OnClose func(*Conn)
	// Time is the clock of [plan.Info]; nil is time.Now.
	Time func() time.Time
	// ContinueTimeout is how long the body of a request with "Expect: 100-continue" waits for the server's word; 0 is
	// [DefaultContinueTimeout].
	ContinueTimeout time.Duration
	// NewTimer returns a channel that gets a value after d, and a function that ends the timer; nil is [time.NewTimer].
	NewTimer func(d time.Duration) (<-chan time.Time, func() bool)
}

type state uint8

const (
	idle  state = iota
	taken       // by RoundTrip; nothing written yet
	busy        // something may have been written
	closed
)

// Conn is a connection. One request is under way at a time; Close may be called at any time.
type Conn struct {
	conn  net.Conn
	opts  Options
	in    reader
	watch chan struct{} // gives the reader to the watcher; closed when the connection changes hands
	ready chan error    // the watcher gives the reader back: a response begins, or why none will
	done  chan struct{} // closed when state is closed

	mu        sync.Mutex
	state     state
	x         *exchange // under way
	used      bool      // has carried a request
	headed    bool      // the final response's head has come
	notifying int       // calls of OnIdle in progress
	err       error     // why state is closed
}

// New returns a connection over c, which it owns from now on. It starts a goroutine that reads until c is closed. A body
// that is delimited by the end of the connection is whole when Read of c returns io.EOF; over TLS that must be the
// server's close_notify, and a FIN without one must be io.ErrUnexpectedEOF.
func New(c net.Conn, o Options) *Conn {
	if o.Time == nil {
		o.Time = time.Now
	}
	if o.ContinueTimeout == 0 {
		o.ContinueTimeout = DefaultContinueTimeout
	}
	if o.NewTimer == nil {
		o.NewTimer = newTimer
	}
	conn := &Conn{
		conn:  c,
		opts:  o,
		watch: make(chan struct{}, 1),
		ready: make(chan error, 1),
		done:  make(chan struct{}),
	}
	conn.in.init(c)
	go conn.watcher()
	return conn
}

// watcher reads while nobody else does: while the connection is idle, so that its end is noticed (and TLS tickets get
// in), and until the first byte of a response.
func (c *Conn) watcher() {
	for {
		err := c.in.fill()
		c.mu.Lock()
		waiting := c.state == busy
		c.mu.Unlock()
		if !waiting {
			if err == nil {
				err = errUnsolicited
			} else {
				err = errServerClosed
			}
			c.in.release()
			c.shut(nil, err)
			return
		}
		c.ready <- err
		select {
		case _, ok := <-c.watch:
			if !ok {
				return
			}
		case <-c.done:
			return
		}
	}
}

// RoundTrip sends req and returns the response as soon as its head is there. Interim (1xx) responses are passed over.
// The body of the request is sent while the response is awaited; a response that comes before its end is returned, and
// when its status is 400 or higher the rest of the body is not sent. The body is closed in any case, maybe after
// RoundTrip has returned, and maybe while a Read waits.
//
// With "Expect: 100-continue" the body is not sent until the server says 100 (Continue), or gives a final response with a
// status below 400, or says nothing for [Options.ContinueTimeout] (RFC 9110 §10.1.1).
//
// A body in memory ([plan.InMemory]) is written together with the head if both fit into 1400 bytes.
//
// When ctx ends before the response's body is consumed, the connection is closed, and what waits returns an error that
// is ctx.Err(). The Body of a 101 response (or of a 2xx to CONNECT) is an [io.ReadWriteCloser]; it no longer depends on
// ctx, and its Close closes the connection.
//
// A body that is closed before its end costs the connection, unless the rest is buffered already.
//
// Errors are *[RequestError], *[BodyError], *[ConnError], *[ResponseError], [ErrBusy], [ErrClosed] or wrap that of ctx.
// Only RequestError and ErrBusy leave the connection as it was, and what is found wrong before anything was written.
func (c *Conn) RoundTrip(ctx context.Context, req *plan.Request) (*plan.Response, error) {
	x := &exchange{c: c, req: req}
	x.body.x = x
	x.resp.Info.Started = c.opts.Time()
	if err := c.take(x); err != nil {
		closeBody(req)
		return nil, err
	}
	if err := x.begin(ctx); err != nil {
		return nil, err
	}
	return x.receive()
}

// take makes x the exchange under way.
func (c *Conn) take(x *exchange) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case idle:
		c.state, c.x, c.headed = taken, x, false
		x.reused = c.used
		return nil
	case closed:
		return &ConnError{Reused: c.used, NoResponse: true, Unsent: true, Err: c.err}
	}
	return ErrBusy
}

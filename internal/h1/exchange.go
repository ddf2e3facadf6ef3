package h1

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// exchange is one request and its response.
type exchange struct {
	c      *Conn
	req    *plan.Request
	stop   func() bool // detaches it from its context; nil when that has no end, or nothing has been written
	out    sender
	resp   plan.Response
	body   body
	reused bool
	keep   bool // the connection may be used again
	werr   error

	uploaded atomic.Int64 // bytes of the request's body that have been written
}

// begin sends the request, or its head and the first of the body.
func (x *exchange) begin(ctx context.Context) error {
	buf := writeBuffers.Get().(*buffer)
	defer putWriteBuffer(buf)
	var rest bool
	err := contextError(ctx)
	if err == nil {
		buf.b, rest, err = appendRequest(buf.b, x.req)
	}
	if err != nil {
		closeBody(x.req)
		x.c.idle()
		return err
	}
	x.resp.Info.HeadSent = len(buf.b)
	if !rest && x.req.Body != nil {
		x.resp.Info.HeadSent -= int(x.req.Length)
	}
	var stop func() bool
	if ctx.Done() != nil {
		stop = context.AfterFunc(ctx, func() { x.c.shut(x, contextError(ctx)) })
	}
	return x.send(buf.b, rest, stop)
}

func closeBody(req *plan.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// send writes the head, and starts the sender for what is left of the body.
func (x *exchange) send(head []byte, rest bool, stop func() bool) error {
	c := x.c
	c.mu.Lock()
	if c.state == closed {
		c.mu.Unlock()
		if stop != nil {
			stop()
		}
		closeBody(x.req)
		return x.closed(true)
	}
	c.state, c.used, x.stop = busy, true, stop
	if rest {
		x.out = sender{c: c, x: x, body: x.req.Body, length: x.req.Length, done: make(chan struct{})}
		if expectsContinue(x.req) {
			x.out.gate = make(chan struct{})
		}
	}
	c.mu.Unlock()
	_, err := c.conn.Write(head)
	switch {
	case err != nil:
		c.writeFailed(x, err)
		fallthrough
	case !rest:
		if x.req.Body != nil && err == nil {
			x.uploaded.Store(x.req.Length)
		}
		closeBody(x.req)
		if rest {
			close(x.out.done)
		}
		x.wrote(err)
	default:
		x.wroteHead()
		go x.out.run()
	}
	return nil
}

// closed returns the error to report when the connection was closed by other hands before a response.
func (x *exchange) closed(unsent bool) error {
	err := x.c.reason()
	if err == errServerClosed || err == errUnsolicited || unsent && err == ErrClosed {
		return &ConnError{Reused: x.reused, NoResponse: true, Unsent: unsent, Err: err}
	}
	return err
}

// receive waits for the response and reads its head.
func (x *exchange) receive() (*plan.Response, error) {
	c := x.c
	select {
	case err := <-c.ready:
		if err != nil {
			return nil, x.lost(err, true)
		}
		x.firstByte()
	case <-c.done: // the watcher still has the reader
		return nil, x.closed(false)
	}
	if err := x.readResponse(); err != nil {
		return nil, x.lost(err, false)
	}
	c.mu.Lock()
	c.headed = true
	if c.state != closed && x.werr != nil {
		c.conn.SetReadDeadline(time.Time{})
	}
	c.mu.Unlock()
	r := &x.resp
	r.Info.Reused, r.Info.FirstByte = x.reused, c.opts.Time()
	if r.Status >= 400 && x.out.done != nil {
		x.out.cease()
	} else {
		x.out.proceed()
	}
	x.open()
	return r, nil
}

// lost ends the connection because of err, which came from the reader, and returns the error to report.
func (x *exchange) lost(err error, noResponse bool) error {
	x.c.in.release()
	if _, bad := err.(*ResponseError); !bad {
		x.c.mu.Lock()
		if x.werr != nil && !x.c.headed {
			err = x.werr
		} else if !noResponse {
			err = unexpected(err)
		}
		x.c.mu.Unlock()
		err = &ConnError{Reused: x.reused, NoResponse: noResponse, Err: err}
	}
	x.c.shut(x, err)
	return x.c.reason()
}

// finish ends the exchange, whose response has been consumed.
func (x *exchange) finish() {
	c := x.c
	keep := x.keep && x.out.finished() && x.werr == nil
	if !keep || c.in.buffered() > 0 || c.in.err != nil {
		c.in.release()
		c.shut(x, errNotKept)
		return
	}
	if x.stop != nil {
		x.stop()
	}
	if c.idle() {
		c.watch <- struct{}{}
	}
}

package client

import (
	"io"
	"time"
)

// maxDrain is how much is read of a body that nobody wants, in bytes, so that its connection can be used again;
// drainTime is for how long.
const (
	maxDrain  = 64 << 10
	drainTime = time.Second
)

// maxSnippet is how much of a body goes into an error, in bytes.
const maxSnippet = 64 << 10

// leaveBehind is done with the body of a redirect, as the browser is.
func (x *chain) leaveBehind(res *Response) {
	if p := x.s.transport.profile; p != nil && p.HTTP2.CancelRedirects && res.Proto == "HTTP/2.0" {
		res.Body.Close() // which resets the stream unless its end has come
		return
	}
	res.drain()
}

// drain reads the rest of the body if it is short, and closes it.
func (r *Response) drain() {
	if r.Length != 0 {
		body := r.Body
		timer := time.AfterFunc(drainTime, func() { body.Close() })
		_, _ = io.CopyN(io.Discard, r.Body, maxDrain) // what comes of it does not matter
		timer.Stop()
	}
	r.Body.Close()
}

package h2

import (
	"errors"
	"io"
	"net/http/httptrace"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
)

// trace has the hooks of net/http/httptrace for one stream, in the order in which net/http calls them. They are called
// without the connection's lock, since they are the caller's code: by the writer and by the read loop, which wait for
// them. A request without trace costs one comparison in each place.
type trace struct {
	*httptrace.ClientTrace
	fields  []fingerprint.Field // the request's
	begun   bool                // something of the response has come
	headed  bool                // the head has been written
	stopped bool                // the stream ended before its request had been written
	written bool                // WroteRequest was called
}

var errNotWanted = errors.New("h2: the server did not want the rest of the request")

// unlocked runs f without the lock.
func (c *Conn) unlocked(f func()) {
	c.mu.Unlock()
	defer c.mu.Lock()
	f()
}

// hook runs f without the lock, mostly as part of the writer: Close does not wait for it.
func (c *Conn) hook(f func()) {
	c.hooked++
	c.unlocked(f)
	c.hooked--
}

// wroteHeads is called by the writer when the HEADERS of some streams have been written, or could not be.
func (c *Conn) wroteHeads(streams []*stream) {
	for _, s := range streams {
		if c.broken == nil {
			c.hook(s.trace.wroteHead)
		}
		s.trace.headed = true
		if s.body == nil || s.trace.stopped || c.broken != nil {
			c.wroteRequest(s, s.body == nil)
		}
	}
}

func (t *trace) wroteHead() { plan.WroteHead(t.ClientTrace, t.fields) }

// stop is called when the stream ends before its request has been written. A head that is still to be written comes
// first.
func (t *trace) stop(s *stream) {
	if t.stopped = true; !t.headed {
		return
	}
	go func() { // the lock is held
		s.c.mu.Lock()
		defer s.c.mu.Unlock()
		s.c.wroteRequest(s, false)
	}()
}

// wroteRequest is called when nothing of the request will be written any more.
func (c *Conn) wroteRequest(s *stream, whole bool) {
	t, err := s.trace, c.broken
	if t.written {
		return
	}
	t.written = true
	if err == nil && !whole {
		if err = s.end; err == nil || err == io.EOF {
			err = errNotWanted
		}
	}
	if t.WroteRequest != nil {
		c.hook(func() { t.WroteRequest(httptrace.WroteRequestInfo{Err: err}) })
	}
}

// traceHeaders is called for each header block of a response.
func (c *Conn) traceHeaders(s *stream, b *block) {
	t := s.trace
	if first := !t.begun; first {
		t.begun = true
		if t.GotFirstResponseByte != nil {
			c.unlocked(t.GotFirstResponseByte)
		}
	}
	if b.status < 100 || b.status > 199 || b.bad != "" || b.large || b.endStream || b.status == 101 {
		return
	}
	if t.Got1xxResponse != nil {
		var err error
		if c.unlocked(func() { err = plan.Got1xx(t.ClientTrace, b.status, b.fields) }); err != nil {
			code := http2.ErrCodeCancel
			c.reset(s, code, &StreamError{Stream: s.id, Code: code, Reason: "Got1xxResponse", Err: err})
			return
		}
	}
	if b.status == 100 && t.Got100Continue != nil {
		c.unlocked(t.Got100Continue)
	}
}

package h2

import (
	"io"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
)

// body is the response body of a stream. Read and Close may be called at the same time.
type body stream

// Read returns io.EOF once all of a complete body has been read. The error of a stream that failed comes after the
// bytes that had arrived before, but for a cancelled one at once.
func (b *body) Read(p []byte) (int, error) {
	s := (*stream)(b)
	c := s.c
	if len(p) == 0 {
		return 0, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for s.reading || !s.dropped && s.current == nil && s.buf.head == nil && s.end == nil {
		s.recv.Wait()
	}
	if s.closed {
		return 0, errBodyClosed
	}
	if s.current == nil {
		s.current = s.buf.pop()
	}
	k := s.current
	if k == nil || s.dropped {
		return 0, s.end
	}
	s.reading = true
	c.mu.Unlock()
	n := copy(p, k.b[k.r:k.w])
	c.mu.Lock()
	s.reading = false
	k.r += n
	s.uncounted += n
	if k.len() == 0 || !c.policy.whole {
		c.consumed(s, s.uncounted)
		s.uncounted = 0
	}
	if k.len() == 0 || s.dropped {
		c.consumed(nil, k.len()+s.uncounted)
		s.uncounted = 0
		k.free()
		s.current = nil
	}
	s.recv.Broadcast() // another Read may wait for its turn
	return n, nil
}

// Close ends the response. A stream that is not complete both ways is reset with CANCEL; what has not been read is
// dropped and given back to the connection's window.
func (b *body) Close() error {
	s := (*stream)(b)
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	c.reset(s, http2.ErrCodeCancel, errBodyClosed)
	s.discard()
	s.recv.Broadcast()
	return nil
}

// Uploaded implements [plan.Uploader].
func (b *body) Uploaded() int64 {
	s := (*stream)(b)
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.uploaded
}

// Empty reports whether r, a response of this package, has no body to wait for: it was complete with its head, or is one
// to HEAD, 204 or 304, and its request was sent.
func Empty(r *plan.Response) bool {
	b, ok := r.Body.(*body)
	if !ok {
		return false
	}
	s := (*stream)(b)
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.sendEnded && (s.bodyless || s.recvEnded && s.buf.head == nil && s.current == nil)
}

// trailers is plan.Response.Trailer.
func (b *body) trailers() []fingerprint.Field {
	s := (*stream)(b)
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.end != io.EOF || s.buf.head != nil || s.current != nil {
		return nil
	}
	return s.trailer
}

package h2

import (
	"io"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/plan"
)

// sendBody reads the request's body and hands it to the writer, piece by piece and ahead of it. It runs on its own
// goroutine, since a body may block while the response already arrives.
func (s *stream) sendBody() {
	c := s.c
	remaining := s.size
	c.mu.Lock()
	for !s.sendEnded {
		o := newOutgoing(c.frameLimit())
		s.bodyReading = true
		c.mu.Unlock()
		err := o.fill(s.body, &remaining)
		c.mu.Lock()
		s.bodyReading = false
		for s.next.buf != nil && !s.sendEnded {
			s.send.Wait()
		}
		if err != nil || s.sendEnded {
			o.free()
		}
		if s.sendEnded {
			break
		}
		if err != nil {
			code := http2.ErrCodeCancel
			c.reset(s, code, &StreamError{Stream: s.id, Code: code, Reason: "upload", Err: &BodyError{err}})
			break
		}
		if s.out.buf == nil {
			s.out = o
			c.schedule(s)
		} else {
			s.next = o
		}
		if o.last {
			break
		}
	}
	closed := s.bodyClosed
	s.bodyClosed = true
	c.mu.Unlock()
	if !closed {
		s.body.Close()
	}
}

// fill reads the next piece. With a known length the piece is full, as browsers' DATA frames are, unless
// the body comes slowly on purpose; without (-1) it is what one Read returns.
func (o *outgoing) fill(body io.Reader, remaining *int64) error {
	b := (*o.buf)[headerLen:]
	size := len(b) - 1
	if p, ok := body.(plan.Piecewise); ok && p.Piece() > 0 {
		size = min(size, p.Piece())
	}
	if *remaining < 0 {
		return o.stream(body, b[:size])
	}
	want := int(min(int64(size), *remaining))
	last := int64(want) == *remaining
	if err := o.read(body, want, last); err != nil {
		return err
	}
	*remaining -= int64(want)
	o.last = last
	return nil
}

// read reads n bytes, with last the last ones of the body.
func (o *outgoing) read(body io.Reader, n int, last bool) error {
	room := n
	if last {
		room++ // so that a body that is too long shows, without waiting for more than it has to give
	}
	got, err := readFull(body, (*o.buf)[headerLen:headerLen+room], n)
	switch {
	case got > n, err == io.EOF:
		return ErrBodyLength
	case err != nil:
		return err
	}
	o.w = headerLen + n
	return nil
}

// readFull is [io.ReadAtLeast], but for the io.EOF of a reader that ends too early: that can be told from an
// [io.ErrUnexpectedEOF] of its own.
func readFull(r io.Reader, b []byte, least int) (n int, err error) {
	for idle := 0; n < least && err == nil; idle++ {
		var k int
		if k, err = r.Read(b[n:]); k > 0 {
			n, idle = n+k, 0
		} else if idle == 100 {
			err = io.ErrNoProgress
		}
	}
	if n >= least {
		err = nil
	}
	return n, err
}

func (o *outgoing) stream(body io.Reader, b []byte) error {
	for range 100 {
		n, err := body.Read(b)
		o.w = headerLen + n
		o.last = err == io.EOF
		if err != nil && err != io.EOF {
			return err
		}
		if n > 0 || o.last {
			return nil
		}
	}
	return io.ErrNoProgress
}

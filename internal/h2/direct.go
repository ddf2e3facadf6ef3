package h2

import "golang.org/x/net/http2"

// pending is how many bytes of s wait to be sent, -1 while its body has nothing ready.
func (s *stream) pending() int64 {
	switch {
	case s.direct:
		return s.left
	case s.out.buf == nil:
		return -1
	}
	return int64(s.out.w - s.out.r)
}

// writeDirect writes one DATA frame of n bytes of a body in memory. The writer reads the body itself, so that nobody has
// to be woken to hand it over.
func (c *Conn) writeDirect(s *stream, n int) {
	s.unlink()
	last := s.left == int64(n)
	o := newOutgoing(c.frameLimit()) // as large as all others, so that the pool has one size
	s.writing, s.bodyReading = true, true
	c.mu.Unlock()
	err := o.read(s.body, n, last)
	c.mu.Lock()
	s.bodyReading = false
	if err == nil && !s.sendEnded {
		s.left -= int64(n)
		s.window -= int64(n)
		c.window -= int64(n)
		var flags http2.Flags
		if last {
			flags = http2.FlagDataEndStream
		}
		frame := (*o.buf)[:headerLen+n]
		putHeader(frame, n, http2.FrameData, flags, s.id)
		c.write(frame, nil)
		c.wroteBody(s, n)
	}
	s.writing = false
	o.free()
	if err != nil && !s.sendEnded {
		c.reset(s, http2.ErrCodeCancel, &StreamError{Stream: s.id, Code: http2.ErrCodeCancel, Reason: "upload", Err: &BodyError{err}})
	}
	switch {
	case s.sendEnded: // it was reset
		s.closeDirect()
	case last:
		s.closeDirect()
		c.sentAll(s)
	default:
		c.schedule(s)
	}
}

// closeDirect closes a body in memory, which takes no time.
func (s *stream) closeDirect() {
	if !s.bodyClosed {
		s.bodyClosed = true
		s.body.Close()
	}
}

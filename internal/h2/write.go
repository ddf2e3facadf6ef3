package h2

import (
	"time"

	"golang.org/x/net/http2"
)

// maxSpare is how large a buffer the writer keeps for the next frames.
const maxSpare = 64 << 10

// cut ends a unit of queued frames: it goes out in a write of its own, and thus in a TLS record of its own.
func (c *Conn) cut() {
	if !c.policy.merge {
		c.cuts = append(c.cuts, len(c.out))
	}
}

// writeLoop writes whatever is queued, frames of the connection before DATA, DATA frames of the streams in turn. It ends
// when the connection is of no more use, and closes it.
func (c *Conn) writeLoop() {
	c.mu.Lock()
	for c.err == nil || len(c.out) > 0 {
		if len(c.out) > 0 {
			c.writeQueued()
		} else if s, n := c.nextData(); s != nil {
			c.hold()
			if s.direct {
				c.writeDirect(s, n)
			} else {
				c.writeData(s, n)
			}
		} else if c.held {
			c.letGo()
		} else {
			c.wake.Wait()
		}
	}
	c.letGo()
	c.mu.Unlock()
	c.conn.Close()
	if c.onClose != nil {
		c.onClose(c)
	}
}

// write writes b without the lock. After an error, what was read before it may still complete responses: a server that
// has answered and closed the connection does not take the last WINDOW_UPDATE. So the end is left to the read loop, which
// gets little time for it.
func (c *Conn) write(b []byte, cuts []int) {
	if c.broken != nil {
		return
	}
	c.unlockedWrite(func() error {
		start := 0
		for _, end := range cuts {
			if _, err := c.conn.Write(b[start:end]); err != nil {
				return err
			}
			start = end
		}
		if start == len(b) {
			return nil
		}
		_, err := c.conn.Write(b[start:])
		return err
	})
}

// unlockedWrite runs write without the lock, as part of the writer.
func (c *Conn) unlockedWrite(write func() error) {
	c.writing = true
	c.mu.Unlock()
	err := write()
	c.mu.Lock()
	c.writing = false
	if err != nil && c.broken == nil {
		c.broken = &ConnError{Reason: "write failed", Err: err}
		c.conn.SetReadDeadline(time.Now().Add(lingering))
	}
}

// writeQueued writes the queued frames, unit by unit.
func (c *Conn) writeQueued() {
	out, cuts := c.out, c.cuts
	c.out, c.cuts, c.replies = c.outSpare[:0], c.cutSpare[:0], 0
	c.outSpare, c.cutSpare = nil, nil
	traced := c.traced
	c.traced = nil
	c.write(out, cuts)
	if traced != nil {
		c.letGo()
		c.wroteHeads(traced)
	}
	if cap(out) <= maxSpare {
		c.outSpare = out
	}
	c.cutSpare = cuts
	if c.waiting.n > 0 {
		c.openWaiting() // a long queue may have held them back
	}
}

// schedule puts s among the streams that have their turn, if it has something that it may send.
func (c *Conn) schedule(s *stream) {
	if s.writing || s.sendEnded || s.pending() < 0 || s.window <= 0 && s.pending() > 0 {
		return
	}
	if s.in == nil {
		c.ready.push(s)
	}
	c.wake.Signal()
}

// nextData returns the first stream in turn that may send, and how many bytes.
func (c *Conn) nextData() (*stream, int) {
	if c.broken != nil {
		return nil, 0
	}
	for s := c.ready.head; s != nil; s = s.after {
		rest := s.pending()
		n := max(0, min(rest, s.window, c.window, int64(c.frameLimit()))) // a window may be below zero
		if n > 0 || rest == 0 {
			return s, int(n)
		}
	}
	return nil, 0
}

// frameLimit is the largest DATA payload: the browser's habit, within what the server takes.
func (c *Conn) frameLimit() int { return min(c.dataFrame, c.peerFrame) }

// writeData writes one DATA frame of n bytes of s, whose header goes over the bytes before them.
func (c *Conn) writeData(s *stream, n int) {
	s.unlink()
	o := s.out
	s.window -= int64(n)
	c.window -= int64(n)
	end := o.r + n
	var flags http2.Flags
	if o.last && end == o.w {
		flags = http2.FlagDataEndStream
	}
	frame := (*o.buf)[o.r-headerLen : end]
	putHeader(frame, n, http2.FrameData, flags, s.id)
	s.writing = true
	c.write(frame, nil)
	c.wroteBody(s, n)
	s.writing = false
	if s.sendEnded { // it was reset meanwhile
		s.out.free()
		return
	}
	s.out.r = end
	if end < o.w {
		c.schedule(s)
		return
	}
	s.out.free()
	s.out, s.next = s.next, outgoing{}
	s.send.Signal()
	if !o.last {
		c.schedule(s)
		return
	}
	c.sentAll(s)
}

// wroteBody counts n bytes of the body of s that have been written.
func (c *Conn) wroteBody(s *stream, n int) {
	if c.broken == nil {
		s.uploaded += int64(n)
	}
}

// sentAll is called when the last DATA frame of s has been written.
func (c *Conn) sentAll(s *stream) {
	s.sendEnded = true
	if s.trace != nil {
		c.letGo()
		c.wroteRequest(s, true)
	}
	if s.recvEnded && c.streams[s.id] == s { // the hook may have taken long
		c.remove(s, byBoth)
		c.removed()
	}
}

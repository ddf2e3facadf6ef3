package h2

import (
	"io"

	"golang.org/x/net/http2"
)

// readData reads a DATA frame: its payload goes from the network into the chunk that readers of the body get.
func (c *Conn) readData(h http2.FrameHeader) error {
	if h.StreamID == 0 {
		return protocolError("DATA on stream 0")
	}
	payload, pad := int(h.Length), 0
	if h.Flags.Has(http2.FlagDataPadded) {
		if payload == 0 {
			return &ConnError{Code: http2.ErrCodeFrameSize, Reason: "DATA frame too short"}
		}
		b, err := c.br.ReadByte()
		if err != nil {
			return err
		}
		pad = int(b)
		if payload -= 1 + pad; payload < 0 {
			return protocolError("padding longer than the DATA frame")
		}
	}
	c.mu.Lock()
	s, err := c.acceptData(h, payload)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	for rest := payload; rest > 0; {
		n := min(rest, chunkSize)
		if _, err := io.ReadFull(c.br, c.chunk.b[:n]); err != nil {
			return err
		}
		rest -= n
		c.mu.Lock()
		c.deliver(s, n)
		c.mu.Unlock()
	}
	if _, err := c.br.Discard(pad); err != nil {
		return err
	}
	if extra := int(h.Length) - payload; extra == 0 && !h.Flags.Has(http2.FlagDataEndStream) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.consumed(s, int(h.Length)-payload)
	if s != nil && h.Flags.Has(http2.FlagDataEndStream) && c.streams[s.id] == s {
		c.endResponse(s)
	}
	return nil
}

// acceptData takes the frame out of the windows and returns the stream that gets its payload, nil when it is to be
// dropped.
func (c *Conn) acceptData(h http2.FrameHeader, payload int) (*stream, error) {
	increment, ok := c.flow.take(int64(h.Length))
	if !ok {
		return nil, &ConnError{Code: http2.ErrCodeFlowControl, Reason: "server exceeds the connection's window"}
	}
	c.giveBack(0, increment)
	s := c.streams[h.StreamID]
	if s == nil {
		return nil, c.late(h.StreamID, "DATA")
	}
	switch {
	case s.recvEnded:
		c.malformed(s, http2.ErrCodeStreamClosed, "DATA after the end of the response")
	case !s.flow.take(int64(h.Length)):
		c.malformed(s, http2.ErrCodeFlowControl, "server exceeds the stream's window")
	case s.resp == nil:
		c.malformed(s, http2.ErrCodeProtocol, "DATA before HEADERS")
	case payload > 0 && s.bodyless:
		c.malformed(s, http2.ErrCodeProtocol, "DATA in a response that has no body")
	case s.length >= 0 && s.got+int64(payload) > s.length:
		c.malformed(s, http2.ErrCodeProtocol, "body longer than its content-length")
	default:
		s.got += int64(payload)
		if payload == 0 && !h.Flags.Has(http2.FlagDataEndStream) {
			return s, c.spend(1, "empty DATA frames")
		}
		return s, nil
	}
	return nil, nil
}

// deliver hands the n bytes in the read loop's chunk to the readers of s, or drops them.
func (c *Conn) deliver(s *stream, n int) {
	if s == nil || s.dropped || c.streams[s.id] != s {
		c.consumed(nil, n)
		return
	}
	c.chunk.w = n
	c.chunk = s.buf.add(c.chunk)
	s.recv.Broadcast()
}

// endResponse ends the response's side of s.
func (c *Conn) endResponse(s *stream) {
	if s.length >= 0 && s.got != s.length && !s.bodyless {
		code := http2.ErrCodeProtocol
		c.reset(s, code, &StreamError{Stream: s.id, Code: code, Reason: "body shorter than its content-length", Err: io.ErrUnexpectedEOF})
		return
	}
	s.recvEnded = true
	s.fail(io.EOF)
	if s.sendEnded {
		c.remove(s, byBoth)
		c.removed()
	}
}

// consumed counts n bytes of DATA as used up: by a reader of s, or, with nil, by nobody.
func (c *Conn) consumed(s *stream, n int) {
	if n == 0 || c.err != nil {
		return
	}
	if s != nil && !s.recvEnded && c.streams[s.id] == s {
		c.giveBack(s.id, s.flow.give(int64(n)))
	}
	c.giveBack(0, c.flow.consume(int64(n)))
}

// giveBack queues a WINDOW_UPDATE unless increment is 0.
func (c *Conn) giveBack(stream, increment uint32) {
	if increment > 0 && c.err == nil {
		c.out = appendWindowUpdate(c.out, stream, increment)
		c.cut()
		c.wake.Signal()
	}
}

package h2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/net/http2"
)

// maxQueued is how many bytes may wait for the writer before no more streams are opened.
const maxQueued = 1 << 20

// mayOpen reports whether one more stream may be opened.
func (c *Conn) mayOpen() bool {
	return len(c.streams) < int(min(c.peerMax, maxStreamID)) && len(c.out) < maxQueued
}

// refusal is why the connection takes no more requests, or nil.
func (c *Conn) refusal() error {
	switch {
	case c.err != nil:
		return unprocessed(c.err)
	case c.broken != nil:
		return unprocessed(c.broken)
	case c.goAway != nil:
		return c.goAway
	case c.doubt != nil:
		return unprocessed(c.doubt)
	case c.nextID > maxStreamID:
		return unprocessed(errors.New("h2: stream ids used up"))
	}
	return nil
}

// enqueue sends s now or as soon as the server allows it.
func (c *Conn) enqueue(s *stream) {
	if err := c.refusal(); err != nil {
		s.fail(err)
		return
	}
	c.waiting.push(s)
	c.openWaiting()
}

// openWaiting sends the requests whose turn has come.
func (c *Conn) openWaiting() {
	for c.waiting.head != nil && c.mayOpen() {
		s := c.waiting.head
		s.unlink()
		if err := c.refusal(); err != nil {
			s.fail(err)
			continue
		}
		c.open(s)
	}
}

// open gives s an id and queues its HEADERS and what follows them as one unit.
func (c *Conn) open(s *stream) {
	s.opened = c.age()
	c.beforeRequest(s.opened)
	s.id = c.nextID
	c.nextID += 2
	c.streams[s.id] = s
	s.reused, c.sent = c.sent, true
	s.window = c.peerInit
	s.flow = inflow{left: c.streamWindow, refill: c.streamRefill, low: c.policy.low}
	s.sendEnded = s.body == nil
	if s.trace != nil {
		c.traced = append(c.traced, s)
		s.trace.fields = slices.Clone(s.req.Fields)
	}
	empty := s.sendEnded && slices.Contains(c.policy.ended, s.req.Method)
	c.appendRequest(s, s.sendEnded && !empty)
	for i := range c.after {
		c.out, _ = appendFrame(c.out, &c.after[i], s.id) // checked by newSetup
	}
	if empty {
		c.out = append(c.out, make([]byte, headerLen)...)
		putHeader(c.out[len(c.out)-headerLen:], 0, http2.FrameData, http2.FlagDataEndStream, s.id)
	}
	c.cut()
	c.wake.Signal()
	switch {
	case s.direct:
		c.schedule(s)
	case s.body != nil:
		go s.sendBody()
	}
}

// appendRequest appends HEADERS, which end the stream or do not, and CONTINUATION as far as the block exceeds the server's
// frame size.
func (c *Conn) appendRequest(s *stream, ends bool) {
	flags := http2.FlagHeadersEndHeaders
	if ends {
		flags |= http2.FlagHeadersEndStream
	}
	start := len(c.out)
	c.out = append(c.out, make([]byte, headerLen)...)
	if s.prio.Weight > 0 {
		flags |= http2.FlagHeadersPriority
		c.out = appendPriority(c.out, &s.prio, c.dependency(s))
	}
	c.out = c.enc.appendBlock(c.out, s.req.Fields)
	s.req = nil
	n := len(c.out) - start - headerLen
	s.headSize = n + headerLen*max(1, (n+c.peerFrame-1)/c.peerFrame)
	if n <= c.peerFrame {
		putHeader(c.out[start:], n, http2.FrameHeaders, flags, s.id)
		return
	}
	putHeader(c.out[start:], c.peerFrame, http2.FrameHeaders, flags&^http2.FlagHeadersEndHeaders, s.id)
	end := start + headerLen + c.peerFrame
	rest := append(c.scratch[:0], c.out[end:]...)
	c.out = c.out[:end]
	c.scratch = rest
	for len(rest) > 0 {
		n := min(len(rest), c.peerFrame)
		var flags http2.Flags
		if n == len(rest) {
			flags = http2.FlagContinuationEndHeaders
		}
		c.out = append(appendHeader(c.out, n, http2.FrameContinuation, flags, s.id), rest[:n]...)
		rest = rest[n:]
	}
}

// dependency returns the stream that s depends on.
func (c *Conn) dependency(s *stream) uint32 {
	if !c.policy.chain || !s.prio.Exclusive || s.prio.DependsOn != 0 {
		return s.prio.DependsOn
	}
	var best *stream
	for _, o := range c.streams { // finds one and the same in any order
		if w := o.prio.Weight; o == s || w < s.prio.Weight {
			continue
		} else if best == nil || w < best.prio.Weight || w == best.prio.Weight && o.id > best.id {
			best = o
		}
	}
	if best == nil {
		return 0
	}
	return best.id
}

// remove takes s off the wire's books: it counts no longer as open, and its request's side ends. What arrived can still
// be read.
func (c *Conn) remove(s *stream, how ending) {
	delete(c.streams, s.id)
	c.history.add(s.id, how)
	s.unlink()
	s.stopSending()
	s.unwatch()
}

// removed goes on after a stream was removed: the next one gets its place, or the connection ends.
func (c *Conn) removed() {
	if c.err != nil {
		return
	}
	c.openWaiting()
	if len(c.streams) > 0 || c.waiting.n > 0 {
		return
	}
	if c.goAway != nil {
		c.shut(c.goAway, c.policy.goAway)
	} else if c.doubt != nil {
		c.shut(c.doubt, c.policy.goAway)
	} else if c.nextID > maxStreamID {
		c.shut(&ConnError{Reason: "stream ids used up"}, c.policy.goAway)
	}
}

// reset ends an open stream with RST_STREAM and err.
func (c *Conn) reset(s *stream, code ErrCode, err error) {
	if c.streams[s.id] != s {
		return
	}
	c.out = appendRSTStream(c.out, s.id, code)
	c.cut()
	c.wake.Signal()
	c.remove(s, byUs)
	s.fail(err)
	c.removed()
}

// malformed resets an open stream because of what the server sent on it.
func (c *Conn) malformed(s *stream, code ErrCode, reason string) {
	c.reset(s, code, &StreamError{Stream: s.id, Code: code, Reason: reason})
}

// cancel ends s because its context ended, if it is still waiting or open.
func (s *stream) cancel(ctx context.Context) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case s.id == 0 && s.in == &c.waiting:
		s.unlink()
		s.fail(cancelled(ctx))
		c.removed()
	case s.id != 0 && c.streams[s.id] == s:
		c.suspect(s, ctx)
		c.reset(s, http2.ErrCodeCancel, cancelled(ctx))
		if s.end != io.EOF { // a complete response stays readable
			s.discard()
		}
	}
}

// cancelled is the error of a request whose context ended: it is both the context's error and its cause.
func cancelled(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return fmt.Errorf("h2: request cancelled: %w", cause)
	}
	return fmt.Errorf("h2: request cancelled: %w: %w", err, cause)
}

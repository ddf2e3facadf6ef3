package h2

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
)

// stream is one request and its response. All fields are guarded by the connection's mutex, except where noted.
type stream struct {
	c    *Conn
	id   uint32        // 0 while it waits for its turn
	req  *plan.Request // until it is sent; the caller may change it afterwards
	head bool          // the method is HEAD
	size int64         // the request's Length
	body io.ReadCloser // of the request, nil for none
	prio fingerprint.Priority

	in            *list // the list that it is in: the connection's waiting or ready
	before, after *stream
	stop          func() bool // ends the watch over the request's context

	// The request's side.
	send        sync.Cond // signals sendBody: next was taken, or the stream ended
	window      int64     // send window
	direct      bool      // the body is in memory: the writer reads it itself, and out and next are not used
	left        int64     // of a direct body, bytes that have not been read
	out         outgoing  // piece of the body being sent
	next        outgoing  // the piece after it, so that the writer need not wait for it
	writing     bool      // the writer is using out without the lock
	sendEnded   bool      // END_STREAM was sent, or nothing will be sent any more
	bodyReading bool      // sendBody is in Read of the request's body
	bodyClosed  bool      // somebody closes or has closed it
	headSize    int       // of the frames with the request's head
	uploaded    int64     // bytes of the body that have been written

	// The response's side.
	recv      sync.Cond // signals RoundTrip and readers of the body
	resp      *plan.Response
	interim   int   // 1xx responses seen
	bodyless  bool  // a response to HEAD, 204, 304
	length    int64 // declared length, -1 for none
	got       int64
	flow      inflow
	buf       chunks
	current   *chunk              // chunk that a Read has taken out of buf
	uncounted int                 // bytes of current that have been read and do not count as consumed yet
	reading   bool                // a Read is copying from current without the lock
	recvEnded bool                // END_STREAM was received
	closed    bool                // the response's body was closed
	dropped   bool                // what arrived was dropped, and what will arrive is
	end       error               // what reading ends with: io.EOF, or why the stream failed
	trailer   []fingerprint.Field // once end is io.EOF
	started   time.Time
	opened    time.Duration // age of the connection when it got its id
	reused    bool

	trace *trace // nil for none
}

func newStream(c *Conn, req *plan.Request) *stream {
	s := &stream{c: c, req: req, head: req.Method == "HEAD", size: req.Length, length: -1, started: c.now()}
	s.send.L, s.recv.L = &c.mu, &c.mu
	if req.Priority != nil {
		s.prio = *req.Priority
	}
	if req.Length != 0 {
		s.body = req.Body
	}
	if m, ok := s.body.(plan.InMemory); ok && s.size > 0 && m.Certain() {
		s.direct, s.left = true, s.size
	}
	if req.Trace != nil {
		s.trace = &trace{ClientTrace: req.Trace}
	}
	return s
}

// fail ends s with err unless it has ended, and wakes all who wait for it. Bytes that arrived before can still be read.
func (s *stream) fail(err error) {
	if s.end == nil {
		s.end = err
	}
	s.recv.Broadcast()
}

// discard drops what arrived and was not read, and gives it back to the connection's window. s has ended.
func (s *stream) discard() {
	s.dropped = true
	n := s.buf.n
	s.buf.free()
	if s.current != nil && !s.reading { // else Read frees it
		n += s.current.len() + s.uncounted
		s.uncounted = 0
		s.current.free()
		s.current = nil
	}
	s.c.consumed(nil, n)
}

// stopSending ends the request's side: the body is closed, sendBody returns.
func (s *stream) stopSending() {
	if s.trace != nil && !s.sendEnded {
		s.trace.stop(s)
	}
	s.sendEnded = true
	if !s.writing {
		s.out.free()
	}
	s.next.free()
	s.send.Broadcast()
	switch {
	case s.bodyClosed:
	case s.direct:
		if !s.bodyReading { // else the writer does it
			s.closeDirect()
		}
	case s.bodyReading:
		s.bodyClosed = true
		go s.body.Close() // a Read that blocks ends with it; it may itself take long, so not under the lock
	}
}

// list is a list of streams in the order in which they came.
type list struct {
	head, tail *stream
	n          int
}

func (l *list) push(s *stream) {
	s.in, s.before, s.after = l, l.tail, nil
	if l.tail != nil {
		l.tail.after = s
	} else {
		l.head = s
	}
	l.tail = s
	l.n++
}

// unlink takes s out of the list that it is in, if any.
func (s *stream) unlink() {
	l := s.in
	if l == nil {
		return
	}
	if s.before != nil {
		s.before.after = s.after
	} else {
		l.head = s.after
	}
	if s.after != nil {
		s.after.before = s.before
	} else {
		l.tail = s.before
	}
	s.in, s.before, s.after = nil, nil, nil
	l.n--
}

// How a stream was closed decides what a late frame on it means (RFC 9113 §5.1).
type ending uint8

const (
	forgotten   ending = iota // too long ago to know
	byBoth                    // END_STREAM both ways
	byServer                  // the server reset it
	byUs                      // we reset it: frames may still be on their way
	neverOpened               // an id that was skipped
	idle                      // an id that is still to come
)

// history remembers the last streams that were closed.
type history struct {
	ring [64]struct {
		id    uint32
		how   ending
		reset bool // the server has reset it
	}
	next int
}

func (h *history) add(id uint32, how ending) {
	e := &h.ring[h.next]
	e.id, e.how, e.reset = id, how, how == byServer
	h.next = (h.next + 1) % len(h.ring)
}

func (h *history) of(id uint32) ending {
	for i := range h.ring {
		if h.ring[i].id == id {
			return h.ring[i].how
		}
	}
	return forgotten
}

// firstReset reports whether a stream is remembered that the server has not reset before, and notes that it has now.
func (h *history) firstReset(id uint32) bool {
	for i := range h.ring {
		if e := &h.ring[i]; e.id == id {
			first := !e.reset
			e.reset = true
			return first
		}
	}
	return false
}

// watch cancels s when ctx ends.
func (s *stream) watch(ctx context.Context) {
	if ctx.Done() != nil && s.end == nil {
		s.stop = context.AfterFunc(ctx, func() { s.cancel(ctx) })
	}
}

func (s *stream) unwatch() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

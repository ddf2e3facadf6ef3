package h1

import (
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// DefaultContinueTimeout is that of [Options.ContinueTimeout]. RFC 9110 §10.1.1 forbids to wait without end: servers from
// before Expect say nothing.
const DefaultContinueTimeout = time.Second

// expectsContinue says whether the body of req is not to be sent before the server wants it.
func expectsContinue(req *plan.Request) bool {
	if req.Body == nil {
		return false
	}
	for _, f := range req.Fields {
		if same(f.Name, "expect") && hasToken(f.Value, "100-continue") {
			return true
		}
	}
	return false
}

// newTimer is the timer of a [Conn] without another.
func newTimer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// await waits until the body may be sent: the gate opens on a 100, a final response, and the end of the connection, or
// the time is up. Without gate there is nothing to wait for.
func (s *sender) await() {
	if s.gate == nil {
		return
	}
	s.x.waits()
	timeout, stop := s.c.opts.NewTimer(s.c.opts.ContinueTimeout)
	defer stop()
	select {
	case <-s.gate:
	case <-timeout:
	}
}

// proceed opens the gate.
func (s *sender) proceed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open()
}

// open opens the gate, once; the caller holds the mutex.
func (s *sender) open() {
	if s.gate != nil && !s.opened {
		s.opened = true
		close(s.gate)
	}
}

package fpserver

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// The labs are endpoints that do what servers do to clients on good and on bad days: they fail a given number of times,
// break off, stall, redirect in odd ways, encode well and badly. What they do is decided by the request alone; only
// /flaky, /retry-after with a key and /auth/digest remember something, for as long as the server runs.
//
// Whatever the client decides has a limit: maxLabBody, maxWait, and those named where a parameter is read. A parameter
// that a lab does not know is refused.

const (
	maxLabBody  = 1 << 20          // of answers that are made for one request
	maxWait     = 30 * time.Second // of all pauses of one answer together
	maxKeys     = 1024             // that are remembered, of each kind
	maxKeyBytes = 64
	maxCoders   = 8 // answers that are compressed at the same time; others wait
)

// labs is what the labs of one server remember.
type labs struct {
	flaky  *recent[int]    // requests so far, by key
	nonces *recent[*nonce] // of /auth/digest
	coders chan struct{}   // one slot per answer that is being compressed
	issued atomic.Uint64   // nonces
}

func newLabs() *labs {
	return &labs{flaky: newRecent[int](maxKeys), nonces: newRecent[*nonce](maxKeys), coders: make(chan struct{}, maxCoders)}
}

// wait waits for a while, but not beyond the request or the server: then it breaks off the answer.
func (s *Server) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return
	case <-ctx.Done():
	case <-s.closing:
	}
	panic(http.ErrAbortHandler)
}

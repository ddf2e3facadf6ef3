package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// hold is what a call holds until the body of its response has ended: its timeouts and its place among the requests in
// flight. It also finishes the numbers in [Info].
type hold struct {
	ctx     context.Context // of the request
	watch   *watch          // nil without timeouts of its phases
	started time.Time
	witness *witness
	res     *Response
	body    *body

	mu    sync.Mutex
	ended bool
	then  func() // is called at the end; may be nil
}

// keep gives the response what ends with its body.
func (r *Response) keep(h *hold) {
	h.res, r.hold = r, h
	b, ok := r.Body.(*body)
	if !ok { // a 101, whose connection outlives the call
		h.watchOver(false)
		h.end()
		return
	}
	h.body, b.hold = b, h
}

// saw is called for each piece of the body.
func (h *hold) saw(b []byte) {
	if h != nil {
		h.witness.data(b)
	}
}

// watchOver begins or ends a wait for the peer.
func (h *hold) watchOver(waits bool) {
	switch {
	case h == nil || h.watch == nil:
	case waits:
		h.watch.stall()
	default:
		h.watch.rest()
	}
}

// end is called when the body has ended, one way or another.
func (h *hold) end() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	h.ended = true
	if h.body != nil {
		h.body.pace.stop()
		if u, ok := h.body.src.(plan.Uploader); ok {
			h.res.Info.Uploaded = u.Uploaded()
		}
		h.res.Info.Elapsed, h.res.Info.Received = time.Since(h.started), h.body.received
	}
	h.watch.stop()
	if h.then != nil {
		h.then()
	}
}

// last has then called at the end, at once if that has come, behind what is to be called already.
func (h *hold) last(then func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		then()
		return
	}
	if first := h.then; first != nil {
		h.then = func() { first(); then() }
		return
	}
	h.then = then
}

// overdue returns the timeout that ended the context of a request, if one did, in place of the error that came of it.
func overdue(ctx context.Context, err error) error {
	var (
		t *timeoutError
		e *Error
	)
	if !errors.As(context.Cause(ctx), &t) {
		return err
	}
	kind := ErrReadTimeout
	if errors.As(err, &e) && e.Kind.in(ErrConnect) || errors.Is(err, ErrConnect) {
		kind = ErrConnectTimeout
	}
	return &fault{kind, t}
}

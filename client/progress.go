package client

import (
	"context"
	"net/http"
	"sync"
)

// Progress tells how far the bodies of a call are.
type Progress struct {
	// Sent is how many bytes of the request's body have been handed to the connection, and SendTotal how many there are: 0 without
	// body, -1 when unknown. A body that is sent again, after a redirect or a retry, begins anew.
	Sent, SendTotal int64
	// Received is how many bytes of the response's body have come, as they are encoded, and ReceiveTotal how many there will be: -1
	// when unknown, and as long as there is no response. Redirects that are followed do not count.
	Received, ReceiveTotal int64
}

// report tells the caller of the progress of a call, in one piece after the other.
type report struct {
	fn func(Progress)

	mu   sync.Mutex // held while fn runs
	now  Progress
	over bool // nothing more is told
}

func newReport(fn func(Progress)) *report {
	if fn == nil {
		return nil
	}
	return &report{fn: fn, now: Progress{ReceiveTotal: -1}}
}

func (r *report) tell(change func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	change(&r.now)
	r.fn(r.now)
}

// sending begins another body of the request, and returns what its progress is told to.
func (r *report) sending(total int64) func(int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Sent, r.now.SendTotal = 0, total
	return func(bytes int64) { r.tell(func(p *Progress) { p.Sent = bytes }) }
}

// receiving begins the body of the response.
func (r *report) receiving(total int64) func(int64) {
	r.tell(func(p *Progress) { p.ReceiveTotal = total })
	return func(bytes int64) { r.tell(func(p *Progress) { p.Received = bytes }) }
}

// end is called when the body of the response has ended, or there is none. It waits for fn.
func (r *report) end() {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
}

// slow holds the body of a response to the rate of the call. It is called before anything is read of it.
func (x *chain) slow(ctx context.Context, res *http.Response) {
	b, ok := res.Body.(*body)
	if !ok || x.c.RecvRate <= 0 && x.report == nil {
		return
	}
	total := int64(0)
	if w := wire(res); hasBody(res.Request.Method, w) {
		total = w.Length
	}
	b.pace = newPace(ctx, x.c.RecvRate, total, x.s.endOfBodies(), nil)
}

// tellOf begins to tell the progress of the response that the call returns.
func (x *chain) tellOf(res *Response) {
	if b, ok := res.Body.(*body); ok && x.report != nil {
		b.pace.tell = x.report.receiving(b.pace.total)
	}
}

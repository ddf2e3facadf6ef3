package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// The defaults of [Timeouts]. There is none for the whole of a call, since every body streams.
const (
	DefaultHeadersTimeout = 30 * time.Second
	DefaultStallTimeout   = 30 * time.Second
)

// Timeouts bounds the phases of a call. What runs out is an ErrTimeout: an ErrConnectTimeout while there is no connection,
// an ErrReadTimeout afterwards. The context of the call bounds it besides. Each field: 0 for its default, negative for no
// bound.
type Timeouts struct {
	// Total bounds the whole call: the wait for a place of [Options.MaxInFlight], all attempts, redirects and pauses, and the body
	// of the response, until it is closed.
	// Default: no bound.
	Total time.Duration
	// Headers bounds, for each request, the time from when it was sent until the head of its response is complete. Default:
	// [DefaultHeadersTimeout].
	Headers time.Duration
	// Stall bounds the time in which the peer neither takes a byte of the request's body nor sends one of the response's
	// while somebody waits for it. Default: [DefaultStallTimeout].
	Stall time.Duration
}

func (t Timeouts) headers() time.Duration { return orDefault(t.Headers, DefaultHeadersTimeout) }
func (t Timeouts) stall() time.Duration   { return orDefault(t.Stall, DefaultStallTimeout) }

// timeoutError is what ends a request when one of [Timeouts] runs out.
type timeoutError struct {
	what  string
	after time.Duration
}

func (e *timeoutError) Error() string { return fmt.Sprintf("%s within %v", e.what, e.after) }

// Timeout makes it a timeout for net.Error.
func (e *timeoutError) Timeout() bool { return true }

const noResponse = "no response"

// watch ends a request of which a phase takes too long. There is one timer, which is left running from phase to phase and
// looks at the deadline when it fires: phases are many and short.
type watch struct {
	cancel context.CancelCauseFunc
	t      Timeouts

	mu       sync.Mutex
	timer    *time.Timer
	fires    time.Time // when the timer does; zero when it is not running
	answered bool      // the head of the response has come
	what     string    // the phase, empty for none
	limit    time.Duration
	deadline time.Time
}

// newWatch returns a context that ends when a timeout of the request runs out. The watch, nil without timeouts, must be
// stopped at the end.
func newWatch(ctx context.Context, t Timeouts) (context.Context, *watch) {
	if t.headers() <= 0 && t.stall() <= 0 {
		return ctx, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watch{cancel: cancel, t: t}
}

// sent begins the wait for the head of the response.
func (w *watch) sent() { w.begin(noResponse, w.t.headers()) }

// head is called when the head of the response has come.
func (w *watch) head() {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.answered = true
	if w.what == noResponse {
		w.what = ""
	}
	w.mu.Unlock()
}

// stall begins a wait for the peer to take or to send bytes.
func (w *watch) stall() { w.begin("no progress", w.t.stall()) }

func (w *watch) begin(what string, limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if limit <= 0 || w.answered && what == noResponse {
		w.what = ""
		return
	}
	w.what, w.limit, w.deadline = what, limit, time.Now().Add(limit)
	switch {
	case w.timer == nil:
		w.timer = time.AfterFunc(limit, w.fire)
	case w.fires.IsZero() || w.deadline.Before(w.fires):
		w.timer.Reset(limit)
	default:
		return
	}
	w.fires = w.deadline
}

// rest ends the phase: nobody waits for the peer.
func (w *watch) rest() {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.what = ""
	w.mu.Unlock()
}

func (w *watch) fire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fires = time.Time{}
	switch left := time.Until(w.deadline); {
	case w.what == "":
	case left > 0:
		w.timer.Reset(left)
		w.fires = w.deadline
	default:
		w.cancel(&timeoutError{w.what, w.limit})
	}
}

// stop ends the watch, and with it the context.
func (w *watch) stop() {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.what = ""
	if w.timer != nil {
		w.timer.Stop()
	}
	w.mu.Unlock()
	w.cancel(context.Canceled)
}

// progress is called when the peer has taken a part of the body, the last one perhaps.
func (w *watch) progress(last bool) {
	switch {
	case w == nil:
	case last:
		w.sent()
	default:
		w.stall()
	}
}

// watching returns the plan with the hooks of w, and lets the body of r tell w of its progress.
func watching(p *plan.Plan, w *watch, r *http.Request) *plan.Plan {
	q := *p
	q.OnConn = w.sent
	if w.over(r.Body) {
		q.OnConn = w.stall
		if get := r.GetBody; get != nil {
			r.GetBody = func() (io.ReadCloser, error) {
				rc, err := get()
				w.over(rc)
				return rc, err
			}
		}
	}
	return &q
}

// over makes w watch over a body; false if there is none.
func (w *watch) over(body io.ReadCloser) bool {
	b, ok := body.(interface{ watched(*watch) })
	if ok {
		b.watched(w)
	}
	return ok
}

package client

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// pace holds one transfer to a rate, on the average of the time since it began, and counts it. A zero rate is none. It is used by
// the goroutine that reads the body; stop may be called by any.
type pace struct {
	rate  int64 // bytes per second
	total int64 // bytes to come, -1 when unknown
	began time.Time
	bytes int64 // so far

	ctx    context.Context
	cancel context.CancelFunc
	closed <-chan struct{} // ends a pause with an ErrClosed; nil for never
	tell   func(bytes int64)
}

func newPace(ctx context.Context, rate, total int64, closed <-chan struct{}, tell func(int64)) *pace {
	p := &pace{rate: rate, total: total, began: time.Now(), closed: closed, tell: tell}
	p.ctx, p.cancel = context.WithCancel(ctx)
	return p
}

// piece is how many bytes are read at once: a tenth of a second's, so that the transfer goes on evenly.
func (p *pace) piece() int { return int(min(max(p.rate/10, 1), 64<<10)) }

// limit returns the part of b that may be filled now.
func (p *pace) limit(b []byte) []byte {
	if p.rate > 0 && len(b) > p.piece() {
		return b[:p.piece()]
	}
	return b
}

// due is for how long the next byte has to wait. What is complete waits for nothing.
func (p *pace) due() time.Duration {
	if p.rate <= 0 || p.total >= 0 && p.bytes >= p.total {
		return 0
	}
	const most = math.MaxInt64 / 2
	ahead := float64(p.bytes) / float64(p.rate) * float64(time.Second)
	return time.Duration(min(ahead, most)) - time.Since(p.began)
}

// wait pauses until the next byte is due.
func (p *pace) wait() error {
	d := p.due()
	if d <= 0 {
		return nil
	}
	return sleep(p.ctx, d, p.closed)
}

// count takes note of n bytes.
func (p *pace) count(n int) {
	p.bytes += int64(n)
	if p.tell != nil && n > 0 {
		p.tell(p.bytes)
	}
}

// stop ends a pause, and those that would come.
func (p *pace) stop() {
	if p != nil {
		p.cancel()
	}
}

// pacedBody is the body of a request that is sent at a rate, or whose progress is told.
type pacedBody struct {
	io.ReadCloser
	pace  *pace
	watch *watch // nil for none
}

func (b *pacedBody) watched(w *watch) {
	b.watch = w
	w.over(b.ReadCloser)
}

// Read reads a piece when it is due. The pause is nobody's delay: no time-out counts it.
func (b *pacedBody) Read(p []byte) (int, error) {
	if b.pace.due() > 0 {
		b.watch.rest()
		if err := b.pace.wait(); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(b.pace.limit(p))
	b.pace.count(n)
	return n, err
}

// Close ends a Read that pauses.
func (b *pacedBody) Close() error {
	b.pace.stop()
	return b.ReadCloser.Close()
}

// Piece implements [plan.Piecewise].
func (b *pacedBody) Piece() int {
	if b.pace.rate <= 0 {
		return 0
	}
	return b.pace.piece()
}

// toldBody is a body in memory whose progress is told: it leaves as it would without, a small one together with the head.
type toldBody struct {
	pacedBody
	memory plan.InMemory
}

// InMemory implements [plan.InMemory].
func (b *toldBody) InMemory() int { return b.memory.InMemory() }

// Certain implements [plan.InMemory]: who is told may take his time.
func (b *toldBody) Certain() bool { return false }

// paced returns the body with the rate and the progress of the call.
func (x *chain) paced(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	if body == nil || x.c.SendRate <= 0 && x.report == nil {
		return body
	}
	var tell func(int64)
	if x.report != nil {
		tell = x.report.sending(x.up.length)
	}
	b := pacedBody{ReadCloser: body, pace: newPace(ctx, x.c.SendRate, x.up.length, x.s.endOfBodies(), tell)}
	if m, ok := body.(plan.InMemory); ok && x.c.SendRate <= 0 {
		return &toldBody{b, m}
	}
	return &b
}

// pacedAgain is the GetBody of a request.
func (x *chain) pacedAgain(ctx context.Context) func() (io.ReadCloser, error) {
	if x.up.back == nil && x.c.SendRate <= 0 && x.report == nil {
		return x.up.get
	}
	return func() (io.ReadCloser, error) {
		body, err := x.up.again(ctx, x.s.done)
		if err != nil {
			return nil, err
		}
		return x.paced(ctx, body), nil
	}
}

// endOfBodies is closed when the session ends transfers that run.
func (s *Session) endOfBodies() <-chan struct{} {
	if s.owned {
		return s.done
	}
	return nil
}

package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/wirelike/wirelike/internal/engine"
)

// Backoff says how the delay grows from retry to retry.
type Backoff int

// The ways of growing.
const (
	Linear      Backoff = iota // Delay, 2×Delay, 3×Delay, …
	Exponential                // Delay, 2×Delay, 4×Delay, …
)

// DefaultMaxRetryAfter is the longest pause that a server can ask for by Retry-After unless [Retry.MaxDelay] says otherwise; one
// that asks for more gets no retry, and its response is that of the call.
const DefaultMaxRetryAfter = time.Minute

// Retry says when and how often a failed request is made again. The zero value never does.
//
// What is retried: no connection (but not a certificate that is refused, nor a server that lacks what the profile needs);
// a timeout or an end of the connection before any response; what an HTTP/2 server says it has not processed; and the
// statuses 429, 502, 503 and 504. A request that the server may have processed is only made again if its method is idempotent
// (RFC 9110 §9.2.2), or NonIdempotent is set. Once the head of a response is returned there is no retry.
//
// A pause ends with the context of the call and with the session, and one that a deadline forbids does not begin. The error of
// the call then has what the last attempt came to: its error, or in [Error.Response] its response.
//
// Apart from this, the transport repeats by itself, at once, what cannot have been processed; see [Session.Do].
type Retry struct {
	// Count is how many retries a call has, over all redirects together.
	Count int
	// Delay is the pause before the first retry; Backoff says how it grows.
	Delay   time.Duration
	Backoff Backoff
	// MaxDelay bounds the pause. A server's Retry-After beyond it ends the retries. 0: no bound but for Retry-After, which has
	// [DefaultMaxRetryAfter].
	MaxDelay time.Duration
	// Jitter is added to each pause: a random part of it, evenly from nothing to all.
	Jitter time.Duration
	// IgnoreRetryAfter makes the pause what it would be without the server's Retry-After (RFC 9110 §10.2.3), which
	// otherwise is the least.
	IgnoreRetryAfter bool
	// NonIdempotent makes requests of any method again, even if the server may have processed them.
	NonIdempotent bool
	// On decides in place of what is said above, which [Attempt.Retryable] has. It must be safe for concurrent use.
	On func(Attempt) bool
}

// Attempt is one try of a request that failed, or whose response may be worth another.
type Attempt struct {
	// Number counts the tries of the call, from 1.
	Number int
	// Method and URL are those of the request.
	Method, URL string
	// Response is the response, nil if there is none. Its body must not be read.
	Response *Response
	// Err is the error, nil if there is a response.
	Err *Error
	// Retryable is what would be done without [Retry.On].
	Retryable bool
}

func (r *Retry) validate() error {
	var errs []error
	for _, f := range []struct {
		name     string
		negative bool
	}{{"Count", r.Count < 0}, {"Delay", r.Delay < 0}, {"MaxDelay", r.MaxDelay < 0}, {"Jitter", r.Jitter < 0}} {
		if f.negative {
			errs = append(errs, invalid(ErrInvalidRequest, "Retry.%s is negative", f.name))
		}
	}
	if r.Backoff < Linear || r.Backoff > Exponential {
		errs = append(errs, invalid(ErrInvalidRequest, "Retry.Backoff: there is no way %d of growing", r.Backoff))
	}
	return errors.Join(errs...)
}

// delay returns the pause before the k-th retry, k from 1, of which the random part is given, from 0 to 1.
func (r *Retry) delay(k int, random float64) time.Duration {
	d := float64(r.Delay)
	if r.Backoff == Exponential {
		d *= math.Pow(2, float64(k-1))
	} else {
		d *= float64(k)
	}
	if r.MaxDelay > 0 {
		d = min(d, float64(r.MaxDelay))
	}
	d += random * float64(r.Jitter)
	return time.Duration(min(d, float64(math.MaxInt64/2)))
}

// retryable tells whether an attempt is worth another by the rules of [Retry].
func (r *Retry) retryable(a *Attempt) bool {
	if a.Response != nil {
		switch a.Response.StatusCode {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return r.NonIdempotent || engine.Idempotent(a.Method)
		}
		return false
	}
	err := a.Err
	switch {
	case err.Kind.in(ErrInvalidRequest), err.Kind.in(ErrCertificate), err.Kind.in(ErrCompat), err.Kind.in(ErrNegotiation), err.Kind.in(ErrInternalAddress):
		return false
	case err.Kind.in(ErrConnect), engine.Unprocessed(err):
		return true
	case err.Kind.in(ErrTimeout), err.Kind.in(ErrEmptyReply), err.Kind.in(ErrTransfer) && !err.Kind.in(ErrClientCertificate):
		return r.NonIdempotent || engine.Idempotent(a.Method)
	}
	return false
}

// retryAfter reads a Retry-After: seconds or a date (RFC 9110 §10.2.3).
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0), true
	}
	return 0, false
}

// tooLate tells that the context ends before a pause does.
func tooLate(ctx context.Context, d time.Duration) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return fmt.Errorf("the deadline comes before the retry in %v: %w", d, context.DeadlineExceeded)
	}
	return nil
}

// sleep waits, and returns early with the context's end or when done is closed.
func sleep(ctx context.Context, d time.Duration, done <-chan struct{}) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-done:
		return &fault{ErrClosed, errors.New("the session was closed")}
	}
}

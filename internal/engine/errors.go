package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/wirelike/wirelike/internal/plan"
)

// ErrClosed is the fate of a request to an engine that has been closed.
var ErrClosed = errors.New("engine: closed")

// ErrBodyNotReplayable says that the request could have been sent again, had its body not been read already.
var ErrBodyNotReplayable = errors.New("engine: the request body was read and cannot be produced again")

var errNoGuard = errors.New("engine: there is nobody to judge the address")

// Op is a stage at which an attempt fails before a connection has carried the request.
type Op string

// The stages.
const (
	OpConnect Op = "connect"   // the name lookup, the dial, or the wait for a free connection
	OpTLS     Op = "handshake" // the TLS handshake and what ALPN makes of it
)

// Error says that no connection came about for a request. The cause is that of the dialer or of tlsdial, a
// [*NegotiationError], or the error of the request's context.
type Error struct {
	Op   Op
	Addr string // host:port
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("engine: %s %s: %v", e.Op, e.Addr, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// NegotiationError says that the server did not choose the protocol that the request insists on, or chose one that was
// not offered.
type NegotiationError struct {
	Want plan.Proto // Any: either protocol
	Got  string     // by ALPN, "" when the server chose none
}

func (e *NegotiationError) Error() string {
	got := e.Got
	if got == "" {
		got = "no protocol"
	}
	want := string(e.Want)
	if e.Want == plan.Any {
		want = "h2 or http/1.1"
	}
	return fmt.Sprintf("the server chose %s, not %s", got, want)
}

// contextError returns why ctx is done; its cause, if the caller gave one, comes behind.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// RequestError says that a request cannot be sent over any connection.
type RequestError struct {
	Reason string
}

func (e *RequestError) Error() string { return "engine: " + e.Reason }

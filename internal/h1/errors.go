package h1

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrUnprocessed is what a [ConnError] is, in the sense of [errors.Is], when nothing of the request was written: any
	// request may be sent again.
	ErrUnprocessed = errors.New("h1: request not sent")
	// ErrClosed is returned when [Conn.Close] was called.
	ErrClosed = errors.New("h1: connection closed")
	// ErrBusy is returned by [Conn.RoundTrip] while the response to another request is not yet consumed.
	ErrBusy = errors.New("h1: connection busy")
	// ErrBodyClosed is returned by a read from a response body after its Close.
	ErrBodyClosed = errors.New("h1: read from a closed body")
	// ErrBodyLength is the cause of a [BodyError] when the body of a request is shorter or longer than announced.
	ErrBodyLength = errors.New("not as long as announced")
)

// Why a connection ends without anybody having failed.
var (
	errServerClosed = errors.New("closed by the server while idle")
	errUnsolicited  = errors.New("response without request")
	errNotKept      = errors.New("not kept after its last response")
	errUnread       = errors.New("response not read to its end")
)

// ConnError says that the connection was lost in the course of a request.
type ConnError struct {
	// Reused says whether the connection had carried a request before. Servers close idle connections at will, so a
	// request lost on a reused connection with NoResponse may be sent again if it is idempotent (RFC 9110 §9.2.2).
	Reused bool
	// NoResponse says that not a single byte of a response had come.
	NoResponse bool
	// Unsent says that not a single byte of the request had been written; see [ErrUnprocessed].
	Unsent bool
	// Err is the cause: io.EOF when the server closed the connection instead of responding, io.ErrUnexpectedEOF within
	// a response.
	Err error
}

func (e *ConnError) Error() string {
	switch {
	case e.Unsent:
		return fmt.Sprintf("h1: connection lost before the request: %v", e.Err)
	case e.NoResponse:
		return fmt.Sprintf("h1: connection lost before a response: %v", e.Err)
	}
	return fmt.Sprintf("h1: connection lost within a response: %v", e.Err)
}

// Unwrap returns the cause.
func (e *ConnError) Unwrap() error { return e.Err }

// Is says whether target is [ErrUnprocessed] and the request was not sent.
func (e *ConnError) Is(target error) bool { return target == ErrUnprocessed && e.Unsent }

// RequestError says why a request cannot be written. Nothing of it was, and the connection can carry another.
type RequestError struct {
	Reason string
}

func (e *RequestError) Error() string { return "h1: bad request: " + e.Reason }

// ResponseError says how a response violates RFC 9112, or the limits of this package.
type ResponseError struct {
	Reason string
}

func (e *ResponseError) Error() string { return "h1: bad response: " + e.Reason }

// BodyError says that the body of the request failed: Err is what its Read returned, or [ErrBodyLength].
type BodyError struct {
	Err error
}

func (e *BodyError) Error() string { return fmt.Sprintf("h1: request body: %v", e.Err) }

// Unwrap returns the cause.
func (e *BodyError) Unwrap() error { return e.Err }

// contextError returns why ctx has ended, nil while it has not. A cause given by the caller is wrapped beside the
// context's own error.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	switch {
	case err == nil:
		return nil
	case cause == nil || errors.Is(cause, err):
		return fmt.Errorf("h1: %w", err)
	}
	return fmt.Errorf("h1: %w: %w", err, cause)
}

package h2

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/net/http2"
)

// ErrCode is an error code of RFC 9113 §7.
type ErrCode = http2.ErrCode

// ErrUnprocessed says that the server did not process the request, so that it is safe to send it again, whatever its
// method (RFC 9113 §8.7). It is found with [errors.Is] in errors of [Conn.RoundTrip].
var ErrUnprocessed = errors.New("h2: the server did not process the request")

// ErrClosed is the cause of the errors of requests that were on a connection when [Conn.Close] was called, and only of
// those. It is a [net.ErrClosed].
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string        { return net.ErrClosed.Error() }
func (closedError) Is(target error) bool { return target == net.ErrClosed }

// ErrBodyLength is the cause of a [BodyError] when the body of a request is shorter or longer than its Length.
var ErrBodyLength = errors.New("not as long as announced")

// BodyError says that the body of the request failed: Err is what its Read returned, or [ErrBodyLength]. It is the cause
// of the stream's [StreamError].
type BodyError struct {
	Err error
}

func (e *BodyError) Error() string { return fmt.Sprintf("request body: %v", e.Err) }

// Unwrap returns the cause.
func (e *BodyError) Unwrap() error { return e.Err }

// StreamError ends one request; the connection goes on.
type StreamError struct {
	Stream uint32
	Code   ErrCode
	// Remote says that the server reset the stream, not we.
	Remote bool
	// Reason is what was wrong, for a stream that we reset.
	Reason string
	// Err is the cause where there is one: [io.ErrUnexpectedEOF] for a response body that ended too early, a
	// [*BodyError] for the request's body.
	Err error
}

func (e *StreamError) Error() string {
	if e.Remote {
		return fmt.Sprintf("h2: stream %d: reset by the server: %v", e.Stream, e.Code)
	}
	if e.Err != nil {
		return fmt.Sprintf("h2: stream %d: %v: %s: %v", e.Stream, e.Code, e.Reason, e.Err)
	}
	return fmt.Sprintf("h2: stream %d: %v: %s", e.Stream, e.Code, e.Reason)
}

// Unwrap returns Err.
func (e *StreamError) Unwrap() error { return e.Err }

// Is makes a refused stream an [ErrUnprocessed].
func (e *StreamError) Is(target error) bool {
	return target == ErrUnprocessed && e.Remote && e.Code == http2.ErrCodeRefusedStream
}

// ConnError ends the connection and every request on it that had not been answered completely.
type ConnError struct {
	// Code is what the server was told in a GOAWAY; NO_ERROR when the connection was lost or closed.
	Code   ErrCode
	Reason string
	// Err is the cause where there is one: the network's error, [io.ErrUnexpectedEOF] when the server closed the
	// connection, [ErrClosed] after [Conn.Close], [ErrUnresponsive] when it did not answer.
	Err error
	// Reused says whether the connection had carried a request before this one. Servers close idle connections at
	// will, so a request lost on a reused connection with NoResponse may be sent again if it is idempotent (RFC 9110
	// §9.2.2).
	Reused bool
	// NoResponse says that no frame of a response to this request had come.
	NoResponse bool
}

func (e *ConnError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("h2: %s: %v", e.Reason, e.Err)
	}
	return fmt.Sprintf("h2: %v: %s", e.Code, e.Reason)
}

// Unwrap returns Err.
func (e *ConnError) Unwrap() error { return e.Err }

// GoAwayError ends a request because the server sent GOAWAY: at once when it will not process the request, later when
// it closed the connection before it had finished the answer.
type GoAwayError struct {
	// Stream is the request's stream, 0 when it had none yet.
	Stream uint32
	// LastStream is the last stream that the server may process.
	LastStream uint32
	Code       ErrCode
	// Debug is the server's debug data, at most 256 bytes.
	Debug string
	// Reused and NoResponse are those of [ConnError].
	Reused, NoResponse bool
}

func (e *GoAwayError) Error() string {
	return fmt.Sprintf("h2: stream %d: server goes away: %v, last stream %d, %q", e.Stream, e.Code, e.LastStream, e.Debug)
}

// Is makes a request that the server will not process an [ErrUnprocessed].
func (e *GoAwayError) Is(target error) bool {
	return target == ErrUnprocessed && (e.Stream == 0 || e.Stream > e.LastStream)
}

// errBodyClosed is what Read of a closed response body returns.
var errBodyClosed = errors.New("h2: read on closed response body")

// unprocessed marks err as the fate of a request of which nothing was sent.
func unprocessed(err error) error {
	if errors.Is(err, ErrUnprocessed) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnprocessed, err)
}

func protocolError(reason string) *ConnError {
	return &ConnError{Code: http2.ErrCodeProtocol, Reason: reason}
}

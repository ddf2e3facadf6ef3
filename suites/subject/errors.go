package subject

import "errors"

// Kind is what sort of failure an [Error] is. Clients have finer or coarser ones; an adapter says the one that fits best.
type Kind string

// The kinds.
const (
	// Nothing was sent: the caller's request or settings are wrong.
	Invalid Kind = "invalid"
	// The caller's context or time ran out.
	Canceled Kind = "canceled"
	Timeout  Kind = "timeout"
	// There is no connection: name lookup, TCP; TLS, with certificates; an address that may not be reached.
	Connect  Kind = "connect"
	TLS      Kind = "tls"
	Internal Kind = "internal-address"
	// The connection failed under the request: before any byte of a response, or later.
	EmptyReply Kind = "empty-reply"
	Transfer   Kind = "transfer"
	// The body of the response ended before its announced end.
	Incomplete Kind = "incomplete"
	// What the server sent is not HTTP.
	Protocol Kind = "protocol"
	// The body is not what its Content-Encoding says; it is too large; it is not the text or JSON that was asked for.
	Decoding Kind = "decoding"
	TooLarge Kind = "too-large"
	Content  Kind = "content"
	// There was one more redirect than is allowed; Redirect.Hop refused one.
	TooManyRedirects Kind = "too-many-redirects"
	Refused          Kind = "refused"
	// The request's body could not be read; it has another length than announced; it would have to be sent again and cannot be.
	RequestBody   Kind = "request-body"
	BodyLength    Kind = "body-length"
	NotReplayable Kind = "not-replayable"
	// The status is 400 or above, and FailOnStatus is set.
	Status Kind = "status"
	// The client was closed.
	Closed Kind = "closed"
	// Anything else.
	Other Kind = "other"
)

// Error is a failure of a call or of a body.
type Error struct {
	Kind Kind
	// Response is as much of the response as the client gives with the error, nil if nothing.
	Response *Response
	// Err is the client's own error; specs look for the causes in it with [errors.Is].
	Err error
}

// Error returns the text of the client's own error.
func (e *Error) Error() string { return string(e.Kind) + ": " + e.Err.Error() }

// Unwrap returns the client's own error.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error, empty for nil, [Other] for what is no [*Error].
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}

// Unsupported is the error of a client that cannot do what is asked, by design or not yet.
type Unsupported struct {
	// What is the field or feature, "Config.Retry".
	What string
}

// Error returns a sentence about What.
func (e *Unsupported) Error() string { return "the client does not support " + e.What }

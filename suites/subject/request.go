package subject

import "io"

// Request is one call. At most one of Bytes, JSON, Form, Parts and Stream is a body; Form beside Parts adds fields to them.
type Request struct {
	// Method is the method as the caller writes it; empty is GET.
	Method string
	URL    string
	// RawURL sends path and query as they are written in URL.
	RawURL bool
	// Query has pairs that are put into the query of URL.
	Query []Field
	// Header has the caller's fields, in order. Remove names fields that the client would send by itself, or for its Config, and
	// shall not.
	Header []Field
	Remove []string
	// Cookies are sent with this call beside those that are kept. DiscardCookies does not keep what servers set.
	Cookies        []Field
	DiscardCookies bool

	// Bytes is a body in memory; one that is empty but not nil is a body, too.
	Bytes []byte
	// JSON is what is encoded as a JSON body, without escapes for HTML; a [json.RawMessage] is sent as it is. Nil is no body.
	//
	// [json.RawMessage]: https://pkg.go.dev/encoding/json#RawMessage
	JSON any
	// Form is an application/x-www-form-urlencoded body. One that is empty but not nil is a body, too.
	Form []Field
	// Parts is a multipart/form-data body.
	Parts []Part
	// Stream is a body that is read while it is sent, and closed if it is an [io.Closer]. Length is its length; 0: what can be
	// measured is, and else unknown. Replay returns it once more; nil: it cannot be, unless the client knows a way.
	Stream io.Reader
	Length int64
	Replay func() (io.ReadCloser, error)

	// Redirect, Retry, Timeouts, Credentials and FailOnStatus are in place of those of the Config. Credentials with an empty Scheme
	// are none.
	Redirect     *Redirect
	Retry        *Retry
	Timeouts     *Timeouts
	Credentials  *Credentials
	FailOnStatus *bool

	// SendRate and RecvRate are how many bytes of the bodies of request and response are sent or read in a second at most, on the
	// average. 0: no bound.
	SendRate, RecvRate int64
	// Progress is called when bytes of the bodies of request or response were sent or read, with the sums so far and what is expected
	// in all: -1 when that is unknown.
	Progress func(Progress)

	// RawBody leaves the body of the response in its content codings.
	RawBody bool
	// Kind is what makes the request in a browser: "navigate", "fetch", "xhr", "form" and whatever else the client knows. Empty: the
	// client's own.
	Kind string
	// Referrer is the URL of the page that the request comes from.
	Referrer string
	// WithCredentials takes cookies along to other origins with a "fetch" or "xhr".
	WithCredentials bool
}

// Progress is how far a call is, in bytes of its bodies.
type Progress struct{ Sent, SendTotal, Received, ReceiveTotal int64 }

// Part is one part of a multipart/form-data body: a file at Path, or Data.
type Part struct {
	Name, Filename, ContentType string
	Path                        string
	Data                        []byte
}

package subject

import (
	"io"
	"iter"
	"strings"
)

// Response is what a call returned. Functions that the client has no like of are nil, and texts empty: a spec that needs them is
// skipped.
type Response struct {
	Status int
	// Reason is the reason phrase of HTTP/1.1, as it was sent.
	Reason string
	// Protocol is "HTTP/1.0", "HTTP/1.1" or "HTTP/2.0".
	Protocol string
	// Header has the fields as they came, in order. A client whose fields have no order says so with Unordered.
	Header    []Field
	Unordered bool
	// URL is that of the request that got this response, with its fragment.
	URL string
	// NextURL is where a redirect leads that was not followed.
	NextURL string
	// History has the redirects that were followed, without bodies.
	History []*Response
	// Body is the body as it comes. Its errors are of the type [*Error]. Whoever gets a Response closes it.
	Body io.ReadCloser

	// Trailer returns the trailer fields, once Body has ended.
	Trailer func() []Field
	// Text returns the body in UTF-8, JSON decodes it, Lines returns it line by line. They read Body to its end.
	Text  func() (string, error)
	JSON  func(any) error
	Lines func() iter.Seq2[string, error]
	// Bytes reads Body as [Config.MaxBody] allows.
	Bytes func() ([]byte, error)
	// StatusError is the error that the client makes of the status, nil for those below 400.
	StatusError func() error
	// Info tells about the transfer; after the end of Body its sizes are final.
	Info func() Info
}

// Info is what a client tells about a transfer. What it does not tell is zero.
type Info struct {
	// Local and Remote are the ends of the connection, "127.0.0.1:443".
	Local, Remote string
	// Received is how many bytes of the body came, before decoding.
	Received int64
	// Attempts is how many requests the call made, with redirects and retries.
	Attempts int
	// Encodings are the content codings that were undone, in the order in which they were applied.
	Encodings []string
}

// Get returns the value of the first field with the name, in any case of letters.
func (r *Response) Get(name string) string { return Get(r.Header, name) }

// Get returns the value of the first field with the name, in any case of letters.
func Get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Values returns the values of all fields with the name, in any case of letters.
func Values(fields []Field, name string) (values []string) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

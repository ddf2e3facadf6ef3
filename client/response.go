package client

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// DefaultMaxBody is how many bytes [Response.Bytes], [Response.Text] and [Response.JSON] read at most, after decoding,
// unless [Options.MaxBody] says otherwise.
const DefaultMaxBody = 64 << 20

// Response is one response. It is returned as soon as its head has arrived; the body streams.
//
// The caller owns it and must close it: by Close, by reading Body to its end, or by Bytes, Text or JSON, which do both.
// An HTTP/1.1 connection goes back to the pool when its body was read to the end; a body that is closed earlier costs
// the connection. A Response is not safe for concurrent use, except that Close may interrupt a Read of Body.
type Response struct {
	// StatusCode is the status, 200 to 599 (or 101).
	StatusCode int
	// Reason is the reason phrase as sent, empty on HTTP/2; see [Response.Status].
	Reason string
	// Proto is "HTTP/1.0", "HTTP/1.1" or "HTTP/2.0".
	Proto string
	// Header has the fields as received, in order; an HTTP/2 status is not among them. Content-Encoding and
	// Content-Length are there also when the body is decoded.
	Header Header
	// Method and URL are those of the request that got this response.
	Method string
	URL    *url.URL
	// Body is the body, decoded as the codings in Info.Encodings say. It is never nil. Its errors are of type *[Error].
	// That of a 101 response is the connection itself, an [io.ReadWriteCloser].
	Body io.ReadCloser
	// Length is the length of Body in bytes, -1 when unknown. After a HEAD, and with status 304, there is no body,
	// and it is what that of a GET would have.
	Length int64
	// History has the redirects that led here, in order; their bodies are closed.
	History []*Response
	// NextURL is where a redirect leads: set in those of History, and in a redirect that was not followed. Nil without, and when
	// the Location is not one of http or https that can be read; Header has it.
	NextURL *url.URL
	// Info tells how the response came about.
	Info Info

	session *Session // nil for one that no session has made
	hold    *hold
	trailer func() []Field
	max     int64
	text    TextOptions
	data    []byte
	dataErr error
	read    bool
}

// Info tells how a response came about.
type Info struct {
	// Sent has the fields of the request as they went out, in order, with the pseudo-header fields of HTTP/2.
	Sent Header
	// SentBody is the body of the request if it came from [Call.Bytes], [Call.JSON] or [Call.Form] alone, not to be written to; nil
	// otherwise, and behind a redirect that took the body away.
	SentBody []byte
	// Reused says whether the connection had carried a request before, Resumed whether its TLS session was resumed.
	Reused, Resumed bool
	// LeftOut are extensions that the hello of the connection went without, so that it does not have the profile's
	// fingerprint: see [Transport.CompatRetry]. Nil when it has.
	LeftOut []fingerprint.ID
	// TLS is the state of the connection, shared by all its requests; nil without TLS.
	TLS *tls.ConnectionState
	// LocalAddr and RemoteAddr are the ends of the connection; invalid when it has no IP addresses.
	LocalAddr, RemoteAddr netip.AddrPort
	// Encodings are the content codings that Body undoes, in the order in which the server applied them.
	Encodings []string
	// Started is when the request was handed to the transport. Connect and Handshake are how long the name lookup with
	// the TCP connection and the TLS handshake took, 0 on a reused connection. FirstByte is the time from Started until
	// the head of the response was complete.
	Started                       time.Time
	Connect, Handshake, FirstByte time.Duration
	// Attempts counts the requests of the call up to this response, redirects and retries included.
	Attempts int
	// Reconnects counts how often the transport has sent the last of them again by itself, on another connection; see
	// [Session.Do].
	Reconnects int
	// RequestHead and ResponseHead are the sizes of both heads in bytes: over HTTP/1.1 from the first line to the empty one, over
	// HTTP/2 those of the HEADERS and CONTINUATION frames, with the frames' own headers. Interim responses do not count.
	RequestHead, ResponseHead int64
	// Uploaded is how many bytes of the request's body were written to the connection, Received how many of the response's came, as
	// they were encoded, both without chunks or frames, and Elapsed is the time from the beginning of the call to the end of the
	// body; they are set once Body has ended. See [Response.Transferred].
	Uploaded, Received int64
	Elapsed            time.Duration
}

// Status returns status and reason, "404 Not Found". On HTTP/2, which has no reason, it is that of the registry.
func (r *Response) Status() string {
	reason := r.Reason
	if reason == "" {
		reason = http.StatusText(r.StatusCode)
	}
	return status(r.StatusCode, reason)
}

func status(code int, reason string) string {
	if code == http.StatusOK && (reason == "OK") {
		return "200 OK"
	}
	if reason == "" {
		return strconv.Itoa(code)
	}
	return strconv.Itoa(code) + " " + reason
}

// OK tells whether the status is from 200 to 399.
func (r *Response) OK() bool { return r.StatusCode >= 200 && r.StatusCode < 400 }

// Err returns nil when the response is OK, else an *[Error] of kind ErrStatus with the response in it.
func (r *Response) Err() error {
	if r.OK() {
		return nil
	}
	e := newError(r.Method, r.URL, &fault{ErrStatus, errors.New(r.Status())})
	e.Response = r
	return e
}

// Trailer returns the trailer fields. They are there once Body has returned io.EOF; before, and without any, it is nil.
func (r *Response) Trailer() Header {
	if r.trailer == nil {
		return nil
	}
	return r.trailer()
}

// Transferred returns how many bytes of requests and of responses, heads and bodies, were sent and have come for this response and
// for the redirects of History, once Body has ended; not those of attempts that were made again.
func (r *Response) Transferred() (sent, received int64) {
	for _, one := range append([]*Response{r}, r.History...) {
		sent += one.Info.RequestHead + one.Info.Uploaded
		received += one.Info.ResponseHead + one.Info.Received
	}
	return sent, received
}

// Close closes the body. It may be called more than once.
func (r *Response) Close() error { return r.Body.Close() }

// Bytes reads the body to its end, closes it and returns it; later calls return the same slice. On an error, which has
// the response in it, Bytes returns what came before it. A body longer than [Options.MaxBody] is an ErrTooLarge.
//
// What was read from Body before is not part of the result.
func (r *Response) Bytes() ([]byte, error) {
	if r.read {
		return r.data, r.dataErr
	}
	r.read = true
	defer r.Body.Close()
	data, err := r.readAll()
	r.data = data
	if err != nil {
		r.dataErr = r.bodyError("read", err)
	}
	return r.data, r.dataErr
}

// readAll reads Body up to the limit.
func (r *Response) readAll() ([]byte, error) {
	const step = 512
	bodiless := r.Method == http.MethodHead || r.StatusCode == http.StatusNotModified // the length is that of another response
	if r.max >= 0 && r.Length > r.max && !bodiless {
		return nil, r.tooLarge()
	}
	size := int64(step)
	if r.Length > 0 && !bodiless {
		size = min(r.Length+1, 1<<20) // the length is a promise only: the rest is allocated as it comes
	}
	data := make([]byte, 0, size)
	for {
		n, err := r.Body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if r.max >= 0 && int64(len(data)) > r.max {
			return data[:r.max], r.tooLarge()
		}
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return data, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

func (r *Response) tooLarge() error {
	return invalid(ErrTooLarge, "the body is longer than %d bytes", r.max)
}

// JSON reads the body like Bytes and decodes it into v as [json.Unmarshal] does. UTF-8 with or without byte order mark,
// UTF-16 and UTF-32 are recognized by the first bytes when the Content-Type has no charset or one of these; any other
// charset is decoded first, and one that nobody knows is passed over. What is not JSON is an ErrDecode.
func (r *Response) JSON(v any) error {
	data, err := r.Bytes()
	if err != nil {
		return err
	}
	data, err = jsonUTF8(data, r.Charset())
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return r.decodeError("json", err)
	}
	return nil
}

// Text reads the body like Bytes and returns it as UTF-8, as [Call.Text] and [Options.Text] say. Without these the charset is that of
// a byte order mark, which is dropped, else that of the Content-Type, else UTF-8. Malformed input becomes U+FFFD; an unknown charset
// is an ErrUnknownCharset.
func (r *Response) Text() (string, error) { return r.TextAs(&r.text) }

func (r *Response) decodeError(op string, err error) error {
	var f *fault
	if !errors.As(err, &f) {
		err = &fault{ErrDecode, err}
	}
	e := newError(op, r.URL, err)
	e.Response = r
	return e
}

// String returns "<200 OK HTTP/2.0 https://example.org/>", for logs.
func (r *Response) String() string {
	return fmt.Sprintf("<%s %s %s>", r.Status(), r.Proto, redact(r.URL))
}

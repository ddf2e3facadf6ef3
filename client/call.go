package client

import (
	"cmp"
	"io"

	"github.com/wirelike/wirelike/profiles"
)

// Call is what one request has beside its method and URL. The zero value, like nil, is a navigation without body. At most
// one of Body, Bytes, JSON and Form may be set. A Call is only read and may be used again, unless it has a Body.
type Call struct {
	// Kind is the kind of the request, which decides about the browser's fields and their order, and the priority.
	// Default: [profiles.Navigate]. It is never guessed from the URL. A kind that the profile lacks is a [*KindError]. A
	// preflight needs the method OPTIONS and an Access-Control-Request-Method in Header.
	Kind profiles.Kind
	// HTTPVersion restricts the version of HTTP for this request. Default: that of the transport.
	HTTPVersion HTTPVersion
	// Header has fields in the caller's order. One that the browser sends, too, takes the browser's place; the others
	// stand together where the browser puts a script's own. Content-Length, if given, must be that of the body. With
	// "Expect: 100-continue" the body waits for the server's word, at most a second, over HTTP/1.1; over HTTP/2 it is a
	// field like any other.
	Header Header
	// Remove names fields of the browser or of the session that are not sent.
	Remove []string
	// Referrer is the URL of the page that the request comes from, as when its user follows a link. The browser then says
	// so, as the policy strict-origin-when-cross-origin has it: Referer; Sec-Fetch-Site; Origin with methods other than
	// GET and HEAD, with a fetch or XMLHttpRequest to another origin, and always with a preflight and a WebSocket, which
	// has no Referer. Empty: the address was typed in, or was so when the page that is reloaded was opened; with other
	// kinds than Navigate and Reload, or with Scripted, a page of the origin that is requested, whose policy is
	// no-referrer. By that policy a form, or a no-cors fetch with such a method, has "Origin: null".
	Referrer string
	// Scripted says that a script started the navigation, not the user, so that it has no Sec-Fetch-User. Default: the user
	// typed the address in or clicked, and the field is sent where the profile has a place for it. Of no meaning, and an
	// ErrInvalidRequest, with other kinds than Navigate, Reload and Form.
	Scripted bool
	// WithCredentials is that of XMLHttpRequest, and a fetch's credentials "include": cookies are taken along to other
	// origins, too, and a browser that knows Sec-Fetch-Storage-Access sends that to other sites. Without it neither are
	// they taken along there, nor what the answer sets. Other kinds than Fetch, NoCORS and XHR have no such choice: an ErrInvalidRequest.
	WithCredentials bool
	// RawURL sends path and query as they are written; nothing is resolved or escaped, but with pairs of Query or of the session
	// the query is encoded as said there. A URL with a byte that cannot stand in a request line is an ErrInvalidURL, and with a
	// BaseURL one that is neither absolute nor begins with a single slash. Redirects are read as usual. Default: the URL is read as
	// browsers do.
	RawURL bool
	// Query has pairs for the query of the URL. One whose name is there exactly once, and once among the new ones, replaces
	// what is there; others are appended. The URL's own query is then encoded anew, as a form; without pairs it stays as it is.
	Query Pairs

	// Body is the body. It is closed if it is an io.Closer, in all outcomes, though perhaps only after the call.
	Body io.Reader
	// GetBody returns the body once more, for a request that is safe to send again. Nil: as Body can do it by itself
	// (*bytes.Reader, *bytes.Buffer, *strings.Reader), else not.
	GetBody func() (io.ReadCloser, error)
	// Length is the length of Body in bytes. 0: measured (what has a method Len, and regular files from where they
	// stand), else unknown, which is chunked over HTTP/1.1; -1: not measured. Another length than the announced one is
	// an ErrBodyLength.
	Length int64
	// Bytes is a body in memory, empty if not nil. Its Content-Type is application/octet-stream.
	Bytes []byte
	// JSON is encoded as the body, without escapes for HTML; a json.RawMessage is sent as it is. Its Content-Type is
	// application/json.
	JSON any
	// Form is a body of that Content-Type: application/x-www-form-urlencoded. An empty list that is not nil is a body,
	// too. With a profile it is written as the browser writes it: with the kinds Fetch, NoCORS and XHR as the URLSearchParams of
	// a script, whose type has ";charset=UTF-8"; with all others as a page's form, which makes every line end CRLF.
	Form Pairs
	// Cookies are sent with this call beside those of the session, replace those of the same name, and are not kept. One
	// without Domain is for the host of the call.
	Cookies []Cookie
	// DiscardCookies keeps what the servers set out of the session's jar. Within the call, over redirects, it counts.
	DiscardCookies bool
	// These replace the session's [Options] of the same names; an Auth of nil is none.
	Redirect        Opt[Redirect]
	Retry           Opt[Retry]
	Timeouts        Opt[Timeouts]
	Auth            Opt[Auth]
	FailOnStatus    Opt[bool]
	NoDefaultHeader Opt[bool]
	Text            Opt[TextOptions]
	// Multipart is a body of parts, multipart/form-data with the boundary of the browser, which also makes every line end CRLF in
	// names and in the values of fields. Fields of Form, which may be set beside it, are parts behind the others.
	Multipart *Multipart
	// SendRate and RecvRate hold the bodies of requests and responses to so many bytes per second, on the average of each transfer
	// and counted as they are encoded; a body that is sent again, and each redirect, begins anew. The pauses count for
	// [Timeouts].Total alone. 0: no bound. Not for WebSockets.
	SendRate, RecvRate int64
	// Progress is called for each piece of a body that was sent or received, and once before those of the response, by the
	// goroutine that transfers it, which it holds up: never twice at the same time, and not after the body of the response has
	// ended or the call has failed. It must not call methods of the response, which would wait for it; the context is what ends the
	// call. Nil: nobody is told. Not for WebSockets.
	Progress func(Progress)
	// Raw leaves the body of the response as it came, with its content codings.
	Raw bool
}

// validate refuses contradictions.
func (c *Call) validate() error {
	bodies := ""
	n := 0
	for _, b := range []struct {
		name string
		set  bool
	}{{"Body", c.Body != nil}, {"Bytes", c.Bytes != nil}, {"JSON", c.JSON != nil}, {"Form", c.Form != nil && c.Multipart == nil}, {"Multipart", c.Multipart != nil}} {
		if b.set {
			n++
			bodies += " " + b.name
		}
	}
	switch {
	case n > 1:
		return invalid(ErrInvalidRequest, "more than one body:%s", bodies)
	case c.Body == nil && c.GetBody != nil:
		return invalid(ErrInvalidRequest, "GetBody without Body")
	case c.Body == nil && c.Length != 0:
		return invalid(ErrInvalidRequest, "Length without Body")
	case c.Length < -1:
		return invalid(ErrInvalidRequest, "Length is %d", c.Length)
	case c.SendRate < 0 || c.RecvRate < 0:
		return invalid(ErrInvalidRequest, "SendRate and RecvRate are %d and %d: want bytes per second, or 0", c.SendRate, c.RecvRate)
	}
	switch kind := traitsOf(c.Kind); {
	case c.Scripted && !kind.user:
		return invalid(ErrInvalidRequest, "Scripted with kind %s, which no user starts", c.Kind)
	case c.WithCredentials && !kind.choice:
		return invalid(ErrInvalidRequest, "WithCredentials with kind %s, which has no choice", cmp.Or(c.Kind, profiles.Navigate))
	}
	if err := c.HTTPVersion.check(); err != nil {
		return err
	}
	if err := c.Form.check("form"); err != nil {
		return err
	}
	if r, ok := c.Redirect.Set(); ok {
		if err := r.validate(); err != nil {
			return err
		}
	}
	if a, _ := c.Auth.Set(); a != nil {
		if err := a.validate(); err != nil {
			return err
		}
	}
	if t, ok := c.Text.Set(); ok {
		if err := t.validate(); err != nil {
			return err
		}
	}
	if r, ok := c.Retry.Set(); ok {
		if err := r.validate(); err != nil {
			return err
		}
	}
	return checkRemove(c.Remove, c.Header)
}

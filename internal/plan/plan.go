// Package plan holds the values that travel between the client and its connections: what one request needs on its way
// down ([Plan], [Request]) and what comes back up ([Response], [Info]). Its behaviour is the header
// merge, and the hooks of a trace that all versions of HTTP call alike.
package plan

import (
	"context"
	"io"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// Proto is an application protocol by its ALPN name.
type Proto string

// The protocols; Any lets ALPN decide.
const (
	Any   Proto = ""
	HTTP1 Proto = "http/1.1"
	HTTP2 Proto = "h2"
)

// Plan is what a request needs beside what [net/http.Request] can say. It travels in the request's context and is
// read-only once there.
type Plan struct {
	// Kind is the kind of request ("navigate"), for messages.
	Kind string
	// Proto is the protocol that must be used, or Any.
	Proto Proto
	// H1 and H2 are the browser's header lists for this kind: order, case and default values. A field without value is
	// a slot that is filled from the request or left out; the name "*" marks the place of the caller's own fields.
	// Both are shared and never written to. Empty for a request without profile.
	H1, H2 []fingerprint.Field
	// Shapes are lists in place of H1 and H2 for requests of another shape: the last one that fits counts. They are shared,
	// too.
	Shapes []Shape
	// Script says that a script makes requests of this kind: fields that it may set in the browser's stead, like Accept,
	// keep the caller's spelling on HTTP/1.1.
	Script bool
	// LateLength says that the Content-Length of a request without body is the last field, over HTTP/2 the one before TE.
	LateLength bool
	// Initiator says where the request comes from; nil for an address that was typed in, of which the lists tell already.
	Initiator *Initiator
	// Via has what redirects have led the request through, the first one in front. Who follows a redirect sends the next
	// request with a copy of the plan that has one more; the rest, also what Initiator makes of it, is the transport's.
	Via []Hop
	// Late says that the request got its Origin from a redirect. The transport sets it.
	Late bool
	// NoH1, if not nil, is the error of a request for which there is no list for HTTP/1.1, when the server chose that.
	NoH1 error
	// Own holds the caller's fields in the caller's order and spelling. One that the list has goes to its slot and
	// replaces the value there; others go to "*".
	Own []fingerprint.Field
	// Remove names fields of the list, in any case, that must not be sent.
	Remove []string
	// Priority is the HTTP/2 priority of the request, nil for none.
	Priority *fingerprint.Priority
	// OneCookie puts all cookies into one field over HTTP/2, too, where browsers split them.
	OneCookie bool
	// Raw leaves the content codings of the response as they are.
	Raw bool
	// Target is the origin-form to be sent in place of the URL's; empty for that.
	Target string
	// Guarded lets the request go to addresses only that the transport's guard lets through.
	Guarded bool
	// OnConn is called, unless nil, with each attempt: when there is a connection and the request is about to be written.
	OnConn func()
}

// Shape is another order of the same kind of request. An empty list leaves that of the kind.
type Shape struct {
	When Condition // empty: any
	// Followed restricts the shape to requests that redirects have led to where they go.
	Followed bool
	H1, H2   []fingerprint.Field
}

// Condition tells the shape of a request.
type Condition string

// The conditions.
const (
	WithContent Condition = "content"    // it has a Content-Type
	WithOwn     Condition = "own"        // the caller gives fields that the list of the kind has no place for
	Redirected  Condition = "redirected" // [Plan].Late
)

// Initiator is where a request comes from. It is read-only, as it stays the same over redirects.
type Initiator struct {
	// Page is the URL of the page. Nil is some page of the origin of the request's first URL that sends no Referer.
	Page *url.URL
	// Typed says that there is no page at all: the address was typed in.
	Typed bool
	// Credentials says that the request takes cookies along to other origins, too, because its caller wants it.
	Credentials bool
}

// Hop is one request that was answered by a redirect.
type Hop struct {
	Method string
	URL    *url.URL
}

// Lists tells whether the browser's lists for this kind have a place for the field.
func (p *Plan) Lists(name string) bool { return find(p.H1, name) >= 0 || find(p.H2, name) >= 0 }

type planKey struct{}

// With returns a context that carries p.
func With(ctx context.Context, p *Plan) context.Context { return context.WithValue(ctx, planKey{}, p) }

// From returns the plan in ctx, or nil.
func From(ctx context.Context) *Plan {
	p, _ := ctx.Value(planKey{}).(*Plan)
	return p
}

// Request is one request as a connection writes it. Fields is final: every pseudo-header field (HTTP/2) and field, in
// order and spelling; the connection adds nothing but the framing of the body (Transfer-Encoding is in Fields, too).
type Request struct {
	Method    string
	Scheme    string
	Authority string
	Target    string // origin-form: path and query
	Fields    []fingerprint.Field
	Priority  *fingerprint.Priority // HTTP/2
	// Body is nil for none. The connection reads it and closes it, always, also on errors.
	Body io.ReadCloser
	// Length is the body's length in bytes, 0 for none, -1 for unknown (chunked on HTTP/1.1).
	Length int64
	// Trace has the caller's hooks, of which the connection calls those from WroteHeaderField to WroteRequest and from
	// GotFirstResponseByte to Got1xxResponse, never with a lock held. Nil for none.
	Trace *httptrace.ClientTrace
}

// InMemory is a body whose bytes are all there, so that Read does not wait. A connection may read it before it writes the
// head, to write both at once. Having a method Len is not enough: what has one may still wait.
type InMemory interface {
	io.ReadCloser
	// InMemory returns the length of the body in bytes. It is called before the first Read.
	InMemory() int
	// Certain says whether Read and Close are known never to wait, because the reader is one of the standard library's.
	// Else that is what its user lets expect. Others than the request may be held up by a Read only when it is certain.
	Certain() bool
}

// Piecewise is a body that comes slowly, on purpose.
type Piecewise interface {
	// Piece is how many bytes are sent at once, 0 for as many as go into a frame.
	Piece() int
}

// Response is one final response. Who gets it must close Body (never nil); a body that is not read to its end costs the
// connection (HTTP/1.1) or the stream (HTTP/2).
type Response struct {
	Proto  string // "HTTP/1.1", "HTTP/2.0"
	Status int
	Reason string // HTTP/1.1 only
	// Fields are in wire order; on HTTP/2 without the pseudo-header.
	Fields []fingerprint.Field
	Body   io.ReadCloser
	// Length is the announced body length in bytes, -1 when unknown.
	Length int64
	// Trailer returns the trailer fields once Body has returned io.EOF, nil before. The function itself may be nil.
	Trailer func() []fingerprint.Field
	Info    Info
}

// Info tells how the response came about.
type Info struct {
	// Reused says whether the connection had carried a request before.
	Reused bool
	// Resumed says whether its TLS session was resumed.
	Resumed bool
	// HeadSent and HeadReceived are the sizes of the heads of request and response in bytes: over HTTP/1.1 to the empty line and with
	// it, over HTTP/2 those of the HEADERS and CONTINUATION frames with their headers. Interim responses do not count.
	HeadSent, HeadReceived int
	// Started is when the attempt began, FirstByte when the head of the response was complete.
	Started, FirstByte time.Time
}

// Uploader is the Body of a response that knows what was sent of the request's.
type Uploader interface {
	// Uploaded is how many bytes of the request's body have been written so far, without any framing. It may be called at any
	// time.
	Uploaded() int64
}

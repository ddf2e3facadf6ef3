// Package plan holds the values that travel between the client and its connections: what one request needs on its way
// down ([Plan], [Request]) and what comes back up ([Response], [Info]). Its behaviour is the header
// merge, and the hooks of a trace that all versions of HTTP call alike.
package plan

import (
	"context"
	"io"
	"net/http/httptrace"
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
	// NoH1, if not nil, is the error of a request for which there is no list for HTTP/1.1, when the server chose that.
	NoH1 error
	// Own holds the caller's fields in the caller's order and spelling. One that the list has goes to its slot and
	// replaces the value there; others go to "*".
	Own []fingerprint.Field
	// Remove names fields of the list, in any case, that must not be sent.
	Remove []string
	// Priority is the HTTP/2 priority of the request, nil for none.
	Priority *fingerprint.Priority
	// Raw leaves the content codings of the response as they are.
	Raw bool
}

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
	// Started is when the attempt began, FirstByte when the head of the response was complete.
	Started, FirstByte time.Time
}

package fpserver

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// RequestInfo is one request as its connection carried it. Its methods are safe for concurrent use.
type RequestInfo struct {
	// Index counts the requests of the connection, from 0, in the order in which the client began them; -1 when the
	// server lost track of the connection, in which case the methods return nil.
	Index int
	// Stream is the HTTP/2 stream, 0 for HTTP/1.x.
	Stream uint32

	conn  *Conn
	head  []byte               // HTTP/1.x
	http2 *fingerprint.Request // when it could not be found later
}

type (
	connKey    struct{}
	requestKey struct{}
)

// FromContext returns the connection and the request that belong to the context of a request to the server, or nil.
func FromContext(ctx context.Context) (*Conn, *RequestInfo) {
	i, _ := ctx.Value(requestKey{}).(*RequestInfo)
	if i == nil {
		return nil, nil
	}
	return i.conn, i
}

// RawHead returns the bytes of a HTTP/1.x request head with its empty line, nil for HTTP/2.
func (i *RequestInfo) RawHead() []byte { return slices.Clone(i.head) }

// Head returns a HTTP/1.x request head, nil for HTTP/2.
func (i *RequestInfo) Head() *fingerprint.Head {
	if i.head == nil {
		return nil
	}
	h, err := fingerprint.ParseHead(i.head)
	if err != nil {
		return nil // net/http would have refused it
	}
	return h
}

// Request returns a HTTP/2 request, nil for HTTP/1.x. Frames that come right after the header block are in After once
// they have been read.
func (i *RequestInfo) Request() *fingerprint.Request {
	if i.Stream == 0 || i.Index < 0 {
		return nil
	}
	i.conn.mu.Lock()
	defer i.conn.mu.Unlock()
	r := i.http2
	if r == nil {
		r = i.conn.request(i.Index)
	}
	if r == nil || r.Stream != i.Stream {
		return nil
	}
	one := cloneHTTP2(&fingerprint.HTTP2{Requests: []fingerprint.Request{*r}})
	return &one.Requests[0]
}

// request finds a HTTP/2 request in the log or, when the connection has ended, in the recording.
func (c *Conn) request(i int) *fingerprint.Request {
	if !c.log.dropped {
		c.log.catchUp(&c.rec)
		return c.log.request(i)
	}
	if f, _ := c.read(); f.HTTP2 != nil && i < len(f.HTTP2.Requests) {
		return &f.HTTP2.Requests[i]
	}
	return nil
}

// Fields returns the fields of the request in the order and spelling of the wire; for HTTP/2 the pseudo-header fields
// are among them. It is nil when the server lost track of the connection.
func (i *RequestInfo) Fields() []fingerprint.Field {
	if h := i.Head(); h != nil {
		return h.Fields
	}
	if r := i.Request(); r != nil {
		return r.Fields
	}
	return nil
}

// connContext puts the connection into the context of its requests.
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c.(*stream).c)
}

// connState learns from net/http that an answer has been written, or that a connection does not speak HTTP any more.
func connState(nc net.Conn, state http.ConnState) {
	c := nc.(*stream).c
	if state != http.StateHijacked && state != http.StateIdle {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateIdle {
		c.answering = false
		return
	}
	c.hijacked = true
	if c.heads != nil {
		c.heads.giveUp()
	}
}

// handle serves all requests: it finds out which one on its connection this is, and routes it.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(connKey{}).(*Conn)
	if !c.acquire() {
		panic(http.ErrAbortHandler)
	}
	defer c.release()
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler {
				s.ErrorLog.Printf("fpserver: panic in the handler of %s %s: %v", r.Method, r.URL.Path, v)
			}
			panic(http.ErrAbortHandler)
		}
	}()
	info := c.begin(r)
	r.TLS = c.TLS()
	s.routes.serve(s, w, r.WithContext(context.WithValue(r.Context(), requestKey{}, info)))
	if r.ProtoMajor < 2 && r.ContentLength != 0 && !c.isHijacked() {
		// What the handler has left of the body net/http reads itself, and would wait for it for ever.
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.limits.stall))
	}
}

func (c *Conn) isHijacked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hijacked
}

// begin finds the record of a request whose handler starts.
func (c *Conn) begin(r *http.Request) *RequestInfo {
	field := r.Header[streamKey()]
	delete(r.Header, streamKey())
	info := &RequestInfo{Index: -1, conn: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.frames != nil && len(field) > 0: // should the client have sent such a field, the last one is the server's
		if stream, index, ok := parseStreamField(field[len(field)-1]); ok {
			info.Stream, info.Index = stream, index
		}
		if c.frames.eager() && info.Index >= 0 {
			if found := c.log.request(info.Index); found != nil && found.Stream == info.Stream {
				request := *found
				info.http2 = &request
			}
		}
	case c.heads != nil:
		head := c.heads.take(c.served)
		if head != nil && !isHeadOf(head, r) { // net/http reads the connection otherwise
			c.heads.giveUp()
			head = nil
		}
		if head == nil {
			c.heads.lost = true
		}
		if !c.heads.lost {
			info.Index, info.head = c.served, head
		}
		c.served++
		c.answering = true
	}
	return info
}

// isHeadOf tells whether a head begins with the request line that net/http has read.
func isHeadOf(head []byte, r *http.Request) bool {
	rest, ok := bytes.CutPrefix(head, []byte(r.Method+" "))
	if ok {
		rest, ok = bytes.CutPrefix(rest, []byte(r.RequestURI))
	}
	return ok && len(rest) > 0 && rest[0] == ' '
}

package engine

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/h1"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// maxAttempts is how often a request is sent at most, as in Chromium.
const maxAttempts = 3

// attempt is the way of one request.
type attempt struct {
	e       *Engine
	r       *http.Request
	plan    *plan.Plan
	key     key
	in      plan.Input
	body    io.ReadCloser // what the next try sends, nil for none
	guard   *body         // is body, when that cannot be produced again
	handed  bool          // the connection has the body, and will close it
	started time.Time
	tries   int
	after   *Conn // the last connection if the server had given that up: the next must be a new one
}

// prepare works out what does not depend on the connection.
func (a *attempt) prepare() error {
	if ctx := a.r.Context(); ctx.Err() != nil {
		return contextError(ctx)
	}
	u := a.r.URL
	a.key = key{scheme: u.Scheme, addr: address(u)}
	if a.plan != nil {
		a.key.proto, a.key.guarded = a.plan.Proto, a.plan.Guarded
		if a.plan.Kind == string(profiles.WebSocket) {
			if a.key.proto == plan.HTTP2 {
				return &RequestError{"the handshake of a WebSocket is made over HTTP/1.1"}
			}
			a.key.proto, a.key.socket = plan.HTTP1, true
		}
	}
	if u.Scheme == "http" && a.key.proto == plan.HTTP2 {
		return &RequestError{"HTTP/2 needs https: it is not spoken in clear text"}
	}
	authority := a.r.Host
	if authority == "" {
		authority = u.Host
	}
	a.in = plan.Input{
		Method: a.r.Method, Scheme: u.Scheme, Authority: trimPort(authority, u.Scheme), Target: plan.Target(u),
		Fields: fields(a.r.Header),
	}
	if a.plan != nil && a.plan.Target != "" {
		a.in.Target = a.plan.Target
	}
	if a.in.Method == "" {
		a.in.Method = http.MethodGet
	}
	if a.r.Body != nil && a.r.Body != http.NoBody {
		if a.in.Length = a.r.ContentLength; a.in.Length == 0 {
			a.in.Length = -1
		}
		a.setBody(a.r.Body)
	}
	return nil
}

// try sends the request once.
func (a *attempt) try() (*Response, error) {
	a.tries++
	ctx := a.r.Context()
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(a.key.addr)
	}
	got, err := a.e.acquire(ctx, a.key, a.after)
	if err != nil {
		return nil, err
	}
	c := got.conn
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(a.e.gotConn(got))
	}
	req := &plan.Request{Method: a.in.Method, Scheme: a.in.Scheme, Authority: a.in.Authority, Target: a.in.Target, Length: a.in.Length}
	if req.Fields, err = a.fields(c.Proto); err != nil {
		a.e.giveBack(c)
		return nil, err
	}
	if a.plan != nil {
		req.Priority = a.plan.Priority
	}
	if a.r.Close && c.h2 != nil {
		c.last()
	}
	if trace != nil {
		req.Trace = trace
		if c.h1 != nil {
			c.putIdle = trace.PutIdleConn
		}
	}
	if a.plan != nil && a.plan.OnConn != nil {
		a.plan.OnConn()
	}
	req.Body, a.handed = a.body, true
	res, err := c.roundTrip(ctx, req)
	if err != nil {
		a.after = nil
		switch {
		case c.h1 != nil && !got.fresh:
			a.after = c
		case c.h2 != nil:
			if refused(err) || lost(err) {
				c.leave()
				a.after = c
			}
			c.done()
		}
		return nil, err
	}
	if a.guard != nil {
		a.guard.commit()
	}
	out := &Response{Response: *res, Sent: req.Fields, Conn: c, Fresh: got.fresh, Tries: a.tries, Started: a.started}
	if c.TLS != nil {
		out.Info.Resumed = c.TLS.DidResume
	}
	if c.h2 != nil {
		out.stream = stream{body: res.Body, conn: c}
		out.Body = &out.stream
		if h2.Empty(res) {
			out.stream.over.Store(true)
			c.done()
		}
	}
	return out, nil
}

// fields merges the header.
func (a *attempt) fields(proto plan.Proto) ([]fingerprint.Field, error) {
	n := 8 + len(a.in.Fields)
	if a.plan != nil {
		n += len(a.plan.Own) + max(len(a.plan.H1), len(a.plan.H2))
	}
	return a.plan.AppendFields(make([]fingerprint.Field, 0, n), proto, &a.in)
}

// again returns nil when the request may be sent once more after err: when the server did not process it. That is so by
// its own word over HTTP/2. It is assumed when a connection that has been used before ends without any answer to the
// request, for methods whose repetition does no harm (RFC 9110 §9.2.2).
func (a *attempt) again(err error) error {
	ctx := a.r.Context()
	a.e.mu.Lock()
	closed := a.e.closed
	a.e.mu.Unlock()
	if closed && !errors.Is(err, ErrClosed) {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	if !Unprocessed(err) && !(lost(err) && Idempotent(a.in.Method)) || ctx.Err() != nil || a.tries >= maxAttempts {
		return err
	}
	return a.rewind(err)
}

// Unprocessed tells whether nothing can have come of a request that failed.
func Unprocessed(err error) bool {
	return errors.Is(err, h2.ErrUnprocessed) || errors.Is(err, h1.ErrUnprocessed)
}

// refused tells whether the connection, not only this request, is at its end.
func refused(err error) bool {
	var stream *h2.StreamError
	return errors.Is(err, h2.ErrUnprocessed) && !errors.As(err, &stream)
}

// lost tells whether a connection that had been used before ended, without anybody's fault being named and without any
// answer to the request.
func lost(err error) bool {
	var (
		http1 *h1.ConnError
		http2 *h2.ConnError
		away  *h2.GoAwayError
	)
	const noError = 0 // of RFC 9113 §7
	switch {
	case errors.As(err, &http1):
		return http1.Reused && http1.NoResponse
	case errors.As(err, &http2):
		return http2.Reused && http2.NoResponse && http2.Code == noError && !errors.Is(err, h2.ErrClosed)
	case errors.As(err, &away):
		return away.Reused && away.NoResponse && away.Code == noError
	}
	return false
}

// rewind makes the body ready to be sent again after err.
func (a *attempt) rewind(err error) error {
	if a.body == nil {
		return nil
	}
	if a.guard != nil {
		rc := a.guard.untouched()
		if rc == nil {
			return fmt.Errorf("%w: %w", ErrBodyNotReplayable, err)
		}
		a.setBody(rc)
		return nil
	}
	rc, e := a.r.GetBody()
	if e != nil {
		return fmt.Errorf("%w: GetBody: %w", err, e)
	}
	a.setBody(rc)
	return nil
}

func (a *attempt) setBody(rc io.ReadCloser) {
	a.body, a.guard, a.handed = rc, nil, false
	if a.r.GetBody == nil {
		a.guard = &body{rc: rc}
		a.body = a.guard
	}
}

// discard closes the body of a request that is given up.
func (a *attempt) discard() {
	switch {
	case a.body == nil:
	case a.guard != nil:
		a.guard.discard()
	case !a.handed:
		a.body.Close()
	}
}

// Idempotent tells the methods of RFC 9110 §9.2.2, whose repetition does no harm.
func Idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// gotConn returns what httptrace wants to know of a connection.
func (e *Engine) gotConn(r ready) httptrace.GotConnInfo {
	e.mu.Lock()
	defer e.mu.Unlock()
	info := httptrace.GotConnInfo{Conn: r.conn.net, Reused: r.conn.used || !r.fresh}
	if !r.fresh && r.conn.active == 1 {
		info.WasIdle, info.IdleTime = true, time.Since(r.conn.idleFrom)
	}
	return info
}

// giveBack returns a connection that was not used after all.
func (e *Engine) giveBack(c *Conn) {
	e.mu.Lock()
	surplus := c.unstart()
	e.mu.Unlock()
	if surplus != nil {
		surplus.close()
	}
}

// address returns host and port to dial.
func address(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	host := strings.TrimSuffix(u.Host, ":")
	if u.Scheme == "http" {
		return host + ":80"
	}
	return host + ":443"
}

// trimPort returns the authority without the port that the scheme implies.
func trimPort(authority, scheme string) string {
	if scheme == "http" {
		return strings.TrimSuffix(authority, ":80")
	}
	return strings.TrimSuffix(authority, ":443")
}

// fields returns the fields of h sorted by name, without those that [http.Request] has elsewhere.
func fields(h http.Header) []fingerprint.Field {
	if len(h) == 0 {
		return nil
	}
	out := make([]fingerprint.Field, 0, len(h))
	for name, values := range h {
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		}
		for _, v := range values {
			out = append(out, fingerprint.Field{Name: name, Value: strings.Trim(v, " \t")})
		}
	}
	slices.SortStableFunc(out, func(a, b fingerprint.Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// stream is the body of an HTTP/2 response; it tells the pool when the stream has ended.
type stream struct {
	body io.ReadCloser
	conn *Conn
	over atomic.Bool
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	if err != nil && !s.over.Swap(true) {
		s.conn.done()
	}
	return n, err
}

// Uploaded implements [plan.Uploader].
func (s *stream) Uploaded() int64 { return s.body.(plan.Uploader).Uploaded() }

func (s *stream) Close() error {
	err := s.body.Close()
	if !s.over.Swap(true) {
		s.conn.done()
	}
	return err
}

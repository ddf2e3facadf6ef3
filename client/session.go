package client

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// Session sends requests that have an order of their own. It holds connections, should be used for as long as possible,
// and must be closed. It is safe for concurrent use.
type Session struct {
	transport *Transport
	owned     bool              // the transport is closed with the session
	next      http.RoundTripper // what carries a request out
	header    Header
	remove    []string
	bare      map[profiles.Kind][]string // what NoDefaultHeader leaves out; nil without
	maxBody   int64
	closed    atomic.Bool
}

// New returns a session; nil options are the zero options. Errors are of type *[Error]: of kind ErrImpersonate with a
// [*profiles.UnknownError] when there is no such profile, of kind ErrInvalidRequest for contradictory options.
func New(o *Options) (*Session, error) {
	if o == nil {
		o = &Options{}
	}
	s := &Session{transport: o.Transport, header: o.Header, remove: o.Remove, maxBody: o.MaxBody}
	err := o.validate()
	if s.transport == nil {
		s.transport, s.owned = o.transport(), true
	}
	if err = errors.Join(err, s.transport.init()); err != nil {
		return nil, newError("new", nil, err)
	}
	s.header, _ = cleanHeader(o.Header)
	if o.NoDefaultHeader {
		s.bare = defaultFields(s.transport.profile)
	}
	if s.maxBody == 0 {
		s.maxBody = DefaultMaxBody
	}
	s.next = s.transport
	return s, nil
}

// Do sends a request and returns the response when its head has arrived. Any status is a success here; see
// [Response.Err]. The caller must close the response. Methods are sent in upper case. The context bounds the body of the
// response, too.
//
// All errors are of type *[Error]. A request is sent again by itself, on a new connection, when the server cannot have
// processed it: when it says so (HTTP/2), or when it closes a used connection without answering an idempotent request.
func (s *Session) Do(ctx context.Context, method, url string, c *Call) (*Response, error) {
	if c == nil {
		c = &Call{}
	}
	method = strings.ToUpper(method)
	r, err := s.request(ctx, method, url, c)
	if err != nil {
		closeReader(c.Body)
		e := newError(method, nil, err)
		e.URL = redactRaw(url)
		return nil, e
	}
	res, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return s.response(res), nil
}

// Get is Do with method GET.
func (s *Session) Get(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodGet, url, c)
}

// Head is Do with method HEAD.
func (s *Session) Head(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodHead, url, c)
}

// Post is Do with method POST.
func (s *Session) Post(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodPost, url, c)
}

// Put is Do with method PUT.
func (s *Session) Put(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodPut, url, c)
}

// Patch is Do with method PATCH.
func (s *Session) Patch(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodPatch, url, c)
}

// Delete is Do with method DELETE.
func (s *Session) Delete(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodDelete, url, c)
}

// CloseIdleConnections closes the connections of the transport that carry no request now.
func (s *Session) CloseIdleConnections() { s.transport.CloseIdleConnections() }

// Close makes later requests fail with ErrClosed. If the transport is the session's own, it is closed, too, which ends
// running requests. It may be called more than once.
func (s *Session) Close() error {
	if s.closed.Swap(true) || !s.owned {
		return nil
	}
	return s.transport.Close()
}

// request makes the request with its plan. The body is not touched when it fails.
func (s *Session) request(ctx context.Context, method, rawURL string, c *Call) (*http.Request, error) {
	if s.closed.Load() {
		return nil, &fault{ErrClosed, errors.New("the session is closed")}
	}
	if ctx == nil {
		return nil, invalid(ErrInvalidRequest, "no context")
	}
	if !isToken(method) || method == http.MethodConnect {
		return nil, invalid(ErrInvalidRequest, "method %.40q", method)
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	u, err := parseURL(rawURL, c.Query)
	if err != nil {
		return nil, err
	}
	version := c.HTTPVersion
	if version == HTTPAuto {
		version = s.transport.HTTPVersion
	}
	p, err := s.transport.basePlan(c.Kind, version, u)
	if err != nil {
		return nil, err
	}
	page, err := parseReferrer(c.Referrer)
	if err != nil {
		return nil, err
	}
	p.Initiator = s.transport.initiator(c, page)
	if err := s.merge(p, c, method); err != nil {
		return nil, err
	}
	body, err := c.payload()
	if err != nil {
		return nil, err
	}
	r := &http.Request{
		Method: method, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: body.body, GetBody: body.get, ContentLength: body.length,
	}
	if body.typ != "" {
		r.Header = http.Header{"Content-Type": {body.typ}}
	}
	if src, ok := body.body.(*source); ok && body.length < 0 {
		if src.left, err = announced(p.Own); err != nil {
			return nil, err
		}
		r.ContentLength = src.left
	}
	return r.WithContext(plan.With(ctx, p)), nil
}

// merge puts the caller's fields into the plan: those of the session that the call leaves alone, then those of the call.
func (s *Session) merge(p *plan.Plan, c *Call, method string) error {
	own, err := cleanHeader(c.Header)
	if err != nil {
		return err
	}
	if len(s.header) > 0 {
		all := make(Header, 0, len(s.header)+len(own)+1)
		for _, f := range s.header {
			if !own.Has(f.Name) && !contains(c.Remove, f.Name) {
				all = append(all, f)
			}
		}
		own = append(all, own...)
	}
	p.Own, p.Remove, p.Raw = own, c.Remove, c.Raw
	if len(s.remove) > 0 {
		p.Remove = append(append(make([]string, 0, len(s.remove)+len(c.Remove)), s.remove...), c.Remove...)
	}
	if s.transport.profile == nil && s.bare == nil && method != http.MethodHead && !own.Has("Accept-Encoding") && !own.Has("Range") && !contains(p.Remove, "Accept-Encoding") {
		p.Own = withAcceptEncoding(own)
	}
	if c.Scripted {
		p.Remove = append(slices.Clip(p.Remove), "Sec-Fetch-User")
	}
	if s.bare != nil {
		s.strip(p, c)
	}
	return checkMethod(c.Kind, method, own.Has(requestMethod))
}

// announced returns the length that the caller's own Content-Length announces, -1 without one.
func announced(own Header) (int64, error) {
	if !own.Has("Content-Length") {
		return -1, nil
	}
	n, err := strconv.ParseUint(own.Get("Content-Length"), 10, 63)
	if err != nil {
		return 0, invalid(ErrInvalidHeader, "Content-Length is no number")
	}
	return int64(n), nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

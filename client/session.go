package client

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	bare      bool // NoDefaultHeader
	maxBody   int64
	base      *url.URL
	scheme    string // for URLs without
	query     Pairs
	jar       *Jar // nil: no cookies
	redirect  Redirect
	retry     Retry
	timeouts  Timeouts
	auth      Auth
	failing   bool
	text      TextOptions
	witness   *witness      // nil for none
	dumping   *sync.Mutex   // of the witness, and of those of all sessions made by With
	places    chan struct{} // one for each call that may run; nil for any number
	options   Options       // for With
	done      chan struct{} // closed with the session
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
	s.settle(o)
	if s.maxBody == 0 {
		s.maxBody = DefaultMaxBody
	}
	s.next = s.transport
	return s, nil
}

// Do sends a request and returns the response when its head has arrived: the last one, where redirects are followed and
// requests made again. Any status is a success here, unless [Options.FailOnStatus] is set; see [Response.Err]. The caller must
// close the response. Methods are sent in upper case. The context bounds the body of the response, too.
//
// Cookies of the session go along and are kept as in a browser: of the host, path and scheme, and not with a script's request to
// another origin, unless [Call.WithCredentials] is set. Credentials in the URL are sent as Basic ones, like those of [Basic],
// unless Auth is set. Its fragment is that of [Response.URL].
//
// All errors are of type *[Error]. A request is sent again by itself, on a new connection, when the server cannot have
// processed it: when it says so (HTTP/2), or when it closes a used connection without answering an idempotent request.
func (s *Session) Do(ctx context.Context, method, rawURL string, c *Call) (*Response, error) {
	if c == nil {
		c = &Call{}
	}
	method = strings.ToUpper(method)
	x, err := s.chain(ctx, method, rawURL, c)
	if err != nil {
		closeReader(c.Body)
		e := newError(method, nil, err)
		e.URL = redactRaw(rawURL)
		return nil, e
	}
	if err := x.begin(); err != nil {
		return nil, x.failed(err, nil)
	}
	return x.run()
}

// With returns a session with changed options that shares connections, TLS sessions and, unless change sets others or NoCookies,
// cookies with this one. The options that describe connections cannot change: those from Profile to Time are the transport's. A
// call that needs others, such as another authority, needs another Transport, which change may set. The session is closed apart
// from this one, which must stay open meanwhile. Both may write to the same [Options.Dump].
func (s *Session) With(change func(*Options)) (*Session, error) {
	o := s.options
	change(&o)
	switch { // what is changed counts, not what it was
	case o.NoCookies && !s.options.NoCookies && o.Cookies == s.jar:
		o.Cookies = nil
	case o.NoCookies && s.options.NoCookies && o.Cookies != nil:
		o.NoCookies = false
	}
	n, err := New(&o)
	if err != nil {
		return nil, err
	}
	n.dumping = s.dumping
	if n.witness != nil {
		n.witness.mu = s.dumping
	}
	return n, nil
}

// Jar returns where the session keeps its cookies, nil with [Options.NoCookies].
func (s *Session) Jar() *Jar { return s.jar }

// CloseIdleConnections closes the connections of the transport that carry no request now.
func (s *Session) CloseIdleConnections() { s.transport.CloseIdleConnections() }

func errSessionClosed() error { return &fault{ErrClosed, errors.New("the session is closed")} }

// Close makes later requests fail with ErrClosed, and calls that wait for a retry or for a place of
// [Options.MaxInFlight]. If the transport is the session's own, it is closed, too, which ends running requests. It may be called
// more than once.
func (s *Session) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	close(s.done)
	if !s.owned {
		return nil
	}
	return s.transport.Close()
}

// chain checks a call and prepares its first request. The body is not touched when it fails.
func (s *Session) chain(ctx context.Context, method, rawURL string, c *Call) (*chain, error) {
	if s.closed.Load() {
		return nil, errSessionClosed()
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
	u, user, target, err := s.url(rawURL, c)
	if err != nil {
		return nil, err
	}
	page, err := parseReferrer(c.Referrer)
	if err != nil {
		return nil, err
	}
	x := &chain{rules: s.rules(c), s: s, auth: c.Auth.Or(s.auth), c: c, ctx: ctx, first: u, method: method, started: time.Now(), report: newReport(c.Progress)}
	if x.auth == nil && user != nil {
		x.auth = basicAuth(user)
	}
	if x.crumbs, err = s.cookies(u, c); err != nil {
		return nil, err
	}
	if err := s.merge(x); err != nil {
		return nil, err
	}
	if err := x.aim(u, nil); err != nil {
		return nil, err
	}
	if c.RawURL {
		x.plan.Target = target
	}
	if !s.withoutPage(c) {
		x.plan.Initiator = s.transport.initiator(c, page)
	}
	if err := x.body(); err != nil {
		return nil, err
	}
	return x, nil
}

// begin starts the call's clock, and waits for its turn.
func (x *chain) begin() error {
	if t := x.timeouts.Total; t > 0 {
		x.ctx, x.cancel = context.WithTimeoutCause(x.ctx, t, &timeoutError{"the call did not end", t})
	}
	places := x.s.places
	if places == nil {
		return nil
	}
	select {
	case places <- struct{}{}:
		x.leave = func() { <-places }
	case <-x.ctx.Done():
		err := context.Cause(x.ctx)
		if t := (*timeoutError)(nil); errors.As(err, &t) {
			err = &fault{ErrConnectTimeout, t}
		}
		return err
	case <-x.s.done:
	}
	if x.s.closed.Load() { // perhaps both have come at once
		return errSessionClosed()
	}
	return nil
}

// body makes the body that the call describes.
func (x *chain) body() error {
	describe := x.c.payload
	if x.c.Form != nil || x.c.Multipart != nil {
		describe = x.form
	}
	body, err := describe()
	if err != nil {
		return err
	}
	if src, ok := body.body.(*source); ok && body.length < 0 {
		if src.left, err = announced(x.own); err != nil {
			return err
		}
		body.length = src.left
	}
	x.up.payload = body
	x.up.rewound(x.c.Body)
	return nil
}

// version returns the version of HTTP that a call insists on.
func (s *Session) version(c *Call) HTTPVersion {
	if c.HTTPVersion == HTTPAuto {
		return s.transport.HTTPVersion
	}
	return c.HTTPVersion
}

// merge collects the caller's fields: those of the session that the call leaves alone, then those of the call.
func (s *Session) merge(x *chain) error {
	c := x.c
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
	x.own, x.remove = own, c.Remove
	if len(s.remove) > 0 {
		x.remove = append(append(make([]string, 0, len(s.remove)+len(c.Remove)), s.remove...), c.Remove...)
	}
	if codings := s.transport.codings(x.method, own.Has("Range")); codings != "" && !s.bareFor(c) && !own.Has("Accept-Encoding") && !contains(x.remove, "Accept-Encoding") {
		x.own, x.implied = append(slices.Clip(own), Field{Name: "Accept-Encoding", Value: codings}), true
	}
	if c.Scripted {
		x.remove = append(slices.Clip(x.remove), "Sec-Fetch-User")
	}
	if s.bareFor(c) {
		x.remove = append(slices.Clip(x.remove), s.transport.defaults()[cmp.Or(c.Kind, profiles.Navigate)]...)
	}
	return checkMethod(c.Kind, x.method, own.Has(requestMethod))
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

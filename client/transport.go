package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// The defaults of the fields of [Transport] and [Options] of the same names.
const (
	DefaultConnectTimeout  = 30 * time.Second
	DefaultIdleTimeout     = 90 * time.Second
	DefaultMaxConnsPerHost = 6   // as browsers have it, with a profile only
	DefaultMaxConns        = 256 // as Chromium has it, with a profile only
	DefaultMaxIdle         = engine.DefaultMaxIdle
)

// Transport sends single requests and is a [http.RoundTripper], for use in a [http.Client] or wherever one fits; see
// [Session] for requests with an order of their own.
//
// The zero value is ready to use: a neutral Go client. The fields must not be changed after the first request. A
// Transport holds connections and should be used for as long as possible; it is safe for concurrent use.
//
// TLS sessions are resumed as the browser does it, so that a second connection to a host shows on the wire that there
// was a first one, and links the two for the server. The tickets live as long as the Transport: a new one begins as a
// browser does that was never there.
//
// The fields of a [http.Request], which have no order, take the places that the browser has for them, and the others
// stand, sorted by name, where the browser puts a script's own; [WithHeader] gives them an order. A name with an empty
// list of values is not sent at all. With a profile the browser's own fields are sent, too, unless replaced. When
// Accept-Encoding is one of them, or without profile the transport's own (as with net/http: not for HEAD, nor with
// Range), bodies are decoded as they are read, Content-Encoding and Content-Length are taken out of the header and
// Uncompressed is set. Request trailers are refused. With Close the connection takes no further request and ends
// with the response, or, over HTTP/2, with the last response that it carries.
//
// A body with GetBody counts as one in memory, as [http.NewRequest] has it: over HTTP/1.1 a small one leaves together with
// the head. "Expect: 100-continue" holds the body back for up to a second over HTTP/1.1; over HTTP/2 it is a field like
// any other. The URL is sent as it is, with its host in ASCII; a [Session] also resolves and escapes it as a browser does.
//
// Redirects that a [http.Client] follows are taken for what they are: what the browser says of where a request comes from, and
// the order of its fields, are those behind a redirect.
//
// The hooks of net/http/httptrace are called as net/http calls them. Those for name lookups and dials are called by a
// [net.Dialer]; Wait100Continue is called over HTTP/1.1 only, as only there the body waits, and so is PutIdleConn.
type Transport struct {
	// Profile is the name of the browser to be, one of [profiles.Names] or of what Resolver has; empty for a neutral Go
	// client. Over plain http a profile only knows what its browser sends to the machine itself (localhost, *.localhost,
	// 127.0.0.0/8, ::1): requests to other hosts are refused with a [*SchemeError].
	Profile string
	// Resolver finds the profile by its name: explicit ones, those of a [profiles.Store], then the embedded ones, with the
	// first request. Its errors are an ErrImpersonate. Nil: the embedded profiles alone; no store is read unless a Resolver
	// has one. Without a Profile it is an ErrInvalidRequest.
	Resolver *profiles.Resolver
	// Custom is the browser to be in place of Profile, one of the caller's own; see [profiles.Parse] and
	// [profiles.Profile.With]. It is copied with the first request. Nil: Profile says it.
	Custom *profiles.Profile
	// Override changes the browser, or without one the neutral client, which then counts as one: what cannot be honoured is
	// an ErrImpersonate with a [*profiles.OverrideError]. Nil: nothing is changed.
	Override *profiles.Override
	// HTTPVersion restricts the version of HTTP. Default: HTTPAuto.
	HTTPVersion HTTPVersion
	// RootCAs are the authorities to trust, and so are those in the PEM file CAFile and in CAPEM: any of them, and no others.
	// All nil or empty: those that Env names, else those of the system (see [EnvCA] for what Go makes of the environment
	// there). What cannot be read, a single certificate of a bundle too, is an ErrAuthorities, of [New] or of the first
	// request; with InsecureSkipVerify it is not read.
	RootCAs *x509.CertPool
	CAFile  string
	CAPEM   []byte
	// Env says what the environment has a say in. Default: nothing.
	Env EnvPolicy
	// InsecureSkipVerify accepts any certificate. Default: certificates are verified, for every kind of connection.
	InsecureSkipVerify bool
	// PinnedKeys are the public keys of which the server must have one, each "sha256//" and a hash in base64, as curl's option
	// --pinnedpubkey has it; several may stand in one text with semicolons between. [KeyPin] makes one. Looked at is the
	// certificate of the server itself, not those that vouch for it, on every connection, resumed ones and with
	// InsecureSkipVerify, too, before anything of a request is sent. Another key is an ErrPinned. Nil: any key.
	PinnedKeys []string
	// MinTLSVersion and MaxTLSVersion bound the version of TLS: tls.VersionTLS10 to tls.VersionTLS13. Without a profile 0 is
	// TLS 1.2 and TLS 1.3. With one, the browser's hello says which versions there are, and 0 leaves it as it is; a bound
	// only takes versions away, with all in the hello that only they have, so that it is no longer quite the browser's. What
	// leaves no version over is an ErrImpersonate with a [*profiles.OverrideError].
	MinTLSVersion, MaxTLSVersion uint16
	// CompatRetry dials a second time when a handshake fails with an ErrCompat, without the extensions of the hello that led
	// to it. The server then sees a connection that failed and one with a fingerprint that is not the browser's, which
	// [Info].LeftOut tells. Default: the request fails.
	CompatRetry bool
	// Certificates are the client's own: the first that fits is sent to a server that asks for one, none if none fits. A
	// server that then ends the connection is an ErrClientCertificate. They are one identity: whoever has several needs
	// a Transport for each, so that they share neither connections nor TLS sessions. Nil: none.
	Certificates []tls.Certificate
	// CertFile and KeyFile are one more, behind Certificates, from files in PEM form: the certificate with what else is in its
	// chain, and its key, which may be in CertFile if KeyFile is empty. The key must not be encrypted. What cannot be used is an
	// ErrIdentity, of [New] or of the first request. Empty: none.
	CertFile, KeyFile string
	// DialContext makes the TCP connections; nil: a zero [net.Dialer], which tries IPv6 and IPv4 in parallel (RFC 8305).
	// Its context has the values of the request that needs the connection first, but not its end: others may wait, too.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// Guard judges the addresses that requests go to whose [Redirect] is FollowSafe. Nil: all that are not for the public are
	// refused. A DialContext is told nothing of it: what it has connected to is judged before a byte is sent.
	Guard *Guard
	// ConnectTimeout bounds dial and TLS handshake together. 0: [DefaultConnectTimeout]; negative: no bound.
	ConnectTimeout time.Duration
	// IdleTimeout is after how long without a request a connection is closed. 0: [DefaultIdleTimeout]; negative: never.
	IdleTimeout time.Duration
	// MaxConnsPerHost bounds the connections to one origin; requests wait for one. 0: [DefaultMaxConnsPerHost] with a
	// profile, no bound without; negative: no bound.
	MaxConnsPerHost int
	// MaxConns bounds the connections to all origins together; at the bound one that is idle is closed for a new one, and
	// with none idle requests wait in order. 0: [DefaultMaxConns] with a profile, no bound without; negative: no bound.
	MaxConns int
	// MaxIdlePerHost bounds the idle HTTP/1.1 connections to one origin. 0: no bound.
	MaxIdlePerHost int
	// MaxIdle bounds the idle connections to all origins together; beyond it the one that has been idle longest is
	// closed. 0: [DefaultMaxIdle]; negative: no bound.
	MaxIdle int
	// KeyLog receives the TLS secrets in NSS key log format, for a packet analyser. They undo the encryption.
	KeyLog io.Writer
	// Rand is the source of what varies between connections and of key material. It must be safe for concurrent use.
	// Nil: crypto/rand.
	Rand io.Reader
	// Time is the clock for certificates; nil: [time.Now].
	Time func() time.Time

	once    sync.Once
	engine  *engine.Engine
	profile *profiles.Profile
	lowest  uint16 // version of TLS that a bounded profile has
	shapes  map[profiles.Kind][]plan.Shape
	err     error

	bareOnce sync.Once
	bare     map[profiles.Kind][]string // of defaults
}

// RoundTrip implements [http.RoundTripper]. The connection is free again when the body of the response was read to its
// end; it must be closed in any case. All errors, also those of the body, are of type *[Error].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.roundTrip(r)
	if err != nil {
		return nil, newError(r.Method, r.URL, err)
	}
	return res, nil
}

func (t *Transport) roundTrip(r *http.Request) (*http.Response, error) {
	sent := r
	p, err := plan.From(r.Context()), t.init()
	if err == nil && p == nil {
		if p, err = t.plan(r); err == nil {
			sent, err = withPlan(r, p)
		}
	}
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	if p.Initiator != nil {
		sent = tell(sent, p)
	}
	x, err := t.engine.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	return httpResponse(r, x, !p.Raw), nil
}

// CloseIdleConnections closes the connections that carry no request now.
func (t *Transport) CloseIdleConnections() {
	if t.init() == nil {
		t.engine.CloseIdleConnections()
	}
}

// Close closes all connections, ends running requests and makes later ones fail, with ErrClosed. It may be called more
// than once and always returns nil.
func (t *Transport) Close() error {
	if t.init() != nil {
		return nil // there is nothing to close, and requests report it
	}
	t.engine.Close()
	return nil
}

type headerKey struct{}

// WithHeader returns a context for a request to a [Transport] whose fields h come in that order and spelling, in front of
// those of the request's own header; of the latter those that h has, too, are left out. Sessions take theirs from [Call].
func WithHeader(ctx context.Context, h Header) context.Context {
	return context.WithValue(ctx, headerKey{}, h)
}

type kindKey struct{}

// WithKind returns a context for a request of that kind to a [Transport]; without it, it is a navigation. It comes from
// where a [Call] without Referrer comes from. Sessions take their kind from [Call].
func WithKind(ctx context.Context, kind profiles.Kind) context.Context {
	return context.WithValue(ctx, kindKey{}, kind)
}

// plan makes the plan of a request that has none.
func (t *Transport) plan(r *http.Request) (*plan.Plan, error) {
	if r.URL == nil {
		return nil, invalid(ErrInvalidURL, "no URL")
	}
	if err := checkURL(r.URL); err != nil {
		return nil, err
	}
	ctx := r.Context()
	own, _ := ctx.Value(headerKey{}).(Header)
	if r.URL.User != nil && r.Header.Get("Authorization") == "" && !own.Has("Authorization") {
		return nil, errCredentials()
	}
	if r.Method != "" && !isToken(r.Method) {
		return nil, invalid(ErrInvalidRequest, "method %.40q is not a token", r.Method)
	}
	if len(r.Trailer) > 0 {
		return nil, invalid(ErrInvalidHeader, "request trailers are not supported")
	}
	kind, _ := ctx.Value(kindKey{}).(profiles.Kind)
	p, err := t.basePlan(kind, t.HTTPVersion, r.URL)
	if err != nil {
		return nil, err
	}
	p.Initiator, p.Via = t.initiator(&Call{Kind: kind}, nil), via(r)
	if err = checkMethod(kind, r.Method, own.Has(requestMethod) || r.Header.Get(requestMethod) != ""); err != nil {
		return nil, err
	}
	if p.Own, err = cleanHeader(own); err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		if len(values) == 0 {
			p.Remove = append(p.Remove, name)
		}
		for _, v := range values {
			if err := checkField(name, v); err != nil && name != "Trailer" {
				return nil, err
			}
		}
	}
	if t.profile != nil && refersBack(r) {
		p.Remove = append(p.Remove, "Referer")
	}
	_, asked := r.Header["Accept-Encoding"]
	asked = asked || own.Has("Accept-Encoding")
	if codings := t.codings(r.Method, r.Header.Get("Range") != "" || own.Has("Range")); codings != "" && !asked {
		p.Own = append(slices.Clip(p.Own), Field{Name: "Accept-Encoding", Value: codings})
	}
	p.Raw = asked
	if r.Close && !own.Has("Connection") {
		p.Own = append(slices.Clip(p.Own), Field{Name: "Connection", Value: "close"})
	}
	return p, nil
}

// via returns what redirects have led a request of a [http.Client] through, which tells so by [http.Request.Response].
func via(r *http.Request) (hops []plan.Hop) {
	for res := r.Response; res != nil && res.Request != nil && len(hops) < maxVia; res = res.Request.Response {
		hops = append(hops, plan.Hop{Method: res.Request.Method, URL: res.Request.URL})
	}
	slices.Reverse(hops)
	return hops
}

// refersBack tells whether a request has a Referer only because a [http.Client] refers to what redirected it. Browsers go on to
// refer to the page that the first request came from, or to none.
func refersBack(r *http.Request) bool {
	if r.Response == nil || r.Response.Request == nil {
		return false
	}
	first := r.Response.Request
	for first.Response != nil && first.Response.Request != nil {
		first = first.Response.Request
	}
	return first.Header.Get("Referer") == ""
}

// maxVia bounds how far back redirects are followed.
const maxVia = 100

// acceptEncoding is what a neutral client accepts.
const acceptEncoding = "gzip, deflate, br, zstd"

// codings returns the Accept-Encoding of a request whose caller gives none, "" where that is left to the profile, or to the server.
// Without a profile it is what the client can undo, which a range of an encoding would not be; browsers ask for a range as it is
// (Fetch §4.6; TestRangeOfBrowsers).
func (t *Transport) codings(method string, ranged bool) string {
	switch {
	case t.profile != nil && ranged:
		return "identity"
	case t.profile != nil || ranged || method == http.MethodHead:
		return ""
	}
	return acceptEncoding
}

// maxWhole is up to which size bodies are said to be in memory. Larger ones are never sent together with the head.
const maxWhole = 16 << 10

// withPlan returns the request with its plan, and with an ASCII host.
func withPlan(r *http.Request, p *plan.Plan) (*http.Request, error) {
	host, err := asciiHost(r.URL)
	if err != nil {
		return nil, err
	}
	sent := r.WithContext(plan.With(r.Context(), p))
	if r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		src := &source{r: r.Body, left: r.ContentLength}
		if src.left == 0 {
			src.left = -1
		}
		sent.Body = src
	} else if certain := isWrappedMemory(r.Body); r.Body != nil && r.ContentLength > 0 && (certain || r.ContentLength <= maxWhole) {
		// With GetBody the body is in memory, where nothing can fail.
		n := int(r.ContentLength)
		sent.Body = &whole{r.Body, n, certain}
		sent.GetBody = func() (io.ReadCloser, error) {
			rc, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			return &whole{rc, n, isWrappedMemory(rc)}, nil
		}
	}
	if slices.Contains(r.TransferEncoding, "chunked") {
		sent.ContentLength = -1
	}
	if host != r.URL.Host {
		u := *r.URL
		if sent.Host == u.Host {
			sent.Host = host
		}
		u.Host, sent.URL = host, &u
	}
	return sent, nil
}

// cleanHeader checks h and returns it with blanks around values taken off, without writing to it.
func cleanHeader(h Header) (Header, error) {
	copied := false
	for i := range h {
		if err := checkField(h[i].Name, h[i].Value); err != nil {
			return nil, err
		}
		if v := trim(h[i].Value); v != h[i].Value {
			if !copied {
				h, copied = h.Clone(), true
			}
			h[i].Value = v
		}
	}
	return h, nil
}

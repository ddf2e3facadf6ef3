// Package engine makes one attempt of one request: it finds or dials a connection, writes the request in the order that
// its plan ([plan.Plan], in the request's context) asks for, and hands up the response. An attempt is repeated only when
// nothing can have come of the first one.
//
// An [Engine] has one identity, its profile and its TLS settings, so that nothing in its pool can be shared with another.
//
// Connections are not coalesced over origins: no capture shows when a browser does it, and one name's requests on another's
// connection would show the server a link between the two.
package engine

import (
	"container/list"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/tlsdial"
	"github.com/wirelike/wirelike/profiles"
)

// Config is what all connections of an [Engine] have in common. It must not be changed afterwards.
type Config struct {
	// Profile is the browser to be; nil for a neutral Go client.
	Profile *profiles.Profile
	// RootCAs, InsecureSkipVerify, VerifyPeer, MinVersion, MaxVersion, Certificates, KeyLog, Rand and Time are those of
	// [tlsdial.Config].
	RootCAs                *x509.CertPool
	InsecureSkipVerify     bool
	VerifyPeer             func([]*x509.Certificate) error
	MinVersion, MaxVersion uint16
	Certificates           []tls.Certificate
	KeyLog                 io.Writer
	Rand                   io.Reader
	Time                   func() time.Time
	// CompatRetry lets the engine dial once more when a handshake fails where the TLS stack is known to fall short of the
	// browser (a [tlsdial.LimitError]), with a hello that lacks the extensions which led to it. That is no longer the
	// browser's hello; see [Conn].LeftOut.
	CompatRetry bool
	// DialContext makes a TCP connection; nil for a [net.Dialer].
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// Guard judges the addresses that requests with [plan.Plan].Guarded go to: an error refuses it, before anything is sent
	// there. An invalid address is one that is no IP address. Nil: all are refused.
	Guard func(netip.Addr) error
	// ConnectTimeout bounds dial and handshake together, 0 for no bound.
	ConnectTimeout time.Duration
	// IdleTimeout is after how long without a request a connection is closed, 0 for never.
	IdleTimeout time.Duration
	// MaxConnsPerHost bounds the connections to one origin that are open or being opened, 0 for no bound.
	MaxConnsPerHost int
	// MaxConns bounds the connections to all origins together that are open or being opened, 0 for no bound. At the
	// bound, a dial first closes the connection that has been idle longest; with none idle, requests wait in the order in
	// which they came, whatever their origins. Meanwhile as many HTTP/2 connections as other origins wait take no new
	// requests: these wait, too.
	MaxConns int
	// MaxIdlePerHost bounds the idle HTTP/1.1 connections to one origin, 0 for no bound.
	MaxIdlePerHost int
	// MaxIdle bounds the idle connections to all origins together: beyond it, the one that has been idle longest is
	// closed. 0: [DefaultMaxIdle]; negative: no bound.
	MaxIdle int
	// AfterFunc starts a timer; nil for [time.AfterFunc].
	AfterFunc func(time.Duration, func()) Timer
}

// DefaultMaxIdle is the Config's MaxIdle: 256 sockets are what Chromium's pool has.
const DefaultMaxIdle = 256

// Timer is a [*time.Timer] that runs a function.
type Timer = h2.Timer

// Engine is a pool of connections and the way through it. It is safe for concurrent use.
type Engine struct {
	cfg      Config
	tls      tlsdial.Config // HTTP/2 and HTTP/1.1
	tlsHTTP1 tlsdial.Config // HTTP/1.1 only, as the browser does it for a WebSocket
	sessions tlsdial.Caches // by address: all else that makes a scope is that of the engine

	mu     sync.Mutex
	closed bool
	hosts  map[key]*host
	idle   list.List // of *Conn: all that carry no request, the one idle longest in front
	serial uint64    // of the connection added last
	dials  sync.WaitGroup

	total    int     // connections open or being opened: those counted by MaxConns
	short    []*host // those with waiters that need dials, each once
	arrivals uint64  // waiters so far
	yielding []*Conn // those of HTTP/2 that come to rest for other origins
}

// New returns an engine without connections.
func New(cfg *Config) *Engine {
	e := &Engine{cfg: *cfg, hosts: map[key]*host{}}
	if e.cfg.MaxIdle == 0 {
		e.cfg.MaxIdle = DefaultMaxIdle
	}
	if e.cfg.AfterFunc == nil {
		e.cfg.AfterFunc = func(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
	}
	e.tls = tlsdial.Config{
		RootCAs: cfg.RootCAs, InsecureSkipVerify: cfg.InsecureSkipVerify, VerifyPeer: cfg.VerifyPeer,
		MinVersion: cfg.MinVersion, MaxVersion: cfg.MaxVersion,
		Certificates: cfg.Certificates, KeyLog: cfg.KeyLog, Rand: cfg.Rand, Time: cfg.Time,
	}
	if p := cfg.Profile; p != nil {
		e.tls.Hello, e.tls.Vary, e.tls.TLS = p.First.TLS, &p.Vary, p.TLS
		e.tls.Resumed, e.tls.Resumed12 = p.Hello(profiles.Resumed), p.Hello(profiles.Resumed12)
	} else {
		e.tls.ALPN = []string{string(plan.HTTP2), string(plan.HTTP1)}
	}
	e.tlsHTTP1 = e.tls
	if p := cfg.Profile; p != nil && p.Delta[profiles.ForWebSocket] != nil {
		e.tlsHTTP1.Hello = p.Hello(profiles.ForWebSocket)
		e.tlsHTTP1.Resumed = p.Hello(profiles.Resumed, profiles.ForWebSocket)
		e.tlsHTTP1.Resumed12 = p.Hello(profiles.Resumed12, profiles.ForWebSocket)
	} else {
		e.tlsHTTP1.ALPN = []string{string(plan.HTTP1)} // nobody has seen the browser do it
	}
	return e
}

// Response is a response with the facts of its attempt.
type Response struct {
	plan.Response
	// Sent has the request's fields as they were given to the connection.
	Sent []fingerprint.Field
	// Conn is the connection.
	Conn *Conn
	// Fresh says whether the connection was made for this request.
	Fresh bool
	// Tries counts how often the request was sent, from 1.
	Tries int
	// Started is when the engine got the request.
	Started time.Time

	stream stream
}

// RoundTrip sends a request, whose URL must be absolute with an ASCII host, and returns the response when its head has
// arrived. The plan in the request's context says how; without one the request is neutral. The fields of r.Header go
// where the plan has a place for them and give way to its own; Host, Content-Length, Transfer-Encoding and Trailer in
// r.Header are passed over, as [http.Request] has them elsewhere.
//
// The engine closes r.Body, always, though perhaps only after RoundTrip has returned. The caller must close the body of
// the response. The request itself is not changed.
func (e *Engine) RoundTrip(r *http.Request) (*Response, error) {
	a := attempt{e: e, r: r, plan: plan.From(r.Context()), started: time.Now()}
	if err := a.prepare(); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	for {
		res, err := a.try()
		if err == nil {
			return res, nil
		}
		if err = a.again(err); err != nil {
			a.discard()
			return nil, err
		}
	}
}

// CloseIdleConnections closes the connections that carry no request now.
func (e *Engine) CloseIdleConnections() {
	var idle []*Conn
	e.mu.Lock()
	for _, h := range e.hosts {
		idle = append(idle, h.takeIdle()...)
	}
	e.mu.Unlock()
	closeAll(idle)
}

// Close closes all connections and makes requests, running and future, fail with [ErrClosed]. It returns when no dial is
// left. What becomes of closing the connections is of no consequence. Close may be called more than once.
func (e *Engine) Close() {
	var all []*Conn
	e.mu.Lock()
	e.closed = true
	for _, h := range e.hosts {
		all = append(all, h.conns...)
		h.failWaiters(ErrClosed)
		h.abandonDials()
	}
	e.mu.Unlock()
	closeAll(all)
	e.dials.Wait()
}

// closeAll closes connections side by side: a peer that does not read makes each wait a moment for its last words.
func closeAll(conns []*Conn) {
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(c.close)
	}
	wg.Wait()
}

package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"slices"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/h1"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/tlsdial"
)

// dial is a connection being made. It does not belong to the request that started it: others may wait for it, too, and
// go on to when that one is cancelled.
type dial struct {
	cancel context.CancelFunc
}

// dial starts a dial with the values of ctx, of which the caller's httptrace hooks are of use. It takes the place of the
// connection old, which it closes first; nil for none.
func (h *host) dial(ctx context.Context, old *Conn) {
	// The plan stays behind, so that a DialContext may use its context for requests of its own.
	ctx, cancel := context.WithCancel(plan.With(context.WithoutCancel(ctx), nil))
	d := &dial{cancel: cancel}
	h.dialing = append(h.dialing, d)
	h.e.dials.Go(func() {
		if old != nil {
			old.close()
			<-old.ended
		}
		c, err := h.e.connect(ctx, h.key, h)
		cancel()
		h.e.dialed(h, d, c, err)
	})
}

// abandonDials cancels all dials; nobody waits for them any more.
func (h *host) abandonDials() {
	for _, d := range h.dialing {
		d.cancel()
	}
	h.dialing = nil
}

// maxStillborn is how many connections in a row the server may close before they carry a request, until a request fails
// for it.
const maxStillborn = 2

var errStillborn = errors.New("the server closes the connection at once")

// dialed takes the result of a dial in.
func (e *Engine) dialed(h *host, d *dial, c *Conn, err error) {
	e.mu.Lock()
	if c == nil {
		e.total--
	}
	i := slices.Index(h.dialing, d)
	if i >= 0 {
		h.dialing = slices.Delete(h.dialing, i, i+1)
	}
	var surplus *Conn
	switch {
	case c != nil && c.dead && i >= 0: // closed by the server already
		if h.stillborn++; h.stillborn < maxStillborn {
			h.dialMore()
			h.drop()
		} else {
			h.stillborn = 0
			h.failed(&Error{Op: OpConnect, Addr: h.key.addr, Err: errStillborn})
		}
	case c != nil && c.dead: // and nobody waits for it
	case c != nil && (i < 0 || e.closed): // nobody wants it
		surplus = c
	case c != nil:
		surplus = h.add(c)
	case i >= 0:
		h.failed(err)
	default: // abandoned: its place is free
		e.serve()
	}
	e.mu.Unlock()
	if surplus != nil {
		surplus.close()
	}
}

// failed tells those who wait for the dial: one request over HTTP/1.1, all while a single dial was to serve all.
func (h *host) failed(err error) {
	n := len(h.waiters)
	if h.http1 {
		n = min(n, 1)
	}
	for _, w := range h.waiters[:n] {
		w.ready <- ready{err: err}
	}
	h.waiters = slices.Delete(h.waiters, 0, n)
	h.dialMore()
	h.drop()
}

// connect makes a connection.
func (e *Engine) connect(ctx context.Context, k key, h *host) (*Conn, error) {
	if e.cfg.ConnectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.cfg.ConnectTimeout)
		defer cancel()
	}
	c, err := e.reach(ctx, k, h)
	if err != nil {
		return nil, err
	}
	if c.Proto == plan.HTTP2 {
		c.h2, err = h2.New(c.net, e.http2Config(c))
		if err != nil {
			c.net.Close()
			return nil, &Error{Op: OpConnect, Addr: k.addr, Err: err}
		}
		return c, nil
	}
	c.h1 = h1.New(c.net, h1.Options{OnIdle: func(*h1.Conn) { c.done() }, OnClose: func(*h1.Conn) { c.gone() }})
	return c, nil
}

// offer is what a handshake offers beyond the key.
type offer struct {
	http1   bool             // it has the hello with which the browser keeps the server from choosing h2
	without []fingerprint.ID // extensions that are left out
}

// open dials and, for https, does the TLS handshake.
func (e *Engine) open(ctx context.Context, k key, h *host, o offer) (*Conn, error) {
	start := time.Now()
	nc, err := e.dialTCP(ctx, k)
	if err != nil {
		return nil, &Error{Op: OpConnect, Addr: k.addr, Err: err}
	}
	c := &Conn{
		Proto: plan.HTTP1, Local: addrPort(nc.LocalAddr()), Remote: addrPort(nc.RemoteAddr()),
		Connect: time.Since(start), host: h, net: nc, LeftOut: o.without,
	}
	if k.scheme == "https" {
		if err := e.handshake(ctx, k, c, o); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// handshake does the TLS handshake and settles the protocol.
func (e *Engine) handshake(ctx context.Context, k key, c *Conn, o offer) error {
	cfg := e.tls
	if o.http1 {
		cfg = e.tlsHTTP1
	}
	cfg.Without = o.without
	cfg.Sessions = e.sessions.Cache(k.addr)
	name, _, err := net.SplitHostPort(k.addr)
	if err != nil {
		return &Error{Op: OpTLS, Addr: k.addr, Err: err}
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.TLSHandshakeStart != nil {
		trace.TLSHandshakeStart()
	}
	start := time.Now()
	t, err := tlsdial.Client(ctx, c.net, name, &cfg)
	if err == nil {
		c.Handshake, c.net, c.TLS = time.Since(start), t, state(t.State(), name)
	}
	if trace != nil && trace.TLSHandshakeDone != nil {
		var s tls.ConnectionState
		if c.TLS != nil {
			s = *c.TLS
		}
		trace.TLSHandshakeDone(s, err)
	}
	if err != nil {
		return &Error{Op: OpTLS, Addr: k.addr, Err: err}
	}
	switch got := c.TLS.NegotiatedProtocol; {
	case got == string(plan.HTTP2):
		c.Proto = plan.HTTP2
	case got != "" && got != string(plan.HTTP1), k.proto == plan.HTTP2:
		t.Close()
		return &Error{Op: OpTLS, Addr: k.addr, Err: &NegotiationError{Want: k.proto, Got: got}}
	}
	return nil
}

func state(s tlsdial.State, name string) *tls.ConnectionState {
	return &tls.ConnectionState{
		Version: s.Version, HandshakeComplete: true, DidResume: s.Resumed, CipherSuite: s.CipherSuite,
		NegotiatedProtocol: s.ALPN, ServerName: name,
		PeerCertificates: s.PeerCertificates, VerifiedChains: s.VerifiedChains,
	}
}

// http2Config returns how the profile opens an HTTP/2 connection.
func (e *Engine) http2Config(c *Conn) *h2.Config {
	cfg := &h2.Config{OnClose: func(*h2.Conn) { c.gone() }, AfterFunc: e.cfg.AfterFunc}
	if p := e.cfg.Profile; p != nil {
		first := &p.First.HTTP2.Requests[0]
		cfg.Opening, cfg.FirstStream, cfg.After = p.First.HTTP2.Opening, first.Stream, first.After
		cfg.HTTP2 = p.HTTP2
	}
	return cfg
}

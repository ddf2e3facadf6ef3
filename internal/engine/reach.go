package engine

import (
	"context"
	"errors"

	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/tlsdial"
)

// reach dials as often as it takes to get a connection for the key, as far as the reasons are known.
func (e *Engine) reach(ctx context.Context, k key, h *host) (*Conn, error) {
	o := offer{http1: k.proto == plan.HTTP1}
	if !k.socket || k.scheme != "https" || !e.asPage(k.addr) {
		return e.persist(ctx, k, h, o)
	}
	o.http1 = false
	c, err := e.persist(ctx, k, h, o)
	if err != nil || c.Proto == plan.HTTP1 {
		return c, err
	}
	e.adopt(c)
	o.http1 = true
	return e.persist(ctx, k, h, o)
}

// persist dials, and dials once more where the TLS stack cannot do at once what browsers can: without the ticket, and with
// [Config.CompatRetry] without the extensions that led to it.
func (e *Engine) persist(ctx context.Context, k key, h *host, o offer) (*Conn, error) {
	c, err := e.open(ctx, k, h, o)
	if errors.Is(err, tlsdial.ErrTicketDropped) {
		c, err = e.open(ctx, k, h, o) // there is no ticket any more
	}
	var limit *tlsdial.LimitError
	if e.cfg.CompatRetry && errors.As(err, &limit) && len(limit.Extensions) > 0 {
		o.without = limit.Extensions
		c, err = e.open(ctx, k, h, o)
	}
	return c, err
}

// asPage tells whether a WebSocket's connection to addr has the hello of a page: see [profiles.TLS].WebSocketPage.
func (e *Engine) asPage(addr string) bool {
	if p := e.cfg.Profile; p == nil || !p.TLS.WebSocketPage {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, proto := range []plan.Proto{plan.Any, plan.HTTP2} {
		h := e.hosts[key{scheme: "https", addr: addr, proto: proto}]
		if h == nil {
			continue
		}
		for _, c := range h.conns {
			if c.h2 != nil {
				return false
			}
		}
	}
	return true
}

// adopt opens HTTP/2 on a connection that was meant for a WebSocket, as Firefox does, and leaves it to the other requests
// for its origin. It is closed if [Config.MaxConns] has no place for it.
func (e *Engine) adopt(c *Conn) {
	k := key{scheme: "https", addr: c.host.key.addr}
	e.mu.Lock()
	if limit := e.cfg.MaxConns; e.closed || limit > 0 && e.total >= limit {
		e.mu.Unlock()
		c.net.Close()
		return
	}
	h := e.hosts[k]
	if h == nil {
		h = &host{e: e, key: k}
		e.hosts[k] = h
	}
	e.total++
	c.host = h
	d := &dial{cancel: func() {}}
	h.dialing = append(h.dialing, d)
	e.mu.Unlock()
	var err error
	if c.h2, err = h2.New(c.net, e.http2Config(c)); err != nil {
		e.dialed(h, d, nil, &Error{Op: OpConnect, Addr: k.addr, Err: err})
		return
	}
	e.dialed(h, d, c, nil)
}

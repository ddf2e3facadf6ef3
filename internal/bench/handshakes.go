package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/tlsdial"
	"github.com/wirelike/wirelike/profiles"
)

// handshakes is the work of cold TLS handshakes over TCP connections that are there: making these is not measured, nor
// is closing them.
type handshakes struct {
	*task
	shake func(context.Context, net.Conn) (agreed, error)
	conns []net.Conn
	used  int // of conns
	first agreed
}

func newHandshakes(t *task, pool *x509.CertPool) (*handshakes, error) {
	h := &handshakes{task: t}
	var p *profiles.Profile
	if t.scenario.Profile != neutral {
		var err error
		if p, err = profiles.Lookup(t.scenario.Profile); err != nil {
			return nil, err
		}
	}
	if t.Side == ours {
		h.wirelike(p, pool)
	} else {
		h.cryptoTLS(p, pool)
	}
	return h, nil
}

// cryptoTLS offers the groups and protocols that the profile offers, as far as crypto/tls has them.
func (h *handshakes) cryptoTLS(p *profiles.Profile, pool *x509.CertPool) {
	cfg := &tls.Config{
		ServerName: "localhost", RootCAs: pool, NextProtos: neutralALPN, CurvePreferences: neutralGroups,
	}
	if p != nil {
		cfg.CurvePreferences, cfg.NextProtos = nil, nil
		for _, e := range p.First.TLS.Extensions {
			switch e.Type {
			case fingerprint.ExtALPN:
				cfg.NextProtos = e.Protocols
			case fingerprint.ExtSupportedGroups:
				for _, g := range e.List {
					if slices.Contains(neutralGroups, tls.CurveID(g)) {
						cfg.CurvePreferences = append(cfg.CurvePreferences, tls.CurveID(g))
					}
				}
			}
		}
	}
	h.shake = func(ctx context.Context, c net.Conn) (agreed, error) {
		t := tls.Client(c, cfg)
		if err := t.HandshakeContext(ctx); err != nil {
			return agreed{}, err
		}
		if err := settle(t); err != nil {
			return agreed{}, err
		}
		s := t.ConnectionState()
		return agreed{s.Version, s.CipherSuite, s.NegotiatedProtocol, len(s.VerifiedChains) > 0}, nil
	}
}

// What the neutral client offers.
var (
	neutralALPN   = []string{"h2", "http/1.1"}
	neutralGroups = []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
)

func (h *handshakes) wirelike(p *profiles.Profile, pool *x509.CertPool) {
	cfg := &tlsdial.Config{RootCAs: pool, ALPN: neutralALPN}
	if p != nil {
		cfg.Hello, cfg.Vary, cfg.ALPN = p.First.TLS, &p.Vary, nil
	}
	h.shake = func(ctx context.Context, c net.Conn) (agreed, error) {
		t, err := tlsdial.Client(ctx, c, "localhost", cfg)
		if err != nil {
			return agreed{}, err
		}
		if err := settle(t); err != nil {
			return agreed{}, err
		}
		s := t.State()
		return agreed{s.Version, s.CipherSuite, s.ALPN, len(s.VerifiedChains) > 0}, nil
	}
}

// settle reads the beginning of the server's SETTINGS. Then the server has accepted the handshake and has nothing more to
// do for it: otherwise its work would go on while the next hello is made, and, on processors that share their units, slow
// down the side that takes longer for that.
func settle(c net.Conn) error {
	var b [1]byte
	_, err := c.Read(b[:])
	return err
}

// agreed is what a handshake led to, as the client sees it. The server tells about groups.
type agreed struct {
	version, suite uint16
	alpn           string
	verified       bool
}

func (a agreed) String() string {
	return fmt.Sprintf("%s, %s, %s, verified %t", tls.VersionName(a.version), tls.CipherSuiteName(a.suite), a.alpn, a.verified)
}

const warmUpHandshakes = 20

func (h *handshakes) prepare(ctx context.Context) (string, error) {
	if err := h.dial(ctx, warmUpHandshakes); err != nil {
		return "", err
	}
	for _, c := range h.conns {
		var err error
		if h.first, err = h.shake(ctx, c); err != nil {
			return "", err
		}
	}
	return h.first.String(), errors.Join(h.hangUp(), h.dial(ctx, h.Requests))
}

func (h *handshakes) dial(ctx context.Context, n int) error {
	for range n {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("localhost", h.Port))
		if err != nil {
			return err
		}
		h.conns = append(h.conns, c)
	}
	return nil
}

// hangUp closes all connections.
func (h *handshakes) hangUp() error {
	var errs []error
	for _, c := range h.conns {
		errs = append(errs, c.Close())
	}
	h.conns, h.used = nil, 0
	return errors.Join(errs...)
}

func (h *handshakes) run(ctx context.Context, n int) error {
	if n > len(h.conns)-h.used {
		return fmt.Errorf("%d handshakes with %d connections", n, len(h.conns)-h.used)
	}
	for _, c := range h.conns[h.used : h.used+n] {
		// The TLS connection is dropped, so that a collection of garbage sees only the one at work.
		got, err := h.shake(ctx, c)
		if err != nil {
			return err
		}
		if got != h.first {
			return fmt.Errorf("a handshake with %s after one with %s", got, h.first)
		}
	}
	h.used += n
	return nil
}

func (h *handshakes) finish() error { return h.hangUp() }

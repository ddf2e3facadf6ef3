// Package tlsdial makes the client side of a TLS connection leave the ClientHello of a chosen browser: it turns the
// model of a hello ([fingerprint.ClientHello]) into bytes with fresh random values for every connection and carries the
// handshake through. It also offers a neutral hello, that of the Go standard library.
//
// The handshake itself is that of utls, which nothing outside this package sees: errors, alerts and certificates are
// those of crypto/tls and crypto/x509. Certificates are verified unless [Config] says otherwise.
package tlsdial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// Config says how to shake hands. It is only read and may be shared by any number of connections, one after the other
// or at the same time.
type Config struct {
	// Hello is the hello of a first visit; nil is the neutral Go client. GREASE values (any of them) are slots that are
	// filled anew for every connection, and the server name must be "*", the host of the connection. There is no session
	// to resume, so pre_shared_key, early_data and a ticket are refused.
	Hello *fingerprint.ClientHello
	// Resumed and Resumed12 are the hellos with which a session of TLS 1.3 and TLS 1.2 is resumed: with pre_shared_key at
	// the end, with a ticket in session_ticket. The ticket at hand takes the place of that in the model, so the lengths
	// there do not matter. Nil: the browser does not resume such sessions. The neutral client resumes both without.
	Resumed, Resumed12 *fingerprint.ClientHello
	// TLS is what the hellos do not show of the browser; the neutral client has no use for it.
	TLS profiles.TLS
	// Sessions has the tickets of the scope that the connection belongs to, and gets the new ones, in TLS 1.3 as the
	// connection is read. Nil: no session is resumed.
	Sessions *SessionCache
	// Vary says what differs between two connections: the order of the extensions (Permute), and HPKE suite and payload
	// length of the ECH extension (OneOf for tls.extensions.encrypted_client_hello.kdf, .aead and .payload_length, each
	// value equally likely). Every other leaf is sent as Hello has it. Nil: always the same.
	Vary *fingerprint.Vary
	// Without names extensions that are left out of the hello, which is then no longer the browser's: those of a
	// [LimitError], to get on with a server that met one. Nil: none.
	Without []fingerprint.ID
	// ALPN replaces the protocols that Hello offers; ALPS then keeps what is still offered, and both extensions vanish
	// when nothing is left. Nil: the list of Hello, none for the neutral client.
	ALPN []string
	// RootCAs are the authorities to trust; nil: those of the system.
	RootCAs *x509.CertPool
	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool
	// VerifyPeer, if it is set, has the last word on a server that is otherwise accepted: it gets what the server has sent, its
	// own certificate first, or in a resumed session had sent, with InsecureSkipVerify too. An error ends the handshake and is
	// in the chain of the [HandshakeError].
	VerifyPeer func([]*x509.Certificate) error
	// MinVersion and MaxVersion bound the version of TLS. 0: TLS 1.2 and TLS 1.3 for the neutral client, what Hello says for
	// others; that must list no version in supported_versions that is out of bounds.
	MinVersion, MaxVersion uint16
	// Certificates are the client's own: the first that fits the request of a server that wants one is sent, none if
	// none fits.
	Certificates []tls.Certificate
	// KeyLog receives the secrets of the connection in NSS key log format; one writer may serve many connections.
	KeyLog io.Writer
	// Rand is the source of everything random in the hello and of the keys of its shares. Keys that are made later,
	// after a HelloRetryRequest or in TLS 1.2, come from the system. It must be safe for concurrent use when the Config
	// is used so. Nil: [crypto/rand.Reader].
	Rand io.Reader
	// Time is the clock for the lifetimes of certificates and tickets; nil: [time.Now].
	Time func() time.Time
}

// Client shakes hands as cfg says (nil: as the zero Config) over conn with host, a DNS name in its ASCII form or an IP
// address without port. The name goes out as server_name, without a final dot; an address does not (RFC 6066 §3).
// Certificates are verified for either.
//
// Client returns when the handshake is complete, has failed or ctx is done, which closes conn at once. After that ctx
// has no effect. On an error, always a [*HandshakeError], conn is closed; without one it belongs to the Conn.
func Client(ctx context.Context, conn net.Conn, host string, cfg *Config) (*Conn, error) {
	c, op, err := client(ctx, conn, host, cfg)
	if err != nil {
		conn.Close()
		return nil, &HandshakeError{Host: host, Op: op, Err: err}
	}
	return c, nil
}

func client(ctx context.Context, conn net.Conn, host string, cfg *Config) (c *Conn, op string, err error) {
	op = OpPrepare
	var t *ticket
	defer func() {
		// The session bookkeeping of utls asserts by panicking, and it parses what a foreign server sends.
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in the TLS stack: %v", r)
			if t != nil {
				cfg.Sessions.forget(t)
			}
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, op, err
	}
	if cfg == nil {
		cfg = &Config{}
	}
	name, err := serverName(host, cfg.InsecureSkipVerify)
	if err != nil {
		return nil, op, err
	}
	t = cfg.ticket()
	for {
		w, err := cfg.wire(conn, name, t)
		if err != nil {
			return nil, OpPrepare, err
		}
		op = OpHandshake
		err = w.u.HandshakeContext(ctx)
		switch {
		case err == nil:
			return newConn(w), op, nil
		case w.unused && ctx.Err() == nil:
			cfg.Sessions.forget(t)
			t = nil
			continue
		case w.retry:
			cfg.Sessions.refuse13()
		}
		err = w.explain(err, cfg.Hello)
		w.drop()
		return nil, op, err
	}
}

// wire makes the connection that will send the hello that the situation asks for. Nothing is written yet.
func (cfg *Config) wire(conn net.Conn, name string, t *ticket) (*wire, error) {
	w := &wire{Conn: conn, status: buildStatus}
	w.config = cfg.utls(name, w)
	if cfg.Sessions != nil {
		w.session = &session{cache: cfg.Sessions, offered: t, once12: cfg.TLS.Ticket12Once}
		w.config.ClientSessionCache = w.session
	}
	if cfg.Hello == nil {
		w.u = neutral(w, cfg.ALPN)
	} else if err := w.prepare(cfg, t); err != nil {
		return nil, err
	}
	if w.session != nil {
		w.session.u = w.u
	}
	return w, nil
}

// ticket takes a ticket out of the cache that the profile can use; nil for none.
func (cfg *Config) ticket() *ticket {
	if cfg.Sessions == nil {
		return nil
	}
	now := time.Now
	if cfg.Time != nil {
		now = cfg.Time
	}
	neutral := cfg.Hello == nil
	return cfg.Sessions.take(now(), neutral || cfg.Resumed != nil, neutral || cfg.Resumed12 != nil, cfg.TLS.Ticket12Once)
}

// utls returns the part of the utls configuration that every connection has, fresh each time because utls writes to it.
func (cfg *Config) utls(name string, w *wire) *utls.Config {
	c := &utls.Config{
		ServerName:           name,
		RootCAs:              cfg.RootCAs,
		InsecureSkipVerify:   cfg.InsecureSkipVerify,
		GetClientCertificate: w.certificate(cfg.Certificates),
		KeyLogWriter:         cfg.KeyLog,
		Rand:                 cfg.Rand,
		Time:                 cfg.Time,
		MinVersion:           cfg.MinVersion,
		MaxVersion:           cfg.MaxVersion,
	}
	if verify := cfg.VerifyPeer; verify != nil {
		c.VerifyConnection = func(s utls.ConnectionState) error { return verify(s.PeerCertificates) }
	}
	return c
}

// prepare makes a connection with a hello like that of the model for the ticket, which may be nil.
func (w *wire) prepare(cfg *Config, t *ticket) error {
	h, err := build(cfg, t)
	if err != nil {
		return err
	}
	w.config.OmitEmptyPsk = true
	// Without it utls panics where a ticket meets a hello without slot for it.
	w.config.PreferSkipResumptionOnNilExtension = true
	w.config.DynamicRecordSizingDisabled = true // the growing records are a mark of Go's
	w.flight = newFlight()
	w.limited = cfg.model(t).Extension(fingerprint.ExtRecordSizeLimit) != nil && !slices.Contains(cfg.Without, fingerprint.ExtRecordSizeLimit)
	w.config.KeyLogWriter = &keyTap{w, cfg.KeyLog}
	w.u, w.must = utls.UClient(w, w.config, utls.HelloCustom), t != nil
	return w.apply(h)
}

package tlsdial

import (
	"crypto/x509"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	utls "github.com/refraction-networking/utls"
)

// Conn is a TLS connection whose handshake is complete. Its methods may be called as those of any [net.Conn]. A failed
// Write, a timed-out one too, ends the use of the connection for writing; a Read that timed out may be repeated. Read
// may return the last bytes together with [io.EOF].
type Conn struct {
	u     *utls.UConn
	w     *wire
	state State
	begun atomic.Bool // Read has had something

	limit   int        // how many bytes of data the server takes in a record, 0 for as many as there may be
	writing sync.Mutex // held by Write when there is a limit
}

// State is the outcome of a handshake. The certificates belong to the connection and must not be modified.
type State struct {
	Version     uint16 // 0x0304 for TLS 1.3
	CipherSuite uint16
	ALPN        string // the protocol that the server selected, "" for none
	Resumed     bool   // the session is that of an earlier connection
	// PeerCertificates is what the server sent, its own certificate first.
	PeerCertificates []*x509.Certificate
	// VerifiedChains are the ways to an authority, nil with InsecureSkipVerify.
	VerifiedChains [][]*x509.Certificate
}

func newConn(w *wire) *Conn {
	s := w.u.ConnectionState()
	c := &Conn{u: w.u, w: w, state: State{
		Version:          s.Version,
		CipherSuite:      s.CipherSuite,
		ALPN:             s.NegotiatedProtocol,
		Resumed:          s.DidResume,
		PeerCertificates: s.PeerCertificates,
		VerifiedChains:   s.VerifiedChains,
	}}
	// HTTP/2 forbids renegotiation (RFC 9113 §9.2.1), TLS 1.3 has none.
	http1 := s.NegotiatedProtocol == "" || strings.HasPrefix(s.NegotiatedProtocol, "http/1.")
	if s.Version >= utls.VersionTLS13 || !http1 {
		w.config.Renegotiation = utls.RenegotiateNever
	}
	if w.flight != nil {
		if w.limited {
			c.limit = w.flight.recordLimit(s.Version, s.CipherSuite)
		}
		w.drop()
	}
	w.handshaken()
	w.keys, w.peek = nil, serverHello{}
	if w.config.Renegotiation == utls.RenegotiateNever {
		// Only a renegotiation would need these, 16 KB and the private keys of the shares.
		w.u.Extensions, w.u.HandshakeState = nil, utls.PubClientHandshakeState{}
	}
	return c
}

// State returns the outcome of the handshake.
func (c *Conn) State() State { return c.state }

// Read implements [net.Conn]. [io.EOF] means that the server has said with close_notify that nothing follows; a
// connection that ends otherwise may have been cut by anybody, which is [io.ErrUnexpectedEOF]. In TLS 1.3 a server that
// does not like the client's certificate, or misses one, says so here: [*ClientCertificateError].
func (c *Conn) Read(b []byte) (n int, err error) {
	defer recovered(&err)
	n, err = c.u.Read(b)
	if n > 0 && !c.begun.Load() {
		c.begun.Store(true)
	}
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF && c.w.eof.Load():
		return n, io.ErrUnexpectedEOF
	case c.begun.Load():
		return n, translate(err)
	}
	return n, c.w.certificateError(translate(err))
}

// Write implements [net.Conn]. When hello and server have agreed on record_size_limit, no record has more than the
// server takes.
func (c *Conn) Write(b []byte) (n int, err error) {
	if c.limit == 0 {
		return c.write(b)
	}
	c.writing.Lock() // nobody writes between the pieces
	defer c.writing.Unlock()
	for len(b) > 0 && err == nil {
		var k int
		k, err = c.write(b[:min(len(b), c.limit)])
		n, b = n+k, b[k:]
	}
	return n, err
}

func (c *Conn) write(b []byte) (n int, err error) {
	if c.w.config.Renegotiation == utls.RenegotiateNever {
		n, err = c.u.Conn.Write(b) // the same, but for the handshakes of renegotiation, and without garbage
	} else {
		n, err = c.u.Write(b)
	}
	return n, translate(err)
}

// Close tells the server with close_notify that nothing follows, waiting at most a quarter of a second for the bytes to
// leave, and closes the connection below. While a Write is under way it closes that at once instead. Close may be called
// at any time and more than once.
func (c *Conn) Close() error {
	c.w.closing.Store(true)
	if c.w.hold.busy.Load() { // utls does not know of this write, and would wait for it
		c.w.Conn.Close()
	}
	return translate(c.u.Close())
}

// LocalAddr implements [net.Conn].
func (c *Conn) LocalAddr() net.Addr { return c.u.LocalAddr() }

// RemoteAddr implements [net.Conn].
func (c *Conn) RemoteAddr() net.Addr { return c.u.RemoteAddr() }

// SetDeadline implements [net.Conn].
func (c *Conn) SetDeadline(t time.Time) error { return c.u.SetDeadline(t) }

// SetReadDeadline implements [net.Conn].
func (c *Conn) SetReadDeadline(t time.Time) error { return c.u.SetReadDeadline(t) }

// SetWriteDeadline implements [net.Conn].
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.u.SetWriteDeadline(t) }

package tlsdial

import (
	"io"
	"net"
	"sync/atomic"
	"time"

	utls "github.com/refraction-networking/utls"
)

// wire is the transport below utls. While the handshake lasts it looks at the ServerHello before utls does, in the
// goroutine that shakes hands, to put right just in time what utls could not: see look. After that it only remembers
// what utls does not tell.
type wire struct {
	net.Conn
	u       *utls.UConn
	config  *utls.Config
	session *session
	keys    *privateKeys // nil when there is nothing to look for
	cookie  int          // where in the hello a cookie goes
	peek    serverHello
	must    bool // the hello must have the ticket that it was made for
	unused  bool // it has not: nothing was written
	written bool
	retry   bool // the server answered a pre_shared_key with a HelloRetryRequest
	kept    bool // a HelloRetryRequest left the shares as they were
	status  statusField
	one     bool    // see oneKey
	flight  *flight // nil for the neutral client, and after the handshake
	limited bool    // the hello has record_size_limit

	asked, sent atomic.Bool // for a client certificate; one was sent
	eof         atomic.Bool // the server has sent a FIN
	closing     atomic.Bool
	hold        hold
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n == 0 && err == io.EOF {
		w.eof.Store(true)
	}
	if w.flight != nil {
		w.flight.feed(b[:n])
	}
	if w.keys == nil || n == 0 {
		return n, err
	}
	if c, done := w.peek.feed(b[:n]); done {
		e := w.look(c)
		w.keys, w.peek = nil, serverHello{}
		if e != nil {
			return 0, e
		}
	}
	return n, err
}

// look acts on the first message of the server. utls keeps one elliptic curve key although a hello may have shares for
// several curves: that of the group which the server selects is put in place. It puts a cookie anywhere: its place is
// made. And it cannot make the second hello of a resumption: the handshake ends.
func (w *wire) look(c choice) error {
	switch {
	case c.retry && w.session.offers13():
		w.retry = true
		return ErrTicketDropped
	case c.retry && c.cookie:
		w.kept = c.group == 0
		x := w.u.Extensions
		w.u.Extensions = append(append(append(make([]utls.TLSExtension, 0, len(x)+1), x[:w.cookie]...), &utls.CookieExtension{}), x[w.cookie:]...)
	case !c.retry:
		if key := w.keys.of(c.group); key != nil {
			w.u.HandshakeState.State13.KeyShareKeys.Ecdhe = key
			if c.group == w.keys.hybrid {
				w.oneKey()
			}
		}
	}
	return nil
}

func (w *wire) Write(b []byte) (int, error) {
	if !w.written && w.must && w.u.HandshakeState.Session == nil {
		// utls has its own mind about sessions: the certificate may have expired in the meantime. Without its ticket the
		// hello would be one that no browser sends.
		w.unused = true
		return 0, errUnused
	}
	w.written = true
	return w.hold.write(w.Conn, b, w.closing.Load())
}

// closeTimeout bounds how long Close waits for room to say close_notify. Browsers do not wait at all.
const closeTimeout = 250 * time.Millisecond

// SetWriteDeadline keeps utls, which allows a close_notify five seconds, from holding up Close.
func (w *wire) SetWriteDeadline(t time.Time) error {
	if w.closing.Load() {
		if soon := time.Now().Add(closeTimeout); t.IsZero() || t.After(soon) {
			t = soon
		}
	}
	return w.Conn.SetWriteDeadline(t)
}

package testnet

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
)

// Peer is the server's end of a connection, scripted byte by byte. It works on any [net.Conn]: TCP, TLS, one half of a
// [net.Pipe] within a bubble of testing/synctest. Its methods are for one goroutine, the script's; errors of the
// connection show as less read than expected, and tests see them on the client's side.
type Peer struct {
	net.Conn
	// R buffers what comes from the client. All that reads must read from it.
	R *bufio.Reader
	// N says which connection of its [Server] this is, from 1; 0 without a Server.
	N int

	tb testing.TB
}

// NewPeer returns the peer on c, which stays the caller's to close.
func NewPeer(tb testing.TB, c net.Conn) *Peer {
	return &Peer{Conn: c, R: bufio.NewReader(c), tb: tb}
}

// TLS returns a peer that speaks TLS on p's connection; p must not have read or written anything. The handshake is made
// when the script first reads or writes.
func (p *Peer) TLS(config *tls.Config) *Peer {
	s := NewPeer(p.tb, tls.Server(p.Conn, config))
	s.N = p.N
	return s
}

// Head reads a request's head, or the end of a chunked body, and returns it with its empty line; less when the
// connection ends, "" when it had ended.
func (p *Peer) Head() string {
	var b strings.Builder
	for {
		line, err := p.R.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\r\n" {
			return b.String()
		}
	}
}

// Take reads n bytes and returns them; fewer when the connection ends.
func (p *Peer) Take(n int) string {
	b := make([]byte, n)
	n, _ = io.ReadFull(p.R, b)
	return string(b[:n])
}

// Drain reads until the client ends the connection.
func (p *Peer) Drain() { io.Copy(io.Discard, p.R) }

// Send writes s in one Write. A client that has closed is noted in the test's log only.
func (p *Peer) Send(s string) {
	if _, err := io.WriteString(p.Conn, s); err != nil {
		p.tb.Logf("testnet: peer: %v", err)
	}
}

// CloseWrite says that nothing more will come, with close_notify on TLS, and a FIN. The client can still be read from, so
// nothing sent is lost to a reset.
func (p *Peer) CloseWrite() {
	if t, ok := p.Conn.(*tls.Conn); ok {
		t.CloseWrite()
	}
	closeWrite(p.Conn)
}

// Cut sends a FIN and nothing else, as anybody on the way could do: on TLS there is no close_notify.
func (p *Peer) Cut() { closeWrite(p.Conn) }

// Reset ends the connection with a RST.
func (p *Peer) Reset() { reset(p.Conn) }

// network returns what is below TLS.
func network(c net.Conn) net.Conn {
	for {
		t, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return c
		}
		c = t.NetConn()
	}
}

// closeWrite ends the writing half below TLS; a connection without halves ends as a whole.
func closeWrite(c net.Conn) {
	c = network(c)
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		h.CloseWrite()
		return
	}
	c.Close()
}

// reset closes the connection below TLS with a RST where there is such a thing.
func reset(c net.Conn) {
	c = network(c)
	if t, ok := c.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	c.Close()
}

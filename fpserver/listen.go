package fpserver

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// listenOn is net.Listen for a listener that keeps the SYN segments. Multipath TCP, which package net would turn on where
// it can, does not know how to.
func listenOn(network, addr string) (net.Listener, error) {
	lc := &net.ListenConfig{Control: keepSYN}
	lc.SetMultipathTCP(false)
	return lc.Listen(context.Background(), network, addr)
}

// listen opens the listeners for an address: two for the host "localhost", where IPv6 is available.
func listen(addr string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if host != "localhost" {
		l, err := listenOn("tcp", addr)
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	for range 16 {
		var ls []net.Listener
		if ls, err = listenBoth(port); err == nil || port != "0" || !errors.Is(err, syscall.EADDRINUSE) {
			return ls, err
		}
	}
	return nil, err
}

// listenBoth listens on both loopback addresses with the same port. If the port is taken on one of them it fails:
// clients would reach somebody else there.
func listenBoth(port string) ([]net.Listener, error) {
	l4, err := listenOn("tcp4", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	_, port, _ = net.SplitHostPort(l4.Addr().String())
	l6, err := listenOn("tcp6", net.JoinHostPort("::1", port))
	switch {
	case err == nil:
		return []net.Listener{l4, l6}, nil
	case errors.Is(err, syscall.EADDRINUSE):
		l4.Close()
		return nil, err
	}
	return []net.Listener{l4}, nil
}

// serverURL is the URL of a server that was told to listen on host.
func serverURL(scheme, host string, addr net.Addr) string {
	_, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip != nil && !ip.IsLoopback() && !ip.IsUnspecified() {
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	return scheme + "://localhost:" + port
}

// queue is the listener that net/http accepts from: connections whose handshake is done.
type queue struct {
	conns   chan net.Conn
	closing <-chan struct{}
	addr    net.Addr
}

// push hands a connection over; false when the server closes before it is taken.
func (q *queue) push(c net.Conn) bool {
	select {
	case q.conns <- c:
		return true
	case <-q.closing:
		return false
	}
}

func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.closing:
		return nil, net.ErrClosed
	}
}

func (q *queue) Close() error   { return nil } // stop closes what there is to close
func (q *queue) Addr() net.Addr { return q.addr }

const plainAnswer = "Client sent an HTTP request to an HTTPS server.\n"

// looksLikeHTTP tells whether the first bytes of a connection are those of a HTTP request without TLS.
func looksLikeHTTP(b []byte) bool {
	for i, c := range b {
		if c == ' ' {
			return i >= 3
		}
		if c < 'A' || c > 'Z' || i > 10 {
			return false
		}
	}
	return len(b) >= 5
}

// answerPlain tells a client without TLS what went wrong. It reads on for a moment, because closing a connection with
// unread bytes would destroy the answer on its way.
func answerPlain(c net.Conn) {
	io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"+plainAnswer)
	if w, ok := c.(interface{ CloseWrite() error }); ok && w.CloseWrite() == nil {
		io.CopyN(io.Discard, c, 256<<10)
	}
}

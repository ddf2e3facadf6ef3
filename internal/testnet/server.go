package testnet

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Server is a loopback server whose connections are scripted. It ends with its test.
type Server struct {
	// Addr is "127.0.0.1:port".
	Addr string
	// URL is "https://localhost:port/", or "http://localhost:port/" without TLS.
	URL string

	tb      testing.TB
	conns   atomic.Int32
	scripts sync.WaitGroup
}

// Conns returns how many connections there have been.
func (s *Server) Conns() int { return int(s.conns.Load()) }

// Wait waits until all scripts have ended. A test whose scripts check what the client does to the end calls it when it has
// closed the client: without, the end of the test cuts them off.
func (s *Server) Wait() {
	s.tb.Helper()
	ended := make(chan struct{})
	go func() {
		s.scripts.Wait()
		close(ended)
	}()
	timer := time.NewTimer(watchdog)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		s.tb.Errorf("testnet: a script has not ended within %v", watchdog)
	}
}

// ServeBytes starts a server that runs script for each connection, whose N tells them apart. With config, as from
// [CA.Server], it speaks TLS; with nil it does not. When the script returns, the connection is closed as [Peer.CloseWrite]
// does, and what the client still sends is read, so that the client gets all that the script has sent.
//
// A script runs on a goroutine of its own: it may use Error but not Fatal, and it must end when the client goes.
func ServeBytes(tb testing.TB, config *tls.Config, script func(*Peer)) *Server {
	tb.Helper()
	return serve(tb, config, func(c net.Conn, n int, done func()) {
		p := NewPeer(tb, c)
		p.N = n
		script(p)
		done()
		p.CloseWrite()
		p.Drain()
	})
}

// ServeFrames is ServeBytes for HTTP/2; config must offer "h2". To be the same for all clients, its peers ignore SETTINGS,
// WINDOW_UPDATE and PRIORITY frames of the client until the script says otherwise.
//
//	s := testnet.ServeFrames(t, ca.Server("h2"), func(p *testnet.FramePeer) {
//		p.Settings()
//		r := p.Request()
//		p.RST(r.Stream, http2.ErrCodeRefusedStream)
//		p.Respond(p.Request().Stream, "at last")
//	})
func ServeFrames(tb testing.TB, config *tls.Config, script func(*FramePeer)) *Server {
	tb.Helper()
	return serve(tb, config, func(c net.Conn, n int, done func()) {
		p := newFramePeer(tb, c, nil)
		p.N = n
		p.Ignore("SETTINGS", "WINDOW_UPDATE", "PRIORITY")
		script(p)
		done()
		if t, ok := c.(*tls.Conn); ok {
			t.CloseWrite()
		}
		closeWrite(c)
		<-p.done
		io.Copy(io.Discard, c) // a client that was not understood
	})
}

// serve runs script for each connection; it calls done when all that is to be awaited has been done.
func serve(tb testing.TB, config *tls.Config, script func(c net.Conn, n int, done func())) *Server {
	tb.Helper()
	s := &Server{tb: tb}
	s.Addr = Serve(tb, func(c net.Conn) {
		s.scripts.Add(1)
		done := sync.OnceFunc(s.scripts.Done)
		defer done()
		n := int(s.conns.Add(1))
		if config != nil {
			t := tls.Server(c, config)
			if t.Handshake() != nil {
				return // that is what the client says, too
			}
			c = t
		}
		script(c, n, done)
	})
	_, port, _ := net.SplitHostPort(s.Addr)
	s.URL = "http://localhost:" + port + "/"
	if config != nil {
		s.URL = "https://localhost:" + port + "/"
	}
	return s
}

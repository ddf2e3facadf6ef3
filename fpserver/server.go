// Package fpserver is the witness: an HTTP server, over TLS unless NoTLS is set, that keeps what its clients put on the
// wire and tells what it saw. It is shaped like [net/http/httptest], for HTTP/1.1 and HTTP/2:
//
//	func TestMyClient(t *testing.T) {
//		srv := fpserver.NewServer(t)
//		resp, err := myClient(srv.CertPool()).Get(srv.URL + "/get")
//		// …
//		f, err := srv.Conns()[0].Fingerprint()
//	}
//
// Every connection is recorded as a [fingerprint.Capture] (the ClientHello messages, the TLS records, the decrypted
// bytes of the client) without being touched: the recording stands beside net/http, which serves the requests. Over the
// wire, "/fp" answers with the native [Report], "/api/all" and "/json" in the shapes of well-known services, "/ws/echo" is a
// WebSocket, and "/" lists all paths.
//
// The server is for tests and for looking at clients. It keeps bounded memory and survives broken clients, but its
// certificates are made up at start and its routes do what anybody asks.
package fpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/wirelike/wirelike/wsecho"
)

// TB is the part of [testing.TB] that the server uses: *testing.T, *testing.B and GinkgoT() fit.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Failed() bool
	TempDir() string
}

// Server is a running server. The exported fields above URL configure it and must not be changed after Start; the zero
// values are the defaults. All methods but Start are safe for concurrent use once Start has returned. Before Start only
// CertPool, CertPEM, CAFile, SPKI, Client and Close have a meaning.
type Server struct {
	// Addr is the TCP address to listen on, default "localhost:0". The host "localhost" means both loopback addresses
	// (127.0.0.1 and, where it exists, ::1) with one port, so that it does not matter which one a client tries first;
	// any other host means what it means to [net.Listen]. Port 0 takes a free port.
	Addr string
	// HTTP1Only offers and speaks nothing but HTTP/1.1.
	HTTP1Only bool
	// HTTP2Only offers and speaks nothing but HTTP/2.
	HTTP2Only bool
	// NoALPN leaves the protocol open, as servers do that know nothing of ALPN: nobody is told which to speak, and clients
	// speak HTTP/1.1.
	NoALPN bool
	// NoTLS serves HTTP/1.1 and, by prior knowledge (RFC 9113 §3.3), HTTP/2 over bare TCP; URL then begins with "http://".
	// There are no hellos, no ALPN and no use for a certificate; TLS and SessionTickets must be unset. A client that
	// begins with TLS is cut.
	NoTLS bool
	// SessionTickets lets clients resume TLS sessions. It is off by default, so that every connection of a client
	// begins with the same kind of hello.
	SessionTickets bool
	// TLS is the base of the TLS configuration (versions, curve preferences, client certificates …); it is cloned.
	// SessionTicketsDisabled is overruled by SessionTickets, and NextProtos by the three fields above. Certificates,
	// GetCertificate and GetConfigForClient take the place of the server's own certificate when they are set; CertPool,
	// CAFile, CertPEM and SPKI go on to describe the latter.
	TLS *tls.Config
	// Names lists further host names and IP addresses that the certificate is for, beside "localhost", "127.0.0.1",
	// "::1" and the host of Addr.
	Names []string
	// Handler serves the paths that the server has no route for, instead of a 404 answer. It finds the connection and
	// the request with [FromContext].
	Handler http.Handler
	// ErrorLog gets the panics of Handler and what net/http has to say about connections. Default: the log of the test,
	// or nothing without one.
	ErrorLog *log.Logger
	// Time gives the time, default [time.Now]; several goroutines call it. It decides Conn.Accepted and the
	// validity of the certificates, which begins a day before they are made and ends a year after.
	Time func() time.Time
	// Rand is the source of the certificates' keys and serial numbers, default [crypto/rand.Reader]. The same bytes at
	// the same time make the same certificates.
	Rand io.Reader

	// URL is the base URL, "https://localhost:PORT" (with NoTLS "http://…") without a slash at the end, once Start has returned. When Addr has
	// an IP address that is not a loopback one, that takes the place of "localhost".
	URL string

	tb      TB
	id      identity
	routes  *router
	sockets *wsecho.Handler
	limits  limits
	labs    *labs
	log     *testLog
	http    *http.Server
	client  func() *http.Client
	conns   history
	closing chan struct{}
	wg      sync.WaitGroup // accept loops, net/http's accept loop, connections
	lns     []net.Listener
	queue   *queue

	mu       sync.Mutex
	started  bool
	stopOnce sync.Once
	endOnce  sync.Once
	ended    chan struct{}
}

// limits bounds what clients may cost. Tests make them smaller.
type limits struct {
	handshake  time.Duration // for a whole TLS handshake
	header     time.Duration // for a request head over HTTP/1.1
	idle       time.Duration // between two requests
	stall      time.Duration // without a single byte of a body being read or written
	handshakes int           // at the same time; at the next one the oldest silent one is cut
	open       int           // connections at the same time; at the next one the oldest idle one is cut
	patience   time.Duration // how long a client has been silent that is cut to make way
	headBytes  int           // of one request head
	capture    int           // recorded bytes of a connection
	captures   int64         // recorded bytes of all connections
	history    int           // connections that are remembered
}

func defaultLimits() limits {
	return limits{
		handshake: 10 * time.Second, header: 10 * time.Second, idle: 2 * time.Minute, stall: time.Minute,
		handshakes: 1024, open: 1 << 14, patience: time.Second, headBytes: 128 << 10,
		capture: 1 << 20, captures: 256 << 20, history: 1024,
	}
}

// NewServer starts a server with the default configuration for a test, and ends the test when it cannot. The server is
// closed when the test ends; if the test has failed by then and the environment variable WIRELIKE_ARTIFACTS names a
// directory, all captures are written to a JSON file there.
func NewServer(tb TB) *Server {
	tb.Helper()
	s := NewUnstartedServer(tb)
	if err := s.Start(); err != nil {
		tb.Fatalf("%v", err)
	}
	return s
}

// NewUnstartedServer returns a server that can be configured before Start. With a test it is closed, and its captures
// written, as with [NewServer]. Programs give nil and call Close or Shutdown themselves.
func NewUnstartedServer(tb TB) *Server {
	s := &Server{tb: tb, limits: defaultLimits(), closing: make(chan struct{}), ended: make(chan struct{})}
	s.client = sync.OnceValue(s.newClient)
	if tb != nil {
		tb.Helper()
		tb.Cleanup(func() {
			s.Close()
			s.saveArtifacts()
		})
	}
	return s
}

// Start makes the certificates, listens and serves. It may be called once.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.start(); err != nil {
		return fmt.Errorf("fpserver: %w", err)
	}
	return nil
}

func (s *Server) start() error {
	switch {
	case s.started:
		return errors.New("server is already started")
	case s.HTTP1Only && s.HTTP2Only:
		return errors.New("HTTP1Only and HTTP2Only exclude each other")
	case s.NoALPN && s.HTTP2Only:
		return errors.New("NoALPN excludes HTTP2Only: clients would not know")
	case s.NoTLS && (s.TLS != nil || s.SessionTickets || s.NoALPN):
		return errors.New("NoTLS excludes TLS, SessionTickets and NoALPN")
	case s.isClosing():
		return errors.New("server is closed")
	}
	if s.Addr == "" {
		s.Addr = "localhost:0"
	}
	if s.Time == nil {
		s.Time = time.Now
	}
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	if err = s.identify(); err != nil {
		return err
	}
	if s.sockets, err = wsecho.New(&wsecho.Options{IdleTimeout: s.limits.idle}); err != nil {
		return err
	}
	if s.lns, err = listen(s.Addr); err != nil {
		s.removeCA()
		return err
	}
	s.started = true
	s.URL = serverURL(s.scheme(), host, s.lns[0].Addr())
	s.log = newTestLog(s.tb)
	if s.ErrorLog == nil {
		s.ErrorLog = s.log.logger()
	}
	s.conns.init(s.limits)
	s.routes = newRouter(routes)
	s.labs = newLabs()
	s.serve()
	return nil
}

// identify makes the certificates, which a server without TLS does not need.
func (s *Server) identify() error {
	if s.NoTLS {
		return nil
	}
	if _, err := s.writeCA(); err != nil {
		return err
	}
	if !slices.Equal(s.id.names, s.names()) {
		return errors.New("Addr or Names was changed after the certificate had been made")
	}
	return nil
}

func (s *Server) scheme() string {
	if s.NoTLS {
		return "http"
	}
	return "https"
}

// serve starts the goroutines.
func (s *Server) serve() {
	s.queue = &queue{conns: make(chan net.Conn), closing: s.closing, addr: s.lns[0].Addr()}
	s.http = s.newHTTPServer()
	s.wg.Go(func() { s.http.Serve(s.queue) })
	s.wg.Go(func() { s.conns.watch(s.limits.stall, s.closing) })
	a := s.newAcceptor()
	for _, l := range s.lns {
		s.wg.Go(func() { a.accept(l) })
	}
}

func (s *Server) newHTTPServer() *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(!s.HTTP2Only)
	protocols.SetUnencryptedHTTP2(!s.HTTP1Only) // net/http gets the connections decrypted
	return &http.Server{
		Handler:                      http.HandlerFunc(s.handle),
		Protocols:                    protocols,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            s.limits.header,
		IdleTimeout:                  s.limits.idle,
		MaxHeaderBytes:               s.limits.headBytes,
		ErrorLog:                     s.ErrorLog,
		ConnContext:                  connContext,
		ConnState:                    connState,
	}
}

func (s *Server) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// stop ends the acceptance of connections.
func (s *Server) stop() {
	s.stopOnce.Do(func() {
		close(s.closing)
		for _, l := range s.lns {
			l.Close()
		}
	})
}

// Close ends all connections, waits until the last handler has returned and removes the file of CAFile. What the
// connections showed stays available. Closing again does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	started := s.started
	s.stop()
	s.mu.Unlock()
	if !started {
		s.removeCA()
		return
	}
	s.endOnce.Do(func() {
		slow := time.AfterFunc(5*time.Second, func() {
			s.ErrorLog.Printf("fpserver: Close is waiting for %d connections", s.conns.open())
		})
		s.conns.closeAll()
		s.http.Close()
		s.wg.Wait()
		slow.Stop()
		s.client().CloseIdleConnections()
		s.removeCA()
		s.log.end()
		close(s.ended)
	})
	<-s.ended
}

// Shutdown stops accepting connections, lets the requests in progress finish (a HTTP/2 client gets a GOAWAY) and closes
// the server, which cuts WebSockets. If ctx ends first, the remaining connections are cut and its error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	started := s.started
	s.stop()
	s.mu.Unlock()
	if !started {
		s.removeCA()
		return nil
	}
	s.conns.closeUnused()
	err := s.http.Shutdown(ctx)
	s.Close()
	if err != nil {
		return fmt.Errorf("fpserver: shutdown: %w", err)
	}
	return nil
}

// Client returns a client that trusts the server's certificate and speaks HTTP/2 where the server does: always the
// same one. Without TLS, where nothing negotiates, it speaks HTTP/1.1 unless HTTP2Only is set. Close closes its idle
// connections.
func (s *Server) Client() *http.Client { return s.client() }

func (s *Server) newClient() *http.Client {
	if s.NoTLS {
		protocols := &http.Protocols{}
		protocols.SetHTTP1(!s.HTTP2Only)
		protocols.SetUnencryptedHTTP2(s.HTTP2Only)
		return &http.Client{Transport: &http.Transport{Protocols: protocols, IdleConnTimeout: s.limits.idle}}
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: s.CertPool(), Time: s.Time},
		ForceAttemptHTTP2: true,
		IdleConnTimeout:   s.limits.idle,
	}}
}

// testLog writes to the log of a test until the server is closed; a test must not be logged to later.
type testLog struct {
	mu sync.Mutex
	tb TB
}

func newTestLog(tb TB) *testLog { return &testLog{tb: tb} }

func (l *testLog) logger() *log.Logger { return log.New(l, "", 0) }

func (l *testLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tb != nil {
		l.tb.Logf("%s", b)
	}
	return len(b), nil
}

func (l *testLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tb = nil
}

package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fpserver"
)

// serveBase is where the servers of serve scenarios have the routes: fpserver has its own ones beside it.
const serveBase = "/bench"

// serves is the work of serving requests: of net/http's server or of fpserver, which records and keeps all that it gets.
// What is measured is this process, the server's. The client, net/http's for both sides, is a process of its own.
type serves struct {
	*task
	server *server
	load   *measuring
	close  func()
}

func newServes(t *task) *serves { return &serves{task: t, server: newServer(), close: func() {}} }

// prepare starts the server and its client, which connects and warms both up.
func (s *serves) prepare(ctx context.Context) (string, error) {
	at, err := s.start()
	if err != nil {
		return "", err
	}
	at.Base = serveBase
	get := s.scenario
	get.Do = doGet
	t := &task{scenario: get, endpoint: *at, Side: standard}
	if s.load, err = t.start(ctx); err != nil {
		s.close()
		return "", err
	}
	return s.load.proof + strings.Join(s.server.agreed(), "; "), nil
}

// start starts the server of the side. Both have the same certificate, TLS configuration and handler.
func (s *serves) start() (*endpoint, error) {
	ca, cert, err := newCertificate()
	if err != nil {
		return nil, err
	}
	handler := http.StripPrefix(serveBase, s.server.routes())
	if s.Side == standard {
		web := newWeb(handler, cert, s.server.count)
		l, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			return nil, err
		}
		s.close = func() { web.Close() }
		go web.ServeTLS(l, "", "")
		_, port, err := net.SplitHostPort(l.Addr().String())
		return &endpoint{Port: port, CA: ca}, err
	}
	f := fpserver.NewUnstartedServer(nil)
	f.Handler, f.ErrorLog = handler, log.New(io.Discard, "", 0)
	f.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, VerifyConnection: s.server.count}
	if err := f.Start(); err != nil {
		return nil, err
	}
	s.close = f.Close
	u, err := url.Parse(f.URL)
	if err != nil {
		return nil, err
	}
	return &endpoint{Port: u.Port(), CA: ca}, nil
}

func (s *serves) run(_ context.Context, n int) error { return s.load.run(n) }

func (s *serves) finish() error {
	defer s.close()
	if err := s.load.stop(); err != nil {
		return fmt.Errorf("the client of %s: %w", s.Side, err)
	}
	return nil
}

// agreed lists what handshakes agreed on.
func (s *server) agreed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.kinds))
}

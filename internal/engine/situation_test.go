package engine_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// witness starts a server that keeps what its clients send.
func witness(t *testing.T, set func(*fpserver.Server)) *fpserver.Server {
	t.Helper()
	s := fpserver.NewUnstartedServer(t)
	set(s)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// unsaid returns a profile in which nothing is said about the hello of a WebSocket.
func unsaid(p *profiles.Profile) *profiles.Profile {
	q := *p
	q.Delta = maps.Clone(p.Delta)
	delete(q.Delta, profiles.ForWebSocket)
	return &q
}

// same checks a hello against that of a situation, whose tickets have another length perhaps.
func same(t *testing.T, what string, vary *fingerprint.Vary, want *fingerprint.ClientHello, c *fingerprint.Capture) {
	t.Helper()
	got, err := fingerprint.Parse(c)
	if err != nil {
		t.Fatal(err)
	}
	got.HTTP1, got.HTTP2 = nil, nil
	for _, m := range fingerprint.Diff(&fingerprint.Fingerprint{TLS: want}, got, vary) {
		if !strings.HasSuffix(m.Path, ".payload_length") && !strings.Contains(m.Path, "identities[0]") && !strings.Contains(m.Path, "binders[0]") {
			t.Errorf("%s: %v", what, m)
		}
	}
}

func of(ctx context.Context, kind profiles.Kind, proto plan.Proto) context.Context {
	return plan.With(ctx, &plan.Plan{Kind: string(kind), Proto: proto})
}

// visit makes a request and returns the protocol of the answer.
func visit(t *testing.T, e *engine.Engine, ctx context.Context, url string) *engine.Response {
	t.Helper()
	r, err := e.RoundTrip(request(t, ctx, "GET", url, nil))
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	readAll(t, r)
	return r
}

// TestSituations: what each kind of server makes of a browser's connections, cold and with a ticket.
func TestSituations(t *testing.T) {
	t.Parallel()
	p384 := &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384}}
	for _, row := range []struct {
		name    string
		set     func(*fpserver.Server)
		proto   string
		second  bool // there are two hellos each time
		resumed profiles.Situation
	}{
		{"h2", func(s *fpserver.Server) { s.SessionTickets = true }, "HTTP/2.0", false, profiles.Resumed},
		{"http/1.1", func(s *fpserver.Server) { s.SessionTickets, s.HTTP1Only = true, true }, "HTTP/1.1", false, profiles.Resumed},
		{"TLS 1.2", func(s *fpserver.Server) {
			s.SessionTickets, s.TLS = true, &tls.Config{MaxVersion: tls.VersionTLS12}
		}, "HTTP/2.0", false, profiles.Resumed12},
		{"HelloRetryRequest", func(s *fpserver.Server) { s.TLS = p384 }, "HTTP/2.0", true, ""},
		{"HelloRetryRequest, with tickets (B3)", func(s *fpserver.Server) { s.SessionTickets, s.TLS = true, p384 }, "HTTP/2.0", true, ""},
	} {
		for _, name := range testnet.EveryHello(profiles.Names()) {
			p, err := profiles.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			s := witness(t, row.set)
			e := newEngine(t, &engine.Config{Profile: p, RootCAs: s.CertPool()})
			for i := range 3 {
				r := visit(t, e, t.Context(), s.URL+"/get")
				resumes := i > 0 && row.resumed != "" && p.Hello(row.resumed) != nil
				want := p.Hello(profiles.First)
				if r.Info.Resumed && i > 0 {
					want = p.Hello(row.resumed)
				}
				what := fmt.Sprintf("%s, %s, connection %d", name, row.name, i)
				if once := p.TLS.Ticket12Once && row.resumed == profiles.Resumed12; r.Proto != row.proto || r.Info.Resumed != (resumes && !(once && i == 2)) {
					t.Errorf("%s: %s, resumed %v", what, r.Proto, r.Info.Resumed)
				}
				conns := s.Conns()
				capture := conns[len(conns)-1].Capture()
				same(t, what, &p.Vary, want, &capture)
				if second := capture.Second(); (second != nil) != row.second {
					t.Errorf("%s: %d hellos", what, len(capture.Hellos))
				} else if second != nil {
					retry := p.Vary.Retry()
					retry.Padded = p.TLS.PadRetry
					same(t, what+", second hello", retry, p.Hello(profiles.HRR), second)
					if m, err := fingerprint.DiffRetry(&capture); err != nil || len(m) > 0 {
						t.Errorf("%s: %v, %v", what, m, err)
					}
				}
				e.CloseIdleConnections()
			}
		}
	}
}

// TestSituationNoALPN: a server that knows nothing of ALPN gets HTTP/1.1, as does plain http, and a WebSocket's handshake on
// either.
func TestSituationNoALPN(t *testing.T) {
	t.Parallel()
	for name, p := range inUse(t) {
		mute := witness(t, func(s *fpserver.Server) { s.NoALPN = true })
		plain := witness(t, func(s *fpserver.Server) { s.NoTLS = true })
		e := newEngine(t, &engine.Config{Profile: p, RootCAs: mute.CertPool()})
		for _, kind := range []profiles.Kind{profiles.Navigate, profiles.WebSocket} {
			for _, url := range []string{mute.URL + "/get", plain.URL + "/get"} {
				r := visit(t, e, of(t.Context(), kind, plan.Any), url)
				if r.Proto != "HTTP/1.1" || r.Conn.TLS != nil && r.Conn.TLS.NegotiatedProtocol != "" {
					t.Errorf("%s, %s, %s: %s, %+v", name, kind, url, r.Proto, r.Conn.TLS)
				}
			}
		}
		if _, err := e.RoundTrip(request(t, of(t.Context(), profiles.WebSocket, plan.HTTP2), "GET", mute.URL, nil)); err == nil || !strings.Contains(err.Error(), "over HTTP/1.1") {
			t.Errorf("%s: a WebSocket over HTTP/2: %v", name, err)
		}
	}
}

// TestSituationWebSocket: a WebSocket has a connection of its own with a hello of its own, which resumes the page's session.
// Firefox uses that only when the server is known to choose h2, and finds that out with the hello of a page.
func TestSituationWebSocket(t *testing.T) {
	t.Parallel()
	for name, p := range inUse(t) {
		if p == nil {
			continue
		}
		page, socket := profiles.First, profiles.ForWebSocket
		for _, row := range []struct {
			name  string
			http1 bool
			kinds []profiles.Kind
			want  [][]profiles.Situation // of each connection
			any   [][]profiles.Situation // the same where WebSockets try the page's hello
		}{
			{"after a page", false, []profiles.Kind{profiles.Navigate, profiles.WebSocket, profiles.Navigate, profiles.WebSocket},
				[][]profiles.Situation{{page}, {profiles.Resumed, socket}}, nil},
			{"at first", false, []profiles.Kind{profiles.WebSocket, profiles.Navigate},
				[][]profiles.Situation{{socket}, {profiles.Resumed}}, [][]profiles.Situation{{page}, {socket}}},
			{"http/1.1 server", true, []profiles.Kind{profiles.Navigate, profiles.WebSocket},
				[][]profiles.Situation{{page}, {profiles.Resumed, socket}}, [][]profiles.Situation{{page}, {profiles.Resumed}}},
		} {
			want := row.want
			if row.any != nil && p.TLS.WebSocketPage {
				want = row.any
			}
			s := witness(t, func(s *fpserver.Server) { s.SessionTickets, s.HTTP1Only = true, row.http1 })
			e := newEngine(t, &engine.Config{Profile: p, RootCAs: s.CertPool()})
			for _, kind := range row.kinds {
				r := visit(t, e, of(t.Context(), kind, plan.Any), s.URL+"/get")
				if http1 := row.http1 || kind == profiles.WebSocket; (r.Proto == "HTTP/1.1") != http1 {
					t.Errorf("%s, %s: %s over %s", name, row.name, kind, r.Proto)
				}
			}
			conns := s.Conns()
			if len(conns) != len(want) {
				t.Errorf("%s, %s: %d connections, want %d", name, row.name, len(conns), len(want))
				continue
			}
			for i, c := range conns {
				capture := c.Capture()
				situation := want[i]
				if capture.Resumed && situation[0] != profiles.Resumed { // the ticket came in time
					situation = append([]profiles.Situation{profiles.Resumed}, situation...)
				}
				if !capture.Resumed && situation[0] == profiles.Resumed {
					t.Errorf("%s, %s: connection %d is not resumed", name, row.name, i)
					continue
				}
				same(t, fmt.Sprintf("%s, %s, connection %d", name, row.name, i), &p.Vary, p.Hello(situation[0], situation[1:]...), &capture)
			}
		}
	}
}

// TestSituationHTTP1: a request that must be over HTTP/1.1 goes out as that of a WebSocket, also where no data say how.
func TestSituationHTTP1(t *testing.T) {
	t.Parallel()
	for name, whole := range inUse(t) {
		if whole == nil {
			continue
		}
		for _, p := range []*profiles.Profile{unsaid(whole), whole} {
			s := witness(t, func(*fpserver.Server) {})
			e := newEngine(t, &engine.Config{Profile: p, RootCAs: s.CertPool()})
			if r := visit(t, e, insist(t.Context(), plan.HTTP1), s.URL+"/get"); r.Proto != "HTTP/1.1" {
				t.Errorf("%s: %s", name, r.Proto)
			}
			f, err := s.Conns()[0].Fingerprint()
			if err != nil {
				t.Fatal(err)
			}
			if e := f.TLS.Extension(fingerprint.ExtALPN); e == nil && p.Hello(profiles.ForWebSocket).Extension(fingerprint.ExtALPN) != nil ||
				e != nil && !slices.Equal(e.Protocols, []string{"http/1.1"}) { // Chromium 92 offers nothing
				t.Errorf("%s: %+v", name, e)
			}
			if p == whole {
				capture := s.Conns()[0].Capture()
				same(t, name, &p.Vary, p.Hello(profiles.ForWebSocket), &capture)
			}
		}
	}
}

// TestSituationSpare: Firefox' connection over h2 that no WebSocket can use serves the page, counts against the bound, and
// is not kept when there is no place for it.
func TestSituationSpare(t *testing.T) {
	t.Parallel()
	p := inUse(t)["firefox153_linux"]
	for _, bound := range []int{0, 1} {
		s := newServer(t, true, echoProto)
		var mu sync.Mutex
		var dialed []net.Conn
		e := newEngine(t, &engine.Config{Profile: p, RootCAs: s.ca.Pool(), MaxConns: bound, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			mu.Lock()
			defer mu.Unlock()
			dialed = append(dialed, c)
			return c, err
		}})
		visit(t, e, of(t.Context(), profiles.WebSocket, plan.Any), s.url)
		if want := 2 - bound; engine.Total(e) != want || len(dialed) != 2 {
			t.Errorf("bound %d: %d connections, want %d; %d dials", bound, engine.Total(e), want, len(dialed))
		}
		r := visit(t, e, of(t.Context(), profiles.Navigate, plan.Any), s.url)
		if r.Proto != "HTTP/2.0" || r.Fresh != (bound == 1) {
			t.Errorf("bound %d: %s, fresh %v", bound, r.Proto, r.Fresh)
		}
		e.CloseIdleConnections()
		eventually(t, "all connections are gone", func() bool { return engine.Total(e) == 0 })
	}
}

package engine_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// inUse are the profiles that the tests of resumption run with; nil is the neutral client.
func inUse(t *testing.T) map[string]*profiles.Profile {
	t.Helper()
	out := map[string]*profiles.Profile{"neutral": nil}
	for _, name := range testnet.EveryHello(profiles.Names()) {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Hello(profiles.Resumed) != nil { // Tor's resumes nothing
			out[name] = p
		}
	}
	return out
}

// TestResume: a new connection to the same host and port resumes the session of the last one; the tickets of one are of no
// use for another.
func TestResume(t *testing.T) {
	t.Parallel()
	for name, p := range inUse(t) {
		for _, http2 := range []bool{true, false} {
			var resumed atomic.Bool
			handler := func(w http.ResponseWriter, r *http.Request) {
				resumed.Store(r.TLS.DidResume)
				echoProto(w, r)
			}
			s, other := newServer(t, http2, handler), newServer(t, http2, handler)
			e := newEngine(t, &engine.Config{Profile: p, RootCAs: s.ca.Pool(), InsecureSkipVerify: true})
			for i, row := range []struct {
				url  string
				want bool
			}{
				{s.url, false}, {s.url, true}, {other.url, false}, {s.url, true}, {other.url, true},
			} {
				r, _ := fetch(t, e, row.url)
				if r.Info.Resumed != row.want || resumed.Load() != row.want || r.Conn.TLS.DidResume != row.want || !r.Fresh {
					t.Errorf("%s, h2 %v, request %d: resumed %v, the server says %v", name, http2, i, r.Info.Resumed, resumed.Load())
				}
				e.CloseIdleConnections()
			}
		}
	}
}

// TestResumeThenRetry: where the TLS stack cannot resume, because the server asks for another key share, the engine dials
// again, and resumes no more.
func TestResumeThenRetry(t *testing.T) {
	t.Parallel()
	for name, p := range inUse(t) {
		s := newServer(t, true, echoProto)
		var picky atomic.Bool
		s.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			c := s.TLS.Clone()
			c.GetConfigForClient = nil
			c.SetSessionTicketKeys([][32]byte{{1}})
			if picky.Load() {
				c.CurvePreferences = []tls.CurveID{tls.CurveP384}
			}
			return c, nil
		}
		var dials atomic.Int32
		e := newEngine(t, &engine.Config{Profile: p, RootCAs: s.ca.Pool(), DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}})
		want := int32(0)
		for i, row := range []struct {
			picky, resumed bool
			dials          int32
		}{
			{false, false, 1}, {false, true, 1}, {true, false, 2}, {true, false, 1}, {false, false, 1},
		} {
			if p == nil { // the stack can resume with its own hello
				row.resumed, row.dials = i > 0, 1
			}
			picky.Store(row.picky)
			r, body := fetch(t, e, s.url)
			if want += row.dials; r.Info.Resumed != row.resumed || body != "HTTP/2.0" || dials.Load() != want {
				t.Errorf("%s, request %d: resumed %v, %d dials, want %d", name, i, r.Info.Resumed, dials.Load(), want)
			}
			e.CloseIdleConnections()
		}
	}
}

package engine_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m) }

// server is a server of Go's that counts connections.
type server struct {
	*httptest.Server
	ca    *testnet.CA
	conns atomic.Int32
	url   string // with the name localhost
}

func newServer(t *testing.T, http2 bool, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{ca: testnet.NewCA(t, time.Now())}
	s.Server = httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{s.ca.Leaf()}}
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	s.url = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return s
}

// newEngine returns an engine that is closed with the test, before servers that were started earlier.
func newEngine(t *testing.T, cfg *engine.Config) *engine.Engine {
	t.Helper()
	e := engine.New(cfg)
	t.Cleanup(e.Close)
	return e
}

func (s *server) engine(t *testing.T) *engine.Engine {
	return newEngine(t, &engine.Config{RootCAs: s.ca.Pool()})
}

func request(t *testing.T, ctx context.Context, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fetch sends a GET and returns the response with its whole body.
func fetch(t *testing.T, e *engine.Engine, url string) (*engine.Response, string) {
	t.Helper()
	r, err := e.RoundTrip(request(t, t.Context(), "GET", url, nil))
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return r, readAll(t, r)
}

func readAll(t *testing.T, r *engine.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	r.Body.Close()
	return string(b)
}

func insist(ctx context.Context, p plan.Proto) context.Context {
	return plan.With(ctx, &plan.Plan{Proto: p})
}

func echoProto(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }

// onlyReader hides everything but Read, so that a request has no GetBody.
type onlyReader struct{ io.Reader }

// closeCounter counts the Close calls of a request body.
type closeCounter struct {
	io.Reader
	n atomic.Int32
}

func (c *closeCounter) Close() error { c.n.Add(1); return nil }

// eventually waits for a condition that nothing signals.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(5 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within 5s: %s", what)
		}
	}
}

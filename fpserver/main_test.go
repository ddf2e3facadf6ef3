package fpserver

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m) }

// start starts a server that the test has configured.
func start(t testing.TB, configure func(*Server)) *Server {
	t.Helper()
	s := NewUnstartedServer(t)
	s.limits.handshake, s.limits.header, s.limits.patience = time.Minute, time.Minute, time.Minute // the machine may be busy
	if configure != nil {
		configure(s)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func address(s *Server) string { return s.URL[strings.Index(s.URL, "://")+3:] }

// dial connects with TLS and offers the protocol.
func dial(t testing.TB, s *Server, alpn ...string) *tls.Conn {
	t.Helper()
	return dialConfig(t, s, &tls.Config{NextProtos: alpn})
}

func dialConfig(t testing.TB, s *Server, config *tls.Config) *tls.Conn {
	t.Helper()
	config.RootCAs = s.CertPool()
	d := &net.Dialer{Timeout: time.Minute}
	c, err := tls.DialWithDialer(d, "tcp", address(s), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// fetch does a request and returns status and body.
func fetch(t testing.TB, c *http.Client, method, url string, body io.Reader, fields ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b
}

func decode[T any](t testing.TB, b []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in %.300s", err, b)
	}
	return v
}

func value(fields []fingerprint.Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// await waits for the end of a connection.
func await(t testing.TB, c *Conn) {
	t.Helper()
	select {
	case <-c.Done():
	case <-time.After(time.Minute):
		t.Fatalf("connection %d does not end", c.ID)
	}
}

// conns waits for n connections.
func conns(t testing.TB, s *Server, n int) []*Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	all, err := s.WaitConns(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

package client_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// demanding serves TLS that wants a client certificate. Without one the server says so and reads on until the client
// goes, so that its alert is not lost to a reset. With one it answers HTTP/1.1 requests with the name in it.
func demanding(t *testing.T, version uint16, alpn string) (o *client.Options, url string) {
	t.Helper()
	ca := testnet.NewCA(t, time.Now())
	config := ca.Server(alpn)
	config.ClientAuth, config.MaxVersion = tls.RequireAnyClientCert, version
	addr := testnet.Serve(t, func(nc net.Conn) {
		c := tls.Server(nc, config)
		if c.Handshake() != nil {
			io.Copy(io.Discard, nc)
			return
		}
		br := bufio.NewReader(c)
		for {
			if _, err := http.ReadRequest(br); err != nil {
				return
			}
			name := c.ConnectionState().PeerCertificates[0].Subject.CommonName
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(name), name)
		}
	})
	_, port, _ := net.SplitHostPort(addr)
	return &client.Options{RootCAs: ca.Pool()}, "https://localhost:" + port + "/"
}

// TestCertificateMissing: a server that gets no certificate is told as such, whenever it says so.
func TestCertificateMissing(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, alpn := range []string{"http/1.1", "h2"} {
			for _, profile := range profilesInUse {
				o, url := demanding(t, version, alpn)
				o.Profile = profile
				err := get(t, o, url, nil)
				var alert tls.AlertError
				if !errors.Is(err, client.ErrClientCertificate) || !errors.As(err, &alert) || !strings.Contains(err.Error(), "wants a client certificate") {
					t.Errorf("version %#x, %s, profile %q: %v", version, alpn, profile, err)
				}
			}
		}
	}
}

// TestCertificates: each identity has a connection and TLS sessions of its own.
func TestCertificates(t *testing.T) {
	t.Parallel()
	for _, profile := range profilesInUse {
		o, url := demanding(t, tls.VersionTLS13, "http/1.1")
		for _, name := range []string{"alice", "bob"} {
			own := *o
			own.Profile, own.Certificates = profile, []tls.Certificate{testnet.Person(t, name)}
			s := newSession(t, &own)
			for i := range 2 {
				r, err := s.Get(t.Context(), url, nil)
				if err != nil {
					t.Fatalf("profile %q, %s: %v", profile, name, err)
				}
				got, err := r.Text()
				if err != nil || got != name || r.Info.Reused != (i > 0) || r.Info.Resumed {
					t.Errorf("profile %q: seen as %q, want %q, reused %v, resumed %v, %v", profile, got, name, r.Info.Reused, r.Info.Resumed, err)
				}
			}
		}
	}
}

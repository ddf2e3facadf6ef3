package tlsdial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestClientCertificates: the server gets the certificate that it wants, on a first visit, and knows it on a resumed one;
// what it does not like is told as such, in TLS 1.3 with the first Read.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	alice, bob := testnet.Person(t, "alice"), testnet.Person(t, "bob")
	pool := x509.NewCertPool()
	pool.AddCert(alice.Leaf)
	rsaOnly := alice
	rsaOnly.SupportedSignatureAlgorithms = []tls.SignatureScheme{tls.PSSWithSHA256}
	for _, row := range []struct {
		name   string
		auth   tls.ClientAuthType
		cas    *x509.CertPool
		refuse bool
		own    []tls.Certificate
		seen   string
		alert  tls.AlertError // 0: accepted
	}{
		{"not asked", tls.NoClientCert, nil, false, []tls.Certificate{alice}, "", 0},
		{"asked in vain", tls.RequestClientCert, nil, false, nil, "", 0},
		{"any", tls.RequireAnyClientCert, nil, false, []tls.Certificate{alice, bob}, "alice", 0},
		{"the one that fits", tls.RequireAndVerifyClientCert, pool, false, []tls.Certificate{bob, alice}, "alice", 0},
		{"empty one passed over", tls.RequireAnyClientCert, nil, false, []tls.Certificate{{}, bob}, "bob", 0},
		{"key that cannot sign so", tls.RequestClientCert, nil, false, []tls.Certificate{rsaOnly}, "", 0},
		{"none", tls.RequireAnyClientCert, nil, false, nil, "", 116},
		{"none that fits", tls.RequireAndVerifyClientCert, pool, false, []tls.Certificate{bob}, "", 116},
		{"refused", tls.RequireAnyClientCert, nil, true, []tls.Certificate{bob}, "bob", 42},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, b := range append(browsers(t)[2:], browser{name: "neutral"}) {
				seen := make(chan string, 2)
				config := ca.Server("h2")
				config.MaxVersion, config.ClientAuth, config.ClientCAs = version, row.auth, row.cas
				config.VerifyConnection = func(s tls.ConnectionState) error {
					name := ""
					if len(s.PeerCertificates) > 0 {
						name = s.PeerCertificates[0].Subject.CommonName
					}
					seen <- name
					if row.refuse {
						return errors.New("not you")
					}
					return nil
				}
				addr, cfg := echo(t, config, nil), b.config(ca)
				cfg.Certificates = row.own
				if row.alert != 0 {
					wire := dial(t, addr)
					c, err := Client(t.Context(), wire, "localhost", cfg)
					if (err != nil) != (version == tls.VersionTLS12) {
						t.Errorf("%s, version %#x: handshake: %v", row.name, version, err)
					}
					if c != nil {
						_, err = c.Read(make([]byte, 1))
						c.Close()
					}
					var refused *ClientCertificateError
					var alert tls.AlertError
					want := row.alert
					if version == tls.VersionTLS12 && want == 116 {
						want = 40 // certificate_required is one of TLS 1.3
					}
					if !errors.As(err, &refused) || refused.Sent != (row.seen != "") || !errors.As(err, &alert) || alert != want {
						t.Errorf("%s, version %#x, %s: %v", row.name, version, b.name, err)
					}
					continue
				}
				for i := range 2 {
					c, _ := connect(t, addr, "localhost", cfg)
					if got := <-seen; got != row.seen || c.State().Resumed != (i > 0) {
						t.Errorf("%s, version %#x, %s: seen %q, resumed %v", row.name, version, b.name, got, c.State().Resumed)
					}
				}
			}
		}
	}
}

// TestOtherAlerts: an alert without a request for a certificate, or about something else, stays what it is.
func TestOtherAlerts(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, auth := range []tls.ClientAuthType{tls.NoClientCert, tls.RequestClientCert} {
		config := ca.Server("h2")
		config.MaxVersion, config.ClientAuth = tls.VersionTLS12, auth
		config.CipherSuites = []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
		err := failure(t, t.Context(), dial(t, echo(t, config, nil)), "localhost", &Config{Hello: model(t, "firefox153"), RootCAs: ca.Pool()}, OpHandshake)
		var refused *ClientCertificateError
		var alert tls.AlertError
		if errors.As(err, &refused) || !errors.As(err, &alert) || alert != 40 {
			t.Errorf("%v", err)
		}
	}
}

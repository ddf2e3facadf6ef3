package tlsdial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

// shake makes a handshake with a server of the given versions and returns what it came to.
func shake(t *testing.T, ca *testnet.CA, low, high uint16, cfg *Config) (State, error) {
	t.Helper()
	config := ca.Server()
	config.MinVersion, config.MaxVersion = low, high
	addr := testnet.Serve(t, func(c net.Conn) {
		if s := tls.Server(c, config); s.Handshake() == nil {
			io.Copy(io.Discard, s)
		}
	})
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Client(t.Context(), nc, "localhost", cfg)
	if err != nil {
		return State{}, err
	}
	defer c.Close()
	return c.State(), nil
}

// TestVersionBounds: also where the hello does not say from which version on it means to speak.
func TestVersionBounds(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	old := &fingerprint.ClientHello{ // one that ends at TLS 1.2, as all did once
		Version: 771, CipherSuites: []fingerprint.ID{0xc02b, 0xc009, 0xc00a}, CompressionMethods: []fingerprint.ID{0},
		Extensions: []fingerprint.Extension{
			{Type: fingerprint.ExtServerName, ServerName: "*"},
			{Type: fingerprint.ExtSupportedGroups, List: []fingerprint.ID{29, 23}},
			{Type: fingerprint.ExtECPointFormats, List: []fingerprint.ID{0}},
			{Type: fingerprint.ExtSignatureAlgorithms, List: []fingerprint.ID{1027}},
		},
	}
	for _, row := range []struct {
		name      string
		hello     *fingerprint.ClientHello
		low, high uint16 // of the client
		server    [2]uint16
		want      uint16 // 0 for a failure
	}{
		{"neutral, no bounds", nil, 0, 0, [2]uint16{tls.VersionTLS10, tls.VersionTLS13}, tls.VersionTLS13},
		{"neutral, highest", nil, 0, tls.VersionTLS12, [2]uint16{tls.VersionTLS10, tls.VersionTLS13}, tls.VersionTLS12},
		{"neutral, not below 1.2 by itself", nil, 0, 0, [2]uint16{tls.VersionTLS10, tls.VersionTLS11}, 0},
		{"neutral, down to 1.0", nil, tls.VersionTLS10, 0, [2]uint16{tls.VersionTLS10, tls.VersionTLS10}, tls.VersionTLS10},
		{"neutral, 1.1 alone", nil, tls.VersionTLS11, tls.VersionTLS11, [2]uint16{tls.VersionTLS10, tls.VersionTLS13}, tls.VersionTLS11},
		{"neutral, lowest", nil, tls.VersionTLS13, 0, [2]uint16{tls.VersionTLS10, tls.VersionTLS12}, 0},
		{"old hello", old, 0, 0, [2]uint16{tls.VersionTLS10, tls.VersionTLS11}, tls.VersionTLS11},
		{"old hello, lowest", old, tls.VersionTLS12, 0, [2]uint16{tls.VersionTLS10, tls.VersionTLS11}, 0},
		{"old hello, within", old, tls.VersionTLS12, tls.VersionTLS12, [2]uint16{tls.VersionTLS10, tls.VersionTLS13}, tls.VersionTLS12},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, err := shake(t, ca, row.server[0], row.server[1], &Config{Hello: row.hello, RootCAs: ca.Pool(), MinVersion: row.low, MaxVersion: row.high})
			if s.Version != row.want || (err == nil) != (row.want != 0) {
				t.Errorf("%#x, %v; want %#x", s.Version, err, row.want)
			}
		})
	}
	for _, bounds := range [][2]uint16{{tls.VersionTLS13, 0}, {0, tls.VersionTLS11}} {
		_, err := shake(t, ca, 0, 0, &Config{Hello: old, RootCAs: ca.Pool(), MinVersion: bounds[0], MaxVersion: bounds[1]})
		var u *UnsupportedError
		if !errors.As(err, &u) || u.Path != "tls.version" {
			t.Errorf("%#x: %v", bounds, err)
		}
	}
}

// TestVerifyPeer: it is asked on every connection, resumed ones too, and what it says counts.
func TestVerifyPeer(t *testing.T) {
	t.Parallel()
	ca, no := testnet.NewCA(t, time.Now()), errors.New("no")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, insecure := range []bool{false, true} {
			config := ca.Server()
			config.MinVersion, config.MaxVersion = version, version
			addr := testnet.Serve(t, func(c net.Conn) {
				if s := tls.Server(c, config); s.Handshake() == nil {
					s.Write([]byte("x")) // behind the tickets
					io.Copy(io.Discard, s)
				}
			})
			asked, verdict := 0, error(nil)
			cfg := &Config{RootCAs: ca.Pool(), InsecureSkipVerify: insecure, Sessions: &SessionCache{}, VerifyPeer: func(chain []*x509.Certificate) error {
				if asked++; len(chain) != 2 || chain[0].DNSNames[0] != "localhost" {
					t.Errorf("version %#x: %d certificates", version, len(chain))
				}
				return verdict
			}}
			for i, row := range []struct {
				name    string
				verdict error
			}{{"full", nil}, {"resumed", nil}, {"resumed and refused", no}, {"full and refused", no}} {
				verdict = row.verdict
				if i == 3 {
					cfg.Sessions = nil
				}
				nc, err := net.Dial("tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				c, err := Client(t.Context(), nc, "localhost", cfg)
				if !errors.Is(err, row.verdict) || asked != i+1 {
					t.Errorf("version %#x, %s: asked %d times, %v", version, row.name, asked, err)
				}
				if err != nil {
					continue
				}
				if _, err := c.Read(make([]byte, 1)); err != nil || c.State().Resumed != (i > 0) {
					t.Errorf("version %#x, %s: resumed %v, %v", version, row.name, c.State().Resumed, err)
				}
				c.Close()
			}
		}
	}
}

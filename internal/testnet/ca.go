package testnet

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Names are the names that [CA.Leaf] issues a certificate for when none are given.
var Names = []string{"localhost", "127.0.0.1", "::1", "wire.test"}

// CA is a certificate authority in memory: ECDSA P-256 with SHA-256. It is safe for concurrent use.
type CA struct {
	Cert *x509.Certificate
	tb   testing.TB
	key  *ecdsa.PrivateKey
	now  time.Time
}

// NewCA returns a new authority. Its certificates, and its own, are valid from an hour before now to 24 hours after.
func NewCA(tb testing.TB, now time.Time) *CA {
	tb.Helper()
	ca := &CA{tb: tb, now: now}
	template := ca.template("wirelike test CA")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	ca.Cert, ca.key = ca.sign(template, nil, nil)
	return ca
}

// Leaf issues a server certificate for the given names and addresses, or for [Names], and returns it with its key and
// the authority's certificate behind it.
func (ca *CA) Leaf(names ...string) tls.Certificate {
	ca.tb.Helper()
	return ca.LeafOf(0, names...)
}

// LeafOf is Leaf with an extension of that many random bytes in the certificate, which nobody knows and nothing makes
// smaller; none when it is 0.
func (ca *CA) LeafOf(size int, names ...string) tls.Certificate {
	ca.tb.Helper()
	if len(names) == 0 {
		names = Names
	}
	template := ca.template(names[0])
	if size > 0 {
		ballast := make([]byte, size)
		rand.Read(ballast)
		template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1}, Value: ballast}} // RFC 5612
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	cert, key := ca.sign(template, ca.Cert, ca.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw, ca.Cert.Raw}, PrivateKey: key, Leaf: cert}
}

// Pool returns a new pool with the authority's certificate.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.Cert)
	return pool
}

// PEM returns the authority's certificate in PEM.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Cert.Raw})
}

// File writes the authority's certificate in PEM to a file that lives as long as the test, and returns its name.
func (ca *CA) File() string {
	ca.tb.Helper()
	name := filepath.Join(ca.tb.TempDir(), "ca.pem")
	if err := os.WriteFile(name, ca.PEM(), 0o600); err != nil {
		ca.tb.Fatalf("testnet: %v", err)
	}
	return name
}

// Server returns a server configuration with a new certificate for [Names] and the given ALPN protocols. Its clock
// stands at the authority's time.
func (ca *CA) Server(protos ...string) *tls.Config {
	ca.tb.Helper()
	return &tls.Config{Certificates: []tls.Certificate{ca.Leaf()}, NextProtos: protos, Time: ca.time}
}

// Client returns a client configuration that trusts the authority, for the server name "localhost" and the given ALPN
// protocols. Its clock stands at the authority's time.
func (ca *CA) Client(protos ...string) *tls.Config {
	return &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost", NextProtos: protos, Time: ca.time}
}

func (ca *CA) time() time.Time { return ca.now }

func (ca *CA) template(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		ca.tb.Fatalf("testnet: %v", err)
	}
	return &x509.Certificate{
		SerialNumber:       serial,
		Subject:            pkix.Name{CommonName: name},
		NotBefore:          ca.now.Add(-time.Hour),
		NotAfter:           ca.now.Add(24 * time.Hour),
		SignatureAlgorithm: x509.ECDSAWithSHA256,
	}
}

// sign makes a key for template and signs it with the parent's key, or with its own when there is no parent.
func (ca *CA) sign(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	ca.tb.Helper()
	key := NewKey(ca.tb)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		ca.tb.Fatalf("testnet: %v", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		ca.tb.Fatalf("testnet: %v", err)
	}
	return cert, key
}

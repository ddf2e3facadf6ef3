package fpserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// certificate is a certificate authority made for one server and the server's certificate: ECDSA P-256, SHA-256.
type certificate struct {
	ca    *x509.Certificate
	caPEM []byte
	leaf  tls.Certificate
}

// newCertificate makes keys and certificates. Of the names, empty and unspecified hosts are passed over. A nil source
// means the system's; another one makes them reproducible, signatures included.
func newCertificate(source io.Reader, now time.Time, names []string) (*certificate, error) {
	signing := source
	if source == nil {
		source, signing = rand.Reader, rand.Reader
	} else {
		signing = nil // deterministic signatures (RFC 6979)
	}
	caKey, err := newKey(source)
	if err != nil {
		return nil, err
	}
	caTemplate, err := newTemplate(source, "wirelike fpserver CA", now)
	if err != nil {
		return nil, err
	}
	caTemplate.IsCA, caTemplate.BasicConstraintsValid = true, true
	caTemplate.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	ca, err := sign(signing, caTemplate, caTemplate, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	key, err := newKey(source)
	if err != nil {
		return nil, err
	}
	leafTemplate, err := newTemplate(source, "localhost", now)
	if err != nil {
		return nil, err
	}
	leafTemplate.KeyUsage = x509.KeyUsageDigitalSignature
	leafTemplate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	addNames(leafTemplate, append([]string{"localhost", "127.0.0.1", "::1"}, names...))
	leaf, err := sign(signing, leafTemplate, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	return &certificate{
		ca:    ca,
		caPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}),
		leaf:  tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf},
	}, nil
}

// newKey derives a key from 32 bytes of the source. ecdsa.GenerateKey would ignore the source.
func newKey(source io.Reader) (*ecdsa.PrivateKey, error) {
	b := make([]byte, 32)
	for range 8 { // a number that is zero or not below the group order is as good as impossible
		if _, err := io.ReadFull(source, b); err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("key: the source of randomness gives no usable one")
}

func newTemplate(source io.Reader, name string, now time.Time) (*x509.Certificate, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(source, b); err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	b[0] = b[0]&0x7f | 0x40 // positive, and always of the same length
	return &x509.Certificate{
		SerialNumber:       new(big.Int).SetBytes(b),
		Subject:            pkix.Name{CommonName: name},
		NotBefore:          now.Add(-24 * time.Hour),
		NotAfter:           now.AddDate(1, 0, 0),
		SignatureAlgorithm: x509.ECDSAWithSHA256,
	}, nil
}

func addNames(t *x509.Certificate, names []string) {
	for _, name := range names {
		ip := net.ParseIP(name)
		switch {
		case name == "" || ip != nil && ip.IsUnspecified():
		case ip != nil:
			if !slices.ContainsFunc(t.IPAddresses, ip.Equal) {
				t.IPAddresses = append(t.IPAddresses, ip)
			}
		case !slices.Contains(t.DNSNames, name):
			t.DNSNames = append(t.DNSNames, name)
		}
	}
}

func sign(source io.Reader, t, parent *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(source, t, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// identity is the certificate of a server, made when it is first needed.
type identity struct {
	mu    sync.Mutex
	cert  *certificate
	names []string // that it was made for
	file  string   // with the authority, once written
}

// certificate returns the server's certificate and makes it if need be.
func (s *Server) certificate() (*certificate, error) {
	s.id.mu.Lock()
	defer s.id.mu.Unlock()
	if s.id.cert != nil {
		return s.id.cert, nil
	}
	names, now := s.names(), time.Now
	if s.Time != nil {
		now = s.Time
	}
	cert, err := newCertificate(s.Rand, now(), names)
	if err != nil {
		return nil, err
	}
	s.id.cert, s.id.names = cert, names
	return cert, nil
}

// names lists what the configuration adds to the names of the certificate.
func (s *Server) names() []string {
	host := "localhost"
	if s.Addr != "" {
		host, _, _ = net.SplitHostPort(s.Addr)
	}
	return append([]string{host}, s.Names...)
}

// mustCertificate is certificate for those who return no error.
func (s *Server) mustCertificate() *certificate {
	cert, err := s.certificate()
	if err != nil {
		panic(fmt.Sprintf("fpserver: the certificate cannot be made: %v", err))
	}
	return cert
}

// CertPool returns a new pool with the certificate authority that the server's certificate is signed by.
//
// The first call of CertPool, CertPEM, CAFile, SPKI or Start makes the certificates. Before Start, set Addr, Names, Time
// and Rand first; a source of randomness that fails is a panic then.
func (s *Server) CertPool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.mustCertificate().ca)
	return p
}

// CertPEM returns the certificate of the authority in PEM. Before Start, what [Server.CertPool] says holds.
func (s *Server) CertPEM() []byte { return slices.Clone(s.mustCertificate().caPEM) }

// CAFile returns the name of a file with CertPEM. It exists until Close. Before Start, what [Server.CertPool] says holds,
// and a file that cannot be written is a panic, too.
func (s *Server) CAFile() string {
	file, err := s.writeCA()
	if err != nil {
		panic(fmt.Sprintf("fpserver: the file of the authority cannot be written: %v", err))
	}
	return file
}

// writeCA writes the certificate authority to a file of the test, or to a temporary one, unless that has been done or
// the server is closed.
func (s *Server) writeCA() (string, error) {
	cert, err := s.certificate()
	if err != nil {
		return "", err
	}
	s.id.mu.Lock()
	defer s.id.mu.Unlock()
	if s.id.file != "" || s.isClosing() {
		return s.id.file, nil
	}
	dir := ""
	if s.tb != nil {
		dir = s.tb.TempDir()
	}
	f, err := os.CreateTemp(dir, "fpserver-ca-*.pem")
	if err != nil {
		return "", err
	}
	s.id.file = f.Name()
	_, err = f.Write(cert.caPEM)
	if e := f.Close(); err == nil {
		err = e
	}
	return s.id.file, err
}

// removeCA removes the file. It can be written again unless the server is closed.
func (s *Server) removeCA() {
	s.id.mu.Lock()
	defer s.id.mu.Unlock()
	if s.id.file == "" {
		return
	}
	os.Remove(s.id.file)
	if !s.isClosing() {
		s.id.file = ""
	}
}

// SPKI returns the SHA-256 of the server's public key (SubjectPublicKeyInfo) in base64, as Chromium's switch
// --ignore-certificate-errors-spki-list and public key pins have it. Before Start, what [Server.CertPool] says holds.
func (s *Server) SPKI() string {
	sum := sha256.Sum256(s.mustCertificate().leaf.Leaf.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// tlsConfig returns the configuration of the handshakes. The certificate has been made.
func (s *Server) tlsConfig() *tls.Config {
	c := &tls.Config{}
	if s.TLS != nil {
		c = s.TLS.Clone()
	}
	if len(c.Certificates) == 0 && c.GetCertificate == nil {
		c.Certificates = []tls.Certificate{s.id.cert.leaf}
	}
	switch {
	case s.NoALPN:
		c.NextProtos = nil
	case s.HTTP1Only:
		c.NextProtos = []string{"http/1.1"}
	case s.HTTP2Only:
		c.NextProtos = []string{"h2"}
	default:
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	c.SessionTicketsDisabled = !s.SessionTickets
	if c.Time == nil {
		c.Time = s.Time
	}
	return c
}

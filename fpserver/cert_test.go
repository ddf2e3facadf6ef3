package fpserver

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

func TestCertificates(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	s := start(t, func(s *Server) {
		s.Names = []string{"wire.test", "192.0.2.1"}
		s.Time = func() time.Time { return now }
	})
	leaf := s.id.cert.leaf.Leaf
	for _, row := range []struct {
		host string
		at   time.Time
		ok   bool
	}{
		{"localhost", now, true}, {"127.0.0.1", now, true}, {"::1", now, true}, {"wire.test", now, true}, {"192.0.2.1", now, true},
		{"example.org", now, false},
		{"localhost", now.Add(-24 * time.Hour), true}, {"localhost", now.Add(-24*time.Hour - time.Second), false},
		{"localhost", now.AddDate(1, 0, 0), true}, {"localhost", now.AddDate(1, 0, 0).Add(time.Second), false},
	} {
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: row.host, Roots: s.CertPool(), CurrentTime: row.at})
		if (err == nil) != row.ok {
			t.Errorf("%s at %s: %v", row.host, row.at, err)
		}
	}
	file, err := os.ReadFile(s.CAFile())
	if err != nil || !bytes.Equal(file, s.CertPEM()) {
		t.Errorf("CAFile has %q, %v", file, err)
	}
	if block, _ := pem.Decode(file); block == nil || !bytes.Equal(block.Bytes, s.id.cert.ca.Raw) {
		t.Error("CertPEM is not the authority")
	}
	if leaf.Issuer.CommonName != "wirelike fpserver CA" {
		t.Errorf("issuer %s", leaf.Issuer)
	}
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	if s.SPKI() != base64.StdEncoding.EncodeToString(sum[:]) {
		t.Errorf("SPKI %s", s.SPKI())
	}
	if resp, _ := fetch(t, s.Client(), "GET", s.URL+"/get", nil); resp.StatusCode != 200 { // with a clock of 2031
		t.Error(resp.Status)
	}
}

func TestCertificateFromRand(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	made := func(seed byte) *certificate {
		c, err := newCertificate(rand.NewChaCha8([32]byte{seed}), now, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a, b, other := made(1), made(1), made(2)
	if !a.ca.Equal(b.ca) || !a.leaf.Leaf.Equal(b.leaf.Leaf) {
		t.Error("the same source at the same time gave two certificates")
	}
	if a.ca.Equal(other.ca) || bytes.Equal(a.leaf.Leaf.RawSubjectPublicKeyInfo, other.leaf.Leaf.RawSubjectPublicKeyInfo) {
		t.Error("two sources gave one certificate")
	}
}

func TestOwnCertificate(t *testing.T) {
	t.Parallel()
	other := start(t, nil)
	s := start(t, func(s *Server) { s.TLS = &tls.Config{Certificates: []tls.Certificate{other.id.cert.leaf}} })
	c, err := tls.Dial("tcp", address(s), &tls.Config{RootCAs: other.CertPool()})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestCloseRemovesTemporaryFile(t *testing.T) {
	t.Parallel()
	s := NewUnstartedServer(nil)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	name := s.CAFile()
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
	s.Close()
	s.Close() // again does nothing
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", name, err)
	}
}

// TestCertificateBeforeStart checks that a client can be told whom to trust before the server runs.
func TestCertificateBeforeStart(t *testing.T) {
	t.Parallel()
	s := NewUnstartedServer(nil)
	defer s.Close()
	s.Names = []string{"wire.test"}
	pool, pem, spki, client := s.CertPool(), s.CertPEM(), s.SPKI(), s.Client()
	file := s.CAFile()
	if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, pem) {
		t.Errorf("CAFile has %q, %v", b, err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if !pool.Equal(s.CertPool()) || !bytes.Equal(pem, s.CertPEM()) || spki != s.SPKI() || file != s.CAFile() || client != s.Client() {
		t.Error("Start has made another certificate")
	}
	c, err := tls.Dial("tcp", address(s), &tls.Config{RootCAs: pool, ServerName: "wire.test"})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if resp, _ := fetch(t, client, "GET", s.URL+"/get", nil); resp.StatusCode != 200 {
		t.Error(resp.Status)
	}
}

func TestCertificateWithoutStart(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		configure func(*Server)
		reason    string
	}{
		{"names", func(s *Server) { s.Names = []string{"late.test"} }, "the certificate would not be for them"},
		{"host", func(s *Server) { s.Addr = "127.0.0.2:0" }, "as above"},
	} {
		s := NewUnstartedServer(nil)
		file := s.CAFile()
		row.configure(s)
		if err := s.Start(); err == nil || err.Error() != "fpserver: Addr or Names was changed after the certificate had been made" {
			t.Errorf("%s (%s): %v", row.name, row.reason, err)
		}
		s.Close()
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is still there after Close: %v", row.name, err)
		}
		if again := s.CAFile(); again != file {
			t.Errorf("%s: after Close the file is %q", row.name, again)
		}
	}
	s := NewUnstartedServer(nil)
	s.Rand = strings.NewReader("short")
	defer func() {
		if got := recover(); got != "fpserver: the certificate cannot be made: key: unexpected EOF" {
			t.Errorf("panic: %v", got)
		}
	}()
	s.CertPool()
}

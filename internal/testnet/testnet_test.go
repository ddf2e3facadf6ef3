package testnet

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

func TestLeafVerifies(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	ca := NewCA(t, now)
	leaf := ca.Leaf().Leaf
	for _, row := range []struct {
		name, host string
		at         time.Time
		ok         bool
		reason     string
	}{
		{"name", "localhost", now, true, "the usual name of a test server"},
		{"ipv4", "127.0.0.1", now, true, "addresses are subject alternative names, too"},
		{"ipv6", "::1", now, true, "as above"},
		{"other name", "wire.test", now, true, "a name that needs a resolver of its own"},
		{"foreign name", "example.org", now, false, "the certificate is not for everything"},
		{"first second", "localhost", now.Add(-time.Hour), true, "valid from an hour before"},
		{"too early", "localhost", now.Add(-time.Hour - time.Second), false, "not longer before"},
		{"last second", "localhost", now.Add(24 * time.Hour), true, "valid to 24 hours after"},
		{"too late", "localhost", now.Add(24*time.Hour + time.Second), false, "not longer after"},
	} {
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: row.host, Roots: ca.Pool(), CurrentTime: row.at})
		if (err == nil) != row.ok {
			t.Errorf("%s (%s): %v", row.name, row.reason, err)
		}
	}
	if leaf.SignatureAlgorithm != x509.ECDSAWithSHA256 || leaf.PublicKeyAlgorithm != x509.ECDSA {
		t.Errorf("leaf is %v over %v", leaf.SignatureAlgorithm, leaf.PublicKeyAlgorithm)
	}
}

func TestCAFile(t *testing.T) {
	t.Parallel()
	ca := NewCA(t, time.Now())
	b, err := os.ReadFile(ca.File())
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(b)
	if block == nil || len(rest) != 0 || string(block.Bytes) != string(ca.Cert.Raw) {
		t.Errorf("the file is not the authority's certificate: %q", b)
	}
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	ca := NewCA(t, time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC))
	config := ca.Server("h2", "http/1.1")
	addr := Serve(t, func(c net.Conn) {
		s := tls.Server(c, config)
		io.Copy(s, s)
	})
	c, err := tls.Dial("tcp", addr, ca.Client("http/1.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p := c.ConnectionState().NegotiatedProtocol; p != "http/1.1" {
		t.Errorf("ALPN %q", p)
	}
	buf := make([]byte, 4)
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "ping" {
		t.Errorf("echo %q, %v", buf, err)
	}
}

func TestPair(t *testing.T) {
	t.Parallel()
	a, b := Pair(t)
	for _, d := range [][2]net.Conn{{a, b}, {b, a}} {
		if _, err := d[0].Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 2)
		if n, err := d[1].Read(buf); n != 1 || buf[0] != 'x' || err != nil {
			t.Errorf("read %d %q %v", n, buf, err)
		}
	}
}

// TestLeaks must not run in parallel: it sees every goroutine of the process.
func TestLeaks(t *testing.T) {
	before := Take()
	if err := before.Leaks(0); err != nil {
		t.Fatalf("nothing was started, but: %v", err)
	}
	stop := make(chan struct{})
	for range 3 {
		go leakOnPurpose(stop)
	}
	l := Listen(t)
	err := before.Leaks(10 * time.Millisecond)
	var leak *LeakError
	if !errors.As(err, &leak) || len(leak.Goroutines) != 1 {
		t.Fatalf("three goroutines with one stack are one entry, got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, "3 × goroutine") || !strings.Contains(text, "testnet.leakOnPurpose") || !strings.Contains(text, "testnet_test.go:") {
		t.Errorf("the message does not show whose leak it is: %s", text)
	}
	if before.descriptors != nil && (len(leak.Descriptors) != 1 || !strings.Contains(leak.Descriptors[0], "socket:")) {
		t.Errorf("descriptors: %q", leak.Descriptors)
	}
	l.Close()
	close(stop)
	if err := before.Leaks(grace); err != nil {
		t.Errorf("everything has ended, but: %v", err)
	}
}

func leakOnPurpose(stop chan struct{}) { <-stop }

// recorder is a test that only remembers that it failed.
type recorder struct {
	testing.TB
	cleanup []func()
	failed  bool
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }
func (r *recorder) Error(...any)     { r.failed = true }

func TestLeakCheck(t *testing.T) {
	r := &recorder{TB: t}
	LeakCheck(r)
	if len(r.cleanup) != 1 {
		t.Fatalf("%d cleanups", len(r.cleanup))
	}
	if r.cleanup[0](); r.failed {
		t.Error("fails without a leak")
	}
}

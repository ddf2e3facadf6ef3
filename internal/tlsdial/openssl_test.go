package tlsdial

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

// openssl starts an s_server that answers each line with the same line backwards, and returns its address. Without the
// program the test is skipped, or fails if WIRELIKE_REQUIRE_PEERS is "1".
func openssl(t *testing.T, ca *testnet.CA, args ...string) (addr string) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("WIRELIKE_REQUIRE_PEERS") == "1" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	leaf := ca.Leaf()
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for _, der := range leaf.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	file := filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"s_server", "-accept", "127.0.0.1:0", "-rev", "-cert", file, "-key", file, "-cert_chain", file}, args...)...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addrs := make(chan string, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if a, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
				select {
				case addrs <- a:
				default:
				}
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		cmd.Wait()
		if t.Failed() {
			t.Logf("openssl: %s", complaints.Bytes())
		}
	})
	select {
	case addr = <-addrs:
	case <-ended:
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		t.Fatalf("openssl %s does not start: %q", strings.Join(args, " "), addr)
	}
	return addr
}

// reverse checks that the connection carries bytes in both directions.
func reverse(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Write([]byte("abc\n")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "cba\n" {
		t.Fatalf("got %q, %v", buf, err)
	}
}

// TestOpenSSL resumes sessions with a server of another make, which gives two TLS 1.3 tickets at a time, of 200 bytes and more.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		name    string
		args    []string
		version uint16
		resumes bool
		hellos  int // on each connection; -1: as many as the shares ask for
		reason  string
	}{
		{"1.3", []string{"-tls1_3"}, tls.VersionTLS13, true, 1, "the X25519 share"},
		{"1.3 P-256", []string{"-tls1_3", "-groups", "P-256"}, tls.VersionTLS13, true, -1, "only Firefox has a share, others cannot resume"},
		{"1.3 P-384", []string{"-tls1_3", "-groups", "P-384"}, tls.VersionTLS13, false, 2, "a HelloRetryRequest each time"},
		{"1.2", []string{"-tls1_2"}, tls.VersionTLS12, true, 1, "tickets"},
		{"1.2 P-384", []string{"-tls1_2", "-groups", "P-384"}, tls.VersionTLS12, true, 1, "no shares"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			addr := openssl(t, ca, row.args...)
			for _, b := range browsers(t) {
				cfg := b.config(ca)
				hellos, resumes := row.hellos, row.resumes
				if hellos < 0 {
					if hellos = 2; b.name == "firefox153" {
						hellos = 1
					}
					resumes = hellos == 1
				}
				for i := range 3 {
					if i == 1 && row.version == tls.VersionTLS13 && !resumes {
						// The first attempt with a ticket fails, and is the last one.
						failure(t, t.Context(), dial(t, addr), "localhost", cfg, OpHandshake)
					}
					wire := dial(t, addr)
					c, err := Client(t.Context(), wire, "localhost", cfg)
					if err != nil {
						t.Fatalf("%s, connection %d: %v (%s)", b.name, i, err, row.reason)
					}
					reverse(t, c)
					sent, _ := wire.hellos(t)
					want := resumes && i > 0 && !(row.version == tls.VersionTLS12 && b.tls.Ticket12Once && i == 2)
					if s := c.State(); s.Version != row.version || s.Resumed != want || len(sent) != hellos {
						t.Errorf("%s, connection %d: %d hellos, state %+v (%s)", b.name, i, len(sent), s, row.reason)
					}
					if h := wire.first(t); want && row.version == tls.VersionTLS13 {
						n := h.Extension(fingerprint.ExtPreSharedKey).PSK.Identities[0]
						if e := h.Extension(fingerprint.ExtEncryptedClientHello).ECH; b.name == "firefox153" && e.PayloadLength != 16+32*((219+15+n+h.Extension(fingerprint.ExtPreSharedKey).PSK.Binders[0]+1+31)/32)-1 {
							t.Errorf("ticket of %d bytes, ECH %+v", n, e)
						}
					}
					c.Close()
				}
			}
		})
	}
}

// TestOpenSSLClientCertificate: a server of another make is content, or says why not.
func TestOpenSSLClientCertificate(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	alice := testnet.Person(t, "alice")
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		addr := openssl(t, ca, version, "-Verify", "1")
		for _, b := range browsers(t)[1:] {
			cfg := b.config(ca)
			cfg.Certificates = []tls.Certificate{alice}
			c, err := Client(t.Context(), dial(t, addr), "localhost", cfg)
			if err != nil {
				t.Fatalf("%s: %v", version, err)
			}
			reverse(t, c)
			c.Close()

			cfg.Certificates = nil
			cfg.Sessions = nil
			c, err = Client(t.Context(), dial(t, addr), "localhost", cfg)
			if c != nil {
				_, err = c.Read(make([]byte, 1))
				c.Close()
			}
			if !is[*ClientCertificateError](err) {
				t.Errorf("%s, %s: %v", version, b.name, err)
			}
		}
	}
}

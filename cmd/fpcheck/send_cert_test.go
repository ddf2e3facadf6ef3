package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestSendCert: --cert and --key say who the client is.
func TestSendCert(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	config := ca.Server("http/1.1")
	config.ClientAuth = tls.RequireAnyClientCert
	addr := testnet.Serve(t, func(nc net.Conn) { serveName(tls.Server(nc, config), nc) })
	_, port, _ := net.SplitHostPort(addr)
	url := "https://localhost:" + port + "/"

	dir := t.TempDir()
	cert, key, both := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "both.pem")
	certPEM, keyPEM := person(t, "alice")
	write(t, cert, certPEM)
	write(t, key, keyPEM)
	write(t, both, certPEM+keyPEM)
	_, otherKey := person(t, "bob")
	other := filepath.Join(dir, "other.pem")
	write(t, other, otherKey)
	for _, c := range []struct {
		name string
		args []string
		code int
		out  string
		err  string
		why  string
	}{
		{"two files", []string{"--cert", cert, "--key", key}, 0, "alice", "", "certificate and key"},
		{"one file", []string{"--cert", both}, 0, "alice", "", "both in one"},
		{"none", nil, 1, "", "wants a client certificate", "the server wants one"},
		{"no key", []string{"--cert", cert}, 2, "", "private key", "it is in neither file"},
		{"other key", []string{"--cert", cert, "--key", other}, 2, "", "does not match", "the key of another certificate"},
		{"key alone", []string{"--key", key}, 2, "", "--key without --cert", "it would be ignored"},
		{"missing", []string{"--cert", filepath.Join(dir, "none")}, 2, "", "none", "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			args := append([]string{"get", url, "--ca", ca.File()}, c.args...)
			if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != c.code || stdout.String() != c.out || !strings.Contains(stderr.String(), c.err) {
				t.Errorf("%s: exit code %d, stdout %q, stderr %q", c.why, code, stdout.String(), stderr.String())
			}
		})
	}
}

// serveName answers with the name that the client's certificate has.
func serveName(c *tls.Conn, raw net.Conn) {
	if c.Handshake() != nil {
		io.Copy(io.Discard, raw) // an alert is not to be lost to a reset
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
}

// person returns a certificate and its key, in PEM.
func person(t *testing.T, name string) (cert, key string) {
	t.Helper()
	p := testnet.Person(t, name)
	der, err := x509.MarshalPKCS8PrivateKey(p.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate[0]})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

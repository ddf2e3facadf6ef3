package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// tlsRows are shown a server whose authority ca nobody else knows.
type tlsLab struct {
	*server
	other *testnet.CA // another authority
}

func newTLSLab(t *testing.T) *tlsLab {
	return &tlsLab{newServer(t, false, func(http.ResponseWriter, *http.Request) {}), testnet.NewCA(t, time.Now())}
}

// file writes a file that lives as long as the test.
func file(t *testing.T, name string, content ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	var all []byte
	for _, c := range content {
		all = append(all, c...)
	}
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTLSVerify: which authorities count, for the session and for one that is made of it with another transport.
func TestTLSVerify(t *testing.T) {
	t.Parallel()
	lab := newTLSLab(t)
	good, bad := lab.ca.File(), lab.other.File()
	garbled := file(t, "garbled.pem", lab.ca.PEM()[:200])
	on, off := client.Transport{}, client.Transport{InsecureSkipVerify: true}
	for _, row := range []struct {
		id, name string
		session  *client.Transport
		call     *client.Transport // in place of it, with the session's other options; nil for none
		want     *client.Kind      // nil for a response
	}{
		{"TLS-01", "on by default", &on, nil, client.ErrCertificate},
		{"TLS-01", "on, then off", &on, &off, nil},
		{"TLS-01", "off", &off, nil, nil},
		{"TLS-01", "off, then on", &off, &on, client.ErrCertificate},
		{"TLS-01", "file", &client.Transport{CAFile: good}, nil, nil},
		{"TLS-01", "file, then on", &client.Transport{CAFile: good}, &client.Transport{CAFile: good}, nil},
		{"TLS-01", "other file", &client.Transport{CAFile: bad}, nil, client.ErrCertificate},
		{"TLS-01", "other file, then the file", &client.Transport{CAFile: bad}, &client.Transport{CAFile: good}, nil},
		{"TLS-01", "off, then other file", &off, &client.Transport{CAFile: bad}, client.ErrCertificate},
		{"TLS-01", "bytes", &client.Transport{CAPEM: lab.ca.PEM()}, nil, nil},
		{"TLS-01", "pool, file and bytes together", &client.Transport{RootCAs: lab.other.Pool(), CAFile: bad, CAPEM: lab.ca.PEM()}, nil, nil},
		{"TLS-01", "pool beside a file", &client.Transport{RootCAs: lab.ca.Pool(), CAFile: bad}, nil, nil},
		{"TLS-03", "off, file is missing", &client.Transport{InsecureSkipVerify: true, CAFile: "missing.pem"}, nil, nil},
		{"TLS-03", "off, file is garbled", &client.Transport{InsecureSkipVerify: true, CAFile: garbled}, nil, nil},
		{"TLS-04", "two in a bundle, with text between", &client.Transport{CAFile: file(t, "two.pem", []byte("# one\n"), lab.other.PEM(), []byte("\n# two\n"), lab.ca.PEM())}, nil, nil},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			first := fresh(row.session)
			t.Cleanup(func() { first.Close() })
			s := newSession(t, &client.Options{Transport: first})
			if row.call != nil {
				second := fresh(row.call)
				t.Cleanup(func() { second.Close() })
				var err error
				if s, err = s.With(func(o *client.Options) { o.Transport = second }); err != nil {
					t.Fatal(err)
				}
			}
			r, err := s.Get(t.Context(), lab.url, nil)
			if err == nil {
				r.Close()
			}
			if row.want == nil && err != nil || row.want != nil && !errors.Is(err, row.want) {
				t.Errorf("%v, want %v", err, row.want)
			}
		})
	}
}

// fresh returns an unused transport with the settings of t that this file's tables have.
func fresh(t *client.Transport) *client.Transport {
	return &client.Transport{RootCAs: t.RootCAs, CAFile: t.CAFile, CAPEM: t.CAPEM, InsecureSkipVerify: t.InsecureSkipVerify}
}

// TestTLSFiles: files that cannot be used are told when the session is made, with their paths and what to do.
func TestTLSFiles(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	missing := filepath.Join(t.TempDir(), "missing.pem")
	cut := file(t, "cut.pem", ca.PEM(), ca.PEM()[:300])
	person, key := pemOf(t, testnet.Person(t, "alice"))
	_, foreign := pemOf(t, testnet.Person(t, "bob"))
	both, cert := file(t, "both.pem", person, key), file(t, "cert.pem", person)
	locked := file(t, "locked.pem", []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	notX509 := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})
	for _, row := range []struct {
		id, name string
		o        client.Options
		kind     *client.Kind // nil for a session
		code     client.Code
		want     string
	}{
		{"TLS-04", "missing", client.Options{CAFile: missing}, client.ErrAuthorities, 77, missing},
		{"TLS-04", "no certificate", client.Options{CAFile: file(t, "text.pem", []byte("hello"))}, client.ErrAuthorities, 77, "no certificate"},
		{"TLS-04", "the second is cut", client.Options{CAFile: cut}, client.ErrAuthorities, 77, "1 of 2 certificates"},
		{"TLS-04", "its path", client.Options{CAFile: cut}, client.ErrAuthorities, 77, cut},
		{"TLS-04", "not X.509", client.Options{CAPEM: notX509}, client.ErrAuthorities, 77, "CAPEM: certificate 1"},
		{"TLS-04", "empty bytes", client.Options{CAPEM: []byte{}}, client.ErrAuthorities, 77, "no certificate"},
		{"TLS-04", "directory", client.Options{CAFile: t.TempDir()}, client.ErrAuthorities, 77, "directory"},
		{"TLS-07", "certificate and key", client.Options{CertFile: cert, KeyFile: file(t, "key.pem", key)}, nil, 0, ""},
		{"TLS-07", "both in one", client.Options{CertFile: both}, nil, 0, ""},
		{"TLS-07", "key first", client.Options{CertFile: file(t, "keyfirst.pem", key, person)}, nil, 0, ""},
		{"TLS-07", "missing", client.Options{CertFile: missing}, client.ErrIdentity, 58, missing},
		{"TLS-07", "key is missing", client.Options{CertFile: cert, KeyFile: missing}, client.ErrIdentity, 58, missing},
		{"TLS-07", "no key in the file", client.Options{CertFile: cert}, client.ErrIdentity, 58, "set KeyFile"},
		{"TLS-07", "no certificate in the file", client.Options{CertFile: file(t, "onlykey.pem", key)}, client.ErrIdentity, 58, "no certificate"},
		{"TLS-07", "key of another", client.Options{CertFile: cert, KeyFile: file(t, "foreign.pem", foreign)}, client.ErrIdentity, 58, "does not match"},
		{"TLS-07", "encrypted key", client.Options{CertFile: cert, KeyFile: locked}, client.ErrIdentity, 58, "openssl pkey"},
		{"TLS-07", "key alone", client.Options{KeyFile: both}, client.ErrIdentity, 58, "KeyFile without CertFile"},
		{"TLS-07", "certificate without key", client.Options{Certificates: []tls.Certificate{{Certificate: [][]byte{{1}}}}}, client.ErrIdentity, 58, "Certificates[0]"},
		{"TLS-09", "no pin", client.Options{PinnedKeys: []string{}}, client.ErrInvalidRequest, 43, "PinnedKeys is empty"},
		{"TLS-09", "no prefix", client.Options{PinnedKeys: []string{"key.pem"}}, client.ErrInvalidRequest, 43, "sha256//"},
		{"TLS-09", "too short", client.Options{PinnedKeys: []string{"sha256//AAAA"}}, client.ErrInvalidRequest, 43, "32 bytes"},
		{"TLS-09", "the second", client.Options{PinnedKeys: []string{pinOf(ca.Cert), pinOf(ca.Cert) + ";"}}, client.ErrInvalidRequest, 43, "PinnedKeys[1]"},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			s, err := client.New(&row.o)
			if row.kind == nil {
				if err != nil {
					t.Fatal(err)
				}
				s.Close()
				return
			}
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != row.kind || e.Code != row.code || e.Op != "new" || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %v with %q", err, row.kind, row.want)
			}
			if !errors.Is(err, client.ErrInvalidRequest) || row.code != 43 && !errors.Is(err, client.ErrTLS) {
				t.Errorf("parents: %v", err)
			}
			if row.want == missing && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("no cause: %v", err)
			}
		})
	}
}

// pemOf returns certificate and key in PEM.
func pemOf(t *testing.T, c tls.Certificate) (cert, key []byte) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func pinOf(c *x509.Certificate) string { return client.KeyPin(c) }

// TestTLSIdentity: what is in files is sent to a server that asks.
func TestTLSIdentity(t *testing.T) {
	t.Parallel()
	cert, key := pemOf(t, testnet.Person(t, "alice"))
	for _, row := range []struct {
		id, name string
		set      func(*client.Options)
		want     string
	}{
		{"TLS-07", "one file", func(o *client.Options) { o.CertFile = file(t, "both.pem", cert, key) }, "alice"},
		{"TLS-07", "two files", func(o *client.Options) { o.CertFile, o.KeyFile = file(t, "c.pem", cert), file(t, "k.pem", key) }, "alice"},
		{"TLS-07", "behind Certificates", func(o *client.Options) {
			o.Certificates, o.CertFile = []tls.Certificate{testnet.Person(t, "bob")}, file(t, "both.pem", cert, key)
		}, "bob"},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			for _, profile := range profilesInUse {
				o, u := demanding(t, tls.VersionTLS13, "http/1.1")
				o.Profile = profile
				row.set(o)
				r, err := newSession(t, o).Get(t.Context(), u, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := r.Text(); got != row.want || err != nil {
					t.Errorf("profile %q: %q, %v", profile, got, err)
				}
			}
		})
	}
}

// TestTLSCertificates: a server that is not who it should be is found out.
func TestTLSCertificates(t *testing.T) {
	t.Parallel()
	ca, stranger, old := testnet.NewCA(t, time.Now()), testnet.NewCA(t, time.Now()), testnet.NewCA(t, time.Now().Add(-48*time.Hour))
	// serve answers handshakes with a certificate, and tells whether anything came behind one.
	serve := func(t *testing.T, c tls.Certificate) string {
		addr := testnet.Serve(t, func(nc net.Conn) {
			s := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{c}})
			if n, _ := s.Read(make([]byte, 1)); n > 0 {
				t.Error("a request was sent")
			}
		})
		_, port, _ := net.SplitHostPort(addr)
		return "localhost:" + port
	}
	for _, row := range []struct {
		id, name string
		leaf     tls.Certificate
		roots    *x509.CertPool
		socket   bool
		check    func(error) bool
	}{
		{"TLS-02", "WebSocket of a stranger", stranger.Leaf(), ca.Pool(), true, as[x509.UnknownAuthorityError]},
		{"TLS-02", "WebSocket, no pool at all", stranger.Leaf(), nil, true, as[x509.UnknownAuthorityError]},
		{"TLS-05", "stranger", stranger.Leaf(), ca.Pool(), false, as[x509.UnknownAuthorityError]},
		{"TLS-05", "other host", ca.Leaf("other.test"), ca.Pool(), false, as[x509.HostnameError]},
		{"TLS-05", "expired", old.Leaf(), old.Pool(), false, as[x509.CertificateInvalidError]},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			for _, profile := range profilesInUse {
				host := serve(t, row.leaf)
				s := newSession(t, &client.Options{Profile: profile, RootCAs: row.roots})
				var err error
				if row.socket {
					_, err = s.WebSocket(t.Context(), "wss://"+host+"/", nil)
				} else {
					_, err = s.Get(t.Context(), "https://"+host+"/", nil)
				}
				var e *client.Error
				if !errors.As(err, &e) || e.Kind != client.ErrCertificate || e.Code != 60 || !errors.Is(err, client.ErrConnect) || !as[*tls.CertificateVerificationError](err) || !row.check(err) {
					t.Errorf("profile %q: %v", profile, err)
				}
			}
		})
	}
}

// as tells whether an error of type E is in the chain.
func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// TestTLSHandshakes: what is wrong with a handshake that is not about certificates.
func TestTLSHandshakes(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		id, name string
		serve    func(net.Conn)
		check    func(error) bool
	}{
		{"TLS-06", "plain text", func(c net.Conn) {
			c.Read(make([]byte, 1))
			c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			c.Read(make([]byte, 4096))
		}, as[tls.RecordHeaderError]},
		{"TLS-06", "alert", func(c net.Conn) {
			c.Read(make([]byte, 4096))
			c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // handshake_failure
		}, as[tls.AlertError]},
		{"TLS-06", "no common version", func(c net.Conn) {
			config := ca.Server()
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			tls.Server(c, config).Handshake()
		}, as[tls.AlertError]},
		{"TLS-06", "hang-up", func(c net.Conn) { c.Read(make([]byte, 1)); c.(*net.TCPConn).CloseWrite(); c.Read(make([]byte, 4096)) }, func(error) bool { return true }},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			for _, profile := range profilesInUse {
				_, port, _ := net.SplitHostPort(testnet.Serve(t, row.serve))
				err := get(t, &client.Options{Profile: profile, RootCAs: ca.Pool()}, "https://localhost:"+port+"/", nil)
				var e *client.Error
				if !errors.As(err, &e) || e.Kind != client.ErrTLS || e.Code != 35 || !row.check(err) {
					t.Errorf("profile %q: %v", profile, err)
				}
			}
		})
	}
}

package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// handshake is what a TLS server is restricted to.
type handshake struct {
	name    string
	version uint16
	group   tls.CurveID // the only one; 0: all that the server knows
	client  bool        // it insists on a certificate of the client, which it verifies
	reason  string
}

var handshakes = []handshake{
	{"TLS 1.2", tls.VersionTLS12, 0, false, "the server passes over what only TLS 1.3 has"},
	{"TLS 1.2, P-256", tls.VersionTLS12, tls.CurveP256, false, "a group behind the preferred ones"},
	{"TLS 1.2, P-384", tls.VersionTLS12, tls.CurveP384, false, "the last group of Chrome"},
	{"TLS 1.3", tls.VersionTLS13, 0, false, "no post-quantum group: the second key share"},
	{"TLS 1.3, P-256", tls.VersionTLS13, tls.CurveP256, false, "Firefox has a key share for it, others are asked again"},
	{"TLS 1.3, P-384", tls.VersionTLS13, tls.CurveP384, false, "nobody has a key share for it: HelloRetryRequest"},
	{"TLS 1.2, client certificate", tls.VersionTLS12, 0, true, "the certificate goes in the clear, a resumed session goes without"},
	{"TLS 1.3, client certificate", tls.VersionTLS13, 0, true, "the certificate comes after the server's Finished"},
	{"TLS 1.3, P-384, client certificate", tls.VersionTLS13, tls.CurveP384, true, "the signature covers both hellos"},
}

// asksAgain tells whether the server answers a hello with a HelloRetryRequest, because it has no key share of the group.
func (h handshake) asksAgain(hello *fingerprint.ClientHello) bool {
	return h.version == tls.VersionTLS13 && h.group != 0 &&
		!slices.ContainsFunc(hello.Extension(fingerprint.ExtKeyShare).Shares, func(s fingerprint.KeyShare) bool {
			return tls.CurveID(s.Group) == h.group
		})
}

// stack is a TLS stack with a server that answers with a page about the connection.
type stack struct {
	name  string
	start func(t *testing.T, h handshake, f serverFiles) (port string)
	// page returns what the page must say; a resumed session may go without the group.
	page func(h handshake, resumed bool) []string
}

var stacks = []stack{
	{"openssl", startOpenSSL, opensslPage},
	{"gnutls", startGnuTLS, gnutlsPage},
}

// startOpenSSL starts s_server, which answers to no ALPN, asks for a client certificate in any case, and serves one
// connection after the other.
func startOpenSSL(t *testing.T, h handshake, f serverFiles) string {
	path := program{"openssl", "openssl"}.need(t, "version")
	return start(t, path, func(port string) []string {
		args := []string{"s_server", "-accept", "127.0.0.1:" + port, "-cert", f.cert, "-key", f.key,
			"-www", map[uint16]string{tls.VersionTLS12: "-tls1_2", tls.VersionTLS13: "-tls1_3"}[h.version]}
		if h.client {
			args = append(args, "-Verify", "1", "-verify_return_error", "-CAfile", f.client)
		} else {
			args = append(args, "-verify", "1")
		}
		if h.group != 0 {
			args = append(args, "-groups", map[tls.CurveID]string{tls.CurveP256: "P-256", tls.CurveP384: "P-384"}[h.group])
		}
		return args
	})
}

func opensslPage(h handshake, resumed bool) []string {
	says := []string{map[bool]string{false: "New, ", true: "Reused, "}[resumed], "Protocol  : " + map[uint16]string{tls.VersionTLS12: "TLSv1.2\n", tls.VersionTLS13: "TLSv1.3\n"}[h.version]}
	if h.client { // with "0 (ok)" only if the authority has signed it
		says = append(says, "Client certificate\n", "Subject: CN="+clientName+"\n", "Verify return code: 0 (ok)\n")
	}
	if h.group != 0 && !resumed {
		says = append(says, "Shared groups: "+map[tls.CurveID]string{tls.CurveP256: "secp256r1\n", tls.CurveP384: "secp384r1\n"}[h.group])
	}
	return says
}

// startGnuTLS starts gnutls-serv, which chooses http/1.1 by ALPN, and asks for a client certificate in any case. It
// listens on all interfaces: there is no option for one.
func startGnuTLS(t *testing.T, h handshake, f serverFiles) string {
	path := program{"gnutls-serv", "gnutls-bin"}.need(t, "--version")
	return start(t, "/bin/sh", func(port string) []string {
		priority := "NORMAL:-VERS-ALL:+VERS-TLS" + map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[h.version]
		if h.group != 0 {
			priority += ":-GROUP-ALL:+GROUP-" + gnutlsGroup[h.group]
		}
		args := []string{"-c", `exec "$0" "$@" >'` + f.log + "'", path, "--http", "--port", port, "--x509certfile", f.cert, "--x509keyfile", f.key, "--alpn", "http/1.1", "--priority", priority}
		if h.client {
			args = append(args, "--x509cafile", f.client, "--require-client-cert", "--verify-client-cert")
		}
		return args
	})
}

var gnutlsGroup = map[tls.CurveID]string{tls.CurveP256: "SECP256R1", tls.CurveP384: "SECP384R1"}

// gnutlsPage does not tell that a session was resumed; the log does.
func gnutlsPage(h handshake, resumed bool) []string {
	says := []string{
		"<TD>TLS" + map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[h.version] + "</TD>",
		"Server Name: localhost",
	}
	if h.client { // gnutls-serv hangs up on one that it does not trust
		says = append(says, "Subject: CN="+clientName+"\n")
	}
	if h.group != 0 && !resumed {
		says = append(says, "ECDHE-"+gnutlsGroup[h.group])
	}
	return says
}

// TestHandshakes: every profile agrees with stacks that know, or may use, less than a browser offers, at a first visit and
// when it comes back with a ticket; both sides say the same about the connection, and the page arrives.
func TestHandshakes(t *testing.T) {
	for _, stack := range stacks {
		for _, h := range handshakes {
			t.Run(stack.name+" "+h.name, func(t *testing.T) {
				t.Parallel()
				ca := testnet.NewCA(t, time.Now())
				certificate, f := clientFiles(t, ca)
				resumed := 0
				t.Cleanup(func() { f.checkLog(t, resumed) }) // when the server has ended
				port := stack.start(t, h, f)
				for _, profile := range append([]string{""}, testnet.SomeProfiles(profiles.Names())...) {
					t.Run(nameOf(profile), func(t *testing.T) {
						var sent recorder
						s := newSession(t, &client.Options{Profile: profile, RootCAs: ca.Pool(), DialContext: sent.dial, Certificates: certificate(h)})
						v := visitor{stack, h, profile, s, localhost(port) + "/", &sent}
						if !knowsHTTP1(t, profile) {
							v.stop(t)
							return
						}
						v.visit(t, false)
						if profile == "tor145" { // it resumes nothing
							return
						}
						if v.visit(t, true) {
							resumed++
						}
					})
				}
			})
		}
	}
}

// knowsHTTP1 tells whether a profile knows its browser's requests over HTTP/1.1, which is all that these servers speak.
func knowsHTTP1(t *testing.T, name string) bool {
	t.Helper()
	if name == "" {
		return true
	}
	p, err := profiles.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return len(p.Headers[profiles.Navigate].H1) > 0
}

// stop visits with a profile that does not: what it gets is no failure of the handshake, but comes when that is complete and
// the server has chosen.
func (v *visitor) stop(t *testing.T) {
	t.Helper()
	_, err := v.session.Get(bounded(t), v.url, nil)
	var unknown *client.KindError
	if !errors.As(err, &unknown) || unknown.Proto != "http/1.1" {
		t.Errorf("%v, want that the profile has no requests over http/1.1", err)
	}
	if n := len(v.sent.hellos(t)); n == 0 {
		t.Error("no hello was sent")
	}
}

// visitor is a client of one stack.
type visitor struct {
	stack   stack
	h       handshake
	profile string
	session *client.Session
	url     string
	sent    *recorder
}

// visit fetches the page over a connection of its own, checks what both sides say and what was sent, and tells whether the
// session had to be resumed.
func (v *visitor) visit(t *testing.T, again bool) (resumed bool) {
	t.Helper()
	r, err := v.session.Get(bounded(t), v.url, nil)
	if err != nil {
		t.Fatalf("%v (%s)", err, v.h.reason)
	}
	page, err := r.Text()
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Info.TLS.Version; got != v.h.version {
		t.Errorf("%s", tls.VersionName(got))
	}
	hellos := v.sent.hellos(t)
	retried := v.h.asksAgain(hellos[0])
	if want := map[bool]int{false: 1, true: 2}[retried]; len(hellos) != want {
		t.Errorf("%d hellos, want %d (%s)", len(hellos), want, v.h.reason)
	}
	// The TLS stack cannot resume with a browser's hello when it is asked again (tlsdial.ErrTicketDropped).
	resumed = again && (!retried || v.profile == "")
	if r.Info.Resumed != resumed {
		t.Errorf("resumed: %v, want %v", r.Info.Resumed, resumed)
	}
	if offered := hellos[0].Extension(fingerprint.ExtPreSharedKey) != nil; offered != (resumed && v.h.version == tls.VersionTLS13) {
		t.Errorf("the hello offers a session of TLS 1.3: %v", offered)
	}
	if x := hellos[0].Extension(fingerprint.ExtSessionTicket); (x != nil && x.Length > 0) != (resumed && v.h.version == tls.VersionTLS12) {
		t.Errorf("the ticket of a session of TLS 1.2: %+v", x)
	}
	page = strings.ReplaceAll(page, "CN = ", "CN=") // as other versions of OpenSSL write it
	for _, text := range v.stack.page(v.h, resumed) {
		if !strings.Contains(page, text) {
			t.Errorf("the server does not say %q:\n%s", text, page[max(0, len(page)-2000):])
		}
	}
	return resumed
}

// recorder keeps what goes out on connections.
type recorder struct {
	mu    sync.Mutex
	conns []*recorded
}

type recorded struct {
	net.Conn
	r    *recorder
	sent bytes.Buffer
}

func (r *recorder) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	rec := &recorded{Conn: c, r: r}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns = append(r.conns, rec)
	return rec, nil
}

func (c *recorded) Write(b []byte) (int, error) {
	c.r.mu.Lock()
	c.sent.Write(b)
	c.r.mu.Unlock()
	return c.Conn.Write(b)
}

// hellos returns the hellos of the latest connection: one, or two if there was a HelloRetryRequest. A hello is a record
// of its own (RFC 8446 §4.1.2, §5.1).
func (r *recorder) hellos(t *testing.T) []*fingerprint.ClientHello {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var hellos []*fingerprint.ClientHello
	for rest := r.conns[len(r.conns)-1].sent.Bytes(); len(rest) >= 5; {
		const handshakeRecord, clientHello = 22, 1
		size := min(len(rest), 5+int(binary.BigEndian.Uint16(rest[3:])))
		m := rest[5:size]
		if rest[0] == handshakeRecord && len(m) > 4 && binary.BigEndian.Uint32(m) == uint32(clientHello<<24|len(m)-4) {
			f, err := fingerprint.Parse(&fingerprint.Capture{Hellos: []fingerprint.Hex{m}})
			if err != nil {
				t.Fatal(err)
			}
			hellos = append(hellos, f.TLS)
		}
		rest = rest[size:]
	}
	if len(hellos) == 0 {
		t.Fatal("no hello was sent")
	}
	return hellos
}

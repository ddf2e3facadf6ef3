package tlsdial

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"reflect"
	"testing"
	"time"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestBuildStatus fails when utls no longer has the field, or puts something else into it: then see whether it still
// computes two secrets.
func TestBuildStatus(t *testing.T) {
	t.Parallel()
	if !buildStatus.found {
		t.Fatal("utls.UConn has no field clientHelloBuildStatus of type ClientHelloBuildStatus any more")
	}
	u := utls.UClient(nil, &utls.Config{ServerName: "localhost"}, utls.HelloFirefox_Auto)
	if got := *buildStatus.of(u); got != utls.NotBuilt {
		t.Errorf("before the hello is built: %d", got)
	}
	if err := u.BuildHandshakeState(); err != nil {
		t.Fatal(err)
	}
	if got := *buildStatus.of(u); got != utls.BuildByUtls {
		t.Errorf("after the hello is built: %d", got)
	}
}

// TestFindStatus: a field that is not as expected is none.
func TestFindStatus(t *testing.T) {
	t.Parallel()
	type inner struct{ status utls.ClientHelloBuildStatus }
	_ = inner{}.status
	for _, row := range []struct {
		name      string
		structure reflect.Type
		want      statusField
	}{
		{"as expected", reflect.TypeFor[struct {
			before uint64
			status utls.ClientHelloBuildStatus
		}](), statusField{8, true}},
		{"missing", reflect.TypeFor[struct{ state utls.ClientHelloBuildStatus }](), statusField{}},
		{"another type of the same size", reflect.TypeFor[struct{ status int }](), statusField{}},
		{"a pointer", reflect.TypeFor[struct {
			status *utls.ClientHelloBuildStatus
		}](), statusField{}},
		{"embedded", reflect.TypeFor[struct {
			before uint64
			inner
		}](), statusField{}},
	} {
		if got := findStatus(row.structure, "status"); got != row.want {
			t.Errorf("%s: %+v", row.name, got)
		}
	}
	if (statusField{}).of(&utls.UConn{}) != nil {
		t.Error("a place for no field")
	}
}

// TestOneKey spoils the key of which the second secret is computed: the handshake fails if that is in use.
func TestOneKey(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := echo(t, ca.Server(), nil)
	other, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range browsers(t) {
		for _, field := range []statusField{buildStatus, {}} {
			conn := dial(t, addr)
			w, err := b.config(ca).wire(conn, "localhost", nil)
			if err != nil {
				t.Fatal(err)
			}
			w.status = field
			w.u.HandshakeState.State13.KeyShareKeys.MlkemEcdhe = other
			if err := w.u.HandshakeContext(t.Context()); (err == nil) != field.found {
				t.Errorf("%s: one secret %v, %v", b.name, field.found, err)
			} else if w.one != field.found {
				t.Errorf("%s: one secret %v", b.name, w.one)
			}
			conn.Close()
		}
	}
}

// TestOneKeySituations: whatever the server selects, the handshake completes, the second visit resumes the session, the
// status is what utls left, with and without the shortcut.
func TestOneKeySituations(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		name    string
		version uint16
		group   tls.CurveID
		one     bool
		reason  string
	}{
		{"hybrid", tls.VersionTLS13, tls.X25519MLKEM768, true, "two secrets in utls"},
		{"X25519", tls.VersionTLS13, tls.X25519, false, "one anyway"},
		{"P-256", tls.VersionTLS13, tls.CurveP256, false, "a share in Firefox, HelloRetryRequest in others"},
		{"P-384", tls.VersionTLS13, tls.CurveP384, false, "HelloRetryRequest"},
		{"TLS 1.2", tls.VersionTLS12, tls.X25519, false, "no shares"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := ca.Server()
			server.MinVersion, server.MaxVersion, server.CurvePreferences = row.version, row.version, []tls.CurveID{row.group}
			addr := echo(t, server, nil)
			for _, b := range browsers(t) {
				for _, field := range []statusField{buildStatus, {}} {
					cfg := b.config(ca)
					for i := range 2 {
						conn := dial(t, addr)
						w, err := cfg.wire(conn, "localhost", cfg.ticket())
						if err != nil {
							t.Fatal(err)
						}
						w.status = field
						err = w.u.HandshakeContext(t.Context())
						if err == nil && w.one != (row.one && field.found) {
							t.Errorf("%s, visit %d: one secret %v (%s)", b.name, i, w.one, row.reason)
						}
						if w.retry { // tickets are of no use here: see ErrTicketDropped
							conn.Close()
							continue
						}
						if err != nil {
							t.Fatalf("%s, visit %d, shortcut %v: %v", b.name, i, field.found, err)
						}
						c := newConn(w)
						if got := *buildStatus.of(w.u); got != utls.BuildByUtls {
							t.Errorf("%s: the status stays %d", b.name, got)
						}
						ping(t, c)
						if s := c.State(); s.Version != row.version || s.Resumed != (i == 1) {
							t.Errorf("%s, visit %d: %+v", b.name, i, s)
						}
						c.Close()
					}
				}
			}
		})
	}
}

package tlsdial

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestALPN(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := echo(t, ca.Server("h2", "http/1.1"), nil)
	chromium := browsers(t)[1]
	both := clone(chromium.hello)
	both.Extension(fingerprint.ExtApplicationSettings).Protocols = []string{"h3", "h2", "http/1.1"}
	for _, row := range []struct {
		name             string
		hello            *fingerprint.ClientHello
		offer, alpn      []string
		alps             []string
		selected, reason string
	}{
		{"own", chromium.hello, nil, []string{"h2", "http/1.1"}, []string{"h2"}, "h2", "nothing is replaced"},
		{"websocket", chromium.hello, []string{"http/1.1"}, []string{"http/1.1"}, nil, "http/1.1", "Chromium's WebSocket hello has no ALPS"},
		{"h2 only", chromium.hello, []string{"h2"}, []string{"h2"}, []string{"h2"}, "h2", "ALPS stays"},
		{"none", chromium.hello, []string{}, nil, nil, "", "both extensions vanish"},
		{"some ALPS", both, []string{"http/1.1", "h2"}, []string{"http/1.1", "h2"}, []string{"h2", "http/1.1"}, "h2", "in the order of the model"},
		{"neutral", nil, []string{"http/1.1"}, []string{"http/1.1"}, nil, "http/1.1", "what is asked for"},
		{"neutral none", nil, nil, nil, nil, "", "nothing by itself"},
	} {
		c, wire := connect(t, addr, "localhost", &Config{Hello: row.hello, ALPN: row.offer, RootCAs: ca.Pool()})
		h := wire.first(t)
		list := func(id fingerprint.ID) []string {
			if e := h.Extension(id); e != nil {
				return e.Protocols
			}
			return nil
		}
		if got := list(fingerprint.ExtALPN); !slices.Equal(got, row.alpn) {
			t.Errorf("%s: ALPN %v, want %v (%s)", row.name, got, row.alpn, row.reason)
		}
		if got := list(fingerprint.ExtApplicationSettings); !slices.Equal(got, row.alps) {
			t.Errorf("%s: ALPS %v, want %v (%s)", row.name, got, row.alps, row.reason)
		}
		if c.State().ALPN != row.selected {
			t.Errorf("%s: selected %q", row.name, c.State().ALPN)
		}
	}
}

func TestServerName(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := echo(t, ca.Server("h2"), nil)
	firefox := model(t, "firefox153")
	nameless := clone(firefox)
	nameless.Extensions = slices.DeleteFunc(nameless.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtServerName })
	for _, row := range []struct {
		name   string
		hello  *fingerprint.ClientHello
		host   string
		sent   string
		reason string
	}{
		{"name", firefox, "localhost", "localhost", "as it is"},
		{"final dot", firefox, "localhost.", "localhost", "RFC 6066: without trailing dot"},
		{"case", firefox, "LocalHost", "LocalHost", "the caller has chosen the spelling"},
		{"ipv4", firefox, "127.0.0.1", "", "RFC 6066: no addresses"},
		{"ipv6", firefox, "::1", "", "no addresses"},
		{"brackets", firefox, "[::1]", "", "no addresses"},
		{"zone", firefox, "::1%lo", "", "a zone is no part of the certificate"},
		{"nameless model", nameless, "localhost", "", "verified all the same"},
		{"neutral", nil, "localhost.", "localhost", "the same rules"},
		{"neutral ipv4", nil, "127.0.0.1", "", "the same rules"},
	} {
		_, wire := connect(t, addr, row.host, &Config{Hello: row.hello, RootCAs: ca.Pool()})
		sent := ""
		if e := wire.first(t).Extension(fingerprint.ExtServerName); e != nil {
			sent = e.ServerName
		}
		if sent != row.sent {
			t.Errorf("%s: sent %q, want %q (%s)", row.name, sent, row.sent, row.reason)
		}
	}
}

func TestNeutralIsNoBrowser(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	_, wire := connect(t, echo(t, ca.Server("h2"), nil), "localhost", &Config{ALPN: []string{"h2"}, RootCAs: ca.Pool()})
	for _, l := range (&fingerprint.Fingerprint{TLS: wire.first(t)}).Leaves() {
		if strings.HasPrefix(l.Value, "GREASE") || strings.Contains(l.Path, "encrypted_client_hello") {
			t.Errorf("%s is %s", l.Path, l.Value)
		}
	}
}

func TestSessionIDLength(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := echo(t, ca.Server("h2"), nil)
	for _, n := range []int{0, 1, 32} {
		h := clone(model(t, "firefox153"))
		h.SessionIDLength = n
		_, wire := connect(t, addr, "localhost", &Config{Hello: h, RootCAs: ca.Pool()})
		if got := wire.first(t).SessionIDLength; got != n {
			t.Errorf("session id of %d bytes, want %d", got, n)
		}
	}
}

// TestServerSeesWhatWasSent compares with a parser that is not ours.
func TestServerSeesWhatWasSent(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, b := range browsers(t) {
		seen := make(chan *tls.ClientHelloInfo, 1)
		config := ca.Server("h2")
		config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) { seen <- h; return nil, nil }
		_, wire := connect(t, echo(t, config, nil), "localhost", &Config{Hello: b.hello, Vary: b.vary, RootCAs: ca.Pool()})
		sent, got := wire.first(t), <-seen
		var extensions []fingerprint.ID
		for _, e := range sent.Extensions {
			extensions = append(extensions, e.Type)
		}
		for _, row := range []struct {
			name      string
			sent, got []fingerprint.ID
		}{
			{"cipher suites", sent.CipherSuites, ids(got.CipherSuites)},
			{"extensions", extensions, ids(got.Extensions)},
			{"groups", sent.Extension(fingerprint.ExtSupportedGroups).List, ids(got.SupportedCurves)},
			{"signature algorithms", sent.Extension(fingerprint.ExtSignatureAlgorithms).List, ids(got.SignatureSchemes)},
			{"versions", sent.Extension(fingerprint.ExtSupportedVersions).List, ids(got.SupportedVersions)},
		} {
			if !slices.Equal(row.sent, row.got) {
				t.Errorf("%s: %s sent %v, the server saw %v", b.name, row.name, row.sent, row.got)
			}
		}
		if protos := sent.Extension(fingerprint.ExtALPN).Protocols; got.ServerName != "localhost" || !slices.Equal(protos, got.SupportedProtos) {
			t.Errorf("%s: the server saw name %q, protocols %v", b.name, got.ServerName, got.SupportedProtos)
		}
	}
}

func ids[T ~uint16](list []T) []fingerprint.ID {
	out := make([]fingerprint.ID, len(list))
	for i, v := range list {
		out[i] = fingerprint.ID(v)
	}
	return out
}

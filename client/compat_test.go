package client_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

// squeezed is what a server with Brotli makes of a chain.
func squeezed(b []byte) []byte {
	var out strings.Builder
	w := brotli.NewWriter(&out)
	w.Write(b)
	w.Close()
	return []byte(out.String())
}

// delegating starts a server that signs with the key of a delegated credential, as long as the client lets it (tls.md B6).
func delegating(t *testing.T, ca *testnet.CA) *testnet.Server {
	t.Helper()
	return testnet.ServeTLS13(t, &testnet.TLS13{Certificate: ca.Leaf(), Delegated: testnet.NewKey(t)})
}

// TestCompat: what the TLS stack cannot do is an error of its own that says so and what may help; with CompatRetry the request
// succeeds, and its Info tells at what price.
func TestCompat(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	large := testnet.ServeTLS13(t, &testnet.TLS13{Certificate: ca.LeafOf(40 << 10), Compress: squeezed, Algorithm: 2})
	for _, row := range []struct {
		name, profile string
		server        *testnet.Server
		reason, hint  string
		left          []fingerprint.ID
	}{
		{"B4", "chrome150", large, "32 KiB", "leaves out compress_certificate", []fingerprint.ID{27}},
		{"B6", "firefox153_linux", delegating(t, ca), "delegated credentials", "leaves out delegated_credential", []fingerprint.ID{34}},
	} {
		o := client.Options{Profile: row.profile, RootCAs: ca.Pool()}
		err := get(t, &o, row.server.URL, nil)
		var c *client.CompatError
		if !errors.Is(err, client.ErrCompat) || !errors.Is(err, client.ErrTLS) || !errors.As(err, &c) {
			t.Fatalf("%s: %v", row.name, err)
		}
		if !strings.Contains(c.Reason, row.reason) || !strings.Contains(err.Error(), c.Reason) || !strings.HasSuffix(err.Error(), row.hint) || !slices.Equal(c.Extensions, row.left) {
			t.Errorf("%s: %v, %v", row.name, err, c.Extensions)
		}
		o.CompatRetry = true
		s := newSession(t, &o)
		for range 2 { // the second time on the same connection
			r, err := s.Get(t.Context(), row.server.URL, nil)
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			if text, err := r.Text(); text != "ok" || err != nil || !slices.Equal(r.Info.LeftOut, row.left) {
				t.Errorf("%s: %q, %v, left out %v", row.name, text, err, r.Info.LeftOut)
			}
		}
		if n := row.server.Conns(); n != 3 {
			t.Errorf("%s: %d connections", row.name, n)
		}
	}
}

// TestCompatTransport: the same through net/http's door, and nothing is left out where nothing is in the way.
func TestCompatTransport(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	s := delegating(t, ca)
	for _, retry := range []bool{false, true} {
		tr := &client.Transport{Profile: "firefox153_linux", RootCAs: ca.Pool(), CompatRetry: retry}
		t.Cleanup(func() { tr.Close() })
		res, err := (&http.Client{Transport: tr}).Get(s.URL)
		if retry != (err == nil) || !retry && !errors.Is(err, client.ErrCompat) {
			t.Errorf("retry %v: %v", retry, err)
		}
		if err == nil {
			res.Body.Close()
		}
	}
	r, err := newSession(t, &client.Options{Profile: "chrome150", RootCAs: ca.Pool(), CompatRetry: true}).Get(t.Context(), s.URL, nil)
	if err != nil || r.Info.LeftOut != nil {
		t.Fatalf("%v, %+v", err, r)
	}
	r.Close()
	if _, err := client.New(&client.Options{Transport: &client.Transport{}, CompatRetry: true}); err == nil || !strings.Contains(err.Error(), "CompatRetry and Transport") {
		t.Error(err)
	}
}

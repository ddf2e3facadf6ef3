package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestTLSPins: the key of the server's own certificate counts, whatever else is trusted.
func TestTLSPins(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
	own, other := client.KeyPin(srv.Certificate()), client.KeyPin(testnet.NewCA(t, time.Now()).Cert)
	for _, row := range []struct {
		id, name string
		pins     []string
		insecure bool
		good     bool
	}{
		{"TLS-09", "its key", []string{own}, false, true},
		{"TLS-09", "one of several", []string{other, own}, false, true},
		{"TLS-09", "several in one text", []string{other + ";" + own}, false, true},
		{"TLS-09", "another", []string{other}, false, false},
		{"TLS-09", "that of its authority", []string{client.KeyPin(srv.ca.Cert)}, false, false},
		{"TLS-09", "its key, unverified", []string{own}, true, true},
		{"TLS-09", "another, unverified", []string{other}, true, false},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			for _, profile := range profilesInUse {
				o := &client.Options{Profile: profile, PinnedKeys: row.pins, InsecureSkipVerify: row.insecure}
				if !row.insecure {
					o.RootCAs = srv.ca.Pool()
				}
				err := get(t, o, srv.url, nil)
				var p *client.PinError
				switch {
				case row.good && err != nil:
					t.Errorf("profile %q: %v", profile, err)
				case !row.good && (!errors.Is(err, client.ErrPinned) || !errors.As(err, &p) || p.Key != own):
					t.Errorf("profile %q: %v", profile, err)
				}
			}
		})
	}
}

// TestKeyPin: the hash is the one that the server has of itself, which curl and Chromium take, too.
func TestKeyPin(t *testing.T) {
	t.Parallel()
	srv := fpserver.NewServer(t)
	if err := get(t, &client.Options{RootCAs: srv.CertPool(), PinnedKeys: []string{"sha256//" + srv.SPKI()}}, srv.URL, nil); err != nil {
		t.Error(err)
	}
}

// TestPinError: both texts name what there was.
func TestPinError(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ key, want string }{{"sha256//x", "sha256//x"}, {"", "no certificate"}} {
		if got := (&client.PinError{Key: row.key}).Error(); !strings.Contains(got, row.want) {
			t.Errorf("%q", got)
		}
	}
}

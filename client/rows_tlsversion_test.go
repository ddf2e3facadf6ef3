package client_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// versioned serves HTTP/1.1 over some versions of TLS; its answers name the version of the connection and those of the hello.
func versioned(t *testing.T, ca *testnet.CA, low, high uint16) (url string) {
	t.Helper()
	addr := testnet.Serve(t, func(nc net.Conn) {
		var offered []uint16
		config := ca.Server("http/1.1")
		config.MinVersion, config.MaxVersion = low, high
		config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			offered = h.SupportedVersions
			return nil, nil
		}
		c := tls.Server(nc, config)
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		slices.Sort(offered)
		text := tls.VersionName(c.ConnectionState().Version) + " of"
		for _, v := range offered {
			if v >= tls.VersionTLS10 && v <= tls.VersionTLS13 {
				text += " " + strings.TrimPrefix(tls.VersionName(v), "TLS ")
			}
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	})
	_, port, _ := net.SplitHostPort(addr)
	return "https://localhost:" + port + "/"
}

// TestTLSVersions: what a bound does to the hello, and what comes of it.
func TestTLSVersions(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	const v10, v11, v12, v13 = tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13
	all, old := versioned(t, ca, v10, v13), versioned(t, ca, v10, v11)
	only12 := versioned(t, ca, v12, v12)
	for _, row := range []struct {
		id, name, profile string
		low, high         uint16
		url, want         string // what the server says, "" for an ErrTLS
	}{
		{"SSLV-01", "default", "", 0, 0, all, "TLS 1.3 of 1.2 1.3"},
		{"SSLV-01", "1.0 and more", "", v10, 0, all, "TLS 1.3 of 1.0 1.1 1.2 1.3"},
		{"SSLV-01", "1.0 and more, old server", "", v10, 0, old, "TLS 1.1 of 1.0 1.1 1.2 1.3"},
		{"SSLV-01", "1.1 and more", "", v11, 0, old, "TLS 1.1 of 1.1 1.2 1.3"},
		{"SSLV-01", "1.2 and more, old server", "", v12, 0, old, ""},
		{"SSLV-01", "1.3 and more", "", v13, 0, all, "TLS 1.3 of 1.3"},
		{"SSLV-01", "1.3 and more, older server", "", v13, 0, only12, ""},
		{"SSLV-01", "1.0 to 1.0", "", v10, v10, all, "TLS 1.0 of 1.0"},
		{"SSLV-01", "up to 1.2", "", 0, v12, all, "TLS 1.2 of 1.2"},
		{"SSLV-01", "up to 1.3", "", 0, v13, all, "TLS 1.3 of 1.2 1.3"},
		{"SSLV-01", "Chromium, default", "chromium156", 0, 0, all, "TLS 1.3 of 1.2 1.3"},
		{"SSLV-01", "Chromium, 1.0 and more", "chromium156", v10, 0, all, "TLS 1.3 of 1.2 1.3"},
		{"SSLV-01", "Chromium, 1.3 and more", "chromium156", v13, 0, all, "TLS 1.3 of 1.3"},
		{"SSLV-01", "Chromium, 1.3 and more, older server", "chromium156", v13, 0, only12, ""},
		// crypto/tls guesses the versions of a hello without supported_versions.
		{"SSLV-01", "Chromium, up to 1.2", "chromium156", 0, v12, all, "TLS 1.2 of 1.0 1.1 1.2"},
		{"SSLV-01", "Chromium, up to 1.2, old server", "chromium156", 0, v12, old, ""},
		{"SSLV-01", "Firefox, 1.3 and more", "firefox153_linux", v13, 0, all, "TLS 1.3 of 1.3"},
		{"SSLV-01", "Firefox, up to 1.2", "firefox153_linux", 0, v12, all, "TLS 1.2 of 1.0 1.1 1.2"},
		{"SSLV-01", "Firefox, up to 1.2, old server", "firefox153_linux", 0, v12, old, ""}, // the hello does not say where it begins
		{"SSLV-01", "Safari, 1.2 and more, old server", "safari153", v12, 0, old, ""},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, &client.Options{Profile: row.profile, RootCAs: ca.Pool(), MinTLSVersion: row.low, MaxTLSVersion: row.high, NoDefaultHeader: true})
			for range 2 { // the second connection has a ticket, where one is used
				r, err := s.Get(t.Context(), row.url, nil)
				if row.want == "" {
					if !errors.Is(err, client.ErrTLS) {
						t.Errorf("%v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got, err := r.Text(); got != row.want || err != nil {
					t.Errorf("%q, %v; want %q", got, err, row.want)
				}
			}
		})
	}
}

// TestTLSVersionsRefused: what is no version, or leaves none, is told when the session is made.
func TestTLSVersionsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id, name, profile string
		low, high         uint16
		kind              *client.Kind
		want              string
	}{
		{"SSLV-02", "SSLv2", "", 2, 0, client.ErrInvalidRequest, "SSLv2"},
		{"SSLV-02", "SSLv3", "chromium156", 0x300, 0, client.ErrInvalidRequest, "SSLv3"},
		{"SSLV-02", "SSLv3 at most", "", 0, 0x300, client.ErrInvalidRequest, "MaxTLSVersion: SSLv3"},
		{"SSLV-01", "the number of curl", "", 6, 0, client.ErrInvalidRequest, "tls.VersionTLS10"},
		{"SSLV-01", "DTLS", "", 0, 0xfefd, client.ErrInvalidRequest, "0xfefd"},
		{"SSLV-01", "empty range", "", tls.VersionTLS13, tls.VersionTLS12, client.ErrInvalidRequest, "MinTLSVersion TLS 1.3 is above"},
		{"SSLV-01", "nothing left of Chromium", "chromium156", 0, tls.VersionTLS11, client.ErrImpersonate, "1.3, 1.2"},
		{"SSLV-01", "nothing seen of Safari", "safari153", 0, tls.VersionTLS11, client.ErrImpersonate, "use no profile"},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			_, err := client.New(&client.Options{Profile: row.profile, MinTLSVersion: row.low, MaxTLSVersion: row.high})
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != row.kind || e.Code != 43 || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v", err)
			}
			if row.kind == client.ErrImpersonate && !as[*profiles.OverrideError](err) {
				t.Errorf("cause: %v", err)
			}
		})
	}
}

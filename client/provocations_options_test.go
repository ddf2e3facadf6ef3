package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// optionFaults are those of the files and keys that a session is made with.
var optionFaults = []provocation{
	{"no authorities", client.ErrAuthorities, 77, func(t *testing.T) error {
		_, err := client.New(&client.Options{CAFile: "missing.pem"})
		return err
	}, text("missing.pem")},
	{"own certificate", client.ErrIdentity, 58, func(t *testing.T) error {
		_, err := client.New(&client.Options{CertFile: "missing.pem"})
		return err
	}, text("missing.pem")},
	{"pinned key", client.ErrPinned, 90, func(t *testing.T) error {
		srv := newServer(t, false, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
		return get(t, &client.Options{RootCAs: srv.ca.Pool(), PinnedKeys: []string{client.KeyPin(srv.ca.Cert)}}, srv.url, nil)
	}, func(err error) bool {
		var p *client.PinError
		return errors.Is(err, client.ErrCertificate) && errors.As(err, &p) && strings.HasPrefix(p.Key, "sha256//")
	}},
}

// cookieFaults are those of a jar's methods.
var cookieFaults = []provocation{
	{"cookie with a line break", client.ErrInvalidCookie, 43, func(t *testing.T) error {
		return client.NewJar(nil).Set(client.Cookie{Name: "a", Value: "b\r\nc", Domain: "a.test", Path: "/"})
	}, nil},
	{"cookie without what its prefix promises", client.ErrCookiePrefix, 43, func(t *testing.T) error {
		return client.NewJar(nil).Set(client.Cookie{Name: "__Secure-a", Domain: "a.test", Path: "/"})
	}, has(client.ErrInvalidCookie)},
	{"cookie without domain", client.ErrCookieDomain, 43, func(t *testing.T) error {
		return client.NewJar(nil).Set(client.Cookie{Name: "a", Path: "/"})
	}, has(client.ErrInvalidCookie)},
	{"cookies in conflict", client.ErrCookieConflict, 43, func(t *testing.T) error {
		j := client.NewJar(nil)
		for _, path := range []string{"/", "/x"} {
			if err := j.Set(client.Cookie{Name: "a", Value: path, Domain: "a.test", Path: path}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := j.Value("a")
		return err
	}, has(client.ErrInvalidRequest)},
	{"no file of cookies", client.ErrCookieFile, 26, func(t *testing.T) error {
		return client.NewJar(nil).ReadJSON(strings.NewReader("{"))
	}, nil},
}

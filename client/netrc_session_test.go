package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

func parseNetrc(t *testing.T, text string) *client.Netrc {
	t.Helper()
	n, err := client.ParseNetrc(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNetrcSessions: who gets which login of the file.
func TestNetrcSessions(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return
		}
		echo(w, r)
	}
	secure, plain := newServer(t, false, handler), newPlain(t, handler)
	dial := dialTo(secure.Listener.Addr().String())
	logins := parseNetrc(t, "machine a.test login a password 1\nmachine b.test login b password 2\nmachine localhost login l password 3\ndefault login d password 4\n")
	for _, row := range []struct {
		name, url string
		auth      client.Auth
		call      client.Call
		want      string // user:password; "" for none
	}{
		{"AUTH-06 machine", "https://a.test/", nil, client.Call{}, "a:1"},
		{"AUTH-06 default", "https://c.test/", nil, client.Call{}, "d:4"},
		{"AUTH-06 any port", "https://a.test:8443/", nil, client.Call{}, "a:1"},
		{"Auth of the session", "https://a.test/", client.Basic{User: "s"}, client.Call{}, "s:"},
		{"Auth of the call", "https://a.test/", nil, client.Call{Auth: client.Some[client.Auth](client.Basic{User: "c"})}, "c:"},
		{"none by the call", "https://a.test/", nil, client.Call{Auth: client.Some[client.Auth](nil)}, ""},
		{"the URL", "https://u:p@a.test/", nil, client.Call{}, "u:p"},
		{"a field of the caller's", "https://a.test/", nil, client.Call{Header: h("Authorization", "Basic eDp5")}, "x:y"},
		{"redirect at home", "https://a.test/?to=/x", nil, client.Call{}, "a:1"},
		{"redirect to another machine", "https://a.test/?to=https://b.test/", nil, client.Call{}, "b:2"},
		{"redirect to a host of default", "https://a.test/?to=https://c.test/", nil, client.Call{}, ""},
		{"redirect to http", "https://a.test/?to=" + plain, nil, client.Call{}, ""},
		{"Auth of the session stays at home", "https://a.test/?to=https://b.test/", client.Basic{User: "s"}, client.Call{}, ""},
		{"credentials in the redirect", "https://a.test/?to=https://r:s@b.test/", nil, client.Call{}, "r:s"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			o := &client.Options{InsecureSkipVerify: true, Netrc: logins, Auth: row.auth}
			if !strings.Contains(row.url, plain) {
				o.DialContext = dial
			} else {
				o.DialContext = byPort(dial)
			}
			e := ask(t, newSession(t, o), "GET", row.url, &row.call)
			r := http.Request{Header: e.Header}
			user, password, ok := r.BasicAuth()
			if got := user + ":" + password; ok != (row.want != "") || ok && got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	if e := ask(t, newSession(t, &client.Options{InsecureSkipVerify: true, DialContext: dial}), "GET", "https://a.test/", nil); e.Header.Get("Authorization") != "" {
		t.Error("credentials though no file was named")
	}
}

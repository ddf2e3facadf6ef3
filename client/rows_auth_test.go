package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// TestAuthSessions: what goes out as Authorization, request by request; "" stands for no such field. In URLs and files A is the
// host and port of a server, and B that of another.
func TestAuthSessions(t *testing.T) {
	t.Parallel()
	const joe, own, login = "Basic am9lOnNlY3JldA==", "Custom x", "Basic bWU6bmV0cmM="
	user, redirect := client.Basic{User: "joe", Password: "secret"}, "http://A"+redirected(302, "http://B/end")
	for _, row := range []struct {
		id, name string
		auth     client.Auth // of the session
		netrc    string
		call     client.Call
		url      string
		want     []string
	}{
		{"AUTH-01", "before any challenge", user, "", client.Call{}, "http://A/", []string{joe}},
		{"AUTH-01", "of the call", nil, "", client.Call{Auth: client.Some[client.Auth](user)}, "http://A/", []string{joe}},
		{"AUTH-01", "the call's counts", client.Bearer{Token: "x"}, "", client.Call{Auth: client.Some[client.Auth](user)}, "http://A/", []string{joe}},
		{"AUTH-01", "the call wants none", user, "", client.Call{Auth: client.Some[client.Auth](nil)}, "http://A/", []string{""}},
		{"AUTH-01", "a 401 asks for more, and there is none", user, "", client.Call{}, "http://A/401", []string{joe}},
		{"AUTH-01", "not to another origin", user, "", client.Call{}, redirect, []string{joe, ""}},
		{"AUTH-02", "a colon in the URL", nil, "", client.Call{}, "http://us%3Aer:p%40s@A/", []string{""}},
		{"AUTH-02", "of the URL", nil, "", client.Call{}, "http://joe:secret@A/", []string{joe}},
		{"AUTH-02", "of the URL, decoded", nil, "", client.Call{}, "http://j%6Fe:secret@A/", []string{joe}},
		{"AUTH-02", "explicit ones win", user, "", client.Call{}, "http://x:y@A/", []string{joe}},
		{"AUTH-03", "the caller's own field", user, "", client.Call{Header: client.Header{{Name: "authorization", Value: own}}}, "http://A/", []string{own}},
		{"AUTH-03", "over those of the URL", nil, "", client.Call{Header: client.Header{{Name: "Authorization", Value: own}}}, "http://x:y@A/", []string{own}},
		{"AUTH-03", "over those of the file", nil, "machine localhost login x password y", client.Call{Header: client.Header{{Name: "Authorization", Value: own}}}, "http://A/", []string{own}},
		{"AUTH-04", "no password", client.Basic{User: "user"}, "", client.Call{}, "http://A/", []string{"Basic dXNlcjo="}},
		{"AUTH-04", "no user", client.Basic{Password: "x"}, "", client.Call{}, "http://A/", []string{"Basic Ong="}},
		{"AUTH-05", "a 401 is a response", nil, "", client.Call{}, "http://A/401", []string{""}},
		{"AUTH-05", "bearer", client.Bearer{Token: "x.y="}, "", client.Call{}, "http://A/", []string{"Bearer x.y="}},
		{"AUTH-06", "no file by default", nil, "", client.Call{}, "http://A/", []string{""}},
		{"AUTH-06", "of the file", nil, "machine localhost login me password netrc", client.Call{}, "http://A/", []string{login}},
		{"AUTH-06", "of another host", nil, "machine a.test login me password netrc", client.Call{}, "http://A/", []string{""}},
		{"AUTH-06", "explicit ones win", user, "default login me password netrc", client.Call{}, "http://A/", []string{joe}},
		{"AUTH-06", "those of the URL win", nil, "default login me password netrc", client.Call{}, "http://joe:secret@A/", []string{joe}},
		{"AUTH-06", "each host its own", nil, "machine 127.0.0.1 login me password netrc", client.Call{}, redirect, []string{"", login}},
		{"AUTH-06", "nobody else's", nil, "machine localhost login me password netrc", client.Call{}, redirect, []string{login, ""}},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			a, seenA := origin(t)
			b, seenB := origin(t)
			place := strings.NewReplacer("//A", "//"+hostOf(a.URL, "localhost"), "@A", "@"+hostOf(a.URL, "localhost"),
				"B%2F", hostOf(b.URL, "127.0.0.1")+"%2F")
			o := &client.Options{Auth: row.auth}
			if row.netrc != "" {
				n, err := client.ParseNetrc(strings.NewReader(row.netrc))
				if err != nil {
					t.Fatal(err)
				}
				o.Netrc = n
			}
			r, err := newSession(t, o).Get(t.Context(), place.Replace(row.url), &row.call)
			if strings.Contains(row.url, "us%3Aer") { // a colon in the user's name cannot be sent
				if !errors.Is(err, client.ErrInvalidRequest) || len(seenA()) > 0 {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			var got []string
			for _, x := range append(seenA(), seenB()...) {
				got = append(got, x.Header.Get("Authorization"))
				if text, _ := json.Marshal(x); strings.Contains(string(text), "joe") || strings.Contains(x.Host, "@") {
					t.Errorf("credentials in the clear: %s", text)
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("%q, want %q", got, row.want)
			}
			if strings.HasSuffix(row.url, "/401") && r.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s", r.Status())
			}
		})
	}
}

// hostOf returns the host and port of a server's URL under another name.
func hostOf(raw, name string) string {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	return name + ":" + u.Port()
}

// TestAuthNetrcSecure: a login that went to https does not go on in clear text.
func TestAuthNetrcSecure(t *testing.T) {
	t.Parallel()
	plain, seen := origin(t)
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got == "" {
			t.Error("AUTH-06: no login")
		}
		http.Redirect(w, r, "http://"+hostOf(plain.URL, "localhost")+"/end", http.StatusFound)
	})
	n, err := client.ParseNetrc(strings.NewReader("machine localhost login me password netrc"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), Netrc: n}).Get(t.Context(), srv.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if list := seen(); len(list) != 1 || list[0].Header.Get("Authorization") != "" {
		t.Errorf("%+v", list)
	}
}

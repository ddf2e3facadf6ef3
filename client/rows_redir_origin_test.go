package client_test

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// testRedirCredentials: they go to the origin of the call only, and again when the chain comes back to it.
func testRedirCredentials(t *testing.T) {
	a, seenA := origin(t)
	b, seenB := origin(t)
	there := redirected(302, b.URL+redirected(302, b.URL+redirected(302, a.URL+"/end")))
	for _, row := range []struct {
		name    string
		options client.Options
		call    client.Call
		field   string
	}{
		{"Basic of the session", client.Options{Auth: client.Basic{User: "u", Password: "p"}}, client.Call{}, "Authorization"},
		{"Bearer of the call", client.Options{}, client.Call{Auth: client.Some[client.Auth](client.Bearer{Token: "t"})}, "Authorization"},
		{"own Authorization", client.Options{}, client.Call{Header: client.Header{{Name: "authorization", Value: "x"}}}, "Authorization"},
		{"own Authorization of the session", client.Options{Header: client.Header{{Name: "Authorization", Value: "x"}}}, client.Call{}, "Authorization"},
		{"own Cookie", client.Options{}, client.Call{Header: client.Header{{Name: "Cookie", Value: "a=1"}}}, "Cookie"},
	} {
		r, err := newSession(t, &row.options).Get(t.Context(), a.URL+there, &row.call)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		home, abroad := seenA(), seenB()
		if len(home) != 2 || len(abroad) != 2 {
			t.Fatalf("%s: %d and %d requests", row.name, len(home), len(abroad))
		}
		if first := home[0].Header.Get(row.field); first == "" || home[1].Header.Get(row.field) != first {
			t.Errorf("%s: at home %q and %q", row.name, first, home[1].Header.Get(row.field))
		}
		for i, q := range abroad {
			if got := q.Header.Get(row.field); got != "" {
				t.Errorf("%s: request %d of another origin has %q", row.name, i, got)
			}
		}
	}
	testRedirSchemeIsOrigin(t)
}

// testRedirSchemeIsOrigin: https and http of one host are two origins, in both directions.
func testRedirSchemeIsOrigin(t *testing.T) {
	ca := testnet.NewCA(t, time.Now())
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Leaf("127.0.0.1")}}
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(secure.Config.Handler)
	defer plain.Close()
	for _, way := range [][2]string{{plain.URL, secure.URL}, {secure.URL, plain.URL}} {
		s := newSession(t, &client.Options{RootCAs: ca.Pool(), Auth: client.Basic{User: "u", Password: "p"}})
		if _, body := pageOf(t, s, way[0]+"/?to="+url.QueryEscape(way[1]+"/"), nil); body != "" {
			t.Errorf("%s to %s: %q", way[0], way[1], body)
		}
		if _, body := pageOf(t, s, way[0]+"/", nil); body == "" {
			t.Errorf("%s: no credentials", way[0])
		}
	}
}

func testRedirFields(t *testing.T) {
	a, seenA := origin(t)
	b, seenB := origin(t)
	secrets := []string{"Proxy-Authorization", "X-Api-Key", "X-APIKEY", "X-Auth-Token", "Session-Id", "X-Csrf-Token", "X-XSRF-TOKEN", "Client-Secret", "X-Password"}
	var own client.Header
	for _, name := range append(secrets, "X-Trace", "Accept-Language") {
		own.Add(name, "v")
	}
	call := &client.Call{Header: own}
	r, err := newSession(t, nil).Get(t.Context(), a.URL+redirected(307, b.URL+"/end"), call)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	first, abroad := seenA()[0].Header, seenB()[0].Header
	for name := range own.All() {
		stays := name != "X-Trace" && name != "Accept-Language"
		if first.Get(name) != "v" || (abroad.Get(name) == "") != stays {
			t.Errorf("%s: %q at home, %q abroad", name, first.Get(name), abroad.Get(name))
		}
	}
	asked := map[string]string{}
	call.Redirect = client.Some(client.Redirect{Keep: func(name string, from, to *url.URL) bool {
		asked[name] = from.Host + " " + to.Host
		return name == "X-Api-Key"
	}})
	if r, err = newSession(t, nil).Get(t.Context(), a.URL+redirected(307, b.URL+"/end"), call); err != nil {
		t.Fatal(err)
	}
	r.Close()
	abroad = seenB()[0].Header
	hosts := strings.TrimPrefix(a.URL, "http://") + " " + strings.TrimPrefix(b.URL, "http://")
	if abroad.Get("X-Api-Key") != "v" || abroad.Get("X-Trace") != "" || len(asked) != len(own) || asked["X-Trace"] != hosts {
		t.Errorf("%v after the questions %v", abroad, asked)
	}
}

// testRedirUserinfo: those of the call's URL are credentials of its origin, as in curl; those of a Location are for that request.
func testRedirUserinfo(t *testing.T) {
	a, seenA := origin(t)
	b, seenB := origin(t)
	with := func(user, u string) string { return strings.Replace(u, "http://", "http://"+user+"@", 1) }
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	get := func(o *client.Options, url string) (home, abroad []string) {
		t.Helper()
		r, err := newSession(t, o).Get(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if text := fmt.Sprint(r.URL, r.History, r.Header); strings.Contains(text, "p%40ss") && !strings.Contains(text, "Location") {
			t.Errorf("secrets in %s", text)
		}
		for _, q := range seenA() {
			if strings.Contains(q.Target+q.Host, "us") {
				t.Errorf("credentials in %q at %q", q.Target, q.Host)
			}
			home = append(home, q.Header.Get("Authorization"))
		}
		for _, q := range seenB() {
			abroad = append(abroad, q.Header.Get("Authorization"))
		}
		return home, abroad
	}
	home, abroad := get(nil, with("us%65r:p%40", a.URL)+redirected(302, redirected(302, b.URL+redirected(302, a.URL+"/end"))))
	want := basic("user:p@")
	if fmt.Sprint(home, abroad) != fmt.Sprint([]string{want, want, want}, []string{""}) {
		t.Errorf("of the call: %q, %q", home, abroad)
	}
	home, abroad = get(nil, a.URL+redirected(302, with("x:y", b.URL)+redirected(302, b.URL+"/end")))
	if fmt.Sprint(home, abroad) != fmt.Sprint([]string{""}, []string{basic("x:y"), ""}) {
		t.Errorf("of a Location: %q, %q", home, abroad)
	}
	home, _ = get(&client.Options{Auth: client.Basic{User: "o", Password: "wn"}}, with("x:y", a.URL)+redirected(302, with("z:", a.URL)+"/end"))
	if fmt.Sprint(home) != fmt.Sprint([]string{basic("o:wn"), basic("z:")}) {
		t.Errorf("beside Auth: %q", home)
	}
}

func testRedirHost(t *testing.T) {
	a, seenA := origin(t)
	b, seenB := origin(t)
	call := &client.Call{Header: client.Header{{Name: "HOST", Value: "virtual.test"}}}
	r, err := newSession(t, nil).Get(t.Context(), a.URL+redirected(302, redirected(302, b.URL+redirected(302, a.URL+"/end"))), call)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	for i, q := range seenA() {
		if q.Host != "virtual.test" {
			t.Errorf("request %d: Host is %q", i, q.Host)
		}
	}
	if got := seenB()[0].Host; got != strings.TrimPrefix(b.URL, "http://") {
		t.Errorf("another origin: Host is %q", got)
	}
}

func testRedirFragments(t *testing.T) {
	srv, seen := origin(t)
	for _, row := range []struct{ url, location, want string }{
		{"#one", "/end", "one"}, {"#one", "/end#two", "two"}, {"", "/end#two", "two"}, {"", "/end", ""}, {"#one", "/end#", ""}, {"#one", "?x", "one"},
		{"#a%20b", "/end", "a b"}, {"#one", "/end#?/#", "?/#"},
	} {
		r, _ := page(t, srv.URL+redirected(302, row.location)+row.url, &client.Call{Redirect: client.Some(client.Redirect{Max: 1})})
		if row.location == "?x" { // leads to /302 without a Location
			row.location = "/302"
		}
		if r.URL.Fragment != row.want {
			t.Errorf("%q to %q: %s", row.url, row.location, r.URL)
		}
		for _, q := range seen() {
			if strings.Contains(q.Target, "#") {
				t.Errorf("on the wire: %q", q.Target)
			}
		}
	}
}

func testRedirSchemes(t *testing.T) {
	srv, seen := origin(t)
	for _, row := range []struct {
		location string
		kind     *client.Kind
	}{
		{"file:///etc/passwd", client.ErrUnsupportedScheme}, {"ftp://127.0.0.1/x", client.ErrUnsupportedScheme}, {"gopher://x/", client.ErrUnsupportedScheme},
		{"ws://127.0.0.1/", client.ErrUnsupportedScheme}, {"javascript:alert(1)", client.ErrInvalidURL}, {"data:,x", client.ErrInvalidURL},
		{"mailto:a@b", client.ErrInvalidURL}, {"http://", client.ErrInvalidURL}, {"http:///", client.ErrInvalidURL}, {"https://:443/", client.ErrInvalidURL},
		{"http://127.0.0.1:0/", client.ErrInvalidURL}, {"http://127.0.0.1:99999/", client.ErrInvalidURL}, {"http://[::1/", client.ErrInvalidURL},
	} {
		_, err := newSession(t, nil).Get(t.Context(), srv.URL+redirected(302, row.location), nil)
		var e *client.Error
		if !errors.As(err, &e) || e.Kind != row.kind || e.Response == nil || e.Response.StatusCode != 302 || e.Response.NextURL != nil {
			t.Errorf("%q: %v", row.location, err)
		}
		if n := len(seen()); n != 1 {
			t.Errorf("%q: %d requests", row.location, n)
		}
	}
}

// testRedirBodies: that of a redirect is nowhere to be seen and leaves the connection usable; the last one is whole.
func testRedirBodies(t *testing.T) {
	for _, size := range []int{0, 1, 60_000} {
		var conns []string
		srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
			conns = append(conns, r.RemoteAddr)
			if r.URL.Path != "/end" {
				w.Header().Set("Location", "/end")
				w.WriteHeader(http.StatusFound)
				w.Write(make([]byte, size))
				return
			}
			io.WriteString(w, "the end")
		})
		s := srv.session(t, "chromium156")
		if _, body := pageOf(t, s, srv.url, nil); body != "the end" || len(conns) != 2 || conns[0] != conns[1] {
			t.Errorf("%d bytes: %q over %q", size, body, conns)
		}
		if _, body := pageOf(t, s, srv.url, unfollowed); len(body) != size {
			t.Errorf("%d bytes, not followed: %d", size, len(body))
		}
	}
}

// testRedirFetchSite: a browser works out anew, for each hop, how far it has come (Fetch Metadata §2.3). The fields as recorded
// are in TestRedirectedOrder and in the goldens of redirects.
func testRedirFetchSite(t *testing.T) {
	a := newServer(t, true, redirectTo)
	b := newServer(t, true, redirectTo)
	b2 := strings.Replace(b.url, "localhost", "127.0.0.1", 1)
	pool := a.ca.Pool()
	pool.AppendCertsFromPEM(b.ca.PEM())
	for _, profile := range []string{"chromium156", "firefox153_linux"} {
		s := newSession(t, &client.Options{Profile: profile, RootCAs: pool})
		for _, row := range []struct {
			name, referrer string
			to             []string
			want           string
		}{
			{"typed in", "", []string{a.url, a.url}, "none none"},
			{"typed in, away", "", []string{a.url, b2}, "none none"},
			{"a link of the page", a.url + "/page", []string{a.url, a.url}, "same-origin same-origin"},
			{"and to another port", a.url + "/page", []string{a.url, b.url}, "same-origin same-site"},
			{"and to another site", a.url + "/page", []string{a.url, b2}, "same-origin cross-site"},
			{"and back", a.url + "/page", []string{a.url, b2, a.url}, "same-origin cross-site cross-site"},
		} {
			target := row.to[len(row.to)-1] + "/end"
			for i := len(row.to) - 2; i >= 0; i-- {
				target = row.to[i] + "/?to=" + url.QueryEscape(target)
			}
			r, err := s.Get(t.Context(), target, &client.Call{Referrer: row.referrer})
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			var got []string
			for _, hop := range append(r.History, r) {
				got = append(got, hop.Info.Sent.Get("Sec-Fetch-Site"))
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("%s, %s: %q, want %q", profile, row.name, got, row.want)
			}
		}
	}
}

func redirectTo(w http.ResponseWriter, r *http.Request) {
	if to := r.URL.Query().Get("to"); to != "" {
		http.Redirect(w, r, to, http.StatusFound)
	}
}

// testRedirHSTS: a host that wants to be asked over https only is asked as the caller says.
func testRedirHSTS(t *testing.T) {
	o := anyHost(t)
	s := newSession(t, o)
	r, err := s.Get(t.Context(), "https://a.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Close(); r.Header.Get("Strict-Transport-Security") == "" {
		t.Fatal("the server does not say so")
	}
	r, err = s.Get(t.Context(), "http://a.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Close(); r.URL.Scheme != "http" || r.Info.TLS != nil || r.History != nil {
		t.Errorf("%s", r.URL)
	}
}

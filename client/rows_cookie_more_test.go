package client_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
)

// testCookieSplit: each browser's form over HTTP/2 is a field for each cookie; over HTTP/1.1 there is one line.
func testCookieSplit(t *testing.T) {
	srv := fpserver.NewServer(t)
	const set = "/cookie-lab?set=a%3D1&set=b%3D2&set=c%3D3"
	all := []string{"a=1", "b=2", "c=3"}
	for _, row := range []struct {
		profile string
		version client.HTTPVersion
		want    []string
	}{
		{"chromium156", client.HTTP2, all}, {"chrome150", client.HTTP2, all}, {"firefox153_linux", client.HTTP2, all},
		{"chromium156", client.HTTP1, []string{"a=1; b=2; c=3"}}, {"chrome150", client.HTTP1, []string{"a=1; b=2; c=3"}},
		{"firefox153_linux", client.HTTP1, []string{"a=1; b=2; c=3"}}, {"", client.HTTP1, []string{"a=1; b=2; c=3"}}, {"", client.HTTP2, all},
	} {
		s := newSession(t, &client.Options{Profile: row.profile, RootCAs: srv.CertPool(), HTTPVersion: row.version})
		labCookies(t, s, srv.URL+set)
		if got := labCookies(t, s, srv.URL+"/cookie-lab"); !slices.Equal(got, row.want) {
			t.Errorf("%q over %v: %q, want %q", row.profile, row.version, got, row.want)
		}
		s.Close()
	}
}

func testCookieField(t *testing.T) {
	s := newSession(t, cookieServer(t))
	own := &client.Call{Header: client.Header{{Name: "cookie", Value: "own=1"}}}
	seen(t, s, setting("a.test", "", "x=1"), nil)
	seen(t, s, setting("b.test", "", "y=2"), nil)
	wantCookies(t, s, "http://a.test/", own, "a.test|own=1")
	wantCookies(t, s, setting("a.test", "http://a.test/x"), own, "a.test|own=1")
	wantCookies(t, s, setting("a.test", "http://b.test/"), own, "b.test|y=2")
	wantCookies(t, s, setting("a.test", setting("b.test", "http://a.test/")), own, "a.test|own=1")
	wantCookies(t, s, "http://a.test/", &client.Call{Remove: []string{"Cookie"}}, "a.test")
}

func testCookieObjects(t *testing.T) {
	s := newSession(t, cookieServer(t))
	seen(t, s, setting("a.test", "", "old=1"), nil)
	r, err := s.Get(t.Context(), setting("a.test", "http://a.test/?set=last%3D3", "hop=2"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	names := func(list []client.Cookie) string {
		var out []string
		for _, c := range list {
			out = append(out, c.Name)
		}
		return strings.Join(out, " ")
	}
	if got := names(r.Cookies()); got != "last" {
		t.Errorf("the response sets %q", got)
	}
	if got := names(r.History[0].Cookies()); got != "hop" {
		t.Errorf("the redirect sets %q", got)
	}
	s.Jar().Clear(client.Match{})
	if got := names(r.Cookies()); got != "last" {
		t.Errorf("without the session's: %q", got)
	}
	off := cookieServer(t)
	off.NoCookies = true
	if r, _ := pageOf(t, newSession(t, off), setting("a.test", "", "x=1"), nil); names(r.Cookies()) != "x" {
		t.Errorf("a session without cookies: %v", r.Cookies())
	}
}

func testCookieSecure(t *testing.T) {
	s := newSession(t, anyHost(t))
	secured := func(u string) string { return strings.Replace(u, "http://a", "https://a", 1) }
	seen(t, s, setting("a.test", "", "refused=1; Secure"), nil)
	seen(t, s, secured(setting("a.test", "", "secure=2; Secure", "plain=3")), nil)
	wantCookies(t, s, "https://a.test/", nil, "a.test|secure=2; plain=3")
	wantCookies(t, s, "http://a.test/", nil, "a.test|plain=3")
	wantCookies(t, s, secured(setting("a.test", "http://a.test/")), nil, "a.test|plain=3") // also behind a redirect
}

func testCookieOverlay(t *testing.T) {
	s := newSession(t, anyHost(t))
	seen(t, s, "https://a.test/login/x?set=a%3D1%3B+Secure%3B+Path%3D%2Flogin", nil)
	seen(t, s, "http://a.test/?set=a%3D2%3B+Path%3D%2Flogin&set=a%3D3%3B+Path%3D%2Floginhelper", nil)
	wantCookies(t, s, "https://a.test/login", nil, "a.test|a=1")
	wantCookies(t, s, "http://a.test/loginhelper", nil, "a.test|a=3")
}

func testCookieOrder(t *testing.T) {
	s := newSession(t, cookieServer(t))
	seen(t, s, "http://sub.a.test/x/y?set=a%3D1%3B+Path%3D%2F&set=longname%3D2%3B+Path%3D%2F%3B+Domain%3Da.test&set=c%3D3%3B+Path%3D%2Fx&set=b%3D4%3B+Path%3D%2F", nil)
	seen(t, s, "http://sub.a.test/x/y?set=a%3D5%3B+Path%3D%2F", nil) // keeps its age
	wantCookies(t, s, "http://sub.a.test/x/y", nil, "sub.a.test|c=3; a=5; longname=2; b=4")
}

// testCookieExpiry: by the session's clock, without any request in between.
func testCookieExpiry(t *testing.T) {
	var now atomic.Int64
	o := cookieServer(t)
	o.Time = func() time.Time { return jarStart.Add(time.Duration(now.Load())) }
	s := newSession(t, o)
	seen(t, s, setting("a.test", "", "short=1; Max-Age=60", "long=2; Max-Age=3600", "session=3"), nil)
	wantCookies(t, s, "http://a.test/", nil, "a.test|short=1; long=2; session=3")
	now.Store(int64(61 * time.Second))
	wantCookies(t, s, "http://a.test/", nil, "a.test|long=2; session=3")
	now.Store(int64(2 * time.Hour))
	if wantCookies(t, s, "http://a.test/", nil, "a.test|session=3"); s.Jar().Len() != 1 {
		t.Errorf("%d cookies are left", s.Jar().Len())
	}
}

package client_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/wirelike/wirelike/client"
)

// TestJarStandard puts the same lines into this jar, into it by way of net/http, and into the standard library's. Where they
// differ, the row says who follows RFC 6265bis, and where that is written.
func TestJarStandard(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(500 * 24 * time.Hour).UTC().Format(http.TimeFormat)
	for _, row := range []struct {
		name, set   string
		from, to    string
		want        string // ours, in browser form
		http, std   string // where they differ from that; "-" for nothing
		why, expiry string
	}{
		{name: "plain", set: "a=1|b=2; Path=/", from: "http://a.test/", want: "a=1; b=2"},
		{name: "order", set: "a=1; Path=/|b=2; Path=/x", from: "http://a.test/x/", want: "b=2; a=1"},
		{name: "domain", set: "a=1; Domain=a.test", from: "http://s.a.test/", to: "http://x.a.test/", want: "a=1"},
		{name: "suffix", set: "a=1; Domain=co.uk|b=2", from: "http://a.co.uk/", want: "b=2"},
		{name: "lookalike", set: "a=1; Domain=a.test", from: "http://xa.test/", want: ""},
		{name: "Max-Age", set: "a=1; Max-Age=0|b=1; Max-Age=9", from: "http://a.test/", want: "b=1"},
		{name: "quotes", set: `a="x y"`, from: "http://a.test/", want: `a="x y"`},
		{name: "IPv6", set: "a=1", from: "http://[::1]/", want: "a=1"},
		{name: "default path", set: "a=1", from: "http://a.test/x/y", to: "http://a.test/", want: ""},
		{name: "path border", set: "a=1; Path=/x", from: "http://a.test/", to: "http://a.test/xy", want: ""},
		{name: "Secure over http", set: "a=1; Secure", from: "http://a.test/", to: "https://a.test/", want: "", std: "a=1",
			why: "ours: §5.7, a Secure cookie needs a secure protocol"},
		{name: "Secure on localhost", set: "a=1; Secure", from: "http://localhost/", want: "a=1",
			why: "both: §5.8.3 leaves it to the user agent what is secure; browsers count the machine itself"},
		{name: "prefix", set: "__Secure-a=1|__Host-b=1; Secure; Path=/x|__host-c=1; Secure", from: "https://a.test/x", want: "", std: "__Host-b=1; __Secure-a=1; __host-c=1",
			why: "ours: §5.7, prefixes are checked, whatever their case"},
		{name: "nameless", set: "foo|=bar", from: "http://a.test/", want: "bar", http: "-", std: "-",
			why: "ours: §5.6, a line without name is a cookie with an empty one; net/http does not read it"},
		{name: "suffix for itself", set: "a=1; Domain=github.io", from: "http://github.io/", want: "a=1",
			why: "both: §5.7, it becomes host-only"},
		{name: "not a token", set: "a b=1|c=2", from: "http://a.test/", want: "a b=1; c=2", http: "c=2", std: "c=2",
			why: "ours: §5.6 has user agents read what servers must not send; net/http drops the cookie"},
		{name: "odd value", set: `a=x\y"z|c=2`, from: "http://a.test/", want: `a=x\y"z; c=2`, http: "c=2", std: "c=2",
			why: "ours: §5.6, the same"},
		{name: "non-ASCII", set: "a=é", from: "http://a.test/", want: "a=é", http: "-", std: "-",
			why: "ours: §5.6, the same"},
		{name: "too long", set: "a=" + strings.Repeat("x", 4096), from: "http://a.test/", want: "", std: "a=" + strings.Repeat("x", 4096),
			why: "ours: §5.6, at most 4096 bytes"},
		{name: "last Domain", set: "a=1; Domain=b.test; Domain=", from: "http://a.test/", want: "a=1",
			why: "both: §5.7, the last attribute counts"},
		{name: "Max-Age with a zero in front", set: "a=1; Max-Age=09", from: "http://a.test/", want: "a=1",
			why: "all: §5.6.2; for net/http it is unparsed, which here comes to the same"},
		{name: "host-only beside domain", set: "a=1; Domain=a.test|a=2", from: "http://a.test/", want: "a=1; a=2", std: "a=2",
			why: "ours: §5.7, the host-only-flag tells cookies apart"},
		{name: "trailing dot", set: "a=1", from: "http://a.test./", to: "http://a.test/", want: "", std: "a=1",
			why: "ours: §5.1.2 does not take the dot off; browsers neither"},
		{name: "cap", set: "a=1; Expires=" + later, from: "http://a.test/", want: "a=1", why: "both send it now; ours ends it after 400 days (§5.6.1): COOKIE-45"},
	} {
		t.Run(row.name, func(t *testing.T) {
			from := jarURL(t, row.from)
			to := from
			if row.to != "" {
				to = jarURL(t, row.to)
			}
			lines := strings.Split(row.set, "|")
			read := (&http.Response{Header: http.Header{"Set-Cookie": lines}}).Cookies()
			ours, byHTTP := client.NewJar(&client.JarOptions{Rules: client.RulesRFC6265bis}), client.NewJar(&client.JarOptions{Rules: client.RulesRFC6265bis})
			std, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
			if err != nil {
				t.Fatal(err)
			}
			ours.Store(from, lines)
			sent := func(j http.CookieJar) string {
				j.SetCookies(from, read)
				r := &http.Request{Header: http.Header{}}
				for _, c := range j.Cookies(to) {
					r.AddCookie(c)
				}
				return r.Header.Get("Cookie")
			}
			or := func(s string) string {
				if s == "" {
					return row.want
				}
				return strings.TrimSuffix(s, "-")
			}
			if got := ours.Header(to); got != row.want {
				t.Errorf("ours: %.80q, want %.80q", got, row.want)
			}
			if got, want := sent(byHTTP), or(row.http); got != want {
				t.Errorf("ours by net/http: %.80q, want %.80q", got, want)
			}
			if got, want := sent(std), or(row.std); got != want {
				t.Errorf("net/http/cookiejar: %.80q, want %.80q", got, want)
			}
			if (row.http != "" || row.std != "") && row.why == "" {
				t.Error("a difference without reason")
			}
		})
	}
}

func TestJarExtra(t *testing.T) {
	t.Parallel()
	u := jarURL(t, "http://a.test/")
	for _, row := range []struct{ name, have, set, want string }{
		{"COOKIE-18 adds", "a=1", "b=2", "a=1; b=2"},
		{"COOKIE-18 overrides", "a=1|b=2", "a=3", "b=2; a=3"},
	} {
		t.Run(row.name, func(t *testing.T) {
			j, call := client.NewJar(nil), client.NewJar(nil)
			j.Store(u, strings.Split(row.have, "|"))
			call.Store(u, strings.Split(row.set, "|"))
			before := j.Header(u)
			if got := j.Header(u, call.For(u)...); got != row.want || j.Header(u) != before {
				t.Errorf("%q", got)
			}
		})
	}
	if got := client.NewJar(nil).Header(u, client.Cookie{Name: "a", Value: "1\r\nX: y"}); got != "" {
		t.Errorf("%q", got)
	}
}

// FuzzSetCookie: whatever a server sends, what goes out is one clean field and is kept through a file.
func FuzzSetCookie(f *testing.F) {
	for _, s := range []string{"a=1; Domain=a.test; Path=/x; Max-Age=1; Secure", "foo", "=", "a=\"; Expires=Wed, 09 Jun 2026 10:18:14 GMT", "__Host-a=1; Path=\""} {
		f.Add(s, "https://www.a.test/x/y", uint8(1))
	}
	f.Add("a=1", "http://.", uint8(2)) // a host that is none
	f.Fuzz(func(t *testing.T, line, raw string, rules uint8) {
		u, err := http.NewRequest("GET", raw, nil)
		if err != nil {
			return
		}
		j, _ := newJar(client.CookieRules(rules % 4))
		j.Store(u.URL, []string{line})
		h := j.Header(u.URL)
		if strings.ContainsFunc(h, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) || strings.Contains(h, ";") || len(h) > 4097 {
			t.Errorf("%q", h)
		}
		for c := range j.All() {
			k, _ := newJar(client.CookieRules(rules % 4))
			if err := k.Set(c); err != nil {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}

func BenchmarkJar(b *testing.B) {
	j, u := client.NewJar(nil), jarURL(b, "https://www.example.com/x/y")
	lines := []string{"SID=31d4d96e407aad42; Path=/; Secure; HttpOnly", "lang=en-US; Path=/; Domain=example.com; Max-Age=3600", "c=3", "d=4; SameSite=Lax"}
	j.Store(u, lines)
	b.Run("Header", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			j.Header(u)
		}
	})
	b.Run("For", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			j.For(u)
		}
	})
	b.Run("Store", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			j.Store(u, lines)
		}
	})
}

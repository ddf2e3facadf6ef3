package client_test

import (
	"cmp"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
)

// jarStart is when the tests' clocks begin.
var jarStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// jarClock is a clock that is moved by hand.
type jarClock struct{ t time.Time }

func (c *jarClock) now() time.Time { return c.t }

func newJar(rules client.CookieRules) (*client.Jar, *jarClock) {
	c := &jarClock{jarStart}
	return client.NewJar(&client.JarOptions{Now: c.now, Rules: rules}), c
}

func jarURL(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// ruleNames are those of the rules, in their order.
var ruleNames = []string{"curl", "RFC6265bis", "Chromium", "Firefox"}

// TestJarVectors: what a server sets, and what goes out then. In set, lines are separated by "|", and one that begins
// with "@" is the URL of those behind it.
func TestJarVectors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 4095)
	for _, row := range []struct {
		name, set, to, want string
		browser             string // with other rules than RulesCurl, when that differs; "-" for nothing
		chromium, firefox   string // with RulesChromium and RulesFirefox, when that differs from browser
	}{
		{name: "RFC 6265 §3.1 session", set: "@http://example.com/|SID=31d4d96e407aad42", to: "http://example.com/", want: "SID=31d4d96e407aad42"},
		{name: "RFC 6265 §3.1 path and domain", set: "@http://www.example.com/x|SID=31d4; Path=/; Domain=example.com", to: "http://a.example.com/", want: "SID=31d4"},
		{name: "RFC 6265 §3.1 two", set: "@https://example.com/|SID=31d4; Path=/; Secure; HttpOnly|lang=en-US; Path=/; Domain=example.com", to: "https://example.com/", want: "SID=31d4; lang=en-US"},
		{name: "RFC 6265 §3.1 deleted", set: "@https://example.com/|lang=en-US; Expires=Wed, 09 Jun 2026 10:18:14 GMT|lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT", to: "https://example.com/", want: ""},
		{name: "COOKIE-16 localhost", set: "@http://localhost:8080/|a=1", to: "http://localhost/", want: "a=1"},
		{name: "COOKIE-16 IPv6", set: "@http://[::1]:80/|a=1", to: "http://[0:0::1]/", want: "a=1"},
		{name: "COOKIE-16 userinfo", set: "@http://u:p@a.test/|a=1", to: "http://a.test/", want: "a=1"},
		{name: "COOKIE-17 the host", set: "@http://sub.a.test/|a=1; Domain=.a.test", to: "http://a.test/", want: "a=1"},
		{name: "COOKIE-17 a subdomain", set: "@http://a.test/|a=1; Domain=a.test", to: "http://sub.a.test/", want: "a=1"},
		{name: "COOKIE-17 a lookalike", set: "@http://a.test/|a=1; Domain=a.test", to: "http://xa.test/", want: ""},
		{name: "COOKIE-20 another site", set: "@http://a.test/|a=1|@http://b.test/|b=2", to: "http://b.test/", want: "b=2"},
		{name: "COOKIE-22 special", set: "@http://a.test/|a=x y,z=&\"'\\ é", to: "http://a.test/", want: "a=x y,z=&\"'\\ é"},
		{name: "COOKIE-23 quotes", set: "@http://a.test/|a=\"x\\\"y\"", to: "http://a.test/", want: "a=\"x\\\"y\""},
		{name: "COOKIE-40 pair fits", set: "@http://a.test/|a=" + long, to: "http://a.test/", want: "a=" + long},
		{name: "COOKIE-40 pair too long", set: "@http://a.test/|aa=" + long, to: "http://a.test/", want: ""},
		{name: "COOKIE-40 line too long", set: "@http://a.test/|a=1; x=" + strings.Repeat("y", 4994), to: "http://a.test/", want: "", browser: "a=1"},
		{name: "COOKIE-40 line fits", set: "@http://a.test/|a=1; x=" + strings.Repeat("y", 4993), to: "http://a.test/", want: "a=1"},
		{name: "COOKIE-41 control", set: "@http://a.test/|a=1\x01|b\x7f=1|c=\x00", to: "http://a.test/", want: ""},
		{name: "COOKIE-41 TAB", set: "@http://a.test/|a=1\t2", to: "http://a.test/", want: "", browser: "a=1\t2", chromium: "-"},
		{name: "COOKIE-41 only a name", set: "@http://a.test/|foo", to: "http://a.test/", want: "", browser: "foo", firefox: "foo="},
		{name: "COOKIE-41 empty name", set: "@http://a.test/|=x", to: "http://a.test/", want: "", browser: "x", firefox: "-"},
		{name: "COOKIE-41 nothing", set: "@http://a.test/|=||; Path=/", to: "http://a.test/", want: ""},
		{name: "COOKIE-41 hidden prefix", set: "@https://a.test/|=__Host-a=1|__secure-b", to: "https://a.test/", want: ""},
		{name: "COOKIE-42 case", set: "@http://www.a.test/|a=1; domain=A.Test", to: "http://A.TEST/", want: "a=1"},
		{name: "COOKIE-42 label border", set: "@http://xa.test/|a=1; Domain=a.test", to: "http://xa.test/", want: ""},
		{name: "COOKIE-42 two dots", set: "@http://a.test/|a=1; Domain=..a.test", to: "http://a.test/", want: ""},
		{name: "COOKIE-42 address", set: "@http://10.0.0.1/|a=1; Domain=10.0.0.1|b=1; Domain=0.0.1", to: "http://10.0.0.1/", want: "a=1"},
		{name: "COOKIE-42 empty", set: "@http://a.test/|a=1; Domain=", to: "http://sub.a.test/", want: ""},
		{name: "COOKIE-42 the last", set: "@http://www.a.test/|a=1; Domain=b.test; Domain=a.test", to: "http://a.test/", want: "a=1"},
		{name: "COOKIE-43 suffixes", set: "@http://a.co.uk/|a=1; Domain=uk|b=1; Domain=co.uk|c=1; Domain=.a.co.uk", to: "http://a.co.uk/", want: "c=1"},
		{name: "COOKIE-43 for itself", set: "@http://github.io/|a=1; Domain=github.io", to: "http://github.io/", want: "a=1"},
		{name: "COOKIE-43 then host-only", set: "@http://github.io/|a=1; Domain=github.io", to: "http://x.github.io/", want: ""},
		{name: "COOKIE-44 Max-Age wins", set: "@http://a.test/|a=1; Max-Age=10; Expires=Sun, 06 Nov 1994 08:49:37 GMT", to: "http://a.test/", want: "a=1"},
		{name: "COOKIE-44 zero", set: "@http://a.test/|a=1|b=2|a=1; Max-Age=0|b=; Max-Age=-1", to: "http://a.test/", want: ""},
		{name: "COOKIE-44 no number", set: "@http://a.test/|a=1; Max-Age=soon", to: "http://a.test/", want: "", browser: "a=1"},
		{name: "COOKIE-44 no date", set: "@http://a.test/|a=1; Expires=never", to: "http://a.test/", want: "a=1"},
		{name: "COOKIE-46 http", set: "@http://a.test/|a=1; Secure", to: "https://a.test/", want: ""},
		{name: "COOKIE-46 https", set: "@https://a.test/|a=1; Secure", to: "https://a.test/", want: "a=1"},
		{name: "COOKIE-46 not over http", set: "@https://a.test/|a=1; Secure", to: "http://a.test/", want: ""},
		{name: "COOKIE-46 localhost", set: "@http://localhost/|a=1; Secure", to: "http://localhost/", want: "a=1"},
		{name: "COOKIE-46 127.0.0.1", set: "@http://127.0.0.1/|a=1; Secure", to: "http://127.0.0.1/", want: "a=1"},
		{name: "COOKIE-46 ::1", set: "@http://[::1]/|a=1; Secure", to: "http://[::1]/", want: "a=1"},
		{name: "COOKIE-47 secure", set: "@https://a.test/|__SECURE-a=1|__Secure-b=2; Secure", to: "https://a.test/", want: "__Secure-b=2"},
		{name: "COOKIE-47 host", set: "@https://a.test/|__host-a=1; Path=/|__Host-b=1; Secure; Path=/; Domain=a.test|__Host-c=1; Secure; Path=/x|__Host-d=1; Secure; Path=/", to: "https://a.test/x", want: "__Host-d=1"},
		{name: "COOKIE-47 default path", set: "@https://a.test/x|__Host-a=1; Secure", to: "https://a.test/", want: "__Host-a=1", browser: "-", firefox: "__Host-a=1"},
		{name: "COOKIE-48 quotes", set: "@http://a.test/|a=1; Path=\"/x\"", to: "http://a.test/y", want: "", browser: "a=1"},
		{name: "COOKIE-48 no slash", set: "@http://a.test/x/y|a=1; Path=z", to: "http://a.test/", want: "a=1", browser: "-"},
		{name: "COOKIE-48 trailing slash", set: "@http://a.test/|a=1; Path=/x/", to: "http://a.test/x", want: "a=1", browser: "-"},
		{name: "COOKIE-48 default", set: "@http://a.test/x/y/z?q=/a/b|a=1", to: "http://a.test/x/y", want: "a=1"},
		{name: "COOKIE-48 above the default", set: "@http://a.test/x/y/z|a=1", to: "http://a.test/x", want: ""},
		{name: "COOKIE-49 equal", set: "@http://a.test/|a=1; Path=/x", to: "http://a.test/x", want: "a=1"},
		{name: "COOKIE-49 below", set: "@http://a.test/|a=1; Path=/x", to: "http://a.test/x/y", want: "a=1"},
		{name: "COOKIE-49 label", set: "@http://a.test/|a=1; Path=/x", to: "http://a.test/xy", want: ""},
		{name: "COOKIE-50 overlay", set: "@https://a.test/|a=1; Secure; Path=/login|@http://a.test/|a=2; Path=/login/x|a=3; Path=/login; Domain=a.test", to: "https://a.test/login/x", want: "a=1"},
		{name: "COOKIE-50 sub", set: "@https://a.test/|a=1; Secure; Domain=a.test|@http://s.a.test/|a=2", to: "https://s.a.test/", want: "a=1"},
		{name: "COOKIE-50 helper", set: "@https://a.test/|a=1; Secure; Path=/login|@http://a.test/|a=2; Path=/loginhelper", to: "http://a.test/loginhelper", want: "a=2"},
		{name: "COOKIE-50 above", set: "@https://a.test/|a=1; Secure; Path=/login|@http://a.test/|a=2; Path=/", to: "https://a.test/login", want: "a=1; a=2"},
		{name: "COOKIE-51 update", set: "@http://a.test/|a=1|b=2|a=3", to: "http://a.test/", want: "a=3; b=2", chromium: "b=2; a=3"},
		{name: "COOKIE-51 host-only apart", set: "@http://a.test/|a=1; Domain=a.test|a=2", to: "http://a.test/", want: "a=1; a=2"},
		{name: "COOKIE-52 order", set: "@http://a.test/x/y|a=1; Path=/|b=2; Path=/|c=4; Path=/x|longname=3; Path=/", to: "http://a.test/x/y", want: "c=4; a=1; b=2; longname=3"},
		{name: "COOKIE-53 host-only", set: "@http://a.test/|a=1", to: "http://s.a.test/", want: ""},
		{name: "no host", set: "@file:///x|a=1", to: "file:///x", want: ""},
		{name: "trailing dot is another host", set: "@http://a.test./|a=1|b=2; Domain=a.test", to: "http://a.test/", want: ""},
		{name: "non-ASCII domain", set: "@http://xn--bcher-kva.test/|a=1; Domain=bücher.test|b=2; Domain=xn--bcher-kva.test", to: "http://bücher.test/", want: "b=2"},
		{name: "long attribute", set: "@http://a.test/|a=1; Path=/" + strings.Repeat("x", 1024), to: "http://a.test/", want: "a=1"},
	} {
		for rules, want := range []string{
			client.RulesCurl: row.want, client.RulesRFC6265bis: cmp.Or(row.browser, row.want),
			client.RulesChromium: cmp.Or(row.chromium, row.browser, row.want), client.RulesFirefox: cmp.Or(row.firefox, row.browser, row.want),
		} {
			t.Run(row.name+"/"+ruleNames[rules], func(t *testing.T) {
				want := strings.TrimSuffix(want, "-")
				j, _ := newJar(client.CookieRules(rules))
				var u *url.URL
				for _, line := range strings.Split(row.set, "|") {
					if raw, ok := strings.CutPrefix(line, "@"); ok {
						u = jarURL(t, raw)
						continue
					}
					j.Store(u, []string{line})
				}
				if got := j.Header(jarURL(t, row.to)); got != want {
					t.Errorf("got  %.200q\nwant %.200q", got, want)
				}
			})
		}
	}
}

package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// originRows: where a request comes from, and what it says about it. kind "" is a navigation.
var originRows = []struct {
	reason, from string
	kind         profiles.Kind
	method, to   string
	// via has the hops of redirects before, "METHOD URL", separated by blanks.
	via                   string
	referer, origin, site string
	late                  bool
}{
	{"same origin: the whole URL without fragment and secrets", "https://u:p@a.example/x?y=1#z", "", "GET", "https://a.example/", "", "https://a.example/x?y=1", "", "same-origin", false},
	{"the default port is no other origin", "https://a.example:443/x", "", "GET", "https://a.example/", "", "https://a.example/x", "", "same-origin", false},
	{"another port is another origin of the same site", "https://localhost:1/x", "", "GET", "https://localhost:2/", "", "https://localhost:1/", "", "same-site", false},
	{"a sibling is of the same site", "https://www.a.example/x", "", "GET", "https://img.a.example/", "", "https://www.a.example/", "", "same-site", false},
	{"a public suffix is no site", "https://one.github.io/x", "", "GET", "https://two.github.io/", "", "https://one.github.io/", "", "cross-site", false},
	{"another scheme is another site", "http://a.example/x", "", "GET", "https://a.example/", "", "http://a.example/", "", "cross-site", false},
	{"nothing is told to a less secure place", "https://a.example/x", "", "GET", "http://b.example/", "", "", "", "cross-site", false},
	{"a form tells its origin", "https://a.example/x", profiles.Form, "POST", "https://a.example/form", "", "https://a.example/x", "https://a.example", "same-origin", false},
	{"a form tells its origin across sites", "https://a.example/x", profiles.Form, "POST", "https://b.example/form", "", "https://a.example/", "https://a.example", "cross-site", false},
	{"but not to a less secure place", "https://a.example/x", profiles.Form, "POST", "http://b.example/form", "", "", "null", "cross-site", false},
	{"the machine itself is trustworthy", "http://localhost/x", "", "GET", "http://localhost:81/", "", "http://localhost/", "", "same-site", false},
	{"addresses have no domain", "https://127.0.0.1/x", "", "GET", "https://127.0.0.2/", "", "https://127.0.0.1/", "", "cross-site", false},
	{"the host is in lower case", "HTTPS://A.Example/X", "", "POST", "https://a.example/y", "", "https://a.example/X", "https://a.example", "same-origin", false},
	{"an international host is in A-labels", "https://ex\u00e4mple.test/x", "", "POST", "https://b.test/", "", "https://xn--exmple-cua.test/", "https://xn--exmple-cua.test", "cross-site", false},
	{"an international host is its A-labels", "https://ex\u00e4mple.test/x", "", "GET", "https://xn--exmple-cua.test/", "", "https://xn--exmple-cua.test/x", "", "same-origin", false},
	{"the path is resolved and escaped", "https://a.example\\x/../y z", "", "GET", "https://a.example/", "", "https://a.example/y%20z", "", "same-origin", false},
	{"an origin without path", "https://a.example", "", "GET", "https://a.example/y", "", "https://a.example/", "", "same-origin", false},
	{"a long URL is cut", "https://a.example/" + strings.Repeat("x", 5000), "", "GET", "https://a.example/y", "", "https://a.example/", "", "same-origin", false},

	{"a fetch of its own origin has no Origin", "https://a.example/x", profiles.Fetch, "GET", "https://a.example/y", "", "https://a.example/x", "", "same-origin", false},
	{"but with another method", "https://a.example/x", profiles.Fetch, "PUT", "https://a.example/y", "", "https://a.example/x", "https://a.example", "same-origin", false},
	{"and to another origin of the site", "https://a.example/x", profiles.XHR, "GET", "https://www.a.example/y", "", "https://a.example/", "https://a.example", "same-site", false},
	{"also a less secure one, as it is for CORS", "https://a.example/x", profiles.Fetch, "GET", "http://b.example/y", "", "", "https://a.example", "cross-site", false},
	{"no-cors has none", "https://a.example/x", profiles.NoCORS, "GET", "https://b.example/y", "", "https://a.example/", "", "cross-site", false},
	{"but with POST", "https://a.example/x", profiles.NoCORS, "POST", "https://b.example/y", "", "https://a.example/", "https://a.example", "cross-site", false},
	{"nor have subresources", "https://a.example/x", profiles.Image, "GET", "https://b.example/y", "", "https://a.example/", "", "cross-site", false},
	{"a preflight asks for an origin", "https://a.example/x", profiles.Preflight, "OPTIONS", "https://b.example/y", "", "https://a.example/", "https://a.example", "cross-site", false},
	{"a WebSocket has one, and no Referer", "https://a.example/x", profiles.WebSocket, "GET", "https://a.example/y", "", "", "https://a.example", "same-origin", false},
	{"a page that refers to nothing: fetch", "", profiles.Fetch, "GET", "https://a.example/y", "", "", "", "same-origin", false},
	{"a page that refers to nothing: fetch with a method", "", profiles.Fetch, "POST", "https://a.example/y", "", "", "https://a.example", "same-origin", false},
	{"a page that refers to nothing: form", "", profiles.Form, "POST", "https://a.example/y", "", "", "null", "same-origin", false},
	{"a page that refers to nothing: WebSocket", "", profiles.WebSocket, "GET", "https://a.example:444/y", "", "", "https://a.example:444", "same-origin", false},

	{"redirected to another origin: Origin comes late", "https://a.example/x", profiles.Fetch, "GET", "https://b.example/y", "GET https://a.example/r", "https://a.example/", "https://a.example", "cross-site", true},
	{"one that was there keeps its place", "https://a.example/x", profiles.Fetch, "POST", "https://b.example/y", "POST https://a.example/r", "https://a.example/", "https://a.example", "cross-site", false},
	{"unless the method changes", "https://a.example/x", profiles.Fetch, "GET", "https://b.example/y", "POST https://a.example/r", "https://a.example/", "https://a.example", "cross-site", true},
	{"back at home: once away, for ever tainted", "https://a.example/x", profiles.Fetch, "GET", "https://a.example/y", "GET https://b.example/r", "https://a.example/", "null", "cross-site", false},
	{"a third origin: null", "https://a.example/x", profiles.Fetch, "GET", "https://c.example/y", "GET https://b.example/r", "https://a.example/", "null", "cross-site", false},
	{"away and on within that origin", "https://a.example/x", profiles.Fetch, "GET", "https://b.example/y", "GET https://b.example/r", "https://a.example/", "https://a.example", "cross-site", false},
	{"late, then null in the same place", "https://a.example/x", profiles.Fetch, "GET", "https://c.example/y", "GET https://a.example/q GET https://b.example/r", "https://a.example/", "null", "cross-site", true},
	{"the worst site counts", "https://a.example/x", profiles.Image, "GET", "https://a.example/y", "GET https://www.a.example/q GET https://a.example/r", "https://a.example/", "", "same-site", false},
	{"a Referer once cut stays cut", "https://a.example/x", "", "GET", "https://a.example/y", "GET https://b.example/r", "https://a.example/", "", "cross-site", false},
	{"one once hidden stays hidden", "https://a.example/x", "", "GET", "https://b.example/y", "GET http://b.example/r", "", "", "cross-site", false},
	{"a form that becomes a GET", "https://a.example/x", profiles.Form, "GET", "https://a.example/y", "POST https://a.example/r", "https://a.example/x", "", "same-origin", false},
	{"a form that stays a POST", "https://a.example/x", profiles.Form, "POST", "https://c.example/y", "POST https://b.example/r", "https://a.example/", "null", "cross-site", false},
	{"the page that refers to nothing is of the first origin", "", profiles.Fetch, "GET", "https://b.example/y", "GET https://a.example/r", "", "https://a.example", "cross-site", true},
}

func TestOriginate(t *testing.T) {
	t.Parallel()
	for _, row := range originRows {
		t.Run(row.reason, func(t *testing.T) {
			t.Parallel()
			page, err := parseReferrer(row.from)
			if err != nil {
				t.Fatal(err)
			}
			var via []plan.Hop
			for words := strings.Fields(row.via); len(words) > 0; words = words[2:] {
				via = append(via, plan.Hop{Method: words[0], URL: mustURL(t, words[1])})
			}
			got := originate(&plan.Initiator{Page: page}, traitsOf(row.kind), via, row.method, mustURL(t, row.to))
			if want := (origins{row.origin, row.referer, row.site, row.late}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func mustURL(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOriginateTyped(t *testing.T) {
	t.Parallel()
	got := originate(&plan.Initiator{Typed: true}, traitsOf(profiles.Reload), nil, "GET", mustURL(t, "https://a.example/"))
	if got != (origins{site: "none"}) {
		t.Errorf("%+v", got)
	}
}

// TestTell: a plain client says no more than Referer, and what the request has already stays.
func TestTell(t *testing.T) {
	t.Parallel()
	from := &plan.Initiator{Page: mustURL(t, "https://a.example/x")}
	r, err := http.NewRequest("POST", "https://a.example/y", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://mine.example")
	sent := tell(r, &plan.Plan{Kind: "navigate", Initiator: from})
	if len(r.Header) != 1 || len(sent.Header) != 2 || sent.Header.Get("Origin") != "https://mine.example" || sent.Header.Get("Referer") != "https://a.example/x" {
		t.Errorf("before %v, after %v", r.Header, sent.Header)
	}
}

func TestParseReferrerRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"a.example/x", "ftp://a.example/", "https:///x", "https://a b/"} {
		if page, err := parseReferrer(bad); err == nil || page != nil {
			t.Errorf("the referrer %q is accepted", bad)
		}
	}
}

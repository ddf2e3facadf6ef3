package client

import (
	"net/http"
	"net/url"
	"testing"
)

func TestInitiate(t *testing.T) {
	rows := []struct {
		reason, from, method, to, referer, origin, site string
	}{
		{"same origin: the whole URL without fragment and secrets", "https://u:p@a.example/x?y=1#z", "GET", "https://a.example/", "https://a.example/x?y=1", "", "same-origin"},
		{"the default port is no other origin", "https://a.example:443/x", "GET", "https://a.example/", "https://a.example/x", "", "same-origin"},
		{"another port is another origin of the same site", "https://localhost:1/x", "GET", "https://localhost:2/", "https://localhost:1/", "", "same-site"},
		{"a sibling is of the same site", "https://www.a.example/x", "GET", "https://img.a.example/", "https://www.a.example/", "", "same-site"},
		{"a public suffix is no site", "https://one.github.io/x", "GET", "https://two.github.io/", "https://one.github.io/", "", "cross-site"},
		{"another scheme is another site", "http://a.example/x", "GET", "https://a.example/", "http://a.example/", "", "cross-site"},
		{"nothing is told to a less secure place", "https://a.example/x", "GET", "http://b.example/", "", "", ""},
		{"a form tells its origin", "https://a.example/x", "POST", "https://a.example/form", "https://a.example/x", "https://a.example", "same-origin"},
		{"a form tells its origin across sites", "https://a.example/x", "POST", "https://b.example/form", "https://a.example/", "https://a.example", "cross-site"},
		{"but not to a less secure place", "https://a.example/x", "POST", "http://b.example/form", "", "null", ""},
		{"the machine itself is trustworthy", "http://localhost/x", "GET", "http://localhost:81/", "http://localhost/", "", "same-site"},
		{"addresses have no domain", "https://127.0.0.1/x", "GET", "https://127.0.0.2/", "https://127.0.0.1/", "", "cross-site"},
		{"the host is in lower case", "HTTPS://A.Example/X", "POST", "https://a.example/y", "https://a.example/X", "https://a.example", "same-origin"},
		{"an international host is in A-labels", "https://ex\u00e4mple.test/x", "POST", "https://b.test/", "https://xn--exmple-cua.test/", "https://xn--exmple-cua.test", "cross-site"},
		{"an international host is its A-labels", "https://ex\u00e4mple.test/x", "GET", "https://xn--exmple-cua.test/", "https://xn--exmple-cua.test/x", "", "same-origin"},
		{"the path is resolved and escaped", "https://a.example\\x/../y z", "GET", "https://a.example/", "https://a.example/y%20z", "", "same-origin"},
		{"an origin without path", "https://a.example", "GET", "https://a.example/y", "https://a.example/", "", "same-origin"},
	}
	for _, r := range rows {
		t.Run(r.reason, func(t *testing.T) {
			to, err := url.Parse(r.to)
			if err != nil {
				t.Fatal(err)
			}
			h := http.Header{}
			if err := initiate(h, r.from, r.method, to, true); err != nil {
				t.Fatal(err)
			}
			if h.Get("Referer") != r.referer || h.Get("Origin") != r.origin || h.Get("Sec-Fetch-Site") != r.site {
				t.Errorf("got referer %q, origin %q, site %q; want %q, %q, %q", h.Get("Referer"), h.Get("Origin"), h.Get("Sec-Fetch-Site"), r.referer, r.origin, r.site)
			}
		})
	}
	h := http.Header{}
	if err := initiate(h, "https://a.example/x", "GET", &url.URL{Scheme: "https", Host: "a.example"}, false); err != nil || len(h) != 1 {
		t.Errorf("a plain client sends more than Referer: %v, %v", h, err)
	}
	for _, bad := range []string{"a.example/x", "ftp://a.example/", "https:///x", "https://a b/"} {
		if err := initiate(http.Header{}, bad, "GET", &url.URL{Scheme: "https", Host: "a.example"}, true); err == nil {
			t.Errorf("the referrer %q is accepted", bad)
		}
	}
}

package fpserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestLabRedirectForms(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	host := address(s)
	const next = "/redirect-lab?n=1"
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			query string
			want  []string
		}{
			{"", []string{next}}, {"form=path", []string{next}}, {"form=relative", []string{next[1:]}}, {"form=query", []string{"?n=1"}},
			{"form=dots", []string{"/a/./b/../.." + next}}, {"form=absolute", []string{"https://" + host + next}}, {"form=network", []string{"//" + host + next}},
			{"form=upper", []string{"HTTPS://" + strings.ToUpper(host) + next}}, {"form=userinfo", []string{"https://user:secret@" + host + next}},
			{"form=fragment", []string{next + "#fragment"}}, {"form=utf8", []string{next + "&note=\xc3\xa9"}}, {"form=latin1", []string{next + "&note=\xe9"}},
			{"form=space", []string{next + "&note=a b"}}, {"form=empty", []string{""}}, {"form=none", nil}, {"form=two", []string{next, "/redirect-lab?n=0"}},
			{"form=same", []string{next, next}}, {"form=self", []string{"/redirect-lab?n=2&form=self"}},
			{"origin=http://127.0.0.1:81", []string{"http://127.0.0.1:81" + next}}, {"origin=https://[::1]:82&form=network", []string{"//[::1]:82" + next}},
			{"origin=https://localhost&form=userinfo", []string{"https://user:secret@localhost" + next}},
			{"location=//a.localhost:83/x?%23y", []string{"//a.localhost:83/x?#y"}}, {"location=http://127.1.2.3{next}%23f", []string{"http://127.1.2.3" + next + "#f"}},
			{"location=%e9%FF", []string{"\xe9\xff"}}, {"location=file:///etc/passwd", []string{"file:///etc/passwd"}}, {"location=javascript:1", []string{"javascript:1"}},
		} {
			for n := 300; n <= 308; n++ {
				resp, b := fetch(t, c, "POST", fmt.Sprintf("%s/redirect-lab?n=2&%s", s.URL, row.query+"&status="+fmt.Sprint(n)), strings.NewReader("body"))
				got := resp.Header["Location"]
				want := slices.Clone(row.want)
				for i := range want { // the parameters follow the number of hops
					want[i] = strings.Replace(want[i], "n=1", "n=1&"+canonical(row.query, n), 1)
					want[i] = strings.Replace(want[i], "n=2&form=self", "n=2&form=self&status="+fmt.Sprint(n), 1)
				}
				if resp.StatusCode != n || !slices.Equal(got, want) || len(b) != 0 || resp.Header["Set-Cookie"] != nil {
					t.Errorf("%s: %s, %q, want %q, %d bytes", row.query, resp.Status, got, want, len(b))
				}
			}
		}
	})
}

// canonical returns the parameters in the order in which the lab hands them on.
func canonical(query string, status int) string {
	given, _ := url.ParseQuery(query)
	out := []string{fmt.Sprint("status=", status)}
	for _, name := range []string{"form", "origin", "location"} {
		if given.Has(name) {
			out = append(out, name+"="+url.QueryEscape(given.Get(name)))
		}
	}
	return strings.Join(out, "&")
}

// TestLabRedirectChain follows a chain whose hops differ.
func TestLabRedirectChain(t *testing.T) {
	t.Parallel()
	s, other := start(t, nil), start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		query := url.Values{
			"status": {"301", "307", "308"}, "form": {"absolute", "network", "path", "fragment"}, "size": {"0", "5"}, "origin": {other.URL, ""},
			"cookie": {"a=1; Path=/\nb=2, 3", "", "c=3", ""},
		}.Encode()
		at, err := url.Parse(s.URL + "/redirect-lab?" + query)
		if err != nil {
			t.Fatal(err)
		}
		otherClient := other.Client()
		for i, want := range []struct {
			status  int
			size    int
			cookies []string
			host    string // of the next
			mark    string
		}{
			{301, 0, []string{"a=1; Path=/", "b=2, 3"}, address(other), ""}, {307, 5, nil, address(other), ""}, {308, 5, []string{"c=3"}, address(other), ""}, {308, 5, nil, address(other), "fragment"},
		} {
			client := *c
			if at.Host == address(other) {
				client = *otherClient
				client.CheckRedirect = c.CheckRedirect
			}
			at.Fragment = ""
			resp, b := fetch(t, &client, "GET", at.String(), nil)
			if at, err = at.Parse(resp.Header.Get("Location")); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != want.status || string(b) != patternText(0, want.size) || !slices.Equal(resp.Header["Set-Cookie"], want.cookies) || at.Host != want.host || at.Fragment != want.mark {
				t.Errorf("hop %d: %s, %d bytes, cookies %q, next %s", i, resp.Status, len(b), resp.Header["Set-Cookie"], at)
			}
		}
		resp, b := fetch(t, otherClient, "PUT", at.String(), strings.NewReader("body"))
		if e := decode[Echo](t, b); resp.StatusCode != 200 || e.Method != "PUT" || e.Body.Size != 4 || e.Path != at.RequestURI() {
			t.Errorf("the end: %s %s", resp.Status, b)
		}
	})
	// A client of the standard library follows whole chains.
	for form, urlEnd := range map[string]string{"path": "", "relative": "", "query": "", "dots": "", "absolute": "", "network": "", "fragment": "#fragment", "utf8": "", "latin1": "", "two": "", "upper": ""} {
		r, err := s.Client().Get(s.URL + "/redirect-lab?n=9&form=" + form)
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		r.Body.Close()
		if r.StatusCode != 200 || !strings.HasSuffix(r.Request.URL.String(), urlEnd) {
			t.Errorf("%s: %s at %s", form, r.Status, r.Request.URL)
		}
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		location, host string
		own            bool
	}{
		{"/x", "", true}, {"x", "", true}, {"?x=http://example.org", "", true}, {"#//example.org", "", true}, {"/x//example.org", "", true}, {"", "", true}, {"x:y", "", true},
		{"x/http://example.org", "", true}, {"data:text/plain,x", "", true}, {"file:///etc", "", true}, {"file://example.org/", "example.org", false}, {"http://", "", true},
		{"http://localhost/", "localhost", true}, {"HTTPS://LOCALHOST.:1?", "LOCALHOST.", true}, {"//a.localhost", "a.localhost", true}, {"//127.255.0.1:80/", "127.255.0.1", true},
		{"//[::1]:80/", "::1", true}, {"//[::1]", "::1", true}, {"//[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", true}, {"//0.0.0.0/", "0.0.0.0", true}, {"//u:p@localhost:1/", "localhost", true},
		{"//example.org", "example.org", false}, {"///example.org", "example.org", false}, {`\\example.org`, "example.org", false}, {`/\example.org`, "example.org", false},
		{"/\t/example.org", "example.org", false}, {" //example.org", "example.org", false}, {"http:example.org", "example.org", false}, {"http:/example.org", "example.org", false},
		{"https:///example.org/localhost", "example.org", false}, {`http:\\example.org`, "example.org", false}, {"ht\ntp://example.org", "example.org", false},
		{"http://localhost@example.org/", "example.org", false}, {"http://localhost:1@example.org:2/", "example.org", false}, {`http://example.org\@localhost/`, "example.org", false},
		{"http://example.org?@localhost/", "example.org", false}, {"http://example.org#@localhost", "example.org", false}, {"http://localhost.example.org/", "localhost.example.org", false},
		{"ftp://example.org/", "example.org", false}, {"//10.0.0.1/", "10.0.0.1", false}, {"//128.0.0.1/", "128.0.0.1", false}, {"//0x7f.1/", "0x7f.1", false}, {"//[::2]/", "::2", false},
		{"//[fe80::1%25lo]/", "fe80::1%25lo", false}, {"http://notlocalhost/", "notlocalhost", false}, {"x://example.org", "example.org", false},
	} {
		host, ok := hostOf(row.location)
		if host != row.host || ok != (row.host != "") || ok && isOwnMachine(host) != row.own {
			t.Errorf("%q: %q, %t", row.location, host, ok)
		}
	}
}

// FuzzHostOf checks that no Location leads package net/url to another host than the one that was judged.
func FuzzHostOf(f *testing.F) {
	for _, seed := range []string{"/x", "//localhost/x", "http://localhost@example.org", `\\example.org`, "https:///a", "http://[::1]:80?x", "ht\ttp://a"} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "localhost:1", Path: "/redirect-lab"}
	f.Fuzz(func(t *testing.T, location string) {
		host, ok := hostOf(location)
		if ok && !isOwnMachine(host) {
			return // refused
		}
		u, err := base.Parse(location)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && !isOwnMachine(u.Hostname()) {
			t.Errorf("%q was judged by %q and leads to %q", location, host, u.Host)
		}
	})
}

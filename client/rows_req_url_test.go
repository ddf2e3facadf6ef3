package client_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// TestRequestURLs has the rows about URLs and queries.
func TestRequestURLs(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"REQ-42", "base URL", testBaseURL},
		{"REQ-43", "query before base", testQueryBeforeBase},
		{"REQ-44", "merged query", testMergedQuery},
		{"REQ-45", "values are text", testQueryValues},
		{"REQ-46", "encoded anew", testQueryEncodedAnew},
		{"REQ-47", "vector", testQueryVector},
		{"REQ-48", "safe characters", testQuoted},
		{"REQ-49", "broken escapes", testQuoted},
		{"REQ-50", "raw URL", testRawURL},
		{"REQ-51", "host names", testHostNames},
		{"REQ-52", "scheme", testScheme},
	})
}

// targets asks for URLs, relative to the base if there is one, and compares what the server got as target.
func targets(t *testing.T, r *recorder, o *client.Options, rows []struct {
	raw  string
	call client.Call
	want string
}) {
	t.Helper()
	s := newSession(t, o)
	for _, row := range rows {
		url := row.raw
		if o.BaseURL == "" {
			url = strings.TrimSuffix(r.URL, "/") + url
		}
		res, err := s.Get(t.Context(), url, &row.call)
		if err != nil {
			t.Errorf("%q: %v", row.raw, err)
			continue
		}
		res.Bytes()
		line, _, _ := strings.Cut(<-r.got, "\r\n")
		if got := strings.TrimSuffix(strings.TrimPrefix(line, "GET "), " HTTP/1.1"); got != row.want {
			t.Errorf("%q with %v: %s, want %s", row.raw, row.call.Query, got, row.want)
		}
	}
}

type targetRows = []struct {
	raw  string
	call client.Call
	want string
}

func testBaseURL(t *testing.T) {
	r := newRecorder(t)
	host := strings.TrimPrefix(r.URL, "http://")
	targets(t, r, &client.Options{BaseURL: r.URL + "a/b?q=1"}, targetRows{
		{raw: "", want: "/a/b?q=1"}, {raw: "x", want: "/a/x"}, {raw: "/x", want: "/x"}, {raw: "../x", want: "/x"}, {raw: "?z=1", want: "/a/b?z=1"},
		{raw: "//" + host + "y", want: "/y"}, {raw: r.URL + "z", want: "/z"}, {raw: "./", want: "/a/"},
	})
	for _, base := range []string{"/x", "example.org", "//example.org", "ftp://example.org/", "https://", "https://u:p@example.org/"} {
		if _, err := client.New(&client.Options{BaseURL: base}); !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func testQueryBeforeBase(t *testing.T) {
	r := newRecorder(t)
	a := client.Call{Query: client.Q("a", "1")}
	targets(t, r, &client.Options{BaseURL: r.URL + "p?q=1"}, targetRows{
		{"", a, "/p?a=1"}, {"", client.Call{}, "/p?q=1"}, {"x", a, "/x?a=1"}, {"?b=2", a, "/p?b=2&a=1"},
	})
}

func testMergedQuery(t *testing.T) {
	r := newRecorder(t)
	q := func(pairs ...string) client.Call { return client.Call{Query: client.Q(pairs...)} }
	targets(t, r, &client.Options{}, targetRows{
		{"/?a=1&a=2&foo=z", q("foo", "bar"), "/?a=1&a=2&foo=bar"},
		{"/?a=1&a=2&foo=z", q("foo", "1", "foo", "2"), "/?a=1&a=2&foo=z&foo=1&foo=2"},
		{"/?foo=1&foo=2", q("foo", "3"), "/?foo=1&foo=2&foo=3"},
	})
	targets(t, r, &client.Options{Query: client.Q("s", "1", "both", "s")}, targetRows{
		{"/", client.Call{}, "/?s=1&both=s"}, {"/?u=0", q("both", "c", "own", "1"), "/?u=0&s=1&both=c&own=1"}, {"/?s=0", client.Call{}, "/?s=1&both=s"},
	})
}

// testQueryValues: a value is the text that the caller gives; several are several pairs.
func testQueryValues(t *testing.T) {
	r := newRecorder(t)
	targets(t, r, &client.Options{}, targetRows{
		{"/", client.Call{Query: client.Q("b", fmt.Sprint(true), "n", fmt.Sprint(1.5), "none", "", "j", `{"x": 1}`)}, "/?b=true&n=1.5&none=&j=%7B%22x%22%3A+1%7D"},
		{"/", client.Call{Query: client.PairsOf(map[string][]string{"l": {"1", "2"}})}, "/?l=1&l=2"},
	})
}

func testQueryEncodedAnew(t *testing.T) {
	r := newRecorder(t)
	a := client.Call{Query: client.Q("a", "1")}
	targets(t, r, &client.Options{}, targetRows{
		{"/p;x?q=%20&r=;&x&y=&t=%7e#f", a, "/p;x?q=+&r=%3B&x=&y=&t=~&a=1"},
		{"/p;x?q=%20&r=;&x&y=&t=%7e#f", client.Call{}, "/p;x?q=%20&r=;&x&y=&t=%7e"},
		{"/p?q=%20", client.Call{Query: client.Pairs{}}, "/p?q=%20"},
	})
}

func testQueryVector(t *testing.T) {
	r := newRecorder(t)
	targets(t, r, &client.Options{}, targetRows{
		{"/", client.Call{Query: client.Q("e", "é ü", "s", "a/b?c&d=e")}, "/?e=%C3%A9+%C3%BC&s=a%2Fb%3Fc%26d%3De"},
		{"", client.Call{Query: client.Q("a", "1")}, "/?a=1"},
	})
}

// testQuoted: QuoteURL is the reference's reading of a URL, a session's own is the browsers'; both leave what is a URL alone.
func testQuoted(t *testing.T) {
	r := newRecorder(t)
	raw := func(url string) string { return client.QuoteURL(url, "") }
	targets(t, r, &client.Options{}, targetRows{
		{raw("/%41%7E/a%2fb"), client.Call{RawURL: true}, "/A~/a%2fb"},
		{raw("/{}^`<>\" |"), client.Call{RawURL: true}, "/%7B%7D%5E%60%3C%3E%22%20|"},
		{raw("/%zz%41"), client.Call{RawURL: true}, "/%25zz%2541"},
		{raw("/%4é"), client.Call{RawURL: true}, "/%4%C3%A9"},
		{client.QuoteURL("/x:7", ":<"), client.Call{RawURL: true}, "/x%3A7"},
		{"/%41%7E/a%2fb", client.Call{}, "/%41%7E/a%2fb"},
		{"/{}|é \"?'\"", client.Call{}, "/%7B%7D%7C%C3%A9%20%22?%27%22"},
	})
}

func testRawURL(t *testing.T) {
	r := newRecorder(t)
	targets(t, r, &client.Options{}, targetRows{
		{"/a/../b//%zz|{}?'", client.Call{RawURL: true}, "/a/../b//%zz|{}?'"},
		{"?x", client.Call{RawURL: true}, "/?x"},
		{"/%zz?%zz", client.Call{RawURL: true, Query: client.Q("a", "1")}, "/%zz?%25zz=&a=1"},
	})
	targets(t, r, &client.Options{BaseURL: r.URL + "base/", Query: client.Q("s", "1")}, targetRows{
		{"/a/./b", client.Call{RawURL: true}, "/a/./b?s=1"}, {r.URL + "%", client.Call{RawURL: true}, "/%?s=1"},
	})
	based := newSession(t, &client.Options{BaseURL: "http://localhost/base/", DialContext: refuseToDial(t)})
	for _, relative := range []string{"", "x", "?x", "//localhost/x"} {
		if _, err := based.Get(t.Context(), relative, &client.Call{RawURL: true}); !errors.Is(err, client.ErrInvalidURL) {
			t.Errorf("%q is relative: %v", relative, err)
		}
	}
	s := newSession(t, &client.Options{DialContext: refuseToDial(t)})
	for _, bad := range []string{"/a b", "/a\x7f", "/\t"} {
		if _, err := s.Get(t.Context(), "http://localhost"+bad, &client.Call{RawURL: true}); !errors.Is(err, client.ErrInvalidURL) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func testHostNames(t *testing.T) {
	srv := newServer(t, false, echo)
	s := newSession(t, &client.Options{InsecureSkipVerify: true, DialContext: dialTo(srv.Listener.Addr().String())})
	for raw, want := range map[string]string{"https://exämple.test/": "xn--exmple-cua.test", "https://EXAMPLE.test/": "example.test", "https://例え.test/": "xn--r8jz45g.test"} {
		if e := ask(t, s, "GET", raw, nil); e.Host != want {
			t.Errorf("%s: %s", raw, e.Host)
		}
	}
	for _, bad := range []string{"https://ex%C3%A4mple .test/", "https://\u00e9\u2028.test/"} {
		if _, err := s.Get(t.Context(), bad, nil); !errors.Is(err, client.ErrInvalidURL) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func testScheme(t *testing.T) {
	r := newRecorder(t)
	refused := newSession(t, &client.Options{DialContext: refuseToDial(t)})
	for _, raw := range []string{"localhost/", "//localhost/", "localhost:80/", "/x", "", "http://a b/", "http://a\x00/", "mailto:x"} {
		if _, err := refused.Get(t.Context(), raw, nil); !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%q: %v", raw, err)
		}
	}
	s := newSession(t, &client.Options{DefaultScheme: "http"})
	host := strings.TrimPrefix(r.URL, "http://")
	for raw, target := range map[string]string{host + "x": "/x", "//" + host + "y": "/y", strings.TrimSuffix(host, "/"): "/", r.URL + "z": "/z", host + "?u=http://a/": "/?u=http://a/"} {
		for _, literal := range []bool{false, true} {
			res, err := s.Get(t.Context(), raw, &client.Call{RawURL: literal})
			if err != nil {
				t.Errorf("%q: %v", raw, err)
				continue
			}
			res.Bytes()
			if got := <-r.got; !strings.HasPrefix(got, "GET "+target+" ") {
				t.Errorf("%q: %q", raw, got)
			}
		}
	}
	for _, o := range []client.Options{{DefaultScheme: "ftp"}, {DefaultScheme: "http://"}, {DefaultScheme: "http", BaseURL: "http://localhost/"}} {
		if _, err := client.New(&o); !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), "DefaultScheme") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

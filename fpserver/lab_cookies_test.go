package fpserver

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

func TestLabCookies(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	type answer struct {
		Path        string
		Cookie, Set []rawValue
	}
	lines := []string{
		"a=1", "a=2; Path=/; Max-Age=-1", "=nameless", "flag", `q="x; y"; Expires=Thu, 01 Jan 1970 00:00:00 GMT`, "__Host-x=1; Secure; Path=/", "\xe9=\xff; Domain=",
		"p=1; Partitioned; Priority=High; SameSite=None", "tab=a\tb", ";;;", "",
	}
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		query := "/cookie-lab/a/b?" + url.Values{"set": lines}.Encode()
		resp, b := fetch(t, c, "GET", s.URL+query, nil)
		if got := resp.Header["Set-Cookie"]; !slices.Equal(got, lines) {
			t.Errorf("%q", got)
		}
		got := decode[answer](t, b)
		if got.Path != query || len(got.Cookie) != 0 || len(got.Set) != len(lines) || got.Set[6].Text != "\uFFFD=\uFFFD; Domain=" || string(got.Set[6].Hex) != lines[6] {
			t.Errorf("%+v", got)
		}
		r, _ := http.NewRequest("POST", s.URL+"/cookie-lab", nil)
		r.Header["Cookie"] = []string{"a=1; b=\xe9\"", "c"} // over HTTP/2 net/http sends each cookie in a field of its own
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var buf [4096]byte
		n, _ := resp.Body.Read(buf[:])
		want := []string{"a=1; b=\xe9\"", "c"}
		if h2 {
			want = []string{"a=1", "b=\xe9\"", "c"}
		}
		var cookies []string
		for _, v := range decode[answer](t, buf[:n]).Cookie {
			cookies = append(cookies, string(v.Hex))
		}
		if !slices.Equal(cookies, want) || resp.Header["Set-Cookie"] != nil {
			t.Errorf("%q, want %q; sets %q", cookies, want, resp.Header["Set-Cookie"])
		}
	})
}

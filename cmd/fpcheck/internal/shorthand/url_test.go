package shorthand

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, name, in, want, why string }{
		{"CLI-02", "port and path", ":3000/x", "http://localhost:3000/x", "this machine"},
		{"CLI-02", "port", ":3000", "http://localhost:3000", "this machine"},
		{"CLI-02", "path", ":/x", "http://localhost/x", "this machine"},
		{"CLI-02", "colon", ":", "http://localhost", "this machine"},
		{"CLI-02", "port 443", ":443/x", "https://localhost:443/x", "443 is https"},
		{"CLI-02", "host", "example.org", "https://example.org", "no scheme"},
		{"CLI-02", "host and query", "example.org?x=1", "https://example.org?x=1", "no path either"},
		{"CLI-02", "host with port", "example.org:8080/a", "http://example.org:8080/a", "a port other than 443"},
		{"CLI-02", "host with 443", "example.org:443/a", "https://example.org:443/a", "443 is https"},
		{"CLI-02", "host with colon", "example.org:/a", "https://example.org:/a", "an empty port is none"},
		{"CLI-02", "colon in query", "a.com?x=:1", "https://a.com?x=:1", "the reference library takes the colon for a port"},
		{"CLI-02", "colon in path", "a.com/x:80", "https://a.com/x:80", "no port"},
		{"CLI-02", "colon in fragment", "a.com#:80", "https://a.com#:80", "no port"},
		{"CLI-02", "URL in query", "a.com/?u=http://b.com:80/", "https://a.com/?u=http://b.com:80/", "that scheme is not this one"},
		{"CLI-02", "credentials", "u:80@a.com/", "https://u:80@a.com/", "that is no port"},
		{"CLI-02", "IPv6", "[::1]/x", "https://[::1]/x", "colons of an address"},
		{"CLI-02", "IPv6 with port", "[::1]:81/x", "http://[::1]:81/x", "a port behind an address"},
		{"CLI-02", "IPv4 with port", "127.0.0.1:81", "http://127.0.0.1:81", "a port behind an address"},
		{"CLI-02", "scheme", "HTTP://a.com:443/x", "HTTP://a.com:443/x", "stays"},
		{"CLI-02", "other scheme", "wss://a.com/x", "wss://a.com/x", "stays"},
		{"CLI-02", "nothing", "", "", "no host"},
		{"CLI-02", "path alone", "/x", "", "no host"},
		{"CLI-02", "no port", "a.com:x/", "", "neither port nor scheme"},
		{"CLI-02", "port 0", "a.com:0", "", "no port"},
		{"CLI-02", "large port", "a.com:65536", "", "no port"},
		{"CLI-02", "negative port", ":-1", "", "no port"},
		{"CLI-02", "bare IPv6", "::1", "", "without brackets"},
		{"CLI-02", "longer IPv6", "fe80::1:80", "", "without brackets"},
		{"CLI-02", "open bracket", "[::1/x", "", "no end"},
		{"CLI-02", "behind bracket", "[::1]x", "", "neither port nor path"},
		{"CLI-02", "empty scheme", "://a.com", "", "no host"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			got, err := URL(c.in)
			var wrong *URLError
			if c.want == "" != errors.As(err, &wrong) || got != c.want {
				t.Errorf("%s: URL(%q) = %q, %v, want %q", c.why, c.in, got, err, c.want)
			}
		})
	}
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{":3000/x", "a.com?x=:1", "[::1]:81/x", "u:p@h:1", "http://x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := URL(s)
		if err != nil {
			return
		}
		if !strings.HasSuffix(got, strings.TrimPrefix(s, ":")) {
			t.Errorf("URL(%q) = %q: what was written is lost", s, got)
		}
		if u, err := url.Parse(got); err == nil && u.Scheme != "http" && u.Scheme != "https" && !IsURL(s) {
			t.Errorf("URL(%q) = %q", s, got)
		}
	})
}

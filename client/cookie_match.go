package client

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/wirelike/wirelike/internal/plan"
)

// cookieHost returns the host of a URL as cookies know it: in lower case, as A-labels, an address in its canonical form and
// without brackets. A trailing dot stays: as in browsers, that is another host.
func cookieHost(u *url.URL) (string, bool) {
	host := lower(u.Hostname())
	if host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	if a, ok := address(host); ok {
		return a, true
	}
	if !ascii(host) {
		name, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", false
		}
		host = name
	}
	return host, hostLike(host)
}

// hostLike tells whether a name in ASCII could be a host: what [url.Parse] lets pass is more.
func hostLike(host string) bool {
	return host != "" && host[0] != '.' && ascii(host) && !strings.ContainsAny(host, " \t,;/\\@[]") && !hasControl(host)
}

// address returns the canonical form of an IP address.
func address(host string) (string, bool) {
	// What ends in a digit or has a colon may be one; all others are spared the parser, which allocates its error.
	if n := len(host); n == 0 || (host[n-1] < '0' || host[n-1] > '9') && strings.IndexByte(host, ':') < 0 {
		return "", false
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return "", false
	}
	return a.String(), true
}

// domainMatch: RFC 6265bis §5.1.3; both are canonical.
func domainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	if !strings.HasSuffix(host, domain) || host[len(host)-len(domain)-1] != '.' {
		return false
	}
	_, ip := address(host)
	return !ip
}

// pathMatch: RFC 6265bis §5.1.4.
func pathMatch(request, path string) bool {
	return strings.HasPrefix(request, path) &&
		(len(request) == len(path) || path[len(path)-1] == '/' || request[len(path)] == '/')
}

// requestPath returns the path of a request as it is on the wire.
func requestPath(u *url.URL) string {
	if p := plan.Path(u); p != "" && p[0] == '/' {
		return p
	}
	return "/"
}

// defaultPath: RFC 6265bis §5.1.4, the directory of the request's path.
func defaultPath(request string) string {
	if i := strings.LastIndexByte(request, '/'); i > 0 {
		return request[:i]
	}
	return "/"
}

// suffix tells whether a domain is a public suffix: whoever could set cookies for it could set them for strangers.
func suffix(domain string) bool {
	if _, ok := address(domain); ok {
		return false
	}
	name := strings.TrimSuffix(domain, ".")
	s, _ := publicsuffix.PublicSuffix(name)
	return s == name
}

// shelf returns the domain under which the cookies of a host lie together: its registrable domain, or itself. A cookie
// whose domain covers the host lies on the same one.
func shelf(host string) string {
	if strings.IndexByte(host, '.') < 0 { // a single label, or an IPv6 address
		return host
	}
	if _, ok := address(host); ok {
		return host
	}
	if strings.HasSuffix(host, ".") {
		return host[len(host)-len(shelf(host[:len(host)-1]))-1:]
	}
	// The error of EffectiveTLDPlusOne allocates, so that suffixes are asked for first.
	s, _ := publicsuffix.PublicSuffix(host)
	if len(host) <= len(s)+1 || host[len(host)-len(s)-1] != '.' {
		return host
	}
	i := strings.LastIndexByte(host[:len(host)-len(s)-1], '.')
	return host[i+1:]
}

// lower is [strings.ToLower] for ASCII only: other letters are not for a cookie to fold.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; c >= 'A' && c <= 'Z' {
					b[i] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

package client

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// The values of Sec-Fetch-Site for a request that a page initiated (Fetch Metadata §2.3).
const (
	siteSame   = "same-origin"
	siteNear   = "same-site"
	siteAcross = "cross-site"
)

// initiate adds to h what a browser says about the page that a request comes from: Referer under the default policy
// strict-origin-when-cross-origin, Origin with methods other than GET and HEAD, and, for a browser whose target is potentially trustworthy, Sec-Fetch-Site.
func initiate(h http.Header, referrer, method string, target *url.URL, browser bool) error {
	from, err := parseWeb(referrer)
	if err != nil {
		return invalid(ErrInvalidRequest, "Referrer %.80q is no http or https URL: %v", redactRaw(referrer), err)
	}
	origin := from.Scheme + "://" + trimDefaultPort(from)
	site := siteOf(from, target)
	downgrade := from.Scheme == "https" && target.Scheme == "http"
	switch {
	case site == siteSame:
		page := *from
		page.User, page.Host = nil, trimDefaultPort(from)
		h.Set("Referer", page.String())
	case !downgrade:
		h.Set("Referer", origin+"/")
	}
	if method != http.MethodGet && method != http.MethodHead {
		if downgrade && site != siteSame {
			origin = "null"
		}
		h.Set("Origin", origin)
	}
	if browser && trustworthy(target) { // Fetch Metadata §2: to no other origin
		h.Set("Sec-Fetch-Site", site)
	}
	return nil
}

// siteOf relates two URLs: same origin, same site (scheme and registrable domain), or neither.
func siteOf(a, b *url.URL) string {
	switch {
	case a.Scheme != b.Scheme:
		return siteAcross
	case strings.EqualFold(trimDefaultPort(a), trimDefaultPort(b)):
		return siteSame
	case site(a.Hostname()) == site(b.Hostname()):
		return siteNear
	}
	return siteAcross
}

// site returns the registrable domain of a host, or the host itself when it has none: an address, "localhost".
func site(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

func trimDefaultPort(u *url.URL) string {
	if p := u.Port(); p == "443" && u.Scheme == "https" || p == "80" && u.Scheme == "http" {
		return strings.TrimSuffix(u.Host, ":"+p)
	}
	return u.Host
}

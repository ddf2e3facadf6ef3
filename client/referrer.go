package client

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// The values of Sec-Fetch-Site (Fetch Metadata §2.3): no page at all, or how far the page that initiated the request is
// from what is requested.
const (
	siteNone   = "none"
	siteSame   = "same-origin"
	siteNear   = "same-site"
	siteAcross = "cross-site"
)

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

// farther returns the worse of two values.
func farther(a, b string) string {
	if a == siteAcross || b == siteSame {
		return a
	}
	return b
}

func trimDefaultPort(u *url.URL) string {
	if p := u.Port(); p == "443" && u.Scheme == "https" || p == "80" && u.Scheme == "http" {
		return strings.TrimSuffix(u.Host, ":"+p)
	}
	return u.Host
}

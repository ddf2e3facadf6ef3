package client

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/wirelike/wirelike/profiles"
)

// SchemeError says that a profile does not know what its browser sends over plain http to a host. Browsers send client
// hints, Sec-Fetch fields and the longer Accept-Encoding only to potentially trustworthy origins (Secure Contexts §3.1).
// Over http these are only those of the machine itself, and those are what the captures show. It is an ErrImpersonate.
type SchemeError struct {
	Profile string
	Kind    profiles.Kind
	Host    string // without port
}

func (e *SchemeError) Error() string {
	return "profile " + e.Profile + ", kind " + string(e.Kind) + ": http to a host that is not potentially trustworthy (" + printable(e.Host) +
		"): no evidence; use https, or no profile"
}

// loopback is the range of IPv4 addresses of the machine itself; IPv6 has only ::1.
var loopback = netip.MustParsePrefix("127.0.0.0/8")

// trustworthy tells whether the origin of u is potentially trustworthy (Secure Contexts §3.1).
func trustworthy(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && (loopback.Contains(a) || a == netip.IPv6Loopback())
}

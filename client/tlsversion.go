package client

import (
	"crypto/tls"

	"github.com/wirelike/wirelike/profiles"
)

// ssl30 is SSL 3.0 as crypto/tls numbers it, and ssl20 what curl calls SSLv2.
const ssl20, ssl30 = 0x0002, 0x0300

// checkTLSVersions holds the bounds to what can be spoken at all.
func checkTLSVersions(low, high uint16) error {
	for _, f := range [...]struct {
		name    string
		version uint16
	}{{"MinTLSVersion", low}, {"MaxTLSVersion", high}} {
		switch v := f.version; {
		case v == 0, v >= tls.VersionTLS10 && v <= tls.VersionTLS13:
		case v == ssl20, v == ssl30:
			return invalid(ErrInvalidRequest, "%s: %s is dead (RFC 6176, RFC 7568) and not supported: want tls.VersionTLS10 to tls.VersionTLS13",
				f.name, map[uint16]string{ssl20: "SSLv2", ssl30: "SSLv3"}[v])
		default:
			return invalid(ErrInvalidRequest, "%s: %#04x is no version of TLS: want tls.VersionTLS10 to tls.VersionTLS13", f.name, v)
		}
	}
	if high != 0 && low > high {
		return invalid(ErrInvalidRequest, "MinTLSVersion %s is above MaxTLSVersion %s", tls.VersionName(low), tls.VersionName(high))
	}
	return nil
}

// bounded returns the profile with the versions of TLS that the transport allows; nil stays nil.
func (t *Transport) bounded(p *profiles.Profile) (*profiles.Profile, error) {
	if p == nil || t.MinTLSVersion == 0 && t.MaxTLSVersion == 0 {
		return p, nil
	}
	low, _ := p.Versions()
	q, err := p.WithVersions(profiles.Version(t.MinTLSVersion), profiles.Version(t.MaxTLSVersion))
	if err != nil {
		return nil, &fault{ErrImpersonate, err}
	}
	// A hello that ends at TLS 1.2 does not say where it begins.
	t.lowest = max(t.MinTLSVersion, uint16(low))
	return q, nil
}

package profiles

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

const (
	tls10 = fingerprint.ID(0x0301)
	tls12 = fingerprint.ID(0x0303)
	tls13 = fingerprint.ID(0x0304)
)

// WithVersions returns p with the versions of TLS from lowest to highest and no others, as the browser's own settings would
// have it; 0 is no bound. A version is not added: bounds that leave the hello as it is return p itself. Otherwise p stays as it
// is, and shares nothing with the result, whose name is that of p and "+custom".
//
// With a version goes what only it has. What that is was recorded of Chromium 156 and Firefox 153, and is taken for that of all
// with their TLS stacks. Without TLS 1.3 no session is resumed: the hello of a browser that then does has not been seen.
//
// Errors are of type *[OverrideError], for tls_min_version or tls_max_version: no version is left, or the highest one is below
// TLS 1.2, for which nobody has seen the hello of a browser.
func (p *Profile) WithVersions(lowest, highest Version) (*Profile, error) {
	low, high := fingerprint.ID(lowest), fingerprint.ID(highest)
	offered := offeredVersions(p.First.TLS)
	kept := slices.DeleteFunc(slices.Clone(offered), func(v fingerprint.ID) bool { return v < low || high != 0 && v > high })
	field := "tls_max_version"
	if low > slices.Max(offered) {
		field = "tls_min_version"
	}
	switch {
	case len(kept) == 0:
		return nil, refuse(field, "the hello of %s has no version of TLS within the bounds, but %s", p.Name, versionList(offered))
	case len(kept) == len(offered):
		return p, nil
	case slices.Max(kept) < tls12:
		return nil, refuse(field, "nobody has seen the hello of %s that ends below TLS 1.2: use no profile for such a server", p.Name)
	}
	q := p.Clone()
	q.Name = strings.TrimSuffix(q.Name, customMark) + customMark
	q.keepVersions(kept)
	q.settle()
	if err := q.validate(); err != nil {
		return nil, &OverrideError{field, err}
	}
	return q, nil
}

// Versions returns the lowest and the highest version of TLS that the browser's hello offers. A hello without
// supported_versions offers all from TLS 1.0 to its own.
func (p *Profile) Versions() (lowest, highest Version) {
	offered := offeredVersions(p.First.TLS)
	return Version(slices.Min(offered)), Version(slices.Max(offered))
}

// offeredVersions returns the versions of a hello, the highest first; one without supported_versions has all up to its own.
func offeredVersions(h *fingerprint.ClientHello) []fingerprint.ID {
	if e := h.Extension(fingerprint.ExtSupportedVersions); e != nil {
		return noGREASE(e.List)
	}
	var list []fingerprint.ID
	for v := h.Version; v >= tls10; v-- {
		list = append(list, v)
	}
	return list
}

func versionList(list []fingerprint.ID) string {
	var names []string
	for _, v := range list {
		if b, err := Version(v).MarshalText(); err == nil {
			names = append(names, string(b))
		}
	}
	return strings.Join(names, ", ")
}

// keepVersions takes all versions away but some, of which the highest is TLS 1.2 or 1.3.
func (p *Profile) keepVersions(kept []fingerprint.ID) {
	h := p.First.TLS
	gecko := p.Browser.Engine == "firefox"
	had13 := slices.Contains(offeredVersions(h), tls13)
	if e := h.Extension(fingerprint.ExtSupportedVersions); e != nil {
		e.List = slices.DeleteFunc(e.List, func(v fingerprint.ID) bool { return !v.IsGREASE() && !slices.Contains(kept, v) })
		p.custom("first.tls.extensions.supported_versions", "bounds on the version of TLS")
	}
	switch {
	case slices.Min(kept) == tls13:
		p.only13(gecko)
	case had13 && !slices.Contains(kept, tls13):
		p.without13(gecko)
	}
}

// only13 takes away what is for TLS 1.2 and below.
func (p *Profile) only13(gecko bool) {
	h := p.First.TLS
	p.suites(func(id fingerprint.ID) bool { return id.IsGREASE() || is13Suite(id) })
	if !gecko {
		p.drop(fingerprint.ExtECPointFormats, fingerprint.ExtExtendedMasterSecret, fingerprint.ExtSessionTicket, fingerprint.ExtRenegotiationInfo)
		return
	}
	p.drop(fingerprint.ExtECPointFormats)
	if e := h.Extension(fingerprint.ExtSignatureAlgorithms); e != nil {
		// NSS puts last what TLS 1.3 has for certificates only (RFC 8446 §4.2.3): those of PKCS #1.
		slices.SortStableFunc(e.List, func(a, b fingerprint.ID) int { return pkcs1(a) - pkcs1(b) })
		p.custom("first.tls.extensions.signature_algorithms", "bounds on the version of TLS")
	}
}

// without13 takes away what is for TLS 1.3.
func (p *Profile) without13(gecko bool) {
	h := p.First.TLS
	p.suites(func(id fingerprint.ID) bool { return !is13Suite(id) })
	p.drop(fingerprint.ExtSupportedVersions, fingerprint.ExtKeyShare, fingerprint.ExtPSKKeyExchangeModes, fingerprint.ExtEarlyData,
		fingerprint.ExtEncryptedClientHello, fingerprint.ExtApplicationSettings, fingerprint.ExtApplicationSettingsOld)
	if gecko {
		p.drop(fingerprint.ExtDelegatedCredential, fingerprint.ExtCompressCertificate)
	}
	h.SessionIDLength = 0
	p.custom("first.tls.session_id_length", "bounds on the version of TLS")
	if e := h.Extension(fingerprint.ExtSupportedGroups); e != nil {
		e.List = slices.DeleteFunc(e.List, func(id fingerprint.ID) bool { return hybrid(id) || gecko && ffdhe(id) })
		p.custom("first.tls.extensions.supported_groups", "bounds on the version of TLS")
	}
}

// suites keeps some of the cipher suites.
func (p *Profile) suites(keep func(fingerprint.ID) bool) {
	h := p.First.TLS
	h.CipherSuites = slices.DeleteFunc(h.CipherSuites, func(id fingerprint.ID) bool { return !keep(id) })
	p.custom("first.tls.cipher_suites", "bounds on the version of TLS")
}

// drop takes extensions away.
func (p *Profile) drop(types ...fingerprint.ID) {
	h := p.First.TLS
	for _, t := range types {
		if h.Extension(t) != nil {
			h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return e.Type == t })
			p.custom("first.tls.extensions."+fingerprint.ExtensionName(t), "bounds on the version of TLS")
		}
	}
}

// is13Suite tells a cipher suite of TLS 1.3 (RFC 8446 §B.4).
func is13Suite(id fingerprint.ID) bool { return id>>8 == 0x13 && !id.IsGREASE() }

// pkcs1 is 1 for a signature algorithm of PKCS #1 v1.5, else 0 (RFC 8446 §4.2.3).
func pkcs1(id fingerprint.ID) int {
	if id&0xff == 1 && id>>8 >= 2 && id>>8 <= 6 {
		return 1
	}
	return 0
}

// ffdhe tells a group of RFC 7919.
func ffdhe(id fingerprint.ID) bool { return id >= 256 && id <= 260 }

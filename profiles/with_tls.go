package profiles

import (
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

// applyTLS applies the fields of TLS but JA3.
func (p *Profile) applyTLS(o *Override) error {
	if err := p.minVersion(o.TLSMinVersion); err != nil {
		return err
	}
	for _, l := range [...]struct {
		field string
		id    fingerprint.ID
		list  []fingerprint.ID
	}{
		{"tls_cert_compression", fingerprint.ExtCompressCertificate, o.TLSCertCompression},
		{"tls_signature_algorithms", fingerprint.ExtSignatureAlgorithms, o.TLSSignatureAlgorithms},
		{"tls_delegated_credential", fingerprint.ExtDelegatedCredential, o.TLSDelegatedCredential},
	} {
		if l.list == nil {
			continue
		}
		e := fingerprint.Extension{Type: l.id, List: slices.Clone(l.list)}
		if err := p.put(l.field, o, e, len(l.list) == 0); err != nil {
			return err
		}
	}
	if n := o.TLSRecordSizeLimit; n != nil {
		if *n != 0 && (*n < 64 || *n > 1<<14+1) {
			return refuse("tls_record_size_limit", "%d is not within 64 to 16385 (RFC 8449 §4), nor 0 for none", *n)
		}
		e := fingerprint.Extension{Type: fingerprint.ExtRecordSizeLimit, Limit: *n}
		if err := p.put("tls_record_size_limit", o, e, *n == 0); err != nil {
			return err
		}
	}
	if err := p.shareLimit(o.TLSKeySharesLimit); err != nil {
		return err
	}
	p.greaseAndOrder(o)
	return nil
}

// greaseAndOrder applies TLSGrease and TLSPermuteExtensions, for which everything else must be in place.
func (p *Profile) greaseAndOrder(o *Override) {
	if on := o.TLSGrease; on != nil {
		if *on {
			p.grease(bodies(p.First.TLS))
		} else {
			p.ungrease()
		}
		p.custom("first.tls.cipher_suites", "tls_grease %t", *on)
		p.custom("first.tls.extensions.grease", "tls_grease %t", *on)
	}
	if on := o.TLSPermuteExtensions; on != nil {
		p.Vary.Permute = nil
		if *on {
			p.Vary.Permute = &fingerprint.Permute{First: []string{"grease"}, Last: []string{"grease#2", "padding", "pre_shared_key"}}
		}
		p.custom("first.tls.extensions.order", "tls_permute_extensions %t", *on)
	}
}

// put puts an extension in the place of the one of its type, or at the end, or takes it away.
func (p *Profile) put(field string, o *Override, e fingerprint.Extension, off bool) error {
	h, name := p.First.TLS, fingerprint.ExtensionName(e.Type)
	old := h.Extension(e.Type)
	switch {
	case o.JA3 != "" && (old == nil) != off:
		return refuse(field, "the ja3 beside it does not agree: extension %s (%d)", name, e.Type)
	case off && e.Type == fingerprint.ExtSignatureAlgorithms:
		return refuse(field, "empty: no server would accept it (RFC 8446 §9.2)")
	case off && old == nil:
		return nil
	case off:
		h.Extensions = slices.DeleteFunc(h.Extensions, func(x fingerprint.Extension) bool { return x.Type == e.Type })
	case old != nil:
		*old = e
	default:
		at := endOf(h)
		if at > 1 && h.Extensions[at-1].Type.IsGREASE() {
			at-- // GREASE stays last
		}
		h.Extensions = slices.Insert(h.Extensions, at, e)
	}
	p.custom("first.tls.extensions."+name, "%s", field)
	return nil
}

// minVersion makes supported_versions end with the given version.
func (p *Profile) minVersion(v Version) error {
	if v == 0 {
		return nil
	}
	const field = "tls_min_version"
	if v < 0x0301 || v > 0x0304 {
		return refuse(field, "%d is no version of TLS, 769 to 772", v)
	}
	e := p.First.TLS.Extension(fingerprint.ExtSupportedVersions)
	if e == nil {
		return refuse(field, "the hello has no supported_versions (43) that could say it")
	}
	var list []fingerprint.ID
	var highest fingerprint.ID
	for _, id := range e.List {
		if id.IsGREASE() {
			list = append(list, id)
		} else {
			highest = max(highest, id)
		}
	}
	if highest < fingerprint.ID(v) {
		return refuse(field, "the highest version of the hello, %d, is below %d", highest, v)
	}
	for id := highest; id >= fingerprint.ID(v); id-- {
		list = append(list, id)
	}
	e.List = list
	p.custom("first.tls.extensions.supported_versions", field)
	return nil
}

// shareLimit bounds, or fills up, the key shares.
func (p *Profile) shareLimit(limit *int) error {
	if limit == nil {
		return nil
	}
	const field = "tls_key_shares_limit"
	h := p.First.TLS
	shares, groups := h.Extension(fingerprint.ExtKeyShare), h.Extension(fingerprint.ExtSupportedGroups)
	switch {
	case *limit < 1:
		return refuse(field, "%d: there is at least one", *limit)
	case shares == nil || groups == nil:
		return refuse(field, "the hello has no key_share (51)")
	}
	list := noGREASE(groups.List)
	chosen := defaultShares(list)
	for _, g := range list {
		pq := slices.ContainsFunc(chosen, hybrid) && hybrid(g)
		if shareLength[g] != 0 && !slices.Contains(chosen, g) && !pq {
			chosen = append(chosen, g)
		}
	}
	if len(chosen) < *limit {
		return refuse(field, "%d: the TLS stack has a key exchange for %d of the groups", *limit, len(chosen))
	}
	reuses, grease := false, []fingerprint.KeyShare(nil)
	for _, s := range shares.Shares {
		reuses = reuses || s.Reuses != 0
		if s.Group.IsGREASE() {
			grease = append(grease, s)
		}
	}
	shares.Shares = append(grease, makeShares(list, chosen[:*limit], reuses)...)
	p.custom("first.tls.extensions.key_share", field)
	return nil
}

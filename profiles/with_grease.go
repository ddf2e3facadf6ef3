package profiles

import (
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

// hasGREASE tells whether there is GREASE in one of the places that [Profile.grease] fills.
func hasGREASE(h *fingerprint.ClientHello) bool {
	is := fingerprint.ID.IsGREASE
	return slices.ContainsFunc(h.CipherSuites, is) || slices.ContainsFunc(h.Extensions, func(e fingerprint.Extension) bool {
		return is(e.Type) || e.Type == fingerprint.ExtSupportedGroups && slices.ContainsFunc(e.List, is)
	})
}

// bodies returns the bodies of the first and the last GREASE extension of h, by default none and a zero byte.
func bodies(h *fingerprint.ClientHello) (first, last fingerprint.Hex) {
	last = fingerprint.Hex{0}
	n := 0
	for _, e := range h.Extensions {
		if e.Type.IsGREASE() {
			if n++; n == 1 {
				first = e.Data
			} else {
				last = e.Data
			}
		}
	}
	return first, last
}

// grease puts GREASE where BoringSSL has it: first among cipher suites, groups, key shares and versions, and as the
// first and the last extension, with the given bodies, but for padding and pre_shared_key. Where there is some already
// it stays.
func (p *Profile) grease(first, last fingerprint.Hex) {
	h := p.First.TLS
	front := func(list []fingerprint.ID) []fingerprint.ID {
		if slices.ContainsFunc(list, fingerprint.ID.IsGREASE) {
			return list
		}
		return append([]fingerprint.ID{fingerprint.GREASE}, list...)
	}
	h.CipherSuites = front(h.CipherSuites)
	n := 0
	for i := range h.Extensions {
		switch e := &h.Extensions[i]; e.Type {
		case fingerprint.ExtSupportedGroups, fingerprint.ExtSupportedVersions:
			e.List = front(e.List)
		case fingerprint.ExtKeyShare:
			if !slices.ContainsFunc(e.Shares, func(s fingerprint.KeyShare) bool { return s.Group.IsGREASE() }) {
				e.Shares = append([]fingerprint.KeyShare{{Group: fingerprint.GREASE, Length: 1}}, e.Shares...)
			}
		default:
			if e.Type.IsGREASE() {
				n++
			}
		}
	}
	if n == 0 {
		h.Extensions = append([]fingerprint.Extension{{Type: fingerprint.GREASE, Data: first}}, h.Extensions...)
	}
	if n < 2 {
		h.Extensions = slices.Insert(h.Extensions, endOf(h), fingerprint.Extension{Type: fingerprint.GREASE, Data: last})
	}
	correlate(&p.Vary.Equal, "tls.extensions.supported_groups[0]", "tls.extensions.key_share[0].group")
	correlate(&p.Vary.Distinct, "tls.extensions.grease.type", "tls.extensions.grease#2.type")
}

// ungrease takes GREASE away from everywhere.
func (p *Profile) ungrease() {
	h := p.First.TLS
	h.CipherSuites = noGREASE(h.CipherSuites)
	h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return e.Type.IsGREASE() })
	for i := range h.Extensions {
		e := &h.Extensions[i]
		e.List = slices.DeleteFunc(e.List, fingerprint.ID.IsGREASE)
		e.Shares = slices.DeleteFunc(e.Shares, func(s fingerprint.KeyShare) bool { return s.Group.IsGREASE() })
	}
	drop := func(g []string) bool {
		return slices.ContainsFunc(g, func(path string) bool {
			return slices.Contains([]string{"tls.extensions.supported_groups[0]", "tls.extensions.grease.type"}, path)
		})
	}
	p.Vary.Equal, p.Vary.Distinct = prune(p.Vary.Equal, drop), prune(p.Vary.Distinct, drop)
}

// endOf is the place behind the last extension but for padding and pre_shared_key.
func endOf(h *fingerprint.ClientHello) int {
	n := len(h.Extensions)
	for n > 0 && (h.Extensions[n-1].Type == fingerprint.ExtPadding || h.Extensions[n-1].Type == fingerprint.ExtPreSharedKey) {
		n--
	}
	return n
}

func correlate(groups *[][]string, paths ...string) {
	if !slices.ContainsFunc(*groups, func(g []string) bool { return slices.Equal(g, paths) }) {
		*groups = append(*groups, paths)
	}
}

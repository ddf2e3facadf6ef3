package profiles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// customMark ends the name of a profile that is not one of a browser any more.
const customMark = "+custom"

// With returns a new profile: p with the changes that the overrides want, each later one on top of those before. p stays
// as it is, and shares nothing with the result, whose name is that of p and "+custom". Its evidence says what is custom.
//
// Errors are of type *[OverrideError]; nothing is half applied. An override that cannot be honoured is an error.
func (p *Profile) With(overrides ...Override) (*Profile, error) {
	q := p.Clone()
	q.Name = strings.TrimSuffix(q.Name, customMark) + customMark
	for i := range overrides {
		if err := q.apply(&overrides[i]); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// apply changes p in the order that [Override] documents.
func (p *Profile) apply(o *Override) error {
	if err := o.unsupported(); err != nil {
		return err
	}
	for _, step := range [...]struct {
		field string
		do    func(*Profile, *Override) error
	}{
		{"ja3", (*Profile).applyJA3},
		{"tls", (*Profile).applyTLS},
		{"http2", (*Profile).applyPriority},
		{"header_order", (*Profile).applyHeaders},
		{"akamai", (*Profile).applyAkamai},
		{"form_boundary", (*Profile).applyBoundary},
	} {
		if err := step.do(p, o); err != nil {
			return err
		}
		p.settle()
		if err := p.validate(); err != nil {
			return &OverrideError{step.field, err}
		}
	}
	return nil
}

// leafPaths returns the leaf paths of First.
func (p *Profile) leafPaths() map[string]bool {
	out := map[string]bool{}
	for _, l := range p.First.Leaves() {
		out[l.Path] = true
	}
	return out
}

// settle takes out of the rest of the profile what is about extensions that First does not have any more.
func (p *Profile) settle() {
	has := p.leafPaths()
	p.Vary.OneOf = prune(p.Vary.OneOf, func(o fingerprint.OneOf) bool {
		return !has[o.Path] && !slices.Contains(o.Values, fingerprint.Absent)
	})
	for _, groups := range []*[][]string{&p.Vary.Equal, &p.Vary.Distinct} {
		*groups = prune(*groups, func(g []string) bool {
			return slices.ContainsFunc(g, func(path string) bool { return !has[path] })
		})
	}
	name := func(n string) bool { return has["tls.extensions."+n] }
	if !name(p.TLS.CookieAfter) {
		p.TLS.CookieAfter = ""
	}
	if !name("encrypted_client_hello") {
		p.TLS.ECHBlock, p.TLS.ECHSlack = 0, 0
	}
	if !name("supported_versions") || !name("psk_key_exchange_modes") {
		delete(p.Delta, Resumed)
	}
	if !name("session_ticket") || p.First.TLS.SessionIDLength == 0 {
		delete(p.Delta, Resumed12)
	}
	for s, patches := range p.Delta {
		p.Delta[s] = slices.DeleteFunc(patches, func(x Patch) bool {
			if x.Put == nil {
				return !name(x.Remove)
			}
			t := x.Put.Type
			return t != fingerprint.ExtPreSharedKey && !(t == fingerprint.ExtPadding && p.Vary.Padded) && !name(fingerprint.ExtensionName(t))
		})
	}
	p.Evidence = slices.DeleteFunc(p.Evidence, func(e Evidence) bool {
		s, ok := strings.CutPrefix(e.Path, "delta.")
		_, there := p.Delta[Situation(s)]
		return ok && !there
	})
}

// prune deletes from a list, and leaves nil, as a file would give it, if nothing is left.
func prune[T any](list []T, del func(T) bool) []T {
	if list = slices.DeleteFunc(list, del); len(list) == 0 {
		return nil
	}
	return list
}

// custom says that what lies at or under path is the caller's.
func (p *Profile) custom(path, format string, args ...any) {
	p.Evidence = slices.DeleteFunc(p.Evidence, func(e Evidence) bool { return e.Path != "" && hasPrefix(e.Path, path) })
	p.Evidence = append(p.Evidence, Evidence{Path: path, Source: None, Note: "custom: " + fmt.Sprintf(format, args...)})
}

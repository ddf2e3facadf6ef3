package profiles

import (
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

// applyJA3 replaces the hello by one with that JA3.
func (p *Profile) applyJA3(o *Override) error {
	if o.JA3 == "" {
		return nil
	}
	want, err := fingerprint.ParseJA3(o.JA3)
	if err != nil {
		return &OverrideError{"ja3", err}
	}
	base, name := p.First.TLS, p.Browser.Name
	grease := hasGREASE(base) || hasGREASE(want)
	h := *base
	h.Version, h.CipherSuites, h.Extensions = want.Version, noGREASE(want.CipherSuites), nil
	source := base
	if p.Browser.Name == NeutralName {
		source = &fingerprint.ClientHello{} // see Neutral
	}
	p.custom("first.tls", "%s; what it does not say is that of %s, or a default", o.JA3, name)
	for _, x := range want.Extensions {
		if x.Type.IsGREASE() || x.Type == fingerprint.ExtPreSharedKey || x.Type == fingerprint.ExtPadding {
			continue
		}
		e, err := p.ja3Extension(x, source, want)
		if err != nil {
			return err
		}
		h.Extensions = append(h.Extensions, e)
	}
	p.First.TLS = &h
	p.ja3Padding(base, want)
	if grease {
		p.grease(bodies(base))
	}
	p.ja3WebSocket(base)
	resumes := want.Extension(fingerprint.ExtPreSharedKey) != nil
	if resumes && p.Delta[Resumed] == nil && p.TLS.ECHBlock > 0 && h.Extension(fingerprint.ExtEncryptedClientHello) != nil {
		return refuse("ja3", "41: %s resumes no session, and how long its encrypted_client_hello would then be nobody has seen", p.Browser.Name)
	}
	if name == NeutralName || resumes && p.Delta[Resumed] == nil {
		p.ja3Tickets()
	}
	return nil
}

// ja3Extension makes the extension x of the JA3 want, which is like that of source if that has it.
func (p *Profile) ja3Extension(x fingerprint.Extension, source, want *fingerprint.ClientHello) (fingerprint.Extension, error) {
	e, ok := DefaultExtension(x.Type)
	like := source.Extension(x.Type)
	if like != nil {
		e, ok = *like, true
	}
	path := "first.tls.extensions." + fingerprint.ExtensionName(x.Type)
	switch x.Type {
	case fingerprint.ExtSupportedGroups, fingerprint.ExtECPointFormats:
		e.List = noGREASE(x.List)
	case fingerprint.ExtKeyShare:
		if e.Shares = ja3Shares(like, source, want); len(e.Shares) == 0 {
			return e, refuse("ja3", "key_share (51): the TLS stack has a key exchange for none of the groups")
		}
	case fingerprint.ExtEncryptedClientHello:
		if like == nil {
			p.Vary.OneOf = append(p.Vary.OneOf, fingerprint.OneOf{Path: "tls.extensions.encrypted_client_hello.payload_length", Values: slices.Clone(echLengths)})
		}
	case maxFragmentLength, encryptThenMAC, postHandshakeAuth:
		p.custom(path, "a server that takes it up ends the connection: the TLS stack cannot do it")
	}
	if !ok {
		return e, refuse("ja3", "extension %s (%d) is not in the profile, and its contents cannot be guessed", fingerprint.ExtensionName(x.Type), x.Type)
	}
	return e, nil
}

// ja3Shares keeps the key shares for the same groups. For others they are those of BoringSSL, and those of the base for
// groups that are still there. GREASE is left out.
func ja3Shares(like *fingerprint.Extension, source, want *fingerprint.ClientHello) []fingerprint.KeyShare {
	groups := noGREASE(want.Extension(fingerprint.ExtSupportedGroups).List)
	chosen := defaultShares(groups)
	if like == nil {
		return makeShares(groups, chosen, false)
	}
	shares := slices.DeleteFunc(slices.Clone(like.Shares), func(s fingerprint.KeyShare) bool { return s.Group.IsGREASE() })
	if g := source.Extension(fingerprint.ExtSupportedGroups); g != nil && slices.Equal(noGREASE(g.List), groups) {
		return shares
	}
	reuses := false
	for _, s := range shares {
		chosen = append(chosen, s.Group)
		reuses = reuses || s.Reuses != 0
	}
	return makeShares(groups, chosen, reuses)
}

// ja3Padding keeps the padding of a profile that pads by rule, whatever the JA3 says, or that has the extension as the JA3
// has; without it the rule of a JA3 with padding is BoringSSL's.
func (p *Profile) ja3Padding(base, want *fingerprint.ClientHello) {
	e, wants := base.Extension(fingerprint.ExtPadding), want.Extension(fingerprint.ExtPadding) != nil
	if e == nil && p.Vary.Padded && !p.First.TLS.TooLongToPad() { // the base's hello is too long to be padded, the new one is not
		e = &fingerprint.Extension{Type: fingerprint.ExtPadding}
	}
	switch {
	case e != nil && (wants || p.Vary.Padded):
	case wants:
		p.Vary.Padded = true
		e = &fingerprint.Extension{Type: fingerprint.ExtPadding}
	default:
		return
	}
	p.First.TLS.Extensions = append(p.First.TLS.Extensions, *e)
}

// ja3WebSocket keeps a hello for WebSockets from offering settings of HTTP/2 that the base did not offer; some browsers do
// there, too.
func (p *Profile) ja3WebSocket(base *fingerprint.ClientHello) {
	patches, ok := p.Delta[ForWebSocket]
	if !ok {
		return
	}
	removes := func(t fingerprint.ID) bool {
		return slices.ContainsFunc(patches, func(x Patch) bool { return x.Remove == fingerprint.ExtensionName(t) })
	}
	for _, t := range []fingerprint.ID{fingerprint.ExtApplicationSettings, fingerprint.ExtApplicationSettingsOld} {
		if base.Extension(t) != nil && !removes(t) {
			return
		}
	}
	edited := func(t fingerprint.ID) bool {
		return slices.ContainsFunc(patches, func(x Patch) bool {
			return x.Remove == fingerprint.ExtensionName(t) || x.Put != nil && x.Put.Type == t
		})
	}
	for _, t := range []fingerprint.ID{fingerprint.ExtApplicationSettings, fingerprint.ExtApplicationSettingsOld} {
		if p.First.TLS.Extension(t) != nil && !edited(t) {
			patches = append(patches, Patch{Remove: fingerprint.ExtensionName(t)})
		}
	}
	p.Delta[ForWebSocket] = patches
}

// ja3Tickets lets the profile resume sessions with the extensions that it has.
func (p *Profile) ja3Tickets() {
	if p.Delta == nil {
		p.Delta = map[Situation][]Patch{}
	}
	for s, patches := range defaultDelta() {
		p.Delta[s] = patches
		p.custom("delta."+string(s), "as every client with such extensions could")
	}
}

func noGREASE(list []fingerprint.ID) (out []fingerprint.ID) {
	for _, id := range list {
		if !id.IsGREASE() {
			out = append(out, id)
		}
	}
	return out
}

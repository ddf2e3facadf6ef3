package tlsdial

import (
	"encoding/binary"
	"slices"
	"strconv"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
)

// extensionPath is the path of an extension in messages.
func extensionPath(t fingerprint.ID) string { return "tls.extensions." + fingerprint.ExtensionName(t) }

func refuse(e *fingerprint.Extension, leaf, reason string) error {
	return &UnsupportedError{Path: extensionPath(e.Type) + leaf, Reason: reason}
}

// extension makes one extension; nil without error is one that this connection goes without.
//
// Those from which the handshake takes something become the types of utls, which must not find GREASE in them: it would
// put values of its own there. All others are bytes.
func (b *builder) extension(e *fingerprint.Extension) (utls.TLSExtension, error) {
	if err := b.check(e); err != nil {
		return nil, err
	}
	if e.Type.IsGREASE() {
		if len(b.hello.grease.extensions) == maxGREASE {
			return nil, refuse(e, "", "there are only 16 GREASE values")
		}
		return b.generic(b.hello.grease.extension(b.draw), e.Data), nil
	}
	switch e.Type {
	case fingerprint.ExtServerName:
		return &utls.SNIExtension{}, nil // utls puts in the host, or leaves it out for an address
	case fingerprint.ExtALPN:
		return b.alpn(e)
	case fingerprint.ExtApplicationSettings, fingerprint.ExtApplicationSettingsOld:
		return b.alps(e)
	case fingerprint.ExtSupportedVersions:
		return b.versions(e)
	case fingerprint.ExtKeyShare:
		shares, keys, err := keyShares(e.Shares, b.hello.grease, b.draw)
		b.hello.shares, b.hello.keys = &utls.KeyShareExtension{KeyShares: shares}, keys
		return b.hello.shares, err
	case fingerprint.ExtCompressCertificate:
		return compressCertificate(e)
	case fingerprint.ExtEncryptedClientHello:
		var err error
		start := len(b.arena)
		if b.arena, err = appendECH(b.arena, e.ECH, b.growth, b.cfg.Vary, b.draw); err != nil {
			return nil, err
		}
		return b.generic(e.Type, b.body(start)), nil
	case fingerprint.ExtSessionTicket:
		return &utls.SessionTicketExtension{}, nil // utls puts in the ticket
	case fingerprint.ExtPreSharedKey:
		return &utls.UtlsPreSharedKeyExtension{}, nil // as well
	case fingerprint.ExtPadding:
		b.hello.padding = &utls.UtlsPaddingExtension{}
		return b.hello.padding, nil
	case fingerprint.ExtRenegotiationInfo:
		return &utls.RenegotiationInfoExtension{Renegotiation: utls.RenegotiateOnceAsClient}, nil
	}
	return b.opaque(e)
}

// check refuses what this hello cannot have or the handshake could not answer for.
func (b *builder) check(e *fingerprint.Extension) error {
	is13 := b.ticket != nil && b.ticket.version == utls.VersionTLS13
	switch e.Type {
	case fingerprint.ExtPreSharedKey:
		if !is13 {
			return refuse(e, "", "there is no session to resume")
		}
	case fingerprint.ExtEarlyData:
		return refuse(e, "", "the TLS stack cannot send early data over TCP")
	case fingerprint.ExtCookie:
		return refuse(e, "", "only the hello after a HelloRetryRequest has a cookie")
	case fingerprint.ExtQUICTransportParameters:
		return refuse(e, "", "this is not QUIC")
	}
	if !understood(e) {
		return refuse(e, "", "the body is not one that the type requires")
	}
	if e.Type == fingerprint.ExtSessionTicket && e.Length != 0 && (b.ticket == nil || is13) {
		return refuse(e, ".length", "there is no session to resume")
	}
	return nil
}

// understood reports whether e has at most one body and, where the handshake depends on it, the one of its type.
func understood(e *fingerprint.Extension) bool {
	set := 0
	for _, is := range [...]bool{
		e.ServerName != "", e.List != nil, e.Protocols != nil, e.Shares != nil, e.ECH != nil, e.PSK != nil,
		e.Limit != 0, e.Length != 0, e.Data != nil,
	} {
		if is {
			set++
		}
	}
	if set > 1 {
		return false
	}
	switch e.Type {
	case fingerprint.ExtServerName:
		return e.ServerName == "*"
	case fingerprint.ExtSupportedGroups, fingerprint.ExtSignatureAlgorithms, fingerprint.ExtSupportedVersions, fingerprint.ExtCompressCertificate:
		return len(e.List) > 0
	case fingerprint.ExtALPN:
		return len(e.Protocols) > 0
	case fingerprint.ExtKeyShare:
		return len(e.Shares) > 0
	case fingerprint.ExtEncryptedClientHello:
		return e.ECH != nil
	case fingerprint.ExtPreSharedKey:
		return e.PSK != nil
	case fingerprint.ExtSessionTicket, fingerprint.ExtPadding:
		return e.Data == nil && e.Length >= 0
	case fingerprint.ExtRenegotiationInfo:
		return len(e.Data) == 1 && e.Data[0] == 0
	}
	switch fingerprint.LayoutOf(e.Type) {
	case fingerprint.LayoutData:
		return set == 0 || e.Data != nil
	case fingerprint.LayoutProtocols:
		return set == 0 || e.Data != nil || e.Protocols != nil
	case fingerprint.LayoutLimit:
		return set == 0 || e.Data != nil || e.Limit > 0 && e.Limit < 1<<16
	}
	return set == 0 || e.Data != nil || e.List != nil
}

// alpn offers the protocols of the configuration, or those of the model.
func (b *builder) alpn(e *fingerprint.Extension) (utls.TLSExtension, error) {
	protocols := e.Protocols
	if b.cfg.ALPN != nil {
		protocols = b.cfg.ALPN
	}
	if len(protocols) == 0 {
		return nil, nil
	}
	for _, p := range protocols {
		if len(p) == 0 || len(p) > 255 {
			return nil, refuse(e, "", "a protocol name has 1 to 255 bytes")
		}
	}
	return &utls.ALPNExtension{AlpnProtocols: protocols}, nil
}

// alps offers settings for the protocols that are still offered; without any, Chromium goes without the extension.
func (b *builder) alps(e *fingerprint.Extension) (utls.TLSExtension, error) {
	if e.Protocols == nil {
		return b.generic(e.Type, e.Data), nil
	}
	start := len(b.arena)
	b.arena = append(b.arena, 0, 0)
	for _, p := range e.Protocols {
		if b.cfg.ALPN != nil && !slices.Contains(b.cfg.ALPN, p) {
			continue
		}
		if len(p) == 0 || len(p) > 255 {
			return nil, refuse(e, "", "a protocol name has 1 to 255 bytes")
		}
		b.arena = append(append(b.arena, byte(len(p))), p...)
	}
	body := b.body(start)
	if len(body) == 2 {
		return nil, nil
	}
	binary.BigEndian.PutUint16(body, uint16(len(body)-2))
	return b.generic(e.Type, body), nil
}

// versions offers TLS versions; what the server may select is the range of those that are real.
func (b *builder) versions(e *fingerprint.Extension) (utls.TLSExtension, error) {
	if len(e.List) > 127 {
		return nil, refuse(e, "", "too many for the length byte")
	}
	h := b.hello
	h.min, h.max = 0, 0
	for _, id := range e.List {
		if v := uint16(id); v >= utls.VersionTLS10 && v <= utls.VersionTLS13 {
			h.max = max(h.max, v)
			if h.min == 0 || v < h.min {
				h.min = v
			}
		}
	}
	if h.max == 0 {
		return nil, refuse(e, "", "no TLS version is among them")
	}
	return b.generic(e.Type, b.list16(1, filled(e.List, h.grease.version))), nil
}

func compressCertificate(e *fingerprint.Extension) (utls.TLSExtension, error) {
	algorithms := make([]utls.CertCompressionAlgo, len(e.List))
	for i, id := range e.List {
		switch a := utls.CertCompressionAlgo(id); a {
		case utls.CertCompressionZlib, utls.CertCompressionBrotli, utls.CertCompressionZstd:
			algorithms[i] = a
		default:
			return nil, refuse(e, "["+strconv.Itoa(i)+"]", "the TLS stack cannot decompress "+id.String())
		}
	}
	return &utls.UtlsCompressCertExtension{Algorithms: algorithms}, nil
}

// opaque makes an extension that is only bytes to utls, and remembers what the handshake must know of it.
func (b *builder) opaque(e *fingerprint.Extension) (utls.TLSExtension, error) {
	h := b.hello
	switch {
	case e.Limit != 0:
		start := len(b.arena)
		b.arena = binary.BigEndian.AppendUint16(b.arena, uint16(e.Limit))
		return b.generic(e.Type, b.body(start)), nil
	case e.List == nil:
		return b.generic(e.Type, e.Data), nil
	case fingerprint.LayoutOf(e.Type) == fingerprint.LayoutBytes:
		return b.bytes(e)
	case len(e.List) > 1<<15-2:
		return nil, refuse(e, "", "the list is too long")
	case e.Type == fingerprint.ExtSupportedGroups:
		list := filled(e.List, h.grease.group)
		h.groups = make([]utls.CurveID, len(list))
		for i, g := range list {
			h.groups[i] = utls.CurveID(g)
		}
		return b.generic(e.Type, b.list16(2, list)), nil
	}
	list := filled(e.List, h.grease.signature) // every other list is one of signature algorithms
	if e.Type == fingerprint.ExtSignatureAlgorithms {
		h.signatures = make([]utls.SignatureScheme, len(list))
		for i, s := range list {
			h.signatures[i] = utls.SignatureScheme(s)
		}
	}
	return b.generic(e.Type, b.list16(2, list)), nil
}

// bytes makes a list of 8-bit items with a length byte.
func (b *builder) bytes(e *fingerprint.Extension) (utls.TLSExtension, error) {
	if len(e.List) > 255 {
		return nil, refuse(e, "", "too many for the length byte")
	}
	start := len(b.arena)
	b.arena = append(b.arena, byte(len(e.List)))
	for i, id := range e.List {
		if id > 255 {
			return nil, refuse(e, "["+strconv.Itoa(i)+"]", id.String()+" is no byte")
		}
		b.arena = append(b.arena, byte(id))
	}
	return b.generic(e.Type, b.body(start)), nil
}

package fingerprint

import (
	"fmt"
	"strings"
)

// ParseJA3 reads the text that [JA3] writes, "version,ciphers,extensions,groups,formats", into what it tells of a hello:
// Version, CipherSuites, and Extensions with nothing but their types, save for the lists of supported_groups and
// ec_point_formats. All else is zero, so that this is no hello that could be sent.
//
// It refuses, with a *[ParseError], what is no JA3 and what no client could mean: a version other than 769 to 771; unknown
// cipher suites, groups and extensions (of those that no browser knows, max_fragment_length (1), encrypt_then_mac (22) and
// post_handshake_auth (49) pass, since other clients have them); anything twice; supported_versions (43) without
// key_share (51) or signature_algorithms (13), or with a version below 771; application settings without ALPN; padding
// (21) that is not last and pre_shared_key (41) with anything behind it; early_data (42), cookie (44) and
// quic_transport_parameters (57), which no first hello over TCP has.
//
// GREASE values, which do not belong into a JA3 but which old tools write, are kept as [GREASE] in their places. An empty
// list of formats beside ec_point_formats stands for the format 0, which every client must name (RFC 8422 §5.1.2).
func ParseJA3(text string) (*ClientHello, error) {
	h, err := parseJA3(text)
	if err != nil { // not a nil *ParseError in an error
		return nil, err
	}
	return h, nil
}

var ja3Fields = [...]string{"version", "ciphers", "extensions", "groups", "formats"}

// placed is an ID and its place in the text.
type placed struct {
	id   ID
	at   int
	text string
}

func parseJA3(text string) (*ClientHello, *ParseError) {
	p := &textParser{format: "ja3"}
	if len(text) > maxText {
		return nil, p.fail(0, text, fmt.Sprintf("longer than %d bytes", maxText))
	}
	fields := strings.Split(text, ",")
	if len(fields) != len(ja3Fields) {
		return nil, p.fail(0, text, fmt.Sprintf("%d fields, want 5: version,ciphers,extensions,groups,formats", len(fields)))
	}
	p.field = ja3Fields[0]
	version, err := p.number(fields[0], 0, 1<<16-1)
	switch {
	case err != nil:
		return nil, err
	case version == 772:
		return nil, p.fail(0, fields[0], "TLS 1.3 is told by extension 43; the version of its hellos is 771")
	case version < 769 || version > 771:
		return nil, p.fail(0, fields[0], "no version of a hello: 769, 770 or 771")
	}
	var lists [len(ja3Fields)][]placed
	var starts [len(ja3Fields)]int
	at := len(fields[0]) + 1
	for i := 1; i < len(fields); i++ {
		p.field, starts[i] = ja3Fields[i], at
		if lists[i], err = p.ids(fields[i], at); err != nil {
			return nil, err
		}
		at += len(fields[i]) + 1
	}
	h := &ClientHello{Version: ID(version)}
	for i, f := range [...]func(*textParser, *ClientHello, []placed) *ParseError{1: ja3Ciphers, ja3Extensions, ja3Groups, ja3Formats} {
		if f == nil {
			continue
		}
		p.field, p.start = ja3Fields[i], starts[i]
		if err := f(p, h, lists[i]); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// ids reads a list of 16-bit numbers with dashes in between. GREASE values become [GREASE].
func (p *textParser) ids(s string, at int) ([]placed, *ParseError) {
	if s == "" {
		return nil, nil
	}
	seen := map[ID]bool{}
	var out []placed
	for item := range strings.SplitSeq(s, "-") {
		n, err := p.number(item, at, 1<<16-1)
		if err != nil {
			return nil, err
		}
		id := ID(n)
		if id.IsGREASE() {
			id = GREASE
		} else if seen[id] {
			return nil, p.fail(at, item, "it stands there twice")
		}
		seen[id] = true
		out = append(out, placed{id, at, item})
		at += len(item) + 1
	}
	return out, nil
}

func (p *textParser) refuse(x placed, reason string) *ParseError {
	return p.fail(x.at, x.text, reason)
}

func ja3Ciphers(p *textParser, h *ClientHello, list []placed) *ParseError {
	if countIDs(list) == 0 {
		return p.fail(p.start, "", "no cipher suite")
	}
	for _, x := range list {
		if suiteNames[x.id] == "" && x.id != GREASE {
			return p.refuse(x, fmt.Sprintf("unknown cipher suite 0x%04x", uint16(x.id)))
		}
		h.CipherSuites = append(h.CipherSuites, x.id)
	}
	return nil
}

// countIDs counts what is no GREASE.
func countIDs(list []placed) (n int) {
	for _, x := range list {
		if x.id != GREASE {
			n++
		}
	}
	return n
}

// ja3Refused are extensions that are known, but not in a first hello over TCP, or not to the TLS stack.
var ja3Refused = map[ID]string{
	ExtEarlyData:               "early_data needs a session, and data that could be sent early",
	ExtCookie:                  "cookie is only in a hello after a HelloRetryRequest",
	ExtQUICTransportParameters: "quic_transport_parameters is only in a hello of QUIC",
	15:                         "heartbeat would have to be answered",
	24:                         "token_binding would have to be negotiated",
	13172:                      "next_protocol_negotiation would have to be negotiated",
	30032:                      "channel_id would have to be negotiated",
}

func ja3Extensions(p *textParser, h *ClientHello, list []placed) *ParseError {
	has := map[ID]bool{}
	for _, x := range list {
		has[x.id] = true
	}
	for i, x := range list {
		rest := countIDs(list[i+1:])
		var reason string
		switch known := extensionNames[x.id] != "" || x.id == GREASE; {
		case !known:
			reason = "unknown extension"
		case ja3Refused[x.id] != "":
			reason = ja3Refused[x.id]
		case x.id == ExtPreSharedKey && rest > 0:
			reason = "pre_shared_key must come last (RFC 8446 §4.2.11)"
		case x.id == ExtPadding && rest > 0 && !(rest == 1 && has[ExtPreSharedKey]):
			reason = "padding comes last, or in front of pre_shared_key"
		case x.id == ExtSupportedVersions && !has[ExtKeyShare]:
			reason = "TLS 1.3 needs key_share (51): servers would answer with a HelloRetryRequest"
		case x.id == ExtSupportedVersions && !has[ExtSignatureAlgorithms]:
			reason = "TLS 1.3 needs signature_algorithms (13; RFC 8446 §9.2)"
		case x.id == ExtSupportedVersions && h.Version != 0x0303:
			reason = "the version of a hello with TLS 1.3 is 771 (RFC 8446 §4.1.2)"
		case (x.id == ExtApplicationSettings || x.id == ExtApplicationSettingsOld) && !has[ExtALPN]:
			reason = "application settings need ALPN (16)"
		case x.id == ExtPreSharedKey && !has[ExtPSKKeyExchangeModes]:
			reason = "pre_shared_key needs psk_key_exchange_modes (45; RFC 8446 §4.2.9)"
		}
		if reason != "" {
			return p.refuse(x, reason)
		}
		h.Extensions = append(h.Extensions, Extension{Type: x.id})
	}
	return nil
}

// oldGroups are groups without a name of their own here, which old clients still offer.
var oldGroups = map[ID]bool{19: true, 21: true, 22: true, 26: true, 27: true, 28: true} // secp192r1, secp224r1, secp256k1, brainpool

func ja3Groups(p *textParser, h *ClientHello, list []placed) *ParseError {
	e := h.Extension(ExtSupportedGroups)
	for _, x := range list {
		switch {
		case e == nil:
			return p.refuse(x, "there is no supported_groups (10) among the extensions")
		case groupNames[x.id] == "" && !oldGroups[x.id] && x.id != GREASE:
			return p.refuse(x, "unknown group")
		}
		e.List = append(e.List, x.id)
	}
	if e != nil && countIDs(list) == 0 {
		return p.fail(p.start, "", "supported_groups (10) is among the extensions, and no group is named")
	}
	if h.Extension(ExtKeyShare) != nil && e == nil {
		return p.fail(p.start, "", "key_share (51) needs supported_groups (10)")
	}
	return nil
}

func ja3Formats(p *textParser, h *ClientHello, list []placed) *ParseError {
	e, zero := h.Extension(ExtECPointFormats), false
	for _, x := range list {
		switch {
		case e == nil:
			return p.refuse(x, "there is no ec_point_formats (11) among the extensions")
		case pointNames[x.id] == "":
			return p.refuse(x, "unknown point format: 0, 1 or 2")
		}
		zero = zero || x.id == 0
		e.List = append(e.List, x.id)
	}
	switch {
	case e == nil || zero:
	case len(list) > 0:
		return p.refuse(list[0], "the format 0 must be among them (RFC 8422 §5.1.2)")
	default:
		e.List = []ID{0}
	}
	return nil
}

package fingerprint

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"
)

// Extension is one TLS extension. Which of the fields is set follows from Type ([Layout]); a body that does not have
// the layout of its type, or whose type has none, is kept byte-exact in Data. All fields zero: an empty body.
type Extension struct {
	Type ID `json:"type"`
	// ServerName (type 0) is the host name; in profiles and goldens "*" stands for the host of the connection.
	ServerName string `json:"server_name,omitempty"`
	// List holds groups (10), point formats (11), signature algorithms (13, 34, 50), certificate compression
	// algorithms (27), versions (43) or PSK key exchange modes (45), in wire order.
	List []ID `json:"list,omitempty"`
	// Protocols holds the names of ALPN (16) or ALPS (17513, 17613), in wire order.
	Protocols []string `json:"protocols,omitempty"`
	// Shares holds the key shares (51), in wire order.
	Shares []KeyShare `json:"shares,omitempty"`
	// ECH is the outer encrypted_client_hello (65037).
	ECH *ECH `json:"ech,omitempty"`
	// PSK is pre_shared_key (41).
	PSK *PSK `json:"psk,omitempty"`
	// Limit is record_size_limit (28), in bytes.
	Limit int `json:"limit,omitempty"`
	// Length is the body length of padding (21) and session_ticket (35), of which the content is not kept.
	Length int `json:"length,omitempty"`
	// Data is the body of every other extension.
	Data Hex `json:"data,omitempty"`
}

// KeyShare is one entry of key_share (RFC 8446 §4.2.8): group and length of the public key, in bytes.
type KeyShare struct {
	Group  ID  `json:"group"`
	Length int `json:"length"`
	// Reuses names the hybrid group of the same hello whose X25519 part is this very key, as Firefox sends it; else 0.
	Reuses ID `json:"reuses,omitempty"`
}

// ECH is the outer form of encrypted_client_hello (RFC 9849 §5): HPKE suite and lengths in bytes.
type ECH struct {
	KDF           ID  `json:"kdf"`
	AEAD          ID  `json:"aead"`
	EncLength     int `json:"enc_length"`
	PayloadLength int `json:"payload_length"`
}

// PSK is pre_shared_key (RFC 8446 §4.2.11): the length of each identity and of each binder, in bytes.
type PSK struct {
	Identities []int `json:"identities"`
	Binders    []int `json:"binders"`
}

// Layout is how the body of an extension type is laid out, which decides the field of [Extension] that holds it.
type Layout uint8

// The layouts.
const (
	LayoutData      Layout = iota // opaque: Data
	LayoutName                    // server_name with one host_name: ServerName
	LayoutList16                  // 16-bit length, 16-bit items: List
	LayoutList8                   // 8-bit length, 16-bit items: List
	LayoutBytes                   // 8-bit length, 8-bit items: List
	LayoutProtocols               // 16-bit length, names with 8-bit length: Protocols
	LayoutShares                  // key_share: Shares
	LayoutECH                     // encrypted_client_hello, outer: ECH
	LayoutPSK                     // pre_shared_key: PSK
	LayoutLimit                   // one 16-bit number: Limit
	LayoutLength                  // any content, only the length counts: Length
)

// LayoutOf returns the layout of an extension type.
func LayoutOf(t ID) Layout {
	switch t {
	case ExtServerName:
		return LayoutName
	case ExtSupportedGroups, ExtSignatureAlgorithms, ExtDelegatedCredential, ExtSignatureAlgorithmsCert:
		return LayoutList16
	case ExtCompressCertificate, ExtSupportedVersions:
		return LayoutList8
	case ExtECPointFormats, ExtPSKKeyExchangeModes:
		return LayoutBytes
	case ExtALPN, ExtApplicationSettingsOld, ExtApplicationSettings:
		return LayoutProtocols
	case ExtKeyShare:
		return LayoutShares
	case ExtEncryptedClientHello:
		return LayoutECH
	case ExtPreSharedKey:
		return LayoutPSK
	case ExtRecordSizeLimit:
		return LayoutLimit
	case ExtPadding, ExtSessionTicket:
		return LayoutLength
	}
	return LayoutData
}

func parseExtension(t ID, body cryptobyte.String) Extension {
	e := Extension{Type: t}
	if !e.parseBody(body) {
		e = Extension{Type: t, Data: append(Hex(nil), body...)} // nil for an empty body, as JSON has it
	}
	return e
}

// parseBody fills the field of e's layout; false means that the body does not have that layout and must stay raw.
func (e *Extension) parseBody(s cryptobyte.String) bool {
	switch LayoutOf(e.Type) {
	case LayoutName:
		return e.parseName(s)
	case LayoutList16:
		var l cryptobyte.String
		ok := s.ReadUint16LengthPrefixed(&l) && s.Empty() && len(l)%2 == 0 && len(l) > 0
		e.List = ids16(l)
		return ok
	case LayoutList8:
		var l cryptobyte.String
		ok := s.ReadUint8LengthPrefixed(&l) && s.Empty() && len(l)%2 == 0 && len(l) > 0
		e.List = ids16(l)
		return ok
	case LayoutBytes:
		var l cryptobyte.String
		ok := s.ReadUint8LengthPrefixed(&l) && s.Empty() && len(l) > 0
		e.List = ids8(l)
		return ok
	case LayoutProtocols:
		return e.parseProtocols(s)
	case LayoutShares:
		return e.parseShares(s)
	case LayoutECH:
		return e.parseECH(s)
	case LayoutPSK:
		return e.parsePSK(s)
	case LayoutLimit:
		var n uint16
		ok := s.ReadUint16(&n) && s.Empty() && n != 0
		e.Limit = int(n)
		return ok
	case LayoutLength:
		e.Length = len(s)
		return true
	}
	return false
}

func (e *Extension) parseName(s cryptobyte.String) bool {
	var list, name cryptobyte.String
	var typ uint8
	ok := s.ReadUint16LengthPrefixed(&list) && s.Empty() && list.ReadUint8(&typ) && typ == 0 &&
		list.ReadUint16LengthPrefixed(&name) && list.Empty() && len(name) > 0
	for _, c := range name {
		ok = ok && c > 0x20 && c < 0x7f // anything else is no host name: keep it as bytes
	}
	e.ServerName = string(name)
	return ok && e.ServerName != "*"
}

func (e *Extension) parseProtocols(s cryptobyte.String) bool {
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) || !s.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		var name cryptobyte.String
		if !list.ReadUint8LengthPrefixed(&name) || !printable(name) {
			return false
		}
		e.Protocols = append(e.Protocols, string(name))
	}
	return true
}

// printable tells names that survive JSON from those that only their bytes can show.
func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

func (e *Extension) parseShares(s cryptobyte.String) bool {
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) || !s.Empty() || list.Empty() {
		return false
	}
	var hybrid ID
	var x25519 []byte // the X25519 part of the hybrid share
	for !list.Empty() {
		var g uint16
		var key cryptobyte.String
		if !list.ReadUint16(&g) || !list.ReadUint16LengthPrefixed(&key) {
			return false
		}
		k := KeyShare{Group: ID(g), Length: len(key)}
		switch {
		case k.Group == GroupX25519MLKEM768 && len(key) == 1184+32:
			hybrid, x25519 = k.Group, key[1184:]
		case k.Group == GroupX25519Kyber768 && len(key) == 32+1184:
			hybrid, x25519 = k.Group, key[:32]
		case k.Group == GroupX25519 && hybrid != 0 && bytes.Equal(key, x25519):
			k.Reuses = hybrid
		}
		e.Shares = append(e.Shares, k)
	}
	return true
}

func (e *Extension) parseECH(s cryptobyte.String) bool {
	var typ, config uint8
	var kdf, aead uint16
	var enc, payload cryptobyte.String
	ok := s.ReadUint8(&typ) && typ == 0 && s.ReadUint16(&kdf) && s.ReadUint16(&aead) && s.ReadUint8(&config) &&
		s.ReadUint16LengthPrefixed(&enc) && s.ReadUint16LengthPrefixed(&payload) && s.Empty()
	e.ECH = &ECH{KDF: ID(kdf), AEAD: ID(aead), EncLength: len(enc), PayloadLength: len(payload)}
	return ok
}

func (e *Extension) parsePSK(s cryptobyte.String) bool {
	var ids, binders cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&ids) || !s.ReadUint16LengthPrefixed(&binders) || !s.Empty() {
		return false
	}
	e.PSK = &PSK{}
	for !ids.Empty() {
		var id cryptobyte.String
		if !ids.ReadUint16LengthPrefixed(&id) || !ids.Skip(4) {
			return false
		}
		e.PSK.Identities = append(e.PSK.Identities, len(id))
	}
	for !binders.Empty() {
		var b cryptobyte.String
		if !binders.ReadUint8LengthPrefixed(&b) {
			return false
		}
		e.PSK.Binders = append(e.PSK.Binders, len(b))
	}
	return len(e.PSK.Identities) > 0 && len(e.PSK.Binders) > 0
}

package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Transport is what a hello travelled over, as the first letter of JA4 has it.
type Transport byte

// The transports.
const (
	TransportTCP  Transport = 't'
	TransportQUIC Transport = 'q'
)

// JA4 returns JA4_r (the text) and JA4 (the hash) of a hello: the lists sorted, server_name and ALPN left out of the
// extensions, GREASE values left out everywhere. (https://github.com/FoxIO-LLC/ja4)
func JA4(h *ClientHello, t Transport) (text, hash string, err error) { return ja4(h, t, true) }

// JA4O returns JA4_ro and JA4_o: as [JA4], but in the order of the wire and with server_name and ALPN.
func JA4O(h *ClientHello, t Transport) (text, hash string, err error) { return ja4(h, t, false) }

func ja4(h *ClientHello, t Transport, sorted bool) (text, hash string, err error) {
	algorithms, err := h.items(ExtSignatureAlgorithms)
	if err != nil {
		return "", "", err
	}
	ciphers, types := withoutGREASE(h.CipherSuites), h.extensionTypes()
	a := make([]byte, 0, 10)
	a, err = appendJA4a(a, h, t, len(ciphers), len(types))
	if err != nil {
		return "", "", err
	}
	if sorted {
		types = slices.DeleteFunc(types, func(t ID) bool { return t == ExtServerName || t == ExtALPN })
		slices.Sort(ciphers)
		slices.Sort(types)
	}
	b := appendHex(nil, ciphers)
	c := appendHex(nil, types)
	if algorithms = withoutGREASE(algorithms); len(algorithms) > 0 {
		c = appendHex(append(c, '_'), algorithms)
	}
	r := make([]byte, 0, len(a)+len(b)+len(c)+2)
	r = append(append(r, a...), '_')
	r = append(append(r, b...), '_')
	r = append(r, c...)
	s := append(slices.Grow(a, 26), '_')
	s = appendHash(s, b)
	s = appendHash(append(s, '_'), c)
	return string(r), string(s), nil
}

// appendJA4a appends the first part of JA4: transport, highest version offered, whether there is a server name, number
// of ciphers and extensions, and first and last character of the first ALPN name.
func appendJA4a(b []byte, h *ClientHello, t Transport, ciphers, extensions int) ([]byte, error) {
	versions, err := h.items(ExtSupportedVersions)
	if err != nil {
		return nil, err
	}
	names, err := h.protocols()
	if err != nil {
		return nil, err
	}
	b = append(b, byte(t))
	b = append(b, ja4Version(h.Version, versions)...)
	if h.Extension(ExtServerName) != nil {
		b = append(b, 'd')
	} else {
		b = append(b, 'i')
	}
	for _, n := range [...]int{ciphers, extensions} {
		n = min(n, 99)
		b = append(b, '0'+byte(n/10), '0'+byte(n%10))
	}
	first, last := ja4ALPN(names)
	return append(b, first, last), nil
}

// ja4Version names the highest of the versions that are offered, or the legacy version when none is.
func ja4Version(legacy ID, offered []ID) string {
	highest := ID(0)
	for _, v := range offered {
		if !v.IsGREASE() {
			highest = max(highest, v)
		}
	}
	if highest == 0 {
		highest = legacy
	}
	switch highest {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	case 0xfeff: // DTLS 1.0, 1.2, 1.3
		return "d1"
	case 0xfefd:
		return "d2"
	case 0xfefc:
		return "d3"
	}
	return "00"
}

// ja4ALPN gives the first and the last character of the first name, or of its hexadecimal form when one of the two is
// no ASCII letter or digit.
func ja4ALPN(names []string) (first, last byte) {
	if len(names) == 0 || names[0] == "" {
		return '0', '0'
	}
	first, last = names[0][0], names[0][len(names[0])-1]
	if alphanumeric(first) && alphanumeric(last) {
		return first, last
	}
	return hexDigits[first>>4], hexDigits[last&0xf]
}

const hexDigits = "0123456789abcdef"

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// appendHex appends ids as four hexadecimal digits each with commas in between.
func appendHex(b []byte, ids []ID) []byte {
	b = slices.Grow(b, 5*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, hexDigits[id>>12], hexDigits[id>>8&0xf], hexDigits[id>>4&0xf], hexDigits[id&0xf])
	}
	return b
}

// appendHash appends the first twelve hexadecimal digits of the SHA-256 of list, zeros for an empty one.
func appendHash(b, list []byte) []byte {
	if len(list) == 0 {
		return append(b, "000000000000"...)
	}
	sum := sha256.Sum256(list)
	return hex.AppendEncode(b, sum[:6])
}

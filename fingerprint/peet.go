package fingerprint

import (
	"bytes"
	"slices"
	"strconv"
)

// PeetPrint returns "versions|protocols|groups|signature algorithms|PSK mode|certificate compression|ciphers|
// extensions" of a hello, decimal, dashes within the lists, and its MD5. The extensions are sorted as strings; every
// GREASE value is the word "GREASE", in signature_algorithms too. (https://github.com/pagpeter/TrackMe)
func PeetPrint(h *ClientHello) (text, hash string, err error) {
	names, err := h.protocols()
	if err != nil {
		return "", "", err
	}
	var lists [5][]ID
	for i, t := range [...]ID{ExtSupportedVersions, ExtSupportedGroups, ExtSignatureAlgorithms, ExtPSKKeyExchangeModes,
		ExtCompressCertificate} {
		if lists[i], err = h.items(t); err != nil {
			return "", "", err
		}
	}
	versions, groups, algorithms, modes, compression := lists[0], lists[1], lists[2], lists[3], lists[4]
	mode := ID(0)
	if len(modes) > 0 {
		mode = modes[0]
	}
	b := make([]byte, 0, 512)
	b = append(appendPeet(b, versions), '|')
	b = append(appendPeetProtocols(b, names), '|')
	b = append(appendPeet(b, groups), '|')
	b = append(appendPeet(b, algorithms), '|')
	b = append(strconv.AppendUint(b, uint64(mode), 10), '|')
	b = append(appendPeet(b, compression), '|')
	b = append(appendPeet(b, h.CipherSuites), '|')
	b = appendPeetExtensions(b, h.Extensions)
	return string(b), md5Hex(b), nil
}

func appendPeet(b []byte, ids []ID) []byte {
	for i, id := range ids {
		if i > 0 {
			b = append(b, '-')
		}
		b = appendPeetID(b, id)
	}
	return b
}

func appendPeetID(b []byte, id ID) []byte {
	if id.IsGREASE() {
		return append(b, "GREASE"...)
	}
	return strconv.AppendUint(b, uint64(id), 10)
}

// appendPeetProtocols appends the ALPN names that have a number; h3 has none.
func appendPeetProtocols(b []byte, names []string) []byte {
	start := len(b)
	for _, name := range names {
		switch name {
		case "h2":
			name = "2"
		case "http/1.1", "http/1.0":
			name = name[len("http/"):]
		default:
			continue
		}
		if len(b) > start {
			b = append(b, '-')
		}
		b = append(b, name...)
	}
	return b
}

func appendPeetExtensions(b []byte, extensions []Extension) []byte {
	types := make([]ID, len(extensions))
	for i := range extensions {
		types[i] = extensions[i].Type
	}
	slices.SortFunc(types, func(x, y ID) int { // as strings, so that GREASE comes last
		var s, t [8]byte
		return bytes.Compare(appendPeetID(s[:0], x), appendPeetID(t[:0], y))
	})
	return appendPeet(b, types)
}

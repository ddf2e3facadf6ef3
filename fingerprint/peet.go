package fingerprint

import (
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
		b = append(b, peetID(id)...)
	}
	return b
}

func peetID(id ID) string {
	if id.IsGREASE() {
		return "GREASE"
	}
	return strconv.Itoa(int(id))
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
	texts := make([]string, len(extensions))
	for i := range extensions {
		texts[i] = peetID(extensions[i].Type)
	}
	slices.Sort(texts) // as strings, so that GREASE comes last
	for i, s := range texts {
		if i > 0 {
			b = append(b, '-')
		}
		b = append(b, s...)
	}
	return b
}

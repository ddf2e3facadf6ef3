package fingerprint

import (
	"slices"
	"strconv"
)

// JA3 returns "version,ciphers,extensions,groups,formats" of a hello, decimal, dashes within the lists, and its MD5.
// Version is legacy_version; GREASE values are left out; groups and formats are those of the last extension 10 and 11.
// (https://github.com/salesforce/ja3)
func JA3(h *ClientHello) (text, hash string, err error) { return ja3(h, false) }

// JA3N is [JA3] with the extensions sorted by number, so that a shuffled list has one name.
func JA3N(h *ClientHello) (text, hash string, err error) { return ja3(h, true) }

func ja3(h *ClientHello, sorted bool) (text, hash string, err error) {
	groups, err := h.items(ExtSupportedGroups)
	if err != nil {
		return "", "", err
	}
	formats, err := h.items(ExtECPointFormats)
	if err != nil {
		return "", "", err
	}
	types := h.extensionTypes()
	if sorted {
		slices.Sort(types)
	}
	b := make([]byte, 0, 512)
	b = strconv.AppendUint(b, uint64(h.Version), 10)
	for _, list := range [...][]ID{withoutGREASE(h.CipherSuites), types, withoutGREASE(groups), formats} {
		b = append(b, ',')
		b = appendDecimal(b, list)
	}
	return string(b), md5Hex(b), nil
}

package client

import (
	"net/url"
	"strings"
)

// quoteSafe are the characters that [QuoteURL] leaves as they are, beside letters, digits and "-._~": those that have a
// meaning in a URL, and the vertical bar.
const quoteSafe = "!#$%&'()*+,/:;=?@[]~|"

// QuoteURL percent-encodes a URL as the reference library (curl_cffi) does with its option quote: escapes of unreserved
// characters are decoded, other escapes stay as they are written, and everything that is not safe is encoded as UTF-8. The
// characters of unsafe are taken out of the safe ones; "%" among them encodes every percent sign. An escape that looks like
// one and is none ("%zz") makes every percent sign a literal one.
//
// Sessions do not do this: they read URLs as browsers do. It is for whoever has to send what that library sends, together with
// [Call.RawURL].
func QuoteURL(raw, unsafe string) string {
	safe := quoteSafe
	for _, c := range unsafe {
		safe = strings.ReplaceAll(safe, string(c), "")
	}
	decoded, ok := decodeUnreserved(raw)
	if !ok {
		decoded, safe = raw, strings.ReplaceAll(safe, "%", "")
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(decoded) {
		if c := decoded[i]; unreserved(c) || strings.IndexByte(safe, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString(string([]byte{'%', hex[c>>4], hex[c&15]}))
		}
	}
	return b.String()
}

// decodeUnreserved decodes the escapes of unreserved characters; false if an escape of two letters or digits is none.
func decodeUnreserved(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) || !alphanumeric(s[i+1]) || !alphanumeric(s[i+2]) {
			b.WriteByte(s[i])
			continue
		}
		text, err := url.PathUnescape(s[i : i+3])
		if err != nil {
			return "", false
		}
		if c := text[0]; len(text) == 1 && unreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(s[i : i+3])
		}
		i += 2
	}
	return b.String(), true
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func unreserved(c byte) bool {
	return alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

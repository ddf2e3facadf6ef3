package plan

import (
	"net/url"
	"strings"
)

// Target returns the origin-form of a URL as it goes on the wire: its path, see [Path], and its query.
func Target(u *url.URL) string {
	path := Path(u)
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" || u.ForceQuery {
		return path + "?" + u.RawQuery
	}
	return path
}

// Path returns the path of a URL as it goes on the wire. That is its EscapedPath, but for percent signs that begin no escape:
// browsers send them as they are (WHATWG URL §1.3), and [url.URL] knows no path that has them. They are in RawPath, which is
// "/%zz" then, and Path, too, where each stands for itself; for EscapedPath and String it is "/%25zz".
func Path(u *url.URL) string {
	if strings.IndexByte(u.RawPath, '%') >= 0 {
		if m := Mended(u.RawPath); m != u.RawPath {
			check := url.URL{Path: u.Path, RawPath: m}
			if check.EscapedPath() == m { // else RawPath is no form of Path, and may be anything
				return u.RawPath
			}
		}
	}
	return u.EscapedPath()
}

// Mended returns a text in which percent signs that begin no escape are escaped.
func Mended(raw string) string { return Stray(raw, "%25") }

// Stray returns a text with something else in place of each percent sign that begins no escape.
func Stray(raw, sign string) string {
	var b strings.Builder
	last := 0
	for i := range len(raw) {
		if raw[i] == '%' && !(i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2])) {
			b.WriteString(raw[last:i])
			b.WriteString(sign)
			last = i + 1
		}
	}
	if last == 0 {
		return raw
	}
	return b.String() + raw[last:]
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

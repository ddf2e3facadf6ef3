package profiles

import (
	"net/textproto"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// ordered returns the list with the named fields in front. What must be in front of them stays: pseudo-header fields, and
// Host where it is the first field and is not named.
func ordered(l FieldList, names []string, h2 bool) FieldList {
	if len(l) == 0 {
		return l
	}
	named := func(f fingerprint.Field) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, f.Name) })
	}
	n := 0
	for n < len(l) && (l[n].Name[0] == ':' || n == 0 && strings.EqualFold(l[n].Name, "host") && !named(l[n])) {
		n++
	}
	out := slices.Clone(l[:n])
	rest := l[n:]
	for _, name := range names {
		found := false
		for _, f := range rest {
			if strings.EqualFold(f.Name, name) {
				out, found = append(out, f), true
			}
		}
		if !found && name != "*" && !(h2 && noPlace(name)) {
			out = append(out, fingerprint.Field{Name: spelled(name, h2)})
		}
	}
	for _, f := range rest {
		if !named(f) {
			out = append(out, f)
		}
	}
	return out
}

// noPlace tells the names that HTTP/2 has no fields of (RFC 9113 §8.2.2, §8.3.1).
func noPlace(name string) bool {
	return slices.Contains([]string{"host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}, strings.ToLower(name))
}

// spelled is how a field that the browser does not have is spelled.
func spelled(name string, h2 bool) string {
	switch lower := strings.ToLower(name); {
	case h2:
		return lower
	case name == lower:
		return textproto.CanonicalMIMEHeaderKey(name)
	}
	return name
}

// isToken tells whether s is the name of a field (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

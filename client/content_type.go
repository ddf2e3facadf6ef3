package client

import "strings"

// charsetOf returns the charset of a Content-Type, in lower case; "" when it has none. It reads it as browsers do, who pass over what
// they cannot read: of several types, in one field or in several, the last one counts, and inherits the charset of one of its kind
// (Fetch, "extract a MIME type"; MIME Sniffing, "parse a MIME type"). Other than there, a word that is no type may have a charset,
// too, if no type has one.
func charsetOf(contentType string) string {
	kind, charset := "", ""
	for contentType != "" {
		var typ, label string
		typ, label, contentType = mediaType(contentType)
		switch {
		case typ == "" || typ == "*/*":
		case !strings.Contains(typ, "/"):
			if kind == "" && charset == "" {
				charset = label
			}
		case typ != kind || label != "":
			kind, charset = typ, label
		}
	}
	return charset
}

// mediaType reads a type with its parameters up to the comma behind it, and returns the type and its charset, in lower case.
func mediaType(s string) (typ, charset, rest string) {
	end := strings.IndexAny(s, ";,")
	if end < 0 {
		return strings.ToLower(trim(s)), "", ""
	}
	typ, s = strings.ToLower(trim(s[:end])), s[end:]
	for found := false; strings.HasPrefix(s, ";"); {
		var name, value string
		name, value, s = parameter(s[1:])
		if !found && strings.EqualFold(name, "charset") { // the first one counts
			charset, found = strings.ToLower(trim(value)), true
		}
	}
	return typ, charset, strings.TrimPrefix(s, ",")
}

// parameter reads a parameter up to the semicolon or the comma behind it. One without "=" has no name.
func parameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, ";,=")
	if end < 0 {
		return "", "", ""
	}
	if s[end] != '=' {
		return "", "", s[end:]
	}
	name, s = trim(s[:end]), s[end+1:]
	quoted := strings.HasPrefix(s, `"`)
	if quoted {
		value, s = quotedText(s[1:])
	}
	if end = strings.IndexAny(s, ";,"); end < 0 {
		end = len(s)
	}
	if !quoted {
		value = trim(s[:end])
	}
	return name, value, s[end:]
}

// quotedText reads up to the quote that ends a quoted string, or to the end of the text.
func quotedText(s string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

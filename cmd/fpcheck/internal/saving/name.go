// Package saving writes what was downloaded: under a name that is safe, and all of it or nothing.
package saving

import (
	"mime"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultName is the name of what has no other.
const DefaultName = "download"

// maxName bounds a name, in bytes; the end, with the extension, stays.
const maxName = 200

// Name returns the name under which to save a response: that of Content-Disposition (RFC 6266; filename* before filename),
// else that of the last segment of the path, else [DefaultName]. It is a single element of a path that neither is hidden nor
// looks like a flag.
func Name(disposition string, u *url.URL) string {
	if name := clean(dispositionName(disposition)); name != "" {
		return name
	}
	if u != nil {
		if name := clean(u.Path[strings.LastIndexByte(u.Path, '/')+1:]); name != "" {
			return name
		}
	}
	return DefaultName
}

// dispositionName returns the file name that a Content-Disposition has, "" if it has none.
func dispositionName(field string) string {
	_, params, err := mime.ParseMediaType(field)
	if name := params["filename"]; err == nil && name != "" {
		return name // mime has decoded filename*
	}
	// What is no media type, such as a name with blanks and without quotes, is common all the same.
	for part := range strings.SplitSeq(field, ";") {
		key, value, ok := strings.Cut(part, "=")
		if ok && strings.EqualFold(strings.TrimSpace(key), "filename") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// clean makes a name safe: without directories; letters, digits, "_", "-" and "." only, others become "_"; with neither dots
// nor dashes in front, so that it is no hidden file, no flag and not "..". "" if nothing is left.
func clean(name string) string {
	name = strings.ReplaceAll(name, "\x00", "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("_-.", r) {
			return r
		}
		return '_'
	}, name)
	name = strings.TrimRight(strings.TrimLeft(name, ".-"), ".") // Windows drops dots at the end
	for len(name) > maxName {
		_, n := utf8.DecodeRuneInString(name)
		name = strings.TrimLeft(name[n:], ".-")
	}
	if device(name) {
		return "_" + name
	}
	return name
}

// device tells whether Windows takes a name, whatever its extension, for a device.
func device(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
}

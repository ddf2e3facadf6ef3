package shorthand

import (
	"net/url"
	"strings"
)

// Redacted returns a URL for people, without the credentials in front of its host. Of a text that is no URL, and has an "@", only the
// scheme is left of what stands in front of it.
func Redacted(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest = "", text
	}
	at := strings.LastIndexByte(rest, '@')
	if u, err := url.Parse(text); err == nil && ok { // then what is behind the host is no secret
		end := strings.IndexAny(rest, `/?#\`)
		if end < 0 {
			end = len(rest)
		}
		if at = strings.LastIndexByte(rest[:end], '@'); at < 0 && u.User == nil {
			return text
		}
	}
	if ok {
		scheme += "://"
	}
	return scheme + rest[at+1:]
}

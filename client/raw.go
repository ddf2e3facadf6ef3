package client

import "strings"

// rawTarget returns path and query of a URL as they are written. The URL is absolute, or a path for a base URL.
func rawTarget(raw string) (string, error) {
	raw, _, _ = strings.Cut(raw, "#")
	switch {
	case hasScheme(raw):
		_, rest, _ := strings.Cut(raw, "://")
		raw = ""
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			raw = rest[i:]
		}
		if raw == "" || raw[0] != '/' {
			raw = "/" + raw
		}
	case !strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//"):
		return "", invalid(ErrInvalidURL, "RawURL, of which nothing is resolved, needs an absolute URL or, with BaseURL, a path that begins with one slash")
	}
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c == 0x7f {
			return "", invalid(ErrInvalidURL, "RawURL: byte %d of the target cannot stand in a request line", i)
		}
	}
	return raw, nil
}

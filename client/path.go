package client

import "strings"

// slashes turns the backslashes of an http or https URL into slashes, as browsers do, except in query and fragment.
func slashes(raw string) string {
	scheme, _, _ := strings.Cut(raw, ":")
	if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return raw
	}
	return slashed(raw)
}

// slashed turns the backslashes in front of query and fragment into slashes.
func slashed(raw string) string {
	end := strings.IndexAny(raw, "?#")
	if end < 0 {
		end = len(raw)
	}
	if strings.IndexByte(raw[:end], '\\') < 0 {
		return raw
	}
	return strings.ReplaceAll(raw[:end], `\`, "/") + raw[end:]
}

// dots returns 1 for a single-dot segment, 2 for a double-dot one, 0 for any other. An escaped dot is a dot, too (WHATWG
// URL §4.1).
func dots(segment string) int {
	n := 0
	for ; segment != ""; n++ {
		switch {
		case segment[0] == '.':
			segment = segment[1:]
		case len(segment) >= 3 && strings.EqualFold(segment[:3], "%2e"):
			segment = segment[3:]
		default:
			return 0
		}
	}
	if n > 2 {
		return 0
	}
	return n
}

// dotted tells whether an escaped path has dot segments.
func dotted(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if dots(segment) > 0 {
			return true
		}
	}
	return false
}

// resolveDots resolves the dot segments of an escaped absolute path (RFC 3986 §5.2.4, WHATWG URL §4.4, path state). Empty
// segments count as segments.
func resolveDots(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := segments[:0]
	for i, segment := range segments {
		last := i == len(segments)-1
		n := dots(segment)
		if n == 2 && len(kept) > 0 {
			kept = kept[:len(kept)-1]
		}
		switch {
		case n == 0:
			kept = append(kept, segment)
		case last:
			kept = append(kept, "") // "/a/." and "/a/b/.." are directories
		}
	}
	return "/" + strings.Join(kept, "/")
}

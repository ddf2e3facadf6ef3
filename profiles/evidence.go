package profiles

import "strings"

// Evidence says where a part of a profile comes from.
type Evidence struct {
	// Path is a prefix of leaf paths: "tls", "http2.requests[0].fields", "headers.navigate"; "" for all.
	Path string `json:"path"`
	// Source is [Capture], [Engine], [Signature], [Reference] or [None].
	Source Source `json:"source"`
	// Note names the very capture or document, and any conflict with another one.
	Note string `json:"note"`
}

// Source ranks evidence, best first.
type Source string

// The sources, in the order in which they overrule each other.
const (
	Capture   Source = "capture"           // raw bytes of that very browser
	Engine    Source = "engine-capture"    // raw bytes of another build of the same engine
	Signature Source = "signature"         // a published signature
	Reference Source = "reference-library" // what the reference library sends
	None      Source = "none"              // a guess, said so
)

// SourceOf returns the source of a leaf path: that of the entry with the longest matching prefix, None without one. In a
// prefix, "[*]" matches any index or name in brackets.
func SourceOf(list []Evidence, leaf string) Source {
	best, source := -1, None
	for _, e := range list {
		if len(e.Path) > best && hasPrefix(leaf, e.Path) {
			best, source = len(e.Path), e.Source
		}
	}
	return source
}

// hasPrefix tells whether path lies at or under prefix.
func hasPrefix(path, prefix string) bool {
	if prefix == "" {
		return true
	}
	for prefix != "" {
		if path == "" {
			return false
		}
		if strings.HasPrefix(prefix, "[*]") && path[0] == '[' {
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return false
			}
			path, prefix = path[end+1:], prefix[len("[*]"):]
			continue
		}
		if path[0] != prefix[0] {
			return false
		}
		path, prefix = path[1:], prefix[1:]
	}
	return path == "" || path[0] == '.' || path[0] == '['
}

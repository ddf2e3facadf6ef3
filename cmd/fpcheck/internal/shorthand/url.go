// Package shorthand reads what users of HTTP clients on the command line write for short: URLs without scheme, and items
// that become fields, cookies, pairs of the query or the body.
package shorthand

import (
	"fmt"
	"strconv"
	"strings"
)

// URLError says what is wrong with a URL of the command line.
type URLError struct {
	// URL is what was written.
	URL string
	// Why says what is wrong and what to write.
	Why string
}

// Error tells both, without credentials of the URL.
func (e *URLError) Error() string { return fmt.Sprintf("URL %.200q: %s", Redacted(e.URL), e.Why) }

// URL completes a URL: ":3000/x" is http://localhost:3000/x, and a host without scheme gets https, or http when it names a
// port other than 443. One with a scheme stays as it is. Only host and port are looked at, so that neither a path nor
// a query can change the scheme. Errors are of type *[URLError].
func URL(text string) (string, error) {
	if IsURL(text) {
		return text, nil
	}
	end := strings.IndexAny(text, "/?#")
	if end < 0 {
		end = len(text)
	}
	authority, rest := text[:end], text[end:]
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	name, port, err := splitPort(host)
	switch {
	case err != "":
		return "", &URLError{text, err}
	case name == "" && strings.HasPrefix(text, ":") && !strings.HasPrefix(rest, "//"):
		authority = strings.TrimSuffix("localhost"+authority, ":")
		if port == "443" {
			return "https://" + authority + rest, nil
		}
		return "http://" + authority + rest, nil
	case name == "":
		return "", &URLError{text, "it has no host; write https://HOST/PATH, or :PORT/PATH for this machine"}
	case port == "" || port == "443":
		return "https://" + text, nil
	}
	return "http://" + text, nil
}

// IsURL tells whether a text begins with a scheme and "//".
func IsURL(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	if !ok || scheme == "" {
		return false
	}
	for i := range len(scheme) {
		c := scheme[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(scheme[i]))) {
			return false
		}
	}
	return true
}

// splitPort splits a host from its port, which is empty if there is none; why says what is wrong.
func splitPort(host string) (name, port, why string) {
	name = host
	if strings.HasPrefix(host, "[") { // IPv6
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return "", "", "an address of IPv6 ends with ]"
		}
		name, host = host[:end+1], host[end+1:]
		if host == "" {
			return name, "", ""
		}
		if host[0] != ':' {
			return "", "", "a port stands behind a colon"
		}
	}
	i := strings.LastIndexByte(host, ':')
	if i < 0 {
		return name, "", ""
	}
	if name == host {
		name = host[:i]
	}
	if port = host[i+1:]; port == "" {
		return name, "", ""
	}
	switch n, err := strconv.ParseUint(port, 10, 16); {
	case strings.Contains(name, ":") && name[0] != '[' || strings.HasPrefix(host, "::"):
		return "", "", "an address of IPv6 stands in brackets, as in [::1]:3000"
	case err != nil || n == 0:
		return "", "", fmt.Sprintf("%.20q is no port; write the scheme too if that is none", port)
	}
	return name, port, ""
}

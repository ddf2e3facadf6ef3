package client

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/wirelike/wirelike/internal/plan"
)

// parseURL reads a request URL without credentials. Query pairs are appended to the URL's own query, which stays as it is.
func parseURL(raw string, query Pairs) (*url.URL, error) {
	u, err := parseWeb(raw)
	switch {
	case err != nil:
		return nil, err
	case u.User != nil:
		return nil, errCredentials()
	}
	if err := query.check("query"); err != nil {
		return nil, err
	}
	u.ForceQuery = u.ForceQuery && len(query) == 0
	if len(query) > 0 {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += query.Encode()
	}
	return u, nil
}

// parseWeb reads an absolute http or https URL as a browser does (WHATWG URL §4.4): a backslash is a slash, host names
// are in lower case and internationalized ones become A-labels (UTS 46), dot segments are resolved, and what may not stand
// in a URL is percent-encoded. Escapes stay as they are, and so do percent signs that begin none; see [plan.Path]. The
// fragment is dropped.
func parseWeb(raw string) (*url.URL, error) {
	raw, _, _ = strings.Cut(raw, "#")
	marked, stray := withStray(slashes(raw))
	u, err := url.Parse(marked)
	if err != nil {
		var e *url.Error
		if strings.Contains(raw, "@") || !errors.As(err, &e) {
			return nil, invalid(ErrInvalidURL, "cannot be parsed") // the cause quotes the URL, which may have credentials
		}
		return nil, &fault{ErrInvalidURL, e.Err}
	}
	if u.Scheme == "" || u.Opaque != "" {
		return nil, invalid(ErrInvalidURL, "no absolute URL: want http://host/… or https://host/…")
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	if u.Host, err = asciiHost(u); err != nil {
		return nil, err
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawPath, u.RawQuery = escape(u.RawPath, pathEscapes), escape(u.RawQuery, queryEscapes)
	if path := u.EscapedPath(); dotted(path) {
		u.RawPath = resolveDots(path)
		if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
			return nil, invalid(ErrInvalidURL, "path: %w", err)
		}
	}
	if stray {
		u.RawPath, u.Path = strings.ReplaceAll(u.EscapedPath(), strayMark, "%"), strings.ReplaceAll(u.Path, strayRune, "%")
	}
	return u, nil
}

// A percent sign that begins no escape is an escaped noncharacter while a URL is taken apart: one that no text has.
const (
	strayMark = "%EF%B7%90"
	strayRune = "\uFDD0"
)

// withStray marks the percent signs that begin no escape in the path of an absolute URL; those of a host stay an error, and
// in a query they may stand.
func withStray(raw string) (marked string, stray bool) {
	if strings.IndexByte(raw, '%') < 0 {
		return raw, false
	}
	i := strings.Index(raw, "://")
	if i < 0 {
		return raw, false
	}
	start := strings.IndexAny(raw[i+3:], "/?")
	if start < 0 {
		return raw, false
	}
	start += i + 3
	end := len(raw)
	if q := strings.IndexByte(raw, '?'); q >= 0 {
		end = q
	}
	if end <= start {
		return raw, false
	}
	path := plan.Stray(raw[start:end], strayMark)
	return raw[:start] + path + raw[end:], path != raw[start:end]
}

func errCredentials() error {
	return invalid(ErrInvalidURL, "credentials in a URL are not sent: set the Authorization field instead")
}

// checkURL refuses what cannot be requested.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return invalid(ErrUnsupportedScheme, "scheme %.40q is neither http nor https", u.Scheme)
	case u.Hostname() == "":
		return invalid(ErrInvalidURL, "no host")
	case strings.IndexByte(u.Hostname(), '%') >= 0 && strings.IndexByte(u.Hostname(), ':') < 0: // else it begins a zone
		return invalid(ErrInvalidURL, "host: a percent sign")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return invalid(ErrInvalidURL, "port %.20q is not within 1 to 65535", p)
		}
	}
	return nil
}

// asciiHost returns host and port as they go into the authority: lower case, A-labels, no empty port.
func asciiHost(u *url.URL) (string, error) {
	host := strings.TrimSuffix(u.Host, ":")
	plain, ascii := true, true
	for i := range len(host) {
		c := host[i]
		ascii = ascii && c < 0x80
		plain = plain && c < 0x80 && (c < 'A' || c > 'Z')
	}
	switch {
	case plain:
		return host, nil
	case ascii:
		return strings.ToLower(host), nil
	}
	name, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return "", invalid(ErrInvalidURL, "host: %w", err)
	}
	if p := u.Port(); p != "" {
		name += ":" + p
	}
	return name, nil
}

// What is percent-encoded beside controls, blanks and everything beyond ASCII: the percent-encode sets of WHATWG URL §1.3
// (path, special-query), and in paths also what [url.URL] would not leave as it is.
const (
	pathEscapes  = "\"#<>?^`{}|\\"
	queryEscapes = "\"#<>'"
)

// escape percent-encodes what may not stand in a part of a URL and leaves everything else alone, escapes included, so that
// a valid one is not touched.
func escape(s, set string) string {
	const hex = "0123456789ABCDEF"
	bad := 0
	for i := range len(s) {
		if escaped(s[i], set) {
			bad++
		}
	}
	if bad == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*bad)
	for i := range len(s) {
		if c := s[i]; escaped(c, set) {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func escaped(c byte, set string) bool {
	return c <= ' ' || c >= 0x7f || strings.IndexByte(set, c) >= 0
}

// redact returns u's text without credentials.
func redact(u *url.URL) string {
	if u.User != nil {
		c := *u
		c.User = nil
		u = &c
	}
	return u.String()
}

// redactRaw does the same for a text that is no URL: of what stands before the last "@" only the scheme is left.
func redactRaw(raw string) string {
	at := strings.LastIndexByte(raw, '@')
	if at < 0 {
		return raw
	}
	if scheme, _, ok := strings.Cut(raw[:at], "://"); ok {
		return scheme + "://" + raw[at+1:]
	}
	return raw[at+1:]
}

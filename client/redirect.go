package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/wirelike/wirelike/internal/plan"
)

// DefaultMaxRedirects is how many redirects are followed unless [Redirect.Max] says otherwise.
const DefaultMaxRedirects = 30

// Follow says what becomes of redirects.
type Follow int

// The policies. A redirect is a response with status 301, 302, 303, 307 or 308 and a Location that is not empty.
const (
	// FollowAll follows redirects as browsers do (Fetch §4.4): after 303, and with POST after 301 and 302, comes a GET
	// without body, otherwise the same method with the same body.
	FollowAll Follow = iota
	// FollowNone returns the redirect as the response, wherever it leads; see [Response.NextURL]. The other policies end with an
	// error at a Location that cannot be requested, such as one of another scheme; the response is in the error.
	FollowNone
	// FollowError makes a redirect an ErrTooManyRedirects.
	FollowError
	// FollowSafe is FollowAll, but connections to internal addresses are refused with an ErrInternalAddress; see
	// [Redirect.GuardFirst].
	FollowSafe
)

// Redirect says how redirects are followed. The zero value follows up to [DefaultMaxRedirects].
//
// To another origin than that of the call's URL go neither Authorization, Cookie, Host and Proxy-Authorization among the
// caller's fields, nor those whose name says that they are secrets (see Keep); the session's credentials and those in
// the call's URL stay behind, too. When the chain comes back to that origin, so do they. Those in a Location are for that hop.
// Sec-Fetch-Site, Origin and Referer are worked out for each hop.
type Redirect struct {
	Follow Follow
	// Max bounds the number of redirects; one more is an ErrTooManyRedirects, with the last response in the error. 0:
	// [DefaultMaxRedirects]; negative: no bound.
	Max int
	// GuardFirst makes FollowSafe judge the address of the call's own URL, too, not only those that redirects lead to.
	GuardFirst bool
	// Keep decides whether a field of the caller goes along to another origin. Nil: all but Authorization, Cookie, Host,
	// Proxy-Authorization, and names that contain one of "auth", "token", "secret", "api-key", "apikey", "password",
	// "session", "csrf" and "xsrf". It must be safe for concurrent use.
	Keep func(name string, from, to *url.URL) bool
	// Hop is called before each redirect is followed, with the redirect (its body is closed) and the URL that comes next. An
	// error ends the call, and is the cause of its error. It must be safe for concurrent use.
	Hop func(redirect *Response, next *url.URL) error
}

func (r *Redirect) validate() error {
	if r.Follow < FollowAll || r.Follow > FollowSafe {
		return invalid(ErrInvalidRequest, "Redirect.Follow: there is no policy %d", r.Follow)
	}
	if r.GuardFirst && r.Follow != FollowSafe {
		return invalid(ErrInvalidRequest, "Redirect.GuardFirst needs FollowSafe")
	}
	return nil
}

func (r *Redirect) max() int {
	if r.Max == 0 {
		return DefaultMaxRedirects
	}
	return r.Max
}

// isRedirect tells the statuses that are redirects (Fetch §2.2.6). 300, 304, 305 and 306 are none, with or without Location.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

var errLocations = errors.New("several different Location fields")

// nextURL returns where a redirect leads, nil for a response that is none. A Location without fragment inherits that of
// the request (RFC 9110 §10.2.2).
func nextURL(status int, header Header, from *url.URL) (*url.URL, error) {
	if !isRedirect(status) {
		return nil, nil
	}
	location := ""
	for _, v := range header.Values("Location") {
		if location != "" && v != location {
			return nil, &fault{ErrProtocol, errLocations}
		}
		location = v
	}
	if location == "" {
		return nil, nil
	}
	next, err := resolve(from, location)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(location, "#") { // an empty one is one, too
		next.Fragment, next.RawFragment = from.Fragment, from.RawFragment
	}
	return next, nil
}

// resolve resolves a reference as browsers do; see parseWeb. Its credentials, if there are any, stay in it.
func resolve(base *url.URL, reference string) (*url.URL, error) {
	ref := strings.Trim(reference, " \t\r\n\f")
	if base.Scheme == "http" || base.Scheme == "https" {
		ref = slashesOf(ref)
		if scheme, rest, ok := strings.Cut(ref, ":"); ok && strings.EqualFold(scheme, base.Scheme) && !strings.HasPrefix(rest, "//") {
			ref = rest // the scheme alone says nothing (WHATWG URL §4.4, "special relative or authority state")
		}
	}
	ref, fragment, hasFragment := strings.Cut(ref, "#")
	path, query, hasQuery := strings.Cut(ref, "?")
	if path = markPath(path); hasQuery {
		path += "?" + query
	}
	u, err := url.Parse(escape(path, "\"<>^`{}|\\"))
	if err != nil {
		return nil, &fault{ErrInvalidURL, errors.New("the Location cannot be parsed")} // the cause would quote it
	}
	clean := *base
	clean.Fragment, clean.RawFragment, clean.User = "", "", nil
	if marked := plan.Stray(plan.Path(base), strayMark); marked != base.RawPath && base.RawPath != "" {
		if p, err := url.PathUnescape(marked); err == nil {
			clean.Path, clean.RawPath = p, marked
		}
	}
	abs := clean.ResolveReference(u)
	user := u.User
	abs.User = nil
	next, err := parseWeb(strings.ReplaceAll(abs.String(), strayMark, "%"))
	if err != nil {
		return nil, fmt.Errorf("redirect: %w", err)
	}
	next.User = user
	if hasFragment {
		setFragment(next, fragment)
	}
	return next, nil
}

// markPath marks the percent signs that begin no escape in a reference without query, but for those of an authority.
func markPath(ref string) string {
	start := 0
	if i := strings.Index(ref, "//"); i == 0 || i > 0 && ref[i-1] == ':' && isScheme(ref[:i-1]) {
		if start = strings.IndexByte(ref[i+2:], '/'); start < 0 {
			return ref
		}
		start += i + 2
	}
	return ref[:start] + plan.Stray(ref[start:], strayMark)
}

// setFragment gives u a fragment as it was written.
func setFragment(u *url.URL, raw string) {
	if f, err := url.PathUnescape(raw); err == nil {
		u.Fragment, u.RawFragment = f, raw
		return
	}
	u.Fragment, u.RawFragment = raw, ""
}

// slashesOf turns backslashes of a reference into slashes, except in query and fragment: that of an http URL has no scheme
// of its own, or one of the two.
func slashesOf(ref string) string {
	if scheme, _, ok := strings.Cut(ref, ":"); ok && isScheme(scheme) {
		return slashes(ref)
	}
	return slashed(ref)
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || s[i] != '+' && s[i] != '-' && s[i] != '.' && (s[i] < '0' || s[i] > '9')) {
			return false
		}
	}
	return s != ""
}

// methodAfter returns the method that follows a redirect, and whether the body goes along (Fetch §4.4, step 12).
func methodAfter(status int, method string) (next string, body bool) {
	switch {
	case status == http.StatusSeeOther && method != http.MethodGet && method != http.MethodHead,
		(status == http.StatusMovedPermanently || status == http.StatusFound) && method == http.MethodPost:
		return http.MethodGet, false
	}
	return method, true
}

// bodyField tells the fields that describe a body and go with it (Fetch, "request-body-header name").
func bodyField(name string) bool {
	for _, s := range [...]string{"content-encoding", "content-language", "content-location", "content-type", "content-length", "transfer-encoding"} {
		if strings.EqualFold(name, s) {
			return true
		}
	}
	return false
}

// crosses tells whether a field of the caller goes along to another origin.
func (r *Redirect) crosses(name string, from, to *url.URL) bool {
	if r.Keep != nil {
		return r.Keep(name, from, to)
	}
	return !strings.EqualFold(name, "Host") && !secretName(name)
}

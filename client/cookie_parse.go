package client

import (
	"math"
	"strings"
	"time"
)

// setCookie is a Set-Cookie line taken apart, before anything is known of the request.
type setCookie struct {
	name, value           string
	domain, path          string // as attributes, "" when they are not there or say nothing
	hasPath               bool   // there is a Path attribute
	maxAge                int64  // seconds
	hasMaxAge, hasExpires bool
	expires               time.Time
	secure, httpOnly      bool
	partitioned           bool
	sameSite              SameSite
}

// maxAttribute is the length above which an attribute is passed over (RFC 6265bis §5.6).
const maxAttribute = 1024

// parseSetCookie takes a line apart (RFC 6265bis §5.6). Where clients differ the rules decide.
func parseSetCookie(line string, rules CookieRules, l *CookieLimits) (s setCookie, ok bool) {
	if len(line) > l.Line {
		return setCookie{}, false
	}
	for i := range len(line) {
		if control(line[i]) {
			return setCookie{}, false
		}
	}
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, named := strings.Cut(pair, "=")
	if !named && rules != RulesFirefox {
		name, value = "", pair
	}
	s.name, s.value = trimBlanks(name), trimBlanks(value)
	if rules.refuses(s.name, s.value) || len(s.name)+len(s.value) > l.Pair {
		return setCookie{}, false
	}
	for attributes != "" {
		var a string
		a, attributes, _ = strings.Cut(attributes, ";")
		name, value, _ := strings.Cut(a, "=")
		name, value = trimBlanks(name), trimBlanks(value)
		if rules == RulesChromium && rules.tabbed(name, value) {
			return setCookie{}, false
		}
		if len(value) <= maxAttribute {
			s.attribute(name, value, rules)
		}
	}
	return s, true
}

// attribute takes in one attribute; of several of one name the last counts.
func (s *setCookie) attribute(name, value string, rules CookieRules) {
	switch {
	case strings.EqualFold(name, "Domain"):
		if s.domain = lower(strings.TrimPrefix(value, ".")); value == "." && rules.engine() {
			s.domain = value // that of nobody
		}
	case strings.EqualFold(name, "Path"):
		s.path, s.hasPath = attributePath(value, rules.browser())
	case strings.EqualFold(name, "Max-Age"):
		if n, ok := maxAge(value, rules); ok || rules.engine() {
			s.maxAge, s.hasMaxAge = n, ok
		}
	case strings.EqualFold(name, "Expires"):
		if t, ok := cookieDate(value); ok {
			s.expires, s.hasExpires = t, true
		}
	case strings.EqualFold(name, "Secure"):
		s.secure = true
	case strings.EqualFold(name, "HttpOnly"):
		s.httpOnly = true
	case strings.EqualFold(name, "Partitioned"):
		s.partitioned = true
	case strings.EqualFold(name, "SameSite"):
		s.sameSite = sameSiteOf(value)
	}
}

func sameSiteOf(value string) SameSite {
	for _, v := range [...]SameSite{SameSiteLax, SameSiteStrict, SameSiteNone} {
		if strings.EqualFold(value, string(v)) {
			return v
		}
	}
	return SameSiteDefault
}

// attributePath returns the path of an attribute, "" for the default path. Unlike browsers curl strips quotes and a
// trailing slash, and takes "/" when there is no leading slash.
func attributePath(value string, browser bool) (path string, written bool) {
	if browser {
		if value == "" || value[0] != '/' {
			return "", true
		}
		return value, true
	}
	if value == "" {
		return "", false
	}
	value = unquote(value)
	if value == "" || value[0] != '/' {
		return "/", true
	}
	if len(value) > 1 && value[len(value)-1] == '/' {
		value = value[:len(value)-1]
	}
	return value, true
}

// maxAge reads the seconds of a Max-Age. Browsers pass over what is no number; curl takes quotes off, and for it no number
// means the end of the cookie.
func maxAge(value string, rules CookieRules) (int64, bool) {
	if rules == RulesCurl {
		if value == "" {
			return 0, false
		}
		value = unquote(value)
	}
	switch {
	case rules == RulesFirefox && strings.HasPrefix(value, "-"):
		return -1, true
	case rules == RulesChromium && strings.HasPrefix(value, "+") && !strings.HasPrefix(value, "+-"):
		value = value[1:]
	}
	n, i, negative := int64(0), 0, false
	if value != "" && value[0] == '-' {
		i, negative = 1, true
	}
	if i == len(value) {
		return 0, rules == RulesCurl
	}
	for ; i < len(value); i++ {
		c := value[i]
		if c < '0' || c > '9' {
			return 0, rules == RulesCurl
		}
		if n = n*10 + int64(c-'0'); n > math.MaxInt32 {
			n = math.MaxInt32 // far above the cap of 400 days
		}
	}
	if negative {
		n = -n
	}
	return n, true
}

// unquote takes one pair of surrounding quotes off, or a single one in front.
func unquote(s string) string {
	if s != "" && s[0] == '"' {
		s = s[1:]
		if s != "" && s[len(s)-1] == '"' {
			s = s[:len(s)-1]
		}
	}
	return s
}

// control tells which bytes no cookie may have (RFC 6265bis §5.6): controls but TAB.
func control(c byte) bool { return c < 0x20 && c != '\t' || c == 0x7f }

// trimBlanks takes SP and HTAB off both ends.
func trimBlanks(s string) string { return strings.Trim(s, " \t") }

// The prefixes of names that promise something (RFC 6265bis §4.1.3).
type cookiePrefix uint8

const (
	noPrefix cookiePrefix = iota
	securePrefix
	hostPrefix
)

// prefixOf returns the prefix that a name has, whatever its case: servers that compare without case would be fooled.
func prefixOf(name string) cookiePrefix {
	const secure, host = "__Secure-", "__Host-"
	switch {
	case len(name) >= len(secure) && strings.EqualFold(name[:len(secure)], secure):
		return securePrefix
	case len(name) >= len(host) && strings.EqualFold(name[:len(host)], host):
		return hostPrefix
	}
	return noPrefix
}

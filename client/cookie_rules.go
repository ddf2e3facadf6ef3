package client

import "strings"

// CookieRules says whose ways a [Jar] follows where curl, RFC 6265bis and browsers differ. Of the engines it has what was
// measured with Chromium 156 and Firefox 153 (docs/cookies-redirects.md); all else is RFC 6265bis.
type CookieRules int

// The rules.
const (
	// RulesCurl follow curl where it is stricter or more lenient: a line without "=" or with an empty name is dropped, and so is
	// one with a TAB in name or value; a Max-Age that is no number ends the cookie, and one in quotes counts; Path loses quotes and a
	// trailing slash, and one without leading slash is "/"; SameSite=None and Partitioned do not need Secure; a __Host- cookie
	// may have its path by default; and there are the limits that only curl has, see [CookieLimits].
	RulesCurl CookieRules = iota
	// RulesRFC6265bis follow the standard: a line without "=" is a cookie without name, and one with an empty name, too; a TAB may
	// stand in a value; a Max-Age that is no number is passed over; Path is taken as it is, and passed over without leading
	// slash; a __Host- cookie needs a Path attribute. As in both engines, SameSite=None and Partitioned need Secure.
	RulesRFC6265bis
	// RulesChromium are RulesRFC6265bis, but a cookie that gets another value loses its age and is sent behind the others of
	// its path; a TAB anywhere within name, value or attributes drops the cookie, and so does a "=" in the value of one without
	// name; the Path attribute of a __Host- cookie must be "/"; __Http- needs Secure and HttpOnly, __Host-Http- also what
	// __Host- needs; a Max-Age that is no number switches one before it off, and may have a plus sign; a Domain that is only a dot drops the cookie.
	RulesChromium
	// RulesFirefox are RulesRFC6265bis, but a line without "=" is a name without value, which is sent with "=", and one with an
	// empty name is dropped; a __Host- cookie may have its path by default; __Http-, __Host-Http- and Domain are as in
	// RulesChromium, and so is Max-Age, of which one that begins with "-" ends the cookie, whatever follows; a cookie without
	// Secure is dropped when its domain is full of such that are Secure.
	RulesFirefox
)

// RulesFor returns the rules for the engine of a profile, which is in [profiles.Browser]: those of a [Session]'s own jar. They are
// RulesRFC6265bis for an engine that was not measured (WebKit), and RulesCurl for none.
func RulesFor(engine string) CookieRules {
	switch engine {
	case "":
		return RulesCurl
	case "chromium":
		return RulesChromium
	case "firefox":
		return RulesFirefox
	}
	return RulesRFC6265bis
}

// cookieRules returns the rules of the jars of sessions.
func (t *Transport) cookieRules() CookieRules {
	if t.profile == nil {
		return RulesCurl
	}
	return RulesFor(t.profile.Browser.Engine)
}

// valid tells whether there are such rules.
func (r CookieRules) valid() bool { return r >= RulesCurl && r <= RulesFirefox }

// browser tells whether curl's own ways are off.
func (r CookieRules) browser() bool { return r != RulesCurl }

// engine tells whether rules are those of a browser, rather than of a text.
func (r CookieRules) engine() bool { return r == RulesChromium || r == RulesFirefox }

// refuses tells which names and values of a Set-Cookie line drop it.
func (r CookieRules) refuses(name, value string) bool {
	return r.tabbed(name, value) || name == "" && r.nameless(value)
}

// tabbed tells which names and values have a TAB that may not be there.
func (r CookieRules) tabbed(name, value string) bool {
	return (r == RulesCurl || r == RulesChromium) && (strings.IndexByte(name, '\t') >= 0 || strings.IndexByte(value, '\t') >= 0)
}

// nameless tells which values a cookie without name may not have.
func (r CookieRules) nameless(value string) bool {
	switch {
	case r == RulesCurl || r == RulesFirefox || value == "", prefixOf(value) != noPrefix:
		return true
	case r == RulesChromium:
		return strings.IndexByte(value, '=') >= 0 || httpName(value)
	}
	return false
}

// promised tells whether a cookie is what the prefix of its name promises.
func (r CookieRules) promised(c *Cookie, s *setCookie) bool {
	if r.engine() && httpName(c.Name) && !(c.Secure && c.HTTPOnly) {
		return false
	}
	switch prefixOf(c.Name) {
	case securePrefix:
		return c.Secure
	case hostPrefix:
		if !c.Secure || c.Path != "/" || s.domain != "" {
			return false
		}
		switch r {
		case RulesRFC6265bis:
			return s.hasPath
		case RulesChromium:
			return s.path == "/" // as written
		}
	}
	return true
}

// httpName tells names of which engines want HttpOnly, whatever their case.
func httpName(name string) bool {
	const http, host = "__Http-", "__Host-Http-"
	return len(name) >= len(http) && strings.EqualFold(name[:len(http)], http) ||
		len(name) >= len(host) && strings.EqualFold(name[:len(host)], host)
}

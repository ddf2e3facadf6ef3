package client

// CookieLimits bound what servers can make a [Jar] keep and send. In each field zero is the default and a negative number
// means that there is no limit. What is over a limit is dropped without an error, as everywhere with cookies.
type CookieLimits struct {
	// Line is the longest Set-Cookie line, in bytes. Default: 5000, as in curl; none but with [RulesCurl].
	Line int
	// Pair is the greatest length of name and value together, in bytes. Default: 4096 (RFC 6265bis §5.6).
	Pair int
	// Response is how many Set-Cookie lines of one response count. Default: 50, as in curl; none but with RulesCurl.
	Response int
	// Sent is how many cookies go into one request. Default: 150, as in curl; none but with RulesCurl.
	Sent int
	// Field is the longest value of a Cookie field, in bytes. The cookie that would exceed it and those behind it are left
	// out. Default: 8190, as in curl; none but with RulesCurl.
	Field int
	// Domain is how many cookies a registrable domain has in the jar, with all its hosts. One more, and a sixth of the limit
	// goes: those without Secure first, the least recently used first. Default: 180, as in Chromium. It cannot be switched off.
	Domain int
	// Total is how many cookies there are. One more, and an eleventh of the limit goes, the least recently used first.
	// Default: 3300, as in Chromium. It cannot be switched off.
	Total int
}

// The default limits.
const (
	defaultCookieLine     = 5000
	defaultCookiePair     = 4096
	defaultCookieResponse = 50
	defaultCookieSent     = 150
	defaultCookieField    = 8190
	defaultCookieDomain   = 180
	defaultCookieTotal    = 3300
)

const unlimited = int(^uint(0) >> 1)

// settled returns the limits with numbers everywhere.
func (l CookieLimits) settled(browser bool) CookieLimits {
	pick := func(n *int, def int, curls bool) {
		switch {
		case *n < 0, *n == 0 && curls && browser:
			*n = unlimited
		case *n == 0:
			*n = def
		}
	}
	pick(&l.Line, defaultCookieLine, true)
	pick(&l.Pair, defaultCookiePair, false)
	pick(&l.Response, defaultCookieResponse, true)
	pick(&l.Sent, defaultCookieSent, true)
	pick(&l.Field, defaultCookieField, true)
	if l.Domain <= 0 {
		l.Domain = defaultCookieDomain
	}
	if l.Total <= 0 {
		l.Total = defaultCookieTotal
	}
	return l
}

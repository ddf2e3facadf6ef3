package client

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Jar keeps cookies as browsers do (RFC 6265bis): by host or domain, path and scheme, within public suffixes, with name
// prefixes, expiry and limits. It is safe for concurrent use, and the zero value is ready to use. A session has one of its
// own unless [Options.Cookies] names another.
//
// A Jar is an [http.CookieJar] too. That way loses some, since net/http rewrites what it reads; [Jar.Store] and
// [Jar.Header] do not.
//
// Cookies are not secret from whoever has the Jar, but String, %v and %+v hide their values; files have them in the clear.
type Jar struct {
	mu      sync.Mutex
	once    sync.Once
	options JarOptions
	limits  CookieLimits
	shelves map[string]*cookieShelf // by registrable domain
	count   int
	serial  uint64    // of the latest cookie
	tick    uint64    // of the latest use
	soonest time.Time // no cookie ends before; zero: none ends
}

var _ http.CookieJar = (*Jar)(nil)

// JarOptions are the settings of a [Jar]. Nil and the zero value work.
type JarOptions struct {
	// Now is the clock. Default: [time.Now].
	Now func() time.Time
	// Rules say whose ways the jar follows where clients differ. A session's own jar has those of its profile, as [RulesFor]
	// says; other jars have what is set here. Default: RulesCurl. [New] refuses a jar with rules that do not exist.
	Rules CookieRules
	// Limits bound the jar. Default: those of curl and Chromium.
	Limits CookieLimits
}

// NewJar returns an empty jar; nil options are the zero options.
func NewJar(o *JarOptions) *Jar {
	j := &Jar{}
	if o != nil {
		j.options = *o
	}
	return j
}

// init completes a jar on first use.
func (j *Jar) init() {
	j.once.Do(func() {
		j.limits = j.options.Limits.settled(j.options.Rules.browser())
		if j.options.Now == nil {
			j.options.Now = time.Now
		}
	})
}

// now is the time without the monotonic reading, which no file keeps.
func (j *Jar) now() time.Time { return j.options.Now().Round(0).UTC() }

// lock returns the time, with the jar locked and without cookies that have ended.
func (j *Jar) lock() time.Time {
	j.init()
	now := j.now()
	j.mu.Lock()
	if !j.soonest.IsZero() && !j.soonest.After(now) {
		j.sweep(now)
	}
	return now
}

// Store takes in the Set-Cookie lines of a response to a request for u. What may not be kept is dropped; a cookie that has
// ended removes the one whose place it takes.
func (j *Jar) Store(u *url.URL, lines []string) {
	if len(lines) == 0 {
		return
	}
	from, ok := originFor(u)
	if !ok {
		return
	}
	now := j.lock()
	defer j.mu.Unlock()
	if len(lines) > j.limits.Response {
		lines = lines[:j.limits.Response]
	}
	for _, line := range lines {
		if s, ok := parseSetCookie(line, j.options.Rules, &j.limits); ok {
			j.take(from, &s, now)
		}
	}
}

// Header returns the value of the Cookie field for a request to u, "" when there are no cookies for it: those of the longest
// path first, of equal ones the oldest first (RFC 6265bis §5.8.3).
//
// Extra cookies are those of one call, as [Jar.For] of another jar returns them: they are sent whatever their domain, behind
// the jar's own and in place of those of the same name. The limits do not count them; one with controls is left out.
func (j *Jar) Header(u *url.URL, extra ...Cookie) string {
	from, ok := originFor(u)
	if !ok {
		return ""
	}
	j.lock()
	defer j.mu.Unlock()
	var array [32]*jarCookie
	list := j.pick(array[:0], from)
	if len(extra) > 0 {
		list = slices.DeleteFunc(list, func(e *jarCookie) bool {
			return slices.ContainsFunc(extra, func(c Cookie) bool { return c.Name == e.Name })
		})
		for _, c := range extra {
			if !hasControl(c.Name) && !hasControl(c.Value) {
				list = append(list, &jarCookie{Cookie: c})
			}
		}
	}
	size := 0
	for _, e := range list {
		size += len("; ") + e.pairLen()
	}
	if size == 0 {
		return ""
	}
	var b strings.Builder
	b.Grow(size)
	for i, e := range list {
		if i > 0 {
			b.WriteString("; ")
		}
		e.write(&b)
	}
	return b.String()
}

// For returns the cookies of a request to u in the order of [Jar.Header].
func (j *Jar) For(u *url.URL) []Cookie {
	from, ok := originFor(u)
	if !ok {
		return nil
	}
	j.lock()
	defer j.mu.Unlock()
	var array [32]*jarCookie
	list := j.pick(array[:0], from)
	if len(list) == 0 {
		return nil
	}
	out := make([]Cookie, len(list))
	for i, e := range list {
		out[i] = e.Cookie
	}
	return out
}

// pick appends the cookies for a request, and marks them as used.
func (j *Jar) pick(list []*jarCookie, to origin) []*jarCookie {
	s := j.shelfOf(to.host)
	if s == nil {
		return list
	}
	j.tick++
	length := 0
	for _, e := range s.list {
		if !e.goesTo(&to) {
			continue
		}
		if length += e.pairLen(); len(list) > 0 {
			length += len("; ")
		}
		if len(list) == j.limits.Sent || length > j.limits.Field {
			break
		}
		e.used = j.tick
		list = append(list, e)
	}
	return list
}

// goesTo tells whether a cookie is for a request (RFC 6265bis §5.8.3).
func (c *Cookie) goesTo(r *origin) bool {
	if c.Domain != r.host && (c.HostOnly || !domainMatch(r.host, c.Domain)) {
		return false
	}
	return pathMatch(r.path, c.Path) && (r.secure || !c.Secure)
}

// origin is what cookies know of a request.
type origin struct {
	host, path string
	secure     bool // https, or the machine itself
}

// originFor reads a URL; ok is false for one that has no cookies.
func originFor(u *url.URL) (o origin, ok bool) {
	if u == nil {
		return o, false
	}
	o.host, ok = cookieHost(u)
	if !ok {
		return o, false
	}
	o.path = requestPath(u)
	o.secure = u.Scheme == "https" || local(o.host) && trustworthy(u)
	return o, true
}

// local spares most hosts the costlier question.
func local(host string) bool {
	switch host[len(host)-1] {
	case 't', '.': // localhost, with or without a dot
		return true
	}
	_, ok := address(host)
	return ok
}

package client

import (
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Set keeps a cookie of the user's. Domain must be set; an empty Path is "/". Without HostOnly it goes to subdomains, too,
// unless Domain is an address or a public suffix. A cookie that has ended removes the one whose place it takes. Errors are of
// kind ErrInvalidCookie; ErrCookiePrefix is one when name and fields contradict each other: nothing is mended.
func (j *Jar) Set(c Cookie) error {
	if err := j.clean(&c); err != nil {
		return err
	}
	now := j.lock()
	defer j.mu.Unlock()
	j.keep(c, now)
	return nil
}

// SetAll sets cookies as [Jar.Set] does: all of them, or none when one of them is in error.
func (j *Jar) SetAll(cookies []Cookie) error {
	list := slices.Clone(cookies)
	for i := range list {
		if err := j.clean(&list[i]); err != nil {
			return err
		}
	}
	now := j.lock()
	defer j.mu.Unlock()
	for _, c := range list {
		j.keep(c, now)
	}
	return nil
}

// SetFor is [Jar.Set] for a cookie of the page u: without Domain it is for the host of u only, another Domain must cover
// that host. An empty Path is "/", and a Secure cookie needs https or the machine itself.
func (j *Jar) SetFor(u *url.URL, c Cookie) error {
	from, ok := originFor(u)
	switch {
	case !ok:
		return cookieError("set cookie", ErrCookieDomain, "the URL has no host that could have cookies")
	case c.Secure && !from.secure:
		return cookieError("set cookie", ErrInvalidCookie, "%.80q is Secure, but the URL is not", c.Name)
	case c.Domain == "":
		c.Domain, c.HostOnly = from.host, true
	case !domainMatch(from.host, cleanDomain(c.Domain)):
		return cookieError("set cookie", ErrCookieDomain, "%.80q: domain %.80q does not cover %.80q", c.Name, c.Domain, from.host)
	}
	return j.Set(c)
}

// keep puts a clean cookie of the user's into a jar that is locked.
func (j *Jar) keep(c Cookie, now time.Time) {
	if c.Created.IsZero() {
		c.Created = now
	}
	j.put(&c, now)
}

// clean brings a cookie of the user's into form, or says why it cannot be kept.
func (j *Jar) clean(c *Cookie) error {
	j.init()
	c.Domain = cleanDomain(c.Domain)
	if c.Path == "" {
		c.Path = "/"
	}
	c.Expires, c.Created = plainTime(c.Expires), plainTime(c.Created)
	bad := func(k *Kind, why string) error { return cookieError("set cookie", k, "%.80q: %s", c.Name, why) }
	switch {
	case !hostLike(c.Domain):
		return bad(ErrCookieDomain, "no domain that could be a host")
	case c.Name == "" && j.options.Rules.nameless(c.Value):
		return bad(ErrInvalidCookie, "no name")
	case c.Path[0] != '/' || strings.IndexByte(c.Path, ';') >= 0 || hasControl(c.Path) || len(c.Path) > maxAttribute || len(c.Domain) > maxAttribute:
		return bad(ErrInvalidCookie, "the path does not begin with a slash, has a semicolon or controls, or is too long")
	case strings.ContainsAny(c.Name, "=;") || strings.IndexByte(c.Value, ';') >= 0 || hasControl(c.Name) || hasControl(c.Value) || j.options.Rules.tabbed(c.Name, c.Value),
		trimBlanks(c.Name) != c.Name || trimBlanks(c.Value) != c.Value:
		return bad(ErrInvalidCookie, "name or value has a separator, a control, or blanks around it")
	case len(c.Name)+len(c.Value) > j.limits.Pair:
		return bad(ErrInvalidCookie, "name and value are too long")
	case sameSiteOf(string(c.SameSite)) != c.SameSite:
		return bad(ErrInvalidCookie, "SameSite is none of Lax, Strict and None")
	}
	if _, ip := address(c.Domain); ip || suffix(c.Domain) {
		c.HostOnly = true
	}
	switch p := prefixOf(c.Name); {
	case p != noPrefix && !c.Secure:
		return bad(ErrCookiePrefix, "the prefix needs Secure")
	case j.options.Rules.engine() && httpName(c.Name) && !(c.Secure && c.HTTPOnly):
		return bad(ErrCookiePrefix, "the prefix needs Secure and HTTPOnly")
	case p == hostPrefix && (!c.HostOnly || c.Path != "/"):
		return bad(ErrCookiePrefix, "the prefix needs HostOnly and the path /")
	}
	return nil
}

// plainTime is a time as files have it: whole, in UTC, without monotonic reading.
func plainTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).UTC()
}

func hasControl(s string) bool {
	for i := range len(s) {
		if control(s[i]) {
			return true
		}
	}
	return false
}

// Get returns the cookie of that name, of several that match the last in the order of [Jar.All].
func (j *Jar) Get(name string, m Match) (Cookie, bool) {
	list := j.named(name, m)
	if len(list) == 0 {
		return Cookie{}, false
	}
	return list[len(list)-1], true
}

func (j *Jar) named(name string, m Match) (list []Cookie) {
	m = m.clean()
	for c := range j.All() {
		if c.Name == name && m.has(&c) {
			list = append(list, c)
		}
	}
	return list
}

// Value returns the value of the cookie of that name, "" when there is none. An ErrCookieConflict says that there are several
// with different values, on the same domain under different paths, or on domains of which none covers the other; then say
// with [Jar.Get] which. Where one covers the other the last in the order of [Jar.All] counts.
func (j *Jar) Value(name string) (string, error) {
	list := j.named(name, Match{})
	if len(list) == 0 {
		return "", nil
	}
	for i, a := range list {
		for _, b := range list[i+1:] {
			related := a.Path == b.Path && (domainMatch(a.Domain, b.Domain) || domainMatch(b.Domain, a.Domain))
			if a.Value != b.Value && !related {
				return "", cookieError("cookie value", ErrCookieConflict, "%.80q has different values for %.80q and %.80q", name, a.Domain+a.Path, b.Domain+b.Path)
			}
		}
	}
	return list[len(list)-1].Value, nil
}

// Delete removes the cookies of that name that match, and returns how many.
func (j *Jar) Delete(name string, m Match) int {
	m = m.clean()
	j.lock()
	defer j.mu.Unlock()
	return j.removeAll(func(c *Cookie) bool { return c.Name == name && m.has(c) })
}

// Clear removes the cookies that match, with the zero Match all, and returns how many.
func (j *Jar) Clear(m Match) int {
	m = m.clean()
	j.lock()
	defer j.mu.Unlock()
	return j.removeAll(m.has)
}

// ClearSession removes the cookies without expiry, as the end of a browser's session does, and returns how many.
func (j *Jar) ClearSession() int {
	j.lock()
	defer j.mu.Unlock()
	return j.removeAll(func(c *Cookie) bool { return c.Expires.IsZero() })
}

// All yields the cookies, the oldest first, as they were when the iteration began. The jar may be used meanwhile.
func (j *Jar) All() iter.Seq[Cookie] {
	return func(yield func(Cookie) bool) {
		for _, c := range j.snapshot() {
			if !yield(c) {
				return
			}
		}
	}
}

func (j *Jar) snapshot() []Cookie {
	j.lock()
	defer j.mu.Unlock()
	list := j.all()
	out := make([]Cookie, len(list))
	for i, e := range list {
		out[i] = e.Cookie
	}
	return out
}

// Len returns how many cookies there are.
func (j *Jar) Len() int {
	j.lock()
	defer j.mu.Unlock()
	return j.count
}

// Merge takes over the cookies of another jar. Those that are there already are replaced and keep their age, as
// far as [JarOptions.Rules] have it so.
func (j *Jar) Merge(from *Jar) {
	list := from.snapshot()
	now := j.lock()
	defer j.mu.Unlock()
	for _, c := range list {
		j.keep(c, now)
	}
}

// Clone returns a jar of its own with the same options and cookies.
func (j *Jar) Clone() *Jar {
	j.init()
	c := NewJar(&j.options)
	c.Merge(j)
	return c
}

// Map returns names and values of the cookies that match. It is for looking, not for keeping: of several cookies of one
// name the last in the order of [Jar.All] is there, and domain, path and expiry are lost.
func (j *Jar) Map(m Match) map[string]string {
	m = m.clean()
	out := map[string]string{}
	for c := range j.All() {
		if m.has(&c) {
			out[c.Name] = c.Value
		}
	}
	return out
}

// String lists the cookies as [Cookie.String] does, without values.
func (j *Jar) String() string {
	var b strings.Builder
	b.WriteString("client.Jar[")
	for i, c := range j.snapshot() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.String())
	}
	b.WriteByte(']')
	return b.String()
}

package client

import (
	"time"
)

// maxCookieAge is how far ahead a cookie may end (RFC 6265bis §5.6.1).
const maxCookieAge = 400 * 24 * time.Hour

// take keeps what a server sets, or drops it (RFC 6265bis §5.7). The jar is locked.
func (j *Jar) take(from origin, s *setCookie, now time.Time) {
	c := Cookie{
		Name: s.name, Value: s.value, Domain: from.host, HostOnly: true, Path: s.path,
		Secure: s.secure, HTTPOnly: s.httpOnly, SameSite: s.sameSite, Partitioned: s.partitioned, Created: now,
	}
	if c.Path == "" {
		c.Path = defaultPath(from.path)
	}
	if !c.widen(s.domain) || c.Secure && !from.secure {
		return
	}
	if j.options.Rules.browser() && !c.Secure && (c.SameSite == SameSiteNone || c.Partitioned) {
		return // as Chromium and Firefox do it
	}
	if !j.options.Rules.promised(&c, s) || !c.Secure && !from.secure && j.overlays(&c) {
		return
	}
	switch {
	case s.hasMaxAge && s.maxAge <= 0:
		j.remove(&c)
		return
	case s.hasMaxAge:
		c.Expires = now.Add(min(time.Duration(s.maxAge)*time.Second, maxCookieAge))
	case s.hasExpires:
		c.Expires = s.expires
	}
	j.put(&c, now)
}

// widen makes a cookie one of a whole domain, if the host may say so.
func (c *Cookie) widen(domain string) bool {
	if domain == "" {
		return true
	}
	if !ascii(domain) {
		return false
	}
	if a, ok := address(domain); ok {
		return a == c.Domain // and host-only all the same: an address has no subdomains
	}
	if suffix(domain) {
		return domain == c.Domain // a suffix for itself only
	}
	if !domainMatch(c.Domain, domain) {
		return false
	}
	c.Domain, c.HostOnly = domain, false
	return true
}

// overlays tells whether a cookie that is not Secure would hide one that is, or take its place: one of the same name, whose
// domain covers it or the other way round, and under whose path it lies (RFC 6265bis §5.7).
func (j *Jar) overlays(c *Cookie) bool {
	s := j.shelves[shelf(c.Domain)]
	if s == nil {
		return false
	}
	for _, e := range s.list {
		if e.Secure && e.Name == c.Name && pathMatch(c.Path, e.Path) &&
			(domainMatch(c.Domain, e.Domain) || domainMatch(e.Domain, c.Domain)) {
			return true
		}
	}
	return false
}

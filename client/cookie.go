package client

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Cookie is what a server or a user has put into a [Jar]. Name and Value are bytes and go out as they came in, quotes
// included.
type Cookie struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Domain is the host that the cookie is for, in lower case and without leading dot; an IPv6 address has no brackets.
	Domain string `json:"domain"`
	// HostOnly keeps the cookie from the subdomains of Domain.
	HostOnly bool `json:"hostOnly"`
	// Path is the path under which the cookie is sent; it begins with a slash.
	Path string `json:"path"`
	// Expires is the end of the cookie, at most 400 days after it was set. Zero: the end of the session, which a jar
	// leaves to its user; see [Jar.ClearSession].
	Expires time.Time `json:"expires,omitzero"`
	// Secure keeps the cookie to https, and to http on the machine itself.
	Secure bool `json:"secure,omitempty"`
	// HTTPOnly, SameSite and Partitioned are kept and saved but change nothing: there are no scripts that could read a
	// cookie, and a jar does not know which page a request comes from.
	HTTPOnly    bool     `json:"httpOnly,omitempty"`
	SameSite    SameSite `json:"sameSite,omitempty"`
	Partitioned bool     `json:"partitioned,omitempty"`
	// Created is when the cookie was first set, with RulesChromium when it got its value. Of two with paths of the same length the older one is sent first.
	Created time.Time `json:"created,omitzero"`
}

// SameSite is the attribute of that name (RFC 6265bis §4.1.2.7).
type SameSite string

// The values of SameSite. The zero value stands for no attribute, or for one with another value.
const (
	SameSiteDefault SameSite = ""
	SameSiteLax     SameSite = "Lax"
	SameSiteStrict  SameSite = "Strict"
	SameSiteNone    SameSite = "None"
)

// String returns the cookie for logs: "name=… for domain/path" with the value hidden.
func (c Cookie) String() string {
	return printable(c.Name) + "=[redacted] for " + printable(c.Domain) + printable(c.Path)
}

// expired tells whether the cookie has come to its end.
func (c *Cookie) expired(now time.Time) bool { return !c.Expires.IsZero() && !c.Expires.After(now) }

// same tells whether one cookie takes the other's place (RFC 6265bis §5.7: name, domain, host-only-flag and path).
func (c *Cookie) same(d *Cookie) bool {
	return c.Name == d.Name && c.Domain == d.Domain && c.HostOnly == d.HostOnly && c.Path == d.Path
}

// write writes what the cookie is in a Cookie field. One without name has no "=" (RFC 6265bis §5.8.3).
func (c *Cookie) write(b *strings.Builder) {
	if c.Name != "" {
		b.WriteString(c.Name)
		b.WriteByte('=')
	}
	b.WriteString(c.Value)
}

func (c *Cookie) pairLen() int {
	if c.Name == "" {
		return len(c.Value)
	}
	return len(c.Name) + 1 + len(c.Value)
}

// Match chooses cookies of a [Jar]: empty fields match all, others exactly. Case and one leading dot do not matter in a
// domain; a.test does not choose the cookies of www.a.test.
type Match struct {
	Domain, Path string
}

func (m Match) has(c *Cookie) bool {
	return (m.Domain == "" || m.Domain == c.Domain) && (m.Path == "" || m.Path == c.Path)
}

func (m Match) clean() Match {
	m.Domain = cleanDomain(m.Domain)
	return m
}

// cleanDomain brings a domain into the form of [Cookie.Domain].
func cleanDomain(d string) string {
	d = lower(strings.TrimPrefix(d, "."))
	if a, ok := address(d); ok {
		return a
	}
	return d
}

// validUTF8 tells whether JSON can hold the cookie.
func validUTF8(c *Cookie) bool {
	return utf8.ValidString(c.Name) && utf8.ValidString(c.Value) && utf8.ValidString(c.Path)
}

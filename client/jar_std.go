package client

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// SetCookies is [Jar.Store] for cookies that net/http has read; it is part of [http.CookieJar].
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	from, ok := originFor(u)
	if !ok {
		return
	}
	now := j.lock()
	defer j.mu.Unlock()
	if len(cookies) > j.limits.Response {
		cookies = cookies[:j.limits.Response]
	}
	for _, c := range cookies {
		if c == nil {
			continue
		}
		if s, ok := parseSetCookie(lineOf(c), j.options.Rules, &j.limits); ok {
			j.take(from, &s, now)
		}
	}
}

// lineOf returns a Set-Cookie line that says what net/http has read. A part with a semicolon cannot be said, and the cookie
// is none.
func lineOf(c *http.Cookie) string {
	value := c.Value
	if c.Quoted {
		value = `"` + value + `"`
	}
	if strings.ContainsAny(c.Name, "=;") || strings.Contains(value, ";") || strings.Contains(c.Path, ";") || strings.Contains(c.Domain, ";") {
		return ""
	}
	line := c.Name + "=" + value
	add := func(name, value string) {
		if value != "" {
			line += "; " + name + "=" + value
		}
	}
	add("Domain", c.Domain)
	add("Path", c.Path)
	switch {
	case c.MaxAge > 0:
		line += "; Max-Age=" + strconv.Itoa(c.MaxAge)
	case c.MaxAge < 0:
		line += "; Max-Age=0"
	}
	switch {
	case !c.Expires.IsZero():
		add("Expires", c.Expires.UTC().Format(time.RFC1123))
	case !strings.Contains(c.RawExpires, ";"):
		add("Expires", c.RawExpires)
	}
	switch c.SameSite {
	case http.SameSiteLaxMode:
		add("SameSite", string(SameSiteLax))
	case http.SameSiteStrictMode:
		add("SameSite", string(SameSiteStrict))
	case http.SameSiteNoneMode:
		add("SameSite", string(SameSiteNone))
	}
	if c.Secure {
		line += "; Secure"
	}
	if c.HttpOnly {
		line += "; HttpOnly"
	}
	if c.Partitioned {
		line += "; Partitioned"
	}
	return line
}

// Cookies is [Jar.For] for net/http: names and values only, as its client writes them; it is part of [http.CookieJar].
func (j *Jar) Cookies(u *url.URL) []*http.Cookie {
	list := j.For(u)
	if len(list) == 0 {
		return nil
	}
	out := make([]*http.Cookie, len(list))
	for i, c := range list {
		h := &http.Cookie{Name: c.Name, Value: c.Value}
		if n := len(c.Value); n > 1 && c.Value[0] == '"' && c.Value[n-1] == '"' {
			h.Value, h.Quoted = c.Value[1:n-1], true
		}
		out[i] = h
	}
	return out
}

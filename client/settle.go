package client

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// rules returns the settings of a call.
func (s *Session) rules(c *Call) rules {
	r := rules{
		redirect: c.Redirect.Or(s.redirect), retry: c.Retry.Or(s.retry), timeouts: c.Timeouts.Or(s.timeouts),
		jar: s.jar, failing: c.FailOnStatus.Or(s.failing), text: c.Text.Or(s.text),
	}
	if r.jar != nil && c.DiscardCookies {
		r.jar = r.jar.Clone()
	}
	return r
}

// settle takes over the options that concern calls; they are valid.
func (s *Session) settle(o *Options) {
	if o.BaseURL != "" {
		s.base, _ = parseWeb(o.BaseURL)
	}
	s.scheme, s.bare = o.DefaultScheme, o.NoDefaultHeader
	s.text = o.Text
	s.query, s.redirect, s.retry, s.timeouts, s.auth, s.failing = o.Query, o.Redirect, o.Retry, o.Timeouts, o.Auth, o.FailOnStatus
	if s.jar = o.Cookies; s.jar == nil && !o.NoCookies {
		s.jar = NewJar(&JarOptions{Now: s.now, Rules: s.transport.cookieRules()})
	}
	s.options, s.done = connectionless(o), make(chan struct{})
	s.options.Transport, s.options.Cookies = s.transport, s.jar
	s.dumping = &sync.Mutex{}
	s.witness = newWitness(o.Logger, o.Dump, s.dumping)
	if o.MaxInFlight > 0 {
		s.places = make(chan struct{}, o.MaxInFlight)
	}
}

// connectionless returns the options without those that a transport has.
func connectionless(o *Options) Options {
	return Options{
		Header: o.Header, Remove: o.Remove, NoDefaultHeader: o.NoDefaultHeader, Text: o.Text, BaseURL: o.BaseURL, DefaultScheme: o.DefaultScheme, Query: o.Query, NoCookies: o.NoCookies, Redirect: o.Redirect, Retry: o.Retry,
		Timeouts: o.Timeouts, Auth: o.Auth, Netrc: o.Netrc, FailOnStatus: o.FailOnStatus, Logger: o.Logger, Dump: o.Dump, MaxInFlight: o.MaxInFlight, MaxBody: o.MaxBody,
	}
}

// cookies returns a jar with the cookies of the call alone, nil without any.
func (s *Session) cookies(u *url.URL, c *Call) (*Jar, error) {
	if len(c.Cookies) == 0 {
		return nil, nil
	}
	own := NewJar(&JarOptions{Now: s.now, Rules: s.transport.cookieRules()})
	for _, cookie := range c.Cookies {
		var e *Error
		if err := own.SetFor(u, cookie); errors.As(err, &e) {
			return nil, &fault{e.Kind, fmt.Errorf("Call.Cookies: %w", e.Err)} // as a part of the call's own error
		}
	}
	return own, nil
}

// url reads the URL of a call, with its query and the session's; user is what stands in front of its host, and target, with
// [Call.RawURL], path and query as they are written.
func (s *Session) url(raw string, c *Call) (u *url.URL, user *url.Userinfo, target string, err error) {
	if raw, err = withQuery(s.schemed(raw), s.query, c.Query); err != nil {
		return nil, nil, "", err
	}
	if c.RawURL {
		if target, err = rawTarget(raw); err != nil {
			return nil, nil, "", err
		}
		raw = plan.Mended(raw) // the target is what the caller wrote
	}
	if s.base != nil {
		u, err = resolve(s.base, raw)
	} else {
		u, err = parseWeb(raw)
		if _, fragment, ok := strings.Cut(raw, "#"); ok && err == nil {
			setFragment(u, fragment)
		}
	}
	if err != nil {
		return nil, nil, "", err
	}
	user, u.User = u.User, nil
	return u, user, target, nil
}

// schemed returns the URL with the default scheme if it has none.
func (s *Session) schemed(raw string) string {
	switch {
	case s.scheme == "" || hasScheme(raw):
		return raw
	case strings.HasPrefix(raw, "//"):
		return s.scheme + ":" + raw
	}
	return s.scheme + "://" + raw
}

// hasScheme tells whether a URL begins with a scheme and two slashes.
func hasScheme(raw string) bool {
	i := strings.IndexAny(raw, "/?#")
	return i > 0 && raw[i-1] == ':' && strings.HasPrefix(raw[i:], "//")
}

// withQuery adds pairs to the query of a URL reference. A pair whose name is there once, and once among the new ones,
// replaces what is there; all others are appended. Without new pairs nothing changes; with some, the query that is there is
// encoded anew, as a form.
func withQuery(raw string, sets ...Pairs) (string, error) {
	changed := false
	for _, set := range sets {
		if err := set.check("query"); err != nil {
			return "", err
		}
		changed = changed || len(set) > 0
	}
	if !changed {
		return raw, nil
	}
	raw, fragment, hasFragment := strings.Cut(raw, "#")
	path, query, _ := strings.Cut(raw, "?")
	pairs := parsePairs(query)
	for _, set := range sets {
		pairs = pairs.merge(set)
	}
	out := path + "?" + pairs.Encode()
	if hasFragment {
		out += "#" + fragment
	}
	return out, nil
}

// parsePairs reads a query as a form (WHATWG URL §5.1). An escape that is none stays as it is.
func parsePairs(query string) (p Pairs) {
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		p.Add(unescape(name), unescape(value))
	}
	return p
}

func unescape(s string) string {
	s = strings.ReplaceAll(s, "+", " ")
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}

// merge returns the pairs with those of set put in.
func (p Pairs) merge(set Pairs) Pairs {
	count := func(list Pairs, name string) (n, at int) {
		for i := range list {
			if list[i].Name == name {
				n, at = n+1, i
			}
		}
		return n, at
	}
	old := append(Pairs(nil), p...)
	out := append(Pairs(nil), p...)
	for _, x := range set {
		have, at := count(old, x.Name)
		if given, _ := count(set, x.Name); have == 1 && given == 1 {
			out[at] = x
			continue
		}
		out = append(out, x)
	}
	return out
}

// now is the clock of cookies and of Retry-After.
func (s *Session) now() time.Time {
	if s.transport.Time != nil {
		return s.transport.Time()
	}
	return time.Now()
}

// random returns a number from 0 to 1. Without a source that works it is a half: it only spreads retries.
func (s *Session) random() float64 {
	var b [8]byte
	if _, err := io.ReadFull(s.transport.random(), b[:]); err != nil {
		return 0.5
	}
	return float64(binary.LittleEndian.Uint64(b[:])>>11) / (1 << 53)
}

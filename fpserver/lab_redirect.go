package fpserver

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	maxHops      = 100
	redirectPath = "/redirect-lab"
	nextMark     = "{next}" // in location, the reference to the next hop
)

// hopParameters are the parameters that differ from hop to hop: of a parameter that is given several times each hop takes
// the first and leaves the others to the next one, the last stays.
var hopParameters = []string{"status", "form", "origin", "location", "cookie", "size"}

// hop is one hop of a chain.
type hop struct {
	left   int64 // hops after this one
	rest   string
	status int
	form   string
	origin string
	raw    string // Location as the query says
	cookie []string
	size   int64
}

// redirectForms are the forms of the Location field. base is scheme://host, next the path and query of the next hop.
var redirectForms = []struct {
	name string
	make func(base *url.URL, next string) []string
}{
	{"path", func(_ *url.URL, next string) []string { return []string{next} }},
	{"relative", func(_ *url.URL, next string) []string { return []string{next[1:]} }},
	{"query", func(_ *url.URL, next string) []string { return []string{strings.TrimPrefix(next, redirectPath)} }},
	{"dots", func(_ *url.URL, next string) []string { return []string{"/a/./b/../.." + next} }},
	{"absolute", func(base *url.URL, next string) []string { return []string{base.String() + next} }},
	{"network", func(base *url.URL, next string) []string { return []string{"//" + base.Host + next} }},
	{"upper", func(base *url.URL, next string) []string {
		return []string{strings.ToUpper(base.String()) + next}
	}},
	{"userinfo", func(base *url.URL, next string) []string {
		return []string{base.Scheme + "://user:secret@" + base.Host + next}
	}},
	{"fragment", func(_ *url.URL, next string) []string { return []string{next + "#fragment"} }},
	{"utf8", func(_ *url.URL, next string) []string { return []string{next + "&note=\u00e9"} }},
	{"latin1", func(_ *url.URL, next string) []string { return []string{next + "&note=\xe9"} }},
	{"space", func(_ *url.URL, next string) []string { return []string{next + "&note=a b"} }},
	{"empty", func(*url.URL, string) []string { return []string{""} }},
	{"none", func(*url.URL, string) []string { return nil }},
	{"two", func(_ *url.URL, next string) []string { return []string{next, redirectPath + "?n=0"} }},
	{"same", func(_ *url.URL, next string) []string { return []string{next, next} }},
	{"self", nil}, // the same target again, for ever
}

// redirectLab answers with one hop of a chain, or at its end with the request.
func (s *Server) redirectLab(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	left, h := readHop(q, r)
	if left == 0 {
		if q.done(w) {
			s.echo(w, r)
		}
		return
	}
	locations := h.locations(q, r)
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	if locations != nil {
		w.Header()["Location"] = locations
	}
	if len(h.cookie) > 0 {
		w.Header()["Set-Cookie"] = h.cookie
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	if h.status != http.StatusNotModified {
		setLength(w.Header(), h.size)
	}
	w.WriteHeader(h.status)
	if r.Method != http.MethodHead && h.status != http.StatusNotModified {
		writePattern(w, 0, h.size)
	}
}

// readHop reads how many hops are left, this one among them, and what this one is like.
func readHop(q *labQuery, r *http.Request) (left int64, h hop) {
	here, rest := map[string]string{}, []string{}
	hops := 1
	for _, name := range hopParameters {
		all := q.list(name, maxHops)
		if len(all) == 0 {
			continue
		}
		hops = max(hops, len(all))
		here[name] = all[0]
		if len(all) > 1 {
			all = all[1:]
		}
		for _, v := range all {
			rest = append(rest, name+"="+url.QueryEscape(v))
		}
	}
	q.text("note", "")
	left = q.number("n", int64(hops), 0, maxHops)
	one := &labQuery{rest: url.Values{}, err: q.err}
	for name, v := range here {
		one.rest.Set(name, v)
	}
	h = hop{left: left - 1, rest: strings.Join(rest, "&")}
	h.status = int(one.number("status", http.StatusFound, 300, 399))
	names := make([]string, 0, len(redirectForms))
	for _, f := range redirectForms {
		names = append(names, f.name)
	}
	h.form = names[0]
	if one.rest.Get("form") != "" {
		h.form = one.word("form", names...)
	}
	h.origin = one.text("origin", "")
	h.raw = one.value(r, "location", "")
	h.size = one.number("size", 0, 0, maxLabBody)
	if lines := one.text("cookie", ""); lines != "" {
		h.cookie = strings.Split(lines, "\n")
	}
	for _, line := range h.cookie {
		if err := checkValue(r, line); err != nil {
			one.fail("cookie: %w", err)
		}
	}
	q.err = one.err
	return left, h
}

// next returns the reference to the next hop.
func (h *hop) next() string {
	next := redirectPath + "?n=" + strconv.FormatInt(h.left, 10)
	if h.rest != "" {
		next += "&" + h.rest
	}
	return next
}

// locations returns the Location fields of the hop.
func (h *hop) locations(q *labQuery, r *http.Request) []string {
	if h.raw != "" {
		raw := strings.ReplaceAll(h.raw, nextMark, h.next())
		if host, ok := hostOf(raw); ok && !isOwnMachine(host) {
			q.fail("location leads to %q, only this machine (localhost, 127.0.0.0/8, [::1]) is allowed", host)
		}
		return []string{raw}
	}
	if h.form == "self" {
		return []string{r.URL.RequestURI()}
	}
	base := &url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		base.Scheme = "https"
	}
	form := h.form
	if h.origin != "" {
		o, err := url.Parse(h.origin)
		if err != nil || o.Scheme != "http" && o.Scheme != "https" || *o != (url.URL{Scheme: o.Scheme, Host: o.Host}) || !isOwnMachine(o.Hostname()) {
			q.fail("origin must be http:// or https:// and a host of this machine (localhost, 127.0.0.0/8, [::1]), with its port")
			return nil
		}
		base = o
		if !slices.Contains([]string{"absolute", "network", "upper", "userinfo"}, form) {
			if form != "path" {
				q.fail("origin does not go with the form %s", form)
			}
			form = "absolute"
		}
	}
	for _, f := range redirectForms {
		if f.name == form {
			return f.make(base, h.next())
		}
	}
	return nil
}

// hostOf returns the host that a browser would find in a Location field; false when it has none and so stays where it
// is. It follows the WHATWG URL standard in what hides a host: blanks, backslashes, missing and surplus slashes.
func hostOf(location string) (string, bool) {
	ref := strings.Map(func(c rune) rune {
		switch {
		case c == '\\':
			return '/'
		case c == '\t', c == '\n', c == '\r':
			return -1
		}
		return c
	}, strings.TrimFunc(location, func(c rune) bool { return c <= ' ' }))
	ref, _, _ = strings.Cut(ref, "#")
	ref, _, _ = strings.Cut(ref, "?")
	scheme, rest, ok := strings.Cut(ref, ":")
	switch {
	case ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")):
	case ok && !strings.Contains(scheme, "/"):
		if !strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "///") {
			return "", false // an opaque one such as data:, or one without a host such as file:///
		}
	case strings.HasPrefix(ref, "//"):
		rest = ref
	default:
		return "", false
	}
	authority, _, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	if authority == "" {
		return "", false
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]"), true
}

// isOwnMachine tells whether a host without its port is this machine in any case.
func isOwnMachine(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Zone() == "" && (a.Unmap().IsLoopback() || a.Unmap().IsUnspecified())
}

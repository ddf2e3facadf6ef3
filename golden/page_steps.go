package golden

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// step is one request of the page that the goldens of kinds are about: what its caller says of it.
type step struct {
	name string
	kind profiles.Kind
	// method is GET if empty.
	method string
	// page is where the request comes from: the path of a page of the server, the URL of a page of another site, empty for
	// an address that was typed in.
	page                  string
	scripted, credentials bool
	cookie                string
	// content is the type of body.
	content, body string
	// own are the fields that a script gives the request, or that tell what a preflight asks for.
	own []fingerprint.Field
	// accept is what a script gives in place of the browser's Accept.
	accept string
	// redirect says that the server answers with a redirect to the next step, follows that the one before led here.
	redirect, follows bool
}

const (
	samePage   = "/page"
	otherPage  = "https://wire.test/page"
	cookies    = "a=1; session=0123456789abcdef0123456789abcdef"
	jsonBody   = `{"a":1}`
	jsonType   = "application/json"
	formType   = "application/x-www-form-urlencoded"
	storageNot = "none" // Sec-Fetch-Storage-Access, as all recordings have it
)

// pageSteps are every kind of request, from a page of the server and, where that changes something, from another site.
// All are made on one connection, one after the other. The handshake of a WebSocket has a connection of its own.
var pageSteps = []step{
	{name: "navigate", kind: profiles.Navigate},
	{name: "style", kind: profiles.Style, page: samePage},
	{name: "script", kind: profiles.Script, page: samePage},
	{name: "image", kind: profiles.Image, page: samePage, cookie: cookies},
	{name: "favicon", kind: profiles.Favicon, page: samePage},
	{name: "fetch", kind: profiles.Fetch, page: samePage, cookie: cookies},
	{name: "fetch-post", kind: profiles.Fetch, method: http.MethodPost, page: samePage, cookie: cookies, content: jsonType, body: jsonBody},
	{name: "fetch-own", kind: profiles.Fetch, page: samePage, accept: "text/plain", own: []fingerprint.Field{{Name: "X-Own", Value: "1"}}},
	{name: "xhr", kind: profiles.XHR, page: samePage, cookie: cookies},
	{name: "no-cors", kind: profiles.NoCORS, page: samePage, cookie: cookies},
	{name: "iframe", kind: profiles.Iframe, page: samePage, cookie: cookies},
	{name: "form", kind: profiles.Form, method: http.MethodPost, page: samePage, cookie: cookies, content: formType, body: "a=1"},
	{name: "scripted-form", kind: profiles.Form, method: http.MethodPost, page: samePage, scripted: true, cookie: cookies, content: formType, body: "a=1"},
	{name: "click", kind: profiles.Navigate, page: samePage, cookie: cookies},
	{name: "link", kind: profiles.Navigate, page: samePage, scripted: true, cookie: cookies},
	{name: "reload", kind: profiles.Reload, page: samePage, scripted: true},
	{name: "cross-preflight", kind: profiles.Preflight, method: http.MethodOptions, page: otherPage, own: []fingerprint.Field{
		{Name: "Access-Control-Request-Method", Value: "POST"}, {Name: "Access-Control-Request-Headers", Value: "content-type"},
	}},
	{name: "cross-fetch-post", kind: profiles.Fetch, method: http.MethodPost, page: otherPage, content: jsonType, body: jsonBody},
	{name: "cross-fetch", kind: profiles.Fetch, page: otherPage, credentials: true},
	{name: "cross-no-cors", kind: profiles.NoCORS, page: otherPage},
	{name: "cross-image", kind: profiles.Image, page: otherPage},
	{name: "cross-iframe", kind: profiles.Iframe, page: otherPage},
	{name: "cross-link", kind: profiles.Navigate, page: otherPage, scripted: true},
}

// plainSteps are those that are recorded over http, or that nothing but the scheme sets apart: none from another site.
var plainSteps = slices.DeleteFunc(slices.Clone(pageSteps), func(s step) bool { return s.cross() })

// socketStep is the handshake of a WebSocket that a page of the server opens.
var socketStep = step{name: "websocket", kind: profiles.WebSocket, page: samePage}

// redirectSteps are a visit and a fetch that is redirected within the server.
var redirectSteps = []step{
	{name: "navigate", kind: profiles.Navigate},
	{name: "fetch", kind: profiles.Fetch, page: samePage, cookie: cookies, redirect: true},
	{name: "fetch", kind: profiles.Fetch, page: samePage, cookie: cookies, follows: true},
}

// cross tells whether the page is another site's.
func (s *step) cross() bool { return strings.HasPrefix(s.page, "https:") }

// resolve fills the slots of a kind's list for the step, by the rules of Fetch, Referrer Policy and Fetch Metadata. guessed
// tells of the fields whose place is a guess: cookies and own fields are left out of the step there. The authority of the
// server is "*".
func (s *step) resolve(list profiles.FieldList, guessed func(key string) bool) (out []fingerprint.Field) {
	add := func(name, value string) {
		if value != "" {
			out = append(out, fingerprint.Field{Name: name, Value: value})
		}
	}
	lower := indexOf(list, ":method") >= 0
	for _, f := range list {
		switch key := strings.ToLower(f.Name); key {
		case "*":
			for _, x := range s.own {
				if indexOf(list, x.Name) >= 0 || guessed("own") {
					continue
				}
				if lower {
					x.Name = strings.ToLower(x.Name)
				}
				add(x.Name, x.Value)
			}
		case "cookie":
			if guessed(key) {
				continue
			}
			crumbs := []string{s.cookie}
			if lower { // RFC 9113 §8.2.3: both engines make use of it
				crumbs = strings.Split(s.cookie, "; ")
			}
			for _, c := range crumbs {
				add(f.Name, c)
			}
		case ":method":
			add(f.Name, s.verb())
		case "accept":
			if s.accept == "" {
				add(f.Name, f.Value)
			} else if indexOf(out, key) < 0 { // the first of two places is a script's
				add(f.Name, s.accept)
			}
		case "sec-fetch-user":
			if !s.scripted {
				add(f.Name, f.Value)
			}
		default:
			if value, fixed := s.slot(key); fixed {
				f.Value = value
			}
			if f.Value == "" && isIdentity(key) { // old headless builds have empty hints; the browser has its own
				out = append(out, fingerprint.Field{Name: f.Name})
			}
			add(f.Name, f.Value)
		}
	}
	return out
}

func (s *step) verb() string {
	if s.method == "" {
		return http.MethodGet
	}
	return s.method
}

// slot returns the value of a field that depends on the request, if key is one.
func (s *step) slot(key string) (value string, fixed bool) {
	switch key {
	case "content-type":
		return s.content, true
	case "content-length":
		if s.body == "" {
			return "", true
		}
		return strconv.Itoa(len(s.body)), true
	case "sec-fetch-site":
		switch {
		case s.page == "":
			return "none", true
		case s.cross():
			return "cross-site", true
		}
		return "same-origin", true
	case "referer":
		return s.referer(), true
	case "origin":
		return s.origin(), true
	case storageKey:
		return s.storage(), true
	case "sec-websocket-key":
		return "*", true
	case "access-control-request-method", "access-control-request-headers":
		return valueOf(s.own, key), true
	}
	return "", false
}

// referer follows the policy strict-origin-when-cross-origin; a WebSocket has none.
func (s *step) referer() string {
	switch {
	case s.page == "" || s.kind == profiles.WebSocket:
		return ""
	case s.cross():
		return strings.TrimSuffix(s.page, samePage) + "/"
	}
	return "https://*" + s.page
}

// origin is there with methods that change something, with mode "cors" across origins, and always with a preflight and a
// WebSocket.
func (s *step) origin() string {
	cors := s.kind == profiles.Fetch || s.kind == profiles.XHR
	always := s.kind == profiles.Preflight || s.kind == profiles.WebSocket
	if !always && s.verb() == http.MethodGet && !(cors && s.cross()) {
		return ""
	}
	if s.cross() {
		return strings.TrimSuffix(s.page, samePage)
	}
	return "https://*"
}

// storage is there with a request to another site that takes cookies along, but for navigations of the top level.
func (s *step) storage() string {
	asks := slices.Contains([]profiles.Kind{profiles.Image, profiles.Style, profiles.Script, profiles.Favicon, profiles.Iframe}, s.kind)
	if s.cross() && (asks || s.credentials) {
		return storageNot
	}
	return ""
}

// conditions are those of the shapes that the step has.
func (s *step) conditions(list profiles.FieldList) (out []profiles.Condition) {
	if s.content != "" {
		out = append(out, profiles.WithContent)
	}
	if slices.ContainsFunc(s.own, func(f fingerprint.Field) bool { return indexOf(list, f.Name) < 0 }) {
		out = append(out, profiles.WithOwn)
	}
	return out
}

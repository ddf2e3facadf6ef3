package profiles

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// fetchMetadata has Sec-Fetch-Mode and Sec-Fetch-Dest of the kinds (Fetch Metadata §2; all captures agree).
var fetchMetadata = map[Kind][2]string{
	Navigate: {"navigate", "document"}, Reload: {"navigate", "document"}, Form: {"navigate", "document"}, Iframe: {"navigate", "iframe"},
	Style: {"no-cors", "style"}, Script: {"no-cors", "script"}, Image: {"no-cors", "image"}, Favicon: {"no-cors", "image"},
	Fetch: {"cors", "empty"}, XHR: {"cors", "empty"}, NoCORS: {"no-cors", "empty"}, Preflight: {"cors", "empty"},
	WebSocket: {"websocket", "empty"},
}

// kindOf tells the kind of an observed request from its fields, as far as they tell: an XMLHttpRequest is a fetch, an icon
// an image. Empty: another one.
func kindOf(fields []fingerprint.Field) Kind {
	get := func(name string) string { return fieldValue(fields, name) }
	mode, dest := get("sec-fetch-mode"), get("sec-fetch-dest")
	switch {
	case get("upgrade") == "websocket" || get("sec-websocket-key") != "":
		return WebSocket
	case get("access-control-request-method") != "":
		return Preflight
	case mode == "navigate" && dest == "document" && get("content-type") != "":
		return Form
	case mode == "" && strings.HasPrefix(get("accept"), "text/html,application/xhtml+xml"):
		return Navigate
	}
	for _, k := range []Kind{Navigate, Iframe, Style, Script, Image, Fetch, NoCORS} {
		if m := fetchMetadata[k]; m == [2]string{mode, dest} {
			return k
		}
	}
	return ""
}

// navigation tells whether the kind loads a document.
func navigation(k Kind) bool {
	return slices.Contains([]Kind{Navigate, Reload, Form, Iframe}, k)
}

// kinds judges what goes together with the kind of a request.
func (l *linter) kinds(r *request) {
	a := l.agentFor(r)
	if want, ok := fetchMetadata[r.kind]; ok && r.model {
		for i, name := range []string{"sec-fetch-mode", "sec-fetch-dest"} {
			if text, ok := r.value(name); ok && text != want[i] {
				l.add(r.at(name), "fetch-metadata", "", "%s: %.80q, but a request of kind %q has %s", name, text, r.kind, want[i])
			}
		}
	}
	l.fetchUser(r, a)
	l.fetchSite(r)
	l.origin(r, a)
	if text, ok := r.value("upgrade-insecure-requests"); a.engine != "webkit" && ok != navigation(r.kind) && r.kind != "" {
		if ok {
			l.add(r.at("upgrade-insecure-requests"), "upgrade-insecure-requests", "", "%.80q with a request of kind %q; only documents are asked for with it", text, r.kind)
		} else if !r.loose {
			l.add(r.at("upgrade-insecure-requests"), "upgrade-insecure-requests", "", "the field is missing, but browsers ask for documents with it")
		}
	}
	l.accept(r, a)
}

// fetchUser: Sec-Fetch-User says that a person navigated: ?1, or the field is not there. Safari never sends it.
func (l *linter) fetchUser(r *request, a *agent) {
	text, ok := r.value("sec-fetch-user")
	site, _ := r.value("sec-fetch-site")
	at := r.at("sec-fetch-user")
	switch {
	case ok && a.engine == "webkit":
		l.add(at, "fetch-user", "", "%s sends no sec-fetch-user", a.String())
	case ok && text != "?1":
		l.add(at, "fetch-user", "Fetch Metadata §2.3", "%.80q; the field is ?1 or not there", text)
	case ok && !navigation(r.kind) && r.kind != "":
		l.add(at, "fetch-user", "", "?1 with a request of kind %q; only navigations by a person have it", r.kind)
	case !ok && r.kind == Navigate && site == "none" && a.engine != "webkit" && !r.loose:
		l.add(at, "fetch-user", "", "?1 is missing, but a navigation from no site (an address that was typed in) is a person's")
	}
}

// fetchSite: only a navigation that a person began elsewhere than on a page comes from no site.
func (l *linter) fetchSite(r *request) {
	site, ok := r.value("sec-fetch-site")
	if !ok {
		return
	}
	at := r.at("sec-fetch-site")
	switch {
	case !slices.Contains([]string{"none", "same-origin", "same-site", "cross-site"}, site):
		l.add(at, "fetch-site", "Fetch Metadata §2.4", "%.80q is none of none, same-origin, same-site and cross-site", site)
	case site == "none" && r.kind != Navigate && r.kind != Reload && r.kind != "":
		l.add(at, "fetch-site", "", "none with a request of kind %q; only a navigation comes from no site", r.kind)
	case site == "none" && r.has("referer"):
		l.add(r.at("referer"), "fetch-site", "", "a referer, although sec-fetch-site is none")
	}
}

// origin: a request that is neither GET nor HEAD has an Origin (Fetch §3.2); so have preflights and WebSockets. Safari
// was not recorded with either.
func (l *linter) origin(r *request, a *agent) {
	safe := r.method == "GET" || r.method == "HEAD" || r.method == ""
	if r.model || r.loose || !r.secure || a.engine == "webkit" || r.kind == "" || safe && r.kind != WebSocket && r.kind != Preflight {
		return
	}
	if !r.has("origin") {
		l.add(r.at("origin"), "origin", "", "%.20q without an origin, but browsers send one with every method but GET and HEAD, and with a WebSocket", r.method)
	}
}

// accept judges the field accept by kind. A script may give its own with fetch and XMLHttpRequest, but hardly that of a
// navigation.
func (l *linter) accept(r *request, a *agent) {
	text, ok := r.value("accept")
	if !ok {
		return
	}
	at := r.at("accept")
	document := a.wants("accept")
	switch {
	case navigation(r.kind):
		if len(document) > 0 && !slices.Contains(document, text) {
			l.add(at, "accept", recorded("accept", text), "%s, but %s has %s", visible(text), a.String(), strings.Join(document, ", or "))
		}
	case strings.HasPrefix(text, "text/html,application/xhtml+xml") && r.kind != "":
		l.add(at, "accept", "", "what a navigation accepts, with a request of kind %q", r.kind)
	case r.kind == Style && text != "text/css,*/*;q=0.1":
		l.add(at, "accept", "", "%.200q, but browsers ask for styles with text/css,*/*;q=0.1", text)
	case (r.kind == Script || r.kind == NoCORS || r.model && slices.Contains([]Kind{Fetch, XHR, Preflight}, r.kind)) && text != "*/*":
		if r.kind != NoCORS || r.model {
			l.add(at, "accept", "", "%.200q, but browsers have */* with %q", text, r.kind)
		}
	case (r.kind == Image || r.kind == Favicon) && !strings.HasPrefix(text, "image/"):
		l.add(at, "accept", "", "%.200q, but browsers ask for images with image types first", text)
	}
}

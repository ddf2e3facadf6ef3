package profiles

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// The orders in which engines write fields; of each, those that are there. All are from captures/chromium*,
// captures/firefox* and, for Safari, from the published signatures. What is in none of them moves with the build or with what
// a script adds (Chromium keeps a fetch's fields in a hash table): Origin, Content-Type, own fields.
var (
	orderDocument = strings.Fields("host connection content-length pragma cache-control sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform " +
		"upgrade-insecure-requests user-agent accept sec-fetch-site sec-fetch-mode sec-fetch-user sec-fetch-dest sec-fetch-storage-access " +
		"referer accept-encoding accept-language cookie priority")
	// orderFollowed is that behind a redirect: captures/chromium156/redirects-*.json.
	orderFollowed = strings.Fields("host connection content-length pragma cache-control " +
		"upgrade-insecure-requests user-agent accept sec-fetch-site sec-fetch-mode sec-fetch-user sec-fetch-dest sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform " +
		"sec-fetch-storage-access referer accept-encoding accept-language cookie priority")
	orderFetch = strings.Fields("host connection content-length sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-storage-access " +
		"referer accept-encoding accept-language cookie priority")
	orderFetchOld  = strings.Fields("sec-ch-ua sec-ch-ua-mobile user-agent sec-fetch-site")
	orderFetchNew  = strings.Fields("sec-ch-ua-platform user-agent sec-ch-ua sec-ch-ua-mobile sec-fetch-site")
	orderPreflight = strings.Fields("host connection accept access-control-request-method access-control-request-headers origin user-agent " +
		"sec-fetch-mode sec-fetch-site sec-fetch-dest referer accept-encoding accept-language priority")
	orderWebSocket = strings.Fields("host connection pragma cache-control user-agent upgrade origin sec-websocket-version accept-encoding " +
		"accept-language cookie sec-websocket-key sec-websocket-extensions")
	orderFirefox = strings.Fields("host user-agent accept accept-language accept-encoding connection cookie upgrade-insecure-requests " +
		"sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user priority pragma cache-control upgrade te")
	orderSafari15 = strings.Fields("user-agent accept accept-language accept-encoding")
	orderSafari17 = strings.Fields("accept sec-fetch-site accept-encoding sec-fetch-mode user-agent accept-language sec-fetch-dest")
	orderSafari18 = strings.Fields("sec-fetch-dest user-agent accept sec-fetch-site sec-fetch-mode accept-language priority accept-encoding")
)

// order judges the order of pseudo-header fields and of fields.
func (l *linter) order(r *request) {
	a := l.agentFor(r)
	if !r.http1() {
		l.pseudo(r, a)
	}
	for _, chain := range chains(r, a) {
		l.chain(r, a, chain)
	}
}

// chains returns the orders that hold for a request.
func chains(r *request, a *agent) [][]string {
	switch {
	case a.engine == "firefox":
		return [][]string{orderFirefox}
	case a.engine == "webkit" && r.kind == Navigate && !r.http1():
		switch {
		case a.version >= 18:
			return [][]string{orderSafari18}
		case a.version >= 17:
			return [][]string{orderSafari17}
		case a.version >= 15 && a.version < 16:
			return [][]string{orderSafari15}
		}
	case a.engine != "chromium" || r.kind == "":
	case navigation(r.kind) && followed(r):
		return [][]string{orderFollowed}
	case navigation(r.kind):
		return [][]string{orderDocument}
	case r.kind == Preflight:
		return [][]string{orderPreflight}
	case r.kind == WebSocket:
		return [][]string{orderWebSocket}
	case a.major >= 131 && !own(r):
		return [][]string{orderFetch, orderFetchNew}
	case a.major <= 126 && !own(r):
		return [][]string{orderFetch, orderFetchOld}
	default:
		return [][]string{orderFetch}
	}
	return nil
}

// followed tells whether a request looks like one that a redirect has led to where it goes: the hints stand behind
// Sec-Fetch-Dest.
func followed(r *request) bool {
	if r.model {
		return false
	}
	place := func(name string) int {
		return slices.IndexFunc(r.fields, func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, name) })
	}
	dest := place("sec-fetch-dest")
	return dest >= 0 && place("sec-ch-ua") > dest
}

// own tells whether a request has fields of a script's that no recording has, which may move others.
func own(r *request) bool {
	return !r.model && slices.ContainsFunc(r.fields, func(f fingerprint.Field) bool {
		name := strings.ToLower(f.Name)
		return !strings.HasPrefix(name, ":") && !strings.HasPrefix(name, "sec-") && !slices.Contains(orderDocument, name) &&
			!slices.Contains([]string{"origin", "content-type", "x-requested-with", "x-custom-one"}, name)
	})
}

// chain finds the first field that stands before one that should precede it.
func (l *linter) chain(r *request, a *agent, chain []string) {
	last, before := -1, ""
	for _, f := range r.fields {
		name := strings.ToLower(f.Name)
		at := slices.Index(chain, name)
		if at < 0 || r.model && f.Value == "" && name == "accept" { // a script's own stands elsewhere
			continue
		}
		if at < last {
			l.add(r.at(name), "header-order", "the order is: "+strings.Join(chain, ", "), "%s stands behind %s, but %s writes it before", name, before, a.String())
			return
		}
		last, before = at, name
	}
}

// pseudo judges the order of the pseudo-header fields.
func (l *linter) pseudo(r *request, a *agent) {
	var got []string
	for _, f := range r.fields {
		if strings.HasPrefix(f.Name, ":") {
			got = append(got, f.Name)
		}
	}
	wants := a.wants("pseudo")
	text := strings.Join(got, " ")
	if len(wants) == 0 || len(got) != 4 || slices.Contains(wants, text) { // CONNECT has others
		return
	}
	want := strings.Fields(wants[0])
	for i, name := range got {
		if name != want[i] {
			l.add(r.at(name), "pseudo-order", recorded("pseudo", text), "%s, but %s has %s", text, a.String(), strings.Join(wants, ", or "))
			return
		}
	}
}

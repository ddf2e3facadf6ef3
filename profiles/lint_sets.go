package profiles

import (
	"slices"
	"strings"
)

// engineFields judges the fields whose presence and value follow from the engine and its version.
func (l *linter) engineFields(r *request) {
	a := l.agentFor(r)
	if te, ok := r.value("te"); ok != (a.engine == "firefox" && !r.http1()) && r.judged() {
		if ok {
			l.add(r.at("te"), "te", "", "te: %.80q, but %s sends none over %s", te, a.String(), r.protocol)
		} else if !r.loose {
			l.add(r.at("te"), "te", "", "te: trailers is missing, but %s sends it", a.String())
		}
	}
	l.priorityField(r, a)
	if text, ok := r.value("accept-encoding"); ok {
		wants := a.wants("encodings")
		media := strings.HasPrefix(text, "identity") // a player that asks for ranges
		if len(wants) > 0 && !slices.Contains(wants, text) && !media && (r.secure || text != "gzip, deflate") {
			l.add(r.at("accept-encoding"), "accept-encoding", recorded("encodings", text), "%s, but %s has %s", visible(text), a.String(), strings.Join(wants, ", or "))
		}
	}
}

// agentFor is the agent by which a request is judged: in a profile the browser it says it is.
func (l *linter) agentFor(r *request) *agent {
	if l.agent.engine != "" {
		return &l.agent
	}
	a := agentOfFields(r.fields)
	return &a
}

// priorityField judges the field priority (RFC 9218). Chromium writes it over HTTP/2 only, Firefox also over HTTP/1.1 but
// not for XMLHttpRequest and WebSockets; a script can change it but not take it away.
func (l *linter) priorityField(r *request, a *agent) {
	wants := a.wants("priority")
	if len(wants) != 1 || !r.judged() {
		return
	}
	text, ok := r.value("priority")
	at := r.at("priority")
	switch want := wants[0] == "present" && (a.engine == "firefox" || !r.http1()); {
	case ok && !want:
		l.add(at, "priority", "", "priority: %.80q, but %s sends none over %s", text, a.String(), r.protocol)
	case ok && a.engine == "firefox" && (r.kind == XHR && r.model || r.kind == WebSocket):
		l.add(at, "priority", "", "priority: %.80q, but Firefox sends none with %q", text, r.kind)
	case !ok && want && !r.loose && r.kind != XHR && r.kind != Fetch && r.kind != WebSocket && a.engine != "webkit":
		l.add(at, "priority", "", "the field is missing, but %s sends it with %q", a.String(), r.kind)
	case !ok && want && a.engine == "chromium" && (r.kind == XHR || r.kind == Fetch) && !r.loose:
		l.add(at, "priority", "", "the field is missing, but %s sends it with %q", a.String(), r.kind)
	case !ok && want && a.engine == "webkit" && r.kind == Navigate && !r.loose:
		l.add(at, "priority", "", "the field is missing, but %s sends it with %q", a.String(), r.kind)
	case ok && want && (r.model || r.kind == Navigate):
		if values := priorityValues(a.engine, r.kind); len(values) > 0 && !slices.Contains(values, text) {
			l.add(at, "priority", "", "priority: %.80q, but %s has %q with %q", text, a.engine, values, r.kind)
		}
	}
}

// priorityValues has the values of captures/chromium* and captures/firefox*. An image's follows from its place on the page.
func priorityValues(engine string, kind Kind) []string {
	switch engine + " " + string(kind) {
	case "chromium navigate", "chromium reload", "chromium form", "chromium iframe", "firefox navigate", "firefox reload", "firefox form", "webkit navigate":
		return []string{"u=0, i"}
	case "chromium style":
		return []string{"u=0"}
	case "chromium script":
		return []string{"u=1"}
	case "chromium fetch", "chromium no-cors", "chromium xhr", "chromium preflight", "chromium favicon":
		return []string{"u=1, i"}
	case "chromium image":
		return []string{"u=2, i", "u=1, i", "i"}
	case "firefox style", "firefox script":
		return []string{"u=2"}
	case "firefox iframe", "firefox fetch", "firefox no-cors", "firefox preflight":
		return []string{"u=4"}
	case "firefox favicon":
		return []string{"u=6"}
	case "firefox image":
		return []string{"u=5, i", "u=4, i", "u=6"}
	}
	return nil
}

// sets judges which fields there are: those that the engine sends with every request of a kind over TLS.
func (l *linter) sets(r *request) {
	if r.loose || !r.secure {
		return
	}
	a := l.agentFor(r)
	want := []string{"user-agent", "accept-encoding", "accept-language"}
	if r.kind != WebSocket || a.engine == "firefox" {
		want = append(want, "accept")
	}
	if r.http1() {
		want = append(want, "host", "connection")
	}
	switch {
	case a.engine == "chromium" && r.kind != WebSocket:
		want = append(want, "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
		if r.kind != Preflight {
			want = append(want, "sec-ch-ua", "sec-ch-ua-mobile")
			if a.major >= 98 { // recorded: 92 without, 98 with it
				want = append(want, "sec-ch-ua-platform")
			}
		}
	case a.engine == "firefox", a.engine == "webkit" && a.version >= 17 && r.kind == Navigate: // Safari's others are not recorded
		want = append(want, "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
	case a.engine == "webkit" && a.version > 0 && a.version < 16:
		for _, name := range []string{"sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"} {
			if r.has(name) {
				l.add(r.at(name), "fetch-metadata", "", "%s sends no %s", a.String(), name)
			}
		}
	}
	for _, name := range want {
		if !r.has(name) {
			l.add(r.at(name), "missing", "", "%q is missing, but %s sends it with every %q over TLS", name, a.String(), r.kind)
		}
	}
}

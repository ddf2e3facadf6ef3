package golden_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// walked is one request that every walk has: what its list in the profile has to be filled with.
type walked struct {
	path string
	kind profiles.Kind
	// method is GET if empty.
	method string
	// page is the path of the page that it comes from, empty for an address that was typed in.
	page string
	// cross says that it goes to the other site.
	cross bool
	// scripted says that no user navigated.
	scripted bool
	// content and body are what is sent.
	content, body string
	// own are the script's fields, asks what a preflight asks for.
	own, asks []fingerprint.Field
	when      []profiles.Condition
	// followed says that a redirect led the request here.
	followed bool
}

const walkJSON = `{"a":1}`

// walkedRequests are in the order of the walk. The reload is the second request for its page.
var walkedRequests = []walked{
	{path: "/w/start", kind: profiles.Navigate},
	{path: "/w/page", kind: profiles.Navigate, followed: true},
	{path: "/w/style", kind: profiles.Style, page: "/w/page"},
	{path: "/w/script", kind: profiles.Script, page: "/w/page"},
	{path: "/w/image", kind: profiles.Image, page: "/w/page"},
	{path: "/w/frame", kind: profiles.Iframe, page: "/w/page"},
	{path: "/w/icon", kind: profiles.Favicon, page: "/w/page"},
	{path: "/w/fetch", kind: profiles.Fetch, page: "/w/page"},
	{path: "/w/post", kind: profiles.Fetch, method: http.MethodPost, page: "/w/page", content: "application/json", body: walkJSON, when: []profiles.Condition{profiles.WithContent}},
	{path: "/w/own", kind: profiles.Fetch, page: "/w/page", own: []fingerprint.Field{{Name: "X-Own", Value: "1"}}, when: []profiles.Condition{profiles.WithOwn}},
	{path: "/w/no-cors", kind: profiles.NoCORS, page: "/w/page"},
	{path: "/w/xhr", kind: profiles.XHR, page: "/w/page"},
	{path: "/w/away", kind: profiles.Fetch, page: "/w/page"},
	{path: "/w/landed", kind: profiles.Fetch, page: "/w/page"},
	{path: "/w/cross", kind: profiles.Preflight, method: http.MethodOptions, page: "/w/page", cross: true, asks: []fingerprint.Field{
		{Name: "access-control-request-method", Value: "POST"}, {Name: "access-control-request-headers", Value: "content-type"},
	}},
	{path: "/w/cross", kind: profiles.Fetch, method: http.MethodPost, page: "/w/page", cross: true, content: "application/json", body: walkJSON, when: []profiles.Condition{profiles.WithContent}},
	{path: "/w/out", kind: profiles.Fetch, page: "/w/page"},
	{path: "/w/abroad", kind: profiles.Fetch, page: "/w/page", cross: true, when: []profiles.Condition{profiles.Redirected}},
	{path: "/ws/echo", kind: profiles.WebSocket, page: "/w/page"},
	{path: "/w/form", kind: profiles.Form, method: http.MethodPost, page: "/w/page", scripted: true, content: "application/x-www-form-urlencoded", body: "a=1"},
	{path: "/w/link", kind: profiles.Navigate, page: "/w/form", scripted: true},
	{path: "/w/link", kind: profiles.Reload, page: "/w/link", scripted: true},
}

// TestLiveKinds makes each browser request something of every kind and compares every request with what the profile's lists
// say, filled by the rules of Fetch. Drift is treated as in TestLive.
func TestLiveKinds(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.need(t)
			for _, way := range []string{"h2", "http/1.1", "plain"} {
				leaves, found := 0, 0
				for n := range l.connections() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					all := walk(ctx, t, browser.Options{Kind: l.kind, Path: l.path}, way)
					cancel()
					k, mismatches := compareWalk(t, l.profile, way, all)
					leaves, found = leaves+k, found+len(mismatches)
					for _, m := range mismatches {
						l.report(t, fmt.Sprintf("walk %d over %s, %s", n, way, m))
					}
				}
				t.Logf("%s %s against %s, every kind over %s, %d walks: %d leaves, %d mismatches", l.kind, l.version, l.profile.Name, way, l.connections(), leaves, found)
			}
		})
	}
}

// compareWalk compares the requests of a walk with the lists of a profile and tells how many leaves were compared.
func compareWalk(t *testing.T, p *profiles.Profile, way string, all []*fingerprint.Fingerprint) (leaves int, out []string) {
	t.Helper()
	g, err := golden.Load(p.Name, golden.First, "h2")
	if err != nil {
		t.Fatal(err)
	}
	got := requestsByPath(g, all)
	for i := range walkedRequests {
		w := &walkedRequests[i]
		if w.path == "/w/cross" || w.path == "/w/out" || w.path == "/w/abroad" {
			if way == "plain" {
				continue
			}
		}
		key := w.verb() + " " + w.path
		if len(got[key]) == 0 {
			out = append(out, fmt.Sprintf("%s (%s): not requested", key, w.kind))
			continue
		}
		v := got[key][0]
		got[key] = got[key][1:]
		r := *w
		if r.kind == profiles.Reload && p.Browser.Engine == "firefox" {
			r.page = walkedRequests[i-1].page // it repeats the visit
		}
		want, have := expectVisit(r.expect(p, way, v), &v), v.head
		leaves += len(want.Leaves())
		for _, m := range fingerprint.Diff(want, have, nil) {
			out = append(out, fmt.Sprintf("%s (%s): %s: want %s, got %s", key, w.kind, m.Path, m.Want, m.Got))
		}
	}
	for key, rest := range got {
		if len(rest) > 0 {
			out = append(out, fmt.Sprintf("%s: %d requests more than expected", key, len(rest)))
		}
	}
	return leaves, out
}

// requestsByPath collects the requests of all connections by method and path, with ports hidden and headless traces undone.
func requestsByPath(g *golden.Golden, all []*fingerprint.Fingerprint) map[string][]visit {
	out := map[string][]visit{}
	for n, f := range all {
		g.ApplyUndo(f)
		if f.HTTP1 != nil {
			for k, r := range f.HTTP1.Requests {
				r.Fields = hidePorts(r.Fields)
				head := &fingerprint.Fingerprint{HTTP1: &fingerprint.HTTP1{Requests: []fingerprint.Head{r}}}
				key := r.Method + " " + r.Target
				out[key] = append(out[key], visit{connection: n, request: k, head: head})
			}
		}
		if f.HTTP2 == nil {
			continue
		}
		forms := golden.ExpectForms(g.HPACK, f.HTTP2.Requests)
		for k, r := range f.HTTP2.Requests {
			r.Fields = hidePorts(r.Fields)
			head := &fingerprint.Fingerprint{HTTP2: &fingerprint.HTTP2{Requests: []fingerprint.Request{r}}}
			key := fieldOf(r.Fields, ":method") + " " + fieldOf(r.Fields, ":path")
			out[key] = append(out[key], visit{n, k, head, forms[k]})
		}
	}
	return out
}

func fieldOf(fields []fingerprint.Field, name string) string {
	if i := slices.IndexFunc(fields, func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, name) }); i >= 0 {
		return fields[i].Value
	}
	return ""
}

func (w *walked) verb() string {
	if w.method == "" {
		return http.MethodGet
	}
	return w.method
}

// expect returns what the profile says of the request. What belongs to the connection is taken from the request that came:
// the latest open stream, on which Chromium makes a request depend, is another one each time.
func (w *walked) expect(p *profiles.Profile, way string, got visit) *fingerprint.Fingerprint {
	set := p.Headers[w.kind]
	h1, h2 := set.Lists(w.when...)
	if w.followed {
		h1, h2 = p.Followed(w.kind, "http/1.1", h1), p.Followed(w.kind, "h2", h2)
	}
	if got.head.HTTP2 == nil {
		head := fingerprint.Head{Method: w.verb(), Target: w.path, Version: "HTTP/1.1", Fields: w.fill(h1, way)}
		if i := slices.IndexFunc(head.Fields, func(f fingerprint.Field) bool { return f.Name == "Sec-WebSocket-Key" }); i >= 0 {
			head.Fields[i].Value = fieldOf(got.head.HTTP1.Requests[0].Fields, "Sec-WebSocket-Key")
		}
		return &fingerprint.Fingerprint{HTTP1: &fingerprint.HTTP1{Requests: []fingerprint.Head{head}}}
	}
	seen := got.head.HTTP2.Requests[0]
	r := fingerprint.Request{EndStream: w.body == "", Fields: w.fill(h2, way), After: slices.Clone(p.First.HTTP2.Requests[0].After)}
	if set.Priority != nil {
		priority := *set.Priority
		if seen.Priority != nil && p.Browser.Engine == "chromium" && seen.Priority.DependsOn%2 == 1 && seen.Priority.DependsOn < seen.Stream {
			priority.DependsOn = seen.Priority.DependsOn
		}
		r.Priority = &priority
	}
	return &fingerprint.Fingerprint{HTTP2: &fingerprint.HTTP2{Requests: []fingerprint.Request{r}}}
}

// fill fills the slots of a list. A name that stands there twice has its slot filled by scripts only.
func (w *walked) fill(list profiles.FieldList, way string) (out []fingerprint.Field) {
	lower := len(list) > 0 && strings.HasPrefix(list[0].Name, ":")
	for _, f := range list {
		switch key := strings.ToLower(f.Name); key {
		case "*":
			for _, x := range w.own {
				if lower {
					x.Name = strings.ToLower(x.Name)
				}
				out = append(out, x)
			}
		case "cookie":
			crumbs := w.cookies()
			if !lower && len(crumbs) > 0 {
				crumbs = []string{strings.Join(crumbs, "; ")}
			}
			for _, c := range crumbs {
				out = append(out, fingerprint.Field{Name: f.Name, Value: c})
			}
		default:
			if f.Value = w.value(key, f.Value, way); f.Value != "" {
				out = append(out, f)
			}
		}
	}
	return out
}

// value is what a field of the list has in the request, empty if it has no such field.
func (w *walked) value(key, listed, way string) string {
	scheme, authority := "https://", "localhost:0"
	if way == "plain" {
		scheme = "http://"
	}
	here := scheme + authority
	if w.cross {
		authority = "wire.test:0"
	}
	switch key {
	case "host", ":authority":
		return authority
	case ":path":
		return w.path
	case ":method":
		return w.verb()
	case "content-type":
		return w.content
	case "content-length":
		if w.body != "" {
			return strconv.Itoa(len(w.body))
		}
		return ""
	case "sec-fetch-user":
		if w.scripted {
			return ""
		}
	case "sec-fetch-site":
		switch {
		case w.page == "":
			return "none"
		case w.cross:
			return "cross-site"
		}
		return "same-origin"
	case "referer":
		switch {
		case w.page == "" || w.kind == profiles.WebSocket:
			return ""
		case w.cross:
			return here + "/"
		}
		return here + w.page
	case "origin":
		if w.cross || w.body != "" || w.kind == profiles.WebSocket {
			return here
		}
		return ""
	case "sec-websocket-key":
		return "*"
	case "access-control-request-method", "access-control-request-headers":
		return fieldOf(w.asks, key)
	}
	return listed
}

// cookies are the crumbs that the page sets: with all that follows it on its own site.
func (w *walked) cookies() []string {
	if w.page == "" || w.cross {
		return nil
	}
	return []string{"a=1", "session=0123456789abcdef0123456789abcdef"}
}

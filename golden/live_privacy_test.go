package golden_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// privacy switches Global Privacy Control on, as Tor does.
var privacy = []browser.Preference{{Name: "privacy.globalprivacycontrol.enabled", Value: true}}

// TestLivePrivacy makes Firefox with Global Privacy Control request something of every kind, and follow redirects, and compares
// names, order and values of all fields with the recording. WIRELIKE_UPDATE=1 records it.
func TestLivePrivacy(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		if l.kind != browser.Firefox {
			continue
		}
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.needLong(t)
			o := browser.Options{Kind: l.kind, Path: l.path, Preferences: privacy}
			for _, way := range []string{"h2", "http/1.1", "plain"} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				conns := walkConns(ctx, t, o, way)
				cancel()
				l.compareRecording(t, recordingFile("gpc", way), conns, isWalked)
				if way == "plain" {
					continue
				}
				ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
				conns = redirects(ctx, t, o, way)
				cancel()
				l.compareRecording(t, recordingFile("gpc-redirects", way), conns, isRedirected)
			}
		})
	}
}

func isWalked(target string) bool { return strings.HasPrefix(target, "/w/") || target == "/ws/echo" }

func isRedirected(target string) bool {
	_, name, _ := strings.Cut(strings.TrimPrefix(target, "/"), "/")
	return redirectedKinds[name] != ""
}

// TestPrivacy: the lists of tor145, whose builds were captured without Sec-GPC, have the order of Firefox with it, for every
// kind over both protocols; and every request has the field.
func TestPrivacy(t *testing.T) {
	p, err := profiles.Lookup("tor145")
	if err != nil {
		t.Fatal(err)
	}
	const build = "captures/firefox153/"
	for _, file := range []string{"gpc-h2.json", "gpc-h1.json", "gpc-plain.json", "gpc-redirects-h2.json", "gpc-redirects-h1.json"} {
		e, err := golden.ReadEvidence(os.DirFS("."), build+file)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[profiles.Kind]bool{}
		loaded := map[string]bool{}
		for _, f := range parsed(t, e.Connections) {
			for _, r := range requestsIn(f) {
				kind, followed, ok := privacyKind(r, loaded)
				if !ok {
					t.Errorf("%s: %s is of no known kind", file, r.target)
					continue
				}
				seen[kind] = true
				want := namesIn(privacyList(p, f, kind, followed, r), r.names)
				if !slices.Equal(want, r.names) {
					t.Errorf("%s, %s: the list gives %v, the browser sent %v", file, r.target, want, r.names)
				}
				if i := slices.Index(r.names, "sec-gpc"); i < 0 || f.HTTP1 != nil && r.names[i+1] != "connection" {
					t.Errorf("%s, %s: no sec-gpc in front of connection: %v", file, r.target, r.names)
				}
			}
		}
		for _, kind := range profiles.AllKinds() {
			if over := strings.Contains(file, "redirects"); !over && !seen[kind] && !(strings.HasSuffix(file, "plain.json") && kind == profiles.Preflight) {
				t.Errorf("%s: no request of kind %s", file, kind)
			}
		}
	}
}

// privacyList is the list of a recorded request.
func privacyList(p *profiles.Profile, f *fingerprint.Fingerprint, kind profiles.Kind, followed bool, r sentRequest) profiles.FieldList {
	var conditions []profiles.Condition
	switch {
	case slices.Contains(r.names, "content-type"):
		conditions = append(conditions, profiles.WithContent)
	case r.target == "/w/abroad":
		conditions = append(conditions, profiles.Redirected)
	}
	set := p.Headers[kind]
	h1, h2 := set.Lists(conditions...)
	list, protocol := h1, "http/1.1"
	if f.HTTP2 != nil {
		list, protocol = h2, "h2"
	}
	if followed {
		list = p.Followed(kind, protocol, list)
	}
	for i := range list { // the script's own field
		if list[i].Name == "*" && slices.Contains(r.names, "x-own") {
			list = slices.Clone(list)
			list[i].Name = "x-own"
		}
	}
	return list
}

// privacyKind finds the kind of a recorded request; loaded has the pages so far.
func privacyKind(r sentRequest, loaded map[string]bool) (kind profiles.Kind, followed, ok bool) {
	dir, name, _ := strings.Cut(strings.TrimPrefix(r.target, "/"), "/")
	if kind, ok = redirectedKinds[name]; ok && dir != "w" {
		return kind, dir == "end", true
	}
	if slices.Contains(r.names, "access-control-request-method") {
		return profiles.Preflight, false, true
	}
	if r.target == "/w/link" && loaded[r.target] {
		return profiles.Reload, false, true
	}
	loaded[r.target] = true
	for _, w := range walkedRequests {
		if w.path == r.target && w.kind != profiles.Preflight {
			return w.kind, w.followed, true
		}
	}
	return "", false, false
}

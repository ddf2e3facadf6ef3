package golden_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// headless undoes what every headless Chromium has and no profile, not even one whose golden was never captured headless.
var headless = []golden.Undo{{Field: "user-agent", From: "HeadlessChrome/", To: "Chrome/"}, {Field: "sec-ch-ua", From: "HeadlessChrome", To: "Google Chrome"}}

// likeness is how far a browser is from a profile: the differences of its first visits, over both protocols.
type likeness struct {
	profile     *profiles.Profile
	differences []string
}

// TestLiveEqual says which profiles a browser equals: what its first visits leave on the wire is compared with the goldens of
// all profiles of its engine. A browser that equals none is named with the nearest one, and fails under WIRELIKE_LIVE=1.
func TestLiveEqual(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.need(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			all := rank(t, l.kind, firstVisits(ctx, t, l))
			equal := 0
			for _, r := range all {
				if len(r.differences) == 0 {
					equal++
					t.Logf("%s %s equals %s", l.path, l.version, r.profile.Name)
				}
			}
			if equal > 0 {
				return
			}
			const shown = 10
			text := strings.Join(all[0].differences[:min(shown, len(all[0].differences))], "\n\t")
			l.report(t, l.path+" "+l.version+" equals no profile; the nearest is "+all[0].profile.Name+":\n\t"+text)
		})
	}
}

// nearest caches what a named program is like, which every live test asks for.
var nearest struct {
	sync.Mutex
	profile *profiles.Profile
}

// nearestProfile returns the profile that a browser equals, or else the nearest.
func nearestProfile(ctx context.Context, t *testing.T, l *liveTarget) *profiles.Profile {
	t.Helper()
	nearest.Lock()
	defer nearest.Unlock()
	if nearest.profile == nil {
		nearest.profile = rank(t, l.kind, firstVisits(ctx, t, l))[0].profile
	}
	return nearest.profile
}

// firstVisits makes a browser navigate over h2 and over HTTP/1.1, each time a fresh one, and returns what came.
func firstVisits(ctx context.Context, t *testing.T, l *liveTarget) map[string]*fingerprint.Fingerprint {
	t.Helper()
	out := map[string]*fingerprint.Fingerprint{}
	for _, protocol := range []string{"h2", "http/1.1"} {
		srv := fpserver.NewUnstartedServer(t)
		srv.HTTP1Only = protocol == "http/1.1"
		if err := srv.Start(); err != nil {
			t.Fatal(err)
		}
		task := golden.Task{URL: srv.URL, CAFile: srv.CAFile(), Requests: []golden.TaskRequest{{URL: srv.URL + "/get?visit"}}}
		if err := (liveBrowser{kind: l.kind, path: l.path}).Do(ctx, task); err != nil {
			t.Fatal(err)
		}
		for _, c := range srv.Conns() {
			f, err := c.Fingerprint()
			if err == nil && (f.HTTP2 != nil && len(f.HTTP2.Requests) > 0 || f.HTTP1 != nil && len(f.HTTP1.Requests) > 0) {
				out[protocol] = f
				break
			}
		}
		if out[protocol] == nil {
			t.Fatalf("the browser has made no request over %s", protocol)
		}
	}
	return out
}

// rank compares first visits with all profiles of the engine, the most similar first.
func rank(t *testing.T, kind browser.Kind, visits map[string]*fingerprint.Fingerprint) (out []likeness) {
	t.Helper()
	for _, name := range profiles.Names() {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Browser.Engine != string(kind) {
			continue
		}
		r := likeness{profile: p}
		for _, protocol := range []string{"h2", "http/1.1"} {
			g, err := golden.Load(name, golden.First, protocol)
			if err != nil {
				t.Fatal(err)
			}
			f := visits[protocol].Clone()
			g.ApplyUndo(f)
			undoHeadless(f)
			for _, m := range g.Check(f) {
				r.differences = append(r.differences, protocol+": "+m.Path+": want "+m.Want+", got "+m.Got)
			}
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		t.Fatalf("no profile of engine %s", kind)
	}
	slices.SortStableFunc(out, func(a, b likeness) int { return cmp.Compare(len(a.differences), len(b.differences)) })
	return out
}

func undoHeadless(f *fingerprint.Fingerprint) {
	(&golden.Golden{Undo: headless}).ApplyUndo(f)
}

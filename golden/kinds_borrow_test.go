package golden

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/profiles"
)

// position returns where a name stands in a list for the last time, -1 if nowhere.
func position(list profiles.FieldList, name string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if strings.EqualFold(list[i].Name, name) {
			return i
		}
	}
	return -1
}

// shared returns the names of a list that another one has, too, in order.
func shared(list, other profiles.FieldList) (names []string) {
	for _, f := range list {
		if position(other, f.Name) >= 0 {
			names = append(names, f.Name)
		}
	}
	return names
}

// TestKindsByBuild names what changes from build to build, by the notes of those who recorded them and by the Fetch standard.
func TestKindsByBuild(t *testing.T) {
	for _, build := range recordedBuilds(t) {
		b, k := buildOf(t, build), kindsOf(t, build)
		chromium, v := b.engine == "chromium", b.version
		check := func(what string, got, want any) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %s: %v, want %v", build, what, got, want)
			}
		}
		fetch, image := k.Sets[profiles.Fetch], k.Sets[profiles.Image]
		has := func(s profiles.HeaderSet, c profiles.Condition) bool {
			return slices.ContainsFunc(s.Shapes, func(x profiles.Shape) bool { return x.When == c && len(x.H1) > 0 && len(x.H2) > 0 })
		}
		check("a Content-Type moves fields", has(fetch, profiles.WithContent), chromium && v >= 107 && v <= 126)
		check("so for XMLHttpRequest", has(k.Sets[profiles.XHR], profiles.WithContent), has(fetch, profiles.WithContent))
		check("own fields move others", has(fetch, profiles.WithOwn), false)
		check("a redirect moves Origin", has(fetch, profiles.Redirected), !chromium || v >= 147)
		_, list := fetch.Lists(profiles.Redirected)
		check("Origin is before Referer after a redirect", position(list, "origin") < position(list, "referer"), true)
		check("Origin is before Sec-Fetch-Site after a redirect", position(list, "origin") < position(list, "sec-fetch-site"), !chromium || v < 147)
		check("storage access", position(image.H2, storageKey) >= 0, chromium && v >= 156 || !chromium && v >= 153)
		check("storage access of a navigation", position(k.Sets[profiles.Navigate].H2, storageKey) >= 0, false)
		check("priority", position(fetch.H2, "priority") >= 0, !chromium || v >= 126)
		check("two places for Accept", countEmpty(fetch.H2, "accept"), map[bool]int{true: 1}[chromium])

		reload, navigate := k.Sets[profiles.Reload], k.Sets[profiles.Navigate]
		check("a reload has Cache-Control", usual(reload.H2, "cache-control"), map[bool]string{true: "max-age=0"}[chromium])
		check("nobody clicks for a reload", position(reload.H2, "sec-fetch-user"), -1)
		form := k.Sets[profiles.Form]
		check("somebody clicks for a form", usual(form.H2, "sec-fetch-user")+usual(form.H1, "sec-fetch-user"), "?1?1")
		check("the order of a form", strings.Join(shared(form.H2, navigate.H2), " "), strings.Join(shared(navigate.H2, form.H2), " "))
		check("the order of a form over HTTP/1.1", strings.Join(shared(form.H1, navigate.H1), " "), strings.Join(shared(navigate.H1, form.H1), " "))
		check("somebody clicks for a navigation", usual(navigate.H2, "sec-fetch-user"), "?1")
		check("Connection is before Referer in a navigation", position(navigate.H1, "connection") < position(navigate.H1, "referer"), true)
		check("Connection is before Referer in a reload", position(reload.H1, "connection") < position(reload.H1, "referer"), chromium)
		check("a reload's Accept", usual(reload.H2, "accept"), usual(navigate.H2, "accept"))
		check("a preflight's codings", usual(k.Sets[profiles.Preflight].H1, "accept-encoding"), usual(fetch.H1, "accept-encoding"))
		check("a preflight's method", usual(k.Sets[profiles.Preflight].H2, ":method"), "OPTIONS")
		check("hints of a preflight", position(k.Sets[profiles.Preflight].H2, "sec-ch-ua"), -1)
		check("a preflight goes to another site", usual(k.Sets[profiles.Preflight].H2, "sec-fetch-site"), "cross-site")
		check("a reload's site", usual(reload.H2, "sec-fetch-site"), "same-origin")
		check("an icon's fields stand like an image's", strings.Join(shared(k.Sets[profiles.Favicon].H1, image.H1), " "), strings.Join(shared(image.H1, k.Sets[profiles.Favicon].H1), " "))
		check("an icon's Accept", usual(k.Sets[profiles.Favicon].H2, "accept"), usual(image.H2, "accept"))
		if chromium {
			check("weight of an icon", k.Sets[profiles.Favicon].Priority.Weight, 220)
			check("weight of a style", k.Sets[profiles.Style].Priority.Weight, 256)
			check("weight of a script", k.Sets[profiles.Script].Priority.Weight, 220)
		}
	}
}

// TestKindsSayFromWhere: what another build shows is not said to be of this one.
func TestKindsSayFromWhere(t *testing.T) {
	for build, want := range map[string]map[string]string{
		"chromium107": {"headers.reload": "chromium131", "headers.preflight": "chromium131", "headers.favicon": "chromium156", "headers.fetch.shapes": "chromium131"},
		"chromium150": {"headers.reload": "chromium156", "headers.preflight": "chromium156", "headers.fetch.shapes[0]": "chromium156"},
		"firefox140":  {"headers.reload": "firefox153", "headers.preflight": "firefox153"},
		"chromium156": {}, "firefox153": {},
	} {
		k := kindsOf(t, build)
		got := map[string]string{}
		for _, e := range k.Evidence {
			if e.Source == profiles.Engine {
				name, _, _ := strings.Cut(strings.TrimPrefix(e.Note, "captures/"), ":")
				got[e.Path] = name
			}
			if e.Source == profiles.Capture && !strings.HasPrefix(e.Note, "captures/"+build) {
				t.Errorf("%s: %s is said to be captured: %s", build, e.Path, e.Note)
			}
		}
		for path, name := range want {
			if got[path] != name {
				t.Errorf("%s: %s is from %q, want %s", build, path, got[path], name)
			}
		}
		if build == "chromium156" && len(got) > 0 {
			t.Errorf("%s shows all; %v", build, got)
		}
	}
}

// TestKindsFromGivenBuilds: the caller can say from which builds the rest comes, and they must be of the engine and enough.
func TestKindsFromGivenBuilds(t *testing.T) {
	k := kinds(t, "chromium131", "chromium150")
	if _, list := kinds(t, "chromium143", "chromium156").Sets[profiles.Fetch], k.Sets[profiles.Favicon].H2; usual(list, "priority") != "u=1, i" {
		t.Errorf("the icon has priority %q", usual(list, "priority"))
	}
	set := kinds(t, "chromium143", "chromium156").Sets[profiles.Fetch]
	if _, list := set.Lists(profiles.Redirected); position(list, "origin") < position(list, "sec-fetch-dest") {
		t.Errorf("Origin does not stand where 156 has it: %v", list)
	}
	for want, others := range map[string][]string{
		"another engine": {"firefox153"}, "no recording shows": {"chromium150"}, "captures/chromium1/": {"chromium1"},
	} {
		if _, err := Kinds(os.DirFS("."), "chromium107", others...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("chromium107 with %q: %v, want %q", others, err, want)
		}
	}
	if _, err := Kinds(os.DirFS("."), "chromium1"); err == nil {
		t.Error("there is no chromium1")
	}
}

// TestKindsAddHints: only navigations of old headless builds get client hints, and in one place.
func TestKindsAddHints(t *testing.T) {
	for build, want := range map[string]int{"chromium92": 2, "chromium107": 3, "chromium110": 3, "chromium116": 0, "chromium156": 0, "firefox153": 0} {
		k, was := kinds(t, build), kindsOf(t, build)
		k.AddHints()
		for _, kind := range profiles.AllKinds() {
			n := 0
			if kind == profiles.Navigate || kind == profiles.Reload || kind == profiles.Form || kind == profiles.Iframe {
				n = want
			}
			got, old := k.Sets[kind], was.Sets[kind]
			if len(got.H2) != len(old.H2)+n && kind != profiles.WebSocket || len(got.H1) != len(old.H1)+n {
				t.Errorf("%s: %s has %d and %d fields, had %d and %d, want %d more", build, kind, len(got.H2), len(got.H1), len(old.H2), len(old.H1), n)
			}
			if at := position(got.H1, "upgrade-insecure-requests"); n > 0 && got.H1[at-n].Name != "sec-ch-ua" {
				t.Errorf("%s: %s: the hints do not stand in front of Upgrade-Insecure-Requests", build, kind)
			}
		}
		if said := strings.Contains(k.Evidence[0].Note, "headless_shell"); said != (want > 0) {
			t.Errorf("%s: the evidence says %q", build, k.Evidence[0].Note)
		}
	}
}

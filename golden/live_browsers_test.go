package golden_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// liveTarget is one browser of the live tests, and the profile that it is compared with.
type liveTarget struct {
	kind    browser.Kind
	path    string // empty until need is called, unless a program was named
	version string
	profile *profiles.Profile
	drift   bool
}

// liveBrowsers returns what WIRELIKE_BROWSER names ("chromium", "firefox" or the path of a program of either engine), both
// browsers of this machine when it names nothing.
func liveBrowsers(t *testing.T) []*liveTarget {
	t.Helper()
	switch name := os.Getenv("WIRELIKE_BROWSER"); {
	case name == "":
		return []*liveTarget{{kind: browser.Chromium}, {kind: browser.Firefox}}
	case strings.ContainsRune(name, os.PathSeparator):
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		kind, err := browser.KindOf(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		return []*liveTarget{{kind: kind, path: name}}
	default:
		return []*liveTarget{{kind: browser.Kind(name)}}
	}
}

// need finds the program, its version and the profile to compare with. The test is skipped where there is no such browser.
func (l *liveTarget) need(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	named := l.path != ""
	if !named {
		l.path = browser.Need(t, l.kind)
	}
	var err error
	if l.version, err = browser.Version(ctx, l.path); err != nil {
		t.Fatal(err)
	}
	if named {
		l.profile = nearestProfile(ctx, t, l)
	} else {
		l.profile = profileFor(t, l.kind, l.version)
	}
	l.drift = major(l.version) != major(l.profile.Browser.Version)
}

// strict says that drift is a failure: `make live`.
func strict() bool { return os.Getenv("WIRELIKE_LIVE") == "1" }

// report fails the test, or tells of drift where that is none.
func (l *liveTarget) report(t *testing.T, text string) {
	t.Helper()
	if l.drift && !strict() {
		t.Logf("DRIFT: %s", text)
		return
	}
	t.Error(text)
}

// connections is how often each situation is tried: 20 times in a soak or by `make live`. Where browsers are required it is
// three times, but for Firefox, which takes seconds to start.
func (l *liveTarget) connections() int {
	switch {
	case strict() || os.Getenv("WIRELIKE_SOAK") == "1":
		return 20
	case os.Getenv("WIRELIKE_REQUIRE_BROWSERS") == "1" && l.kind == browser.Chromium:
		return 3
	}
	return 1
}

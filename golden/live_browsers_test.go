package golden_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
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

// long tells that minutes may be taken.
func long() bool { return strict() || os.Getenv("WIRELIKE_SOAK") == "1" }

// needLong is need for a test that takes minutes, and proves what recordings say of browsers, not what profiles do.
func (l *liveTarget) needLong(t *testing.T) {
	t.Helper()
	if !long() && os.Getenv("WIRELIKE_UPDATE") != "1" {
		t.Skip("takes minutes, runs by make live")
	}
	l.need(t)
}

// connections is how often each situation is tried: 20 times in a soak or by `make live`, else once.
func (l *liveTarget) connections() int {
	if long() {
		return 20
	}
	return 1
}

// steer starts a fresh browser that trusts the server and knows its names, and closes it when act is done.
func steer(ctx context.Context, t *testing.T, o browser.Options, srv *fpserver.Server, act func(*browser.Browser)) {
	t.Helper()
	o.CAFile, o.Hosts = srv.CAFile(), srv.Names
	b, err := browser.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	act(b)
}

// leave lets the page go somewhere else with each expression.
func leave(ctx context.Context, t *testing.T, b *browser.Browser, expressions ...string) {
	t.Helper()
	for _, expression := range expressions {
		if err := b.Leave(ctx, expression); err != nil {
			t.Fatal(err)
		}
	}
}

// used returns the connections of the server that carried something. Chromium opens a spare one now and then.
func used(srv *fpserver.Server) (all []fingerprint.Capture) {
	for _, c := range srv.Conns() {
		if capture := c.Capture(); len(capture.Client) > 0 {
			all = append(all, capture)
		}
	}
	return all
}

// parsed returns what connections showed.
func parsed(t *testing.T, conns []fingerprint.Capture) (all []*fingerprint.Fingerprint) {
	t.Helper()
	for i := range conns {
		f, err := fingerprint.Parse(&conns[i])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

package golden_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// TestLive compares each browser that is installed with the profile of that browser: a navigation in every situation. A
// browser of a major version without profile is told as DRIFT with what differs from the nearest one, which fails only under
// WIRELIKE_LIVE=1 (`make live`). How many connections each situation has is for connections to say.
func TestLive(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.need(t)
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
			defer cancel()
			o := &golden.Options{Connections: l.connections(), Requests: 1, Browser: true}
			results, err := golden.Run(ctx, liveBrowser{kind: l.kind, path: l.path}, l.profile.Name, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Skipped != "" {
					continue // requests of other kinds are for TestLiveKinds
				}
				t.Logf("%s %s against %s, %s over %s, %d connections: %d leaves, %d comparisons, %d mismatches", l.kind, l.version, l.profile.Name, r.Situation, r.Protocol, r.Connections, r.Leaves, r.Comparisons, len(r.Mismatches))
				for _, m := range r.Mismatches {
					l.report(t, fmt.Sprintf("%s over %s, %s", r.Situation, r.Protocol, m))
				}
			}
			if l.drift {
				l.report(t, fmt.Sprintf("%s is version %s, the profile %s is %s", l.path, l.version, l.profile.Name, l.profile.Browser.Version))
			}
		})
	}
}

// profileFor returns the profile of a browser of Debian: of the same major version, or else of the nearest.
func profileFor(t *testing.T, kind browser.Kind, version string) (best *profiles.Profile) {
	t.Helper()
	distance := func(p *profiles.Profile) int {
		d := major(p.Browser.Version) - major(version)
		return max(d, -d)
	}
	for _, name := range profiles.Names() {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Browser.Name == string(kind) && strings.HasPrefix(p.Browser.OS, "Debian") && (best == nil || distance(p) < distance(best)) {
			best = p
		}
	}
	if best == nil {
		t.Fatalf("no profile of %s", kind)
	}
	return best
}

func major(version string) int {
	m, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(m)
	return n
}

// liveBrowser is a browser as a golden.Subject: a fresh one for each task, so that no connection or ticket is left from the
// last one.
type liveBrowser struct {
	kind browser.Kind
	path string
}

func (l liveBrowser) Do(ctx context.Context, t golden.Task) (err error) {
	b, err := browser.Start(ctx, browser.Options{Kind: l.kind, Path: l.path, CAFile: t.CAFile})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for _, r := range t.Requests {
		if err := b.Navigate(ctx, r.URL); err != nil {
			return err
		}
		// The page is the server's answer, which has the target of the request in it.
		text, err := b.Evaluate(ctx, "document.documentElement.textContent")
		if target := strings.TrimPrefix(r.URL, t.URL); err == nil && !strings.Contains(text, target) {
			err = fmt.Errorf("the browser shows %.200q, want an answer to %s", text, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

package golden_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// TestLive compares each browser that is installed with the profile of that browser: a navigation, over h2 and over
// HTTP/1.1, and the hellos that resume a session. A browser of a major version without profile is told as DRIFT with what
// differs from the nearest one, which fails only under WIRELIKE_LIVE=1 (`make live`); so does that variable ask for three
// connections in place of one.
func TestLive(t *testing.T) {
	for _, kind := range []browser.Kind{browser.Chromium, browser.Firefox} {
		t.Run(string(kind), func(t *testing.T) {
			path := browser.Need(t, kind)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			version, err := browser.Version(ctx, path)
			if err != nil {
				t.Fatal(err)
			}
			p := profileFor(t, kind, version)
			profile := p.Name
			o := &golden.Options{Connections: 1, Requests: 1, Browser: true}
			strict := os.Getenv("WIRELIKE_LIVE") == "1"
			if strict {
				o.Connections = 3
			}
			results, err := golden.Run(ctx, liveBrowser{kind: kind, path: path}, profile, o)
			if err != nil {
				t.Fatal(err)
			}
			drift := major(version) != major(p.Browser.Version)
			if drift {
				t.Logf("DRIFT: %s is version %s, the profile %s is %s", path, version, profile, p.Browser.Version)
			}
			for _, r := range results {
				t.Logf("%s %s against %s, %s over %s: %d leaves, %d comparisons, %d mismatches", kind, version, profile, r.Situation, r.Protocol, r.Leaves, r.Comparisons, len(r.Mismatches))
				for _, m := range r.Mismatches {
					if drift && !strict {
						t.Logf("DRIFT: %s over %s, %s", r.Situation, r.Protocol, m)
					} else {
						t.Errorf("%s over %s, %s", r.Situation, r.Protocol, m)
					}
				}
			}
			if drift && strict {
				t.Errorf("DRIFT: this profile's browser is not installed")
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

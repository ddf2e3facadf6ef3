package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// TestLintKindsOfBuilds: the header lists of all kinds that the recordings of real browsers give, with the traces of a
// headless browser undone, break no rule.
func TestLintKindsOfBuilds(t *testing.T) {
	t.Parallel()
	dir := os.DirFS("../../golden")
	builds, err := filepath.Glob("../../golden/captures/*/h2.json")
	if err != nil || len(builds) < 15 {
		t.Fatalf("%v, %v", builds, err)
	}
	for _, file := range builds {
		build := filepath.Base(filepath.Dir(file))
		t.Run(build, func(t *testing.T) {
			t.Parallel()
			kinds, err := golden.Kinds(dir, build)
			if err != nil {
				t.Fatal(err)
			}
			kinds.AddHints()
			version, firefox := strings.CutPrefix(build, "firefox")
			p := &profiles.Profile{Browser: profiles.Browser{Name: "firefox", Version: version, OS: "Linux", Engine: "firefox"}}
			if !firefox {
				version = strings.TrimPrefix(build, "chromium")
				p.Browser = profiles.Browser{Name: "chrome", Version: version + ".0.0.0", OS: "Linux", Engine: "chromium"}
				if major, _ := profiles.MajorVersion(version); major == 150 || major == 156 {
					p.Browser.Name = "chromium" // Debian's; the others are headless_shells, which have a brand
				}
			}
			p.Headers = kinds.Sets
			undo(t, p)
			if len(p.Headers) != len(profiles.AllKinds()) {
				t.Errorf("%d kinds", len(p.Headers))
			}
			for _, f := range profiles.Lint(p) {
				t.Error(f)
			}
		})
	}
}

// trials are values that a headless_shell does not have because no field trial reaches it; the published signatures of Chrome
// of that version have them.
var trials = map[int][3]string{
	110: {"accept", "application/signed-exchange;v=b3;q=0.9", "application/signed-exchange;v=b3;q=0.7"},
	123: {"accept-encoding", "gzip, deflate, br", "gzip, deflate, br, zstd"},
}

// undo puts the values of a browser with a window in place of a headless one's.
func undo(t *testing.T, p *profiles.Profile) {
	t.Helper()
	agent, err := profiles.UserAgent(p.Browser)
	if err != nil {
		t.Fatal(err)
	}
	major, err := profiles.MajorVersion(p.Browser.Version)
	if err != nil {
		t.Fatal(err)
	}
	fix := func(l profiles.FieldList) {
		for i := range l {
			switch name := strings.ToLower(l[i].Name); {
			case name == "user-agent":
				l[i].Value = agent
			case name == "sec-ch-ua":
				l[i].Value = profiles.Brands(profiles.BrandName(p.Browser.Name), major)
			case name == "sec-ch-ua-platform":
				l[i].Value = strconv.Quote(profiles.Platform(p.Browser.OS))
			case name == trials[major][0]:
				l[i].Value = strings.Replace(l[i].Value, trials[major][1], trials[major][2], 1)
			}
		}
	}
	for _, set := range p.Headers {
		fix(set.H1)
		fix(set.H2)
		for _, x := range set.Shapes {
			fix(x.H1)
			fix(x.H2)
		}
	}
}

package browser_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/internal/browser"
)

// install makes programs with these names the only ones in PATH.
func install(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("WIRELIKE_CHROMIUM", "")
	t.Setenv("WIRELIKE_FIREFOX", "")
	return dir
}

func TestFind(t *testing.T) {
	for _, row := range []struct {
		name      string
		installed []string
		env       string // of the kind's variable
		kind      browser.Kind
		want      string
		hint      string // of the NotInstalledError
	}{
		{"Debian's name", []string{"chromium", "google-chrome"}, "", browser.Chromium, "chromium", ""},
		{"another name", []string{"google-chrome"}, "", browser.Chromium, "google-chrome", ""},
		{"the release before the extended one", []string{"firefox", "firefox-esr"}, "", browser.Firefox, "firefox-esr", ""},
		{"the variable overrules", []string{"chromium", "old"}, "old", browser.Chromium, "old", ""},
		{"not there", []string{"firefox"}, "", browser.Chromium, "", "apt-get install chromium"},
		{"the variable names nothing", []string{"chromium"}, "old", browser.Chromium, "", "named by WIRELIKE_CHROMIUM"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := install(t, row.installed...)
			t.Setenv("WIRELIKE_"+strings.ToUpper(string(row.kind)), row.env)
			got, err := browser.Find(row.kind)
			if row.hint == "" {
				if want := filepath.Join(dir, row.want); err != nil || got != want {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
				return
			}
			var missing *browser.NotInstalledError
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), row.hint) {
				t.Errorf("got %q, %v, want a NotInstalledError with %q", got, err, row.hint)
			}
		})
	}
	if _, err := browser.Find("lynx"); err == nil {
		t.Error("found an unknown kind")
	}
}

// verdict records how Need ends a test.
type verdict struct{ text string }

func (v *verdict) Helper()                        {}
func (v *verdict) Skipf(format string, a ...any)  { v.text = "skip: " + fmt.Sprintf(format, a...) }
func (v *verdict) Fatalf(format string, a ...any) { v.text = "fail: " + fmt.Sprintf(format, a...) }

func TestNeed(t *testing.T) {
	for _, row := range []struct {
		name, require string
		installed     []string
		want          string // beginning of the verdict
	}{
		{"all there", "1", []string{"chromium", "certutil"}, ""},
		{"no browser", "", []string{"certutil"}, "skip: browser: chromium is not installed"},
		{"no browser where it is required", "1", []string{"certutil"}, "fail: browser: chromium is not installed"},
		{"no certutil", "", []string{"chromium"}, "skip: browser: certutil is not installed (Debian: apt-get install libnss3-tools)"},
		{"no certutil where it is required", "1", []string{"chromium"}, "fail: browser: certutil is not installed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			install(t, row.installed...)
			t.Setenv("WIRELIKE_REQUIRE_BROWSERS", row.require)
			var v verdict
			path := browser.Need(&v, browser.Chromium)
			if row.want == "" && (v.text != "" || filepath.Base(path) != "chromium") {
				t.Errorf("got %q and %q, want the path of chromium", path, v.text)
			}
			if !strings.HasPrefix(v.text, row.want) {
				t.Errorf("got %q, want %q", v.text, row.want)
			}
		})
	}
}

func TestVersionOfNoBrowser(t *testing.T) {
	t.Parallel()
	if v, err := browser.Version(t.Context(), program(t, "echo hello")); err == nil || !strings.Contains(err.Error(), `"hello\n"`) {
		t.Errorf("got %q, %v, want an error with what it printed", v, err)
	}
}

func TestKindOf(t *testing.T) {
	for _, row := range []struct {
		says string
		want browser.Kind
	}{
		{"Chromium 156.0.8078.79 built on Debian GNU/Linux 12", browser.Chromium},
		{"Google Chrome 156.0.8078.79", browser.Chromium},
		{"Microsoft Edge 156.0.1.2", browser.Chromium},
		{"Mozilla Firefox 153.7.0esr", browser.Firefox},
		{"GNU Wget 1.21.3", ""},
	} {
		t.Run(row.says, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+row.says+"'\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			got, err := browser.KindOf(t.Context(), path)
			if got != row.want || (err == nil) != (row.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, row.want)
			}
		})
	}
}

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// programs says how a browser is found.
var programs = map[Kind]struct {
	env   string
	names []string
	pkg   string
}{
	Chromium: {"WIRELIKE_CHROMIUM", []string{"chromium", "chromium-browser", "google-chrome"}, "chromium"},
	Firefox:  {"WIRELIKE_FIREFOX", []string{"firefox-esr", "firefox"}, "firefox-esr"},
}

// Find returns the path of the browser: the value of WIRELIKE_CHROMIUM or WIRELIKE_FIREFOX if set, else the first of
// the usual names that is in PATH. The error is a *[NotInstalledError], also when the variable names no program.
func Find(kind Kind) (string, error) {
	p, ok := programs[kind]
	if !ok {
		return "", fmt.Errorf("browser: unknown kind %q", kind)
	}
	missing := &NotInstalledError{Program: p.names[0], Package: p.pkg, Hint: "or name its program in " + p.env}
	if named := os.Getenv(p.env); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			missing.Program, missing.Hint = named, "named by "+p.env
			return "", missing
		}
		return path, nil
	}
	for _, name := range p.names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", missing
}

var versionNumber = regexp.MustCompile(`\d+(\.\d+)+\w*`)

// Version asks the browser at path for its version: "156.0.8078.79", "153.7.0esr".
func Version(ctx context.Context, path string) (string, error) {
	out, err := introduce(ctx, path)
	if err != nil {
		return "", err
	}
	version := versionNumber.FindString(out)
	if version == "" {
		return "", fmt.Errorf("browser: %s --version: no version in %q", path, out)
	}
	return version, nil
}

// engines has the words by which a browser introduces itself, in lower case. Firefox' come first: it is never named after
// another one.
var engines = []struct {
	kind  Kind
	words []string
}{
	{Firefox, []string{"firefox", "mozilla"}},
	{Chromium, []string{"chromium", "chrome", "edge", "brave", "opera", "vivaldi"}},
}

// KindOf asks the browser at path by which of the remote protocols it can be steered.
func KindOf(ctx context.Context, path string) (Kind, error) {
	out, err := introduce(ctx, path)
	if err != nil {
		return "", err
	}
	for _, e := range engines {
		for _, word := range e.words {
			if strings.Contains(strings.ToLower(out), word) {
				return e.kind, nil
			}
		}
	}
	return "", fmt.Errorf("browser: %s --version: neither Chromium nor Firefox: %q", path, out)
}

// introduce returns what a browser says of itself.
func introduce(ctx context.Context, path string) (string, error) {
	dir, err := os.MkdirTemp("", "wirelike-")
	if err != nil {
		return "", fmt.Errorf("browser: %w", err)
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = environment(dir)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("browser: %s --version: %w", path, err)
	}
	return string(out), nil
}

// TB is the part of testing.TB that [Need] uses.
type TB interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Need returns the path of the browser for a test that cannot do without it. Where the browser, or the certutil that
// makes it trust a test's authority, is not installed, the test is skipped with the reason, or fails if
// WIRELIKE_REQUIRE_BROWSERS is "1".
func Need(tb TB, kind Kind) string {
	tb.Helper()
	path, err := Find(kind)
	if err == nil {
		_, err = findCertutil()
	}
	var missing *NotInstalledError
	switch {
	case err == nil:
		return path
	case errors.As(err, &missing) && os.Getenv("WIRELIKE_REQUIRE_BROWSERS") != "1":
		tb.Skipf("%v", err)
	default:
		tb.Fatalf("%v", err)
	}
	return ""
}

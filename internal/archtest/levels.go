package archtest

import (
	"path"
	"slices"
	"strings"
)

// levels is the layer law: a package imports packages of strictly lower levels only; so packages of one level, siblings,
// never import each other. The first row whose pattern (of path.Match) matches the directory counts.
var levels = []struct {
	pattern string
	level   int
}{
	{"fingerprint", 0},
	{"client/cache", 0},
	{"suites/subject", 0},

	{"profiles", 1},
	{"wsecho", 1},
	{"internal/plan", 1},
	{"client/cache/cachetest", 1},

	{"fpserver", 2},
	{"internal/tlsdial", 2},
	{"internal/dial", 2},
	{"internal/quic", 2},
	{"internal/browser", 2},

	{"suites/nethttp", 2},
	{"suites/curl", 2},

	{"golden", 3},
	{"suites/runner", 4},
	{"internal/h1", 3},
	{"internal/h2", 3},
	{"internal/h3", 3},

	{"internal/engine", 4},
	{"internal/exchange", 4},
	{"suites/matchers", 4},

	{"client", 5},

	{"client/easy", 6},
	{"internal/task", 6},
	{"suites/wirelike", 6},
	{"cmd/*/internal/*", 6},

	{"cmd/*", 7},
	{"suites/*", 7},

	// Programs and laws of the house itself: nobody imports them.
	{"internal/archtest", 7},
	{"internal/interop", 7},
	{"internal/testcount", 7},
	{"internal/testid", 7},
	{"internal/corpus", 7},
	{"internal/bench", 7},
}

// testHelp is imported by test files only, of any package, and imports no package of the module.
var testHelp = []string{"internal/testnet"}

// limits narrow what the level of a package would allow. A test file is free of them: there, packages meet.
var limits = map[string]struct {
	only   []string
	reason string
}{
	"profiles": {[]string{"fingerprint"}, witness},
	"wsecho":   {[]string{"fingerprint"}, witness},
	"fpserver": {[]string{"fingerprint", "profiles", "wsecho"}, witness},
	"golden":   {[]string{"fingerprint", "profiles", "wsecho", "fpserver"}, witness},
}

// accused are the packages that make up the client; outside of tests they may not import the witnesses.
var (
	accused   = []string{"client", "client/*", "internal/tlsdial", "internal/dial", "internal/quic", "internal/h1", "internal/h2", "internal/h3", "internal/engine", "internal/exchange"}
	witnesses = []string{"wsecho", "fpserver", "golden"}
)

const witness = "the witness must not share code with the accused, or one bug cancels itself out"

func level(pkg string) (int, bool) {
	for _, row := range levels {
		if ok, _ := path.Match(row.pattern, pkg); ok {
			return row.level, true
		}
	}
	return 0, false
}

// checkPackage sees that the table knows the package.
func (r *Report) checkPackage(pkg string) {
	if _, ok := level(pkg); !ok && !slices.Contains(testHelp, pkg) {
		r.violation(pkg, 0, "level", "the package has no level: add a row to levels in internal/archtest/levels.go")
	}
	if slices.Contains(vagueNames, path.Base(pkg)) {
		r.violation(pkg, 0, "name", "%q says nothing: name the package after what it is about", path.Base(pkg))
	}
}

// vagueNames are names of packages that collect what has no place.
var vagueNames = []string{"base", "common", "helper", "helpers", "lib", "misc", "shared", "util", "utils"}

// checkImports sees that a source imports only what its package may.
func (r *Report) checkImports(module string, s source) {
	for _, imp := range s.imports {
		if imp.path == module {
			r.checkInner(s, imp, ".")
		} else if pkg, ok := strings.CutPrefix(imp.path, module+"/"); ok {
			r.checkInner(s, imp, pkg)
		} else if first, _, _ := strings.Cut(imp.path, "/"); strings.Contains(first, ".") {
			r.checkModule(s, imp)
		}
	}
}

// checkInner applies the layer law to one import of a package of the module.
func (r *Report) checkInner(s source, imp imported, pkg string) {
	help := slices.Contains(testHelp, s.pkg)
	own, known := level(s.pkg)
	other, otherKnown := level(pkg)
	switch {
	case s.test && s.pkg == pkg:
		// The test from outside the package.
	case help:
		r.violation(s.path, imp.line, "level", "%s is test help for every package and imports none, but imports %s", s.pkg, pkg)
	case slices.Contains(testHelp, pkg):
		if !s.test {
			r.violation(s.path, imp.line, "level", "%s is for test files only", pkg)
		}
	case !known || !otherKnown:
		// checkPackage says so.
	case other >= own:
		r.violation(s.path, imp.line, "level", "%s (level %d) imports %s (level %d): only lower levels may be imported",
			s.pkg, own, pkg, other)
	default:
		if l, ok := limits[s.pkg]; ok && !s.test && !slices.Contains(l.only, pkg) {
			r.violation(s.path, imp.line, "limit", "%s imports %s: %s", s.pkg, pkg, l.reason)
		}
		isAccused := slices.ContainsFunc(accused, func(pattern string) bool { ok, _ := path.Match(pattern, s.pkg); return ok })
		if isAccused && !s.test && slices.Contains(witnesses, pkg) {
			r.violation(s.path, imp.line, "limit", "%s imports %s: %s", s.pkg, pkg, witness)
		}
	}
}

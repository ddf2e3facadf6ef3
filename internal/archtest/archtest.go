// Package archtest holds the laws of this module that a machine can check, and runs them as a test over the tree: which
// package may import which (levels.go), who may use which other module (modules.go), and the house rules for files
// (house.go).
//
// It parses the sources itself instead of asking the go command, so that files behind build tags count too, and so that
// the go command sees which files the result of the test depends on.
package archtest

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Finding is one thing in one file that a rule speaks of.
type Finding struct {
	File string // slash-separated, from the root of the module
	Line int    // 1-based, 0 for the file as a whole
	Rule string // "level", "module", "sleep", …
	Text string // what is wrong, and what to do
}

func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", f.File, f.Rule, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Rule, f.Text)
}

// Report is what [Check] found, in the order of files and lines.
type Report struct {
	Violations []Finding
	// Notes are no violations: what is allowed and still worth a look.
	Notes []Finding
	// Packages is how many packages of the module were checked: of none, nothing has been proved.
	Packages int
}

// Check reads the module at the root of tree and returns what its laws say about it. The error is that of reading: a
// source that cannot be parsed is a violation.
func Check(tree fs.FS) (*Report, error) {
	t, err := readTree(tree)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	packages := map[string]bool{}
	for _, s := range t.sources {
		if s.err != nil {
			r.violation(s.path, 0, "parse", "%v", s.err)
			continue
		}
		if !s.nested {
			packages[s.pkg] = true
			r.checkImports(t.module, s)
		}
		r.checkSource(s)
	}
	r.Packages = len(packages)
	for pkg := range packages {
		r.checkPackage(pkg)
	}
	for _, f := range t.files {
		r.checkFile(f)
	}
	for _, list := range [][]Finding{r.Violations, r.Notes} {
		slices.SortFunc(list, func(a, b Finding) int {
			if c := strings.Compare(a.File, b.File); c != 0 {
				return c
			}
			return a.Line - b.Line
		})
	}
	return r, nil
}

// String tells the report in lines, violations first.
func (r *Report) String() string {
	var b strings.Builder
	for _, v := range r.Violations {
		fmt.Fprintln(&b, v)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(&b, "note:", n)
	}
	return b.String()
}

func (r *Report) violation(file string, line int, rule, format string, args ...any) {
	r.Violations = append(r.Violations, Finding{File: file, Line: line, Rule: rule, Text: fmt.Sprintf(format, args...)})
}

func (r *Report) note(file string, line int, rule, format string, args ...any) {
	r.Notes = append(r.Notes, Finding{File: file, Line: line, Rule: rule, Text: fmt.Sprintf(format, args...)})
}

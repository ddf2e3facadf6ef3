package archtest

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const behavioursFile = "docs/behaviours.md"

var (
	// idRange is a line that says which rows there must be: "FP-01 to FP-41".
	idRange = regexp.MustCompile(`(?m)^- ([A-Z]+)-(\d+) to ([A-Z]+)-(\d+)\b`)
	// idRow begins a row of the table: "| FP-01 | state |".
	idRow = regexp.MustCompile(`(?m)^\| *([A-Z]+-\d+) *\|([^|]*)\|`)
	// rowID is an ID in a test's table.
	rowID = regexp.MustCompile(`^[A-Z]+-\d+$`)
	// subtestID begins the name of a subtest, as in "COOKIE-16 localhost".
	subtestID = regexp.MustCompile(`^([A-Z]+-\d+)(?:[ /]|$)`)
)

// TestBehaviours: docs/behaviours.md has each row once, and what it calls done has a test.
func TestBehaviours(t *testing.T) {
	t.Parallel()
	found, rows, err := checkBehaviours(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if rows == 0 {
		t.Fatal("no row was checked")
	}
	for _, f := range found {
		t.Error(f)
	}
}

// checkBehaviours returns what is wrong with the page, and how many rows it has.
func checkBehaviours(fsys fs.FS) (found []string, rows int, err error) {
	page, err := fs.ReadFile(fsys, behavioursFile)
	if err != nil {
		return nil, 0, err
	}
	t, err := readTree(fsys)
	if err != nil {
		return nil, 0, err
	}
	tests, specs := testsOf(t), specsOf(t)
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }

	var want []string
	for _, m := range idRange.FindAllStringSubmatch(string(page), -1) {
		first, err1 := strconv.Atoi(m[2])
		last, err2 := strconv.Atoi(m[4])
		if m[1] != m[3] || err1 != nil || err2 != nil || first > last || last > 999 {
			complain("%q is no range", m[0])
			continue
		}
		for i := first; i <= last; i++ {
			want = append(want, fmt.Sprintf("%s-%0*d", m[1], len(m[4]), i))
		}
	}
	done := map[string]string{}
	var have []string
	for _, m := range idRow.FindAllStringSubmatch(string(page), -1) {
		id, state := m[1], strings.TrimSpace(m[2])
		have = append(have, id)
		kind, rest, _ := strings.Cut(state, " ")
		switch {
		case rest == "" || !slices.Contains([]string{"done", "open:", "dropped:"}, kind):
			complain("%s: %q is no state: want done PACKAGE TEST, open: BATCH or dropped: REASON", id, state)
		case kind == "done":
			done[id] = rest
			for _, problem := range checkDone(rest, tests, specs) {
				complain("%s: %s", id, problem)
			}
		}
	}
	if !slices.Equal(have, want) {
		complain("the rows are %q, want each ID once and in order: %q", have, want)
	}
	found = append(found, undone(want, done, tests, specs)...)
	slices.Sort(found)
	return found, len(have), nil
}

// undone returns which of the rows that have a test or a spec are not done.
func undone(want []string, done map[string]string, tests map[string]testIDs, specs map[string][]string) (found []string) {
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for name, test := range tests {
		for _, id := range test.rows {
			if slices.Contains(want, id) && done[id] == "" {
				complain("%s: %s has a test for it, but it is not done", id, name)
			}
		}
	}
	for suite, ids := range specs {
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			switch {
			case !slices.Contains(want, id):
				section, _, _ := strings.Cut(id, "-")
				if slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(w, section+"-") }) { // else it is no ID: SHA-256
					complain("%s has a spec %s, but there is no such row", suite, id)
				}
			case done[id] == "":
				complain("%s: %s has a spec for it, but it is not done", id, suite)
			}
		}
	}
	return found
}

// checkDone looks for the tests of "profiles TestStore/FP-26, client TestTarget": a package, a test and, if the test is a table of
// rows, an ID in it; the test of a suite has the IDs of its specs.
func checkDone(list string, tests map[string]testIDs, specs map[string][]string) (problems []string) {
	for item := range strings.SplitSeq(list, ",") {
		pkg, test, ok := strings.Cut(strings.TrimSpace(item), " ")
		name, id, hasID := strings.Cut(test, "/")
		ids, exists := tests[pkg+" "+name]
		switch {
		case !ok:
			problems = append(problems, fmt.Sprintf("%q is no package and test", item))
		case !exists:
			problems = append(problems, fmt.Sprintf("there is no %s in %s", name, pkg))
		case hasID && !slices.Contains(ids.rows, id) && !slices.Contains(ids.subtests, id) && !slices.Contains(specs[pkg], id):
			problems = append(problems, fmt.Sprintf("%s in %s has no row %s", name, pkg, id))
		}
	}
	return problems
}

// testIDs are the IDs in a test: those that begin rows of its tables, which are held to be the row's proof, and those that begin the
// names of subtests in another way, which the page may name.
type testIDs struct{ rows, subtests []string }

// testsOf returns all test functions, "package name", with their IDs.
func testsOf(t *tree) map[string]testIDs {
	out := map[string]testIDs{}
	for _, s := range t.sources {
		if !s.test || s.file == nil || strings.Contains("/"+s.path, "/testdata/") {
			continue
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			ids := testIDs{}
			ast.Inspect(f, func(n ast.Node) bool {
				name, row := subtestName(n)
				if row && rowID.MatchString(name) {
					ids.rows = append(ids.rows, name)
				} else if m := subtestID.FindStringSubmatch(name); m != nil {
					ids.subtests = append(ids.subtests, m[1])
				}
				return true
			})
			out[path.Dir(s.path)+" "+f.Name.Name] = ids
		}
	}
	return out
}

// subtestName returns the string that a row of a table begins with, {"FP-26", …} or {name: "FP-26 empty", …}, or that t.Run is
// called with; row tells that it is the first form.
func subtestName(n ast.Node) (name string, row bool) {
	var first ast.Expr
	switch n := n.(type) {
	case *ast.CompositeLit:
		if len(n.Elts) > 0 {
			first, row = n.Elts[0], true
		}
		if kv, ok := first.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); !ok || key.Name != "name" && key.Name != "id" {
				return "", false
			}
			first, row = kv.Value, false
		}
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Run" && len(n.Args) == 2 {
			first = n.Args[0]
		}
	}
	if lit, ok := first.(*ast.BasicLit); ok {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			return s, row
		}
	}
	return "", false
}

// specsOf returns the IDs of specs of each suite: those that calls begin with, as runner.It("REQ-07", …), and rows of tables.
func specsOf(t *tree) map[string][]string {
	out := map[string][]string{}
	for _, s := range t.sources {
		if s.test || s.file == nil || !strings.HasPrefix(s.path, "suites/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			var first ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				if len(n.Args) > 0 {
					first = n.Args[0]
				}
			case *ast.CompositeLit:
				if len(n.Elts) > 0 {
					first = n.Elts[0]
				}
			}
			if lit, ok := first.(*ast.BasicLit); ok {
				if id, err := strconv.Unquote(lit.Value); err == nil && rowID.MatchString(id) {
					out[s.pkg] = append(out[s.pkg], id)
				}
			}
			return true
		})
	}
	return out
}

func TestBehavioursFinds(t *testing.T) {
	t.Parallel()
	const head = "- X-01 to X-02: all\n\n| ID | state |\n|---|---|\n"
	for _, row := range []struct {
		name, page string
		want       []string // parts of what is found
	}{
		{"right", head + "| X-01 | done a TestA/X-01, a TestB | |\n| X-02 | open: h3 | |\n", nil},
		{"dropped", head + "| X-01 | done a TestA | |\n| X-02 | dropped: unused | |\n", nil},
		{"a row is missing", head + "| X-01 | done a TestA | |\n", []string{"the rows are"}},
		{"a row twice", head + "| X-01 | done a TestA | |\n| X-02 | open: h3 | |\n| X-02 | open: h3 | |\n", []string{"the rows are"}},
		{"no such row", head + "| X-01 | done a TestA | |\n| X-02 | open: h3 | |\n| X-03 | open: h3 | |\n", []string{"the rows are"}},
		{"no such test", head + "| X-01 | done a TestC | |\n| X-02 | open: h3 | |\n", []string{"X-01: there is no TestC in a"}},
		{"the name of a subtest", head + "| X-01 | done a TestA/X-01 | |\n| X-02 | done a TestB/X-02, a TestD/X-02, a TestD/X-03 | |\n", nil},
		{"only an ID counts", head + "| X-01 | done a TestA/X-01 | |\n| X-02 | done a TestD/X-04 | |\n", []string{"X-02: TestD in a has no row X-04"}},
		{"no such package", head + "| X-01 | done b TestA | |\n| X-02 | open: h3 | |\n", []string{"X-01: there is no TestA in b"}},
		{"specs", head + "| X-01 | done suites/b TestB/X-01 | |\n| X-02 | done suites/b TestB/X-02 | |\n", []string{"X-02: TestB in suites/b has no row X-02"}},
		{"no such ID", head + "| X-01 | done a TestA | |\n| X-02 | done a TestA/X-02 | |\n", []string{"X-02: TestA in a has no row X-02"}},
		{"no package", head + "| X-01 | done TestA | |\n| X-02 | open: h3 | |\n", []string{`X-01: "TestA" is no package and test`}},
		{"open without a batch", head + "| X-01 | done a TestA | |\n| X-02 | open: | |\n", []string{"X-02: \"open:\" is no state"}},
		{"another state", head + "| X-01 | done a TestA | |\n| X-02 | soon maybe | |\n", []string{"X-02: \"soon maybe\" is no state"}},
		{"tested and open", head + "| X-01 | open: h3 | |\n| X-02 | open: h3 | |\n", []string{"X-01: a TestA has a test for it", "X-01: suites/b has a spec for it"}},
		{"a spec of no row", "- X-02 to X-02\n\n| X-02 | open: h3 | |\n", []string{"suites/b has a spec X-01"}},
		{"what is no row of the page", "- Y-02 to Y-02\n\n| Y-02 | open: h3 | |\n", nil},
		{"no range", "- X-02 to Y-01\n", []string{"is no range"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			found, _, err := checkBehaviours(fstest.MapFS{
				"go.mod":             {Data: []byte("module " + module + "\n")},
				behavioursFile:       {Data: []byte(row.page)},
				"suites/b/b.go":      {Data: []byte("package b\n\nvar _ = runner.It(\"X-01\", \"\", nil)\n\nvar _ = []struct{ id string }{{\"X-01\"}}\n")},
				"suites/b/b_test.go": {Data: []byte("package b\n\nfunc TestB() {}\n")},
				"a/a_test.go": {Data: []byte("package a\n\nfunc TestA() { _ = []struct{ id string }{{\"X-01\"}} }\n\n" +
					"func TestB() { t.Run(\"X-02\", nil) }\n\nfunc TestD() { _ = []struct{ name string }{{name: \"X-02 a\"}, {\"X-03 b\"}, {\"X-04b\"}} }\n")},
			})
			if err != nil || len(found) != len(row.want) {
				t.Fatalf("%q, %v", found, err)
			}
			for i, want := range row.want {
				if !strings.Contains(found[i], want) {
					t.Errorf("%q, want %q", found[i], want)
				}
			}
		})
	}
}

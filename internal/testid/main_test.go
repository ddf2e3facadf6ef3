package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// TestFind: the row is found wherever it may stand, and nothing else is.
func TestFind(t *testing.T) {
	t.Parallel()
	const suite = "package %s_test\n\nimport \"testing\"\n\nfunc TestSuite(t *testing.T) { %s.Run(t, nil) }\n\nfunc TestOther(t *testing.T) {}\n"
	for _, row := range []struct {
		name, id string
		files    map[string]string
		want     string
	}{
		{"in a table", "X-01", map[string]string{"a/a_test.go": "package a\n\nfunc TestA() { _ = []string{\"X-01\"} }\n\nfunc TestB() { _ = \"X-02\" }\n"}, "a rows=[TestA]"},
		{"at the beginning of a name", "X-01", map[string]string{"a/a_test.go": "package a\n\nfunc TestA() { _ = \"X-01 what\" }\n\nfunc TestB() { _ = \"not X-01\" }\n"}, "a rows=[TestA]"},
		{"another number", "X-01", map[string]string{"a/a_test.go": "package a\n\nfunc TestA() { _ = \"X-011\" }\n"}, ""},
		{"in a variable", "X-01", map[string]string{"a/a_test.go": "package a\n\nvar rows = []string{\"X-01\"}\n\nfunc TestA() { _ = rows }\n\nfunc TestB() {}\n"}, "a rows=[TestA]"},
		{"in a function", "X-01", map[string]string{"a/a_test.go": "package a\n\nfunc rows() { _ = \"X-01\" }\n\nfunc TestA() { rows() }\n\nfunc TestB() {}\n"}, "a rows=[TestA]"},
		{"in a source that is no test", "X-01", map[string]string{"a/a.go": "package a\n\nvar x = \"X-01\"\n"}, ""},
		{"in test data", "X-01", map[string]string{"a/testdata/a_test.go": "package a\n\nfunc TestA() { _ = \"X-01\" }\n"}, ""},
		{"in a suite", "X-01", map[string]string{
			"suites/a/a.go": "package a\n\nvar specs = []string{\"X-01 what\"}\n", "suites/a/a_test.go": fmt.Sprintf(suite, "a", "a"),
		}, "suites/a suite=TestSuite"},
		{"in the tests of a suite", "X-01", map[string]string{
			"suites/a/a.go": "package a\n", "suites/a/a_test.go": fmt.Sprintf(suite, "a", "a") + "\nvar known = \"X-01\"\n",
		}, ""},
		{"on the page", "X-01", map[string]string{page: "| X-01 | done a TestA, b TestB/X-01, suites/c TestSuite | |\n| X-02 | done a TestC | |\n"}, "a whole=[TestA]"},
		{"on the page and in a table", "X-01", map[string]string{
			page: "| X-01 | done a TestA | |\n", "a/a_test.go": "package a\n\nfunc TestA() { _ = \"X-01\" }\n",
		}, "a rows=[TestA]"},
		{"not done", "X-01", map[string]string{page: "| X-01 | open: h3 | |\n"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{}
			for name, text := range row.files {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			found, err := find(fsys, row.id)
			var all []string
			for _, p := range found {
				text := p.dir
				for _, f := range []struct{ name, value string }{{"rows", list(p.rows)}, {"whole", list(p.whole)}, {"suite", p.suite}} {
					if f.value != "" {
						text += " " + f.name + "=" + f.value
					}
				}
				all = append(all, text)
			}
			if got := strings.Join(all, ", "); err != nil || got != row.want {
				t.Errorf("%q, %v, want %q", got, err, row.want)
			}
		})
	}
}

func list(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprint(names)
}

// TestNamed: subtests are told by the ID in their name, however deep they are; a test without such ones as a whole.
func TestNamed(t *testing.T) {
	t.Parallel()
	events, err := readEvents(strings.NewReader(`{"Action":"run","Test":"TestA/X-01_a"}
{"Action":"output","Test":"TestA/X-01_a","Output":"why\n"}
{"Action":"fail","Test":"TestA/X-01_a"}
{"Action":"pass","Test":"TestA/h2/X-01/deep"}
{"Action":"pass","Test":"TestA/X-011"}
{"Action":"fail","Test":"TestA"}
{"Action":"pass","Test":"TestB/rows"}
{"Action":"pass","Test":"TestB"}
{"Action":"fail"}
`))
	if err != nil {
		t.Fatal(err)
	}
	results := wholeOf(events, []string{"TestA", "TestB"}, "X-01")
	if got := fmt.Sprintf("%q", results); got != `[{"fail" "TestA/X-01_a" "why\n"} {"pass" "TestA/h2/X-01/deep" ""} {"pass" "TestB" ""}]` {
		t.Error(got)
	}
}

// TestReport: specs that are not in the focus are not told, those that were skipped for a reason are.
func TestReport(t *testing.T) {
	t.Parallel()
	results, err := readReport([]byte(`[{"SpecReports": [
		{"LeafNodeType": "It", "LeafNodeText": "X-01 a", "State": "passed"},
		{"LeafNodeType": "It", "LeafNodeText": "X-02 b", "State": "skipped"},
		{"LeafNodeType": "It", "LeafNodeText": "X-01 c", "State": "skipped", "Failure": {"Message": "unsupported"}},
		{"LeafNodeType": "It", "LeafNodeText": "X-01 d", "State": "timedout", "Failure": {"Message": "late", "Location": {"FileName": "a.go", "LineNumber": 3}}},
		{"LeafNodeType": "ReportAfterEach", "LeafNodeText": "", "State": "passed"}]}]`))
	if got := fmt.Sprintf("%q", results); err != nil || got != `[{"pass" "X-01 a" ":0: "} {"skip" "X-01 c" ":0: unsupported"} {"fail" "X-01 d" "a.go:3: late"}]` {
		t.Error(got, err)
	}
}

package client_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const differencesPage = "../docs/cookies-redirects.md"

// The table of the page stands between these lines.
const (
	tableBegin = "<!-- table: client/differential_page_test.go -->\n"
	tableEnd   = "<!-- end -->\n"
)

// TestDifferentialPage: the page has the table of the record and the verdicts. WIRELIKE_UPDATE=1 writes it.
func TestDifferentialPage(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(differencesPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", differencesPage)
	}
	want := before + tableBegin + "\n" + table(loadRecord(t)) + "\n" + tableEnd + after
	if want == string(b) {
		return
	}
	if os.Getenv("WIRELIKE_UPDATE") != "1" {
		t.Fatalf("%s is not what was recorded; WIRELIKE_UPDATE=1 go test -run TestDifferentialPage ./client writes it", differencesPage)
	}
	if err := os.WriteFile(differencesPage, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table writes the record down: the clients, then the vectors on which they differ.
func table(r *record) string {
	var b strings.Builder
	differ := map[string]int{}
	for _, d := range r.Differences {
		for name := range d.Seen {
			differ[name]++
		}
	}
	b.WriteString("| client | version | vectors | differs |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(r.Clients)) {
		c := r.Clients[name]
		version := c.Version
		if version == "" {
			version = "this module"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d |\n", name, version, c.Asked, differ[name])
	}
	b.WriteString("\n| vector | wirelike | others | who is right, and why |\n|---|---|---|---|\n")
	for _, v := range allVectors() {
		for _, d := range r.Differences {
			if j := verdictOn(d.Vector); d.Vector == v.String() && j != nil {
				fmt.Fprintf(&b, "| %s | %s | %s | %s: %s |\n", cell(d.Vector), inCode(v.want), others(d), j.right, j.why)
			}
		}
	}
	return b.String()
}

// others writes down what the clients that differ do, those that do the same together.
func others(d *recordedDifference) string {
	by := map[string][]string{}
	var order []string
	for _, r := range rivals {
		if seen, ok := d.Seen[r.name]; ok {
			if by[seen] == nil {
				order = append(order, seen)
			}
			by[seen] = append(by[seen], r.name)
		}
	}
	var list []string
	for _, seen := range order {
		list = append(list, strings.Join(by[seen], ", ")+": "+inCode(seen))
	}
	return strings.Join(list, "; ")
}

// inCode writes an observation.
func inCode(text string) string {
	if text == "" {
		return "nothing"
	}
	quoted := strconv.Quote(text)
	return "`" + strings.NewReplacer(`\"`, `"`, `\\`, `\`, "|", `\|`).Replace(quoted[1:len(quoted)-1]) + "`"
}

// cell keeps a name from being read as Markdown.
func cell(text string) string { return strings.NewReplacer("__", `\_\_`, "|", `\|`).Replace(text) }

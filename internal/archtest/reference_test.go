package archtest

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	referenceFile = "docs/from-curl_cffi.md"
	// referenceNames has the names of the reference library, which were read out of it once.
	referenceNames = "internal/archtest/testdata/curl_cffi_names.txt"
)

// batches are what an open name may come with.
var batches = []string{"easy", "h3", "proxy", "websocket", "cache", "doh"}

var (
	quotedWord = regexp.MustCompile("`([^`]*)`")
	// onlyQuoted is a list of quoted words and nothing else.
	onlyQuoted = regexp.MustCompile("^`[^`]+`(, `[^`]+`)*$")
)

// TestReference: docs/from-curl_cffi.md has every name of the reference library once, and each Go symbol on it exists.
func TestReference(t *testing.T) {
	t.Parallel()
	names, err := os.ReadFile("../../" + referenceNames)
	if err != nil {
		t.Fatal(err)
	}
	found, rows, err := checkReference(os.DirFS("../.."), nameList(names))
	if err != nil {
		t.Fatal(err)
	}
	if rows < 100 {
		t.Errorf("only %d rows were checked", rows)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// nameList returns the names of a list, one a line.
func nameList(text []byte) (names []string) {
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			names = append(names, line)
		}
	}
	return names
}

// checkReference returns what is wrong with the page, and how many rows it has.
func checkReference(fsys fs.FS, names []string) (found []string, rows int, err error) {
	page, err := fs.ReadFile(fsys, referenceFile)
	if err != nil {
		return nil, 0, err
	}
	symbols, err := newSymbols(fsys)
	if err != nil {
		return nil, 0, err
	}
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	left := map[string]int{}
	for _, name := range names {
		left[name]++
	}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		rows++
		names, state := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		for _, problem := range symbols.checkState(state) {
			complain("%s: %s", names, problem)
		}
	}
	for _, name := range namesOn(string(page)) {
		left[name]--
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		switch n := left[name]; {
		case n > 0:
			complain("%s is not on the page", name)
		case n < 0:
			complain("%s is on the page, but not among the names, or twice", name)
		}
	}
	return found, rows, nil
}

// namesOn returns the names in the first cells of a page's tables.
func namesOn(page string) (names []string) {
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		for _, m := range quotedWord.FindAllStringSubmatch(cells[1], -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// checkState checks a list of Go symbols, "open: BATCH" or "dropped: REASON".
func (s *symbols) checkState(state string) (problems []string) {
	kind, rest, _ := strings.Cut(state, ": ")
	switch {
	case kind == "open":
		for batch := range strings.SplitSeq(rest, ", ") {
			if !slices.Contains(batches, batch) {
				problems = append(problems, fmt.Sprintf("there is no batch %q, only %q", batch, batches))
			}
		}
	case kind == "dropped" && rest != "":
	case onlyQuoted.MatchString(state):
		for _, m := range quotedWord.FindAllStringSubmatch(state, -1) {
			if err := s.lookup(m[1]); err != nil {
				problems = append(problems, err.Error())
			}
		}
	default:
		problems = append(problems, fmt.Sprintf("%q is no state: want Go symbols, open: BATCH or dropped: REASON", state))
	}
	return problems
}

// TestReferenceFinds: what is wrong is found.
func TestReferenceFinds(t *testing.T) {
	t.Parallel()
	const code = "package client\nimport \"m/other\"\ntype Options struct { Proxy string; Inner; Other other.T; hidden int }\ntype Inner struct { Deep *Options }\n" +
		"func (o *Options) Check() {}\nfunc New() {}\nvar ErrX = 1\ntype Alias = other.T\n"
	for _, row := range []struct{ name, page, want string }{
		{"a function", "| `a` | `client.New` | |", ""},
		{"a field, a method, an embedded field's, a variable", "| `a` | `client.Options.Proxy`, `client.Options.Check`, `client.Options.Deep.Proxy`, `client.ErrX` | |", ""},
		{"through another package", "| `a` | `client.Options.Other.Field`, `client.Alias.Field` | |", ""},
		{"open", "| `a` | open: easy, h3 | |", ""},
		{"dropped", "| `a` | dropped: of no use | |", ""},
		{"text without names is no row", "| x | y | |\n| `a` | `client.New` | |", ""},
		{"no symbol", "| `a` | `client.Gone` | |", "there is no Gone in client"},
		{"no field", "| `a` | `client.Options.Gone` | |", "client.Options has no Gone"},
		{"not exported", "| `a` | `client.Options.hidden` | |", "hidden is not exported"},
		{"no package", "| `a` | `server.New` | |", "there is no package server"},
		{"a package only", "| `a` | `client` | |", "names no symbol"},
		{"no batch", "| `a` | open: later | |", `no batch "later"`},
		{"dropped without a reason", "| `a` | dropped: | |", "is no state"},
		{"words", "| `a` | `client.New` perhaps | |", "is no state"},
		{"missing", "| `b` | `client.New` | |", "a is not on the page"},
		{"unknown", "| `a`, `b` | `client.New` | |", "b is on the page, but not among"},
		{"twice", "| `a` | `client.New` | |\n| `a` | `client.New` | |", "a is on the page, but not among the names, or twice"},
	} {
		fsys := fstest.MapFS{
			"go.mod":                  {Data: []byte("module m\n")},
			"client/client.go":        {Data: []byte(code)},
			"client/client_test.go":   {Data: []byte("package client\nfunc Gone() {}\n")},
			"other/other.go":          {Data: []byte("package other\nimport \"io\"\ntype T struct { Field io.Reader }\n")},
			path.Clean(referenceFile): {Data: []byte(row.page)},
		}
		found, _, err := checkReference(fsys, []string{"a"})
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if text := strings.Join(found, "\n"); (row.want == "") != (text == "") || !strings.Contains(text, row.want) {
			t.Errorf("%s: found %q, want %q in it", row.name, text, row.want)
		}
	}
}

package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	page   = "docs/behaviours.md"
	suites = "suites/" // the packages whose tests are specs of Ginkgo
)

// place is a package with tests of a row.
type place struct {
	dir string
	// rows are the tests in which subtests are named by the row, whole those that are about nothing else.
	rows, whole []string
	// suite is the test that runs the package's specs, some of which are named by the row; empty for other packages.
	suite string
}

// find looks for the row in the sources of tests, and on the page.
func find(fsys fs.FS, id string) ([]*place, error) {
	places := map[string]*place{}
	at := func(dir string) *place {
		if places[dir] == nil {
			places[dir] = &place{dir: dir}
		}
		return places[dir]
	}
	packages, err := readPackages(fsys)
	if err != nil {
		return nil, err
	}
	named := regexp.MustCompile(`^` + id + `\b`)
	for dir, files := range packages {
		if strings.HasPrefix(dir, suites) {
			if s := suiteOf(files); s != "" && specsOf(files, named) {
				at(dir).suite = s
			}
		} else if tests := testsOf(files, named); len(tests) > 0 {
			at(dir).rows = tests
		}
	}
	whole, err := fromPage(fsys, id)
	if err != nil {
		return nil, err
	}
	for _, w := range whole {
		if p := at(w[0]); !slices.Contains(p.rows, w[1]) && p.suite == "" {
			p.whole = append(p.whole, w[1])
		}
	}
	out := []*place{}
	for _, dir := range slices.Sorted(maps.Keys(places)) {
		out = append(out, places[dir])
	}
	return out, nil
}

// readPackages parses the test files of all packages, and all files of suites.
func readPackages(fsys fs.FS) (map[string][]*ast.File, error) {
	packages := map[string][]*ast.File{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, suites):
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		packages[path.Dir(name)] = append(packages[path.Dir(name)], f)
		return nil
	})
	return packages, err
}

// holds tells whether a text within the node begins with what matches.
func holds(n ast.Node, named *regexp.Regexp) (yes bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			yes = yes || err == nil && named.MatchString(text)
		}
		return !yes
	})
	return yes
}

// testsOf returns the tests that hold the row, or use a function or a variable that does.
func testsOf(files []*ast.File, named *regexp.Regexp) (tests []string) {
	holders := map[string]bool{}
	for _, f := range files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				for _, s := range g.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && holds(v, named) {
						holders[v.Names[0].Name] = true
					}
				}
			} else if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && !isTest(fn) && holds(fn, named) {
				holders[fn.Name.Name] = true
			}
		}
	}
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && isTest(fn) && (holds(fn, named) || uses(fn, holders)) {
				tests = append(tests, fn.Name.Name)
			}
		}
	}
	slices.Sort(tests)
	return tests
}

func isTest(f *ast.FuncDecl) bool {
	return f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && f.Name.Name != "TestMain"
}

func uses(n ast.Node, names map[string]bool) (yes bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && names[id.Name] {
			yes = true
		}
		return !yes
	})
	return yes
}

// specsOf tells whether a suite has specs named by the row.
func specsOf(files []*ast.File, named *regexp.Regexp) bool {
	return slices.ContainsFunc(files, func(f *ast.File) bool { return !strings.HasSuffix(f.Name.Name, "_test") && holds(f, named) })
}

// suiteOf returns the test that calls Run of the suite's own package.
func suiteOf(files []*ast.File) (test string) {
	for _, f := range files {
		pkg, external := strings.CutSuffix(f.Name.Name, "_test")
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !isTest(fn) || !external {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Run" {
					if x, ok := sel.X.(*ast.Ident); ok && x.Name == pkg {
						test = fn.Name.Name
					}
				}
				return true
			})
		}
	}
	return test
}

// fromPage returns package and test of what the page says of the row, where the whole test is about it.
func fromPage(fsys fs.FS, id string) (tests [][2]string, err error) {
	text, err := fs.ReadFile(fsys, page)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	row := regexp.MustCompile(`(?m)^\| *` + id + ` *\| *done ([^|]*)\|`).FindSubmatch(text)
	if row == nil {
		return nil, nil
	}
	for item := range strings.SplitSeq(string(row[1]), ",") {
		dir, test, ok := strings.Cut(strings.TrimSpace(item), " ")
		if !ok {
			return nil, fmt.Errorf("%s: %s: %q is no package and test", page, id, item)
		}
		if !strings.Contains(test, "/") && !strings.HasPrefix(dir, suites) {
			tests = append(tests, [2]string{dir, test})
		}
	}
	return tests, nil
}

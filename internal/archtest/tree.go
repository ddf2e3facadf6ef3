package archtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// tree is a module as the laws see it.
type tree struct {
	module  string // its path
	sources []source
	files   []file // all of them, sources too
}

// file is any file of the tree.
type file struct {
	path string
	data []byte
}

// source is one Go file.
type source struct {
	path    string
	pkg     string // directory, "." for the root
	test    bool
	nested  bool // belongs to another module inside this one
	lines   int
	imports []imported
	tag     constraint.Expr // of its //go:build line, nil for none
	file    *ast.File
	fset    *token.FileSet
	err     error // of the parser
}

type imported struct {
	path string
	line int
}

func readTree(fsys fs.FS) (*tree, error) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, err
	}
	t := &tree{module: modulePath(mod)}
	if t.module == "" {
		return nil, errors.New("archtest: go.mod names no module")
	}
	ignored, err := readIgnored(fsys)
	if err != nil {
		return nil, err
	}
	var nested []string
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && (d.Name() == ".git" || ignored.match(name, d.IsDir())):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			if _, err := fs.Stat(fsys, path.Join(name, "go.mod")); err == nil && name != "." {
				nested = append(nested, name+"/")
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		t.files = append(t.files, file{path: name, data: data})
		if strings.HasSuffix(name, ".go") && !strings.Contains("/"+name, "/testdata/") {
			s := parse(name, data)
			for _, dir := range nested {
				s.nested = s.nested || strings.HasPrefix(name, dir)
			}
			t.sources = append(t.sources, s)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("archtest: %w", err)
	}
	return t, nil
}

func modulePath(mod []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(mod))
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "module "); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

func parse(name string, data []byte) source {
	s := source{
		path: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		lines: bytes.Count(data, []byte("\n")), fset: token.NewFileSet(),
	}
	s.file, s.err = parser.ParseFile(s.fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
	if s.err != nil {
		return s
	}
	for _, spec := range s.file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			s.imports = append(s.imports, imported{path: p, line: s.line(spec)})
		}
	}
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if c.Pos() < s.file.Package && constraint.IsGoBuild(c.Text) {
				s.tag, s.err = constraint.Parse(c.Text)
			}
		}
	}
	return s
}

func (s *source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// ignoreList is .gitignore, as far as this module uses its language: "/name" and "/name/" at the root, "*.ext" and
// "name" anywhere.
type ignoreList []string

func readIgnored(fsys fs.FS) (ignoreList, error) {
	data, err := fs.ReadFile(fsys, ".gitignore")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list ignoreList
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list, err
}

func (l ignoreList) match(name string, dir bool) bool {
	for _, pattern := range l {
		p, dirOnly := strings.CutSuffix(pattern, "/")
		if dirOnly && !dir {
			continue
		}
		against := path.Base(name)
		if anchored, ok := strings.CutPrefix(p, "/"); ok {
			p, against = anchored, name
		}
		if ok, _ := path.Match(p, against); ok {
			return true
		}
	}
	return false
}

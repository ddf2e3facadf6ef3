package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"strings"
)

// symbols looks up names of this module's packages. It reads declarations only, and of other modules nothing: fields and
// methods of our own types are there all the same.
type symbols struct {
	fsys   fs.FS
	module string
	fset   *token.FileSet
	loaded map[string]*types.Package
}

func newSymbols(fsys fs.FS) (*symbols, error) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, err
	}
	return &symbols{fsys, modulePath(mod), token.NewFileSet(), map[string]*types.Package{}}, nil
}

// lookup returns an error if there is no such symbol: package, name, then fields and methods ("client.Call.Form").
func (s *symbols) lookup(symbol string) error {
	dir, rest, ok := strings.Cut(symbol, ".")
	if !ok {
		return fmt.Errorf("%s names no symbol of a package", symbol)
	}
	pkg, err := s.Import(s.module + "/" + dir)
	if err != nil {
		return err
	}
	names := strings.Split(rest, ".")
	for _, name := range names {
		if !token.IsExported(name) {
			return fmt.Errorf("%s: %s is not exported", symbol, name)
		}
	}
	obj := pkg.Scope().Lookup(names[0])
	if obj == nil {
		return fmt.Errorf("there is no %s in %s", names[0], dir)
	}
	for i, name := range names[1:] {
		next, _, _ := types.LookupFieldOrMethod(obj.Type(), true, pkg, name)
		if next == nil {
			return fmt.Errorf("%s.%s has no %s", dir, strings.Join(names[:i+1], "."), name)
		}
		obj = next
	}
	return nil
}

// Import implements [types.Importer]: what is not of this module is an empty package.
func (s *symbols) Import(name string) (*types.Package, error) {
	if p := s.loaded[name]; p != nil {
		return p, nil
	}
	dir, own := strings.CutPrefix(name, s.module+"/")
	if !own {
		p := types.NewPackage(name, path.Base(name))
		p.MarkComplete()
		s.loaded[name] = p
		return p, nil
	}
	files, err := s.parse(dir)
	if err != nil {
		return nil, err
	}
	config := types.Config{Importer: s, IgnoreFuncBodies: true, Error: func(error) {}} // much is unknown of other modules
	p, _ := config.Check(name, s.fset, files, nil)
	s.loaded[name] = p
	return p, nil
}

// parse reads the files of a package that are not tests.
func (s *symbols) parse(dir string) (files []*ast.File, err error) {
	entries, err := fs.ReadDir(s.fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("there is no package %s", dir)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		data, err := fs.ReadFile(s.fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(s.fset, e.Name(), data, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no package %s", dir)
	}
	return files, nil
}

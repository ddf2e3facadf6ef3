package archtest

import (
	"bytes"
	"go/ast"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxLines     = 700     // of a Go file
	aimLines     = 400     // more than that is noted
	aimFunction  = 60      // lines of a function, more is noted
	maxFileBytes = 1 << 20 // of any file
)

// tables are Go files that may be longer than maxLines, because all they hold is a table.
var tables = map[string]string{}

// pollers are files that may sleep between two looks at a condition, because nothing tells when it changes.
var pollers = map[string]string{
	"internal/testnet/leak.go": "nothing tells when a foreign goroutine ends",
}

// checkSource applies the rules for Go files.
func (r *Report) checkSource(s source) {
	switch reason, table := tables[s.path]; {
	case table && s.lines <= maxLines:
		r.violation(s.path, 0, "length", "%d lines: no longer needs its row (%s) in tables, internal/archtest/house.go", s.lines, reason)
	case !table && s.lines > maxLines:
		r.violation(s.path, 0, "length", "%d lines, at most %d: split it by concept, or if it is only a table add it to tables in internal/archtest/house.go", s.lines, maxLines)
	case !table && s.lines > aimLines:
		r.note(s.path, 0, "length", "%d lines, the aim is %d", s.lines, aimLines)
	}
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && !s.test { // a test is as long as its table
			if n := s.fset.Position(f.End()).Line - s.line(f) + 1; n > aimFunction {
				r.note(s.path, s.line(f), "length", "function %s has %d lines, the aim is %d", f.Name.Name, n, aimFunction)
			}
		}
	}
	r.checkSleep(s)
}

// checkSleep finds calls that wait for time to pass. Inside a bubble of testing/synctest they wait for nothing: there
// they are how a fake clock is moved.
func (r *Report) checkSleep(s source) {
	if _, ok := pollers[s.path]; ok {
		return
	}
	name, synctest := importName(s.file, "time"), importName(s.file, "testing/synctest")
	if name == "" {
		return
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && synctest != "" && isSelector(call.Fun, synctest, "Test") {
			return false
		}
		dotted, _ := n.(*ast.Ident)
		if dotted != nil && name == "." && dotted.Name == "Sleep" {
			r.violation(s.path, s.line(dotted), "sleep", "Sleep hopes instead of waiting: use a channel, a context, or testing/synctest")
		}
		if x, ok := n.(*ast.SelectorExpr); ok && isSelector(x, name, "Sleep") {
			r.violation(s.path, s.line(x), "sleep", "time.Sleep hopes instead of waiting: use a channel, a context, or testing/synctest")
		}
		return true
	})
}

// importName returns the name under which a file knows a package, "" if it does not import it.
func importName(f *ast.File, pkg string) string {
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != pkg {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(pkg)
	}
	return ""
}

func isSelector(e ast.Expr, pkg, name string) bool {
	x, ok := e.(*ast.SelectorExpr)
	if !ok || x.Sel.Name != name {
		return false
	}
	id, ok := x.X.(*ast.Ident)
	return ok && id.Name == pkg
}

var (
	// machinePath finds absolute paths of the machine that somebody worked on.
	machinePath = regexp.MustCompile(`(^|[^\w.~/-])/(work|root|home)/`)
	// unfinished finds notes to oneself. It is put together so that it does not find itself.
	unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)
)

// checkFile applies the rules for all files, text and data.
func (r *Report) checkFile(f file) {
	if len(f.data) > maxFileBytes {
		r.violation(f.path, 0, "size", "%d bytes, at most %d", len(f.data), maxFileBytes)
	}
	if !utf8.Valid(f.data) || bytes.IndexByte(f.data, 0) >= 0 {
		return
	}
	code := isCode(f.path)
	for i, line := range bytes.Split(f.data, []byte("\n")) {
		if m := machinePath.Find(line); m != nil {
			r.violation(f.path, i+1, "path", "%q is the path of one machine", bytes.TrimLeft(m, "\"'`( =:"))
		}
		if m := unfinished.Find(line); code && m != nil {
			r.violation(f.path, i+1, "unfinished", "%s: finish it, or say what is so and why", m)
		}
	}
}

// isCode says whether a file is written by hand, not data.
func isCode(name string) bool {
	switch path.Ext(name) {
	case ".go", ".sh", ".html", ".js", ".css", ".mod":
		return !strings.Contains("/"+name, "/testdata/")
	}
	return name == "Makefile" || strings.HasPrefix(name, ".ci/")
}

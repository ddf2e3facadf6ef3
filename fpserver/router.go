package fpserver

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

type handlerFunc func(*Server, http.ResponseWriter, *http.Request)

// router finds the row of the route table for a path. Unlike [http.ServeMux] it leaves paths as the client sent them:
// what has no row goes to Server.Handler untouched.
type router struct {
	table  []route
	exact  map[string]*route
	prefix map[string]*route // by everything before the first segment in braces
	depth  int               // segments in braces of the pattern with the most
}

func newRouter(table []route) *router {
	t := &router{table: table, exact: map[string]*route{}, prefix: map[string]*route{}}
	for i := range table {
		r := &table[i]
		dir, names := r.names()
		if len(names) == 0 {
			t.exact[r.pattern] = r
			continue
		}
		t.prefix[dir] = r
		t.depth = max(t.depth, len(names))
	}
	return t
}

// names returns what stands before the first segment in braces, and the names of those.
func (row *route) names() (dir string, names []string) {
	dir, rest, ok := strings.Cut(row.pattern, "{")
	if ok {
		for name := range strings.SplitSeq(rest, "/") {
			names = append(names, strings.Trim(name, "{}"))
		}
	}
	return dir, names
}

// match takes a path apart at the last so many slashes.
func (t *router) match(r *http.Request) *route {
	path := r.URL.Path
	if found := t.exact[path]; found != nil {
		return found
	}
	for end, segments := len(path), 1; segments <= t.depth; segments++ {
		end = strings.LastIndexByte(path[:end], '/')
		if end < 0 {
			break
		}
		found := t.prefix[path[:end+1]]
		if found == nil {
			continue
		}
		_, names := found.names()
		values := strings.Split(path[end+1:], "/")
		if len(names) != len(values) || slices.Contains(values, "") {
			continue
		}
		for i, name := range names {
			r.SetPathValue(name, values[i])
		}
		return found
	}
	// What ends in a slash is a tree: the longest one counts.
	for end := strings.LastIndexByte(path, '/'); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		if found := t.exact[path[:end+1]]; found != nil {
			return found
		}
	}
	return nil
}

func (t *router) serve(s *Server, w http.ResponseWriter, r *http.Request) {
	found := t.match(r)
	switch {
	case found != nil:
		found.serve(s, w, r)
	case s.Handler != nil:
		s.Handler.ServeHTTP(w, r)
	default:
		fail(w, http.StatusNotFound, "no such path: "+r.URL.Path)
	}
}

// serve checks the method and answers CORS preflights, so that scripts of any page may ask.
func (row *route) serve(s *Server, w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", row.allow())
		h.Set("Access-Control-Allow-Headers", "*")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if row.methods != nil && !slices.Contains(row.methods, r.Method) && (r.Method != http.MethodHead || !slices.Contains(row.methods, http.MethodGet)) {
		h.Set("Allow", row.allow())
		fail(w, http.StatusMethodNotAllowed, r.Method+" is not allowed for "+row.pattern)
		return
	}
	row.handler(s, w, r)
}

func (row *route) allow() string {
	switch {
	case row.methods == nil:
		return "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
	case slices.Contains(row.methods, http.MethodGet):
		return strings.Join(append([]string{http.MethodHead}, row.methods...), ", ")
	}
	return strings.Join(row.methods, ", ")
}

// writeJSON answers with v in the one text form of this module.
func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := fingerprint.FormatJSON(v)
	if err != nil {
		b, status = []byte("{\"error\": \"answer cannot be written\"}\n"), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(b)
}

// fail answers with an error.
func fail(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, struct {
		Error string `json:"error"`
	}{text})
}

//go:embed page/index.html
var indexPage string

var indexTemplate = template.Must(template.New("index").Parse(indexPage))

type indexRow struct {
	Methods string `json:"methods"`
	Path    string `json:"path"`
	Doc     string `json:"doc"`
	Try     string `json:"-"`
}

// index lists the routes.
func (s *Server) index(w http.ResponseWriter, r *http.Request) {
	var rows []indexRow
	for _, row := range s.routes.table {
		x := indexRow{Methods: "any", Path: row.pattern, Doc: row.doc, Try: row.try}
		if row.methods != nil {
			x.Methods = strings.Join(row.methods, ", ")
		}
		if x.Try == "" && (row.methods == nil || slices.Contains(row.methods, http.MethodGet)) {
			x.Try = row.pattern
		}
		rows = append(rows, x)
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		writeJSON(w, http.StatusOK, struct {
			Routes []indexRow `json:"routes"`
		}{rows})
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	indexTemplate.Execute(w, rows)
}

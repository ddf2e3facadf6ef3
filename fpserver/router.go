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
	prefix map[string]*route // by everything before the last segment
}

func newRouter(table []route) *router {
	t := &router{table: table, exact: map[string]*route{}, prefix: map[string]*route{}}
	for i := range table {
		r := &table[i]
		if dir, name := splitPath(r.pattern); strings.HasPrefix(name, "{") {
			t.prefix[dir] = r
		} else {
			t.exact[r.pattern] = r
		}
	}
	return t
}

func splitPath(p string) (dir, name string) {
	i := strings.LastIndexByte(p, '/') + 1
	return p[:i], p[i:]
}

func (t *router) serve(s *Server, w http.ResponseWriter, r *http.Request) {
	found := t.exact[r.URL.Path]
	if found == nil {
		dir, name := splitPath(r.URL.Path)
		if found = t.prefix[dir]; found != nil && name != "" {
			_, pattern := splitPath(found.pattern)
			r.SetPathValue(strings.Trim(pattern, "{}"), name)
		} else {
			found = nil
		}
	}
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
		if x.Try == "" && x.Methods != "POST" {
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

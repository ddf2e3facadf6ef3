package fpserver

import (
	"net/http"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

const maxCookieLines = 256

// rawValue is a field value as text, and as bytes because JSON has no place for all of them.
type rawValue struct {
	Text string          `json:"text"`
	Hex  fingerprint.Hex `json:"hex"`
}

func rawValues(values []string) []rawValue {
	out := make([]rawValue, 0, len(values))
	for _, v := range values {
		out = append(out, rawValue{strings.ToValidUTF8(v, "\uFFFD"), fingerprint.Hex(v)})
	}
	return out
}

// cookieLab sends the Set-Cookie fields of the query as they are and tells which Cookie fields it got.
func (s *Server) cookieLab(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	set := q.list("set", maxCookieLines)
	for _, line := range set {
		if err := checkValue(r, line); err != nil {
			q.fail("set: %w", err)
		}
	}
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	if len(set) > 0 {
		w.Header()["Set-Cookie"] = set
	}
	writeJSON(w, http.StatusOK, struct {
		Path   string     `json:"path"`
		Cookie []rawValue `json:"cookie"`
		Set    []rawValue `json:"set"`
	}{r.RequestURI, rawValues(cookieFields(r)), rawValues(set)})
}

// cookieFields returns the Cookie fields of a request, each as it came: browsers send several over HTTP/2.
func cookieFields(r *http.Request) []string {
	_, info := FromContext(r.Context())
	fields := info.Fields()
	if fields == nil {
		return r.Header["Cookie"] // the server has lost track, net/http has joined them
	}
	var out []string
	for _, f := range fields {
		if strings.EqualFold(f.Name, "cookie") {
			out = append(out, f.Value)
		}
	}
	return out
}

package fpserver

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const maxTrailers = 16

// trailers sends the pattern and trailer fields behind it: those of the query, or the digest of the body.
func (s *Server) trailers(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	n := q.number("n", 1000, 0, maxLabBody)
	announce := q.flag("announce", true)
	fields := http.Header{}
	for _, line := range q.list("trailer", maxTrailers) {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !isLabField(name) {
			q.fail("trailer must be a line such as X-Name: value, with a name that begins with X-")
		}
		if err := checkValue(r, value); err != nil {
			q.fail("trailer: %w", err)
		}
		fields.Add(name, value)
	}
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	if len(fields) == 0 {
		fields.Set("X-Sha256", fmt.Sprintf("%x", sha256.Sum256(patternOf(n))))
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names) // as net/http sends them
	if announce {
		w.Header().Set("Trailer", strings.Join(names, ", "))
	}
	writeBeginning(w, r, n, -1)
	for _, name := range names {
		key := name
		if !announce {
			key = http.TrailerPrefix + name
		}
		w.Header()[key] = fields[name]
	}
}

// isLabField tells whether the name is a token (RFC 9110 §5.6.2) that begins with X-: no other one can do harm.
func isLabField(name string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	if len(name) < 3 || len(name) > 64 || !strings.EqualFold(name[:2], "X-") {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.Contains(marks, string(rune(c))) {
			return false
		}
	}
	return true
}

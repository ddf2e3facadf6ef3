package fpserver

import "net/http"

const (
	maxHints     = 10
	maxHintLinks = 16
)

// earlyHints sends interim answers before the final one (RFC 8297, RFC 9110 §15.2).
func (s *Server) earlyHints(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	n := q.number("n", 1, 0, maxHints)
	status := int(q.number("status", http.StatusEarlyHints, 102, 199))
	links := q.list("link", maxHintLinks)
	if links == nil {
		links = []string{"</style.css>; rel=preload; as=style"}
	}
	for _, link := range links {
		if err := checkValue(r, link); err != nil {
			q.fail("link: %w", err)
		}
	}
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	if !r.ProtoAtLeast(1, 1) { // RFC 9110 §15.2: not to a client of HTTP/1.0
		n = 0
	}
	w.Header()["Link"] = links
	for range n {
		w.WriteHeader(status)
	}
	w.Header().Del("Link")
	writeJSON(w, http.StatusOK, struct {
		Hints  int64    `json:"hints"`
		Status int      `json:"status"`
		Links  []string `json:"links"`
	}{n, status, links})
}

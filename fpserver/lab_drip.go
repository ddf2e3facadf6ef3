package fpserver

import (
	"net/http"
	"time"
)

// maxPieces bounds the writes of one answer of /drip.
const maxPieces = 10_000

// drip sends the pattern piece by piece.
func (s *Server) drip(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	n := q.number("n", 10, 0, maxLabBody)
	piece := q.number("piece", 1, 1, maxLabBody)
	delay := q.duration("delay", 0, maxWait)
	every := q.duration("every", 100*time.Millisecond, maxWait)
	framing := q.word("framing", "length", "chunked")
	if pieces := (n + piece - 1) / piece; pieces > maxPieces || delay+time.Duration(max(pieces-1, 0))*every > maxWait {
		q.fail("at most %d pieces and %v in all", maxPieces, maxWait)
	}
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	s.wait(r.Context(), delay)
	announced := n
	if framing == "chunked" {
		announced = -1
	}
	writeBeginning(w, r, 0, announced)
	if r.Method == http.MethodHead {
		return
	}
	flush := http.NewResponseController(w)
	for at := int64(0); at < n; at += piece {
		if at > 0 {
			s.wait(r.Context(), every)
		}
		if writePattern(w, at, min(at+piece, n)) != nil || flush.Flush() != nil {
			return
		}
	}
}

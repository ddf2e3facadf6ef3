package fpserver

import (
	"net/http"
	"strconv"
	"time"
)

// flakyAnswer is the answer of /flaky and /retry-after.
type flakyAnswer struct {
	Key string `json:"key,omitempty"`
	// Attempt counts the requests with this key, from 1.
	Attempt int `json:"attempt,omitempty"`
	// Failures is how many of them fail.
	Failures int64 `json:"failures,omitempty"`
	OK       bool  `json:"ok"`
}

const maxFailures = 1000

// attempt counts a request.
func (s *Server) attempt(lab, key string) int {
	return s.labs.flaky.update(lab+key, func(n int, _ bool) int { return n + 1 })
}

// flaky lets the first n requests with a key fail.
func (s *Server) flaky(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	key := r.PathValue("key")
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || n < 0 || n > maxFailures {
		q.fail("the number of failures must be from 0 to %d", maxFailures)
	}
	if len(key) > maxKeyBytes {
		q.fail("a key has at most %d bytes", maxKeyBytes)
	}
	how := q.word("fail", "status", breakReset, breakClose, breakCut)
	status := int(q.number("status", http.StatusServiceUnavailable, 400, 599))
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	a := flakyAnswer{Key: key, Attempt: s.attempt("flaky/", key), Failures: n}
	switch a.OK = int64(a.Attempt) > n; {
	case a.OK:
		writeJSON(w, http.StatusOK, a)
	case how == "status":
		writeJSON(w, status, a)
	default:
		breakOff(r, how, false)
	}
}

// retryAfter asks the client to come back later: always, or with a key only for the first n requests.
func (s *Server) retryAfter(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	status := int(q.number("status", http.StatusServiceUnavailable, 300, 599))
	var value string
	switch {
	case q.has("value"):
		value = q.value(r, "value", "")
	case q.has("date"):
		in := time.Duration(q.number("date", 0, -86400, 86400)) * time.Second
		value = s.Time().Add(in).UTC().Format(http.TimeFormat)
	default:
		value = strconv.FormatInt(q.number("seconds", 1, 0, 1<<31), 10)
	}
	key := q.text("key", "")
	if len(key) > maxKeyBytes {
		q.fail("a key has at most %d bytes", maxKeyBytes)
	}
	if key == "" && q.has("n") {
		q.fail("n needs a key")
	}
	n := q.number("n", 1, 0, maxFailures)
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	a := flakyAnswer{}
	if key != "" {
		a = flakyAnswer{Key: key, Attempt: s.attempt("retry-after/", key), Failures: n}
		a.OK = int64(a.Attempt) > n
	}
	if a.OK {
		writeJSON(w, http.StatusOK, a)
		return
	}
	w.Header().Set("Retry-After", value)
	writeJSON(w, status, a)
}

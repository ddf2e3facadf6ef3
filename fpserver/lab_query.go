package fpserver

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// labQuery reads the parameters of a lab. It keeps the first thing that is wrong with them for done, which also refuses
// parameters that nobody has read.
type labQuery struct {
	rest url.Values // not read yet
	err  error
}

func readQuery(r *http.Request) *labQuery {
	rest, err := url.ParseQuery(r.URL.RawQuery)
	return &labQuery{rest: rest, err: err}
}

// done tells whether all is well, and answers when it is not.
func (q *labQuery) done(w http.ResponseWriter) bool {
	if q.err == nil && len(q.rest) > 0 {
		q.fail("unknown parameter: %s", strings.Join(slices.Sorted(maps.Keys(q.rest)), ", "))
	}
	if q.err != nil {
		fail(w, http.StatusBadRequest, q.err.Error())
	}
	return q.err == nil
}

func (q *labQuery) fail(format string, args ...any) {
	if q.err == nil {
		q.err = fmt.Errorf(format, args...)
	}
}

// has tells whether the parameter is given.
func (q *labQuery) has(name string) bool { return q.rest.Has(name) }

// list reads a parameter that may be given several times.
func (q *labQuery) list(name string, most int) []string {
	all := q.rest[name]
	delete(q.rest, name)
	if len(all) > most {
		q.fail("%s is given %d times, at most %d are allowed", name, len(all), most)
		return nil
	}
	return all
}

// text reads any text of up to 8 KiB.
func (q *labQuery) text(name, fallback string) string {
	all := q.list(name, 1)
	if len(all) == 0 {
		return fallback
	}
	if len(all[0]) > 8<<10 {
		q.fail("%s has %d bytes, at most 8192 are allowed", name, len(all[0]))
		return fallback
	}
	return all[0]
}

// number reads a decimal number.
func (q *labQuery) number(name string, fallback, least, most int64) int64 {
	text := q.text(name, "")
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		q.fail("%s must be a number from %d to %d", name, least, most)
		return fallback
	}
	return n
}

// duration reads a duration in Go's form: 100ms, 1.5s.
func (q *labQuery) duration(name string, fallback, most time.Duration) time.Duration {
	text := q.text(name, "")
	if text == "" {
		return fallback
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > most {
		q.fail("%s must be a duration from 0s to %v", name, most)
		return fallback
	}
	return d
}

// word reads one of several words; the first one is the default.
func (q *labQuery) word(name string, words ...string) string {
	text := q.text(name, words[0])
	if !slices.Contains(words, text) {
		q.fail("%s must be one of: %s", name, strings.Join(words, ", "))
		return words[0]
	}
	return text
}

// flag reads 0 or 1.
func (q *labQuery) flag(name string, fallback bool) bool {
	if !q.has(name) {
		return fallback
	}
	return q.word(name, "0", "1") == "1"
}

// checkValue tells whether the bytes of a field value arrive at the client as they are: net/http makes blanks of line
// ends over HTTP/1.1, and drops fields with other control characters over HTTP/2.
func checkValue(r *http.Request, value string) error {
	for i := range len(value) {
		switch c := value[i]; {
		case c == '\r', c == '\n', c == 0:
			return fmt.Errorf("a field value cannot have the byte 0x%02x", c)
		case r.ProtoMajor >= 2 && (c < ' ' && c != '\t' || c == 0x7f):
			return fmt.Errorf("a field value over HTTP/2 cannot have the byte 0x%02x", c)
		}
	}
	return nil
}

// value reads the value of a field that the lab sends as it is.
func (q *labQuery) value(r *http.Request, name, fallback string) string {
	v := q.text(name, fallback)
	if err := checkValue(r, v); err != nil {
		q.fail("%s: %w", name, err)
	}
	return v
}

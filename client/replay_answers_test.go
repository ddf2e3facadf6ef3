package client_test

import (
	"net/http"
	"strconv"
	"strings"
)

// recordedAnswer is what the recording server said to a request, other than 200 and no more.
type recordedAnswer struct {
	cookies  bool   // it sets those of the session
	location string // it is a redirect, 302
	after    int    // over HTTP/2, how many requests must have come before it is said
}

// streamKey is the key of a stream among a theatre's answers.
func streamKey(stream uint32) string { return strconv.FormatUint(uint64(stream), 10) }

func (a *recordedAnswer) status() int {
	if a != nil && a.location != "" {
		return http.StatusFound
	}
	return http.StatusOK
}

// pairs returns the fields over HTTP/2.
func (a *recordedAnswer) pairs() []string {
	pairs := []string{":status", strconv.Itoa(a.status())}
	if a == nil {
		return pairs
	}
	if a.location != "" {
		pairs = append(pairs, "location", a.location)
	}
	if a.cookies {
		for _, line := range setCookies {
			pairs = append(pairs, "set-cookie", line)
		}
	}
	return pairs
}

// head returns it as HTTP/1.1 has it.
func (a *recordedAnswer) head() string {
	var b strings.Builder
	b.WriteString("HTTP/1.1 " + strconv.Itoa(a.status()) + " " + http.StatusText(a.status()) + "\r\n")
	pairs := a.pairs()
	for i := 2; i < len(pairs); i += 2 {
		b.WriteString(pairs[i] + ": " + pairs[i+1] + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.String()
}

// answersTo returns the answers of a recorded connection, and which requests follow the redirect right before them, so that the
// session makes them by itself. Where the browser took another connection for that, the redirect is not one here.
func answersTo(requests []recorded) (answers map[string]*recordedAnswer, follows map[int]bool) {
	answers, follows = map[string]*recordedAnswer{}, map[int]bool{}
	for i := range requests {
		r := &requests[i]
		key := r.target
		if r.stream != 0 {
			key = streamKey(r.stream)
		}
		switch {
		case r.target == cookieTarget:
			answers[key] = &recordedAnswer{cookies: true}
		case r.target == "/redirect" && i+1 < len(requests) && requests[i+1].target == "/landed":
			answers[key] = &recordedAnswer{location: "/landed"}
			follows[i+1] = true
		}
	}
	return answers, follows
}

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/cmd/fpcheck/internal/har"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// lintArchive judges the requests of an archive: values only, since archives keep neither order nor case.
func lintArchive(name string, b []byte) ([]subject, error) {
	entries, err := har.Parse(b)
	if err != nil {
		return nil, err
	}
	s := subject{Name: name}
	requests := 0
	for i, entry := range entries {
		r := entry.Request
		if r == nil || len(r.Headers) == 0 { // from a cache, or never sent
			continue
		}
		requests++
		q := profiles.Request{
			Path: fmt.Sprintf("log.entries[%d].request.headers", i), Protocol: r.Protocol(), Method: r.Method,
			Secure: strings.HasPrefix(r.URL, "https:") || strings.HasPrefix(r.URL, "wss:"),
		}
		for _, h := range r.Headers {
			q.Fields = append(q.Fields, fingerprint.Field{Name: h.Name, Value: h.Value})
		}
		s.Findings = append(s.Findings, profiles.LintRequest(&q)...)
	}
	if requests == 0 {
		return nil, errors.New("log.entries: no request with headers in it")
	}
	return []subject{s}, nil
}

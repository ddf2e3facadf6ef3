package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// archive is what of an HTTP archive (HAR 1.2) is judged.
type archive struct {
	Entries []struct {
		Request *struct {
			Method      string `json:"method"`
			URL         string `json:"url"`
			HTTPVersion string `json:"httpVersion"`
			Headers     []struct {
				Name  string `json:"name"`
				Value string `json:"value"`
			} `json:"headers"`
		} `json:"request"`
	} `json:"entries"`
}

// lintArchive judges the requests of an archive. Browsers export fields sorted and in one case, those of HTTP/2 with some
// of HTTP/1.1 in between, and leave some out: only values are judged.
func lintArchive(name string, log json.RawMessage) ([]subject, error) {
	var a archive
	if err := json.Unmarshal(log, &a); err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	s := subject{Name: name}
	requests := 0
	for i, entry := range a.Entries {
		r := entry.Request
		if r == nil || len(r.Headers) == 0 { // from a cache, or never sent
			continue
		}
		requests++
		q := profiles.Request{
			Path: fmt.Sprintf("log.entries[%d].request.headers", i), Protocol: archiveProtocol(r.HTTPVersion), Method: r.Method,
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

// archiveProtocol reads the many names that exporters have for a protocol; "" for one that it does not know.
func archiveProtocol(text string) string {
	switch strings.ToLower(text) {
	case "http/1.1", "http/1.0":
		return "http/1.1"
	case "h2", "http/2", "http/2.0":
		return "h2"
	case "h3", "http/3", "http/3.0":
		return "h3"
	}
	return ""
}

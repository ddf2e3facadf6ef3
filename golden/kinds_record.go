package golden

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// The protocols, as the paths of a profile name them.
const (
	protoH2 = "h2"
	protoH1 = "http/1.1"
)

var protocols = []string{protoH2, protoH1}

// kindFiles are the recordings of a build that count, where they exist; h2.json and h1.json must.
var kindFiles = []string{"h2.json", "h2-2.json", "h1.json", "h1-2.json", "plain.json", "cross-h2.json", "cross-h1.json", "gestures-h2.json", "gestures-h1.json"}

// kindOf says of which kind the requests of the recorded pages are. The second one for /x/nav in a session is a reload.
var kindOf = map[string]profiles.Kind{
	"/html": profiles.Navigate, "/cross": profiles.Navigate, "/back": profiles.Navigate, "/x/nav": profiles.Navigate,
	"/posted": profiles.Form, "/x/posted": profiles.Form,
	"/frame": profiles.Iframe, "/x/frame": profiles.Iframe,
	"/s.css": profiles.Style, "/s.js": profiles.Script,
	"/i.png": profiles.Image, "/x/img.png": profiles.Image, "/favicon.ico": profiles.Favicon,
	"/setcookies": profiles.Fetch, "/get": profiles.Fetch, "/post-json": profiles.Fetch, "/post-form": profiles.Fetch,
	"/post-multipart": profiles.Fetch, "/put": profiles.Fetch, "/delete": profiles.Fetch, "/redirect": profiles.Fetch,
	"/landed": profiles.Fetch, "/close": profiles.Fetch, "/after-close": profiles.Fetch, "/custom": profiles.Fetch,
	"/own": profiles.Fetch, "/x/cors": profiles.Fetch, "/x/post": profiles.Fetch, "/x/credentials": profiles.Fetch,
	"/x/out": profiles.Fetch, "/x/landed": profiles.Fetch, "/x/preflight": profiles.Fetch,
	"/g/typed": profiles.Navigate, "/g/again": profiles.Navigate, "/g/link": profiles.Navigate, "/g/away": profiles.Navigate,
	"/g/query": profiles.Navigate, "/g/form": profiles.Form, "/g/abroad": profiles.Form, "/g/scripted": profiles.Form,
	"/no-cors": profiles.NoCORS, "/x/nocors": profiles.NoCORS, "/xhr": profiles.XHR, "/ws": profiles.WebSocket,
}

// kindRequest is one recorded request.
type kindRequest struct {
	kind            profiles.Kind
	proto, file     string
	method, target  string
	fields          []fingerprint.Field
	priority        *fingerprint.Priority // over h2
	keys            []string              // of fields: see fieldKey
	isRedirected    bool
	hasContent, own bool
}

// listPlace is where a list stands: its kind and its protocol.
type listPlace struct {
	kind  profiles.Kind
	proto string
}

// buildLists holds the recorded requests of a build and what is made of them.
type buildLists struct {
	build, engine string
	version       int
	requests      []kindRequest
	lists         map[listPlace]*kindList
	// redirectFrom is the other build that says where Origin stands after a redirect, empty if this one does.
	redirectFrom string
}

// readBuild reads the recordings of a build.
func readBuild(fsys fs.FS, build string) (*buildLists, error) {
	b := &buildLists{build: build, lists: map[listPlace]*kindList{}}
	for _, file := range kindFiles {
		e, err := ReadEvidence(fsys, path.Join("captures", build, file))
		if errors.Is(err, fs.ErrNotExist) && file != "h2.json" && file != "h1.json" {
			continue
		}
		if err != nil {
			return nil, err
		}
		engine, version, _ := strings.Cut(e.Browser, " ")
		major, _, _ := strings.Cut(version, ".")
		n, err := strconv.Atoi(major)
		if err != nil || engine != "chromium" && engine != "firefox" || b.engine != "" && (b.engine != engine || b.version != n) {
			return nil, fmt.Errorf("%s: %q is no build of Chromium or Firefox, or another one", file, e.Browser)
		}
		b.engine, b.version = engine, n
		if err := b.read(e, file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return b, nil
}

// read adds the requests of an evidence file.
func (b *buildLists) read(e *Evidence, file string) error {
	loaded := map[string]bool{}
	for i := range e.Connections {
		if len(e.Connections[i].Client) == 0 {
			continue
		}
		f, err := fingerprint.Parse(&e.Connections[i])
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		var requests []kindRequest
		if f.HTTP2 != nil {
			for _, r := range f.HTTP2.Requests {
				q := kindRequest{proto: protoH2, fields: r.Fields, priority: r.Priority}
				for _, x := range r.Fields {
					switch x.Name {
					case ":method":
						q.method = x.Value
					case ":path":
						q.target = x.Value
					}
				}
				requests = append(requests, q)
			}
		}
		if f.HTTP1 != nil {
			for _, r := range f.HTTP1.Requests {
				requests = append(requests, kindRequest{proto: protoH1, method: r.Method, target: r.Target, fields: r.Fields})
			}
		}
		for _, q := range requests {
			if err := q.classify(loaded); err != nil {
				return fmt.Errorf("connection %d: %w", i, err)
			}
			q.file = file
			b.requests = append(b.requests, q)
		}
	}
	return nil
}

// classify finds the kind of a request and the keys of its fields. loaded has the navigations of the session so far.
func (q *kindRequest) classify(loaded map[string]bool) error {
	target, _, _ := strings.Cut(q.target, "?")
	kind, ok := kindOf[target]
	if !ok {
		return fmt.Errorf("%s %s is of no known kind", q.method, q.target)
	}
	switch {
	case q.method == "OPTIONS":
		kind = profiles.Preflight
	case target == "/x/nav" && loaded[target]:
		kind = profiles.Reload
	}
	loaded[target] = true
	q.kind, q.isRedirected = kind, target == "/x/landed"
	for _, f := range q.fields {
		key := fieldKey(kind, f)
		q.hasContent = q.hasContent || key == "content-type"
		q.own = q.own || key == ownKey
		if key == "cookie" && len(q.keys) > 0 && q.keys[len(q.keys)-1] == key {
			continue // a crumb
		}
		q.keys = append(q.keys, key)
	}
	return nil
}

// Keys of fields that are not their lower-case name: a script's own field, and the Accept that a script gives a fetch.
const (
	ownKey       = "*"
	ownAcceptKey = "accept#own"
)

// fieldKey names a field within the lists of a kind.
func fieldKey(kind profiles.Kind, f fingerprint.Field) string {
	name := strings.ToLower(f.Name)
	switch {
	case strings.HasPrefix(name, "x-"):
		return ownKey
	case name == "accept" && isFetch(kind) && f.Value != "*/*":
		return ownAcceptKey
	}
	return name
}

// isFetch tells whether scripts make such requests and can give them fields.
func isFetch(k profiles.Kind) bool {
	return k == profiles.Fetch || k == profiles.NoCORS || k == profiles.XHR
}

// of returns the recorded requests of one kind over one protocol.
func (b *buildLists) of(kind profiles.Kind, proto string) []*kindRequest {
	var out []*kindRequest
	for i := range b.requests {
		if q := &b.requests[i]; q.kind == kind && q.proto == proto {
			out = append(out, q)
		}
	}
	return out
}

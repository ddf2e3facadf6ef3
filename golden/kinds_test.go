package golden

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wirelike/wirelike/profiles"
)

// recordedBuilds are the builds with recordings of whole pages.
func recordedBuilds(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("captures/*/h2.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d builds, %v", len(files), err)
	}
	for _, f := range files {
		names = append(names, path.Base(path.Dir(f)))
	}
	return names
}

// onceKinds and onceBuilds keep what several tests read: deriving takes its time under the race detector.
var onceKinds, onceBuilds sync.Map

// kindsOf is kinds, for reading only.
func kindsOf(t *testing.T, build string) *BuildKinds {
	t.Helper()
	k, _ := onceKinds.LoadOrStore(build, sync.OnceValues(func() (*BuildKinds, error) { return Kinds(os.DirFS("."), build) }))
	got, err := k.(func() (*BuildKinds, error))()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// buildOf returns the recorded requests of a build, for reading only.
func buildOf(t *testing.T, build string) *buildLists {
	t.Helper()
	b, _ := onceBuilds.LoadOrStore(build, sync.OnceValues(func() (*buildLists, error) { return readBuild(os.DirFS("."), build) }))
	got, err := b.(func() (*buildLists, error))()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// kinds derives the kinds of a build anew.
func kinds(t *testing.T, build string, others ...string) *BuildKinds {
	t.Helper()
	k, err := Kinds(os.DirFS("."), build, others...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// replayed is a recorded request, written by a derived list: the names in order, and what differs in values.
func replayed(list profiles.FieldList, q *kindRequest) (names []string, wrong []string) {
	has := func(name string) (value string, ok bool) {
		for _, f := range q.fields {
			if strings.EqualFold(f.Name, name) {
				return f.Value, true
			}
		}
		return "", false
	}
	written := map[string]bool{}
	for i, f := range list {
		lower := strings.ToLower(f.Name)
		value, ok := has(f.Name)
		switch later := usual(list[i+1:], lower); {
		case f.Name == "*":
			for _, x := range q.fields {
				if strings.HasPrefix(strings.ToLower(x.Name), "x-") {
					names = append(names, x.Name)
				}
			}
		case written[lower], later != "" && later == value: // a script's own value has the first place, the browser's the second
		case ok:
			names = append(names, f.Name)
			written[lower] = true
			if f.Value != "" && f.Value != "*" && f.Value != value && (lower != "sec-fetch-site" || !strings.HasPrefix(q.file, "cross-") && !strings.HasPrefix(q.file, "gestures-")) && (lower != ":method" || q.kind != profiles.Fetch) {
				wrong = append(wrong, f.Name+": "+value)
			}
		case f.Value != "":
			wrong = append(wrong, "no "+lower)
		}
	}
	return names, wrong
}

// usual returns the value that the rest of a list has for a name.
func usual(list profiles.FieldList, name string) string {
	for _, f := range list {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// kindExceptions are differences between recorded requests and the lists, each with its reason.
var kindExceptions = map[string]string{
	"navigate: no sec-fetch-user":         "a script began that navigation, nobody typed or clicked",
	"form: no sec-fetch-user":             "a script sent that form, nobody clicked",
	"image: priority":                     "depends on whether the image is seen, and on its place on the page",
	"fetch: accept":                       "Firefox puts a script's own value in the place of its own",
	"fetch: content-type is the script's": "the script of that page gave the field in lower case, and a script's spelling stays",
}

// TestKindsReproduceRecordings writes every recorded request of every build by its derived list.
func TestKindsReproduceRecordings(t *testing.T) {
	used := map[string]bool{}
	requests := 0
	except := func(what string) bool {
		used[what] = true
		return kindExceptions[what] != ""
	}
	for _, build := range recordedBuilds(t) {
		set, b := kindsOf(t, build).Sets, buildOf(t, build)
		for i := range b.requests {
			q := &b.requests[i]
			requests++
			headers := set[q.kind]
			h1, list := headers.Lists(conditionsOf(q)...)
			if q.proto == protoH1 {
				list = h1
			}
			want := spelled(q)
			got, wrong := replayed(list, q)
			for j := range want {
				if q.target == "/post-json" && j < len(got) && want[j] == "content-type" && got[j] == "Content-Type" && except("fetch: content-type is the script's") {
					got[j] = want[j]
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: %s %s (%s):\n got %q\nwant %q", build, q.file, q.method, q.target, q.kind, got, want)
			}
			for _, w := range wrong {
				name, _, _ := strings.Cut(w, ":")
				if !except(string(q.kind) + ": " + strings.ToLower(name)) {
					t.Errorf("%s, %s: %s %s (%s): %s", build, q.file, q.method, q.target, q.kind, w)
				}
			}
			for _, f := range q.fields {
				if strings.EqualFold(f.Name, storageKey) && f.Value != "none" {
					t.Errorf("%s, %s: %s %s: %s is %q", build, q.file, q.method, q.target, f.Name, f.Value)
				}
			}
			if p := headers.Priority; q.proto == protoH2 && q.kind != profiles.Image && (q.priority == nil || p == nil || p.Weight != q.priority.Weight || p.Exclusive != q.priority.Exclusive) {
				t.Errorf("%s, %s: %s %s (%s): priority %v, want %v", build, q.file, q.method, q.target, q.kind, p, q.priority)
			}
		}
	}
	for what := range kindExceptions {
		if !used[what] {
			t.Errorf("nothing needs the exception %q", what)
		}
	}
	t.Logf("%d requests", requests)
	if requests < 200 {
		t.Errorf("%d requests: too few", requests)
	}
}

// conditionsOf tells the shape of a recorded request, by what it shows.
func conditionsOf(q *kindRequest) (out []profiles.Condition) {
	for _, f := range q.fields {
		switch name := strings.ToLower(f.Name); {
		case name == "content-type":
			out = append(out, profiles.WithContent)
		case strings.HasPrefix(name, "x-"):
			out = append(out, profiles.WithOwn)
		}
	}
	if strings.HasPrefix(q.target, "/x/landed") {
		out = append(out, profiles.Redirected)
	}
	return out
}

// spelled returns the names of a recorded request, a run of cookie crumbs as one.
func spelled(q *kindRequest) (names []string) {
	for _, f := range q.fields {
		if n := len(names); f.Name != "cookie" || n == 0 || names[n-1] != "cookie" {
			names = append(names, f.Name)
		}
	}
	return names
}

// TestKindsPlainAsOverTLS: without TLS a browser's heads are those over TLS with an HTTP/1.1 server.
func TestKindsPlainAsOverTLS(t *testing.T) {
	single := []string{"host", "origin", "referer", "content-length", "content-type", "sec-websocket-key", "cookie"}
	compared := 0
	for _, build := range recordedBuilds(t) {
		b := buildOf(t, build)
		for i := range b.requests {
			q := &b.requests[i]
			if q.file != "plain.json" {
				continue
			}
			at := slices.IndexFunc(b.requests, func(x kindRequest) bool {
				return x.file == "h1.json" && x.method == q.method && x.target == q.target && slices.Contains(x.keys, "cookie") == slices.Contains(q.keys, "cookie")
			})
			if at < 0 {
				continue // over that connection the browser asked in another order
			}
			compared++
			over := &b.requests[at]
			if !slices.Equal(spelled(q), spelled(over)) {
				t.Errorf("%s: %s %s:\nplain %q\n  TLS %q", build, q.method, q.target, spelled(q), spelled(over))
				continue
			}
			for j, f := range q.fields {
				if g := over.fields[j]; f.Value != g.Value && !slices.Contains(single, strings.ToLower(f.Name)) && !(q.kind == profiles.Image && f.Name == "Priority") {
					t.Errorf("%s: %s %s: %s is %q, over TLS %q", build, q.method, q.target, f.Name, f.Value, g.Value)
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("%d requests compared: too few", compared)
	}
}

// TestKindsAreDeterministic: the same files give the same bytes.
func TestKindsAreDeterministic(t *testing.T) {
	for _, build := range []string{"chromium156", "firefox153"} {
		a, b := kindsOf(t, build), kinds(t, build)
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if !reflect.DeepEqual(a, b) || string(x) != string(y) {
			t.Errorf("%s: two derivations differ", build)
		}
	}
}

// TestKindsHaveSlots: every list has the places that a request can need, each once, and is written and read as it is.
func TestKindsHaveSlots(t *testing.T) {
	for _, build := range recordedBuilds(t) {
		k := kindsOf(t, build)
		for _, kind := range profiles.AllKinds() {
			set := k.Sets[kind]
			lists := map[string]profiles.FieldList{"h2": set.H2, "http/1.1": set.H1}
			for _, s := range set.Shapes {
				lists["h2 "+string(s.When)], lists["http/1.1 "+string(s.When)] = s.H2, s.H1
			}
			if kind == profiles.WebSocket {
				delete(lists, "h2")
			}
			for name, list := range lists {
				for _, slot := range append([]string{"cookie", "*"}, wantedSlots[kind]...) {
					if n := countEmpty(list, slot); n != 1 {
						t.Errorf("%s: %s %s has %d slots %q", build, kind, name, n, slot)
					}
				}
				seen := map[string]int{}
				for _, f := range list {
					lower := strings.ToLower(f.Name)
					if seen[lower]++; seen[lower] > 1 && (lower != "accept" || f.Value == "" || seen[lower] > 2) {
						t.Errorf("%s: %s %s has %s twice", build, kind, name, f.Name)
					}
				}
				text, err := json.Marshal(list)
				var back profiles.FieldList
				if err != nil || json.Unmarshal(text, &back) != nil || !reflect.DeepEqual(list, back) {
					t.Errorf("%s: %s %s is not read back: %v", build, kind, name, err)
				}
			}
			covered := slices.ContainsFunc(k.Evidence, func(e profiles.Evidence) bool {
				return strings.HasPrefix(e.Path, "headers."+string(kind)) && e.Source != profiles.None && strings.Contains(e.Note, "captures/")
			})
			if !covered {
				t.Errorf("%s: no evidence for %s", build, kind)
			}
		}
	}
}

var wantedSlots = map[profiles.Kind][]string{
	profiles.Navigate: {"content-length", "content-type", "origin", "referer"}, profiles.Reload: {"referer"},
	profiles.Form:      {"content-length", "content-type", "origin", "referer"},
	profiles.Iframe:    {"content-length", "content-type", "origin", "referer"},
	profiles.Fetch:     {"content-length", "content-type", "origin", "referer"},
	profiles.XHR:       {"content-length", "content-type", "origin", "referer"},
	profiles.NoCORS:    {"content-length", "content-type", "referer"},
	profiles.Image:     {"referer"},
	profiles.Style:     {"referer", "origin"},
	profiles.Script:    {"referer", "origin"},
	profiles.Favicon:   {"referer"},
	profiles.Preflight: {"origin", "referer", "access-control-request-method", "access-control-request-headers"},
	profiles.WebSocket: {"origin", "sec-websocket-key", "sec-websocket-protocol"},
}

func countEmpty(list profiles.FieldList, name string) (n int) {
	for _, f := range list {
		if strings.EqualFold(f.Name, name) && f.Value == "" {
			n++
		}
	}
	return n
}

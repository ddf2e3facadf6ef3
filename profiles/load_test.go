package profiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestEmbedded loads every embedded profile and proves that its file is the canonical text of its value.
func TestEmbedded(t *testing.T) {
	if len(Names()) == 0 {
		t.Fatal("no profiles")
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			p, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			if p.Name != name {
				t.Errorf("file %s.json holds profile %q", name, p.Name)
			}
			file, _ := data.ReadFile("data/" + name + ".json")
			canonical, err := fingerprint.FormatJSON(p)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(file, canonical) {
				t.Errorf("%s.json is not canonical", name)
			}
			again, _ := Lookup(name)
			if again != p {
				t.Error("a profile is parsed twice")
			}
		})
	}
}

func TestLookupUnknown(t *testing.T) {
	_, err := Lookup("firefox99")
	var u *UnknownError
	if !errors.As(err, &u) || len(u.Near) == 0 || !strings.HasPrefix(u.Near[0], "firefox") {
		t.Fatalf("got %v, want an UnknownError that names a firefox profile", err)
	}
	if _, err := Lookup(""); !errors.As(err, &u) || len(u.Near) != len(Names()) {
		t.Fatalf("got %v, want an UnknownError that names all profiles", err)
	}
}

// TestParseRefuses edits one place of a good profile and wants an error that names it.
func TestParseRefuses(t *testing.T) {
	rows := []struct {
		reason, path string
		edit         func(m map[string]any)
	}{
		{"another format", "schema", func(m map[string]any) { m["schema"] = "wirelike/profile/0" }},
		{"a name that is a path", "name", func(m map[string]any) { m["name"] = "../x" }},
		{"a misspelt key", "broswer", func(m map[string]any) { m["broswer"] = m["browser"] }},
		{"no hello", "first", func(m map[string]any) { delete(m["first"].(map[string]any), "tls") }},
		{"an unknown HPACK policy", "http2.hpack", func(m map[string]any) { m["http2"].(map[string]any)["hpack"] = "opera" }},
		{"a DATA frame that no server must accept", "http2.data_frame", func(m map[string]any) { m["http2"].(map[string]any)["data_frame"] = 16385 }},
		{"a window that is never given back", "http2", func(m map[string]any) { m["http2"].(map[string]any)["stream_refill"] = 0 }},
		{"a variation of something that is not there", "vary.one_of[0].path", func(m map[string]any) {
			m["vary"].(map[string]any)["one_of"] = []any{map[string]any{"path": "tls.nothing", "values": []any{"1"}}}
		}},
		{"a correlation with something that is not there", "vary.equal[0][1]", func(m map[string]any) {
			m["vary"].(map[string]any)["equal"] = []any{[]any{"tls.version", "tls.nothing"}}
		}},
		{"no header list for navigations", "headers", func(m map[string]any) { m["headers"] = map[string]any{} }},
		{"a list that differs from the first request", "headers.navigate.h2", func(m map[string]any) {
			h2 := m["headers"].(map[string]any)["navigate"].(map[string]any)["h2"].([]any)
			h2[len(h2)-1] = "priority: u=1"
		}},
		{"upper case over HTTP/2", "headers.navigate.h2[5]", func(m map[string]any) {
			h2 := m["headers"].(map[string]any)["navigate"].(map[string]any)["h2"].([]any)
			h2[5] = "Cache-Control:"
		}},
		{"a field twice", "headers.navigate.http/1.1[1]", func(m map[string]any) {
			h1 := m["headers"].(map[string]any)["navigate"].(map[string]any)["http/1.1"].([]any)
			h1[1] = "host: *"
		}},
		{"a name alone without a common value", "headers.navigate.h2[4]", func(m map[string]any) {
			m["headers"].(map[string]any)["navigate"].(map[string]any)["h2"].([]any)[4] = "content-length"
		}},
		{"a kind that there is not", "headers", func(m map[string]any) {
			h := m["headers"].(map[string]any)
			h["guess"] = h["navigate"]
		}},
		{"a condition that there is not", "headers.navigate.shapes[0]", func(m map[string]any) {
			h := m["headers"].(map[string]any)["navigate"].(map[string]any)
			h["shapes"] = []any{map[string]any{"when": "rain", "h2": h["h2"]}}
		}},
		{"a part without evidence", "first.tls.version", func(m map[string]any) {
			m["evidence"] = []any{map[string]any{"path": "first.tls.record_version", "source": "capture", "note": "x"}}
		}},
		{"evidence of an unknown kind", "evidence[0].source", func(m map[string]any) {
			m["evidence"].([]any)[0].(map[string]any)["source"] = "hearsay"
		}},
	}
	good, err := data.ReadFile("data/chromium156.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Run(r.reason, func(t *testing.T) {
			var m map[string]any
			if err := json.Unmarshal(good, &m); err != nil {
				t.Fatal(err)
			}
			r.edit(m)
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Parse(b); err == nil || !strings.Contains(err.Error(), r.path) {
				t.Errorf("got %v, want an error about %s", err, r.path)
			}
		})
	}
}

func TestSourceOf(t *testing.T) {
	list := []Evidence{
		{Path: "", Source: Signature}, {Path: "tls.extensions", Source: Engine}, {Path: "http2.requests[0].fields[*].form", Source: Capture},
	}
	rows := []struct {
		leaf string
		want Source
	}{
		{"tls.version", Signature},
		{"tls.extensions.key_share[1].group", Engine},
		{"tls.extensionsX", Signature}, // a prefix ends where a name ends
		{"http2.requests[0].fields[accept].form", Capture},
		{"http2.requests[0].fields[accept].value", Signature},
		{"http2.requests[1].fields[accept].form", Signature},
	}
	for _, r := range rows {
		if got := SourceOf(list, r.leaf); got != r.want {
			t.Errorf("%s: got %q, want %q", r.leaf, got, r.want)
		}
	}
	if got := SourceOf(nil, "tls.version"); got != None {
		t.Errorf("without evidence: got %q, want %q", got, None)
	}
}

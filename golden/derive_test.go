package golden

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// TestGoldensDerive proves that every golden is what its recipe makes of the evidence, byte for byte. With
// WIRELIKE_UPDATE=1 it rewrites them, from the evidence only.
func TestGoldensDerive(t *testing.T) {
	recipes, err := filepath.Glob("captures/*/recipe.json")
	if err != nil || len(recipes) == 0 {
		t.Fatalf("no recipes: %v", err)
	}
	for _, name := range recipes {
		profile := filepath.Base(filepath.Dir(name))
		t.Run(profile, func(t *testing.T) {
			r, err := ReadRecipe(os.DirFS("."), profile)
			if err != nil {
				t.Fatal(err)
			}
			goldens, err := r.Derive(os.DirFS("."))
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range goldens {
				want, err := fingerprint.FormatJSON(g)
				if err != nil {
					t.Fatal(err)
				}
				file := filepath.Join("data", profile, fileName(g.Situation, g.Protocol))
				if os.Getenv("WIRELIKE_UPDATE") == "1" {
					write(t, file, want)
					continue
				}
				got, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s is not what the evidence gives; WIRELIKE_UPDATE=1 rewrites it", file)
				}
			}
		})
	}
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEvidencePathsMatch: an entry that is about nothing would be a claim that nobody can check.
func TestEvidencePathsMatch(t *testing.T) {
	for _, profile := range Profiles() {
		goldens, err := All(profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range goldens {
			leaves := g.Fingerprint.Leaves()
			for _, e := range g.Evidence {
				one := []profiles.Evidence{{Path: e.Path, Source: profiles.Capture}}
				if !slices.ContainsFunc(leaves, func(l fingerprint.Leaf) bool { return profiles.SourceOf(one, l.Path) == profiles.Capture }) {
					t.Errorf("%s, %s over %s: no leaf lies at or under %q", profile, g.Situation, g.Protocol, e.Path)
				}
				if e.Note == "" {
					t.Errorf("%s, %s over %s: %q has no note", profile, g.Situation, g.Protocol, e.Path)
				}
			}
		}
	}
}

// TestSignatureAgreesWithEngine proves what the recipe of chrome150 says: the signature and the capture of the same
// version of the engine differ in brand, platform and user agent, and in nothing else that both tell.
func TestSignatureAgreesWithEngine(t *testing.T) {
	differ := map[string][]string{
		"h2":       {"http2.requests[0].fields[sec-ch-ua].value", "http2.requests[0].fields[sec-ch-ua-platform].value", "http2.requests[0].fields[user-agent].value"},
		"http/1.1": {"http1.requests[0].fields[sec-ch-ua].value", "http1.requests[0].fields[sec-ch-ua-platform].value", "http1.requests[0].fields[user-agent].value"},
	}
	r, err := ReadRecipe(os.DirFS("."), "chrome150")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Goldens {
		if x.Situation != First {
			continue
		}
		f, err := r.connection(os.DirFS("."), x.Capture)
		if err != nil {
			t.Fatal(err)
		}
		g, err := Load("chrome150", First, x.Protocol)
		if err != nil {
			t.Fatal(err)
		}
		f.TLS.RecordVersion = g.Fingerprint.TLS.RecordVersion // the recording lacks it
		undo(r.Undo, f)
		var got []string
		for _, m := range g.Check(f) {
			got = append(got, m.Path)
		}
		if !slices.Equal(got, differ[x.Protocol]) {
			t.Errorf("over %s they differ in %q, want %q", x.Protocol, got, differ[x.Protocol])
		}
	}
}

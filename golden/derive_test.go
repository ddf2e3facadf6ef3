package golden

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// TestGoldensDerive proves that every golden is what its recipe makes of the evidence, byte for byte. With
// WIRELIKE_UPDATE=1 it rewrites them, from the evidence only.
func TestGoldensDerive(t *testing.T) {
	recipes, err := filepath.Glob("recipes/*.json")
	if err != nil || len(recipes) == 0 {
		t.Fatalf("no recipes: %v", err)
	}
	for _, name := range recipes {
		profile := strings.TrimSuffix(filepath.Base(name), ".json")
		t.Run(profile, func(t *testing.T) {
			r, err := ReadRecipe(os.DirFS("."), profile)
			if err != nil {
				t.Fatal(err)
			}
			sheet, err := r.Derive(os.DirFS("."))
			if err != nil {
				t.Fatal(err)
			}
			want, err := fingerprint.FormatJSON(sheet)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("data", profile+".json")
			derived(t, file, want)
			page, err := r.DerivePage(os.DirFS("."))
			if err != nil {
				t.Fatal(err)
			}
			if page == nil {
				return
			}
			if want, err = fingerprint.FormatJSON(page); err != nil {
				t.Fatal(err)
			}
			derived(t, filepath.Join("data", "kinds", page.Build+".json"), want)
		})
	}
}

// derived wants a file to be what was derived, or with WIRELIKE_UPDATE=1 makes it so.
func derived(t *testing.T, file string, want []byte) {
	t.Helper()
	if os.Getenv("WIRELIKE_UPDATE") == "1" {
		write(t, file, want)
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the evidence gives; WIRELIKE_UPDATE=1 rewrites it", file)
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

// TestEvidencePathsMatch: an entry that is about nothing would be a claim that nobody can check. One that says that something
// is not known may be about what the golden does not have.
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
				if e.Source != profiles.None && !slices.ContainsFunc(leaves, func(l fingerprint.Leaf) bool { return profiles.SourceOf(one, l.Path) == profiles.Capture }) {
					t.Errorf("%s, %s over %s: no leaf lies at or under %q", profile, g.Situation, g.Protocol, e.Path)
				}
				if e.Note == "" {
					t.Errorf("%s, %s over %s: %q has no note", profile, g.Situation, g.Protocol, e.Path)
				}
			}
		}
	}
}

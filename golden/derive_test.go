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

// TestLibraryAgreesWithEngine proves what the recipe of firefox147 says: beside two values, nothing that is in its goldens of
// a first visit differs from what Firefox 140 sends; and the library's own hello does where the recipe has it overruled.
func TestLibraryAgreesWithEngine(t *testing.T) {
	r, err := ReadRecipe(os.DirFS("."), "firefox147")
	if err != nil {
		t.Fatal(err)
	}
	paths := func(g *Golden, f *fingerprint.Fingerprint) (out []string) {
		for _, m := range g.Check(f) {
			out = append(out, m.Path)
		}
		return out
	}
	for _, x := range r.Goldens {
		if x.Situation != First {
			continue
		}
		g, err := Load("firefox147", First, x.Protocol)
		if err != nil {
			t.Fatal(err)
		}
		engine, err := r.connection(os.DirFS("."), x.Capture)
		if err != nil {
			t.Fatal(err)
		}
		engine.TLS.RecordVersion = g.Fingerprint.TLS.RecordVersion // the recording lacks it
		layer := map[string]string{"h2": "http2", "http/1.1": "http1"}[x.Protocol]
		want := []string{layer + ".requests[0].fields[accept-language].value", layer + ".requests[0].fields[user-agent].value"}
		if got := paths(g, engine); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("over %s the engine differs in %q, want %q", x.Protocol, got, want)
		}
		library, err := r.connection(os.DirFS("."), *x.Library)
		if err != nil {
			t.Fatal(err)
		}
		library.TLS.RecordVersion = g.Fingerprint.TLS.RecordVersion
		hello := *g
		hello.Fingerprint = fingerprint.Fingerprint{TLS: g.Fingerprint.TLS}
		library.HTTP1, library.HTTP2 = nil, nil
		want = []string{"tls.extensions.encrypted_client_hello.payload_length", "tls.extensions.key_share[1].reuses"}
		if got := paths(&hello, library); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("the library's hello differs in %q, want %q", got, want)
		}
	}
}

// TestSignatureAgreesWithLibrary proves what the recipe of safari2601 says: the signature and the reference library tell the
// same.
func TestSignatureAgreesWithLibrary(t *testing.T) {
	r, err := ReadRecipe(os.DirFS("."), "safari2601")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Goldens {
		f, err := r.connection(os.DirFS("."), x.Capture)
		if err != nil {
			t.Fatal(err)
		}
		g, err := Load("safari2601", x.Situation, x.Protocol)
		if err != nil {
			t.Fatal(err)
		}
		f.TLS.RecordVersion = g.Fingerprint.TLS.RecordVersion // the recording lacks it
		if list := fingerprint.Diff(&g.Fingerprint, only(f, x.TLSOnly), &g.Vary); len(list) > 0 {
			t.Errorf("%s: they differ in %+v", x.Situation, list)
		}
	}
}

// only leaves out what a golden of the TLS layer has not, and all requests but the first.
func only(f *fingerprint.Fingerprint, tls bool) *fingerprint.Fingerprint {
	if tls {
		return &fingerprint.Fingerprint{TLS: f.TLS}
	}
	f.HTTP2.Requests = f.HTTP2.Requests[:1]
	return f
}

// TestJA4 pins the JA4 of the profiles whose browser was not captured: that of the reference library's hello.
func TestJA4(t *testing.T) {
	for profile, want := range map[string]string{
		"firefox147": "t13d1717h2_5b57614c22b0_3cbfd9057e0d",
		"safari2601": "t13d2013h2_a09f3c656075_7f0f34a4126d",
	} {
		g, err := Load(profile, First, "h2")
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := fingerprint.JA4(g.Fingerprint.TLS, fingerprint.TransportTCP); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", profile, got, err, want)
		}
	}
}

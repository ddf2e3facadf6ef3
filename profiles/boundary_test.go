package profiles

import (
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// testWithBoundary: the words, whose boundary a profile has without them, and that a file keeps them.
func testWithBoundary(t *testing.T) {
	for _, row := range []struct{ base, word, want string }{
		{"chrome150", "", BoundaryWebKit}, {"safari2601", "", BoundaryWebKit}, {"firefox153_linux", "", BoundaryFirefox},
		{"chrome150", "firefox", BoundaryFirefox}, {"firefox153_linux", "Chrome", BoundaryWebKit}, {"firefox153_linux", "webkit", BoundaryWebKit},
		{"firefox153_linux", "safari", BoundaryWebKit}, {"chrome150", "tor", BoundaryFirefox}, {"chrome150", "curl", BoundaryCurl},
	} {
		p := mustWith(t, row.base, Override{FormBoundary: row.word})
		if p.Boundary() != row.want || (p.FormBoundary == "") != (row.word == "") {
			t.Errorf("%s with %q: %q", row.base, row.word, p.Boundary())
		}
		q, err := Parse(must(fingerprint.FormatJSON(p)))
		if err != nil || q.Boundary() != row.want {
			t.Errorf("%s with %q, read again: %v", row.base, row.word, err)
		}
	}
	if p := Neutral(); p.Boundary() != BoundaryCurl {
		t.Errorf("neutral: %q", p.Boundary())
	}
	p := mustWith(t, "chrome150", Override{FormBoundary: "firefox"})
	p.FormBoundary = "chrome" // a word of overrides, not of profiles
	if err := p.Validate(); err == nil {
		t.Error("a form that is none")
	}
	o, err := ParseOverride([]byte(`{"form_boundary":"webkit"}`))
	if err != nil || o.FormBoundary != "webkit" || string(must(fingerprint.FormatJSON(o))) != "{\"form_boundary\": \"webkit\"}\n" {
		t.Errorf("%+v, %v, %q", o, err, must(fingerprint.FormatJSON(o)))
	}
}

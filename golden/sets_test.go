package golden

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

var requestIndex = regexp.MustCompile(`\.requests\[\d+\]`)

// TestEveryProfileHasGoldens ties the three sets together: profiles, goldens, and a minimum of evidence.
func TestEveryProfileHasGoldens(t *testing.T) {
	if !reflect.DeepEqual(profiles.Names(), Profiles()) {
		t.Fatalf("profiles %q, goldens %q", profiles.Names(), Profiles())
	}
	for _, name := range Profiles() {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		var got []string
		r, _ := recipeAndSheet(t, name)
		guessed := map[string]bool{} // values that a recipe says nobody knows
		for _, v := range r.Values {
			for _, path := range []string{"http1.requests[0].fields[", "http2.requests[0].fields["} {
				guessed[path+v.Field+"].value"] = v.Source == profiles.None
			}
		}
		unknown := map[string]bool{} // what a recipe says nobody knows of an extension
		for _, e := range r.Remarks {
			unknown[strings.Replace(e.Path, "delta.", "", 1)] = e.Source == profiles.None
		}
		for _, g := range all(t, name) {
			leaves, _ := g.Leaves()
			total += len(leaves)
			for _, l := range g.Fingerprint.Leaves() {
				first := requestIndex.ReplaceAllString(l.Path, ".requests[0]") // of later requests the same is not known
				// Without an HPACK policy the forms are not known; there is evidence for all else.
				if form := g.HPACK == "" && strings.HasPrefix(l.Path, "http2.requests[0].fields[") && strings.HasSuffix(l.Path, ".form"); (form || guessed[first] || unknown[string(g.Situation)+"."+extensionOf(l.Path)]) != (g.Source(l.Path) == profiles.None) {
					t.Errorf("%s, %s over %s: the evidence of %s is %q", name, g.Situation, g.Protocol, l.Path, g.Source(l.Path))
				}
			}
			if g.Profile != name {
				t.Errorf("%s: holds %s", name, g.Profile)
			}
			got = append(got, g.name())
		}
		want := []string{"first-h2"}
		if len(p.Headers[profiles.Navigate].H1) > 0 { // else the client refuses HTTP/1.1
			want = append(want, "first-h1")
		}
		if p.First.TLS.Extension(fingerprint.ExtPSKKeyExchangeModes) != nil { // else no session of TLS 1.3 is resumed
			want = append(want, "resumed-h2")
		}
		if p.First.TLS.Extension(fingerprint.ExtSessionTicket) != nil { // else no session of TLS 1.2 is resumed
			want = append(want, "resumed12-h2")
		}
		want = append(want, "hrr-h2")
		if len(p.Headers[profiles.Navigate].H1) > 0 {
			want = append(want, "no-alpn-h1")
		}
		if len(p.Kinds()) > 1 {
			want = append(want, "page-h2", "page-h1", "plain-h1", "redirect-h2", "redirect-h1", "websocket-h1")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q in this order", name, got, want)
		}
		if least := 65 * len(want); total < least {
			t.Errorf("%s: %d evidenced leaves, want at least %d", name, total, least)
		}
	}
}

// extensionOf returns the name of the extension that a leaf is about.
func extensionOf(path string) string {
	rest, _ := strings.CutPrefix(path, "tls.extensions.")
	if i := strings.IndexAny(rest, ".["); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

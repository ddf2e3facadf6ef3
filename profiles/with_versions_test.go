package profiles

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// helloShape is what a restriction changes in a hello, with GREASE as one value.
type helloShape struct {
	session    int
	suites     []fingerprint.ID
	extensions []fingerprint.ID
	lists      map[fingerprint.ID][]fingerprint.ID
}

func see(h *fingerprint.ClientHello, sorted bool) helloShape {
	norm := func(list []fingerprint.ID) (out []fingerprint.ID) {
		for _, id := range list {
			if id.IsGREASE() {
				id = fingerprint.GREASE
			}
			out = append(out, id)
		}
		return out
	}
	s := helloShape{session: h.SessionIDLength, suites: norm(h.CipherSuites), lists: map[fingerprint.ID][]fingerprint.ID{}}
	for _, e := range h.Extensions {
		s.extensions = append(s.extensions, e.Type)
		s.lists[e.Type] = norm(e.List)
	}
	if s.extensions = norm(s.extensions); sorted {
		slices.Sort(s.extensions)
	}
	return s
}

// TestWithVersions: the hello is that of the browser itself, which was told the same: Chromium by --ssl-version-max=tls1.2 and
// --ssl-version-min=tls1.3, Firefox by security.tls.version.max 3 and .min 4; testdata/versions has the bytes that they sent.
func TestWithVersions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, profile string
		low, high     Version
	}{
		{"chromium156-max12", "chromium156", 0, 0x0303},
		{"chromium156-min13", "chromium156", 0x0304, 0},
		{"firefox153_linux-max12", "firefox153_linux", 0x0301, 0x0303},
		{"firefox153_linux-min13", "firefox153_linux", 0x0304, 0x0304},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile("testdata/versions/" + row.name + ".hello")
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := fingerprint.ParseClientHello(b[5:]) // behind the header of the record
			if err != nil {
				t.Fatal(err)
			}
			p, err := lookup(t, row.profile).WithVersions(row.low, row.high)
			if err != nil {
				t.Fatal(err)
			}
			permuted := row.profile == "chromium156"
			got, want := see(p.First.TLS, permuted), see(theirs, permuted)
			if got.session != want.session || !slices.Equal(got.suites, want.suites) || !slices.Equal(got.extensions, want.extensions) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			for id, list := range want.lists {
				if !slices.Equal(got.lists[id], list) {
					t.Errorf("%s: %v, want %v", fingerprint.ExtensionName(id), got.lists[id], list)
				}
			}
			if !strings.HasSuffix(p.Name, "+custom") || p.Browser != lookup(t, row.profile).Browser {
				t.Errorf("%s, %+v", p.Name, p.Browser)
			}
			if without13 := row.high == 0x0303; without13 && (p.Hello(Resumed) != nil || p.Hello(Resumed12) != nil) || !without13 && p.Hello(Resumed) == nil {
				t.Error("what is resumed is not as documented")
			}
		})
	}
}

// TestWithVersionsRefuses: a bound that leaves nothing, or nothing that was seen, is told; one without effect is none.
func TestWithVersionsRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, profile string
		low, high     Version
		field         string // "" for a profile that stays as it is
	}{
		{"no bounds", "chrome150", 0, 0, ""},
		{"all there is", "chrome150", 0x0303, 0x0304, ""},
		{"wider", "chrome150", 0x0301, 0, ""},
		{"below all", "chrome150", 0, 0x0302, "tls_max_version"},
		{"above all", "chrome150", 0x0305, 0, "tls_min_version"},
		{"nothing was seen", "safari153", 0, 0x0302, "tls_max_version"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := lookup(t, row.profile)
			q, err := p.WithVersions(row.low, row.high)
			var o *OverrideError
			switch {
			case row.field == "" && (q != p || err != nil):
				t.Errorf("changed: %v", err)
			case row.field != "" && (q != nil || !errors.As(err, &o) || o.Field != row.field):
				t.Errorf("%v", err)
			}
		})
	}
}

// TestWithVersionsAll: no profile is without one of the two, and what comes out is one again.
func TestWithVersionsAll(t *testing.T) {
	t.Parallel()
	for _, name := range append(Names(), "") {
		p := Neutral()
		if name != "" {
			p = lookup(t, name)
		}
		for _, v := range []Version{0x0303, 0x0304} {
			q, err := p.WithVersions(v, v)
			if err != nil {
				t.Errorf("%s, %#x: %v", name, v, err)
			} else if err := q.Validate(); err != nil {
				t.Errorf("%s, %#x: %v", name, v, err)
			}
		}
	}
}

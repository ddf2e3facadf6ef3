package golden

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

func all(t *testing.T, profile string) []*Golden {
	t.Helper()
	all, err := All(profile)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// firsts returns the goldens of the first visit, over h2 and over http/1.1.
func firsts(t *testing.T, profile string) []*Golden {
	t.Helper()
	list := all(t, profile)
	return list[:slices.IndexFunc(list, func(g *Golden) bool { return g.Situation != First })]
}

// TestProfileAgreesWithGolden: what the client will send is what the goldens say, before any byte is sent.
func TestProfileAgreesWithGolden(t *testing.T) {
	for _, name := range Profiles() {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range all(t, name) {
			if g.Situation == Plain {
				continue // no hello
			}
			model := g.Vary // a profile has placeholders, of which no two are distinct
			model.Distinct = nil
			hello := &fingerprint.Fingerprint{TLS: p.Hello(g.helloOf())}
			if list := fingerprint.Diff(&fingerprint.Fingerprint{TLS: g.Fingerprint.TLS}, hello, &model); len(list) > 0 {
				t.Errorf("%s, %s over %s: %v", name, g.Situation, g.Protocol, list)
			}
			if g.Protocol != "h2" || g.Situation != First {
				continue
			}
			if !reflect.DeepEqual(p.Vary, g.Vary) || p.HTTP2.HPACK != g.HPACK {
				t.Errorf("%s: the profile varies otherwise than its golden", name)
			}
			if list := fingerprint.Diff(&g.Fingerprint, &p.First, &model); len(list) > 0 {
				t.Errorf("%s: %v", name, list)
			}
		}
	}
}

// captured lists the profiles of which every first visit comes from captures of that very browser.
func captured(t *testing.T) (names []string) {
	t.Helper()
	for _, name := range Profiles() {
		r, err := ReadRecipe(os.DirFS("."), name)
		if err != nil {
			t.Fatal(err)
		}
		if r.Same && r.Hello == fromBuild && r.Request == fromBuild && r.Insert == nil && len(r.Put)+len(r.Values) == 0 {
			names = append(names, name)
		}
	}
	if len(names) < 16 {
		t.Fatalf("only %q", names)
	}
	return names
}

// evidenceDir returns the directory of a profile's captures, which its recipe names.
func evidenceDir(t *testing.T, profile string) string {
	t.Helper()
	r, err := ReadRecipe(os.DirFS("."), profile)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join("captures", r.Build)
}

// evidenceOf lists, for a golden, the captured first visits of that browser: every one must pass its check.
func evidenceOf(t *testing.T, g *Golden) []*fingerprint.Fingerprint {
	t.Helper()
	dir := evidenceDir(t, g.Profile)
	pattern := map[string]string{"h2": "h2*.json", "http/1.1": "h1*.json"}[g.Protocol]
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no evidence: %v", err)
	}
	var out []*fingerprint.Fingerprint
	for _, name := range files {
		e, err := ReadEvidence(os.DirFS("."), filepath.ToSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		for i := range e.Connections {
			c := &e.Connections[i]
			f, err := fingerprint.Parse(c)
			if err != nil {
				t.Fatal(err)
			}
			first := f.HTTP1 != nil && f.HTTP1.Requests[0].Target == "/html" ||
				f.HTTP2 != nil && len(f.HTTP2.Requests) > 0 && hasField(f.HTTP2.Requests[0].Fields, ":path", "/html")
			if first && !c.Resumed {
				f.TLS.RecordVersion = g.Fingerprint.TLS.RecordVersion // these recordings lack it
				g.ApplyUndo(f)
				out = append(out, f)
			}
		}
	}
	return out
}

func hasField(fields []fingerprint.Field, name, value string) bool {
	for _, f := range fields {
		if f.Name == name && f.Value == value {
			return true
		}
	}
	return false
}

// TestEvidencePasses: every captured first visit, not only the one that made the golden, passes its check.
func TestEvidencePasses(t *testing.T) {
	for _, profile := range captured(t) {
		for _, g := range firsts(t, profile) {
			all := evidenceOf(t, g)
			if n := map[string]int{"chromium156": 2, "firefox153_linux": 2}[profile]; len(all) < max(n, 1) {
				t.Errorf("%s over %s: only %d captured first visits", profile, g.Protocol, len(all))
			}
			for i, f := range all {
				for _, m := range g.Check(f) {
					t.Errorf("%s over %s, visit %d: %+v", profile, g.Protocol, i, m)
				}
			}
		}
	}
}

// capturedHellos returns the hellos of all connections of a browser that was captured, by situation, whatever was asked
// on them. Hellos for other protocols than both are left out: a script's WebSocket has one of its own.
func capturedHellos(t *testing.T, dir string) map[Situation][]*fingerprint.Fingerprint {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	out := map[Situation][]*fingerprint.Fingerprint{}
	for _, name := range files {
		e, err := ReadEvidence(os.DirFS("."), filepath.ToSlash(name))
		if err != nil {
			continue // the recipe
		}
		for i := range e.Connections {
			if len(e.Connections[i].Hellos) == 0 {
				continue // plain, or nothing came
			}
			f, err := fingerprint.Parse(&fingerprint.Capture{Hellos: e.Connections[i].Hellos[:1], Records: e.Connections[i].Records})
			if err != nil {
				t.Fatal(err)
			}
			situation := First
			switch ticket := f.TLS.Extension(fingerprint.ExtSessionTicket); {
			case f.TLS.Extension(fingerprint.ExtPreSharedKey) != nil:
				situation = Resumed
			case ticket != nil && ticket.Length > 0:
				situation = Resumed12
			}
			if bothProtocols(f) {
				out[situation] = append(out[situation], f)
			}
		}
	}
	return out
}

// TestHellosPass: the hellos of all captured connections pass the golden of their situation.
func TestHellosPass(t *testing.T) {
	for _, profile := range captured(t) {
		hellos := capturedHellos(t, evidenceDir(t, profile))
		for situation, least := range map[Situation]int{First: 2, Resumed: 2, Resumed12: 1} {
			g, err := Load(profile, situation, "h2")
			if errors.Is(err, os.ErrNotExist) {
				if n := len(hellos[situation]); n > 0 {
					t.Errorf("%s, %s: %d hellos, and no golden", profile, situation, n)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			want := &fingerprint.Fingerprint{TLS: g.Fingerprint.TLS}
			for i, f := range hellos[situation] {
				if f.TLS.RecordVersion == 0 {
					f.TLS.RecordVersion = want.TLS.RecordVersion // some recordings lack it
				}
				for _, m := range fingerprint.Diff(want, f, &g.Vary) {
					t.Errorf("%s, %s, hello %d: %+v", profile, situation, i, m)
				}
			}
			if profile == "firefox140_linux" && situation == Resumed12 {
				least = 0 // it got no ticket there; the golden is that of Firefox 153
			}
			if n := len(hellos[situation]); n < least {
				t.Errorf("%s, %s: only %d hellos", profile, situation, n)
			}
			// A check that passes the hellos of other situations would be of no use.
			for other, list := range hellos {
				for i, f := range list {
					if other != situation && len(fingerprint.Diff(want, f, &g.Vary)) == 0 {
						t.Errorf("%s, %s: hello %d of %s passes", profile, situation, i, other)
					}
				}
			}
		}
	}
}

// TestEveryFieldCanFail changes every single value of a captured connection, one at a time, and wants the check to name
// exactly the leaf that changed.
func TestEveryFieldCanFail(t *testing.T) {
	for _, profile := range captured(t) {
		dir := evidenceDir(t, profile)
		hellos := capturedHellos(t, dir)
		for _, g := range all(t, profile) {
			if g.helloOf() != g.Situation || g.steps != nil {
				continue // TestMutants and TestPageMutants have them
			}
			t.Run(profile+"/"+g.name(), func(t *testing.T) {
				least := 40
				var f *fingerprint.Fingerprint
				switch {
				case g.Situation == First:
					f = evidenceOf(t, g)[0]
				case len(hellos[g.Situation]) == 0:
					t.Logf("the golden is that of another build")
					return
				default:
					f = hellos[g.Situation][0]
					f.TLS.RecordVersion = g.Fingerprint.TLS.RecordVersion
				}
				if f.HTTP1 != nil {
					f.HTTP1.Requests = f.HTTP1.Requests[:1]
				}
				if f.HTTP2 != nil {
					f.HTTP2.Requests = f.HTTP2.Requests[:1]
					least = 90
				}
				mutants := 0
				mutate(reflect.ValueOf(f), func() {
					changed := changedLeaves(g, f)
					if len(changed) == 0 {
						return // host, path, a GREASE value: it belongs to the connection
					}
					mutants++
					list := g.Check(f)
					if len(list) == 0 {
						t.Errorf("a change of %v goes unnoticed", changed)
					}
					for _, m := range list {
						if !related(m.Path, changed) {
							t.Errorf("a change of %v is reported as %s", changed, m.Path)
						}
					}
				})
				if mutants < least {
					t.Errorf("only %d mutants", mutants)
				}
				t.Logf("%d mutants", mutants)
			})
		}
	}
}

// changedLeaves lists the paths at which f now differs from the golden, read without Diff.
func changedLeaves(g *Golden, f *fingerprint.Fingerprint) (paths []string) {
	want := map[string]string{}
	for _, l := range g.Fingerprint.Leaves() {
		want[l.Path] = l.Value
	}
	loose := map[string]bool{}
	for _, o := range g.Vary.OneOf {
		loose[o.Path] = true
	}
	if g.Vary.Padded { // its length follows from the rest of this very hello
		const padding = "tls.extensions.padding"
		delete(want, padding)
		delete(want, padding+".length")
		if n := f.TLS.PaddedLength(); n >= 0 {
			want[padding], want[padding+".length"] = fingerprint.Present, strconv.Itoa(n)
		}
	}
	seen := map[string]bool{}
	for _, l := range f.Leaves() {
		seen[l.Path] = true
		w, ok := want[l.Path]
		switch {
		case w == "*", w == "GREASE" && strings.HasPrefix(l.Value, "GREASE"):
		case strings.HasSuffix(l.Path, ".order"): // its members are judged one by one
		case loose[l.Path] && !strings.HasPrefix(l.Value, "mutant") && len(l.Value) <= 3:
		case !ok || w != l.Value:
			paths = append(paths, l.Path)
		}
	}
	for p := range want {
		if !seen[p] && !loose[p] {
			paths = append(paths, p)
		}
	}
	return paths
}

// related tells whether path is one of the changed ones, or a node above one.
func related(path string, changed []string) bool {
	for _, c := range changed {
		if strings.HasPrefix(c, path) || strings.HasPrefix(path, c) {
			return true
		}
	}
	// what correlates with a changed value, and the order of a list with a changed name
	return strings.HasSuffix(path, ".order") || strings.HasSuffix(path, ".group") || strings.HasSuffix(path, ".type")
}

// mutate changes each value below v in turn, calls check, and puts the old value back.
func mutate(v reflect.Value, check func()) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			mutate(v.Elem(), check)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			mutate(v.Field(i), check)
		}
	case reflect.Slice:
		for i := range v.Len() {
			mutate(v.Index(i), check)
		}
	default:
		old := reflect.ValueOf(v.Interface())
		switch {
		case v.Kind() == reflect.String && v.String() != "":
			v.SetString("mutant" + v.String())
		case v.CanUint() && v.Uint() != 0:
			v.SetUint(v.Uint() ^ 0x11)
		case v.CanInt() && v.Int() != 0:
			v.SetInt(v.Int() + 1000)
		case v.Kind() == reflect.Bool:
			v.SetBool(!v.Bool())
		default:
			return
		}
		check()
		v.Set(old)
	}
}

func TestUnknown(t *testing.T) {
	if _, err := All("netscape4"); err == nil || !strings.Contains(err.Error(), "chrome150") {
		t.Errorf("got %v, want an error that lists the profiles", err)
	}
	if _, err := Load("chrome150", "second", "h2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want an error that says that there is none", err)
	}
}

package golden

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// conflict are the differences between goldens and other sources that are right: of a browser (a pattern of profile names),
// in a situation (empty: all), a leaf or what lies below it, and what overrules the source. docs/differences.md explains them.
type conflict struct {
	profiles, path string
	situation      Situation
	why            string
}

// conflictOf finds the row for a difference, -1 for none.
func conflictOf(rows []conflict, profile string, s Situation, leaf string) int {
	return slices.IndexFunc(rows, func(a conflict) bool {
		ok, _ := path.Match(a.profiles, profile)
		return ok && (a.situation == "" || a.situation == s) && profiles.SourceOf([]profiles.Evidence{{Path: a.path, Source: profiles.Capture}}, leaf) == profiles.Capture
	})
}

// signatureDifferences are the differences to published signatures.
var signatureDifferences = []conflict{
	{profiles: "firefox1*", path: "http2.requests[0].stream", why: "the captured builds open stream 3"},
	{profiles: "tor145", path: "http2.requests[0].stream", why: "the captured builds of the engine open stream 3"},
	{profiles: "chrome1[12]*", path: "tls.extensions.pre_shared_key", why: "the signature was taken of a resumed connection"},
}

// TestSignatures: the goldens of every browser with a published signature have every fact of it.
func TestSignatures(t *testing.T) {
	used, n := map[int]bool{}, 0
	for _, name := range Profiles() {
		r, s := recipeAndSheet(t, name)
		if r.Signature == "" || r.Request != fromSignature {
			continue
		}
		n++
		sig, err := ReadSignature(os.DirFS("."), path.Join("captures", "signatures", r.Signature+".json"))
		if err != nil {
			t.Fatal(err)
		}
		want, got := sig.Fingerprint.Clone(), s.First.Clone()
		normalizeHello(want.TLS)
		unknown := func(h *fingerprint.ClientHello) {
			for i := range h.Extensions {
				switch e := &h.Extensions[i]; e.Type {
				case fingerprint.ExtEncryptedClientHello:
					e.ECH = nil
				case fingerprint.ExtPadding:
					e.Length = 0
				case fingerprint.ExtKeyShare:
					for j := range e.Shares {
						e.Shares[j].Reuses = 0
					}
				}
			}
		}
		unknown(want.TLS)
		unknown(got.TLS)
		if sig.Fingerprint.TLS.Extension(fingerprint.ExtPadding) == nil { // where padding depends on the length, it may be away
			got.TLS.Extensions = slices.DeleteFunc(got.TLS.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtPadding })
		}
		want.HTTP2.Requests = want.HTTP2.Requests[:1]
		w, g := &want.HTTP2.Requests[0], &got.HTTP2.Requests[0]
		w.Priority, w.EndStream, w.After, w.TableSizeUpdates = g.Priority, g.EndStream, g.After, g.TableSizeUpdates
		if w.Stream == 0 {
			w.Stream = g.Stream
		}
		if len(want.HTTP2.Opening) == 0 {
			want.HTTP2.Opening = got.HTTP2.Opening
		}
		for i := range g.Fields {
			g.Fields[i].Form = fingerprint.Form{}
		}
		vary := &fingerprint.Vary{Permute: s.Vary.Permute}
		if !sig.Permuted {
			vary.Permute = nil
		}
		report(t, name, First, fingerprint.Diff(want, got, vary), signatureDifferences, used)
	}
	if n < 31 {
		t.Errorf("only %d signatures were compared", n)
	}
	unused(t, signatureDifferences, used)
}

func recipeAndSheet(t *testing.T, name string) (*Recipe, *Sheet) {
	t.Helper()
	r, err := ReadRecipe(os.DirFS("."), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSheet(name)
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

func report(t *testing.T, profile string, s Situation, list []fingerprint.Mismatch, rows []conflict, used map[int]bool) {
	t.Helper()
	for _, m := range list {
		if i := conflictOf(rows, profile, s, m.Path); i >= 0 {
			used[i] = true
			continue
		}
		t.Errorf("%s, %s: %s: the source has %s, the golden %s", profile, s, m.Path, m.Want, m.Got)
	}
}

func unused(t *testing.T, rows []conflict, used map[int]bool) {
	t.Helper()
	for i, a := range rows {
		if !used[i] {
			t.Errorf("no difference needs %s, %s %s any more", a.profiles, a.situation, a.path)
		}
	}
}

// libraryDifferences are the differences to what the reference library sends.
var libraryDifferences = []conflict{
	{profiles: "chrome152*", path: "tls.extensions.signature_algorithms", why: "Chromium 152, 153 and 156 put a GREASE value first"},
	{profiles: "chrome152*", path: "tls.extensions.trust_anchors.data", why: "the library shuffles them for each connection; all connections of Chromium 156 have one order"},
	{profiles: "chrome152*", path: "http2.requests[0].fields[cache-control]", situation: First, why: "no browser sends it with a first navigation"},
	{profiles: "[ce]*", path: "tls.extensions.application_settings_old", situation: profiles.ForWebSocket, why: "captures of Chromium 103 to 121 keep it in the hello of a WebSocket"},
	{profiles: "firefox*", path: "tls.extensions.encrypted_client_hello.payload_length", why: "captures of Firefox; the library has BoringSSL's lengths"},
	{profiles: "tor145", path: "tls.extensions.encrypted_client_hello.payload_length", why: "captures of the engine; the library has BoringSSL's lengths"},
	{profiles: "firefox*", path: "tls.extensions.key_share[1].reuses", why: "captures of Firefox have one X25519 key in two shares"},
	{profiles: "firefox*", path: "tls.extensions.session_ticket", situation: Resumed, why: "captures of Firefox leave it out beside pre_shared_key"},
	{profiles: "firefox*", path: "tls.extensions.session_ticket", situation: profiles.ForWebSocket, why: "captures of Firefox keep it"},
	{profiles: "firefox*", path: "tls.extensions.compress_certificate", situation: profiles.ForWebSocket, why: "Firefox 140 keeps it, 153 and 159 do not"},
	{profiles: "firefox*", path: "http2.requests[0].stream", situation: First, why: "captures of Firefox open stream 3"},
	{profiles: "tor145", path: "http2.requests[0].stream", situation: First, why: "captures of the engine open stream 3"},
	{profiles: "firefox*", path: "http2.requests[0].after", situation: First, why: "captures of Firefox have WINDOW_UPDATE on every stream"},
	{profiles: "tor145", path: "http2.requests[0].after", situation: First, why: "captures of the engine have WINDOW_UPDATE on every stream"},
	{profiles: "firefox*", path: "http2.requests[0].priority", situation: First, why: "captures of Firefox give a navigation weight 42"},
	{profiles: "firefox15[35]", path: "http2.requests[0].fields", situation: First, why: "the library's fields are those of a fetch"},
	{profiles: "firefox154", path: "http2.requests[0].fields[sec-fetch-site]", situation: First, why: "no address typed in has same-origin"},
	{profiles: "safari270*", path: "http2.requests[0].fields[sec-fetch-site]", situation: First, why: "no address typed in has same-origin"},
}

// TestLibrary: the goldens of every target have what the reference library sends, in the hellos of all situations and in
// opening and first header list over HTTP/2.
func TestLibrary(t *testing.T) {
	used, n := map[int]bool{}, 0
	names, err := filepath.Glob("captures/library/*")
	if err != nil || len(names) < 47 {
		t.Fatalf("%d targets, %v", len(names), err)
	}
	for _, name := range names {
		target := filepath.Base(name)
		_, s := recipeAndSheet(t, target)
		n++
		vary := s.Vary
		for situation, file := range map[Situation]string{First: "first.json", Resumed: "h2-resumed.json", Resumed12: "tls12-server.json", HRR: "hrr-p384.json", profiles.ForWebSocket: "websocket-h2-server.json"} {
			f := libraryConnection(t, filepath.ToSlash(filepath.Join(name, file)), situation)
			if f == nil {
				continue
			}
			golden := s.First.Clone()
			if situation != First {
				golden = &fingerprint.Fingerprint{TLS: profiles.Patched(s.First.TLS, s.Delta[situation])}
				f.HTTP1, f.HTTP2 = nil, nil
			} else {
				f.HTTP2.Requests = f.HTTP2.Requests[:1]
			}
			Normalize(f)
			f.TLS.RecordVersion = golden.TLS.RecordVersion // recordings of sessions lack it
			if s.Vary.Padded {
				f = withoutPadding(f)
				golden = withoutPadding(golden)
			}
			plain := vary
			if situation == HRR {
				plain = *vary.Retry()
			}
			plain.Padded, plain.Distinct = false, nil        // placeholders are all alike
			eachFields(f, func(fields []fingerprint.Field) { // its compressor is no browser's
				for i := range fields {
					fields[i].Form = fingerprint.Form{}
				}
			})
			eachFields(golden, func(fields []fingerprint.Field) {
				for i := range fields {
					fields[i].Form = fingerprint.Form{}
				}
			})
			report(t, target, situation, fingerprint.Diff(f, golden, &plain), libraryDifferences, used)
		}
	}
	if n != 47 {
		t.Errorf("%d targets were compared", n)
	}
	unused(t, libraryDifferences, used)
}

func withoutPadding(f *fingerprint.Fingerprint) *fingerprint.Fingerprint {
	f = f.Clone()
	f.TLS.Extensions = slices.DeleteFunc(f.TLS.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtPadding })
	return f
}

// libraryConnection returns the library's connection that is in the situation, nil if it never gets into it.
func libraryConnection(t *testing.T, name string, s Situation) *fingerprint.Fingerprint {
	t.Helper()
	e, err := ReadEvidence(os.DirFS("."), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.Connections {
		c := &e.Connections[i]
		if (s == Resumed || s == Resumed12) != c.Resumed || len(c.Hellos) == 0 {
			continue
		}
		if s == HRR {
			if c = c.Second(); c == nil {
				t.Fatalf("%s: no second hello", name)
			}
		}
		f, err := fingerprint.Parse(c)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	return nil
}

// TestJA4 pins the JA4 of browsers of which it was published.
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

// TestEvidenceOnce: no path has two sources, of which a reader would have to guess the one that counts.
func TestEvidenceOnce(t *testing.T) {
	for _, name := range Profiles() {
		_, s := recipeAndSheet(t, name)
		seen := map[string]bool{}
		for _, e := range s.Evidence {
			if seen[e.Path] {
				t.Errorf("%s: %s has two sources", name, e.Path)
			}
			seen[e.Path] = true
		}
	}
}

// TestTrustAnchors: wherever trust_anchors are sent, they stand in the one order that Chromium has.
func TestTrustAnchors(t *testing.T) {
	_, chromium := recipeAndSheet(t, "chromium156")
	want, n := chromium.First.TLS.Extension(fingerprint.ExtTrustAnchors).Data, 0
	for _, name := range Profiles() {
		_, s := recipeAndSheet(t, name)
		if e := s.First.TLS.Extension(fingerprint.ExtTrustAnchors); e != nil {
			if n++; string(e.Data) != string(want) {
				t.Errorf("%s has other trust anchors, or another order: %x", name, e.Data)
			}
		}
	}
	if n < 16 {
		t.Errorf("only %d profiles have them", n)
	}
}

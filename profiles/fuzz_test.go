package profiles

import (
	"bytes"
	"errors"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// texts returns the embedded profiles as they stand in their files.
func texts(tb testing.TB) [][]byte {
	tb.Helper()
	var out [][]byte
	for _, name := range Names() {
		b, err := data.ReadFile("data/" + name + ".json")
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// FuzzParse: whatever a profile says, it is refused, or its hellos can be made and its text is read as the same again.
func FuzzParse(f *testing.F) {
	for _, b := range texts(f) {
		f.Add(b)
	}
	f.Add([]byte(`{"schema":"wirelike/profile/1","name":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		for _, s := range []Situation{First, Resumed, Resumed12} {
			if h := p.Hello(s); h != nil {
				(&fingerprint.Fingerprint{TLS: h}).Leaves()
			}
		}
		p.Kinds()
		text, err := fingerprint.FormatJSON(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("its own text is refused: %v", err)
		}
		if twice, err := fingerprint.FormatJSON(again); err != nil || !bytes.Equal(text, twice) {
			t.Errorf("written again it is another text (%v)", err)
		}
	})
}

// TestTruncatedProfiles cuts profiles, the last bytes of each one by one: what is cut is no profile, and the error says so.
func TestTruncatedProfiles(t *testing.T) {
	for i, b := range texts(t) {
		whole, step := bytes.TrimSpace(b), 30
		if i%10 != 0 { // they have the same structure
			step = 601
		}
		for n := 0; n < len(whole); n++ {
			if n > 200 && n < len(whole)-200 {
				n += step
			}
			var where *fingerprint.DecodeError
			if _, err := Parse(whole[:min(n, len(whole)-1)]); !errors.As(err, &where) {
				t.Fatalf("cut at %d: %v", n, err)
			}
		}
	}
}

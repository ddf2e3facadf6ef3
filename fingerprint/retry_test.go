package fingerprint

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// retries returns all captured connections with two hellos. Chromium 92 still pads the second.
func retries(t *testing.T, old bool) (out []Capture) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "golden", "captures", "*", "hrr*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, name := range files {
		if old != strings.Contains(name, "chromium92") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var evidence struct{ Connections []Capture }
		if err := json.Unmarshal(b, &evidence); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n := len(out)
		for _, c := range evidence.Connections {
			if len(c.Hellos) == 2 {
				out = append(out, c)
			}
		}
		if len(out) == n {
			t.Errorf("%s: no connection has two hellos", name)
		}
	}
	return out
}

// TestRetryCaptured: no captured browser changes more in its second hello than it may, with and without a ticket.
func TestRetryCaptured(t *testing.T) {
	t.Parallel()
	tickets := 0
	today := retries(t, false)
	for i, c := range append(today, retries(t, true)...) {
		m, err := DiffRetry(&c)
		if err != nil || len(m) > 0 {
			t.Errorf("connection %d: %v, %v", i, m, err)
		}
		second := c.Second()
		f, err := Parse(second)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.TLS.Extension(ExtKeyShare).Shares; !slices.Equal(got, []KeyShare{{Group: GroupSecp384r1, Length: 97}}) || f.TLS.Extension(ExtPadding) != nil && i < len(today) {
			t.Errorf("connection %d: shares %v", i, got)
		}
		if second.Second() != nil || len(second.Records) > 0 && second.Records[0].Type != 20 && second.Records[0].Type != 22 {
			t.Errorf("connection %d: records %v", i, second.Records)
		}
		if f.TLS.Extension(ExtPreSharedKey) != nil {
			tickets++
		}
	}
	if tickets == 0 {
		t.Error("none has a ticket")
	}
}

// TestRetryDiff: whatever byte of the second hello is another, where it may not be, is found at its place.
func TestRetryDiff(t *testing.T) {
	t.Parallel()
	c := retries(t, false)[0]
	good := c.Hellos[1]
	h := splitHello(good)
	free := map[int]bool{}
	for _, e := range h.extensions {
		if e.id == ExtKeyShare || e.id == ExtPreSharedKey {
			for i := range e.Bytes {
				free[e.Offset+i] = true
			}
		}
	}
	found := 0
	for i := 4; i < len(good); i++ {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		c.Hellos = []Hex{c.Hellos[0], bad}
		m, err := DiffRetry(&c)
		switch {
		case err != nil: // a length
		case free[i]:
			if len(m) > 0 {
				t.Errorf("byte %d: %v", i, m)
			}
		case len(m) == 0:
			t.Errorf("byte %d is another, and nobody minds", i)
		case m[0].Offset > i+2: // what has a length of another is named by its first byte
			t.Errorf("byte %d: %v", i, m[0])
		default:
			found++
		}
	}
	if found < 200 {
		t.Errorf("only %d bytes were tried", found)
	}
}

func TestVaryRetry(t *testing.T) {
	t.Parallel()
	v := &Vary{Padded: true, Permute: &Permute{}, Equal: [][]string{{"tls.extensions.supported_groups[0]", "tls.extensions.key_share[0].group"}}, Distinct: [][]string{{"a", "b"}}}
	r := v.Retry()
	if r.Padded || r.Permute == nil || len(r.Equal) != 0 || len(r.Distinct) != 1 || !v.Padded || len(v.Equal) != 1 {
		t.Errorf("%+v of %+v", r, v)
	}
}

func TestSecond(t *testing.T) {
	t.Parallel()
	record := func(typ uint8, n int) Record { return Record{Type: typ, Version: 0x303, Length: n} }
	c := &Capture{Hellos: []Hex{make([]byte, 100), make([]byte, 50)}, Records: []Record{record(22, 60), record(22, 40), record(20, 1), record(22, 50), record(23, 9)}}
	if s := c.Second(); len(s.Hellos) != 1 || len(s.Hellos[0]) != 50 || !slices.Equal(s.Records, c.Records[2:]) || len(c.Hellos) != 2 {
		t.Errorf("%+v", s)
	}
	c.Records = c.Records[:1]
	if s := c.Second(); s.Records != nil {
		t.Errorf("%+v", s)
	}
	if (&Capture{Hellos: c.Hellos[:1]}).Second() != nil {
		t.Error("there is no second hello")
	}
	if m, err := DiffRetry(&Capture{}); m != nil || err != nil {
		t.Error(m, err)
	}
	if _, err := DiffRetry(c); err == nil {
		t.Error("these are no hellos")
	}
}

func FuzzDiffRetry(f *testing.F) {
	f.Add([]byte{}, []byte{})
	files, _ := filepath.Glob(filepath.Join("..", "golden", "captures", "chromium156", "hrr.json"))
	for _, name := range files {
		b, err := os.ReadFile(name)
		var evidence struct{ Connections []Capture }
		if err != nil || json.Unmarshal(b, &evidence) != nil {
			f.Fatal(name, err)
		}
		for _, c := range evidence.Connections {
			if len(c.Hellos) == 2 {
				f.Add([]byte(c.Hellos[0]), []byte(c.Hellos[1]))
			}
		}
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		m, err := DiffRetry(&Capture{Hellos: []Hex{one, two}})
		if err != nil && m != nil {
			t.Errorf("%v, %v", m, err)
		}
		if m, err := DiffRetry(&Capture{Hellos: []Hex{one, bytes.Clone(one)}}); err == nil && len(m) > 0 {
			t.Errorf("a hello differs from itself: %v", m)
		}
	})
}

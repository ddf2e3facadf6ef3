package fingerprint

import (
	"encoding/json"
	"reflect"
	"testing"
)

// checkRoundTrip checks that writing v and reading it again gives v, and the same text.
func checkRoundTrip[T any](t testing.TB, name string, v *T) {
	t.Helper()
	text, err := FormatJSON(v)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	again := new(T)
	if err := DecodeStrict(text, again); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if !reflect.DeepEqual(v, again) {
		t.Errorf("%s: read back another value:\n%s", name, text)
	}
	if twice, err := FormatJSON(again); err != nil || string(twice) != string(text) {
		t.Errorf("%s: written again it is another text (%v)", name, err)
	}
}

func TestIDJSON(t *testing.T) {
	for _, test := range []struct {
		id   ID
		text string
	}{
		{0, `0`}, {4865, `4865`}, {65535, `65535`}, {0x0a1a, `2586`}, {GREASE, `"GREASE"`}, {0x1a1a, `"GREASE 0x1a1a"`}, {0xfafa, `"GREASE 0xfafa"`},
	} {
		b, err := json.Marshal(test.id)
		if err != nil || string(b) != test.text {
			t.Errorf("%d is written %s (%v), want %s", uint16(test.id), b, err, test.text)
		}
		var id ID
		if err := json.Unmarshal([]byte(test.text), &id); err != nil || id != test.id {
			t.Errorf("%s is read %d (%v)", test.text, uint16(id), err)
		}
	}
	for _, text := range []string{
		`-1`, `65536`, `1.5`, `1e3`, `null`, `true`, `""`, `"1"`, `2570`, `6682`, `"GREASE "`, `"grease"`, `"GREASE 0x0a0a"`, `"GREASE 0x1a2a"`,
		`"GREASE 0x1A1A"`, `"GREASE 0x001a1a"`, `"GREASE 1a1a"`, `"GREASE 0x1a1a "`, `[]`, `{}`,
	} {
		id := ID(7)
		if err := json.Unmarshal([]byte(text), &id); err == nil || id != 7 {
			t.Errorf("%s is read as %d", text, uint16(id))
		}
	}
	n := 0
	for id := range 1 << 16 {
		if ID(id).IsGREASE() {
			n++
		}
	}
	if n != 16 {
		t.Errorf("%d GREASE values; RFC 8701 reserves 16", n)
	}
}

func TestHexJSON(t *testing.T) {
	for _, test := range []struct {
		hex  Hex
		text string
	}{{Hex{}, `""`}, {Hex{0, 0xff, 0x1a}, `"00ff1a"`}} {
		b, err := json.Marshal(test.hex)
		if err != nil || string(b) != test.text {
			t.Errorf("% x is written %s (%v)", []byte(test.hex), b, err)
		}
		var h Hex
		if err := json.Unmarshal([]byte(test.text), &h); err != nil || string(h) != string(test.hex) {
			t.Errorf("%s is read % x (%v)", test.text, []byte(h), err)
		}
	}
	for _, text := range []string{`"0"`, `"0g"`, `"AA"`, `"0x"`, `" 00"`, `0`, `"00 "`, `"é0"`} {
		var h Hex
		if err := json.Unmarshal([]byte(text), &h); err == nil {
			t.Errorf("%s is read % x", text, []byte(h))
		}
	}
}

func TestFormText(t *testing.T) {
	for _, test := range []struct {
		form Form
		text string
	}{
		{Form{}, ""},
		{Form{Kind: FormIndexed, Index: 2}, "indexed:2"},
		{Form{Kind: FormIncremental, Index: 58, ValueHuffman: true}, "incremental:58:value-h"},
		{Form{Kind: FormIncremental, NameHuffman: true}, "incremental:0:name-h,value-p"},
		{Form{Kind: FormWithout, ValueHuffman: true}, "without-indexing:0:name-p,value-h"},
		{Form{Kind: FormNever, Index: 4294967295}, "never-indexed:4294967295:value-p"},
		{Form{Kind: FormNever, NameHuffman: true, ValueHuffman: true}, "never-indexed:0:name-h,value-h"},
	} {
		if got := test.form.String(); got != test.text {
			t.Errorf("%+v is written %s, want %s", test.form, got, test.text)
		}
		var f Form
		err := f.UnmarshalText([]byte(test.text))
		if test.text == "" {
			if err == nil {
				t.Error("the empty text is read as a form")
			}
		} else if err != nil || f != test.form {
			t.Errorf("%s is read %+v (%v)", test.text, f, err)
		}
	}
	for _, text := range []string{
		"", ":", "indexed", "indexed:", "indexed:x", "indexed:2:value-h", "indexed:4294967296", "incremental:58", "incremental:58:", "incremental:58:value-x",
		"incremental:58:name-h,value-h", "incremental:0:value-h", "incremental:00:name-h,value-h", "literal:1:value-h", ":2", "incremental:1:value-h ",
		"incremental:0:name-h,value-hh", "indexed:+2", "indexed:-2",
	} {
		var f Form
		if err := f.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, f)
		}
	}
}

// TestFingerprintJSON reads and writes a value with every field of the model.
func TestFingerprintJSON(t *testing.T) {
	h := parseHello(t, rawB(t).first(0x2a2a).and(0xfe0d, echBody(32, 16)...).and(28, 0, 9).and(35, 1).and(41, pskBody([]int{1}, []int{2})...).bytes())
	h.RecordVersion = 0x0301
	w := newFrameWriter().settings(1, 2).window(0, 5).priority(3, 0, 4).raw(0x1f, 0, 0, []byte{1})
	w.raw(frameHeaders, 0x24, 1, append([]byte{0, 0, 0, 0, 41, 0x3f, 0xe1, 0x1f}, w.fields(":method", "GET", "a<b", "ü\n\"")...)).window(1, 7)
	f := &Fingerprint{TLS: h, HTTP2: parseFrames(t, w), HTTP1: &HTTP1{Requests: []Head{{Method: "GET", Target: "/", Version: "HTTP/1.1", Fields: []Field{{Name: "A", Value: ""}}}}}}
	if len(f.HTTP2.Requests[0].TableSizeUpdates) != 1 || len(f.HTTP2.Requests[0].After) != 1 {
		t.Fatalf("%+v", f.HTTP2.Requests[0])
	}
	checkRoundTrip(t, "everything", f)
	checkRoundTrip(t, "nothing", &Fingerprint{})
	checkRoundTrip(t, "no extension block", &Fingerprint{TLS: parseHello(t, (&rawHello{version: 0x0301, suites: []uint16{1}}).bytes())})
	checkRoundTrip(t, "empty extension block", &Fingerprint{TLS: parseHello(t, (&rawHello{version: 0x0301, exts: []rawExt{}}).bytes())})
	checkRoundTrip(t, "capture", &Capture{
		Hellos: []Hex{{1, 2}, {3}}, Records: []Record{{22, 0x0301, 5}, {23, 0, 7}}, Client: Hex("PRI"), Elided: []Elision{{5, 1 << 40}},
		ALPN: "h2", Resumed: true, Error: "x",
	})
	checkRoundTrip(t, "vary", &Vary{
		Permute: &Permute{First: []string{"grease"}, Last: []string{"grease#2"}}, OneOf: []OneOf{{"p", []string{"1", "2"}}},
		Equal: [][]string{{"a", "b"}}, Distinct: [][]string{{"c", "d"}},
	})
	checkRoundTrip(t, "mismatch", &Mismatch{Path: "p", Offset: -1, Rule: "fixed", Want: Absent, Got: "x"})
}

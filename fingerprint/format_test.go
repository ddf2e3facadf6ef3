package fingerprint

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestFormatJSON(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, test := range []struct {
		name, reason string
		v            any
		want         string
	}{
		{"scalar", "a document may be one value", 7, "7\n"},
		{"empty", "nothing to lay out", map[string][]int{"a": {}, "b": nil}, "{\"a\": [], \"b\": null}\n"},
		{"empty object", "no members, no space", struct{}{}, "{}\n"},
		{"one line", "separators are comma space and colon space", map[string]any{"a": []int{1, 2}, "b": map[string]int{"c": 3}},
			`{"a": [1, 2], "b": {"c": 3}}` + "\n"},
		{"no HTML escapes", "header values are full of < and &", []string{"<a&b>"}, "[\"<a&b>\"]\n"},
		{"brackets in strings", "only structure counts", []string{`]}"\`, ":,"}, `["]}\"\\", ":,"]` + "\n"},
		{"just fits", "109 characters and the comma that a sibling would need", []string{long[:99], "yy"}, `["` + long[:99] + `", "yy"]` + "\n"},
		{"does not fit", "one character more than fits", []string{long[:99], "yyy"}, "[\n \"" + long[:99] + "\",\n \"yyy\"\n]\n"},
		{"characters, not bytes", "the width is what an editor shows", []string{strings.Repeat("ü", 99), "yy"},
			`["` + strings.Repeat("ü", 99) + `", "yy"]` + "\n"},
		{"key and indent count", "the line is measured, not the value",
			map[string]any{"key": []string{long[:95], ""}, "k": []string{long[:95], ""}},
			"{\n \"k\": [\"" + long[:95] + "\", \"\"],\n \"key\": [\n  \"" + long[:95] + "\",\n  \"\"\n ]\n}\n"},
		{"long scalar member", "a string is never broken", map[string]string{"a": long + long, "b": ""},
			"{\n \"a\": \"" + long + long + "\",\n \"b\": \"\"\n}\n"},
		{"nested", "each level decides for itself", map[string]any{"a": []any{long, []int{1, 2}, map[string]int{}}},
			"{\n \"a\": [\n  \"" + long + "\",\n  [1, 2],\n  {}\n ]\n}\n"},
		{"number at the end of a broken list", "numbers end at the bracket", []any{long, -1.5e-9}, "[\n \"" + long + "\",\n -1.5e-9\n]\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := FormatJSON(test.v)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("%s:\ngot  %s\nwant %s", test.reason, got, test.want)
			}
			for line := range strings.Lines(string(got)) {
				if strings.HasSuffix(line, "]\n") && len([]rune(line)) > lineWidth+1 {
					t.Errorf("line of %d characters", len([]rune(line)))
				}
			}
			var again any
			if err := json.Unmarshal(got, &again); err != nil {
				t.Fatal(err)
			}
			if twice, err := FormatJSON(json.RawMessage(got)); err != nil || string(twice) != string(got) {
				t.Errorf("formatting its own output gives %s (%v)", twice, err)
			}
		})
	}
	if _, err := FormatJSON(func() {}); err == nil {
		t.Error("a function was formatted")
	}
}

// FuzzFormatJSON checks on any JSON that the layout keeps the value and is a fixed point.
func FuzzFormatJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}],"c":"\"]"}`, `[[[[]]]]`, `"x"`, `1e3`, `{"":{"":[true,false]}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !json.Valid(b) {
			return
		}
		text, err := FormatJSON(json.RawMessage(b))
		if err != nil {
			t.Fatal(err)
		}
		again, err := FormatJSON(json.RawMessage(text))
		if err != nil || string(again) != string(text) {
			t.Fatalf("not a fixed point: %q then %q (%v)", text, again, err)
		}
	})
}

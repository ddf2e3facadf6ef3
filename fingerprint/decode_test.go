package fingerprint

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

type decodeInner struct {
	List   []ID              `json:"list"`
	Hex    Hex               `json:"hex"`
	Small  uint8             `json:"small"`
	Pair   [2]int            `json:"pair"`
	Ptr    *decodeInner      `json:"ptr"`
	Map    map[FormKey][]int `json:"map"`
	Any    any               `json:"any"`
	Bytes  []byte            `json:"bytes"`
	Skip   int               `json:"-"`
	Plain  string
	hidden int // never a field of the JSON
	decodeEmbedded
	Named decodeEmbedded `json:"named"`
}

// FormKey is a string type as maps of profiles have them.
type FormKey string

type decodeEmbedded struct {
	Deep  int `json:"deep"`
	Small int `json:"small"` // hidden by the outer one
}

type decodeOuter struct {
	First []decodeInner `json:"first"`
}

func TestDecodeStrict(t *testing.T) {
	in := ` {"first" : [ {"list":[1,"GREASE 0x1a1a"], "hex":"00ff","small":7,"pair":[1,2],
		"ptr":{"small":8,"ptr":null},"map":{"http/1.1":[1],"b":null},"any":{"x":[1,"y"]},"bytes":"AQI=","Plain":"\u00fc",
		"deep":9,"named":{"deep":10,"small":11}} ] }` + "\n"
	want := decodeOuter{First: []decodeInner{{
		List: []ID{1, 0x1a1a}, Hex: Hex{0, 255}, Small: 7, Pair: [2]int{1, 2}, Ptr: &decodeInner{Small: 8},
		Map: map[FormKey][]int{"http/1.1": {1}, "b": nil}, Any: map[string]any{"x": []any{1.0, "y"}}, Bytes: []byte{1, 2},
		Plain: "ü", decodeEmbedded: decodeEmbedded{Deep: 9}, Named: decodeEmbedded{10, 11},
	}}}
	got := decodeOuter{First: make([]decodeInner, 3)}
	if err := DecodeStrict([]byte(in), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) || got.First[0].hidden != 0 {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeStrictRefuses(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
		cause          error
	}{
		{"unknown field", `{"first":[{},{"lisst":1}]}`, "first[1].lisst: unknown field", ErrUnknownField},
		{"unknown field at the top", `{"First":[]}`, "First: unknown field", ErrUnknownField},
		{"name in another case", `{"first":[{"List":[]}]}`, "first[0].List: unknown field", ErrUnknownField},
		{"field without JSON name", `{"first":[{"-":1}]}`, `first[0].-: unknown field`, ErrUnknownField},
		{"skipped field", `{"first":[{"Skip":1}]}`, "first[0].Skip: unknown field", ErrUnknownField},
		{"unexported field", `{"first":[{"hidden":1}]}`, "first[0].hidden: unknown field", ErrUnknownField},
		{"embedded struct by name", `{"first":[{"decodeEmbedded":{}}]}`, "first[0].decodeEmbedded: unknown field", ErrUnknownField},
		{"duplicate in a struct", `{"first":[],"first":[]}`, "first: duplicate key", ErrDuplicateKey},
		{"duplicate by escape", `{"first":[],"fir\u0073t":[]}`, "first: duplicate key", ErrDuplicateKey},
		{"duplicate in a map", `{"first":[{"map":{"a b":[],"a b":[]}}]}`, `first[0].map["a b"]: duplicate key`, ErrDuplicateKey},
		{"duplicate in an any", `{"first":[{"any":{"x":[{"y":1,"y":1}]}}]}`, "first[0].any.x[0].y: duplicate key", ErrDuplicateKey},
		{"duplicate where none belongs", `{"first":{"x":1,"x":2}}`, "first.x: duplicate key", ErrDuplicateKey},
		{"string for a number", `{"first":[{"small":"1"}]}`, "first[0].small: string is no uint8", nil},
		{"number out of range", `{"first":[{"small":256}]}`, "first[0].small: number 256 is no uint8", nil},
		{"object for a list", `{"first":{}}`, "first: object is no []fingerprint.decodeInner", nil},
		{"list for an object", `{"first":[[]]}`, "first[0]: array is no fingerprint.decodeInner", nil},
		{"list for a map", `{"first":[{"map":[]}]}`, "first[0].map: array is no map[fingerprint.FormKey][]int", nil},
		{"number in a map", `{"first":[{"map":{"a":[true]}}]}`, "first[0].map.a[0]: bool is no int", nil},
		{"null for a number", `{"first":[{"small":null}]}`, "first[0].small: null is no uint8", nil},
		{"null for a struct", `{"first":[null]}`, "first[0]: null is no fingerprint.decodeInner", nil},
		{"null for hexadecimal", `{"first":[{"hex":null}]}`, "first[0].hex: null is no fingerprint.Hex", nil},
		{"null for an ID", `{"first":[{"list":[5,null]}]}`, "first[0].list[1]: fingerprint: null is no 16-bit number", nil},
		{"error of a type", `{"first":[{"ptr":{"list":[2570]}}]}`, `first[0].ptr.list[0]: fingerprint: write the GREASE value 2570 as "GREASE"`, nil},
		{"long array", `{"first":[{"pair":[1,2,3]}]}`, "first[0].pair[2]: more than 2 elements", nil},
		{"short array", `{"first":[{"pair":[1]}]}`, "first[0].pair: 1 elements instead of 2", nil},
		{"trailing value", "{}\n{}", "line 2: invalid character '{' after top-level value", nil},
		{"trailing bracket", "{}}", "line 1: invalid character '}' after top-level value", nil},
		{"nothing", "", "line 1: unexpected end of JSON input", nil},
		{"cut short", "{\n\"first\":\n[", "line 3: unexpected end of JSON input", nil},
		{"bad syntax", "{\n\"first\" []}", "line 2: invalid character '[' after object key", nil},
		{"not UTF-8", "{\n\"\ufffd\":\n\"\xff\"}", "line 3: not UTF-8", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var v decodeOuter
			err := DecodeStrict([]byte(test.in), &v)
			if err == nil || err.Error() != test.want {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			var e *DecodeError
			if !errors.As(err, &e) || e.Line < 1 || test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("%#v is not the right kind of error", err)
			}
		})
	}
	if err := DecodeStrict([]byte("{}"), decodeOuter{}); err == nil || !strings.Contains(err.Error(), "cannot decode into") {
		t.Errorf("decoding into a value that is no pointer: %v", err)
	}
}

func TestDecodeErrorLine(t *testing.T) {
	var v decodeOuter
	var e *DecodeError
	if err := DecodeStrict([]byte("{\n\"first\": [\n{\n\n\"small\": \"x\"}]}"), &v); !errors.As(err, &e) || e.Line != 5 {
		t.Errorf("%+v: the string stands on line 5", e)
	}
}

package fingerprint

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

// TestClone proves that a clone is equal and shares no memory: every value that can be reached in it is overwritten.
func TestClone(t *testing.T) {
	for _, name := range []string{"h2.json", "h1.json"} {
		b, err := os.ReadFile("../golden/captures/chromium156/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var e struct{ Connections []Capture }
		if err := json.Unmarshal(b, &e); err != nil {
			t.Fatal(err)
		}
		for i := range e.Connections {
			f, err := Parse(&e.Connections[i])
			if err != nil {
				t.Fatal(err)
			}
			before, _ := json.Marshal(f)
			c := f.Clone()
			if !reflect.DeepEqual(c, f) {
				t.Fatalf("%s: connection %d: the clone differs", name, i)
			}
			scramble(reflect.ValueOf(c))
			if after, _ := json.Marshal(f); string(after) != string(before) {
				t.Errorf("%s: connection %d: the clone shares memory", name, i)
			}
		}
	}
}

// scramble zeroes every settable value behind v.
func scramble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			scramble(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scramble(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(v.Index(i))
		}
	default:
		v.SetZero()
	}
}

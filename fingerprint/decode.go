package fingerprint

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DecodeError says what is wrong with a JSON text and where: the path of the value ("first.tls.extensions[3].list[0]",
// empty for the text as a whole) and its line, counted from 1.
type DecodeError struct {
	Path string
	Line int
	Err  error
}

// Error gives path and cause, or the line and cause where there is no path.
func (e *DecodeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *DecodeError) Unwrap() error { return e.Err }

// What encoding/json would let pass; a [DecodeError] wraps them.
var (
	ErrUnknownField = errors.New("unknown field")
	ErrDuplicateKey = errors.New("duplicate key")
)

// DecodeStrict reads the one JSON value in data into the variable that v points to, as encoding/json does, but refuses
// what encoding/json lets pass: unknown fields, names that match only in another case, duplicate keys, an array longer
// or shorter than a Go array, null for anything but a pointer, slice, map or interface, and bytes that are not UTF-8.
// Every error is a *[DecodeError]; after one, the variable is in no defined state. Lists are always made anew. Maps
// need keys of a string type; the tag option ",string" and embedded pointers are not supported.
func DecodeStrict(data []byte, v any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return &DecodeError{Line: 1, Err: fmt.Errorf("cannot decode into %T", v)}
	}
	d := strictDecoder{data: data}
	for d.pos < len(data) {
		r, n := utf8.DecodeRune(data[d.pos:])
		if r == utf8.RuneError && n == 1 {
			return d.fail(errors.New("not UTF-8"))
		}
		d.pos += n
	}
	d.pos = 0
	var valid json.RawMessage
	if err := json.Unmarshal(data, &valid); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			d.pos = int(syntax.Offset)
		}
		return d.fail(err)
	}
	return d.value(p.Elem())
}

// strictDecoder walks over a text that is known to be valid JSON.
type strictDecoder struct {
	data []byte
	pos  int
	path []string // ".name", `["na me"]` or "[index]"
}

func (d *strictDecoder) fail(err error) error {
	line := 1 + bytes.Count(d.data[:d.pos], []byte("\n"))
	return &DecodeError{Path: strings.TrimPrefix(strings.Join(d.path, ""), "."), Line: line, Err: err}
}

// peek moves to the next character that is not white space and returns it.
func (d *strictDecoder) peek() byte {
	for strings.IndexByte(" \t\r\n", d.data[d.pos]) >= 0 {
		d.pos++
	}
	return d.data[d.pos]
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value decodes the next value of the text into v, which is settable.
func (d *strictDecoder) value(v reflect.Value) error {
	t := v.Type()
	null := d.peek() == 'n'
	switch p := reflect.PointerTo(t); {
	case p.Implements(jsonUnmarshaler):
		return d.leaf(v)
	case p.Implements(textUnmarshaler):
		if null {
			return d.fail(fmt.Errorf("null is no %v", t))
		}
		return d.leaf(v)
	}
	switch t.Kind() {
	case reflect.Interface:
		return d.leaf(v)
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if null {
			v.SetZero()
			return d.skip()
		}
	}
	if null {
		return d.fail(fmt.Errorf("null is no %v", t))
	}
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		return d.value(v.Elem())
	case reflect.Struct, reflect.Map:
		return d.object(v)
	case reflect.Array:
		return d.array(v)
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // encoding/json has base64 for bytes
			return d.array(v)
		}
	}
	return d.leaf(v)
}

// leaf leaves the next value to encoding/json, once it has been searched for duplicate keys.
func (d *strictDecoder) leaf(v reflect.Value) error {
	d.peek()
	start := d.pos
	if err := d.skip(); err != nil {
		return err
	}
	raw := d.data[start:d.pos]
	err := json.Unmarshal(raw, v.Addr().Interface())
	if err == nil {
		return nil
	}
	d.pos = start
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		err = fmt.Errorf("%s is no %v", wrong.Value, wrong.Type)
	}
	return d.fail(err)
}

// skip moves over the next value and checks its keys.
func (d *strictDecoder) skip() error {
	switch d.peek() {
	case '{':
		return d.members(func(string) error { return d.skip() })
	case '[':
		return d.elements(func(int) error { return d.skip() })
	}
	d.pos += scalarLength(d.data[d.pos:])
	return nil
}

// members walks over an object and calls f at the value of each member.
func (d *strictDecoder) members(f func(key string) error) error {
	seen := map[string]bool{}
	d.pos++
	for d.peek() != '}' {
		var key string
		n := scalarLength(d.data[d.pos:])
		if err := json.Unmarshal(d.data[d.pos:d.pos+n], &key); err != nil {
			return d.fail(err)
		}
		d.path = append(d.path, pathKey(key))
		if seen[key] {
			return d.fail(ErrDuplicateKey)
		}
		seen[key] = true
		d.pos += n
		d.peek()
		d.pos++ // the colon
		if err := f(key); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
		if d.peek() == ',' {
			d.pos++
		}
	}
	d.pos++
	return nil
}

func pathKey(key string) string {
	odd := strings.IndexFunc(key, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if key == "" || odd >= 0 {
		return "[" + strconv.Quote(key) + "]"
	}
	return "." + key
}

// elements walks over an array and calls f at each element.
func (d *strictDecoder) elements(f func(i int) error) error {
	d.pos++
	for i := 0; d.peek() != ']'; i++ {
		d.path = append(d.path, "["+strconv.Itoa(i)+"]")
		if err := f(i); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
		if d.peek() == ',' {
			d.pos++
		}
	}
	d.pos++
	return nil
}

// object decodes into a struct or a map with keys of a string type.
func (d *strictDecoder) object(v reflect.Value) error {
	t := v.Type()
	if d.peek() != '{' || t.Kind() == reflect.Map && t.Key().Kind() != reflect.String {
		return d.leaf(v)
	}
	if t.Kind() == reflect.Struct {
		fields := structFields(t)
		return d.members(func(key string) error {
			index, ok := fields[key]
			if !ok {
				return d.fail(ErrUnknownField)
			}
			return d.value(v.FieldByIndex(index))
		})
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(t))
	}
	return d.members(func(key string) error {
		elem := reflect.New(t.Elem()).Elem()
		if err := d.value(elem); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), elem)
		return nil
	})
}

// structFields gives the fields of t by their name in JSON.
func structFields(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	addFields(fields, t, nil)
	return fields
}

// addFields adds the fields of t, then those of its embedded structs without a name, which an outer field hides.
func addFields(fields map[string][]int, t reflect.Type, outer []int) {
	var inlined []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		f.Index = append(slices.Clip(outer), i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			inlined = append(inlined, f)
			continue
		case !f.IsExported() || f.Tag.Get("json") == "-":
			continue
		case name == "":
			name = f.Name
		}
		if _, hidden := fields[name]; !hidden {
			fields[name] = f.Index
		}
	}
	for _, f := range inlined {
		addFields(fields, f.Type, f.Index)
	}
}

// array decodes into a slice, or into an array of just that length.
func (d *strictDecoder) array(v reflect.Value) error {
	if d.peek() != '[' {
		return d.leaf(v)
	}
	t := v.Type()
	if t.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(t, 0, 0))
		return d.elements(func(i int) error {
			v.Grow(1)
			v.SetLen(i + 1)
			v.Index(i).SetZero()
			return d.value(v.Index(i))
		})
	}
	n := 0
	err := d.elements(func(i int) error {
		if n++; i >= t.Len() {
			return d.fail(fmt.Errorf("more than %d elements", t.Len()))
		}
		return d.value(v.Index(i))
	})
	if err == nil && n < t.Len() {
		err = d.fail(fmt.Errorf("%d elements instead of %d", n, t.Len()))
	}
	return err
}

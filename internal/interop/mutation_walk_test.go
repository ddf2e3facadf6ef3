package interop

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// under tells whether a path lies below a node.
func under(path, node string) bool {
	rest, ok := strings.CutPrefix(path, node)
	return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// byPath returns the values of all leaves.
func byPath(f *fingerprint.Fingerprint) map[string]string {
	m := map[string]string{}
	for _, l := range f.Leaves() {
		m[l.Path] = l.Value
	}
	return m
}

// mutate changes one value below f, or removes or swaps members of a list, and calls check with the path that is to be
// named, if that is one path; then it puts back what was there.
func mutate(f *fingerprint.Fingerprint, check func(want string)) {
	before := byPath(f)
	walk(reflect.ValueOf(f), func() {
		if want := change(before, byPath(f)); want != "" {
			check(want)
		}
	})
}

// change returns the path of the leaf, or of the node with all leaves, that has another value or is gone; "" when it is
// not one.
func change(before, after map[string]string) (want string) {
	gone, other := "", ""
	for path, value := range before {
		switch v, ok := after[path]; {
		case !ok && gone == "":
			gone = path
		case !ok:
			for gone != path && !under(path, gone) {
				i := strings.LastIndexAny(gone, ".[")
				if i < 0 {
					return ""
				}
				gone = gone[:i]
			}
		case v == value:
		case strings.HasSuffix(path, ".order") && len(v) != len(value): // the list of what is left
		case other != "":
			return ""
		default:
			other = path
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			return "" // the name of something has changed
		}
	}
	if gone == "" {
		return other
	}
	for path := range after {
		if path == gone || under(path, gone) || other != "" {
			return ""
		}
	}
	for { // the list, when nothing is left of it
		i := strings.LastIndexAny(gone, ".[")
		if i < 0 || strings.HasSuffix(gone, "]") && strings.Contains(gone[:i], "fields") || slices.ContainsFunc(slices.Collect(maps.Keys(after)), func(path string) bool { return path == gone[:i] || under(path, gone[:i]) }) {
			return gone
		}
		gone = gone[:i]
	}
}

// walk changes each value below v, removes each member of each list and swaps neighbours, one after the other.
func walk(v reflect.Value, check func()) {
	old := reflect.ValueOf(v.Interface())
	if v.CanSet() {
		defer v.Set(old)
	}
	switch {
	case v.Type() == reflect.TypeFor[fingerprint.Hex]():
		if v.Len() > 0 {
			v.SetBytes(append([]byte{v.Bytes()[0] ^ 0x11}, v.Bytes()[1:]...))
			check()
		}
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), check)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			walk(v.Field(i), check)
		}
	case v.Kind() == reflect.Slice:
		for i := range old.Len() {
			walk(v.Index(i), check)
		}
		for i := range old.Len() {
			v.Set(reflect.AppendSlice(old.Slice3(0, i, i), old.Slice(i+1, old.Len())))
			check()
			if i > 0 {
				v.Set(reflect.AppendSlice(old.Slice3(0, 0, 0), old))
				reflect.Swapper(v.Interface())(i-1, i)
				check()
			}
		}
	case v.Kind() == reflect.String && v.String() != "":
		v.SetString("mutant" + v.String())
		check()
		v.SetString(strings.ToUpper(old.String())) // the name of a field
		check()
		v.SetString(strings.ToLower(old.String()))
		check()
	case v.CanUint():
		v.SetUint(v.Uint() ^ 0x12) // what is odd stays so
		check()
	case v.CanInt():
		if v.SetInt(v.Int() + 1); old.Int() > 0 {
			v.SetInt(old.Int() - 1)
		}
		check()
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
		check()
	}
}

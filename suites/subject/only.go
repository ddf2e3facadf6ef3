package subject

import (
	"fmt"
	"reflect"
	"slices"
)

// Only returns an [*Unsupported] that names the first field of a [Config] or a [Request] that is set and not among the given
// ones, nil if there is none. "Redirect" stands for all of it, "Redirect.Max" for that field alone:
//
//	if err := subject.Only(r, "Method", "URL", "Header", "Redirect.Follow"); err != nil {
//		return nil, err
//	}
//
// A name that is no field is a panic: the adapter is older than the package, or mistaken.
func Only(v any, fields ...string) error {
	rv := reflect.ValueOf(v)
	for _, f := range fields {
		if !known(rv.Type(), f) {
			panic(fmt.Sprintf("subject: %s has no field %s", rv.Type().Name(), f))
		}
	}
	if name := surplus(rv, "", fields); name != "" {
		return &Unsupported{What: rv.Type().Name() + "." + name}
	}
	return nil
}

// surplus returns the path of the first field that is set and not listed.
func surplus(v reflect.Value, prefix string, listed []string) string {
	for i := range v.NumField() {
		name, field := prefix+v.Type().Field(i).Name, v.Field(i)
		if field.IsZero() || slices.Contains(listed, name) {
			continue
		}
		if inner := reflect.Indirect(field); inner.Kind() == reflect.Struct && partly(name, listed) {
			if s := surplus(inner, name+".", listed); s != "" {
				return s
			}
			continue
		}
		return name
	}
	return ""
}

// partly tells whether fields within a struct are listed.
func partly(name string, listed []string) bool {
	return slices.ContainsFunc(listed, func(l string) bool { return len(l) > len(name) && l[:len(name)+1] == name+"." })
}

// known tells whether a type has a field with the path.
func known(t reflect.Type, path string) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == path {
			return true
		}
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		if n := len(f.Name); ft.Kind() == reflect.Struct && len(path) > n && path[:n+1] == f.Name+"." && known(ft, path[n+1:]) {
			return true
		}
	}
	return false
}

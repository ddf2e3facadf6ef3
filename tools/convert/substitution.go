package main

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// identity names the fields that tell who the browser is: the same with every request of it.
var identity = []string{"user-agent", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "accept-language"}

// navigations are the kinds that have the fields of a navigation.
var navigations = []profiles.Kind{profiles.Navigate, profiles.Reload, profiles.Form, profiles.Iframe}

// substitution turns the header lists of a build into those of a browser of its engine, by what the golden of the browser's
// navigation has in place of what the build's has.
type substitution struct {
	undo   []golden.Undo
	h1, h2 []fingerprint.Field // the browser's navigation
	old    map[string]string   // values of the build's navigation, by lower-case name
	fields map[profiles.Kind][]string
}

func newSubstitution(s *golden.Sheet, r *golden.Recipe, k *golden.BuildKinds) *substitution {
	x := &substitution{undo: r.Undo, h2: s.First.HTTP2.Requests[0].Fields, old: map[string]string{}, fields: map[profiles.Kind][]string{}}
	if s.HTTP1 != nil {
		x.h1 = s.HTTP1.Requests[0].Fields
	}
	for _, f := range k.Sets[profiles.Navigate].H2 {
		x.old[f.Name] = golden.Undone(x.undo, f)
	}
	return x
}

// list returns a list of the build as the browser's.
func (x *substitution) list(kind profiles.Kind, l profiles.FieldList, h2 bool) profiles.FieldList {
	if len(l) == 0 {
		return nil
	}
	navigation := x.h1
	if h2 {
		navigation = x.h2
	}
	var out profiles.FieldList
	for _, f := range l {
		lower := strings.ToLower(f.Name)
		f.Value = golden.Undone(x.undo, f)
		now, has := value(navigation, lower)
		switch {
		case slices.Contains(identity, lower): // old headless builds have empty ones
			if !has {
				continue
			}
			f.Value = now
		case f.Value == "" || f.Value == "*" || lower[0] == ':':
		case has && f.Value == x.old[lower]:
			f.Value = now
		case !has && f.Value == x.old[lower] && slices.Contains(navigations, kind) && lower != "cache-control":
			continue
		}
		out = append(out, f)
	}
	if slices.Contains(navigations, kind) {
		out = x.complete(kind, out, navigation)
	}
	return out
}

// complete adds the fields that the browser's navigation has and the build's lacks, in front of the field that they
// precede there.
func (x *substitution) complete(kind profiles.Kind, l profiles.FieldList, navigation []fingerprint.Field) profiles.FieldList {
	for i := len(navigation) - 1; i >= 0; i-- {
		f := navigation[i]
		lower := strings.ToLower(f.Name)
		_, known := x.old[lower]
		if _, has := value(l, lower); has || known || lower[0] == ':' || lower == "host" || lower == "connection" {
			continue
		}
		at := len(l)
		if i+1 < len(navigation) {
			at = max(0, slices.IndexFunc(l, func(o fingerprint.Field) bool {
				return strings.EqualFold(o.Name, navigation[i+1].Name) && o.Value != ""
			}))
		}
		l = slices.Insert(l, at, fingerprint.Field{Name: f.Name, Value: f.Value})
		if !slices.Contains(x.fields[kind], lower) {
			x.fields[kind] = append(x.fields[kind], lower)
		}
	}
	return l
}

func value(l []fingerprint.Field, name string) (string, bool) {
	for _, f := range l {
		if strings.EqualFold(f.Name, name) && f.Value != "" {
			return f.Value, true
		}
	}
	return "", false
}

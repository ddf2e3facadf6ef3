package golden

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// identities are the fields that tell who the browser is, and are the same with every request of it.
var identities = []string{"user-agent", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "accept-language"}

func isIdentity(name string) bool { return slices.Contains(identities, name) }

// ownValues turns the requests of a build into those of a browser of its engine. What the browser is known by is its
// navigation: a value that the build's navigation has, too, is replaced by that of the browser's.
type ownValues struct {
	undo       []Undo
	build, own []fingerprint.Field // navigations
}

// list returns the fields of a request as the browser's, and the names of those that are as in its navigation.
func (o *ownValues) list(kind profiles.Kind, fields []fingerprint.Field) (out []fingerprint.Field, names []string) {
	take := func(f fingerprint.Field, value string) {
		f.Value = value
		out, names = append(out, f), append(names, strings.ToLower(f.Name))
	}
	for _, f := range fields {
		name := strings.ToLower(f.Name)
		now, was := valueOf(o.own, name), Undone(o.undo, fingerprint.Field{Name: f.Name, Value: valueOf(o.build, name)})
		value := Undone(o.undo, f)
		switch {
		case isIdentity(name):
			if now != "" {
				take(f, now)
			}
		case name[0] == ':' || value == "*" || name == "sec-fetch-site":
			out = append(out, f)
		case now != "" && value == was:
			take(f, now)
		case now == "" && value == was && isNavigation(kind): // the build is newer, or older, than what had the field
		default:
			f.Value = value
			out = append(out, f)
		}
	}
	if isNavigation(kind) {
		out, names = o.missing(out, names)
	}
	return out, names
}

// missing adds what the browser's navigation has and the build's has not, each in front of what follows it there.
func (o *ownValues) missing(out []fingerprint.Field, names []string) ([]fingerprint.Field, []string) {
	for i, f := range slices.Backward(o.own) {
		if indexOf(o.build, f.Name) >= 0 || indexOf(out, f.Name) >= 0 {
			continue
		}
		at := len(out)
		for _, next := range o.own[i+1:] {
			if j := indexOf(out, next.Name); j >= 0 {
				at = j
				break
			}
		}
		out = slices.Insert(out, at, fingerprint.Field{Name: f.Name, Value: f.Value})
		names = append(names, strings.ToLower(f.Name))
	}
	return out, names
}

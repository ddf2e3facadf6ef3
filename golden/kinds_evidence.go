package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/profiles"
)

// evidence says where the lists come from.
func (b *buildLists) evidence() (out []profiles.Evidence) {
	for _, k := range profiles.AllKinds() {
		path := "headers." + string(k)
		h1, h2 := b.lists[listPlace{k, protoH1}], b.lists[listPlace{k, protoH2}]
		source := b.source(h1)
		if why := b.why(h1); h2 == nil || b.source(h2) == source && b.why(h2) == why {
			out = append(out, profiles.Evidence{Path: path, Source: source, Note: b.files(h2, h1) + why})
		} else {
			out = append(out,
				profiles.Evidence{Path: path + "." + protoH2, Source: b.source(h2), Note: b.files(h2) + b.why(h2)},
				profiles.Evidence{Path: path + "." + protoH1, Source: source, Note: b.files(h1) + why},
				profiles.Evidence{Path: path + ".priority", Source: b.source(h2), Note: b.files(h2)})
		}
		for _, proto := range protocols {
			l := b.lists[listPlace{k, proto}]
			if l == nil {
				continue
			}
			for _, p := range l.placed {
				if p.how == guess {
					out = append(out, profiles.Evidence{Path: path + "." + proto + "[" + strings.Replace(p.key, ownKey, "own", 1) + "]", Source: profiles.None, Note: guessNote(p.key)})
				}
			}
		}
		out = append(out, b.shapeEvidence(k)...)
	}
	return out
}

func (b *buildLists) source(l *kindList) profiles.Source {
	if l.from != "" {
		return profiles.Engine
	}
	return profiles.Capture
}

// files names the recordings of lists of one kind.
func (b *buildLists) files(lists ...*kindList) string {
	build := b.build
	var files []string
	for _, l := range lists {
		if l == nil {
			continue
		}
		files = append(files, l.files...)
		if l.from != "" {
			build = l.from
		}
	}
	return "captures/" + build + ": " + strings.Join(files, ", ")
}

// why says what of a list no recording of its kind shows.
func (b *buildLists) why(l *kindList) string {
	var out strings.Builder
	if l.from != "" {
		fmt.Fprintf(&out, "; values as in captures/%s", b.build)
	}
	var hows []string
	by := map[string][]string{}
	for _, p := range l.placed {
		if p.how != guess {
			if by[p.how] == nil {
				hows = append(hows, p.how)
			}
			by[p.how] = append(by[p.how], strings.Replace(p.key, ownAcceptKey, "a script's accept", 1))
		}
	}
	for _, how := range hows {
		slices.Sort(by[how])
		fmt.Fprintf(&out, "; %s placed %s", strings.Join(by[how], ", "), how)
	}
	if len(l.varies) > 0 {
		fmt.Fprintf(&out, "; also seen: %s", strings.Join(l.varies, "; "))
	}
	return out.String()
}

func guessNote(key string) string {
	switch key {
	case ownKey:
		return "no recording shows such a request with own fields"
	case "cookie":
		return "no recording shows such a request with cookies"
	}
	return "no recording; the place in the source code of the engine"
}

// shapeEvidence says where the shapes come from.
func (b *buildLists) shapeEvidence(k profiles.Kind) (out []profiles.Evidence) {
	shapes := b.lists[listPlace{k, protoH1}].shapes
	if h2 := b.lists[listPlace{k, protoH2}]; h2 != nil && len(h2.shapes) >= len(shapes) {
		shapes = h2.shapes
	}
	for i, s := range shapes {
		e := profiles.Evidence{Path: fmt.Sprintf("headers.%s.shapes[%d]", k, i), Source: profiles.Capture, Note: "captures/" + b.build}
		switch s.from {
		case "":
		case "fetch":
			e.Source, e.Note = profiles.None, "no recording shows such a request; as fetch does"
		default:
			e.Source, e.Note = profiles.Engine, "captures/"+s.from+": only Origin moves"
		}
		out = append(out, e)
	}
	if k == profiles.Fetch && b.redirectFrom != "" && !slices.ContainsFunc(shapes, func(s keyShape) bool { return s.when == profiles.Redirected }) {
		out = append(out, profiles.Evidence{Path: "headers.fetch.shapes", Source: profiles.Engine, Note: "captures/" + b.redirectFrom + ": a redirect to another origin moves no field"})
	}
	return out
}

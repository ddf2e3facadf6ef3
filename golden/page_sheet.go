package golden

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// PageSchema names the version of the format of pages.
const PageSchema = "wirelike/page/1"

// PageSheet is data/kinds/<build>.json: the requests of a page as one captured build makes them, of every kind. Profiles
// of its engine share it; what is a browser's own comes from its [Sheet].
type PageSheet struct {
	Schema string `json:"schema"`
	// Build is the directory of the recordings.
	Build string `json:"build"`
	// Fields are all fields of all requests, each once, as "name: value"; "name:" is one that is the browser's own to fill.
	// The server's authority is "*".
	Fields []string `json:"fields"`
	// Steps are the requests, in order.
	Steps []PageStep `json:"steps"`
	// Evidence names the source by kind: under "KIND", or "KIND.h2" and "KIND.http/1.1".
	Evidence []profiles.Evidence `json:"evidence"`
}

// PageStep is one request of a page. Its lists have the places of fields in [PageSheet.Fields].
type PageStep struct {
	Name     string                `json:"name"`
	H2       []int                 `json:"h2,omitempty"`
	H1       []int                 `json:"http/1.1"`
	Priority *fingerprint.Priority `json:"priority,omitempty"`
}

// DerivePage makes the page of the build that the recipe names from the recordings below fsys, which is the directory of
// this package. It is nil for a recipe without build.
func (r *Recipe) DerivePage(fsys fs.FS) (*PageSheet, error) {
	if r.Build == "" {
		return nil, nil
	}
	k, err := Kinds(fsys, r.Build, r.Others...)
	if err != nil {
		return nil, err
	}
	if r.Insert != nil {
		k.AddHints()
	}
	p := &PageSheet{Schema: PageSchema, Build: r.Build}
	for _, s := range allSteps() {
		set := k.Sets[s.kind]
		guessed := func(proto string) func(string) bool {
			return func(key string) bool {
				return slices.ContainsFunc(k.Evidence, func(e profiles.Evidence) bool {
					return e.Path == "headers."+string(s.kind)+"."+proto+"["+key+"]" && e.Source == profiles.None
				})
			}
		}
		h1, h2 := set.Lists(s.conditions(set.H1)...)
		p.Steps = append(p.Steps, PageStep{
			Name: s.name, H2: p.places(s.resolve(h2, guessed(protoH2))), H1: p.places(s.resolve(h1, guessed(protoH1))), Priority: set.Priority,
		})
	}
	for _, e := range k.Evidence {
		e.Path = strings.TrimPrefix(e.Path, "headers.")
		switch kind, proto, _ := strings.Cut(e.Path, "."); proto {
		case "", protoH2, protoH1:
			if slices.Contains(profiles.AllKinds(), profiles.Kind(kind)) {
				p.Evidence = append(p.Evidence, e)
			}
		}
	}
	return p, nil
}

// allSteps returns the steps that a page has lists for.
func allSteps() []step { return append(slices.Clone(pageSteps), socketStep) }

// places adds fields that the page does not have yet, and returns where they are.
func (p *PageSheet) places(list []fingerprint.Field) (out []int) {
	for _, f := range list {
		line := strings.TrimSuffix(f.Name+": "+f.Value, " ")
		at := slices.Index(p.Fields, line)
		if at < 0 {
			at = len(p.Fields)
			p.Fields = append(p.Fields, line)
		}
		out = append(out, at)
	}
	return out
}

// fields returns the fields at some places.
func (p *PageSheet) fields(places []int) []fingerprint.Field {
	out := make([]fingerprint.Field, 0, len(places))
	for _, n := range places {
		line := p.Fields[n]
		at := 1 + strings.IndexByte(line[1:], ':') // pseudo-header fields begin with one
		out = append(out, fingerprint.Field{Name: line[:at], Value: strings.TrimPrefix(line[at+1:], " ")})
	}
	return out
}

// list returns the fields of a step over a protocol, and where they come from.
func (p *PageSheet) list(x *step, proto string) ([]fingerprint.Field, profiles.Evidence) {
	var why profiles.Evidence
	for _, e := range p.Evidence {
		if e.Path == string(x.kind) || e.Path == string(x.kind)+"."+proto {
			why = e
		}
	}
	s := p.step(x.name)
	if proto == protoH2 {
		return p.fields(s.H2), why
	}
	return p.fields(s.H1), why
}

func (p *PageSheet) step(name string) *PageStep {
	return &p.Steps[slices.IndexFunc(p.Steps, func(s PageStep) bool { return s.Name == name })]
}

// readPage reads the page of a build.
func readPage(build string) (*PageSheet, error) {
	b, err := data.ReadFile(path.Join("data/kinds", build+".json"))
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	p, err := parsePage(b)
	if err != nil {
		return nil, fmt.Errorf("golden: data/kinds/%s.json: %w", build, err)
	}
	return p, nil
}

// parsePage reads a page strictly.
func parsePage(b []byte) (*PageSheet, error) {
	p := &PageSheet{}
	if err := fingerprint.DecodeStrict(b, p); err != nil {
		return nil, err
	}
	if p.Schema != PageSchema {
		return nil, fmt.Errorf("schema %q, want %q", p.Schema, PageSchema)
	}
	for i, line := range p.Fields {
		if len(line) < 2 || !strings.Contains(line[1:], ":") {
			return nil, fmt.Errorf("fields[%d]: %q is no field", i, line)
		}
	}
	want := allSteps()
	if len(p.Steps) != len(want) {
		return nil, fmt.Errorf("%d steps, want %d", len(p.Steps), len(want))
	}
	for i, s := range p.Steps {
		if s.Name != want[i].name {
			return nil, fmt.Errorf("steps[%d]: %q, want %q", i, s.Name, want[i].name)
		}
		for _, n := range slices.Concat(s.H1, s.H2) {
			if n < 0 || n >= len(p.Fields) {
				return nil, fmt.Errorf("steps[%d]: there is no field %d", i, n)
			}
		}
	}
	return p, nil
}

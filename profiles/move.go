package profiles

import (
	"fmt"
	"slices"
	"strings"
)

// Move is how a browser changes the order of fields when a redirect has led a request to where it goes: it makes some of
// them anew, which puts them behind others.
type Move struct {
	// Kinds are the kinds of request that it concerns.
	Kinds []Kind `json:"kinds"`
	// Proto is "h2" or "http/1.1"; empty: both.
	Proto string `json:"proto,omitempty"`
	// Fields are the names of the fields that move, in the order in which they then stand. Behind is the name of the field that
	// they come behind. Names are in lower case; a list without the field of Behind stays as it is.
	Fields []string `json:"fields"`
	Behind string   `json:"behind"`
}

// Followed returns a list of a kind as it is once a redirect has been followed; proto is "h2" or "http/1.1". The list itself
// is not changed.
func (p *Profile) Followed(kind Kind, proto string, l FieldList) FieldList {
	for _, m := range p.Moves {
		if slices.Contains(m.Kinds, kind) && (m.Proto == "" || m.Proto == proto) {
			l = m.apply(l)
		}
	}
	return l
}

func (m *Move) apply(l FieldList) FieldList {
	rest := make(FieldList, 0, len(l))
	moved := make(FieldList, 0, len(m.Fields))
	for _, name := range m.Fields {
		for _, f := range l {
			if strings.EqualFold(f.Name, name) {
				moved = append(moved, f)
			}
		}
	}
	at := -1
	for _, f := range l {
		if slices.Contains(m.Fields, strings.ToLower(f.Name)) {
			continue
		}
		rest = append(rest, f)
		if strings.EqualFold(f.Name, m.Behind) {
			at = len(rest)
		}
	}
	if at < 0 {
		return l
	}
	return slices.Insert(rest, at, moved...)
}

// validate says what is wrong with a move.
func (m *Move) validate() error {
	switch {
	case len(m.Kinds) == 0 || len(m.Fields) == 0 || m.Behind == "":
		return fmt.Errorf("kinds: fields and behind are needed, too")
	case m.Proto != "" && m.Proto != "h2" && m.Proto != "http/1.1":
		return fmt.Errorf("proto: %q is neither h2 nor http/1.1", m.Proto)
	case slices.Contains(m.Fields, m.Behind):
		return fmt.Errorf("behind: %q moves itself", m.Behind)
	}
	for _, k := range m.Kinds {
		if !slices.Contains(AllKinds(), k) {
			return fmt.Errorf("kinds: there is no kind %q", k)
		}
	}
	for _, name := range append(slices.Clone(m.Fields), m.Behind) {
		if name == "" || name != strings.ToLower(name) {
			return fmt.Errorf("fields: %q is no name in lower case", name)
		}
	}
	return nil
}

package profiles

import (
	"maps"
	"slices"
	"strings"
)

// The types of profiles in a list.
const (
	BuiltIn = "builtin" // an embedded one
	Custom  = "custom"  // one of a store
)

// Listed is what [List] and [Store.List] say of one profile.
type Listed struct {
	// Type is [BuiltIn] or [Custom].
	Type    string
	Name    string
	Browser string
	Version string
	// Engine is "chromium", "firefox" or "webkit".
	Engine string
	// OS is the system. OSVersion is the system's version where an entry of the store says one; embedded profiles do not.
	OS, OSVersion string
	// Ignored are the members of the entry that have no effect here, sorted: those of HTTP/3, QUIC, multipart bodies and the
	// header lists of WebSockets.
	Ignored []string
	// Kinds are the kinds of request that the profile has, sorted.
	Kinds []Kind
	// Err says why the entry of the store cannot be used; then nothing else is known of it but Type and Name.
	Err error
}

// List returns one row for each profile, embedded or stored, sorted by name. A stored profile hides an embedded one of its
// name, as with a [Resolver]. Entries are read as strictly as by [Store.Load], each by itself: the error of one is in its row. The
// error of List is about the file as a whole.
func (s *Store) List() ([]Listed, error) {
	path, entries, err := s.entries()
	if err != nil {
		return nil, err
	}
	var out []Listed
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e, err := readEntry(name, entries[name], true)
		if err != nil {
			out = append(out, Listed{Type: Custom, Name: name, Err: storeError(path, name, err)})
			continue
		}
		row := e.profile.row(Custom)
		row.OS, row.OSVersion, row.Ignored = e.system, e.systemVersion, e.ignored
		out = append(out, row)
	}
	embedded, err := List()
	if err != nil {
		return nil, err
	}
	for _, row := range embedded {
		if _, hidden := entries[row.Name]; !hidden {
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(a, b Listed) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// List returns one row for each embedded profile, sorted by name.
func List() ([]Listed, error) {
	var out []Listed
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		out = append(out, p.row(BuiltIn))
	}
	return out, nil
}

// row is what a list says of the profile.
func (p *Profile) row(typ string) Listed {
	b := p.Browser
	return Listed{Type: typ, Name: p.Name, Browser: b.Name, Version: b.Version, Engine: b.Engine, OS: b.OS, Kinds: p.Kinds()}
}

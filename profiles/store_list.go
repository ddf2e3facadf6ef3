package profiles

import (
	"maps"
	"slices"
	"strings"
)

// Listed is what [Store.List] says of one profile.
type Listed struct {
	// Type is "builtin" for an embedded profile, "custom" for one of the store.
	Type    string
	Name    string
	Browser string
	Version string
	// OS is the system. OSVersion is the system's version where an entry of the store says one; embedded profiles do not.
	OS, OSVersion string
	// Ignored are the members of the entry that have no effect here, sorted: those of HTTP/3, QUIC, multipart bodies and the
	// header lists of WebSockets.
	Ignored []string
}

// List returns one row for each profile, embedded or stored, sorted by name. A stored profile hides an embedded one of its
// name, as with a [Resolver]. It is as strict as [Store.Load].
func (s *Store) List() ([]Listed, error) {
	path, entries, err := s.entries()
	if err != nil {
		return nil, err
	}
	var out []Listed
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e, err := readEntry(name, entries[name], true)
		if err != nil {
			return nil, storeError(path, name, err)
		}
		b := e.profile.Browser
		out = append(out, Listed{Type: "custom", Name: name, Browser: b.Name, Version: b.Version, OS: e.system, OSVersion: e.systemVersion, Ignored: e.ignored})
	}
	for _, name := range Names() {
		if _, hidden := entries[name]; hidden {
			continue
		}
		p, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		out = append(out, Listed{Type: "builtin", Name: name, Browser: p.Browser.Name, Version: p.Browser.Version, OS: p.Browser.OS})
	}
	slices.SortFunc(out, func(a, b Listed) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

package profiles

import (
	"errors"
	"maps"
	"slices"
)

// Resolver finds profiles by name: first those that were given explicitly, then those of a store, then the embedded ones. So a
// profile of one's own may hide a browser's, unlike in the reference library, where a stored one of such a name is never reached.
// The zero value finds the embedded profiles. A Resolver is safe for concurrent use as long as nobody modifies it.
type Resolver struct {
	// Explicit are found under their own names; of two of one name, the first.
	Explicit []*Profile
	// Store may be nil.
	Store *Store
}

// Lookup returns a profile, which belongs to the caller and may be edited, by its name or by one of [Aliases]; the browser
// behind an alias is looked up in the same order. Names of embedded profiles and aliases may be in any case. When the store has
// the name, or cannot be read so that nobody knows, its error is returned. The error for a name that there is nowhere is an
// [*UnknownError].
func (r *Resolver) Lookup(name string) (*Profile, error) {
	names := []string{name}
	if canonical := resolve(name); canonical != name {
		names = append(names, canonical)
	}
	for _, n := range names {
		for _, p := range r.Explicit {
			if p.Name == n {
				return p.Clone(), nil
			}
		}
		if r.Store == nil {
			continue
		}
		var unknown *UnknownError
		if p, err := r.Store.Lookup(n); err == nil || !errors.As(err, &unknown) {
			return p, err
		}
	}
	var unknown *UnknownError
	p, err := Lookup(name)
	if err == nil {
		return p.Clone(), nil
	} else if !errors.As(err, &unknown) {
		return nil, err
	}
	all, err := r.Names()
	if err != nil {
		return nil, err
	}
	return nil, &UnknownError{Name: name, Near: near(name, all)}
}

// Names returns the names under which there are profiles, sorted, without aliases.
func (r *Resolver) Names() ([]string, error) {
	names := map[string]bool{}
	for _, p := range r.Explicit {
		names[p.Name] = true
	}
	if r.Store != nil {
		stored, err := r.Store.Names()
		if err != nil {
			return nil, err
		}
		for _, n := range stored {
			names[n] = true
		}
	}
	for _, n := range Names() {
		names[n] = true
	}
	return slices.Sorted(maps.Keys(names)), nil
}

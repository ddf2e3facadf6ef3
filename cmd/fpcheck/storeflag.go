package main

import (
	"flag"
	"fmt"
	"slices"

	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
	"github.com/wirelike/wirelike/profiles"
)

// noStore is the value of --store for the built-in profiles alone.
const noStore = "none"

// storeFlag says which store has the user's own profiles.
type storeFlag struct{ dir string }

func (s *storeFlag) register(f *flag.FlagSet) {
	f.StringVar(&s.dir, "store", "", "`DIR` of the store whose profiles come before the built-in ones, or none; default: the user's, see fpcheck store --help")
}

// open returns the store, nil for none. A user who has no directory has no store.
func (s *storeFlag) open(e *env, c *command) *profiles.Store {
	switch s.dir {
	case noStore:
		return nil
	case "":
		dir, err := profiles.StoreDir()
		if err != nil {
			fmt.Fprintf(e.stderr, "fpcheck %s: warning: built-in profiles only: %v\n", c.name, err)
			return nil
		}
		return &profiles.Store{Dir: dir}
	}
	return &profiles.Store{Dir: s.dir}
}

// source returns what reads arguments. It warns of a stored profile that hides a built-in one.
func (s *storeFlag) source(e *env, c *command) *ingest.Source {
	r := &profiles.Resolver{Store: s.open(e, c)}
	return &ingest.Source{Stdin: e.stdin, Lookup: func(name string) (*profiles.Profile, error) {
		p, err := r.Lookup(name)
		if err != nil || r.Store == nil || !slices.Contains(profiles.Names(), p.Name) {
			return p, err
		}
		stored, err := r.Store.Names()
		if err == nil && slices.Contains(stored, p.Name) {
			fmt.Fprintf(e.stderr, "fpcheck %s: warning: %s is the one of the store in %s, not the built-in one\n", c.name, p.Name, r.Store.Dir)
		}
		return p, err
	}}
}

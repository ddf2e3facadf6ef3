package profiles

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/wirelike/wirelike/fingerprint"
)

//go:embed data/*.json
var data embed.FS

// UnknownError reports a name that no profile has.
type UnknownError struct {
	Name string
	// Near lists the names that look like it, or all when none does.
	Near []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("profiles: there is no profile %q; try one of: %s", e.Name, strings.Join(e.Near, ", "))
}

// embedded holds one entry per file in data; each is parsed once, on first use.
var embedded = sync.OnceValue(func() []*entry {
	files, err := data.ReadDir("data")
	if err != nil {
		panic("profiles: embedded data cannot be listed: " + err.Error())
	}
	var out []*entry
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".json")
		out = append(out, &entry{name: name, load: sync.OnceValues(func() (*Profile, error) {
			b, err := data.ReadFile(path.Join("data", name+".json"))
			if err != nil {
				return nil, err
			}
			return Parse(b)
		})})
	}
	return out
})

type entry struct {
	name string
	load func() (*Profile, error)
}

// Names returns the names of the embedded profiles, sorted.
func Names() []string {
	var out []string
	for _, e := range embedded() {
		out = append(out, e.name)
	}
	return out
}

// Lookup returns an embedded profile by its name, or by one of [Aliases], in any case. The value is shared: edit a
// [Profile.Clone] of it. The error for a name that does not exist is an [*UnknownError].
func Lookup(asked string) (*Profile, error) {
	name := resolve(asked)
	for _, e := range embedded() {
		if e.name == name {
			p, err := e.load()
			if err != nil {
				return nil, fmt.Errorf("profiles: %s: %w", name, err)
			}
			return p, nil
		}
	}
	return nil, &UnknownError{Name: asked, Near: near(name, Names())}
}

// near returns the names that share the letters in front of the digits with name, or all.
func near(name string, all []string) []string {
	letters := strings.TrimRight(strings.ToLower(strings.SplitN(name, "_", 2)[0]), "0123456789.")
	var out []string
	for _, n := range all {
		if letters != "" && strings.HasPrefix(n, letters[:min(4, len(letters))]) {
			out = append(out, n)
		}
	}
	if out == nil {
		out = slices.Clone(all)
	}
	return out
}

// Parse reads a profile strictly: unknown and repeated keys, wrong types and incoherent contents are errors that name
// the path of the offending value.
func Parse(b []byte) (*Profile, error) {
	p := &Profile{}
	if err := fingerprint.DecodeStrict(b, p); err != nil {
		return nil, err
	}
	if err := p.resolveCommon(); err != nil {
		return nil, err
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	return p, nil
}

package golden

import (
	"strings"

	"github.com/wirelike/wirelike/profiles"
)

// judge tells which paths of a golden have evidence, without a look at all entries for each.
type judge struct {
	g *Golden
	// guesses are the entries that say that something is not known, as if they said that it is.
	guesses []profiles.Evidence
}

func (g *Golden) judge() *judge {
	j := &judge{g: g}
	for _, e := range g.Evidence {
		if e.Source == profiles.None {
			e.Source = profiles.Capture
			j.guesses = append(j.guesses, e)
		}
	}
	return j
}

// evidenced tells whether a path has evidence; that of the first navigation holds for later ones.
func (j *judge) evidenced(path string) bool {
	if head, rest, ok := strings.Cut(path, ".requests["); ok && j.g.steps == nil {
		_, rest, _ = strings.Cut(rest, "]")
		path = head + ".requests[0]" + rest
	}
	if profiles.SourceOf(j.guesses, path) != profiles.None {
		return j.g.Source(path) != profiles.None
	}
	for i := range j.g.Evidence {
		if profiles.SourceOf(j.g.Evidence[i:i+1], path) != profiles.None {
			return true
		}
	}
	return false
}

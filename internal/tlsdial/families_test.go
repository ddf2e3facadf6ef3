package tlsdial

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// family is all that decides how a profile opens connections, without the order of extensions where that is drawn anew.
func family(t *testing.T, p *profiles.Profile) string {
	t.Helper()
	h := *p.First.TLS
	if p.Vary.Permute != nil {
		h.Extensions = slices.Clone(h.Extensions)
		slices.SortFunc(h.Extensions, func(a, b fingerprint.Extension) int { return int(a.Type) - int(b.Type) })
	}
	first := p.First.HTTP2.Requests[0]
	b, err := json.Marshal([]any{h, p.Vary, p.Delta, p.TLS, p.HTTP2, p.First.HTTP2.Opening, first.Stream, first.After})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestEveryHello: the profiles that stand for all have every way of opening connections that there is, each once.
func TestEveryHello(t *testing.T) {
	seen := map[string]string{}
	look := func(name string) string {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return family(t, p)
	}
	for _, name := range testnet.EveryHello(profiles.Names()) {
		if f := look(name); seen[f] == "" {
			seen[f] = name
		} else {
			t.Errorf("%s opens connections as %s does, which stands for it", name, seen[f])
		}
	}
	for _, name := range profiles.Names() {
		if f := look(name); seen[f] == "" {
			t.Errorf("no profile stands for %s", name)
			seen[f] = name
		}
	}
}

// Package golden holds the truth about browsers and its checks. A [Golden] is what one browser sends in one situation
// over one protocol, taken from raw captures of real browsers (or, where none exists, from the best other source),
// with provenance for every field; it never derives from a profile or from this module's own output.
//
//	golden.Verify(t, "chrome150", func(srv *fpserver.Server) http.RoundTripper { … })   // a whole client in one call
//	golden.Snapshot(t, srv.Conns()[0], "testdata/mine.json")                            // pin your own client
//
// [Run] is what both fpcheck and Verify use: it makes a [Subject] (any client, command or browser) send requests to an
// in-process server and compares every evidenced field with the golden, and the connections with each other.
package golden

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// Schema names the version of the golden file format.
const Schema = "wirelike/golden/1"

// Golden is the expected fingerprint of one profile in one situation over one protocol.
type Golden struct {
	Schema    string    `json:"schema"`
	Profile   string    `json:"profile"`
	Situation Situation `json:"situation"`
	// Protocol is the protocol that the server speaks: "h2" or "http/1.1".
	Protocol string `json:"protocol"`
	// Undo lists the traces that the way of capturing left, which the fingerprint does not have any more.
	Undo []Undo `json:"undo,omitempty"`
	// Evidence names the source of each part, by path prefix; the longest prefix wins. "[*]" matches any index.
	Evidence []profiles.Evidence `json:"evidence"`
	// HPACK names the engine's header compression policy, over h2: "chromium" or "firefox"; empty when it is not
	// known, and then no form is compared.
	HPACK string `json:"hpack,omitempty"`
	// Vary is what may differ between two connections of the browser.
	Vary fingerprint.Vary `json:"vary"`
	// Fingerprint has GREASE values replaced by the placeholder, and "*" for what belongs to the connection: server
	// name, authority, path.
	Fingerprint fingerprint.Fingerprint `json:"fingerprint"`
}

// Situation tells what led to a connection.
type Situation = profiles.Situation

// The situations: see package profiles.
const (
	First     = profiles.First
	Resumed   = profiles.Resumed
	Resumed12 = profiles.Resumed12
)

// situations has them in the order in which goldens are listed and run.
var situations = []Situation{First, Resumed, Resumed12}

// Undo is one replacement in field values: From is what the capture has, To what the browser sends otherwise.
type Undo struct {
	// Field is the lower-case name of the field.
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
	Why   string `json:"why"`
}

//go:embed data
var data embed.FS

// Load returns the golden of a profile for a situation and a protocol.
func Load(profile string, s Situation, protocol string) (*Golden, error) {
	return load(path.Join("data", profile, fileName(s, protocol)))
}

// All returns every golden of a profile by situation, the first visit first, and then by protocol, h2 first.
func All(profile string) ([]*Golden, error) {
	names, err := fs.Glob(data, path.Join("data", profile, "*.json"))
	if err != nil || !slices.Contains(Profiles(), profile) {
		return nil, fmt.Errorf("golden: there is no golden for profile %q; those with one: %s", profile, strings.Join(Profiles(), ", "))
	}
	var all []*Golden
	for _, name := range names {
		g, err := load(name)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b *Golden) int {
		by := slices.Index(situations, a.Situation) - slices.Index(situations, b.Situation)
		return cmp.Or(by, strings.Compare(a.Protocol, b.Protocol))
	})
	return all, nil
}

// Profiles returns the names of the profiles that have goldens, sorted.
func Profiles() []string {
	entries, _ := data.ReadDir("data")
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func fileName(s Situation, protocol string) string {
	return string(s) + "-" + strings.Replace(protocol, "http/1.1", "h1", 1) + ".json"
}

func load(name string) (*Golden, error) {
	b, err := data.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	g, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("golden: %s: %w", name, err)
	}
	return g, nil
}

// parse reads a golden strictly.
func parse(b []byte) (*Golden, error) {
	g := &Golden{}
	if err := fingerprint.DecodeStrict(b, g); err != nil {
		return nil, err
	}
	if g.Schema != Schema {
		return nil, fmt.Errorf("schema %q, want %q", g.Schema, Schema)
	}
	if !slices.Contains(situations, g.Situation) {
		return nil, fmt.Errorf("there is no situation %q", g.Situation)
	}
	if path, n := requestsOf(&g.Fingerprint); path != "" && n == 0 {
		return nil, fmt.Errorf("fingerprint.%s: empty: later requests are compared with the first", path)
	}
	return g, nil
}

// Source returns the evidence for a leaf path: the entry with the longest matching prefix, [profiles.None] without one.
func (g *Golden) Source(leaf string) profiles.Source { return profiles.SourceOf(g.Evidence, leaf) }

// Leaves returns the leaves of the golden: those with evidence, which are checked, and the number of those without.
func (g *Golden) Leaves() (evidenced []fingerprint.Leaf, unevidenced int) {
	for _, l := range g.Fingerprint.Leaves() {
		if g.Source(l.Path) == profiles.None {
			unevidenced++
			continue
		}
		evidenced = append(evidenced, l)
	}
	return evidenced, unevidenced
}

// Check compares what a connection showed with the golden and returns every difference on an evidenced path. Requests
// beyond the first are not looked at; see [Run] for those.
func (g *Golden) Check(got *fingerprint.Fingerprint) []fingerprint.Mismatch {
	out, _ := g.compare(got, 1, false)
	return out
}

// ApplyUndo replaces the traces of the way of capturing in a fingerprint that was got in the same way: headless.
func (g *Golden) ApplyUndo(f *fingerprint.Fingerprint) {
	undo(g.Undo, f)
}

func undo(list []Undo, f *fingerprint.Fingerprint) {
	eachFields(f, func(fields []fingerprint.Field) {
		for i := range fields {
			for _, u := range list {
				if strings.EqualFold(fields[i].Name, u.Field) {
					fields[i].Value = strings.Replace(fields[i].Value, u.From, u.To, 1)
				}
			}
		}
	})
}

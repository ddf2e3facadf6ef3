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
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// Schema names the version of the golden file format.
const Schema = "wirelike/golden/2"

// Golden is the expected fingerprint of one profile in one situation over one protocol.
type Golden struct {
	Profile   string
	Situation Situation
	// Protocol is the protocol that the server speaks: "h2" or "http/1.1".
	Protocol string
	// Undo lists the traces that the way of capturing left, which the fingerprint does not have any more.
	Undo []Undo
	// Evidence names the source of each part, by path prefix; the longest prefix wins. "[*]" matches any index.
	Evidence []profiles.Evidence
	// HPACK names the engine's header compression policy, over h2: "chromium" or "firefox"; empty when it is not
	// known, and then no form is compared.
	HPACK string
	// Vary is what may differ between two connections of the browser.
	Vary fingerprint.Vary
	// Fingerprint has GREASE values replaced by the placeholder, and "*" for what belongs to the connection: server
	// name, authority, path.
	Fingerprint fingerprint.Fingerprint

	// steps are the requests of the fingerprint, one by one; nil for navigations, of which there may be any number.
	steps []step
}

// Situation tells what led to a connection.
type Situation = profiles.Situation

// The situations: see package profiles.
const (
	First     = profiles.First
	Resumed   = profiles.Resumed
	Resumed12 = profiles.Resumed12
	HRR       = profiles.HRR
)

// situations has them in the order in which goldens are listed and run.
var situations = []Situation{First, Resumed, Resumed12, HRR}

// Undo is one replacement in field values: From is what the capture has, To what the browser sends otherwise.
type Undo struct {
	// Field is the lower-case name of the field.
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
	Why   string `json:"why"`
}

//go:embed data/*.json data/kinds/*.json
var data embed.FS

// Load returns the golden of a profile for a situation and a protocol. The error for one that does not exist is an
// [fs.ErrNotExist].
func Load(profile string, s Situation, protocol string) (*Golden, error) {
	all, err := All(profile)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		if g.Situation == s && g.Protocol == protocol {
			return g, nil
		}
	}
	return nil, fmt.Errorf("golden: %s, %s over %s: %w", profile, s, protocol, fs.ErrNotExist)
}

// All returns every golden of a profile by situation, the first visit first, and then by protocol, h2 first. The values
// belong to the caller.
func All(profile string) ([]*Golden, error) {
	s, err := sheetOf(profile)
	if err != nil {
		return nil, err
	}
	return s.Goldens()
}

// Profiles returns the names of the profiles that have goldens, sorted.
func Profiles() []string {
	entries, _ := data.ReadDir("data")
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			out = append(out, name)
		}
	}
	return out
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

// Check compares what a connection showed with the golden and returns every difference on an evidenced path. Of navigations,
// those beyond the first are not looked at; see [Run] for those.
func (g *Golden) Check(got *fingerprint.Fingerprint) []fingerprint.Mismatch {
	out, _ := g.compare(got, max(1, len(g.steps)), false)
	return out
}

// ApplyUndo replaces the traces of the way of capturing in a fingerprint that was got in the same way: headless.
func (g *Golden) ApplyUndo(f *fingerprint.Fingerprint) {
	undo(g.Undo, f)
}

// Undone returns the value of a field after the replacements of a list.
func Undone(list []Undo, f fingerprint.Field) string {
	for _, u := range list {
		if strings.EqualFold(f.Name, u.Field) {
			f.Value = strings.Replace(f.Value, u.From, u.To, 1)
		}
	}
	return f.Value
}

func undo(list []Undo, f *fingerprint.Fingerprint) {
	eachFields(f, func(fields []fingerprint.Field) {
		for i := range fields {
			fields[i].Value = Undone(list, fields[i])
		}
	})
}

package golden

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// Sheet is data/<profile>.json: all goldens of a profile, derived from evidence by its recipe. What several goldens share
// stands there once.
type Sheet struct {
	Schema  string           `json:"schema"`
	Profile string           `json:"profile"`
	Browser profiles.Browser `json:"browser"`
	Undo    []Undo           `json:"undo,omitempty"`
	// HPACK names the engine's header compression policy; see [Golden].
	HPACK string `json:"hpack,omitempty"`
	// Vary is what may differ between two connections, over any protocol.
	Vary fingerprint.Vary `json:"vary"`
	// First is a first visit over h2: hello, opening and one navigation.
	First fingerprint.Fingerprint `json:"first"`
	// HTTP1 is the same over http/1.1, with the same hello. Nil when nobody has seen the browser over it.
	HTTP1 *fingerprint.HTTP1 `json:"http1,omitempty"`
	// Delta are the edits that make the hellos of other situations of First's.
	Delta map[Situation][]profiles.Patch `json:"delta,omitempty"`
	// Build is the captured build whose page tells of requests of other kinds, see [PageSheet]; Same says that it is this
	// very browser. Empty: nobody has seen any.
	Build string `json:"build,omitempty"`
	Same  bool   `json:"same,omitempty"`
	// Evidence names the source of each part; "delta.resumed" is about an edit, all else as in [Golden].
	Evidence []profiles.Evidence `json:"evidence"`
}

// ReadSheet returns the goldens of a profile as they are stored. The value belongs to the caller.
func ReadSheet(profile string) (*Sheet, error) {
	b, err := data.ReadFile(path.Join("data", profile+".json"))
	if err != nil {
		return nil, fmt.Errorf("golden: there is no golden for profile %q; those with one: %s", profile, strings.Join(Profiles(), ", "))
	}
	s, err := parseSheet(b)
	if err != nil {
		return nil, fmt.Errorf("golden: %s: %w", profile, err)
	}
	return s, nil
}

// parseSheet reads a sheet strictly.
func parseSheet(b []byte) (*Sheet, error) {
	s := &Sheet{}
	if err := fingerprint.DecodeStrict(b, s); err != nil {
		return nil, err
	}
	if s.Schema != Schema {
		return nil, fmt.Errorf("schema %q, want %q", s.Schema, Schema)
	}
	if s.First.TLS == nil || s.First.HTTP2 == nil || len(s.First.HTTP2.Requests) != 1 || s.First.HTTP1 != nil {
		return nil, fmt.Errorf("first: a hello and an HTTP/2 connection with one request are needed")
	}
	if s.HTTP1 != nil && len(s.HTTP1.Requests) != 1 {
		return nil, fmt.Errorf("http1: one request is needed")
	}
	for situation, patches := range s.Delta {
		if !slices.Contains([]Situation{Resumed, Resumed12, HRR, profiles.ForWebSocket}, situation) {
			return nil, fmt.Errorf("delta: there is no situation %q", situation)
		}
		for i, x := range patches {
			if (x.Remove == "") == (x.Put == nil) {
				return nil, fmt.Errorf("delta.%s[%d]: one of remove and put is needed", situation, i)
			}
		}
	}
	return s, nil
}

// Goldens returns the goldens of the sheet, the first visit first, and then those of pages, which need the page of the
// sheet's build. They share nothing that one could write to.
func (s *Sheet) Goldens() ([]*Golden, error) { return s.pages(s.visits()) }

// visits returns the goldens of navigations.
func (s *Sheet) visits() []*Golden {
	var out []*Golden
	add := func(situation Situation, protocol string, f fingerprint.Fingerprint, why []profiles.Evidence) {
		g := &Golden{
			Profile: s.Profile, Situation: situation, Protocol: protocol, Undo: s.Undo,
			Vary: varyOf(&s.Vary, &f), Fingerprint: *f.Clone(), Evidence: why,
		}
		if f.HTTP2 != nil {
			g.HPACK = s.HPACK
		}
		out = append(out, g)
	}
	add(First, "h2", s.First, s.about("tls", "http2"))
	if s.HTTP1 != nil {
		add(First, "http/1.1", fingerprint.Fingerprint{TLS: s.First.TLS, HTTP1: s.HTTP1}, s.about("tls", "http1"))
	}
	for _, situation := range situations {
		patches, ok := s.Delta[situation]
		if !ok {
			continue
		}
		h := profiles.Patched(s.First.TLS, patches)
		if situation != HRR {
			add(situation, "h2", fingerprint.Fingerprint{TLS: h}, s.changed(situation))
			continue
		}
		// Its record has another version, which recordings of whole sessions lack; it is padded only where an edit says so.
		h.RecordVersion = 0
		padded := slices.ContainsFunc(patches, func(x profiles.Patch) bool { return x.Put != nil && x.Put.Type == fingerprint.ExtPadding })
		if !padded {
			h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtPadding })
		}
		add(HRR, "h2", fingerprint.Fingerprint{TLS: h}, slices.DeleteFunc(s.changed(HRR), func(e profiles.Evidence) bool {
			return e.Path == "tls.record_version" || !padded && e.Path == "tls.extensions.padding" || strings.HasPrefix(e.Path, "tls.extensions.key_share[")
		}))
		g := out[len(out)-1]
		g.Vary = *g.Vary.Retry()
		g.Vary.Padded = padded
	}
	return out
}

// Source returns the evidence for a path: the entry with the longest matching prefix, [profiles.None] without one.
func (s *Sheet) Source(path string) profiles.Source { return profiles.SourceOf(s.Evidence, path) }

// about returns the evidence on some layers.
func (s *Sheet) about(layers ...string) (out []profiles.Evidence) {
	for _, e := range s.Evidence {
		layer, _, _ := strings.Cut(e.Path, ".")
		if layer, _, _ = strings.Cut(layer, "["); slices.Contains(layers, layer) {
			out = append(out, e)
		}
	}
	return out
}

// changed returns the evidence on the hello of a situation: that on its edits counts for what they change.
func (s *Sheet) changed(situation Situation) []profiles.Evidence {
	out := s.about("tls")
	for _, e := range s.Evidence {
		if part, ok := strings.CutPrefix(e.Path, "delta."+string(situation)+"."); ok { // of one extension
			e.Path = "tls.extensions." + part
			out = append(slices.DeleteFunc(out, func(o profiles.Evidence) bool { return below(o.Path, e.Path) }), e)
			continue
		}
		if e.Path != "delta."+string(situation) {
			continue
		}
		e.Path = "tls.extensions.order"
		out = append(out, e)
		for _, x := range s.Delta[situation] {
			if x.Put != nil {
				e.Path = "tls.extensions." + fingerprint.ExtensionName(x.Put.Type)
				out = append(slices.DeleteFunc(out, func(o profiles.Evidence) bool { return below(o.Path, e.Path) }), e)
			}
		}
	}
	return slices.DeleteFunc(out, func(e profiles.Evidence) bool { // nothing is said about what is not there
		return slices.ContainsFunc(s.Delta[situation], func(x profiles.Patch) bool { return x.Put == nil && below(e.Path, "tls.extensions."+x.Remove) })
	})
}

// below tells whether a path is that of a node or lies below it.
func below(path, node string) bool {
	return path == node || strings.HasPrefix(path, node+".") || strings.HasPrefix(path, node+"[")
}

// varyOf leaves of v what is about the layers of f.
func varyOf(v *fingerprint.Vary, f *fingerprint.Fingerprint) fingerprint.Vary {
	out := *v
	out.OneOf = slices.DeleteFunc(slices.Clone(v.OneOf), func(o fingerprint.OneOf) bool {
		return strings.HasPrefix(o.Path, "http2.") && f.HTTP2 == nil || strings.HasPrefix(o.Path, "http1.") && f.HTTP1 == nil
	})
	if f.TLS != nil && f.HTTP1 == nil && f.HTTP2 == nil {
		leaves := f.Leaves()
		out.OneOf = slices.DeleteFunc(out.OneOf, func(o fingerprint.OneOf) bool { // an edit may have made it fixed
			return strings.HasPrefix(o.Path, "tls.") && !slices.ContainsFunc(leaves, func(l fingerprint.Leaf) bool { return l.Path == o.Path })
		})
	}
	return out
}

// sheets holds the embedded sheets, each parsed once, on first use.
var sheets = sync.OnceValue(func() map[string]func() (*Sheet, error) {
	out := map[string]func() (*Sheet, error){}
	for _, name := range Profiles() {
		out[name] = sync.OnceValues(func() (*Sheet, error) { return ReadSheet(name) })
	}
	return out
})

// pageSheets holds the embedded pages, each parsed once, on first use.
var pageSheets = sync.OnceValue(func() map[string]func() (*PageSheet, error) {
	out := map[string]func() (*PageSheet, error){}
	entries, _ := data.ReadDir("data/kinds")
	for _, e := range entries {
		build := strings.TrimSuffix(e.Name(), ".json")
		out[build] = sync.OnceValues(func() (*PageSheet, error) { return readPage(build) })
	}
	return out
})

// pageOf returns an embedded page, which is shared: not to be written to.
func pageOf(build string) (*PageSheet, error) {
	if load, ok := pageSheets()[build]; ok {
		return load()
	}
	return nil, fmt.Errorf("golden: there is no page of %q", build)
}

// sheetOf returns an embedded sheet, which is shared: not to be written to.
func sheetOf(profile string) (*Sheet, error) {
	if load, ok := sheets()[profile]; ok {
		return load()
	}
	return ReadSheet(profile) // says which there are
}

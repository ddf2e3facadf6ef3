package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// engine is what the captures of an engine show beside the goldens of its browsers.
type engine struct {
	tls   profiles.TLS
	http2 profiles.HTTP2
	why   []profiles.Evidence
}

var engines = map[string]engine{
	// A window is given back when half of it is consumed (6291456 / 2, 15728640 / 2); DATA frames are 16384 bytes with
	// their header.
	"chromium": {
		http2: profiles.HTTP2{HPACK: "chromium", DataFrame: 16375, ConnectionRefill: 7864320, StreamRefill: 3145728, CancelRedirects: true},
		why: []profiles.Evidence{
			{Path: "tls", Source: profiles.Engine, Note: "captures/chromium*/tls12.json, where a resumed connection is followed by another, and ECH payloads that do not depend on tickets; no capture shows a cookie: it is permuted with the other extensions in the source of BoringSSL"},
			{Path: "http2", Source: profiles.Engine, Note: "downloads and uploads of Chromium 131 and 156, recorded on 2026-11-22"},
			{Path: "http2.cancel_redirects", Source: profiles.Engine, Note: "Chromium 156.0.8078.108, measured on 2026-11-27: docs/differences.md, redirects"},
		},
	},
	"firefox": {
		tls:   profiles.TLS{ECHBlock: 32, ECHSlack: 4, CookieAfter: "signature_algorithms", Ticket12Once: true, WebSocketPage: true},
		http2: profiles.HTTP2{HPACK: "firefox", DataFrame: 16000, ConnectionRefill: 4194304, StreamRefill: 4194305},
		why: []profiles.Evidence{
			{Path: "tls", Source: profiles.Engine, Note: "Firefox 153.7.0esr: ECH payloads with tickets of 46 lengths, measured on 2026-11-22, and captures/firefox153/records-tls12.json, where every second connection has a ticket"},
			{Path: "tls.cookie_after", Source: profiles.None, Note: "no capture shows a cookie; the order of extensions in the source of NSS"},
			{Path: "http2", Source: profiles.Engine, Note: "downloads and uploads of Firefox 153 and 159, recorded on 2026-11-22"},
			{Path: "http2.cancel_redirects", Source: profiles.Engine, Note: "Firefox 153.8.0esr, measured on 2026-11-27: docs/differences.md, redirects"},
			{Path: "http2.stream_refill", Source: profiles.Engine, Note: "recorded downloads of Firefox 153 and 159: no increment of 4 MiB or more is below 4210688, 4 MiB and a DATA frame; one of them, in Firefox 153, came while the server still had window to send, the rest may have come late"},
		},
	},
	"webkit": {
		http2: profiles.HTTP2{DataFrame: 16384, ConnectionRefill: 5242880, StreamRefill: 1048576},
		why: []profiles.Evidence{
			{Path: "tls", Source: profiles.None, Note: "the behaviour of BoringSSL, which Safari's TLS library is not known to differ in"},
			{Path: "http2", Source: profiles.None, Note: "no capture of WebKit exists: the neutral compressor, PINGs and sizes of writes, the largest frame that every server takes, half of the windows"},
		},
	},
}

// writeProfiles writes the embedded profiles from goldens and captures: see package profiles.
func writeProfiles(goldens, out string) error {
	names, err := filepath.Glob(filepath.Join(goldens, "recipes", "*.json"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no recipes: %w", os.ErrNotExist)
	}
	kinds := map[string]*golden.BuildKinds{}
	for _, name := range names {
		name = strings.TrimSuffix(filepath.Base(name), ".json")
		r, err := golden.ReadRecipe(os.DirFS(goldens), name)
		if err != nil {
			return err
		}
		s, err := golden.ReadSheet(name)
		if err != nil {
			return err
		}
		key := strings.Join(append([]string{r.Build}, r.Others...), " ")
		if r.Build != "" && kinds[key] == nil {
			if kinds[key], err = golden.Kinds(os.DirFS(goldens), r.Build, r.Others...); err != nil {
				return err
			}
			if r.Insert != nil {
				kinds[key].AddHints()
			}
		}
		p := profileOf(s, r.Build)
		if k := kinds[key]; k != nil {
			if golden.HasPrivacy(s) {
				k = k.WithPrivacy()
			}
			addKinds(p, s, r, k)
		} else {
			addNavigation(p, s)
		}
		if err := write(filepath.Join(out, name+".json"), p); err != nil {
			return err
		}
	}
	return nil
}

// profileOf returns a profile without header lists.
func profileOf(s *golden.Sheet, build string) *profiles.Profile {
	e := engines[s.Browser.Engine]
	p := &profiles.Profile{
		Schema: profiles.Schema, Name: s.Profile, Browser: s.Browser, First: s.First, Delta: maps.Clone(s.Delta), TLS: e.tls, HTTP2: e.http2, Vary: s.Vary,
	}
	delete(p.Delta, profiles.HRR)
	if s.First.TLS.Extension(fingerprint.ExtEncryptedClientHello) == nil {
		p.TLS.ECHBlock, p.TLS.ECHSlack = 0, 0
	}
	for _, x := range s.Evidence {
		switch layer, _, _ := strings.Cut(x.Path, "."); layer {
		case "tls", "http2":
			x.Path = "first." + x.Path
		case "delta":
			if x.Path == "delta."+string(profiles.HRR) { // a rule, not data
				continue
			}
		default:
			continue
		}
		p.Evidence = append(p.Evidence, x)
	}
	p.Evidence = append(p.Evidence, e.why...)
	moves, why := golden.Moves(s)
	if s.Browser.Engine != "chromium" || hasHints(s) {
		p.Moves, p.Evidence = moves, append(p.Evidence, why...)
	}
	if p.TLS.PadRetry = build == "chromium92"; p.TLS.PadRetry {
		p.Evidence = append(p.Evidence, profiles.Evidence{Path: "tls.pad_retry", Source: profiles.Engine, Note: "captures/chromium92/hrr.json; that of Chromium 103 is not"})
	}
	return p
}

// hasHints tells whether the browser's navigation has client hints.
func hasHints(s *golden.Sheet) bool {
	_, ok := value(s.First.HTTP2.Requests[0].Fields, "sec-ch-ua")
	return ok
}

// addNavigation adds the header list of a navigation over HTTP/2, for an engine of which nothing else was recorded.
func addNavigation(p *profiles.Profile, s *golden.Sheet) {
	r := s.First.HTTP2.Requests[0]
	var list profiles.FieldList
	for _, f := range r.Fields {
		list = append(list, fingerprint.Field{Name: f.Name, Value: f.Value})
	}
	p.Headers = map[profiles.Kind]profiles.HeaderSet{profiles.Navigate: {H2: list, Priority: r.Priority}}
	p.Evidence = append(p.Evidence,
		profiles.Evidence{Path: "headers.navigate.h2", Source: s.Source("http2.requests[0].fields"), Note: "as the golden over h2"},
		profiles.Evidence{Path: "headers.navigate.priority", Source: s.Source("http2.requests[0].stream"), Note: "as the golden over h2"},
		profiles.Evidence{Path: "headers.navigate.http/1.1", Source: profiles.None, Note: "there is no capture of that engine over HTTP/1.1: such requests are refused"},
		profiles.Evidence{Path: "headers.navigate.h2[own]", Source: profiles.None, Note: "no capture of the engine exists: behind the browser's own fields"},
	)
}

// addKinds adds the header lists of all kinds: order and slots are the build's, the browser's own values are those of its
// navigation in the golden.
func addKinds(p *profiles.Profile, s *golden.Sheet, r *golden.Recipe, k *golden.BuildKinds) {
	own := newSubstitution(s, r, k)
	p.Headers = map[profiles.Kind]profiles.HeaderSet{}
	for kind, set := range k.Sets {
		set.H1, set.H2 = own.list(kind, set.H1, false), own.list(kind, set.H2, true)
		set.Shapes = slices.Clone(set.Shapes)
		for i := range set.Shapes {
			set.Shapes[i].H1, set.Shapes[i].H2 = own.list(kind, set.Shapes[i].H1, false), own.list(kind, set.Shapes[i].H2, true)
		}
		p.Headers[kind] = set
	}
	for _, e := range k.Evidence {
		if !r.Same && e.Source == profiles.Capture {
			e.Source = profiles.Engine
		}
		p.Evidence = append(p.Evidence, e)
	}
	for _, kind := range slices.Sorted(maps.Keys(own.fields)) {
		for _, field := range own.fields[kind] {
			for _, list := range []string{".h2", ".http/1.1"} {
				p.Evidence = append(p.Evidence, profiles.Evidence{
					Path: "headers." + string(kind) + list + "[" + field + "]", Source: s.Source("http2.requests[0].fields[" + field + "]"), Note: "as in the golden of a navigation: the build was captured without",
				})
			}
		}
	}
	p.Evidence = append(p.Evidence, profiles.Evidence{
		Path: "headers", Source: profiles.Engine, Note: "order, spelling and slots are those of captures/" + r.Build + "; user-agent, sec-ch-ua, sec-ch-ua-platform, accept-language and what a navigation has are those of the goldens",
	})
}

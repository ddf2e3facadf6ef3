package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// recipes says what a profile has beside its goldens.
var recipes = []struct {
	name    string
	browser profiles.Browser
	http2   profiles.HTTP2
	tls     profiles.TLS
	why     []profiles.Evidence // of tls, and of what is no better than a guess in http2
	// engine is the directory of the captures that show a form POST, from which the slots come.
	engine string
	// own is the field before which a caller's own fields stand, over HTTP/2 and HTTP/1.1, and why.
	ownH2, ownH1, ownWhy string
}{
	{
		name: "chromium156", browser: profiles.Browser{Name: "chromium", Version: "156.0.8078.79", OS: "Debian 12", Engine: "chromium"},
		http2: chromium, why: tlsChromium, engine: "chromium156", ownH2: "cookie", ownH1: "cookie", ownWhy: ownChromium,
	},
	{
		name: "chrome150", browser: profiles.Browser{Name: "chrome", Version: "150.0.7871.127", OS: "macOS", Engine: "chromium"},
		http2: chromium, why: tlsChromium, engine: "chromium150", ownH2: "cookie", ownH1: "cookie", ownWhy: ownChromium,
	},
	{
		name: "firefox153_linux", browser: profiles.Browser{Name: "firefox", Version: "153.7.0esr", OS: "Debian 12", Engine: "firefox"},
		tls: profiles.TLS{ECHBlock: 32, ECHSlack: 4, CookieAfter: "signature_algorithms", Ticket12Once: true},
		why: []profiles.Evidence{
			{Path: "tls", Source: profiles.Capture, Note: "Firefox 153.7.0esr: ECH payloads with tickets of 46 lengths, measured on 2026-11-22, and captures/firefox153/tls12.json, where every second connection has a ticket"},
			{Path: "tls.cookie_after", Source: profiles.None, Note: "no capture shows a cookie; the order of extensions in the source of NSS"},
			{Path: "http2.stream_refill", Source: profiles.Capture, Note: "recorded downloads of Firefox 153 and 159: the least increment while the window is not all but used up is 4 MiB and a DATA frame, 4210688, in both; the connection gives back at 4194304"},
		},
		http2:  profiles.HTTP2{HPACK: "firefox", DataFrame: 16000, ConnectionRefill: 4194304, StreamRefill: 4194305},
		engine: "firefox153", ownH2: "cookie", ownH1: "connection", ownWhy: "where Firefox puts a script's own field in a fetch",
	},
}

// chromium: a window is given back when half of it is consumed (6291456 / 2, 15728640 / 2); DATA frames are 16384 bytes
// with their header.
var chromium = profiles.HTTP2{HPACK: "chromium", DataFrame: 16375, ConnectionRefill: 7864320, StreamRefill: 3145728}

const ownChromium = "no capture shows a navigation with own fields; Chromium appends cookies last"

var tlsChromium = []profiles.Evidence{
	{Path: "tls", Source: profiles.Engine, Note: "captures/chromium*/tls12.json, where a resumed connection is followed by another, and ECH payloads that do not depend on tickets; no capture shows a cookie: it is permuted with the other extensions in the source of BoringSSL"},
}

// writeProfiles writes the embedded profiles from goldens and captures: see package profiles.
func writeProfiles(captures, out string) error {
	for _, r := range recipes {
		h2, err := golden.Load(r.name, golden.First, "h2")
		if err != nil {
			return err
		}
		h1, err := golden.Load(r.name, golden.First, "http/1.1")
		if err != nil {
			return err
		}
		post2, err := postFields(filepath.Join(captures, r.engine, "h2.json"))
		if err != nil {
			return err
		}
		post1, err := postFields(filepath.Join(captures, r.engine, "h1.json"))
		if err != nil {
			return err
		}
		first := h2.Fingerprint.HTTP2.Requests[0]
		slots := "the empty slots stand where the form POST in captures/" + r.engine + " has them"
		p := profiles.Profile{
			Schema: profiles.Schema, Name: r.name, Browser: r.browser, First: h2.Fingerprint, TLS: r.tls, HTTP2: r.http2, Vary: h2.Vary,
			Headers: map[profiles.Kind]profiles.HeaderSet{profiles.Navigate: {
				H1:       skeleton(h1.Fingerprint.HTTP1.Requests[0].Fields, post1, r.ownH1),
				H2:       skeleton(first.Fields, post2, r.ownH2),
				Priority: first.Priority,
			}},
		}
		for _, e := range h2.Evidence {
			e.Path = strings.TrimSuffix("first."+e.Path, ".")
			p.Evidence = append(p.Evidence, e)
		}
		if err := addSituations(&p); err != nil {
			return err
		}
		p.Evidence = append(p.Evidence, r.why...)
		p.Evidence = append(p.Evidence,
			profiles.Evidence{Path: "http2", Source: profiles.Engine, Note: "downloads and uploads of that engine, recorded on 2026-11-22"},
			profiles.Evidence{Path: "headers.navigate.priority", Source: profiles.SourceOf(h2.Evidence, "http2.requests[0].priority"), Note: "as the golden over h2"},
			profiles.Evidence{Path: "headers.navigate.http/1.1", Source: profiles.SourceOf(h1.Evidence, "http1"), Note: "as the golden over http/1.1; " + slots},
			profiles.Evidence{Path: "headers.navigate.h2", Source: profiles.SourceOf(h2.Evidence, "http2.requests[0].fields"), Note: "as the golden over h2; " + slots},
			ownEvidence("headers.navigate.h2[own]", r.engine, r.ownWhy), ownEvidence("headers.navigate.http/1.1[own]", r.engine, r.ownWhy),
		)
		if err := write(filepath.Join(out, r.name+".json"), p); err != nil {
			return err
		}
	}
	return nil
}

// addSituations adds the edits that make the hellos of the other goldens of First's.
func addSituations(p *profiles.Profile) error {
	p.Delta = map[profiles.Situation][]profiles.Patch{}
	for _, s := range []profiles.Situation{profiles.Resumed, profiles.Resumed12} {
		g, err := golden.Load(p.Name, s, "h2")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		p.Delta[s] = patches(p.First.TLS, g.Fingerprint.TLS, &g.Vary)
		p.Evidence = append(p.Evidence, profiles.Evidence{
			Path: "delta." + string(s), Source: profiles.SourceOf(g.Evidence, "tls.extensions"), Note: "as the golden for that situation",
		})
	}
	return nil
}

// patches returns what makes the extensions of one hello those of another, but for what varies.
func patches(from, to *fingerprint.ClientHello, vary *fingerprint.Vary) (out []profiles.Patch) {
	alone := func(e *fingerprint.Extension) *fingerprint.Fingerprint {
		return &fingerprint.Fingerprint{TLS: &fingerprint.ClientHello{Extensions: []fingerprint.Extension{*e}}}
	}
	for i := range from.Extensions {
		if e := &from.Extensions[i]; !e.Type.IsGREASE() && to.Extension(e.Type) == nil {
			out = append(out, profiles.Patch{Remove: fingerprint.ExtensionName(e.Type)})
		}
	}
	for i := range to.Extensions {
		e := &to.Extensions[i]
		if old := from.Extension(e.Type); !e.Type.IsGREASE() && (old == nil || len(fingerprint.Diff(alone(old), alone(e), vary)) > 0) {
			out = append(out, profiles.Patch{Put: e})
		}
	}
	return out
}

func ownEvidence(path, engine, why string) profiles.Evidence {
	s := profiles.None
	if strings.HasPrefix(engine, "firefox") {
		s = profiles.Capture
	}
	return profiles.Evidence{Path: path, Source: s, Note: why}
}

// postFields returns the field list of the form POST that navigates.
func postFields(name string) ([]fingerprint.Field, error) {
	e, err := golden.ReadEvidence(os.DirFS(filepath.Dir(name)), filepath.Base(name))
	if err != nil {
		return nil, err
	}
	for i := range e.Connections {
		f, err := fingerprint.Parse(&e.Connections[i])
		if err != nil {
			return nil, fmt.Errorf("%s: connection %d: %w", name, i, err)
		}
		if f.HTTP1 != nil {
			for _, r := range f.HTTP1.Requests {
				if r.Method == "POST" && r.Target == "/posted" {
					return r.Fields, nil
				}
			}
		}
		if f.HTTP2 != nil {
			for _, r := range f.HTTP2.Requests {
				if slices.ContainsFunc(r.Fields, func(x fingerprint.Field) bool { return x.Name == ":path" && x.Value == "/posted" }) {
					return r.Fields, nil
				}
			}
		}
	}
	return nil, fmt.Errorf("%s: no form POST", name)
}

// skeleton merges the list of a navigation with that of a form POST: what only the POST has becomes an empty slot at
// its place there. own is the field before which the place of the caller's own fields is.
func skeleton(get, post []fingerprint.Field, own string) []fingerprint.Field {
	var out []fingerprint.Field
	has := func(l []fingerprint.Field, name string) bool {
		return slices.ContainsFunc(l, func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, name) })
	}
	add := func(f fingerprint.Field) {
		if has(out, f.Name) {
			return
		}
		if strings.EqualFold(f.Name, own) {
			out = append(out, fingerprint.Field{Name: "*"})
		}
		f.Form = fingerprint.Form{}
		out = append(out, f)
	}
	i := 0
	for _, p := range post {
		if !has(get, p.Name) {
			add(fingerprint.Field{Name: p.Name})
			continue
		}
		for ; i < len(get); i++ {
			add(get[i])
			if strings.EqualFold(get[i].Name, p.Name) {
				i++
				break
			}
		}
	}
	for ; i < len(get); i++ {
		add(get[i])
	}
	return out
}

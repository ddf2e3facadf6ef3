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
	// engine is the directory of the captures that show a form POST, from which the slots come. Without one the header
	// lists have no slots.
	engine string
	// own is the field before which a caller's own fields stand, over HTTP/2 and HTTP/1.1, and why.
	ownH2, ownH1, ownWhy string
	ownSource            profiles.Source
}{
	{
		name: "chromium156", browser: profiles.Browser{Name: "chromium", Version: "156.0.8078.79", OS: "Debian 12", Engine: "chromium"},
		http2: chromium, why: tlsChromium, engine: "chromium156", ownH2: "cookie", ownH1: "cookie", ownWhy: ownChromium, ownSource: profiles.None,
	},
	{
		name: "chrome150", browser: profiles.Browser{Name: "chrome", Version: "150.0.7871.127", OS: "macOS", Engine: "chromium"},
		http2: chromium, why: tlsChromium, engine: "chromium150", ownH2: "cookie", ownH1: "cookie", ownWhy: ownChromium, ownSource: profiles.None,
	},
	{
		name: "firefox153_linux", browser: profiles.Browser{Name: "firefox", Version: "153.7.0esr", OS: "Debian 12", Engine: "firefox"},
		tls: tlsFirefox, why: whyFirefox(profiles.Capture), http2: http2Firefox,
		engine: "firefox153", ownH2: "cookie", ownH1: "connection", ownWhy: ownFirefox, ownSource: profiles.Capture,
	},
	{
		name: "firefox147", browser: profiles.Browser{Name: "firefox", Version: "147.0", OS: "macOS", Engine: "firefox"},
		tls: tlsFirefox, why: whyFirefox(profiles.Engine), http2: http2Firefox,
		engine: "firefox140", ownH2: "cookie", ownH1: "connection", ownWhy: ownFirefox, ownSource: profiles.Engine,
	},
	{
		name: "safari2601", browser: profiles.Browser{Name: "safari", Version: "26.0.1", OS: "macOS", Engine: "webkit"},
		http2: profiles.HTTP2{DataFrame: 16384, ConnectionRefill: 5242880, StreamRefill: 1048576},
		why: []profiles.Evidence{
			{Path: "tls", Source: profiles.None, Note: "the behaviour of BoringSSL, which Safari's TLS library is not known to differ in"},
			{Path: "http2.hpack", Source: profiles.None, Note: "no capture of WebKit exists: the neutral policy, which also has the windows, the PINGs and the sizes of writes"},
			{Path: "http2.data_frame", Source: profiles.None, Note: "the largest frame that every server takes"},
			{Path: "http2.connection_refill", Source: profiles.None, Note: "half of the window"},
			{Path: "http2.stream_refill", Source: profiles.None, Note: "half of the window"},
		},
		ownWhy: "no capture of WebKit exists: behind the browser's own fields", ownSource: profiles.None,
	},
}

// TLS and HTTP/2 of Firefox beside the goldens.
var (
	tlsFirefox   = profiles.TLS{ECHBlock: 32, ECHSlack: 4, CookieAfter: "signature_algorithms", Ticket12Once: true}
	http2Firefox = profiles.HTTP2{HPACK: "firefox", DataFrame: 16000, ConnectionRefill: 4194304, StreamRefill: 4194305}
)

// whyFirefox is the evidence of these, of Firefox 153; for another version source is [profiles.Engine].
func whyFirefox(source profiles.Source) []profiles.Evidence {
	return []profiles.Evidence{
		{Path: "tls", Source: source, Note: "Firefox 153.7.0esr: ECH payloads with tickets of 46 lengths, measured on 2026-11-22, and captures/firefox153/tls12.json, where every second connection has a ticket"},
		{Path: "tls.cookie_after", Source: profiles.None, Note: "no capture shows a cookie; the order of extensions in the source of NSS"},
		{Path: "http2.stream_refill", Source: source, Note: "recorded downloads of Firefox 153 and 159: no increment of 4 MiB or more is below 4210688, 4 MiB and a DATA frame; one of them, in Firefox 153, came while the server still had window to send, the rest may have come late"},
	}
}

const ownFirefox = "where Firefox puts a script's own field in a fetch"

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
		p := profiles.Profile{
			Schema: profiles.Schema, Name: r.name, Browser: r.browser, First: h2.Fingerprint, TLS: r.tls, HTTP2: r.http2, Vary: h2.Vary,
		}
		for _, e := range h2.Evidence {
			e.Path = strings.TrimSuffix("first."+e.Path, ".")
			p.Evidence = append(p.Evidence, e)
		}
		if err := addSituations(&p); err != nil {
			return err
		}
		p.Evidence = append(p.Evidence, r.why...)
		if r.engine != "" {
			p.Evidence = append(p.Evidence, profiles.Evidence{Path: "http2", Source: profiles.Engine, Note: "downloads and uploads of that engine, recorded on 2026-11-22"})
		}
		if err := addHeaders(&p, h2, captures, r.engine, r.ownH2, r.ownH1); err != nil {
			return err
		}
		for _, list := range []string{"h2", "http/1.1"} {
			if list == "h2" || len(p.Headers[profiles.Navigate].H1) > 0 {
				p.Evidence = append(p.Evidence, profiles.Evidence{Path: "headers.navigate." + list + "[own]", Source: r.ownSource, Note: r.ownWhy})
			}
		}
		if err := write(filepath.Join(out, r.name+".json"), p); err != nil {
			return err
		}
	}
	return nil
}

// addHeaders adds the header lists of a navigation. Without a golden over HTTP/1.1 there is none for that protocol.
func addHeaders(p *profiles.Profile, h2 *golden.Golden, captures, engine, ownH2, ownH1 string) error {
	var post1, post2 []fingerprint.Field
	slots := "no empty slots: there is no capture of a form POST of that engine"
	if engine != "" {
		var err error
		if post2, err = postFields(filepath.Join(captures, engine, "h2.json")); err != nil {
			return err
		}
		if post1, err = postFields(filepath.Join(captures, engine, "h1.json")); err != nil {
			return err
		}
		slots = "the empty slots stand where the form POST in captures/" + engine + " has them"
	}
	first := h2.Fingerprint.HTTP2.Requests[0]
	set := profiles.HeaderSet{H2: skeleton(first.Fields, post2, ownH2), Priority: first.Priority}
	why := profiles.Evidence{Path: "headers.navigate.http/1.1", Source: profiles.None, Note: "there is no capture of that engine over HTTP/1.1: such requests are refused"}
	switch h1, err := golden.Load(p.Name, golden.First, "http/1.1"); {
	case err == nil:
		set.H1 = skeleton(h1.Fingerprint.HTTP1.Requests[0].Fields, post1, ownH1)
		why.Source, why.Note = profiles.SourceOf(h1.Evidence, "http1"), "as the golden over http/1.1; "+slots
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	p.Headers = map[profiles.Kind]profiles.HeaderSet{profiles.Navigate: set}
	p.Evidence = append(p.Evidence,
		profiles.Evidence{Path: "headers.navigate.priority", Source: profiles.SourceOf(h2.Evidence, "http2.requests[0].priority"), Note: "as the golden over h2"},
		why,
		profiles.Evidence{Path: "headers.navigate.h2", Source: profiles.SourceOf(h2.Evidence, "http2.requests[0].fields"), Note: "as the golden over h2; " + slots},
	)
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

package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// The situations that goldens have beside those of package profiles.
const (
	// Page is a first visit and then a request of every kind, on one connection.
	Page Situation = "page"
	// Plain is the same over http://, without TLS, but for requests from another site.
	Plain Situation = "plain"
	// NoALPN is a first visit to a server that does not know ALPN.
	NoALPN Situation = "no-alpn"
	// Redirect is a fetch that the server redirects.
	Redirect Situation = "redirect"
	// ForWebSocket is the connection that a page opens for a WebSocket, beside its own one over HTTP/2.
	ForWebSocket = profiles.ForWebSocket
)

// pages appends the goldens of other requests than navigations to those of the sheet. A browser of which nobody has seen more
// than navigations, and none over HTTP/1.1, has none.
func (s *Sheet) pages(out []*Golden) ([]*Golden, error) {
	if s.HTTP1 == nil {
		return out, nil
	}
	first := fingerprint.Fingerprint{TLS: s.First.TLS, HTTP1: s.HTTP1}
	none := &Golden{Profile: s.Profile, Situation: NoALPN, Protocol: protoH1, Undo: s.Undo, Fingerprint: *first.Clone(), Evidence: s.about("tls", "http1")}
	none.Vary = varyOf(&s.Vary, &none.Fingerprint)
	out = append(out, none)
	if s.Build == "" {
		return out, nil
	}
	p, err := pageOf(s.Build)
	if err != nil {
		return nil, err
	}
	b := pageBuilder{sheet: s, page: p}
	out = append(out,
		b.http2(Page, pageSteps), b.http1(Page, pageSteps), b.http1(Plain, plainSteps),
		b.http2(Redirect, redirectSteps), b.http1(Redirect, redirectSteps))
	if _, ok := s.Delta[ForWebSocket]; ok {
		out = append(out, b.socket())
	}
	return out, nil
}

// pageBuilder makes the goldens of pages.
type pageBuilder struct {
	sheet *Sheet
	page  *PageSheet
}

// golden returns a golden with the hello of a first visit, and no requests yet.
func (b *pageBuilder) golden(situation Situation, proto string, steps []step) *Golden {
	s := b.sheet
	g := &Golden{Profile: s.Profile, Situation: situation, Protocol: proto, Undo: s.Undo, steps: steps, Fingerprint: *(&fingerprint.Fingerprint{TLS: s.First.TLS}).Clone(), Evidence: s.about("tls")}
	if situation == Plain {
		g.Fingerprint.TLS, g.Evidence = nil, nil
	}
	return g
}

// http2 makes the golden of steps over HTTP/2. The first of them is the sheet's navigation; streams, frames and forms of
// the others follow from it.
func (b *pageBuilder) http2(situation Situation, steps []step) *Golden {
	g := b.golden(situation, protoH2, steps)
	first := b.sheet.First.Clone().HTTP2
	g.Fingerprint.HTTP2, g.HPACK = first, b.sheet.HPACK
	g.Evidence = append(g.Evidence, b.sheet.about("http2")...)
	for i := 1; i < len(steps); i++ {
		r := fingerprint.Request{Stream: first.Requests[0].Stream + uint32(2*i), EndStream: steps[i].body == "", After: slices.Clone(first.Requests[0].After)}
		for j := range r.After {
			if r.After[j].Stream != 0 {
				r.After[j].Stream += uint32(2 * i)
			}
		}
		if p := b.page.step(steps[i].name).Priority; p != nil {
			priority := *p
			r.Priority = &priority
		}
		r.Fields = b.fields(g, i, fmt.Sprintf("http2.requests[%d]", i))
		first.Requests = append(first.Requests, r)
	}
	for i, forms := range expectForms(g.HPACK, first.Requests) {
		for j := range forms {
			if i > 0 {
				first.Requests[i].Fields[j].Form = forms[j]
			}
		}
	}
	g.Vary = varyOf(&b.sheet.Vary, &g.Fingerprint)
	return g
}

// http1 makes the golden of steps over HTTP/1.1.
func (b *pageBuilder) http1(situation Situation, steps []step) *Golden {
	g := b.golden(situation, protoH1, steps)
	g.Fingerprint.HTTP1 = (&fingerprint.Fingerprint{HTTP1: b.sheet.HTTP1}).Clone().HTTP1
	g.Evidence = append(g.Evidence, b.sheet.about("http1")...)
	for i := 1; i < len(steps); i++ {
		b.head(g, i)
	}
	if situation == Plain {
		for _, h := range g.Fingerprint.HTTP1.Requests {
			for j := range h.Fields {
				h.Fields[j].Value = strings.Replace(h.Fields[j].Value, "https://*", "http://*", 1)
			}
		}
	} else {
		g.Vary = varyOf(&b.sheet.Vary, &g.Fingerprint)
	}
	return g
}

// socket makes the golden of a WebSocket's handshake.
func (b *pageBuilder) socket() *Golden {
	g := b.golden(ForWebSocket, protoH1, []step{socketStep})
	g.Fingerprint.TLS = profiles.Patched(b.sheet.First.TLS, b.sheet.Delta[ForWebSocket])
	g.Vary = varyOf(&b.sheet.Vary, &g.Fingerprint)
	g.Evidence = b.sheet.changed(ForWebSocket)
	g.Fingerprint.HTTP1 = &fingerprint.HTTP1{}
	b.head(g, 0)
	return g
}

// head adds the head of a step.
func (b *pageBuilder) head(g *Golden, i int) {
	h := fingerprint.Head{Method: g.steps[i].verb(), Target: "*", Version: "HTTP/1.1"}
	h.Fields = b.fields(g, i, fmt.Sprintf("http1.requests[%d]", i))
	g.Fingerprint.HTTP1.Requests = append(g.Fingerprint.HTTP1.Requests, h)
}

// fields returns the fields of a step and says where the request at path comes from.
func (b *pageBuilder) fields(g *Golden, i int, path string) []fingerprint.Field {
	proto, own := protoH1, []fingerprint.Field(nil)
	if strings.HasPrefix(path, "http2") {
		proto, own = protoH2, b.sheet.First.HTTP2.Requests[0].Fields
	} else {
		own = b.sheet.HTTP1.Requests[0].Fields
	}
	layer, _, _ := strings.Cut(path, ".")
	list, why := b.page.list(&g.steps[i], proto)
	if g.Situation == Plain && !strings.Contains(why.Note, "plain.json") {
		why.Note += "; recorded over TLS only"
	}
	if why.Path = path; !b.sheet.Same && why.Source == profiles.Capture {
		why.Source = profiles.Engine
	}
	g.Evidence = append(g.Evidence, why)
	if HasPrivacy(b.sheet) && indexOf(list, privacyKey) < 0 {
		h1, _ := b.page.list(&g.steps[i], protoH1)
		list = insertPrivacy(list, h1)
		g.Evidence = append(g.Evidence, profiles.Evidence{Path: path + ".fields[" + privacyKey + "]", Source: profiles.Engine, Note: privacyNote})
	}
	navigation, _ := b.page.list(&pageSteps[0], proto)
	values := ownValues{undo: b.sheet.Undo, build: navigation, own: own}
	fields, names := values.list(g.steps[i].kind, list)
	for _, name := range names {
		field := "fields[" + name + "]"
		g.Evidence = append(g.Evidence, profiles.Evidence{
			Path: path + "." + field + ".value", Source: b.sheet.Source(layer + ".requests[0]." + field + ".value"), Note: "as in the navigation",
		})
		if source := b.sheet.Source(layer + ".requests[0]." + field); source == profiles.None {
			g.Evidence = append(g.Evidence, profiles.Evidence{Path: path + "." + field, Source: source, Note: "as in the navigation"})
		}
	}
	return fields
}

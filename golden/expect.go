package golden

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// expect extends the golden of navigations to several and puts into it what follows from this connection: authority and path
// as they were got, with the HPACK forms that the engine gives to them, and all forms of later requests.
func (g *Golden) expect(requests int, got *fingerprint.Fingerprint) *fingerprint.Fingerprint {
	f := g.Fingerprint
	if f.HTTP1 != nil {
		f.HTTP1 = g.expectHTTP1(requests, got)
	}
	if f.HTTP2 == nil {
		return &f
	}
	var seen []fingerprint.Request
	if got.HTTP2 != nil {
		seen = got.HTTP2.Requests
	}
	forms := expectForms(g.HPACK, seen)
	h := *f.HTTP2
	h.Requests = nil
	for k := range max(requests, 1) {
		r := g.request(k)
		if k > 1 || k == 1 && len(seen) > 0 && len(seen[0].TableSizeUpdates) > 0 {
			r.TableSizeUpdates = nil // it comes once: at the latest with the request after the server's SETTINGS
		}
		r.Fields = slices.Clone(r.Fields)
		if k < len(seen) {
			fillAuthority(r.Fields, seen[k].Fields)
		}
		if k < len(forms) {
			expectFields(r.Fields, seen[k].Fields, forms[k], k > 0)
		}
		h.Requests = append(h.Requests, r)
	}
	f.HTTP2 = &h
	return &f
}

// expectFields puts into the wanted fields what follows from those that were got, whose forms should be the given ones: the
// values that belong to the connection, with their forms, and of later requests all forms.
func expectFields(fields, seen []fingerprint.Field, forms []fingerprint.Form, later bool) {
	nth := map[string]int{}
	for i := range fields {
		x := &fields[i]
		name := strings.ToLower(x.Name)
		nth[name]++
		switch j := nthOf(seen, name, nth[name]); {
		case x.Value == "*" && i == j:
			x.Value, x.Form = seen[i].Value, forms[i]
		case later && i == j:
			x.Form = forms[i]
		case later && j >= 0: // the list is another one, and that is what will be reported
			x.Form = seen[j].Form
		}
	}
}

// nthOf returns where the nth field of a name is, in any case, -1 if there is none.
func nthOf(fields []fingerprint.Field, name string, n int) int {
	for i := range fields {
		if strings.EqualFold(fields[i].Name, name) {
			if n--; n == 0 {
				return i
			}
		}
	}
	return -1
}

// request returns what is known of a request over HTTP/2 without the connection.
func (g *Golden) request(k int) fingerprint.Request {
	if g.steps != nil {
		r := g.Fingerprint.HTTP2.Requests[min(k, len(g.Fingerprint.HTTP2.Requests)-1)]
		if k == 1 {
			r.TableSizeUpdates = g.Fingerprint.HTTP2.Requests[0].TableSizeUpdates
		}
		return r
	}
	r := g.Fingerprint.HTTP2.Requests[0]
	r.Stream += uint32(2 * k)
	r.After = slices.Clone(r.After)
	for i := range r.After {
		if r.After[i].Stream != 0 {
			r.After[i].Stream += uint32(2 * k)
		}
	}
	return r
}

// expectHTTP1 is expect over HTTP/1.1.
func (g *Golden) expectHTTP1(requests int, got *fingerprint.Fingerprint) *fingerprint.HTTP1 {
	h := *g.Fingerprint.HTTP1
	h.Requests = slices.Clone(h.Requests)
	for g.steps == nil && len(h.Requests) > 0 && len(h.Requests) < requests {
		h.Requests = append(h.Requests, h.Requests[0])
	}
	for k := range h.Requests {
		if got.HTTP1 == nil || k >= len(got.HTTP1.Requests) {
			break
		}
		fields := slices.Clone(h.Requests[k].Fields)
		fillAuthority(fields, got.HTTP1.Requests[k].Fields)
		const key = "sec-websocket-key"
		if i := indexOf(fields, key); i >= 0 && fields[i].Value == "*" {
			text := valueOf(got.HTTP1.Requests[k].Fields, key)
			if nonce, err := base64.StdEncoding.DecodeString(text); err == nil && len(nonce) == 16 { // RFC 6455 §4.1
				fields[i].Value = text
			}
		}
		h.Requests[k].Fields = fields
	}
	return &h
}

// fillAuthority puts the authority of a request into the wanted Origin and Referer.
func fillAuthority(fields, got []fingerprint.Field) {
	authority := valueOf(got, ":authority") + valueOf(got, "host")
	for i := range fields {
		if n := strings.ToLower(fields[i].Name); n == "origin" || n == "referer" {
			fields[i].Value = strings.Replace(fields[i].Value, "//*", "//"+authority, 1)
		}
	}
}

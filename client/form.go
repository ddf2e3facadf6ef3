package client

import (
	"net/url"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/profiles"
)

const formType = "application/x-www-form-urlencoded"

// form makes the body of a form. With a profile it is what the browser makes of the same fields: as a page's form, or as the
// URLSearchParams or FormData of a script (TestFormsOfBrowsers).
func (x *chain) form() (payload, error) {
	browser := x.s.transport.profile
	if x.c.Multipart == nil {
		text, typ := "", formType
		switch {
		case browser == nil:
			text = x.c.Form.Encode()
		case scripted(x.c.Kind):
			text, typ = x.c.Form.encode(browserEscape), typ+";charset=UTF-8" // Fetch §5.2, "extract a body"
		default:
			text = entries(x.c.Form).encode(browserEscape)
		}
		p := inMemory([]byte(text), typ)
		if browser != nil {
			p.typ = typ // also when it is empty
		}
		return p, nil
	}
	parts, style := x.c.Multipart.with(x.c.Form), profiles.BoundaryCurl
	if browser != nil {
		parts.normalize()
		style = browser.Boundary()
	}
	boundary, err := newBoundary(style, x.s.transport.random())
	if err != nil {
		return payload{}, err
	}
	return parts.payload(boundary)
}

// browserEscapes is what browsers write otherwise than [url.QueryEscape] (WHATWG URL §1.3, "application/x-www-form-urlencoded
// percent-encode set"); no escape has either.
var browserEscapes = strings.NewReplacer("~", "%7E", "%2A", "*")

func browserEscape(s string) string { return browserEscapes.Replace(url.QueryEscape(s)) }

// scripted tells the kinds of request whose body a script makes.
func scripted(kind profiles.Kind) bool {
	return kind == profiles.Fetch || kind == profiles.NoCORS || kind == profiles.XHR
}

// entries returns the fields as a page's form has them: with CRLF for every line end (HTML §4.10.21.4, "constructing the entry
// list" and what encodes it).
func entries(fields Pairs) Pairs {
	out := slices.Clone(fields)
	for i := range out {
		out[i].Name, out[i].Value = crlf(out[i].Name), crlf(out[i].Value)
	}
	return out
}

// normalize writes CRLF for every line end in the names of parts and in the values of those that are no files.
func (m *Multipart) normalize() {
	for i := range m.parts {
		p := &m.parts[i]
		p.Name = crlf(p.Name)
		if p.Filename == "" && p.Data != nil {
			p.Data = []byte(crlf(string(p.Data)))
		}
	}
}

// crlf writes CRLF for CR, LF and CRLF.
func crlf(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.ReplaceAll(s, "\n", "\r\n")
}

package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// Input is what the header merge must know of one request beside its [Plan].
type Input struct {
	Method    string
	Scheme    string // HTTP/2 only
	Authority string // host and, if it is not the scheme's own, port
	Target    string // path and query; HTTP/2 only
	// Length is the length of the body in bytes, 0 for none, -1 for unknown.
	Length int64
	// Fields are what the client itself adds to this request: Cookie, Content-Type, Origin, Referer, Authorization …
	// They fill the browser's slots as the caller's own fields do, but give way to those.
	Fields []fingerprint.Field
}

// FieldError says why a request's header fields cannot be merged.
type FieldError struct {
	Name, Reason string
}

func (e *FieldError) Error() string { return fmt.Sprintf("plan: field %.80q %s", e.Name, e.Reason) }

// The header lists of a request without profile: a neutral Go client. The order of the pseudo-header fields is that of
// net/http; the caller's own fields keep their spelling.
var (
	neutralH1 = []fingerprint.Field{
		{Name: "Host", Value: "*"}, {Name: "User-Agent", Value: "Go-http-client/1.1"}, {Name: "*"}, {Name: "Content-Length"},
	}
	neutralH2 = []fingerprint.Field{
		{Name: ":authority", Value: "*"}, {Name: ":method", Value: "*"}, {Name: ":path", Value: "*"}, {Name: ":scheme", Value: "*"},
		{Name: "user-agent", Value: "Go-http-client/2.0"}, {Name: "*"}, {Name: "content-length"},
	}
)

// AppendFields merges the browser's list for proto, HTTP1 or HTTP2, with the request and appends the result, ready for
// [Request].Fields, to dst. A nil plan, or one without list, gives the neutral order: on HTTP/1.1 Host, User-Agent, the
// caller's own fields, Content-Length; on HTTP/2 :authority, :method, :path, :scheme and the same.
//
// A name is sought in any case. In its slot stands the first that there is of: the caller's own fields of that name in
// the caller's order; nothing, if the plan removes it; the fields of in; the browser's value. Fields that have no slot
// come at "*": own fields first, those of in after them. A list without "*" has it behind its last entry with a value.
// Names are lower-case on HTTP/2, on HTTP/1.1 in the browser's spelling where the list has them; but see [Plan].Script.
//
// Special are:
//   - pseudo-header fields, of which the list gives the order only, and Host, which has the authority; an own Host
//     replaces the authority in both protocols;
//   - Content-Length, which comes from in.Length: given when that is positive, or zero with POST or PUT (RFC 9110 §8.6; PATCH,
//     too, in the neutral order), with a Content-Type, which says that there is an empty body, or at the caller's wish. See
//     [Plan].LateLength. On HTTP/1.1 an unknown length has Transfer-Encoding: chunked in its place;
//   - Cookie, which is one field on HTTP/1.1 and one field for each cookie on HTTP/2 (RFC 9113 §8.2.3);
//   - connection-specific fields (RFC 9113 §8.2.2), which are left out on HTTP/2, since the caller cannot know which
//     protocol will be spoken; so is TE, but for "trailers".
//
// It refuses, with a *[FieldError], what contradicts the request, and with p.NoH1 what there is no list for.
func (p *Plan) AppendFields(dst []fingerprint.Field, proto Proto, in *Input) ([]fingerprint.Field, error) {
	m := merge{in: in, dst: dst, h2: proto == HTTP2}
	if p != nil && p.NoH1 != nil && !m.h2 {
		return dst, p.NoH1
	}
	if p != nil {
		m.own, m.remove, m.list, m.join, m.script = p.Own, p.Remove, p.H1, p.OneCookie, p.Script
		if m.h2 {
			m.list = p.H2
		}
		m.reshape(p)
	}
	if len(m.list) == 0 {
		m.neutral, m.list = true, neutralH1
		if m.h2 {
			m.list = neutralH2
		}
	}
	if err := m.check(); err != nil {
		return dst, err
	}
	m.late = p != nil && p.LateLength && !m.neutral && in.Length == 0 && !m.typed()
	m.start()
	star := m.star()
	for i, e := range m.list {
		if i == star {
			m.unlisted()
		}
		m.slot(i, e)
	}
	if star == len(m.list) {
		m.unlisted()
	}
	if m.late {
		m.bodyLength("Content-Length")
	}
	return m.dst, nil
}

type merge struct {
	in        *Input
	own       []fingerprint.Field
	remove    []string
	list      []fingerprint.Field
	dst       []fingerprint.Field
	h2        bool
	join      bool // cookies over HTTP/2
	neutral   bool
	script    bool // may spell safelisted fields
	late      bool // Content-Length is still to come, behind its slot
	authority string
	length    *fingerprint.Field // the caller's own Content-Length
}

// check looks at the fields that decide about routing and framing.
func (m *merge) check() error {
	m.authority = m.in.Authority
	hosts := 0
	for i, f := range m.own {
		switch {
		case f.Name == "" || f.Name[0] == ':':
			return &FieldError{f.Name, "is not a field that a caller may give"}
		case same(f.Name, "host"):
			if hosts++; hosts > 1 {
				return &FieldError{f.Name, "is given twice"}
			}
			m.authority = f.Value
		case same(f.Name, "content-length"):
			if m.in.Length < 0 || f.Value != strconv.FormatInt(m.in.Length, 10) {
				return &FieldError{f.Name, "contradicts the length of the body"}
			}
			m.length = &m.own[i]
		case same(f.Name, "transfer-encoding") && !m.h2:
			if !same(f.Value, "chunked") || m.in.Length >= 0 {
				return &FieldError{f.Name, "contradicts the length of the body"}
			}
		}
	}
	for _, name := range m.remove {
		switch {
		case same(name, "host") || strings.HasPrefix(name, ":"):
			return &FieldError{name, "cannot be removed"}
		case m.framing(name) && !m.h2 && m.in.Length != 0:
			return &FieldError{name, "cannot be removed from a request with a body"}
		}
	}
	return nil
}

// start writes what must come first: the pseudo-header fields, or a Host that the list has no slot for.
func (m *merge) start() {
	if !m.h2 {
		if !m.listed("host") {
			m.add("Host", m.authority)
		}
		return
	}
	from := len(m.dst)
	for _, list := range [...][]fingerprint.Field{m.list, neutralH2} {
		for _, e := range list {
			if e.Name[0] == ':' && find(m.dst[from:], e.Name) < 0 {
				m.pseudo(e.Name)
			}
		}
	}
}

func (m *merge) pseudo(name string) {
	switch name {
	case ":method":
		m.add(name, m.in.Method)
	case ":authority":
		m.add(name, m.authority)
	case ":scheme":
		m.add(name, m.in.Scheme)
	case ":path":
		m.add(name, m.in.Target)
	}
}

// star returns the index of the list entry that the unlisted fields come before.
func (m *merge) star() int {
	if i := find(m.list, "*"); i >= 0 {
		return i
	}
	for i := len(m.list); i > 0; i-- {
		if e := m.list[i-1]; e.Value != "" || e.Name[0] == ':' || same(e.Name, "host") {
			return i
		}
	}
	return 0
}

// slot writes the fields of list entry i.
func (m *merge) slot(i int, e fingerprint.Field) {
	if m.late && m.h2 && same(e.Name, "te") {
		m.bodyLength("content-length")
		m.late = false
	}
	switch {
	case e.Name == "*" || e.Name[0] == ':':
	case same(e.Name, "host"):
		if !m.h2 {
			m.add(m.spelling(e.Name), m.authority)
		}
	case m.framing(e.Name):
		if i == m.lengthSlot() && !m.late {
			m.bodyLength(e.Name)
		}
	case m.h2 && connectionSpecific(e):
	case m.has(m.own, e.Name):
		if find(m.list[:i], e.Name) < 0 {
			m.addAll(m.own, e.Name, e.Name)
		}
	case m.removed(e.Name):
	case m.has(m.in.Fields, e.Name):
		if find(m.list[:i], e.Name) < 0 {
			m.addAll(m.in.Fields, e.Name, e.Name)
		}
	case e.Value == "":
	case same(e.Name, "cookie"):
		m.cookies(e.Name, e.Value)
	default:
		m.add(e.Name, e.Value)
	}
}

// unlisted writes the fields that have no slot.
func (m *merge) unlisted() {
	for i, f := range m.own {
		m.unlistedField(m.own, i, f)
	}
	for i, f := range m.in.Fields {
		if !m.has(m.own, f.Name) && !m.removed(f.Name) {
			m.unlistedField(m.in.Fields, i, f)
		}
	}
	if m.lengthSlot() < 0 && !m.late {
		m.bodyLength("Content-Length")
	}
}

func (m *merge) unlistedField(from []fingerprint.Field, i int, f fingerprint.Field) {
	switch {
	case m.listed(f.Name) || same(f.Name, "host") || m.framing(f.Name) || m.h2 && connectionSpecific(f):
	case !same(f.Name, "cookie"):
		m.add(f.Name, f.Value)
	case find(from[:i], f.Name) < 0:
		m.addAll(from, f.Name, f.Name)
	}
}

// addAll writes the fields of that name under the given spelling.
func (m *merge) addAll(from []fingerprint.Field, name, spelling string) {
	isCookie, first := same(name, "cookie"), len(m.dst)
	for _, f := range from {
		switch {
		case !same(f.Name, name) || m.h2 && connectionSpecific(f):
		case isCookie && (!m.h2 || m.join) && len(m.dst) > first: // RFC 6265 §5.4: one Cookie field
			m.dst[first].Value += "; " + f.Value
		case isCookie:
			m.cookies(spelling, f.Value)
		case m.neutral, m.script && safelisted(name) && len(m.own) > 0 && &from[0] == &m.own[0]:
			m.add(f.Name, f.Value)
		default:
			m.add(spelling, f.Value)
		}
	}
}

// safelisted tells the fields that both a browser and a script give a request (CORS-safelisted, Fetch §2.2.2). A script's
// are spelled as it spells them, in the browser's place.
func safelisted(name string) bool {
	for _, s := range [...]string{"accept", "accept-language", "content-language", "content-type"} {
		if same(name, s) {
			return true
		}
	}
	return false
}

func (m *merge) cookies(name, value string) {
	for m.h2 && !m.join {
		crumb, rest, more := strings.Cut(value, ";")
		if !more {
			break
		}
		if crumb = strings.Trim(crumb, " "); crumb != "" {
			m.add(name, crumb)
		}
		if value = strings.TrimLeft(rest, " "); value == "" {
			return
		}
	}
	m.add(name, value)
}

// spelling is how Host and Content-Length are spelled: without profile as the caller does.
func (m *merge) spelling(name string) string {
	if i := find(m.own, name); m.neutral && i >= 0 {
		return m.own[i].Name
	}
	return name
}

func (m *merge) add(name, value string) {
	if m.h2 {
		name = strings.ToLower(name)
	}
	m.dst = append(m.dst, fingerprint.Field{Name: name, Value: value})
}

func (m *merge) listed(name string) bool { return name != "*" && find(m.list, name) >= 0 }

// has says whether from has a field of that name that may be sent.
func (m *merge) has(from []fingerprint.Field, name string) bool {
	for _, f := range from {
		if same(f.Name, name) && !(m.h2 && connectionSpecific(f)) {
			return true
		}
	}
	return false
}

func (m *merge) removed(name string) bool {
	for _, r := range m.remove {
		if same(r, name) {
			return true
		}
	}
	return false
}

// connectionSpecific tells the fields that HTTP/2 has no place for (RFC 9113 §8.2.2).
func connectionSpecific(f fingerprint.Field) bool {
	switch len(f.Name) {
	case len("te"):
		return same(f.Name, "te") && !same(f.Value, "trailers")
	case len("upgrade"):
		return same(f.Name, "upgrade")
	case len("connection"): // and keep-alive
		return same(f.Name, "connection") || same(f.Name, "keep-alive")
	case len("proxy-connection"):
		return same(f.Name, "proxy-connection")
	case len("transfer-encoding"):
		return same(f.Name, "transfer-encoding")
	}
	return false
}

func find(list []fingerprint.Field, name string) int {
	for i := range list {
		if same(list[i].Name, name) {
			return i
		}
	}
	return -1
}

// same compares two names, which are ASCII, in any case.
func same(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

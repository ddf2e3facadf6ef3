package fingerprint

import (
	"fmt"
	"strconv"
	"strings"
)

// Leaf is one comparable fact of a fingerprint. Path names it ("tls.cipher_suites[3]",
// "http2.requests[0].fields[accept].form"), Value is its text. Offset is its place in the ClientHello handshake message
// (-1 for what is not in it).
type Leaf struct {
	Path   string
	Value  string
	Offset int
}

// Present is the value of a leaf that only says that something is there.
const Present = "present"

// Leaves takes the fingerprint apart, in wire order. Lists whose members have names (extensions, settings, fields) are
// addressed by name, a repeated one as "name#2", and have one leaf "…order" with all names joined by commas; other
// lists are addressed by index. No two leaves have the same path.
func (f *Fingerprint) Leaves() []Leaf {
	w := leafWriter{}
	if f.TLS != nil {
		w.hello("tls", f.TLS)
	}
	if f.HTTP1 != nil {
		for i := range f.HTTP1.Requests {
			w.head(fmt.Sprintf("http1.requests[%d]", i), &f.HTTP1.Requests[i])
		}
	}
	if f.HTTP2 != nil {
		for i := range f.HTTP2.Opening {
			w.frame(fmt.Sprintf("http2.opening[%d]", i), &f.HTTP2.Opening[i])
		}
		for i := range f.HTTP2.Requests {
			w.request(fmt.Sprintf("http2.requests[%d]", i), &f.HTTP2.Requests[i])
		}
	}
	return w.leaves
}

type leafWriter struct {
	leaves []Leaf
}

func (w *leafWriter) add(path, value string) {
	w.leaves = append(w.leaves, Leaf{Path: path, Value: value, Offset: -1})
}

func (w *leafWriter) at(offset int, path, value string) {
	w.leaves = append(w.leaves, Leaf{Path: path, Value: value, Offset: offset})
}

func (w *leafWriter) number(path string, n int) { w.add(path, strconv.Itoa(n)) }

func (w *leafWriter) hello(p string, h *ClientHello) {
	if h.RecordVersion != 0 {
		w.add(p+".record_version", h.RecordVersion.String())
	}
	w.at(4, p+".version", h.Version.String())
	w.at(38, p+".session_id_length", strconv.Itoa(h.SessionIDLength))
	o := 39 + h.SessionIDLength + 2
	for i, c := range h.CipherSuites {
		w.at(o+2*i, fmt.Sprintf("%s.cipher_suites[%d]", p, i), c.String())
	}
	o += 2*len(h.CipherSuites) + 1
	for i, c := range h.CompressionMethods {
		w.at(o+i, fmt.Sprintf("%s.compression_methods[%d]", p, i), c.String())
	}
	o += len(h.CompressionMethods)
	if h.Extensions == nil {
		return
	}
	o += 2
	var names names
	list := len(w.leaves)
	w.at(o, p+".extensions.order", "")
	for i := range h.Extensions {
		e := &h.Extensions[i]
		w.extension(p+".extensions."+names.next(ExtensionName(e.Type)), o, e)
		o += 4 + e.bodyLength()
	}
	w.leaves[list].Value = names.String()
}

// bodyLength is the length of the extension body on the wire, which follows from the model.
func (e *Extension) bodyLength() int {
	switch {
	case e.ServerName != "":
		return 5 + len(e.ServerName)
	case e.List != nil:
		switch LayoutOf(e.Type) {
		case LayoutList16:
			return 2 + 2*len(e.List)
		case LayoutList8:
			return 1 + 2*len(e.List)
		}
		return 1 + len(e.List)
	case e.Protocols != nil:
		n := 2
		for _, s := range e.Protocols {
			n += 1 + len(s)
		}
		return n
	case e.Shares != nil:
		n := 2
		for _, s := range e.Shares {
			n += 4 + s.Length
		}
		return n
	case e.ECH != nil:
		return 10 + e.ECH.EncLength + e.ECH.PayloadLength
	case e.PSK != nil:
		n := 4
		for _, l := range e.PSK.Identities {
			n += 6 + l
		}
		for _, l := range e.PSK.Binders {
			n += 1 + l
		}
		return n
	case e.Limit != 0:
		return 2
	}
	return e.Length + len(e.Data)
}

func (w *leafWriter) extension(p string, o int, e *Extension) {
	w.at(o, p, Present)
	o += 4 // type and length
	if e.Type.IsGREASE() {
		w.at(o-4, p+".type", e.Type.String())
	}
	switch {
	case e.ServerName != "":
		w.at(o+5, p+".server_name", e.ServerName)
	case e.List != nil:
		width, skip := 2, 2
		switch LayoutOf(e.Type) {
		case LayoutList8:
			skip = 1
		case LayoutBytes:
			width, skip = 1, 1
		}
		for i, id := range e.List {
			w.at(o+skip+i*width, fmt.Sprintf("%s[%d]", p, i), id.String())
		}
	case e.Protocols != nil:
		o += 2
		for i, s := range e.Protocols {
			w.at(o+1, fmt.Sprintf("%s[%d]", p, i), s)
			o += 1 + len(s)
		}
	case e.Shares != nil:
		o += 2
		for i, s := range e.Shares {
			q := fmt.Sprintf("%s[%d]", p, i)
			w.at(o, q+".group", s.Group.String())
			w.at(o+2, q+".length", strconv.Itoa(s.Length))
			w.at(o+4, q+".reuses", s.Reuses.String())
			o += 4 + s.Length
		}
	case e.ECH != nil:
		w.at(o+1, p+".kdf", e.ECH.KDF.String())
		w.at(o+3, p+".aead", e.ECH.AEAD.String())
		w.at(o+6, p+".enc_length", strconv.Itoa(e.ECH.EncLength))
		w.at(o+8+e.ECH.EncLength, p+".payload_length", strconv.Itoa(e.ECH.PayloadLength))
	case e.PSK != nil:
		o += 2
		for i, n := range e.PSK.Identities {
			w.at(o, fmt.Sprintf("%s.identities[%d]", p, i), strconv.Itoa(n))
			o += 2 + n + 4 // length, identity, obfuscated_ticket_age
		}
		o += 2
		for i, n := range e.PSK.Binders {
			w.at(o, fmt.Sprintf("%s.binders[%d]", p, i), strconv.Itoa(n))
			o += 1 + n
		}
	case e.Limit != 0:
		w.at(o, p+".limit", strconv.Itoa(e.Limit))
	case LayoutOf(e.Type) == LayoutLength && e.Data == nil:
		w.at(o-2, p+".length", strconv.Itoa(e.Length))
	default:
		w.at(o, p+".data", fmt.Sprintf("%x", []byte(e.Data)))
	}
}

func (w *leafWriter) frame(p string, f *Frame) {
	w.add(p+".type", f.Type)
	w.number(p+".stream", int(f.Stream))
	if f.Settings != nil {
		var names names
		list := len(w.leaves)
		w.add(p+".settings.order", "")
		for _, s := range f.Settings {
			w.add(p+".settings["+names.next(s.Name())+"]", strconv.FormatUint(uint64(s.Value), 10))
		}
		w.leaves[list].Value = names.String()
	}
	if f.Type == "WINDOW_UPDATE" {
		w.number(p+".increment", int(f.Increment))
	}
	if f.Priority != nil {
		w.priority(p+".priority", f.Priority)
	}
	if f.Payload != nil {
		w.add(p+".payload", fmt.Sprintf("%x", []byte(f.Payload)))
	}
}

func (w *leafWriter) priority(p string, x *Priority) {
	w.number(p+".weight", x.Weight)
	w.number(p+".depends_on", int(x.DependsOn))
	w.add(p+".exclusive", strconv.FormatBool(x.Exclusive))
}

func (w *leafWriter) request(p string, r *Request) {
	for i := range r.Before {
		w.frame(fmt.Sprintf("%s.before[%d]", p, i), &r.Before[i])
	}
	w.number(p+".stream", int(r.Stream))
	if r.Padding != 0 {
		w.number(p+".padding", r.Padding)
	}
	if r.Continuations != 0 {
		w.number(p+".continuations", r.Continuations)
	}
	w.add(p+".end_stream", strconv.FormatBool(r.EndStream))
	if r.Priority != nil {
		w.priority(p+".priority", r.Priority)
	}
	for i, n := range r.TableSizeUpdates {
		w.number(fmt.Sprintf("%s.table_size_updates[%d]", p, i), int(n))
	}
	w.fields(p+".fields", r.Fields)
	for i := range r.After {
		w.frame(fmt.Sprintf("%s.after[%d]", p, i), &r.After[i])
	}
}

func (w *leafWriter) head(p string, h *Head) {
	w.add(p+".method", h.Method)
	w.add(p+".target", h.Target)
	w.add(p+".version", h.Version)
	w.fields(p+".fields", h.Fields)
	if h.Raw != nil {
		w.add(p+".raw", fmt.Sprintf("%x", []byte(h.Raw)))
	}
}

func (w *leafWriter) fields(p string, fields []Field) {
	var names names
	list := len(w.leaves)
	w.add(p+".order", "")
	for _, f := range fields {
		q := p + "[" + names.next(fieldName(f.Name)) + "]"
		w.add(q+".name", f.Name)
		w.add(q+".value", f.Value)
		if f.Form != (Form{}) {
			w.add(q+".form", f.Form.String())
		}
	}
	w.leaves[list].Value = names.String()
}

// names makes the names of a list unique by numbering repeated ones: "cookie", "cookie#2" …
type names struct {
	list []string
	last map[string]int // highest number that a name has got
}

func (n *names) next(name string) string {
	if n.last == nil {
		n.last = map[string]int{}
	}
	unique := name
	for {
		n.last[name]++
		if k := n.last[name]; k > 1 {
			unique = name + "#" + strconv.Itoa(k)
		}
		if unique == name || n.last[unique] == 0 { // somebody may really send a field named "cookie#2"
			break
		}
	}
	if unique != name {
		n.last[unique] = 1
	}
	n.list = append(n.list, unique)
	return unique
}

func (n *names) String() string { return strings.Join(n.list, ",") }

// fieldName is the name of a header field as paths write it: in lower case, with %xx for each byte that neither a
// pseudo-header field nor a token (RFC 9110 §5.6.2) may have.
func fieldName(name string) string {
	const others = ":!#$%&'*+-.^_`|~"
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		case alphanumeric(c) || strings.IndexByte(others, c) >= 0:
			b = append(b, c)
		default:
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	return string(b)
}

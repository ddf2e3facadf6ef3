package fingerprint

import (
	"fmt"
	"slices"
	"strconv"
)

// HTTP2 is the client's half of an HTTP/2 connection.
type HTTP2 struct {
	// Opening holds the frames before the first HEADERS, in order, without acknowledgements (SETTINGS ACK, PING ACK),
	// whose place depends on the server.
	Opening []Frame `json:"opening"`
	// Requests holds one entry per stream that the client opened, in order.
	Requests []Request `json:"requests"`
}

// Frame is one HTTP/2 frame of the opening, or one sent right after a HEADERS.
type Frame struct {
	// Type is the name of RFC 9113 §6 ("SETTINGS"), or "0x1f" for a type that it does not define.
	Type      string    `json:"type"`
	Stream    uint32    `json:"stream,omitempty"`
	Settings  []Setting `json:"settings,omitempty"`
	Increment uint32    `json:"increment,omitempty"`
	Priority  *Priority `json:"priority,omitempty"`
	// Payload is kept for frames of other types, at most 256 bytes of it.
	Payload Hex `json:"payload,omitempty"`
}

// Setting is one parameter of a SETTINGS frame.
type Setting struct {
	ID    uint16 `json:"id"`
	Value uint32 `json:"value"`
}

// Name returns the setting's name in the IANA registry, or its decimal number.
func (s Setting) Name() string {
	if n := settingNames[s.ID]; n != "" {
		return n
	}
	return strconv.Itoa(int(s.ID))
}

// Priority is the priority of a HEADERS or PRIORITY frame (RFC 7540 §6.3). Weight is the weight itself, 1 to 256: the
// wire's octet plus one.
type Priority struct {
	Weight    int    `json:"weight"`
	DependsOn uint32 `json:"depends_on"`
	Exclusive bool   `json:"exclusive"`
}

// Request is the HEADERS (and CONTINUATION) that opened a stream.
type Request struct {
	// Before holds the frames since the request before this one that are neither acknowledgements nor belong to the flow
	// of bodies (DATA, WINDOW_UPDATE, RST_STREAM): PRIORITY, PING, GOAWAY, unknown types. Of PING only the type is kept.
	Before []Frame `json:"before,omitempty"`
	Stream uint32  `json:"stream"`
	// EndStream says whether the HEADERS frame also ended the request.
	EndStream bool `json:"end_stream"`
	// Priority is nil when the HEADERS frame carried none.
	Priority *Priority `json:"priority,omitempty"`
	// Padding is how many bytes of the HEADERS frame are padding, its length octet included; 0 for none.
	Padding int `json:"padding,omitempty"`
	// Continuations is how many CONTINUATION frames the header block needed.
	Continuations int `json:"continuations,omitempty"`
	// TableSizeUpdates are the dynamic table size updates at the front of the block (RFC 7541 §6.3).
	TableSizeUpdates []uint32 `json:"table_size_updates,omitempty"`
	// Fields holds pseudo-header fields and fields in wire order.
	Fields []Field `json:"fields"`
	// After holds the frames that followed the header block on the same stream with nothing in between: Firefox'
	// WINDOW_UPDATE.
	After []Frame `json:"after,omitempty"`
}

// FormKind is the kind of a field's HPACK representation (RFC 7541 §6).
type FormKind uint8

// The representations of RFC 7541 §6.1 and §6.2.
const (
	FormNone        FormKind = iota // not HPACK
	FormIndexed                     // indexed field
	FormIncremental                 // literal with incremental indexing
	FormWithout                     // literal without indexing
	FormNever                       // literal never indexed
)

var formNames = [...]string{"", "indexed", "incremental", "without-indexing", "never-indexed"}

// Form is the HPACK representation of one field. Index is the table index of the field, or of the name of a literal
// (0: the name is spelled out). The two flags tell whether a string was Huffman-coded.
//
// Its text is "indexed:2", "incremental:58:value-h" or "incremental:0:name-h,value-p" (h Huffman, p plain).
type Form struct {
	Kind         FormKind
	Index        uint32
	NameHuffman  bool
	ValueHuffman bool
}

// String returns the text form, "" for the zero Form.
func (f Form) String() string {
	b, _ := f.AppendText(nil)
	return string(b)
}

// AppendText implements [encoding.TextAppender].
func (f Form) AppendText(b []byte) ([]byte, error) {
	if f.Kind == FormNone || int(f.Kind) >= len(formNames) {
		return b, nil
	}
	b = append(b, formNames[f.Kind]...)
	b = append(b, ':')
	b = strconv.AppendUint(b, uint64(f.Index), 10)
	if f.Kind == FormIndexed {
		return b, nil
	}
	letter := func(huffman bool) byte {
		if huffman {
			return 'h'
		}
		return 'p'
	}
	b = append(b, ':')
	if f.Index == 0 {
		b = append(b, "name-"...)
		b = append(b, letter(f.NameHuffman), ',')
	}
	b = append(b, "value-"...)
	return append(b, letter(f.ValueHuffman)), nil
}

// MarshalText implements [encoding.TextMarshaler].
func (f Form) MarshalText() ([]byte, error) { return f.AppendText(nil) }

// UnmarshalText implements [encoding.TextUnmarshaler]; it accepts only what MarshalText writes.
func (f *Form) UnmarshalText(b []byte) error {
	var out Form
	kind, rest := string(b), ""
	for i, c := range b {
		if c == ':' {
			kind, rest = string(b[:i]), string(b[i+1:])
			break
		}
	}
	if i := slices.Index(formNames[:], kind); i > 0 {
		out.Kind = FormKind(i)
	}
	number := rest
	for i := range rest {
		if rest[i] == ':' {
			number, rest = rest[:i], rest[i:]
			out.NameHuffman = rest == ":name-h,value-h" || rest == ":name-h,value-p"
			out.ValueHuffman = rest[len(rest)-1] == 'h'
			break
		}
	}
	n, err := strconv.ParseUint(number, 10, 32)
	out.Index = uint32(n)
	if err != nil || out.String() != string(b) {
		return fmt.Errorf("fingerprint: %q is no HPACK form", b)
	}
	*f = out
	return nil
}

// parseHTTP2 feeds the client's bytes to an HTTP2Parser, stepping over what was elided.
func parseHTTP2(c *Capture) (*HTTP2, error) {
	p := NewHTTP2Parser()
	pos := 0
	for _, e := range c.Elided {
		if e.Offset < pos || e.Offset > len(c.Client) {
			return p.HTTP2(), fmt.Errorf("elision at %d is outside the capture", e.Offset)
		}
		if _, err := p.Write(c.Client[pos:e.Offset]); err != nil {
			return p.HTTP2(), err
		}
		if err := p.Skip(e.Length); err != nil {
			return p.HTTP2(), err
		}
		pos = e.Offset
	}
	_, err := p.Write(c.Client[pos:])
	return p.HTTP2(), err
}

// isHTTP2 goes by ALPN; without one, by the preface (HTTP/2 with prior knowledge).
func isHTTP2(c *Capture) bool {
	if c.ALPN != "" {
		return c.ALPN == "h2"
	}
	n := min(len(Preface), len(c.Client))
	return string(c.Client[:n]) == Preface[:n]
}

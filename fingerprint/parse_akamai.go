package fingerprint

import (
	"fmt"
	"strings"
)

// ParseAkamai reads the text that [Akamai] writes, "settings|window update|priorities|pseudo-header order", into what it
// tells of an HTTP/2 connection: an Opening of SETTINGS, WINDOW_UPDATE and PRIORITY frames, and one request whose Fields
// are the pseudo-header fields without values. All else is zero.
//
// The parameters of SETTINGS may also be separated by commas, as old lists have it, and the letters of the pseudo-header
// fields by nothing ("masp"). An increment of "00" or "0" stands for no WINDOW_UPDATE, priorities of "0" for none. An
// empty SETTINGS frame is an empty text.
//
// It refuses, with a *[ParseError], what is no such text and what would end the connection (RFC 9113): a parameter twice or
// out of its range, a window above 2³¹-1 bytes, a stream that depends on itself, a pseudo-header field missing.
func ParseAkamai(text string) (*HTTP2, error) {
	h, err := parseAkamai(text)
	if err != nil { // not a nil *ParseError in an error
		return nil, err
	}
	return h, nil
}

func parseAkamai(text string) (*HTTP2, *ParseError) {
	p := &textParser{format: "akamai"}
	if len(text) > maxText {
		return nil, p.fail(0, text, fmt.Sprintf("longer than %d bytes", maxText))
	}
	fields := strings.Split(text, "|")
	if len(fields) != 4 {
		return nil, p.fail(0, text, fmt.Sprintf("%d fields, want 4: settings|window update|priorities|pseudo-header order", len(fields)))
	}
	at := [4]int{}
	for i := 1; i < 4; i++ {
		at[i] = at[i-1] + len(fields[i-1]) + 1
	}
	settings, err := p.settings(fields[0])
	if err != nil {
		return nil, err
	}
	h := &HTTP2{Opening: []Frame{{Type: "SETTINGS", Settings: settings}}}
	p.field = "window update"
	if s := fields[1]; s != "00" {
		n, err := p.number(s, at[1], 1<<31-1-65535)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			h.Opening = append(h.Opening, Frame{Type: "WINDOW_UPDATE", Increment: uint32(n)})
		}
	}
	p.field = "priorities"
	priorities, err := p.priorities(fields[2], at[2])
	if err != nil {
		return nil, err
	}
	h.Opening = append(h.Opening, priorities...)
	p.field = "pseudo-header order"
	order, err := p.pseudo(fields[3], at[3])
	if err != nil {
		return nil, err
	}
	h.Requests = []Request{{Fields: order}}
	return h, nil
}

// maxFrames bounds the frames and the parameters of an opening.
const maxFrames = 64

// settings reads "id:value" separated by semicolons or, throughout, by commas.
func (p *textParser) settings(text string) ([]Setting, *ParseError) {
	p.field = "settings"
	out := []Setting{} // the frame is there even when it is empty
	if text == "" {
		return out, nil
	}
	separator := ";"
	if !strings.Contains(text, ";") {
		separator = ","
	}
	seen := map[uint16]bool{}
	at := 0
	for item := range strings.SplitSeq(text, separator) {
		id, value, ok := strings.Cut(item, ":")
		if !ok {
			return nil, p.fail(at, item, "want id:value")
		}
		n, err := p.number(id, at, 1<<16-1)
		if err != nil {
			return nil, err
		}
		v, err := p.number(value, at+len(id)+1, 1<<32-1)
		if err != nil {
			return nil, err
		}
		s := Setting{ID: uint16(n), Value: uint32(v)}
		switch {
		case n == 0:
			return nil, p.fail(at, item, "there is no setting 0")
		case seen[s.ID]:
			return nil, p.fail(at, item, "the setting stands there twice")
		case len(out) == maxFrames:
			return nil, p.fail(at, item, fmt.Sprintf("more than %d settings", maxFrames))
		}
		if reason := settingRange(s); reason != "" {
			return nil, p.fail(at, item, reason)
		}
		seen[s.ID] = true
		out = append(out, s)
		at += len(item) + 1
	}
	return out, nil
}

// settingRange says why a server would end the connection for that value, "" if it would not (RFC 9113 §6.5.2, RFC 8441
// §3, RFC 9218 §2.1).
func settingRange(s Setting) string {
	switch {
	case (s.ID == 2 || s.ID == 8 || s.ID == 9) && s.Value > 1:
		return s.Name() + " is 0 or 1"
	case s.ID == 4 && s.Value > 1<<31-1:
		return s.Name() + " is at most 2147483647"
	case s.ID == 5 && (s.Value < 1<<14 || s.Value > 1<<24-1):
		return s.Name() + " is 16384 to 16777215"
	}
	return ""
}

// priorities reads "stream:exclusive:depends on:weight" separated by commas.
func (p *textParser) priorities(text string, at int) (out []Frame, _ *ParseError) {
	if text == "0" {
		return nil, nil
	}
	for item := range strings.SplitSeq(text, ",") {
		parts := strings.Split(item, ":")
		if len(parts) != 4 {
			return nil, p.fail(at, item, "want stream:exclusive:depends on:weight, or 0 for no PRIORITY frame")
		}
		var n [4]uint64
		pos := at
		for i, limit := range [...]uint64{1<<31 - 1, 1, 1<<31 - 1, 256} {
			var err *ParseError
			if n[i], err = p.number(parts[i], pos, limit); err != nil {
				return nil, err
			}
			pos += len(parts[i]) + 1
		}
		switch {
		case n[0] == 0:
			return nil, p.fail(at, item, "stream 0 has no priority")
		case n[0] == n[2]:
			return nil, p.fail(at, item, "a stream cannot depend on itself (RFC 7540 §5.3.1)")
		case n[3] == 0:
			return nil, p.fail(at, item, "weights are 1 to 256")
		case len(out) == maxFrames:
			return nil, p.fail(at, item, fmt.Sprintf("more than %d PRIORITY frames", maxFrames))
		}
		out = append(out, Frame{Type: "PRIORITY", Stream: uint32(n[0]),
			Priority: &Priority{Exclusive: n[1] == 1, DependsOn: uint32(n[2]), Weight: int(n[3])}})
		at += len(item) + 1
	}
	return out, nil
}

// pseudo reads "m,a,s,p", or the same without commas, in any order.
func (p *textParser) pseudo(text string, at int) (out []Field, _ *ParseError) {
	letters := text
	if strings.Contains(text, ",") {
		letters = strings.ReplaceAll(text, ",", "")
		if len(text) != 2*len(letters)-1 || strings.Trim(text, ",") != text || strings.Contains(text, ",,") {
			return nil, p.fail(at, text, "want m, a, s and p, separated by single commas")
		}
	}
	names := map[byte]string{'m': ":method", 'a': ":authority", 's': ":scheme", 'p': ":path"}
	for i := range len(letters) {
		name := names[letters[i]]
		if name == "" {
			return nil, p.fail(at, text, "there are m, a, s and p, each of them once")
		}
		delete(names, letters[i])
		out = append(out, Field{Name: name})
	}
	if len(names) > 0 {
		return nil, p.fail(at, text, "m, a, s and p are all needed")
	}
	return out, nil
}

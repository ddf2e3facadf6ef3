package profiles

import (
	"maps"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// maxTable bounds SETTINGS_HEADER_TABLE_SIZE, in bytes: the server may fill so much of the client's memory.
const maxTable = 16 << 20

// applyAkamai replaces the opening and the order of the pseudo-header fields.
func (p *Profile) applyAkamai(o *Override) error {
	if o.Akamai == "" {
		return nil
	}
	want, err := fingerprint.ParseAkamai(o.Akamai)
	if err != nil {
		return &OverrideError{"akamai", err}
	}
	for _, s := range want.Opening[0].Settings {
		if s.ID == 1 && s.Value > maxTable {
			return refuse("akamai", "%s %d: above %d the memory would be the server's", s.Name(), s.Value, maxTable)
		}
	}
	oldConn, oldStream := windows(p.First.HTTP2)
	h := p.First.HTTP2
	before := priorities(h.Opening)
	h.Opening = reopen(h.Opening, want.Opening)
	if now := priorities(h.Opening); !slices.Equal(before, now) {
		highest := slices.Max(append(now, 0))
		if highest > maxStream-2 {
			return refuse("akamai", "stream %d leaves none for requests: they are up to %d", highest, maxStream)
		}
		h.Requests[0].Stream = max(h.Requests[0].Stream, (highest+1)|1)
	}
	conn, stream := windows(h)
	switch {
	case stream < 1:
		return refuse("akamai", "INITIAL_WINDOW_SIZE 0 lets no response body through")
	case stream > 1<<31-1:
		return refuse("akamai", "INITIAL_WINDOW_SIZE and the WINDOW_UPDATE behind HEADERS together burst the window of 2147483647")
	}
	if conn != oldConn {
		p.HTTP2.ConnectionRefill = int(max(1, conn/2))
	}
	if stream != oldStream {
		p.HTTP2.StreamRefill = int(max(1, stream/2))
	}
	p.custom("first.http2.opening", "%s", o.Akamai)
	p.custom("first.http2.requests[0].fields.order", "%s", o.Akamai)
	var order []string
	for _, f := range want.Requests[0].Fields {
		order = append(order, f.Name)
	}
	p.reorder(func(l FieldList, h2 bool) FieldList {
		if !h2 {
			return l
		}
		return pseudoFirst(l, order)
	})
	return nil
}

// priorities returns the streams that have PRIORITY frames. As in Firefox' trees, they are for nothing else: the first
// request has the next one.
func priorities(opening []fingerprint.Frame) (streams []uint32) {
	for _, f := range opening {
		if f.Type == "PRIORITY" {
			streams = append(streams, f.Stream)
		}
	}
	return streams
}

// windows returns the receive windows of the connection and of a stream, in bytes, after the opening and a HEADERS.
func windows(h *fingerprint.HTTP2) (conn, stream int64) {
	conn, stream = 65535, 65535
	for _, f := range h.Opening {
		for _, s := range f.Settings {
			if s.ID == 4 {
				stream = int64(s.Value)
			}
		}
		if f.Type == "WINDOW_UPDATE" && f.Stream == 0 {
			conn += int64(f.Increment)
		}
	}
	for _, f := range h.Requests[0].After {
		stream += int64(f.Increment)
	}
	return conn, stream
}

// reopen returns the opening old with the frames of want in the places of those of their types; those of which old has
// none follow in the order of want. Frames that the text cannot name stay, but for further SETTINGS and WINDOW_UPDATEs
// of the connection.
func reopen(old, want []fingerprint.Frame) (out []fingerprint.Frame) {
	named := func(f fingerprint.Frame) bool {
		return f.Type == "SETTINGS" || f.Type == "PRIORITY" || f.Type == "WINDOW_UPDATE" && f.Stream == 0
	}
	take := func(typ string) {
		for _, f := range want {
			if f.Type == typ {
				out = append(out, f)
			}
		}
		want = slices.DeleteFunc(slices.Clone(want), func(f fingerprint.Frame) bool { return f.Type == typ })
	}
	for _, f := range old {
		if named(f) {
			take(f.Type)
		} else {
			out = append(out, f)
		}
	}
	for len(want) > 0 {
		take(want[0].Type)
	}
	return out
}

// pseudoFirst puts the pseudo-header fields of a list into that order.
func pseudoFirst(l FieldList, order []string) FieldList {
	if len(l) == 0 {
		return l
	}
	out := make(FieldList, 0, len(l))
	for _, name := range order {
		if i := slices.IndexFunc(l, func(f fingerprint.Field) bool { return f.Name == name }); i >= 0 {
			out = append(out, l[i])
		}
	}
	for _, f := range l {
		if !slices.Contains(order, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// reorder applies f, which must only change the order or add slots, to every list and then to the first request.
func (p *Profile) reorder(f func(l FieldList, h2 bool) FieldList) {
	for _, k := range slices.Sorted(maps.Keys(p.Headers)) {
		s := p.Headers[k]
		s.H1, s.H2 = f(s.H1, false), f(s.H2, true)
		for i := range s.Shapes {
			s.Shapes[i].H1, s.Shapes[i].H2 = f(s.Shapes[i].H1, false), f(s.Shapes[i].H2, true)
		}
		p.Headers[k] = s
	}
	r := &p.First.HTTP2.Requests[0]
	var fields []fingerprint.Field
	for _, x := range p.Headers[Navigate].H2 {
		i := slices.IndexFunc(r.Fields, func(g fingerprint.Field) bool { return g.Name == x.Name })
		if x.Value != "" && i >= 0 {
			fields = append(fields, r.Fields[i])
		}
	}
	r.Fields = fields
}

// applyPriority sets the priority that HEADERS have.
func (p *Profile) applyPriority(o *Override) error {
	weight, exclusive, no := o.HTTP2StreamWeight, o.HTTP2StreamExclusive, o.HTTP2NoPriority
	if weight == nil && exclusive == nil && no == nil {
		return nil
	}
	off := no != nil && *no
	switch {
	case off && (weight != nil || exclusive != nil):
		return refuse("http2_no_priority", "there is a weight or an exclusive bit beside it, which would not be sent")
	case weight != nil && (*weight < 1 || *weight > 256):
		return refuse("http2_stream_weight", "%d is not within 1 to 256 (RFC 7540 §5.3.2)", *weight)
	}
	change := func(x **fingerprint.Priority) error {
		switch {
		case off:
			*x = nil
			return nil
		case *x == nil && weight == nil:
			return refuse("http2_stream_weight", "%s sends no priority, so that there is no weight: give one", p.Name)
		case *x == nil:
			*x = &fingerprint.Priority{}
		}
		if weight != nil {
			(*x).Weight = *weight
		}
		if exclusive != nil {
			(*x).Exclusive = bool(*exclusive)
		}
		return nil
	}
	if err := change(&p.First.HTTP2.Requests[0].Priority); err != nil {
		return err
	}
	p.custom("first.http2.requests[0].priority", "http2_stream_weight, http2_stream_exclusive, http2_no_priority")
	for _, k := range slices.Sorted(maps.Keys(p.Headers)) {
		s := p.Headers[k]
		if len(s.H2) == 0 {
			continue
		}
		if err := change(&s.Priority); err != nil {
			return err
		}
		p.Headers[k] = s
		p.custom("headers."+string(k)+".priority", "http2_stream_weight, http2_stream_exclusive, http2_no_priority")
	}
	return nil
}

// maxNames bounds the names of a header order; browsers have some 30 fields.
const maxNames = 500

// maxStream is the last stream that a client can open (RFC 9113 §5.1.1).
const maxStream = 1<<31 - 1

// applyHeaders applies HeaderOrder and SplitCookies.
func (p *Profile) applyHeaders(o *Override) error {
	if o.SplitCookies != nil {
		p.HTTP2.JoinCookies = !*o.SplitCookies
	}
	if len(o.HeaderOrder) == 0 {
		return nil
	}
	if len(o.HeaderOrder) > maxNames {
		return refuse("header_order", "%d names, at most %d", len(o.HeaderOrder), maxNames)
	}
	for i, name := range o.HeaderOrder {
		switch {
		case strings.HasPrefix(name, ":"):
			return refuse("header_order", "%q: the order of the pseudo-header fields is part of akamai", name)
		case name != "*" && !isToken(name):
			return refuse("header_order", "%.80q is no name of a field", name)
		case slices.ContainsFunc(o.HeaderOrder[:i], func(s string) bool { return strings.EqualFold(s, name) }):
			return refuse("header_order", "%q stands there twice", name)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(p.Headers)) {
		p.custom("headers."+string(k)+".h2", "header_order")
		p.custom("headers."+string(k)+".http/1.1", "header_order")
	}
	p.custom("first.http2.requests[0].fields.order", "header_order")
	p.reorder(func(l FieldList, h2 bool) FieldList { return ordered(l, o.HeaderOrder, h2) })
	return nil
}

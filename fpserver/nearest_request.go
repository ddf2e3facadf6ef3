package fpserver

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// maxComparedFields is how many fields of a request are compared with those of profiles, which have about 20.
const maxComparedFields = 64

// comparedRequest is the first request of a connection.
type comparedRequest struct {
	none     bool // there is none
	http2    bool
	fields   []fingerprint.Field
	priority *fingerprint.Priority
}

// isRequestPath tells whether the path of a leaf leads to a request.
func isRequestPath(path string) bool {
	return strings.HasPrefix(path, "http1.") || strings.HasPrefix(path, "http2.requests[")
}

func firstRequest(f *fingerprint.Fingerprint) *comparedRequest {
	r := &comparedRequest{}
	switch {
	case f.HTTP2 != nil && len(f.HTTP2.Requests) > 0:
		first := &f.HTTP2.Requests[0]
		r.http2, r.fields, r.priority = true, first.Fields, first.Priority
	case f.HTTP1 != nil && len(f.HTTP1.Requests) > 0:
		r.fields = f.HTTP1.Requests[0].Fields
	default:
		r.none = true
	}
	r.fields = r.fields[:min(len(r.fields), maxComparedFields)]
	return r
}

// mismatches counts the differences from the most similar list of a profile, as it is for a request or for one that a redirect
// has led here. Without any list for the protocol every field is one.
func (r *comparedRequest) mismatches(p *profiles.Profile) int {
	if r.none {
		return 0
	}
	fewest := len(r.fields)
	for kind, set := range p.Headers {
		fewest = min(fewest, r.mismatchesOf(p, kind, set.Priority))
		for _, x := range set.Shapes {
			fewest = min(fewest, r.mismatchesOf(p, kind, set.Priority, x.When))
		}
	}
	return fewest
}

func (r *comparedRequest) mismatchesOf(p *profiles.Profile, kind profiles.Kind, priority *fingerprint.Priority, when ...profiles.Condition) int {
	set := p.Headers[kind]
	h1, h2 := set.Lists(when...)
	list, proto := h1, "http/1.1"
	if r.http2 {
		list, proto = h2, "h2"
	}
	if len(list) == 0 {
		return len(r.fields)
	}
	n := fieldMismatches(list, r.fields)
	if moves := func(m profiles.Move) bool { return slices.Contains(m.Kinds, kind) }; n > 0 && slices.ContainsFunc(p.Moves, moves) {
		n = min(n, fieldMismatches(p.Followed(kind, proto, list), r.fields))
	}
	if r.http2 && (priority == nil) != (r.priority == nil) || priority != nil && r.priority != nil && *priority != *r.priority {
		n++
	}
	return n
}

// fieldMismatches counts what differs between a profile's list and the fields of a request: names on one side only, names
// in another case, other values, a name once more, and 1 for another order. Cookies may come in crumbs over HTTP/2. What the request itself decides about may be missing, or have
// any value: slots, "*", and Sec-Fetch-Site.
func fieldMismatches(list profiles.FieldList, got []fingerprint.Field) (n int) {
	last, ordered := -1, true
	for i, want := range list {
		if want.Name == "*" {
			continue
		}
		open, twice := openField(list, i)
		at := fieldIndex(got, want.Name)
		switch {
		case at < 0 && !open:
			n++
		case at < 0 || twice:
			continue // one that stands twice has no place of its own
		default:
			if want.Name != got[at].Name {
				n++
			}
			if !open && want.Value != got[at].Value {
				n++
			}
			ordered = ordered && at > last
			last = at
		}
	}
	if !ordered {
		n++
	}
	for i, x := range got {
		at := fieldIndex(list, x.Name)
		again := at >= 0 && list[at].Name != "cookie" && fieldIndex(got[:i], x.Name) >= 0
		if at < 0 || again {
			n++
		}
	}
	return n
}

// openField tells whether the value of a field of a list is open, and whether its name stands there twice.
func openField(list profiles.FieldList, i int) (open, twice bool) {
	name := list[i].Name
	open = strings.EqualFold(name, "sec-fetch-site")
	for j, x := range list {
		if strings.EqualFold(x.Name, name) {
			open = open || x.Value == "" || x.Value == "*"
			twice = twice || i != j
		}
	}
	return open, twice
}

// fieldIndex returns the place of the first field of that name, -1 for none.
func fieldIndex(list []fingerprint.Field, name string) int {
	for i := range list {
		if len(list[i].Name) == len(name) && strings.EqualFold(list[i].Name, name) {
			return i
		}
	}
	return -1
}

package fingerprint

import (
	"iter"
	"slices"
	"strings"
)

// Mismatch is one difference: the path of the leaf, its offset in the ClientHello that was got (-1 elsewhere), the rule
// that it breaks ("fixed", "vary" or "correlate") and both values. [Absent] stands for what is not there; where that is
// a node with several leaves, [Present] stands for the other side.
type Mismatch struct {
	Path   string `json:"path"`
	Offset int    `json:"offset,omitempty"`
	Rule   string `json:"rule"`
	Want   string `json:"want"`
	Got    string `json:"got"`
}

// Absent is the value of a leaf that one side does not have.
const Absent = "absent"

// Diff compares got with want, leaf by leaf, and returns what differs beyond what v (which may be nil) allows, in the
// order of want. A wanted "*" as server name, target, authority, path or Host, and the HPACK form of such a field, stand
// for whatever was got. Layers that want does not have, and requests beyond those of want, are not compared. Of something that
// is missing or too much, only the topmost path is named, and the order of a list is judged on what both sides have.
func Diff(want, got *Fingerprint, v *Vary) []Mismatch {
	if v == nil {
		v = &Vary{}
	}
	d := differ{vary: v, got: map[string]Leaf{}, want: map[string]bool{}, loose: map[string]bool{}, done: map[string]bool{}}
	if v.Padded {
		want = withPadding(want, got)
	}
	gl := trim(want, got).Leaves()
	for _, l := range gl {
		d.got[l.Path] = l
	}
	wl := want.Leaves()
	for _, l := range wl {
		d.want[l.Path] = true
		if wildcard(l) {
			d.loose[strings.TrimSuffix(l.Path, ".value")+".form"] = true
		}
	}
	for _, l := range wl {
		d.leaf(l)
	}
	for _, l := range gl {
		if !d.want[l.Path] {
			d.extra(l)
		}
	}
	d.correlate()
	return d.out
}

// trim leaves of got only the layers and the number of requests that want has.
func trim(want, got *Fingerprint) *Fingerprint {
	t := &Fingerprint{}
	if want.TLS != nil && got.TLS != nil {
		h := *got.TLS
		if want.TLS.RecordVersion == 0 {
			h.RecordVersion = 0
		}
		t.TLS = &h
	}
	if want.HTTP1 != nil && got.HTTP1 != nil {
		t.HTTP1 = &HTTP1{Requests: got.HTTP1.Requests[:min(len(want.HTTP1.Requests), len(got.HTTP1.Requests))]}
	}
	if want.HTTP2 != nil && got.HTTP2 != nil {
		t.HTTP2 = &HTTP2{Opening: got.HTTP2.Opening, Requests: got.HTTP2.Requests[:min(len(want.HTTP2.Requests), len(got.HTTP2.Requests))]}
	}
	return t
}

type differ struct {
	vary *Vary
	got  map[string]Leaf
	want map[string]bool
	// loose holds the paths of the HPACK forms of fields whose value may be any: the form follows from the value.
	loose map[string]bool
	out   []Mismatch
	has   map[string]side // by path of a node: which side has leaves at or under it; made on first use
	done  map[string]bool // nodes of which one side has nothing, reported or allowed
}

type side uint8

const (
	inWant side = 1 << iota
	inGot
)

func (d *differ) report(m Mismatch) {
	if m.Want == Absent || m.Got == Absent {
		d.done[m.Path] = true
	}
	d.out = append(d.out, m)
}

// nodes yields the path of a leaf and those of the nodes above it, from the leaf upwards.
func nodes(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(path) {
			return
		}
		depth := 0
		for i := len(path) - 1; i > 0; i-- {
			switch path[i] {
			case ']': // dots between brackets belong to a name
				depth++
				continue
			case '[':
				depth--
			case '.':
			default:
				continue
			}
			if depth == 0 && !yield(path[:i]) {
				return
			}
		}
	}
}

// reported tells whether path lies at or under one that is done.
func (d *differ) reported(path string) bool {
	for p := range nodes(path) {
		if d.done[p] {
			return true
		}
	}
	return false
}

// topmost shortens the path of a leaf that one side lacks to the highest node of which that side has nothing.
func (d *differ) topmost(path string) string {
	if d.has == nil {
		d.has = map[string]side{}
		for q := range d.want {
			d.mark(q, inWant)
		}
		for q := range d.got {
			d.mark(q, inGot)
		}
	}
	top := path
	for p := range nodes(path) {
		if d.has[p] == inWant|inGot {
			break
		}
		top = p
	}
	return top
}

func (d *differ) mark(path string, s side) {
	for p := range nodes(path) {
		if d.has[p]&s != 0 {
			return // and so have all nodes above
		}
		d.has[p] |= s
	}
}

func (d *differ) leaf(l Leaf) {
	if g, ok := d.got[l.Path]; !ok {
		d.missing(l)
	} else if rule := d.breaks(l, g); rule != "" {
		d.report(Mismatch{Path: l.Path, Offset: g.Offset, Rule: rule, Want: l.Value, Got: g.Value})
	}
}

// missing reports a wanted leaf that was not got, unless it may be absent.
func (d *differ) missing(l Leaf) {
	if d.reported(l.Path) {
		return
	}
	if slices.Contains(d.values(l.Path), Absent) {
		d.done[l.Path] = true
		return
	}
	m := Mismatch{Path: d.topmost(l.Path), Offset: -1, Rule: "fixed", Want: l.Value, Got: Absent}
	if m.Path != l.Path {
		m.Want = Present
	}
	d.report(m)
}

// extra reports a leaf that is not wanted, unless it may be there.
func (d *differ) extra(l Leaf) {
	if d.reported(l.Path) {
		return
	}
	if values := d.values(l.Path); slices.Contains(values, Absent) {
		d.done[l.Path] = true
		if !slices.Contains(values, l.Value) {
			d.report(Mismatch{Path: l.Path, Offset: l.Offset, Rule: "vary", Want: Absent, Got: l.Value})
		}
		return
	}
	m := Mismatch{Path: d.topmost(l.Path), Offset: l.Offset, Rule: "fixed", Want: Absent, Got: l.Value}
	if m.Path != l.Path {
		m.Got = Present
	}
	d.report(m)
}

// values returns the values that a leaf may have, nil for one that does not vary.
func (d *differ) values(path string) []string {
	for i := range d.vary.OneOf {
		if d.vary.OneOf[i].Path == path {
			return d.vary.OneOf[i].Values
		}
	}
	return nil
}

// breaks returns the rule that the got leaf breaks, "" for none.
func (d *differ) breaks(want, got Leaf) string {
	if strings.HasSuffix(want.Path, ".order") {
		return d.order(want, got)
	}
	if values := d.values(want.Path); values != nil {
		if !slices.Contains(values, got.Value) {
			return "vary"
		}
		return ""
	}
	switch {
	case want.Value == got.Value || wildcard(want) || d.loose[want.Path]:
		return ""
	case want.Value == GREASE.String():
		if strings.HasPrefix(got.Value, want.Value) {
			return ""
		}
		return "vary"
	}
	return "fixed"
}

// wildcard tells whether a wanted leaf stands for any value: one that belongs to the connection, and is "*".
func wildcard(l Leaf) bool {
	if l.Value != "*" {
		return false
	}
	for _, suffix := range [...]string{".server_name", ".target", "[:authority].value", "[:path].value", "[host].value"} {
		if strings.HasSuffix(l.Path, suffix) {
			return true
		}
	}
	return false
}

// order compares two orders on the names that both sides have.
func (d *differ) order(want, got Leaf) string {
	w, g := common(want.Value, got.Value)
	if d.vary.Permute == nil || want.Path != "tls.extensions.order" {
		if slices.Equal(w, g) {
			return ""
		}
		return "fixed"
	}
	first := keep(d.vary.Permute.First, g)
	last := keep(d.vary.Permute.Last, g)
	if slices.Equal(g[:min(len(first), len(g))], first) && slices.Equal(g[max(0, len(g)-len(last)):], last) {
		return ""
	}
	return "vary"
}

func common(a, b string) (x, y []string) {
	p, q := strings.Split(a, ","), strings.Split(b, ",")
	return keep(p, q), keep(q, p)
}

// keep returns the members of a that b has too.
func keep(a, b []string) []string {
	has := make(map[string]bool, len(b))
	for _, s := range b {
		has[s] = true
	}
	out := []string{}
	for _, s := range a {
		if has[s] {
			out = append(out, s)
		}
	}
	return out
}

// correlate checks what must be equal, or distinct, within the connection that was got.
func (d *differ) correlate() {
	check := func(groups [][]string, equal bool) {
		for _, paths := range groups {
			for i, p := range paths {
				for _, q := range paths[:i] {
					a, ok1 := d.got[q]
					b, ok2 := d.got[p]
					if !ok1 || !ok2 || (a.Value == b.Value) == equal {
						continue
					}
					want := a.Value
					if !equal {
						want = "not " + want
					}
					d.report(Mismatch{Path: p, Offset: b.Offset, Rule: "correlate", Want: want, Got: b.Value})
				}
			}
		}
	}
	check(d.vary.Equal, true)
	check(d.vary.Distinct, false)
}

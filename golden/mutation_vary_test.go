package golden

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// vary takes each value of each set out of it, for a visit that has the value, and lets a visit have another.
func (m *mutants) vary(t *testing.T) {
	for i, o := range m.g.Vary.OneOf {
		for j, value := range o.Values {
			g := m.copy()
			if g.Vary.OneOf[i].Values = slices.Delete(g.Vary.OneOf[i].Values, j, j+1); len(g.Vary.OneOf[i].Values) == 0 {
				g.Vary.OneOf[i].Values = []string{"mutant"}
			}
			visit, want := m.having(t, o.Path, value), o.Path
			if value == fingerprint.Absent {
				want = top(o.Path, valuesByPath(visit.Leaves()))
			} else if m.having(t, o.Path, fingerprint.Absent) != nil && !slices.ContainsFunc(m.g.Fingerprint.Leaves(), func(l fingerprint.Leaf) bool { return l.Path == o.Path }) {
				continue // the golden itself goes without it: what a visit adds is judged by the set alone, next
			}
			m.check(t, g, visit, o.Path+" without "+value, want)
		}
		m.check(t, m.g, m.having(t, o.Path, "7777"), o.Path+" outside of its set", o.Path)
		m.covered[o.Path] = true
	}
	grease := fingerprint.GREASE.String()
	for _, l := range m.g.Fingerprint.Leaves() {
		if l.Value == grease {
			g := m.copy()
			if !set(&g.Fingerprint, l.Path, "GREASE 0xcaca") {
				t.Fatalf("%s cannot be set", l.Path)
			}
			m.check(t, g, m.visit, l.Path+" fixed", l.Path)
		}
		if l.Value == grease && !strings.HasSuffix(l.Path, ".type") { // another type is another extension
			m.check(t, m.g, m.having(t, l.Path, "7777"), l.Path+" that is no GREASE value", append(m.later(l.Path), l.Path)...)
		}
	}
}

// having returns a visit with that value of a leaf, nil when it cannot be had.
func (m *mutants) having(t *testing.T, path, value string) *fingerprint.Fingerprint {
	t.Helper()
	if f := m.visit.Clone(); set(f, path, value) {
		return f
	}
	return nil
}

// set gives a leaf that value and nothing else another; false when no single value of f does that.
func set(f *fingerprint.Fingerprint, path, value string) bool {
	has := func() bool {
		v, ok := valuesByPath(f.Leaves())[path]
		return ok && v == value || !ok && value == fingerprint.Absent
	}
	number, err := strconv.ParseUint(strings.TrimPrefix(value, "GREASE "), 0, 16)
	if f.HTTP2 != nil && len(f.HTTP2.Requests) > 0 && strings.HasSuffix(path, ".table_size_updates[0]") {
		if f.HTTP2.Requests[0].TableSizeUpdates = nil; value != fingerprint.Absent {
			f.HTTP2.Requests[0].TableSizeUpdates = []uint32{uint32(number)}
		}
	}
	found, before := has(), f.Leaves()
	numbers(reflect.ValueOf(f), func(v reflect.Value) {
		if old := reflect.ValueOf(v.Interface()); !found && err == nil {
			v.Set(reflect.ValueOf(number).Convert(v.Type()))
			after := f.Leaves()
			found = has() && len(after) == len(before)
			for i := range before {
				found = found && (after[i].Path == before[i].Path && after[i].Value == before[i].Value || after[i].Path == path)
			}
			if !found {
				v.Set(old)
			}
		}
	})
	return found
}

// numbers calls do with each number below v.
func numbers(v reflect.Value, do func(reflect.Value)) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		numbers(v.Elem(), do)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			numbers(v.Field(i), do)
		}
	case v.Kind() == reflect.Slice && v.Type() != reflect.TypeFor[fingerprint.Hex]():
		for i := range v.Len() {
			numbers(v.Index(i), do)
		}
	case v.CanUint() || v.CanInt():
		do(v)
	}
}

// later returns the paths behind that one in a group whose members are equal: those get the blame for a difference.
func (m *mutants) later(path string) (paths []string) {
	for _, group := range m.g.Vary.Equal {
		if i := slices.Index(group, path); i >= 0 {
			paths = append(paths, group[i+1:]...)
		}
	}
	return paths
}

// correlations makes what must be equal different, and what must be distinct equal.
func (m *mutants) correlations(t *testing.T) {
	for _, group := range m.g.Vary.Equal {
		for _, path := range group[1:] {
			m.check(t, m.g, m.having(t, path, "GREASE 0xfafa"), path+" unlike "+group[0], append(m.later(path), path)...)
		}
	}
	for _, group := range m.g.Vary.Distinct {
		for _, path := range group[1:] {
			f := m.visit.Clone()
			var first fingerprint.ID
			for i := range f.TLS.Extensions {
				if e := &f.TLS.Extensions[i]; e.Type.IsGREASE() && first == 0 {
					first = e.Type
				} else if e.Type.IsGREASE() {
					e.Type = first
				}
			}
			m.check(t, m.g, f, path+" like "+group[0], path)
		}
	}
}

// permutation breaks the ends of a shuffled list, and the leave to shuffle it.
func (m *mutants) permutation(t *testing.T) {
	p := m.g.Vary.Permute
	if p == nil {
		return
	}
	const order = "tls.extensions.order"
	n := len(m.visit.TLS.Extensions)
	shuffled := m.visit.Clone()
	slices.Reverse(shuffled.TLS.Extensions[1 : n-2])
	g := m.copy()
	if g.Vary.Permute = nil; len(g.Check(shuffled)) == 0 {
		t.Error("the visit was not shuffled")
	}
	m.check(t, g, shuffled, "an order that may not be shuffled", order)
	for _, l := range strings.Split(valuesByPath(m.visit.Leaves())[order], ",") {
		if slices.Contains(p.First, l) || slices.Contains(p.Last, l) {
			continue
		}
		g := m.copy()
		g.Vary.Permute.First = append(g.Vary.Permute.First, l)
		visit := m.visit.Clone()
		for i := range visit.TLS.Extensions { // to where the changed golden does not want it
			if fingerprint.ExtensionName(visit.TLS.Extensions[i].Type) == l && i == 1 {
				visit.TLS.Extensions[1], visit.TLS.Extensions[2] = visit.TLS.Extensions[2], visit.TLS.Extensions[1]
				break
			}
		}
		m.check(t, g, visit, l+" pinned to the front", order)
	}
	for i, name := range strings.Split(valuesByPath(m.visit.Leaves())[order], ",") {
		if slices.Contains(p.First, name) || slices.Contains(p.Last, name) {
			visit := m.visit.Clone()
			x := visit.TLS.Extensions
			x[i], x[n/2] = x[n/2], x[i]
			m.check(t, m.g, visit, name+" in the middle", order)
		}
	}
	m.covered[order] = true
}

// greaseHello draws GREASE values.
func greaseHello(h *fingerprint.ClientHello) {
	n := 0
	grease := func(id *fingerprint.ID, k int) {
		if id.IsGREASE() {
			*id = fingerprint.GREASE + fingerprint.ID(k%16)*0x1010
		}
	}
	for i := range h.CipherSuites {
		grease(&h.CipherSuites[i], 1)
	}
	for i := range h.Extensions {
		e := &h.Extensions[i]
		if e.ServerName != "" {
			e.ServerName = "localhost"
		}
		if e.Type.IsGREASE() {
			n++
		}
		grease(&e.Type, 3+n)
		for j := range e.List {
			grease(&e.List[j], 2)
		}
		for j := range e.Shares {
			grease(&e.Shares[j].Group, 2)
		}
	}
}

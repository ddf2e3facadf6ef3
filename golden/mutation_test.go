package golden

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestMutants changes every leaf of every golden once, and each thing that its Vary covers, and wants the check of a visit
// that conforms to the unchanged golden to name exactly what was changed. The short form has some profiles.
func TestMutants(t *testing.T) {
	for _, profile := range testnet.SomeProfiles(Profiles()) {
		for _, g := range all(t, profile) {
			if g.steps != nil && g.Situation != ForWebSocket {
				continue // TestPageMutants
			}
			t.Run(profile+"/"+g.name(), func(t *testing.T) {
				t.Parallel()
				m := &mutants{g: g, visit: conforming(g), covered: map[string]bool{}}
				if g.Vary.Padded {
					m.padding(t)
				}
				m.leaves = g.Fingerprint.Leaves()
				if list := g.Check(m.visit); len(list) > 0 {
					t.Fatalf("the visit does not conform: %+v", list)
				}
				m.values(t)
				m.lists(t)
				m.vary(t)
				m.correlations(t)
				m.permutation(t)
				evidenced, _ := g.Leaves()
				for _, l := range evidenced {
					if !m.covered[l.Path] {
						t.Errorf("no mutant changes %s", l.Path)
					}
				}
				if m.total < 90 {
					t.Errorf("only %d mutants", m.total)
				}
				t.Logf("mutants %d, killed %d", m.total, m.killed)
			})
		}
	}
}

// conforming returns a visit that shows what the golden wants, with values of its own where the golden leaves them open.
func conforming(g *Golden) *fingerprint.Fingerprint {
	f := g.Fingerprint.Clone()
	if f.TLS != nil {
		greaseHello(f.TLS)
	}
	open := map[string]string{"host": "localhost:8443", ":authority": "localhost:8443", ":path": "/html", "sec-websocket-key": "AAECAwQFBgcICQoLDA0ODw=="}
	eachFields(f, func(fields []fingerprint.Field) {
		for i := range fields {
			if v := open[strings.ToLower(fields[i].Name)]; v != "" && fields[i].Value == "*" {
				fields[i].Value = v
			}
			fields[i].Value = strings.Replace(fields[i].Value, "//*", "//localhost:8443", 1)
		}
	})
	if g.Vary.Padded {
		setPadding(f.TLS, f.TLS.PaddedLength())
	}
	if f.HTTP1 != nil {
		for i := range f.HTTP1.Requests {
			f.HTTP1.Requests[i].Target = "/html"
		}
	}
	if f.HTTP2 != nil {
		for k, forms := range expectForms(g.HPACK, f.HTTP2.Requests) {
			for i, form := range forms {
				if x := &f.HTTP2.Requests[k].Fields[i]; k > 0 || x.Name == ":authority" || x.Name == ":path" {
					x.Form = form
				}
			}
		}
	}
	return f
}

// setPadding gives a hello padding with a body of n bytes, or none if n is negative.
func setPadding(h *fingerprint.ClientHello, n int) {
	if e := h.Extension(fingerprint.ExtPadding); e != nil && n >= 0 {
		e.Length = n
		return
	}
	h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtPadding })
	if n >= 0 {
		at := len(h.Extensions)
		if at > 0 && h.Extensions[at-1].Type == fingerprint.ExtPreSharedKey {
			at--
		}
		h.Extensions = slices.Insert(h.Extensions, at, fingerprint.Extension{Type: fingerprint.ExtPadding, Length: n})
	}
}

// padding changes the padding of a visit, which follows from the rest of it, and then makes the golden want just that
// padding, for all other mutants.
func (m *mutants) padding(t *testing.T) {
	n := m.visit.TLS.PaddedLength()
	visit := m.visit.Clone()
	if n < 0 {
		setPadding(visit.TLS, 1)
		m.check(t, m.g, visit, "padding that is too much", "tls.extensions.padding")
	} else {
		setPadding(visit.TLS, n+1)
		m.check(t, m.g, visit, "padding of another length", "tls.extensions.padding.length")
		setPadding(visit.TLS, -1)
		m.check(t, m.g, visit, "no padding", "tls.extensions.padding")
	}
	m.g.Vary.Padded = false
	setPadding(m.g.Fingerprint.TLS, n)
}

// mutants counts the mutants of one golden.
type mutants struct {
	g             *Golden
	visit         *fingerprint.Fingerprint
	leaves        []fingerprint.Leaf // of the golden
	total, killed int
	covered       map[string]bool // paths that a mutant was to be named by, or that Vary covers
}

// copy returns a golden to be changed.
func (m *mutants) copy() *Golden {
	g := *m.g
	g.Fingerprint = *m.g.Fingerprint.Clone()
	v := &g.Vary
	v.OneOf = slices.Clone(v.OneOf)
	for i := range v.OneOf {
		v.OneOf[i].Values = slices.Clone(v.OneOf[i].Values)
	}
	if v.Permute != nil {
		p := *v.Permute
		p.First, p.Last = slices.Clone(p.First), slices.Clone(p.Last)
		v.Permute = &p
	}
	return &g
}

// check wants the check of that golden to name exactly these paths in that visit.
func (m *mutants) check(t *testing.T, g *Golden, visit *fingerprint.Fingerprint, what string, want ...string) {
	t.Helper()
	m.total++
	named := map[string]bool{}
	for _, x := range g.Check(visit) {
		named[x.Path] = true
	}
	got := slices.Sorted(maps.Keys(named))
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		t.Errorf("%.300s is to be named by\n%q, got\n%q", what, want, got)
		return
	}
	for _, path := range want {
		m.covered[path] = true
	}
	m.killed++
}

// values changes each value of the golden.
func (m *mutants) values(t *testing.T) {
	g := m.copy()
	change := func() { m.changed(t, g) }
	mutateAll(reflect.ValueOf(&g.Fingerprint), change)
	g.Fingerprint.TLS.Extensions = slices.DeleteFunc(g.Fingerprint.TLS.Extensions, func(e fingerprint.Extension) bool { return e.Type.IsGREASE() })
	change()
	// The forms of what belongs to the connection follow from its values: there, the visit is changed.
	if m.visit.HTTP2 == nil {
		return
	}
	for i, f := range m.visit.HTTP2.Requests[0].Fields {
		form := "http2.requests[0].fields[" + f.Name + "].form"
		if m.g.Fingerprint.HTTP2.Requests[0].Fields[i].Value == "*" && m.g.evidenced(form) {
			visit := m.visit.Clone()
			visit.HTTP2.Requests[0].Fields[i].Form.Index++
			m.check(t, m.g, visit, "the form of "+f.Name, form)
		}
	}
}

// mutateAll changes each value below v in turn, zeros as well, calls check, and puts the old value back. Names of fields
// are also written in another case.
func mutateAll(v reflect.Value, check func()) {
	old := reflect.ValueOf(v.Interface())
	switch {
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			mutateAll(v.Elem(), check)
		}
		return
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			mutateAll(v.Field(i), check)
		}
		return
	case v.Type() == reflect.TypeFor[fingerprint.Hex]():
		v.SetBytes(append([]byte{0xaa}, v.Bytes()...))
	case v.Kind() == reflect.Slice && v.Len() > 0:
		for i := range v.Len() {
			mutateAll(v.Index(i), check)
		}
		return
	case v.Kind() == reflect.String && v.String() != "":
		v.SetString(swapCase(v.String()))
		check()
		v.SetString("mutant" + old.String())
	case v.CanUint():
		v.SetUint(v.Uint() ^ 0x11)
	case v.CanInt():
		v.SetInt(v.Int() + 1000)
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	default:
		return
	}
	check()
	v.Set(old)
}

// swapCase changes the case of the first letter.
func swapCase(s string) string {
	for i := range len(s) {
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' {
			return s[:i] + string(s[i]^0x20) + s[i+1:]
		}
	}
	return s
}

// lists removes each member of each list, and swaps each two neighbours.
func (m *mutants) lists(t *testing.T) {
	g := m.copy()
	m.swaps(t, g, reflect.ValueOf(&g.Fingerprint))
}

// swaps does that below a node of g.
func (m *mutants) swaps(t *testing.T, g *Golden, node reflect.Value) {
	eachList(node, func(list reflect.Value) {
		old := reflect.ValueOf(list.Interface())
		for i := range old.Len() {
			list.Set(reflect.AppendSlice(old.Slice3(0, i, i), old.Slice(i+1, old.Len())))
			m.changed(t, g)
			if i == 0 {
				continue
			}
			swapped := reflect.AppendSlice(old.Slice3(0, 0, 0), old)
			swap := reflect.Swapper(swapped.Interface())
			swap(i-1, i)
			list.Set(swapped)
			m.changed(t, g)
		}
		list.Set(old)
	})
}

// eachList calls do with each list below v.
func eachList(v reflect.Value, do func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachList(v.Elem(), do)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			eachList(v.Field(i), do)
		}
	case reflect.Slice:
		if v.Type() != reflect.TypeFor[fingerprint.Hex]() {
			for i := range v.Len() {
				eachList(v.Index(i), do)
			}
			do(v)
		}
	}
}

// changed checks a golden whose fingerprint was changed, unless it is one that the check cannot read, or the change is in
// what Vary leaves open: those are changed elsewhere.
func (m *mutants) changed(t *testing.T, g *Golden) {
	t.Helper()
	if _, n := requestsOf(&g.Fingerprint); n == 0 && m.g.helloOf() == First {
		return
	}
	want := differences(g.Fingerprint.Leaves(), m.leaves, &g.Vary)
	want = slices.DeleteFunc(want, func(path string) bool {
		evidenced := m.g.evidenced(path) || slices.ContainsFunc(g.Fingerprint.Leaves(), func(l fingerprint.Leaf) bool {
			return m.g.evidenced(l.Path) && under(path, map[string]string{l.Path: ""})
		})
		return !evidenced || strings.HasSuffix(path, ".form") && m.open(path)
	})
	if len(want) > 0 {
		m.check(t, g, m.visit, strings.Join(want, " and "), want...)
	}
}

// open tells whether the path is that of the form of a field that belongs to the connection, or of a later request.
func (m *mutants) open(path string) bool {
	field := strings.TrimSuffix(path, ".form") + ".value"
	later := m.g.steps != nil && !strings.HasPrefix(path, "http2.requests[0]")
	return later || slices.ContainsFunc(m.leaves, func(l fingerprint.Leaf) bool { return l.Path == field && l.Value == "*" })
}

// differences names what two lists of leaves differ in, by another reading of the rules than Diff's: a leaf that both have;
// the topmost node that one has alone; an order of what both have.
func differences(want, got []fingerprint.Leaf, v *fingerprint.Vary) (paths []string) {
	a, b := valuesByPath(want), valuesByPath(got)
	for _, side := range [][2]map[string]string{{a, b}, {b, a}} {
		for path, value := range side[0] {
			other, both := side[1][path]
			switch {
			case slices.ContainsFunc(v.OneOf, func(o fingerprint.OneOf) bool { return o.Path == path }):
			case !both:
				paths = append(paths, top(path, side[1]))
			case strings.HasSuffix(path, ".order"):
				if permuted := v.Permute != nil && path == "tls.extensions.order"; !permuted && remaining(value, other) != remaining(other, value) {
					paths = append(paths, path)
				}
			case value != other:
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	named := slices.Compact(paths)
	return slices.DeleteFunc(slices.Clone(named), func(path string) bool { // what is missing is named without what is below it
		return slices.ContainsFunc(named, func(node string) bool { return path != node && under(node, map[string]string{path: ""}) })
	})
}

func valuesByPath(leaves []fingerprint.Leaf) map[string]string {
	m := map[string]string{}
	for _, l := range leaves {
		m[l.Path] = l.Value
	}
	return m
}

// remaining returns the names of an order that the other has, too.
func remaining(order, other string) string {
	names := strings.Split(other, ",")
	return strings.Join(slices.DeleteFunc(strings.Split(order, ","), func(n string) bool { return !slices.Contains(names, n) }), ",")
}

// top returns the highest node above a leaf at or under which the other side has nothing.
func top(path string, other map[string]string) string {
	depth := 0
	for i := range path {
		if c := path[i]; depth == 0 && i > 0 && (c == '.' || c == '[') && !under(path[:i], other) {
			return path[:i]
		}
		switch path[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
	}
	return path
}

func under(node string, leaves map[string]string) bool {
	for path := range leaves {
		if rest, ok := strings.CutPrefix(path, node); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

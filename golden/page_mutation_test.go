package golden

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// TestPageMutants changes every leaf of every request of the goldens of pages once, takes every field out and swaps neighbours,
// and wants the check to name exactly what was changed. What such a golden has of a first visit is the same as in the golden
// of that, of which TestMutants changes everything. The short form has two of each engine.
func TestPageMutants(t *testing.T) {
	for _, profile := range testnet.SomeProfiles(Profiles()) {
		if os.Getenv("WIRELIKE_SOAK") != "1" && !slices.Contains([]string{"chrome99", "chromium156", "firefox153_linux", "tor145"}, profile) {
			continue
		}
		list := all(t, profile)
		for _, g := range list {
			if g.steps == nil || g.Situation == ForWebSocket {
				continue
			}
			t.Run(profile+"/"+g.name(), func(t *testing.T) {
				t.Parallel()
				covered := sharedLeaves(t, g, list)
				total, killed := 0, 0
				for k := range g.steps[1:] {
					m := requestMutants(t, g, k+1)
					for path := range m.covered {
						covered[m.full(path)] = true
					}
					total, killed = total+m.total, killed+m.killed
				}
				evidenced, _ := g.Leaves()
				for _, l := range evidenced {
					if !covered[l.Path] {
						t.Errorf("no mutant changes %s", l.Path)
					}
				}
				if total < 20*len(g.steps) || total != killed {
					t.Errorf("%d mutants, %d killed", total, killed)
				}
				t.Logf("mutants %d, killed %d", total, killed)
			})
		}
	}
}

// sharedLeaves returns the leaves that a golden of pages has from a first visit.
func sharedLeaves(t *testing.T, g *Golden, list []*Golden) map[string]bool {
	t.Helper()
	covered := map[string]bool{}
	i := slices.IndexFunc(list, func(o *Golden) bool { return o.Situation == First && o.Protocol == g.Protocol })
	first := valuesByPath(list[i].Fingerprint.Leaves())
	for _, l := range g.Fingerprint.Leaves() {
		if !strings.Contains(l.Path, ".requests[") || strings.Contains(l.Path, ".requests[0]") {
			if covered[l.Path] = true; first[l.Path] != l.Value || g.Source(l.Path) != list[i].Source(l.Path) {
				t.Errorf("%s is %q as of %s; in a first visit %q", l.Path, l.Value, g.Source(l.Path), first[l.Path])
			}
		}
	}
	return covered
}

// pageMutants are the mutants of one request of a page, in a golden that has only this one and the first.
type pageMutants struct {
	mutants
	from, to string // the path in this golden and in that of the page
}

func (m *pageMutants) full(path string) string {
	if rest, ok := strings.CutPrefix(path, m.from); ok {
		return m.to + rest
	}
	return path
}

func requestMutants(t *testing.T, whole *Golden, k int) *pageMutants {
	t.Helper()
	g := *whole
	g.steps = []step{whole.steps[0], whole.steps[k]}
	g.Fingerprint = *whole.Fingerprint.Clone()
	g.Fingerprint.TLS = nil
	layer := "http1"
	if h := g.Fingerprint.HTTP2; h != nil {
		layer = "http2"
		h.Requests = []fingerprint.Request{h.Requests[0], h.Requests[k]}
	} else {
		h := g.Fingerprint.HTTP1
		h.Requests = []fingerprint.Head{h.Requests[0], h.Requests[k]}
	}
	m := &pageMutants{from: layer + ".requests[1]", to: fmt.Sprintf("%s.requests[%d]", layer, k)}
	g.Evidence = nil
	for _, e := range whole.Evidence {
		switch rest, own := strings.CutPrefix(e.Path, m.to); {
		case own && (rest == "" || rest[0] == '.'):
			e.Path = m.from + rest
			g.Evidence = append(g.Evidence, e)
		case !strings.HasPrefix(e.Path, layer+".requests[") || strings.HasPrefix(e.Path, layer+".requests[0]"):
			g.Evidence = append(g.Evidence, e)
		}
	}
	g.Vary = varyOf(&fingerprint.Vary{OneOf: whole.Vary.OneOf}, &g.Fingerprint)
	g.Vary.OneOf = slices.DeleteFunc(g.Vary.OneOf, func(o fingerprint.OneOf) bool { return strings.HasPrefix(o.Path, "tls.") })
	m.mutants = mutants{g: &g, visit: conforming(&g), leaves: g.Fingerprint.Leaves(), covered: map[string]bool{}}
	if list := g.Check(m.visit); len(list) > 0 {
		t.Fatalf("step %s: the visit does not conform: %+v", whole.steps[k].name, list)
	}
	mutant := m.copy()
	node := requestAt(mutant, 1)
	mutateAll(reflect.ValueOf(node), func() { m.changed(t, mutant) })
	m.swaps(t, mutant, reflect.ValueOf(node))
	if h := m.visit.HTTP2; h != nil {
		for i, f := range h.Requests[1].Fields {
			path := fmt.Sprintf("http2.requests[1].fields[%s].form", f.Name)
			if slices.ContainsFunc(h.Requests[1].Fields[:i], func(o fingerprint.Field) bool { return o.Name == f.Name }) {
				path = strings.Replace(path, "].form", "#2].form", 1) // no step has three cookies
			}
			if !g.evidenced(path) {
				continue
			}
			visit := m.visit.Clone()
			visit.HTTP2.Requests[1].Fields[i].Form.Index++
			m.check(t, &g, visit, "the form of "+f.Name, path)
		}
	}
	return m
}

// requestAt returns a pointer to a request.
func requestAt(g *Golden, k int) any {
	if h := g.Fingerprint.HTTP2; h != nil {
		return &h.Requests[k]
	}
	return &g.Fingerprint.HTTP1.Requests[k]
}

// TestPageBuilders: a golden that was made by hand for one more profile than there is would not be found out by mutants, so
// that the first step of each page must be the navigation of the sheet by the rules of all other steps.
func TestPageBuilders(t *testing.T) {
	for _, profile := range Profiles() {
		s, err := ReadSheet(profile)
		if err != nil {
			t.Fatal(err)
		}
		if s.Build == "" {
			continue
		}
		p, err := readPage(s.Build)
		if err != nil {
			t.Fatal(err)
		}
		b := pageBuilder{sheet: s, page: p}
		for proto, want := range map[string][]fingerprint.Field{protoH2: s.First.HTTP2.Requests[0].Fields, protoH1: s.HTTP1.Requests[0].Fields} {
			g := &Golden{Situation: Page, steps: pageSteps}
			got := b.fields(g, 0, map[string]string{protoH2: "http2", protoH1: "http1"}[proto]+".requests[0]")
			for i := range want {
				want[i].Form = fingerprint.Form{}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s over %s: the page begins with\n%v, the navigation is\n%v", profile, proto, got, want)
			}
		}
		if got, want := p.step("navigate").Priority, s.First.HTTP2.Requests[0].Priority; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: priority %+v, want %+v", profile, got, want)
		}
	}
}

// TestPagesPassEvidence: every recorded request of a captured browser has the fields, values and priority of the step of its
// kind, method and site, but for those that depend on the single request.
func TestPagesPassEvidence(t *testing.T) {
	compared := 0
	for _, profile := range captured(t) {
		s, err := ReadSheet(profile)
		if err != nil {
			t.Fatal(err)
		}
		p, err := readPage(s.Build)
		if err != nil {
			t.Fatal(err)
		}
		recorded, err := recordedKinds(os.DirFS("."), s.Build)
		if err != nil {
			t.Fatal(err)
		}
		b := pageBuilder{sheet: s, page: p}
		for _, q := range recorded.requests {
			for i := range pageSteps {
				x := &pageSteps[i]
				site, _ := x.slot("sec-fetch-site")
				if x.kind != q.kind || x.verb() != q.method || site != valueOf(q.fields, "sec-fetch-site") || q.hasContent != (x.content != "") || q.own != (len(x.own) > 0 && x.kind != profiles.Preflight) {
					continue
				}
				layer := map[string]string{protoH2: "http2", protoH1: "http1"}[q.proto]
				step := b.fields(&Golden{Situation: Page, steps: pageSteps}, i, layer+".requests[1]")
				fields := slices.Clone(q.fields)
				for j := range fields {
					fields[j].Value = Undone(s.Undo, fields[j])
				}
				compared++
				image := x.kind == profiles.Image
				if got, want := constants(fields, image), constants(step, image); !slices.Equal(got, want) {
					t.Errorf("%s, %s, %s %s is not %s:\n%q\n%q", profile, q.file, q.method, q.target, x.name, got, want)
				}
			}
		}
	}
	if compared < 500 {
		t.Errorf("only %d recorded requests were compared", compared)
	}
	t.Logf("%d recorded requests", compared)
}

// constants returns what does not depend on the single request.
func constants(fields []fingerprint.Field, image bool) (out []string) {
	for _, f := range fields {
		name := strings.ToLower(f.Name)
		if slices.Contains(slotKeys, name) || strings.HasPrefix(name, "x-") || slices.Contains([]string{":path", ":authority", "host", "sec-fetch-user"}, name) {
			continue
		}
		if name == "priority" && image { // an image that is laid out gets another one
			continue
		}
		out = append(out, f.Name+": "+f.Value)
	}
	return out
}

package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// compare compares a connection on which requests equal requests were made: the first with the golden, later ones with
// the same fields, the next stream and the HPACK forms that the engine's policy gives. exact says that there must be no
// further request. It returns the mismatches and the number of leaves that were compared.
func (g *Golden) compare(got *fingerprint.Fingerprint, requests int, exact bool) (out []fingerprint.Mismatch, compared int) {
	want := g.expect(requests, got)
	judge := g.judge()
	var evidenced []string
	for _, l := range want.Leaves() {
		if !judge.evidenced(l.Path) {
			continue
		}
		evidenced = append(evidenced, l.Path)
		// Whether a later request is to have a table size update depends on the server's speed; the count should not.
		if strings.HasPrefix(l.Path, "http2.requests[0]") || !strings.Contains(l.Path, "].table_size_updates[") {
			compared++
		}
	}
	for _, m := range fingerprint.Diff(want, got, &g.Vary) {
		below := func(leaf string) bool { return strings.HasPrefix(leaf, m.Path) }
		if judge.evidenced(m.Path) || slices.ContainsFunc(evidenced, below) { // a node counts as what is below it
			out = append(out, m)
		}
	}
	wanted, _ := requestsOf(want)
	if path, n := requestsOf(got); exact && path == wanted && n > requests {
		out = append(out, fingerprint.Mismatch{Path: fmt.Sprintf("%s[%d]", path, requests), Offset: -1, Rule: "fixed", Want: fingerprint.Absent, Got: fingerprint.Present})
	}
	return out, compared
}

// requestsOf returns the path of a connection's list of requests, "" when it has none, and its length.
func requestsOf(f *fingerprint.Fingerprint) (path string, n int) {
	switch {
	case f.HTTP2 != nil:
		return "http2.requests", len(f.HTTP2.Requests)
	case f.HTTP1 != nil:
		return "http1.requests", len(f.HTTP1.Requests)
	}
	return "", 0
}

// across checks what must differ between the connections of one client.
func (r *run) across() {
	type place struct {
		path       string
		connection int
	}
	seen := map[string]place{}
	for n, h := range r.hellos {
		parts, err := fingerprint.RandomParts(h)
		if err != nil {
			continue // compare has reported the hello
		}
		for _, p := range parts {
			if p.Path == "tls.session_id" && len(p.Bytes) < 32 {
				continue
			}
			r.result.Comparisons++
			if at, ok := seen[string(p.Bytes)]; ok {
				r.add(-1, fingerprint.Mismatch{Path: p.Path, Offset: p.Offset, Rule: "vary",
					Want: "new bytes", Got: fmt.Sprintf("on connection %d those of %s on connection %d", n, at.path, at.connection)})
				continue
			}
			seen[string(p.Bytes)] = place{p.Path, n}
		}
	}
	if len(r.got) < 3 {
		return // two permutations or sets of GREASE values may well be equal
	}
	if r.g.Vary.Permute != nil && r.g.Fingerprint.TLS != nil {
		r.mustVary("tls.extensions.order", func(f *fingerprint.Fingerprint) string { return orderOf(f.TLS) })
	}
	if p := r.g.Vary.Permute; p != nil && len(r.got) >= 10 { // one of 16 extensions keeps its place once in 16^8 runs
		for _, e := range r.g.Fingerprint.TLS.Extensions {
			if name := fingerprint.ExtensionName(e.Type); !e.Type.IsGREASE() && !slices.Contains(p.First, name) && !slices.Contains(p.Last, name) {
				r.mustVary("tls.extensions.order", func(f *fingerprint.Fingerprint) string { return placeOf(f.TLS, name) })
			}
		}
	}
	var slots []string
	for _, l := range r.g.Fingerprint.Leaves() {
		if l.Value == fingerprint.GREASE.String() {
			slots = append(slots, l.Path)
		}
	}
	if len(slots) >= 3 {
		r.mustVary("tls.grease", func(f *fingerprint.Fingerprint) string { return valuesOf(f, slots) })
	}
	if len(r.got) >= 20 { // one of two values is always the same once in 2^19 runs
		for _, o := range r.g.Vary.OneOf {
			if !slices.Contains(o.Values, fingerprint.Absent) {
				r.mustVary(o.Path, func(f *fingerprint.Fingerprint) string { return valuesOf(f, []string{o.Path}) })
			}
		}
	}
	if len(r.got) >= 10 { // a single slot repeats over ten connections once in 16^9 runs
		for _, s := range slots {
			r.mustVary(s, func(f *fingerprint.Fingerprint) string { return valuesOf(f, []string{s}) })
		}
	}
}

// mustVary reports a value that is the same on all connections.
func (r *run) mustVary(path string, value func(*fingerprint.Fingerprint) string) {
	r.result.Comparisons++
	first := value(r.got[0])
	for _, f := range r.got[1:] {
		if value(f) != first {
			return
		}
	}
	r.add(-1, fingerprint.Mismatch{Path: path, Offset: -1, Rule: "vary", Want: "another value on each connection", Got: "always " + first})
}

func orderOf(h *fingerprint.ClientHello) string {
	var names []string
	for _, e := range h.Extensions {
		names = append(names, fingerprint.ExtensionName(e.Type))
	}
	return strings.Join(names, ",")
}

// placeOf tells where an extension stands.
func placeOf(h *fingerprint.ClientHello, name string) string {
	for i, e := range h.Extensions {
		if fingerprint.ExtensionName(e.Type) == name {
			return fmt.Sprintf("%s at place %d", name, i)
		}
	}
	return fingerprint.Absent
}

func valuesOf(f *fingerprint.Fingerprint, paths []string) string {
	var values []string
	for _, l := range f.Leaves() {
		for _, p := range paths {
			if l.Path == p {
				values = append(values, l.Value)
			}
		}
	}
	return strings.Join(values, ",")
}

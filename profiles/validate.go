package profiles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// validate refuses a profile that contradicts itself or says something that nothing could honour.
func (p *Profile) validate() error {
	if p.Schema != Schema {
		return fmt.Errorf("schema: %q, want %q", p.Schema, Schema)
	}
	if p.Name == "" || strings.ContainsAny(p.Name, "/\\. ") {
		return fmt.Errorf("name: %q is no profile name", p.Name)
	}
	if p.First.TLS == nil || p.First.HTTP2 == nil || len(p.First.HTTP2.Requests) != 1 {
		return fmt.Errorf("first: a hello and an HTTP/2 connection with one request are needed")
	}
	if n := p.First.HTTP2.Requests[0].Stream; n%2 == 0 || n > maxStream {
		return fmt.Errorf("first.http2.requests[0].stream: %d is no stream that a client opens", n)
	}
	if p.First.HTTP1 != nil {
		return fmt.Errorf("first.http1: the first visit is over h2; HTTP/1.1 heads are under headers")
	}
	if !slices.Contains([]string{"", "chromium", "firefox"}, p.HTTP2.HPACK) {
		return fmt.Errorf("http2.hpack: there is no policy %q; chromium, firefox or none", p.HTTP2.HPACK)
	}
	if d := p.HTTP2.DataFrame; d < 1 || d > 16384 {
		return fmt.Errorf("http2.data_frame: %d is not within 1 to 16384", d)
	}
	if p.HTTP2.ConnectionRefill < 1 || p.HTTP2.StreamRefill < 1 {
		return fmt.Errorf("http2: connection_refill and stream_refill must be positive")
	}
	if p.FormBoundary != "" && !slices.Contains(Boundaries(), p.FormBoundary) {
		return fmt.Errorf("form_boundary: %.40q, want one of %s", p.FormBoundary, strings.Join(Boundaries(), ", "))
	}
	if err := p.validateBounds(); err != nil {
		return err
	}
	if err := p.validateVary(); err != nil {
		return err
	}
	if err := p.validateDelta(); err != nil {
		return err
	}
	if err := p.validateHeaders(); err != nil {
		return err
	}
	return p.validateEvidence()
}

func (p *Profile) validateVary() error {
	leaves := p.First.Leaves()
	has := func(path string) bool {
		return slices.ContainsFunc(leaves, func(l fingerprint.Leaf) bool { return l.Path == path })
	}
	for i, o := range p.Vary.OneOf {
		if len(o.Values) == 0 {
			return fmt.Errorf("vary.one_of[%d].values: empty", i)
		}
		if !has(o.Path) && !slices.Contains(o.Values, fingerprint.Absent) {
			return fmt.Errorf("vary.one_of[%d].path: first has no leaf %q", i, o.Path)
		}
	}
	for name, groups := range map[string][][]string{"equal": p.Vary.Equal, "distinct": p.Vary.Distinct} {
		for i, g := range groups {
			for j, path := range g {
				if !has(path) {
					return fmt.Errorf("vary.%s[%d][%d]: first has no leaf %q", name, i, j, path)
				}
			}
		}
	}
	return nil
}

func (p *Profile) validateHeaders() error {
	if _, ok := p.Headers[Navigate]; !ok {
		return fmt.Errorf("headers: the kind %q is missing", Navigate)
	}
	for kind, set := range p.Headers {
		if !slices.Contains(AllKinds(), kind) {
			return fmt.Errorf("headers: there is no kind %q", kind)
		}
		for i, x := range set.Shapes {
			if !slices.Contains([]Condition{WithContent, WithOwn, Redirected}, x.When) || len(x.H1)+len(x.H2) == 0 {
				return fmt.Errorf("headers.%s.shapes[%d]: there is no condition %q, or no list", kind, i, x.When)
			}
		}
	}
	if err := eachList(p.Headers, func(path string, l FieldList) error {
		if err := validateFields(l, strings.HasSuffix(path, ".h2")); err != nil {
			return fmt.Errorf("%s%w", path, err)
		}
		return nil
	}); err != nil {
		return err
	}
	for i := range p.Moves {
		if err := p.Moves[i].validate(); err != nil {
			return fmt.Errorf("moves[%d].%w", i, err)
		}
	}
	// The first request and the list for navigations are two views of one thing.
	first := p.First.HTTP2.Requests[0].Fields
	var list []fingerprint.Field
	for _, f := range p.Headers[Navigate].H2 {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	for i, f := range first {
		if i >= len(list) || list[i].Name != f.Name || list[i].Value != f.Value {
			return fmt.Errorf("headers.navigate.h2: differs from first.http2.requests[0].fields at %q", f.Name)
		}
	}
	if len(list) != len(first) {
		return fmt.Errorf("headers.navigate.h2: has more fields than first.http2.requests[0]")
	}
	return nil
}

// validateFields returns an error whose text continues the path of the list.
func validateFields(fields []fingerprint.Field, h2 bool) error {
	seen, slot := map[string]bool{}, map[string]bool{}
	pseudo := true
	for i, f := range fields {
		lower := strings.ToLower(f.Name)
		err := validateField(f)
		switch isPseudo := strings.HasPrefix(f.Name, ":"); {
		case f.Name == "" || f.Form != fingerprint.Form{}:
			return fmt.Errorf("[%d]: a field needs a name and has no form", i)
		case err != nil:
			return fmt.Errorf("[%d]: %w", i, err)
		case seen[lower] && !(slot[lower] && f.Value != ""):
			return fmt.Errorf("[%d]: %q stands there twice; only the first may be a slot", i, f.Name)
		case isPseudo && (!h2 || !pseudo):
			return fmt.Errorf("[%d]: %q is out of place", i, f.Name)
		case h2 && lower != f.Name:
			return fmt.Errorf("[%d]: %q is not in lower case", i, f.Name)
		case !isPseudo:
			pseudo = false
		}
		slot[lower] = !seen[lower] && f.Value == ""
		seen[lower] = true
	}
	if len(fields) > 0 && h2 && (!seen[":method"] || !seen[":path"] || !seen[":scheme"] || !seen[":authority"]) {
		return fmt.Errorf(": a pseudo-header field is missing")
	}
	if len(fields) > 0 && !h2 && !seen["host"] {
		return fmt.Errorf(": Host is missing")
	}
	return nil
}

func (p *Profile) validateEvidence() error {
	for i, e := range p.Evidence {
		if !slices.Contains([]Source{Capture, Engine, Signature, Reference, None}, e.Source) {
			return fmt.Errorf("evidence[%d].source: there is no source %q", i, e.Source)
		}
		if e.Note == "" {
			return fmt.Errorf("evidence[%d].note: empty: say which capture or document", i)
		}
	}
	covered := func(path string) bool {
		return slices.ContainsFunc(p.Evidence, func(e Evidence) bool { return hasPrefix(path, e.Path) })
	}
	for _, l := range p.First.Leaves() {
		if !covered("first." + l.Path) {
			return fmt.Errorf("evidence: nothing is said about first.%s", l.Path)
		}
	}
	for s := range p.Delta {
		if path := "delta." + string(s); !covered(path) {
			return fmt.Errorf("evidence: nothing is said about %s", path)
		}
	}
	for kind := range p.Headers {
		for _, proto := range []string{".h2", ".http/1.1", ".priority"} {
			if path := "headers." + string(kind) + proto; !covered(path) {
				return fmt.Errorf("evidence: nothing is said about %s", path)
			}
		}
	}
	return nil
}

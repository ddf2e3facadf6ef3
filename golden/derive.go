package golden

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// Derive makes the goldens of a recipe from the evidence below fsys, which is the directory of this package. The result
// depends on nothing else.
func (r *Recipe) Derive(fsys fs.FS) (*Sheet, error) {
	d := derivation{Recipe: r, fsys: fsys}
	if err := d.sources(); err != nil {
		return nil, err
	}
	d.sheet = Sheet{Schema: Schema, Profile: r.Profile, Browser: r.Browser, Undo: r.Undo, Delta: map[Situation][]profiles.Patch{}, Build: r.Build, Same: r.Same}
	for _, step := range []func() error{d.hello, d.situations, d.retry, d.webSocket, d.http2, d.http1} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("golden: recipe of %s: %w", r.Profile, err)
		}
	}
	d.vary()
	d.sheet.Evidence = append(d.sheet.Evidence, r.Remarks...)
	return &d.sheet, nil
}

// derivation is a recipe at work. What a source does not have is nil.
type derivation struct {
	*Recipe
	fsys  fs.FS
	sheet Sheet

	build     *fingerprint.Fingerprint // first visit over h2, with what was captured around it taken out
	buildH1   *fingerprint.Fingerprint // over http/1.1
	signature *fingerprint.Fingerprint
	library   *fingerprint.Fingerprint
	name      string // of the build, for notes: "captures/chromium156 (chromium 156.0.8078.79)"
}

// sources reads what the recipe names.
func (d *derivation) sources() error {
	if d.Build != "" {
		e, err := ReadEvidence(d.fsys, path.Join("captures", d.Build, "h2.json"))
		if err != nil {
			return err
		}
		d.name = "captures/" + d.Build + " (" + e.Browser + ")"
		if d.build, err = d.visit("h2.json"); err != nil {
			return err
		}
		if d.buildH1, err = d.visit("h1.json"); err != nil {
			return err
		}
	}
	if d.Signature != "" {
		s, err := ReadSignature(d.fsys, path.Join("captures", "signatures", d.Signature+".json"))
		if err != nil {
			return err
		}
		d.signature = &s.Fingerprint
	}
	if d.Library != "" {
		e, err := ReadEvidence(d.fsys, path.Join("captures", "library", d.Library, "first.json"))
		if err != nil {
			return err
		}
		if d.library, err = fingerprint.Parse(&e.Connections[0]); err != nil {
			return err
		}
	}
	return nil
}

// visit returns the first visit to the page /html that the build's file shows, with one request.
func (d *derivation) visit(file string) (*fingerprint.Fingerprint, error) {
	f, err := d.connection(d.Build, file, func(c *fingerprint.Capture, f *fingerprint.Fingerprint) bool {
		return !c.Resumed && targetOf(f) == "/html"
	})
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, fmt.Errorf("%s/%s: no first visit to /html", d.Build, file)
	}
	if f.HTTP2 != nil {
		f.HTTP2.Requests = f.HTTP2.Requests[:1]
	}
	if f.HTTP1 != nil {
		f.HTTP1.Requests = f.HTTP1.Requests[:1]
	}
	if err := d.insert(f, file); err != nil {
		return nil, err
	}
	undo(d.Undo, f)
	return f, nil
}

// connection returns the first connection of a file that fits, nil if none does or there is no such file.
func (d *derivation) connection(build, file string, fits func(*fingerprint.Capture, *fingerprint.Fingerprint) bool) (*fingerprint.Fingerprint, error) {
	e, err := ReadEvidence(d.fsys, path.Join("captures", build, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range e.Connections {
		c := &e.Connections[i]
		if len(c.Hellos) == 0 {
			continue
		}
		f, err := fingerprint.Parse(c)
		if err != nil {
			return nil, fmt.Errorf("%s/%s: connection %d: %w", build, file, i, err)
		}
		if fits(c, f) {
			return f, nil
		}
	}
	return nil, nil
}

// targetOf returns the target of a connection's first request, "" when there is none.
func targetOf(f *fingerprint.Fingerprint) string {
	switch {
	case f.HTTP1 != nil && len(f.HTTP1.Requests) > 0:
		return f.HTTP1.Requests[0].Target
	case f.HTTP2 != nil && len(f.HTTP2.Requests) > 0:
		return valueOf(f.HTTP2.Requests[0].Fields, ":path")
	}
	return ""
}

// vary says what may differ between two connections of the engine.
func (d *derivation) vary() {
	v, h := &d.sheet.Vary, d.sheet.First.TLS
	ech := h.Extension(fingerprint.ExtEncryptedClientHello)
	v.Permute, v.Padded = d.permutation(), d.Padded
	if ech != nil && d.build != nil {
		v.OneOf = append(v.OneOf, d.echVariation())
	}
	if d.Browser.Engine == "firefox" {
		v.OneOf = append(v.OneOf, fingerprint.OneOf{Path: "http2.requests[0].table_size_updates[0]", Values: []string{fingerprint.Absent, "4096"}})
	}
	groups, shares := h.Extension(fingerprint.ExtSupportedGroups), h.Extension(fingerprint.ExtKeyShare)
	if groups != nil && shares != nil && len(shares.Shares) > 0 && groups.List[0].IsGREASE() && shares.Shares[0].Group.IsGREASE() {
		v.Equal = [][]string{{"tls.extensions.supported_groups[0]", "tls.extensions.key_share[0].group"}}
	}
	grease := 0
	for _, e := range h.Extensions {
		if e.Type.IsGREASE() {
			grease++
		}
	}
	if grease == 2 {
		v.Distinct = [][]string{{"tls.extensions.grease.type", "tls.extensions.grease#2.type"}}
	}
}

// why says where a path comes from; what was said of it before no longer counts.
func (d *derivation) why(path string, source profiles.Source, note string) {
	d.sheet.Evidence = slices.DeleteFunc(d.sheet.Evidence, func(e profiles.Evidence) bool { return e.Path == path })
	d.sheet.Evidence = append(d.sheet.Evidence, profiles.Evidence{Path: path, Source: source, Note: note})
}

// whyBuild is why for what the build shows.
func (d *derivation) whyBuild(path, note string) {
	source := profiles.Engine
	if d.Same {
		source = profiles.Capture
	}
	d.why(path, source, joined(d.name, note))
}

// whyFrom is why for a source of the recipe by its name.
func (d *derivation) whyFrom(from, path, note string) {
	switch from {
	case fromBuild:
		d.whyBuild(path, note)
	case fromSignature:
		d.why(path, profiles.Signature, joined("captures/signatures/"+d.Signature, note))
	case fromLibrary:
		d.why(path, profiles.Reference, joined("captures/library/"+d.Library+" (curl_cffi 0.17.0)", note))
	}
}

func joined(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}

// nearest names the source of what neither a signature nor a library can be trusted with: the build, or the library where
// no build of the engine was captured.
func (d *derivation) nearest() string {
	if d.build == nil {
		return fromLibrary
	}
	return fromBuild
}

// given returns the fingerprint of a source by its name.
func (d *derivation) given(from string) *fingerprint.Fingerprint {
	return map[string]*fingerprint.Fingerprint{fromBuild: d.build, fromSignature: d.signature, fromLibrary: d.library}[from].Clone()
}

// valueOf returns the value of the first field of that lower-case or HTTP/1.1 name, "" without one.
func valueOf(fields []fingerprint.Field, name string) string {
	if i := indexOf(fields, name); i >= 0 {
		return fields[i].Value
	}
	return ""
}

func indexOf(fields []fingerprint.Field, name string) int {
	return slices.IndexFunc(fields, func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, name) })
}

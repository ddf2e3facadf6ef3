package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// insert adds to a navigation of the build the fields that it lacks because of the way of capturing.
func (d *derivation) insert(f *fingerprint.Fingerprint, file string) error {
	if d.Insert == nil {
		return nil
	}
	other, err := d.connection(d.Build, file, func(*fingerprint.Capture, *fingerprint.Fingerprint) bool { return true })
	if err != nil {
		return err
	}
	var donor []fingerprint.Field
	eachFields(other, func(fields []fingerprint.Field) {
		if donor == nil && indexOf(fields, d.Insert.Fields[0]) >= 0 {
			donor = fields
		}
	})
	add := func(fields []fingerprint.Field) ([]fingerprint.Field, error) {
		at := indexOf(fields, d.Insert.Before)
		if at < 0 {
			return nil, fmt.Errorf("insert: %s has no %s", file, d.Insert.Before)
		}
		for i, name := range d.Insert.Fields {
			j := indexOf(donor, name)
			if j < 0 {
				return nil, fmt.Errorf("insert: no request of %s has %s", file, name)
			}
			fields = slices.Insert(fields, at+i, fingerprint.Field{Name: donor[j].Name, Value: donor[j].Value})
		}
		return fields, nil
	}
	if f.HTTP2 != nil {
		r := &f.HTTP2.Requests[0]
		r.Fields, err = add(r.Fields)
	}
	if f.HTTP1 != nil && err == nil {
		r := &f.HTTP1.Requests[0]
		r.Fields, err = add(r.Fields)
	}
	return err
}

// http2 derives opening and first request over HTTP/2. The engine shows stream, priority, what follows and the HPACK
// policy.
func (d *derivation) http2() error {
	given := d.given(d.Request)
	f := given.HTTP2
	d.sheet.First.HTTP2 = f
	f.Requests = f.Requests[:1]
	r := &f.Requests[0]
	note := ""
	if len(f.Opening) == 0 { // old signatures have fields only
		from := d.nearest()
		f.Opening = d.given(from).HTTP2.Opening
		d.whyFrom(from, "http2.opening", "the signature has none")
	} else if d.build != nil && d.Request != fromBuild {
		note = "the opening agrees with " + d.name
		if len(fingerprint.Diff(&fingerprint.Fingerprint{HTTP2: &fingerprint.HTTP2{Opening: f.Opening}}, &fingerprint.Fingerprint{HTTP2: &fingerprint.HTTP2{Opening: d.build.HTTP2.Opening}}, nil)) > 0 {
			note = d.name + " has another opening"
		}
	}
	d.whyFrom(d.Request, "http2", note)
	if d.build != nil {
		d.sheet.HPACK = d.Browser.Engine
	}
	d.around(r)
	d.values(r.Fields, "http2.requests[0].fields")
	hideAuthority(&d.sheet.First)
	hideValues(r.Fields, ":authority", ":path")
	d.forms(r)
	return nil
}

// forms gives the fields the HPACK forms of the engine's policy. Those of the build's own request are what was recorded.
func (d *derivation) forms(r *fingerprint.Request) {
	if d.sheet.HPACK == "" {
		for i := range r.Fields { // those of the library's compressor, which is no browser's
			r.Fields[i].Form = fingerprint.Form{}
			if j := indexOf(d.library.HTTP2.Requests[0].Fields, r.Fields[i].Name); j >= 0 {
				r.Fields[i].Form = d.library.HTTP2.Requests[0].Fields[j].Form
			}
		}
		d.why("http2.requests[0].fields[*].form", profiles.None, "those of the library's compressor, which is no browser's; the client has its neutral ones")
		d.why("http2.requests[0].table_size_updates", profiles.None, "nobody has seen whether the engine answers a HEADER_TABLE_SIZE")
		return
	}
	forms := expectForms(d.sheet.HPACK, []fingerprint.Request{*r})
	for i := range r.Fields {
		if f := r.Fields[i]; f.Value != "*" || f.Form == (fingerprint.Form{}) {
			r.Fields[i].Form = forms[0][i]
		}
	}
	for _, name := range []string{":authority", ":path"} { // their strings are the connection's
		i, j := indexOf(r.Fields, name), indexOf(d.build.HTTP2.Requests[0].Fields, name)
		r.Fields[i].Form = d.build.HTTP2.Requests[0].Fields[j].Form
	}
}

// http1 derives the head over HTTP/1.1: order and spelling are the engine's, the values are those over HTTP/2.
func (d *derivation) http1() error {
	if d.buildH1 == nil {
		return nil
	}
	f := d.buildH1.Clone().HTTP1
	d.sheet.HTTP1 = f
	r := &f.Requests[0]
	note := ""
	nav := d.sheet.First.HTTP2.Requests[0].Fields
	r.Fields = slices.DeleteFunc(r.Fields, func(x fingerprint.Field) bool {
		return indexOf(nav, strings.ToLower(x.Name)) < 0 && indexOf(d.build.HTTP2.Requests[0].Fields, strings.ToLower(x.Name)) >= 0
	})
	if HasPrivacy(&d.sheet) && indexOf(r.Fields, privacyKey) < 0 {
		r.Fields = insertPrivacy(r.Fields, r.Fields)
		d.why("http1.requests[0].fields["+privacyKey+"]", profiles.Engine, privacyNote)
	}
	var late []string
	for i, x := range nav { // what the build lacks over both protocols
		if indexOf(r.Fields, x.Name) >= 0 || indexOf(d.build.HTTP2.Requests[0].Fields, x.Name) >= 0 || x.Name[0] == ':' {
			continue
		}
		at := len(r.Fields)
		for _, before := range nav[i:] {
			if j := indexOf(r.Fields, before.Name); j >= 0 {
				at = j
				break
			}
		}
		r.Fields = slices.Insert(r.Fields, at, fingerprint.Field{Name: title(x.Name), Value: x.Value})
		late = append(late, title(x.Name))
	}
	if d.Request != fromBuild || len(d.Values) > 0 {
		note = "order and spelling; the values are those over h2"
	}
	d.whyBuild("http1", note)
	if d.Insert != nil {
		for _, name := range d.Insert.Fields {
			if indexOf(r.Fields, name) >= 0 {
				d.whyBuild("http1.requests[0].fields["+name+"]", d.Insert.Why)
			}
		}
	}
	for _, name := range late {
		d.why("http1.requests[0].fields["+strings.ToLower(name)+"]", profiles.None, "no capture shows the field over HTTP/1.1; its place is the one over h2")
	}
	for i := range r.Fields {
		if v := valueOf(nav, r.Fields[i].Name); v != "" && v != r.Fields[i].Value {
			r.Fields[i].Value = v
			d.whyValue("http1.requests[0].fields["+strings.ToLower(r.Fields[i].Name)+"].value", r.Fields[i].Name)
		}
	}
	r.Target = "*"
	hideAuthority(&fingerprint.Fingerprint{HTTP1: f})
	hideValues(r.Fields, "host")
	return nil
}

// whyValue says where the value of a field over HTTP/2 comes from, under another path.
func (d *derivation) whyValue(path, field string) {
	source, note := profiles.None, ""
	best := -1
	for _, e := range d.sheet.Evidence {
		if len(e.Path) > best && profiles.SourceOf([]profiles.Evidence{{Path: e.Path, Source: profiles.Capture}}, "http2.requests[0].fields["+strings.ToLower(field)+"].value") == profiles.Capture {
			if best, source, note = len(e.Path), e.Source, e.Note; e.Path == "http2" {
				note, _, _ = strings.Cut(note, "; ") // which goes on about the opening
			}
		}
	}
	d.why(path, source, note)
}

// values sets the values that the recipe decides.
func (d *derivation) values(fields []fingerprint.Field, path string) {
	for _, u := range d.Undo {
		if d.Request == fromBuild && indexOf(fields, u.Field) >= 0 && strings.Contains(valueOf(fields, u.Field), u.To) {
			d.whyBuild(path+"["+u.Field+"].value", fmt.Sprintf("%q of the capture is written %q: %s", u.From, u.To, u.Why))
		}
	}
	if d.Insert != nil && d.Request == fromBuild {
		for _, name := range d.Insert.Fields {
			d.whyBuild(path+"["+name+"]", d.Insert.Why)
		}
	}
	for _, v := range d.Values {
		if i := indexOf(fields, v.Field); i >= 0 && fields[i].Value != v.Value {
			fields[i].Value = v.Value
			d.why(path+"["+v.Field+"].value", v.Source, v.Note)
		}
	}
}

// title spells a name as in HTTP/1.1.
func title(name string) string {
	parts := strings.Split(name, "-")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-")
}

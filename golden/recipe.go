package golden

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// recipeSchema names the version of the recipe format.
const recipeSchema = "wirelike/recipe/1"

// Recipe is captures/<profile>/recipe.json: how the goldens of a profile come from evidence. It is the only place where
// a person decides something about a golden, and says why.
type Recipe struct {
	Schema  string         `json:"schema"`
	Profile string         `json:"profile"`
	Undo    []Undo         `json:"undo,omitempty"`
	Goldens []RecipeGolden `json:"goldens"`
}

// RecipeGolden is the recipe of one golden.
type RecipeGolden struct {
	Situation Situation `json:"situation"`
	Protocol  string    `json:"protocol"`
	// Capture is the connection that gives the golden, or everything of it that the signature does not know.
	Capture ConnectionRef `json:"capture"`
	// Records is a connection of the same browser whose records were kept with their versions.
	Records *ConnectionRef `json:"records,omitempty"`
	// TLSOnly leaves out what is above TLS, because the capture shows another request than the check makes.
	TLSOnly bool `json:"tls_only,omitempty"`
	// Signature is the file of a published signature, of which every fact overrules the capture.
	Signature string `json:"signature,omitempty"`
	// Library is a connection of the reference library: its lists and values overrule the capture, which is one of the
	// same engine; what the library is known to do otherwise than that engine does not.
	Library  *ConnectionRef      `json:"library,omitempty"`
	Evidence []profiles.Evidence `json:"evidence"`
	HPACK    string              `json:"hpack,omitempty"`
	Vary     fingerprint.Vary    `json:"vary"`
}

// ConnectionRef points at one connection of an evidence file, relative to the recipe.
type ConnectionRef struct {
	File       string `json:"file"`
	Connection int    `json:"connection"`
}

// ReadRecipe reads captures/<profile>/recipe.json.
func ReadRecipe(fsys fs.FS, profile string) (*Recipe, error) {
	name := path.Join("captures", profile, "recipe.json")
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	r := &Recipe{}
	if err := fingerprint.DecodeStrict(b, r); err != nil {
		return nil, fmt.Errorf("golden: %s: %w", name, err)
	}
	if r.Schema != recipeSchema || r.Profile != profile {
		return nil, fmt.Errorf("golden: %s: schema %q of profile %q, want %q of %q", name, r.Schema, r.Profile, recipeSchema, profile)
	}
	return r, nil
}

// Derive makes the goldens of a recipe from the evidence below fsys, which is the directory of this package.
func (r *Recipe) Derive(fsys fs.FS) ([]*Golden, error) {
	var out []*Golden
	for _, x := range r.Goldens {
		f, err := r.derive(fsys, &x)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", x.Situation, x.Protocol, err)
		}
		out = append(out, &Golden{
			Schema: Schema, Profile: r.Profile, Situation: x.Situation, Protocol: x.Protocol,
			Undo: r.Undo, Evidence: x.Evidence, HPACK: x.HPACK, Vary: x.Vary, Fingerprint: *f,
		})
	}
	return out, nil
}

func (r *Recipe) derive(fsys fs.FS, x *RecipeGolden) (*fingerprint.Fingerprint, error) {
	f, err := r.connection(fsys, x.Capture)
	if err != nil {
		return nil, err
	}
	if x.Records != nil {
		g, err := r.connection(fsys, *x.Records)
		if err != nil {
			return nil, err
		}
		f.TLS.RecordVersion = g.TLS.RecordVersion
	}
	if x.TLSOnly {
		f.HTTP1, f.HTTP2 = nil, nil
	}
	if f.HTTP1 != nil {
		f.HTTP1.Requests = f.HTTP1.Requests[:1]
	}
	if f.HTTP2 != nil {
		f.HTTP2.Requests = f.HTTP2.Requests[:1]
	}
	undo(r.Undo, f)
	if x.Signature != "" {
		s, err := ReadSignature(fsys, path.Join("captures", r.Profile, x.Signature))
		if err != nil {
			return nil, err
		}
		overlay(f, &s.Fingerprint)
	}
	if x.Library != nil {
		l, err := r.connection(fsys, *x.Library)
		if err != nil {
			return nil, err
		}
		overlayLibrary(f, l)
	}
	Normalize(f)
	return f, nil
}

func (r *Recipe) connection(fsys fs.FS, ref ConnectionRef) (*fingerprint.Fingerprint, error) {
	e, err := ReadEvidence(fsys, path.Join("captures", r.Profile, ref.File))
	if err != nil {
		return nil, err
	}
	if ref.Connection >= len(e.Connections) {
		return nil, fmt.Errorf("%s has no connection %d", ref.File, ref.Connection)
	}
	return fingerprint.Parse(&e.Connections[ref.Connection])
}

// overlay writes the facts of a signature over a captured fingerprint. The signature knows every list of the hello, the
// HTTP/2 opening and the names, order and values of the first request's fields; it does not know HPACK forms, the
// priority, or what is inside of encrypted_client_hello.
func overlay(f, s *fingerprint.Fingerprint) {
	captured := f.TLS
	hello := *s.TLS
	hello.Extensions = slices.Clone(s.TLS.Extensions)
	for i := range hello.Extensions {
		if e := &hello.Extensions[i]; e.Type == fingerprint.ExtEncryptedClientHello {
			if c := captured.Extension(e.Type); c != nil {
				*e = *c
			}
		}
	}
	if psk := captured.Extension(fingerprint.ExtPreSharedKey); psk != nil && s.TLS.Extension(psk.Type) == nil {
		hello.Extensions = append(hello.Extensions, *psk) // signatures are of first visits
	}
	f.TLS = &hello
	if f.HTTP1 == nil && f.HTTP2 == nil {
		return
	}
	signed := s.HTTP2.Requests[0].Fields
	if f.HTTP1 != nil { // a signature over h2 tells values, not the order and spelling of HTTP/1.1
		for _, x := range signed {
			setValue(f, x.Name, x.Value)
		}
		return
	}
	f.HTTP2.Opening = s.HTTP2.Opening
	forms := map[string]fingerprint.Form{}
	for _, x := range f.HTTP2.Requests[0].Fields {
		forms[x.Name] = x.Form
	}
	fields := slices.Clone(signed)
	for i := range fields {
		fields[i].Form = forms[fields[i].Name]
	}
	f.HTTP2.Requests[0].Stream = s.HTTP2.Requests[0].Stream
	f.HTTP2.Requests[0].Fields = fields
}

// overlayLibrary is overlay for what the reference library sent. It has another TLS library below: each share has a key of
// its own, and its record versions were not kept. Its streams are numbered from 1 for every browser.
func overlayLibrary(f, l *fingerprint.Fingerprint) {
	captured := f.TLS
	l.TLS.RecordVersion = captured.RecordVersion
	if mine, theirs := l.TLS.Extension(fingerprint.ExtKeyShare), captured.Extension(fingerprint.ExtKeyShare); mine != nil && theirs != nil {
		for i := range mine.Shares {
			for _, s := range theirs.Shares {
				if s.Group == mine.Shares[i].Group {
					mine.Shares[i].Reuses = s.Reuses
				}
			}
		}
	}
	if f.HTTP2 != nil {
		l.HTTP2.Requests[0].Stream = f.HTTP2.Requests[0].Stream
	}
	overlay(f, l)
}

// setValue sets the value of a field that a request already has.
func setValue(f *fingerprint.Fingerprint, name, value string) {
	eachFields(f, func(fields []fingerprint.Field) {
		for i := range fields {
			if strings.EqualFold(fields[i].Name, name) {
				fields[i].Value = value
			}
		}
	})
}

package golden

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// recipeSchema names the version of the recipe format.
const recipeSchema = "wirelike/recipe/2"

// Recipe is recipes/<profile>.json: which evidence the goldens of a profile come from. It is the only place where a
// person decides something about a golden, and says why. All paths are relative to captures/.
type Recipe struct {
	Schema  string           `json:"schema"`
	Profile string           `json:"profile"`
	Browser profiles.Browser `json:"browser"`
	// Build is the directory of a captured build: that very browser if Same is set, else the nearest one of its engine,
	// which shows what the other sources cannot know. Empty: no build of the engine was captured.
	Build string `json:"build,omitempty"`
	Same  bool   `json:"same,omitempty"`
	// Others are builds of the engine, nearest first, that show what Build's recordings do not: cross-site requests, the
	// favicon, record versions.
	Others []string `json:"others,omitempty"`
	// Signature is the file of the browser's published signature in signatures/, Library its directory in library/.
	Signature string `json:"signature,omitempty"`
	Library   string `json:"library,omitempty"`
	// Hello says which of "build", "signature" and "library" gives the lists of the hello; Request, the fields of a
	// navigation over HTTP/2 and the frames in front of it.
	Hello   string `json:"hello"`
	Request string `json:"request"`
	// Permute and Padded say that the browser shuffles its extensions, and pads by BoringSSL's rule.
	Permute bool `json:"permute,omitempty"`
	Padded  bool `json:"padded,omitempty"`
	// Undo takes the traces of the way of capturing out of Build's fields.
	Undo []Undo `json:"undo,omitempty"`
	// Insert adds the fields that a navigation of Build lacks because of the way of capturing.
	Insert *Insert `json:"insert,omitempty"`
	// Values are those of the browser's own fields, where they are not what Hello and Request give.
	Values []Value `json:"values,omitempty"`
	// Put are extensions in place of those that Hello gives.
	Put []Put `json:"put,omitempty"`
	// Remarks are more entries of evidence, on what a person decided.
	Remarks []profiles.Evidence `json:"remarks,omitempty"`
}

// Insert adds fields to navigations, with the values that the same build's fetches have.
type Insert struct {
	Before string   `json:"before"`
	Fields []string `json:"fields"`
	Why    string   `json:"why"`
}

// Value is the value of a field.
type Value struct {
	Field  string          `json:"field"`
	Value  string          `json:"value"`
	Source profiles.Source `json:"source"`
	Note   string          `json:"note"`
}

// Put is an extension with its source.
type Put struct {
	Extension fingerprint.Extension `json:"extension"`
	Source    profiles.Source       `json:"source"`
	Note      string                `json:"note"`
}

// The values of Recipe.Hello and Recipe.Request.
const (
	fromBuild     = "build"
	fromSignature = "signature"
	fromLibrary   = "library"
)

// ReadRecipe reads recipes/<profile>.json.
func ReadRecipe(fsys fs.FS, profile string) (*Recipe, error) {
	name := path.Join("recipes", profile+".json")
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
	for _, from := range []string{r.Hello, r.Request} {
		if from == fromBuild && r.Build == "" || from == fromSignature && r.Signature == "" || from == fromLibrary && r.Library == "" {
			return nil, fmt.Errorf("golden: %s: %q is to give something, and is not named", name, from)
		}
	}
	if r.Same && r.Build == "" {
		return nil, fmt.Errorf("golden: %s: same as no build", name)
	}
	return r, nil
}

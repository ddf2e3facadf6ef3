package golden

import (
	"fmt"
	"io/fs"

	"github.com/wirelike/wirelike/fingerprint"
)

// EvidenceSchema names the version of the evidence file format.
const EvidenceSchema = "wirelike/evidence/1"

// Evidence is the content of one evidence file below captures/: raw bytes of a real browser, with provenance. Evidence
// is never rewritten by an update of goldens.
type Evidence struct {
	Schema string `json:"schema"`
	// Browser is name and full version of the build.
	Browser string `json:"browser"`
	OS      string `json:"os,omitempty"`
	Date    string `json:"date"`
	// Source names the recording and the part of it.
	Source string `json:"source"`
	// Missing says what the recording does not hold.
	Missing     []string              `json:"missing,omitempty"`
	Connections []fingerprint.Capture `json:"connections"`
}

// ReadEvidence reads an evidence file strictly.
func ReadEvidence(fsys fs.FS, name string) (*Evidence, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	e := &Evidence{}
	if err := fingerprint.DecodeStrict(b, e); err != nil {
		return nil, fmt.Errorf("golden: %s: %w", name, err)
	}
	if e.Schema != EvidenceSchema {
		return nil, fmt.Errorf("golden: %s: schema %q, want %q", name, e.Schema, EvidenceSchema)
	}
	return e, nil
}

// SignatureSchema names the version of the signature file format.
const SignatureSchema = "wirelike/signature/1"

// SignatureFile is the content of a signature file below captures/: the facts of a published signature.
type SignatureFile struct {
	Schema  string `json:"schema"`
	Browser string `json:"browser"`
	OS      string `json:"os"`
	Source  string `json:"source"`
	// Permuted says that the browser shuffles its extensions.
	Permuted bool `json:"permuted_extensions"`
	// Unknown lists what the signature does not say.
	Unknown     []string                `json:"unknown"`
	Fingerprint fingerprint.Fingerprint `json:"fingerprint"`
}

// ReadSignature reads a signature file strictly.
func ReadSignature(fsys fs.FS, name string) (*SignatureFile, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	s := &SignatureFile{}
	if err := fingerprint.DecodeStrict(b, s); err != nil {
		return nil, fmt.Errorf("golden: %s: %w", name, err)
	}
	if s.Schema != SignatureSchema {
		return nil, fmt.Errorf("golden: %s: schema %q, want %q", name, s.Schema, SignatureSchema)
	}
	return s, nil
}

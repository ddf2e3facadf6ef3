package profiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// Version is a version of TLS by its code point, 769 to 772. Its text is "1.2"; see [fingerprint.ParseTLSVersion].
type Version fingerprint.ID

// UnmarshalText implements [encoding.TextUnmarshaler].
func (v *Version) UnmarshalText(b []byte) error {
	id, err := fingerprint.ParseTLSVersion(string(b))
	*v = Version(id)
	return err
}

// MarshalText implements [encoding.TextMarshaler].
func (v Version) MarshalText() ([]byte, error) {
	if v < 0x0301 || v > 0x0304 {
		return nil, fmt.Errorf("profiles: %d is no version of TLS", v)
	}
	return fmt.Appendf(nil, "1.%d", v-0x0301), nil
}

// Signatures is a list of signature algorithms. In JSON it is a list of names, or a string of names separated by commas or
// colons; see [fingerprint.ParseSignatureAlgorithms].
type Signatures []fingerprint.ID

// UnmarshalJSON implements [json.Unmarshaler].
func (l *Signatures) UnmarshalJSON(b []byte) (err error) {
	*l, err = unmarshalNames(b, fingerprint.ParseSignatureAlgorithms)
	return err
}

// MarshalJSON implements [json.Marshaler].
func (l Signatures) MarshalJSON() ([]byte, error) {
	return marshalNames(l, fingerprint.SignatureAlgorithmName)
}

// Compression is a list of certificate compression algorithms. In JSON it is a list of names, or a string of names
// separated by commas or colons: "zlib,brotli,zstd".
type Compression []fingerprint.ID

// UnmarshalJSON implements [json.Unmarshaler].
func (l *Compression) UnmarshalJSON(b []byte) (err error) {
	*l, err = unmarshalNames(b, fingerprint.ParseCertificateCompression)
	return err
}

// MarshalJSON implements [json.Marshaler].
func (l Compression) MarshalJSON() ([]byte, error) {
	return marshalNames(l, fingerprint.CertificateCompressionName)
}

// NameList is a list of names. In JSON it is a list, or a string of names separated by commas.
type NameList []string

// UnmarshalJSON implements [json.Unmarshaler].
func (l *NameList) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*l = ParseNameList(s)
		return nil
	}
	*l = NameList{}
	return json.Unmarshal(b, (*[]string)(l))
}

// ParseNameList reads names separated by commas, with blanks around them taken off. An empty text has none.
func ParseNameList(text string) NameList {
	l := NameList{}
	if text == "" {
		return l
	}
	for name := range strings.SplitSeq(text, ",") {
		l = append(l, strings.TrimSpace(name))
	}
	return l
}

// Flag is a bool that may be 0 or 1 in JSON.
type Flag bool

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Flag) UnmarshalJSON(b []byte) error {
	switch string(bytes.TrimSpace(b)) {
	case "true", "1":
		*f = true
	case "false", "0":
		*f = false
	default:
		return fmt.Errorf("profiles: %.20s is neither true nor false, nor 1 or 0", b)
	}
	return nil
}

// unmarshalNames reads a string, or a list of strings without separators, by parse.
func unmarshalNames(b []byte, parse func(string) ([]fingerprint.ID, error)) ([]fingerprint.ID, error) {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return nil, err
		}
		return parse(s)
	}
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, err
	}
	for _, s := range list {
		if s == "" || strings.ContainsAny(s, ",:") {
			return nil, fmt.Errorf("profiles: %q is no name", s)
		}
	}
	return parse(strings.Join(list, ","))
}

func marshalNames(l []fingerprint.ID, name func(fingerprint.ID) string) ([]byte, error) {
	out := make([]string, len(l))
	for i, id := range l {
		out[i] = name(id)
	}
	return json.Marshal(out)
}

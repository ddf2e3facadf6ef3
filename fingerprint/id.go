package fingerprint

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ID is a 16-bit TLS code point: a cipher suite, an extension, a group, a signature algorithm, a version …
//
// In JSON an ordinary ID is a number. A GREASE value (RFC 8701) is the string "GREASE 0x1a1a"; [GREASE] itself, the
// placeholder for "any GREASE value", is the string "GREASE".
type ID uint16

// GREASE stands in profiles and goldens for "any value that RFC 8701 reserves". It is itself the first of them.
const GREASE ID = 0x0a0a

// IsGREASE reports whether id is one of the sixteen values that RFC 8701 reserves: both bytes equal, low nibble 0xa.
func (id ID) IsGREASE() bool { return id&0x0f0f == 0x0a0a && id>>8 == id&0xff }

// String gives the decimal number, "GREASE" for the placeholder, or "GREASE 0x…" for another GREASE value.
func (id ID) String() string {
	switch {
	case id == GREASE:
		return "GREASE"
	case id.IsGREASE():
		return fmt.Sprintf("GREASE 0x%04x", uint16(id))
	}
	return strconv.Itoa(int(id))
}

// MarshalJSON implements [json.Marshaler].
func (id ID) MarshalJSON() ([]byte, error) {
	if id.IsGREASE() {
		return []byte(`"` + id.String() + `"`), nil
	}
	return strconv.AppendUint(nil, uint64(id), 10), nil
}

// UnmarshalJSON implements [json.Unmarshaler]; it accepts only the forms that MarshalJSON writes.
func (id *ID) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		n, err := strconv.ParseUint(string(b), 10, 16)
		if err != nil {
			return fmt.Errorf("fingerprint: %s is no 16-bit number", b)
		}
		if ID(n).IsGREASE() {
			return fmt.Errorf("fingerprint: write the GREASE value %s as %q", b, ID(n))
		}
		*id = ID(n)
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == "GREASE" {
		*id = GREASE
		return nil
	}
	digits, ok := strings.CutPrefix(s, "GREASE 0x")
	n, err := strconv.ParseUint(digits, 16, 16)
	if !ok || err != nil || !ID(n).IsGREASE() || ID(n).String() != s {
		return fmt.Errorf("fingerprint: %q is no GREASE value", s)
	}
	*id = ID(n)
	return nil
}

// Hex is a byte string that is lower-case hexadecimal in JSON.
type Hex []byte

// MarshalText implements [encoding.TextMarshaler].
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; it accepts only what MarshalText writes.
func (h *Hex) UnmarshalText(b []byte) error {
	if i := bytes.IndexFunc(b, func(r rune) bool { return r >= 'A' && r <= 'F' }); i >= 0 {
		return fmt.Errorf("fingerprint: hexadecimal digit %q at %d is not lower-case", b[i], i)
	}
	out := make([]byte, hex.DecodedLen(len(b)))
	if _, err := hex.Decode(out, b); err != nil {
		return fmt.Errorf("fingerprint: %w", err)
	}
	*h = out
	return nil
}

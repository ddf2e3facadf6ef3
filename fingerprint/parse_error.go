package fingerprint

import "fmt"

// ParseError says what is wrong with the text of a fingerprint, and where.
type ParseError struct {
	// Format is "ja3", "akamai", "signature algorithms" …
	Format string
	// Field is the part of the text: "extensions", "settings"; empty for the text as a whole.
	Field string
	// Position is where the offending value begins, in bytes from the beginning of the text.
	Position int
	// Value is the offending value, cut after 80 bytes.
	Value string
	// Reason says what is wrong with it.
	Reason string
}

func (e *ParseError) Error() string {
	field := e.Field
	if field != "" {
		field += " "
	}
	return fmt.Sprintf("fingerprint: %s: %sat %d: %q: %s", e.Format, field, e.Position, e.Value, e.Reason)
}

// maxText bounds the texts of fingerprints, in bytes. Those of browsers are below 1000.
const maxText = 1 << 13

// textParser reads the numbers of a text and knows where they stand.
type textParser struct {
	format, field string
	start         int // of the field
}

func (p *textParser) fail(at int, value, reason string) *ParseError {
	return &ParseError{Format: p.format, Field: p.field, Position: at, Value: value[:min(80, len(value))], Reason: reason}
}

// number reads a decimal number of at most limit, without sign, blanks or leading zeros.
func (p *textParser) number(s string, at int, limit uint64) (uint64, *ParseError) {
	if s == "" {
		return 0, p.fail(at, s, "a number is missing")
	}
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, p.fail(at, s, "not a decimal number")
		}
		if n = n*10 + uint64(s[i]-'0'); n > limit {
			return 0, p.fail(at, s, fmt.Sprintf("above %d", limit))
		}
	}
	if s[0] == '0' && len(s) > 1 {
		return 0, p.fail(at, s, "a leading zero")
	}
	return n, nil
}

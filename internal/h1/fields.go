package h1

import (
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// Limits of what a server may send. Chromium's limit for a head is the same (kMaxHeaderBufSize).
const (
	maxHead    = 256 << 10 // bytes of a head, or of a trailer section
	maxFields  = 1000      // field lines of a head, or of a trailer section
	maxInterim = 100       // interim (1xx) responses before a final one
)

// parseFields reads field lines up to an empty line, which must be there. A fold (obs-fold, RFC 9112 §5.2) becomes one
// space. The strings share the memory of s.
func parseFields(s string) ([]fingerprint.Field, error) {
	n := strings.Count(s, "\n") - 1
	if n <= 0 {
		return nil, nil
	}
	fields := make([]fingerprint.Field, 0, min(n, maxFields))
	for {
		line, rest := cutLine(s)
		s = rest
		if line == "" {
			return fields, nil
		}
		if len(fields) == maxFields {
			return nil, &ResponseError{fmt.Sprintf("more than %d fields", maxFields)}
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) {
			return nil, &ResponseError{fmt.Sprintf("%.80q is no field line", line)}
		}
		value = trim(value)
		if s != "" && isBlank(s[0]) {
			value, s = unfold(value, s)
		}
		// A bare CR or a NUL within a value is how one response is made to look like two.
		if !isValue(value) {
			return nil, &ResponseError{fmt.Sprintf("invalid value of field %.80q", name)}
		}
		fields = append(fields, fingerprint.Field{Name: name, Value: value})
	}
}

// unfold appends the continuation lines at the front of s to value.
func unfold(value, s string) (string, string) {
	var b strings.Builder
	b.WriteString(value)
	for s != "" && isBlank(s[0]) {
		var line string
		line, s = cutLine(s)
		if line = trim(line); line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String(), s
}

func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func trim(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// isValue says whether s can be a field value: anything without CR, LF and NUL (RFC 9110 §5.5).
func isValue(s string) bool {
	return strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, 0) < 0
}

// isToken says whether s is a token (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !tokenBytes[s[i]] {
			return false
		}
	}
	return s != ""
}

var tokenBytes = func() (t [256]bool) {
	for c := byte('0'); c <= 'z'; c++ {
		t[c] = c <= '9' || c >= 'a' || c >= 'A' && c <= 'Z'
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		t[c] = true
	}
	return t
}()

// same compares a field name or a token with a lower-case one.
func same(s, lower string) bool { return len(s) == len(lower) && strings.EqualFold(s, lower) }

// hasToken says whether the comma-separated list has the given lower-case token.
func hasToken(list, token string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if same(trim(t), token) {
			return true
		}
	}
	return false
}

package profiles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// HeaderSet is the header list of one kind of request, per protocol, in wire order and case. A field without value is a
// slot: it is filled from the request or left out. A name may stand there twice, first as a slot: a script's own value has another
// place than the browser's. The name "*" marks the place of the caller's own fields. An empty list
// says that nobody has seen the browser over that protocol.
type HeaderSet struct {
	H1 FieldList `json:"http/1.1"`
	H2 FieldList `json:"h2"`
	// Priority is the HTTP/2 priority of such a request.
	Priority *fingerprint.Priority `json:"priority,omitempty"`
	// Shapes are lists in place of H1 and H2 for requests of another shape. The last one that fits a request counts.
	Shapes []Shape `json:"shapes,omitempty"`
}

// Shape is another order of the same kind of request. An empty list leaves that of the kind.
type Shape struct {
	When Condition `json:"when"`
	H1   FieldList `json:"http/1.1,omitempty"`
	H2   FieldList `json:"h2,omitempty"`
}

// Condition tells the shape of a request. Browsers keep a request's fields in hash tables or append to them late, so that
// one field more can move others.
type Condition string

// The conditions.
const (
	// WithContent: the request has a Content-Type.
	WithContent Condition = "content"
	// WithOwn: the caller gives fields that the list has no slot for.
	WithOwn Condition = "own"
	// Redirected: a redirect has led the request to another origin, so that it got its Origin late.
	Redirected Condition = "redirected"
)

// Lists returns the lists for a request that fulfils the given conditions.
func (s *HeaderSet) Lists(conditions ...Condition) (h1, h2 FieldList) {
	h1, h2 = s.H1, s.H2
	for _, x := range s.Shapes {
		if slices.Contains(conditions, x.When) {
			if len(x.H1) > 0 {
				h1 = x.H1
			}
			if len(x.H2) > 0 {
				h2 = x.H2
			}
		}
	}
	return h1, h2
}

// FieldList is a list of fields that is written in JSON as strings, as on the wire: "name: value". A slot is "name:". In
// a profile a name alone, without colon, stands for the value that [Profile] has for it in common; in memory there is
// no such thing.
type FieldList []fingerprint.Field

// MarshalJSON writes a line for each field.
func (l FieldList) MarshalJSON() ([]byte, error) {
	lines := make([]string, 0, len(l))
	for _, f := range l {
		line := f.Name + ": " + f.Value
		switch {
		case f.Value == "" && f.Name == "*", f.Value == inCommon:
			line = f.Name
		case f.Value == "":
			line = f.Name + ":"
		}
		lines = append(lines, line)
	}
	return json.Marshal(lines)
}

// UnmarshalJSON implements [json.Unmarshaler]. A name alone gets the value [inCommon], for Profile to replace.
func (l *FieldList) UnmarshalJSON(b []byte) error {
	var lines []string
	if err := json.Unmarshal(b, &lines); err != nil {
		return err
	}
	*l = nil
	for i, line := range lines {
		f := fingerprint.Field{Name: line}
		if at := strings.IndexByte(line[min(1, len(line)):], ':') + 1; at > 0 {
			f.Name, f.Value = line[:at], strings.TrimPrefix(line[at+1:], " ")
		} else if line != "*" {
			f.Value = inCommon
		}
		if f.Name == "" {
			return fmt.Errorf("field %d has no name", i)
		}
		*l = append(*l, f)
	}
	return nil
}

// inCommon marks, while a profile is read or written, a field whose value is in the profile's common list. No field has a NUL.
const inCommon = "\x00"

func commonValue(common FieldList, name string) string {
	for _, f := range common {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

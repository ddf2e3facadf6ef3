package client

import (
	"log/slog"
	"strings"
)

// ParseHeader reads fields of the form "Name: value", one to a line, as they stand in an HTTP/1.1 head. Blanks around values
// are dropped. A line without colon, or with a name or value that may not be sent, is an ErrInvalidHeader.
func ParseHeader(lines ...string) (Header, error) {
	h := make(Header, 0, len(lines))
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, newError("header", nil, invalid(ErrInvalidHeader, "line %d has no colon", i+1))
		}
		value = trim(value)
		if err := checkField(name, value); err != nil {
			return nil, newError("header", nil, err)
		}
		h.Add(name, value)
	}
	return h, nil
}

// List returns the members of the comma-separated lists that all fields of that name hold, in order (RFC 9110 §5.6.1). It is
// not meaningful for fields that are no lists, such as Set-Cookie and dates.
func (h Header) List(name string) (members []string) {
	for _, value := range h.Values(name) {
		for member := range splitList(value) {
			members = append(members, member)
		}
	}
	return members
}

// Equal tells whether both have the same fields, whatever the order of their names and the letter case of these. The order of
// values of one name counts.
func (h Header) Equal(other Header) bool {
	if len(h) != len(other) {
		return false
	}
	for i := range h {
		mine, theirs := h.Values(h[i].Name), other.Values(h[i].Name)
		if len(mine) != len(theirs) {
			return false
		}
		for k := range mine {
			if mine[k] != theirs[k] {
				return false
			}
		}
	}
	return true
}

// LogValue implements [slog.LogValuer]: the values of fields that carry credentials are hidden.
func (h Header) LogValue() slog.Value { return slog.StringValue(h.String()) }

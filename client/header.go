package client

import (
	"iter"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// Field is one header field. Only Name and Value matter here; Form belongs to fingerprints and is ignored.
type Field = fingerprint.Field

// Header is an ordered list of header fields that keeps the letter case of names; lookups ignore it. The same name may
// occur more than once. The zero value is empty and ready to use. A Header must not be changed while a request uses it,
// nor by several goroutines at once.
//
// HTTP/1.1 sends names as they are spelled here, HTTP/2 in lower case. Values are bytes: UTF-8 and Latin-1 both reach the
// wire as they are.
type Header []Field

// Get returns the value of the named field. Several of that name are joined by ", " in order (RFC 9110 §5.2; not
// meaningful for Set-Cookie, see [Header.Values]). It is "" when there is none.
func (h Header) Get(name string) string {
	i := h.index(name, 0)
	if i < 0 {
		return ""
	}
	value := h[i].Value
	for i = h.index(name, i+1); i >= 0; i = h.index(name, i+1) {
		value += ", " + h[i].Value
	}
	return value
}

// Has tells whether a field of that name is there, even an empty one.
func (h Header) Has(name string) bool { return h.index(name, 0) >= 0 }

// Values returns the values of all fields of that name in order, nil when there is none.
func (h Header) Values(name string) []string {
	var values []string
	for i := h.index(name, 0); i >= 0; i = h.index(name, i+1) {
		values = append(values, h[i].Value)
	}
	return values
}

// Add appends a field.
func (h *Header) Add(name, value string) { *h = append(*h, Field{Name: name, Value: value}) }

// Set gives the first field of that name the value and the spelling, in its place, and removes the others; without one
// it appends.
func (h *Header) Set(name, value string) {
	i := h.index(name, 0)
	if i < 0 {
		h.Add(name, value)
		return
	}
	(*h)[i] = Field{Name: name, Value: value}
	rest := slices.DeleteFunc((*h)[i+1:], func(f Field) bool { return strings.EqualFold(f.Name, name) })
	*h = (*h)[:i+1+len(rest)]
}

// Del removes all fields of that name.
func (h *Header) Del(name string) {
	*h = slices.DeleteFunc(*h, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// All iterates over names and values in order.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := range h {
			if !yield(h[i].Name, h[i].Value) {
				return
			}
		}
	}
}

// Clone returns a copy that shares nothing with h.
func (h Header) Clone() Header { return slices.Clone(h) }

// String returns one "Name: value" line per field, for logs: the values of fields that carry credentials are hidden, which are those
// that [Redirect].Keep names, and so are the credentials of URLs in all others.
func (h Header) String() string {
	var b strings.Builder
	for i := range h {
		b.WriteString(h[i].Name)
		b.WriteString(": ")
		b.WriteString(shown(h[i].Name, h[i].Value))
		b.WriteString("\n")
	}
	return b.String()
}

func (h Header) index(name string, from int) int {
	for i := from; i < len(h); i++ {
		if strings.EqualFold(h[i].Name, name) {
			return i
		}
	}
	return -1
}

// token marks the characters of a token (RFC 9110 §5.6.2).
var token = func() (t [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		t[c] = true
	}
	return
}()

func isToken(s string) bool {
	for i := range len(s) {
		if !token[s[i]] {
			return false
		}
	}
	return s != ""
}

// isValue tells whether s may be a field value: no control characters but the tab (RFC 9110 §5.5).
func isValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// splitList iterates over the members of a comma-separated list (RFC 9110 §5.6.1).
func splitList(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range strings.SplitSeq(s, ",") {
			if name = trim(name); name != "" && !yield(name) {
				return
			}
		}
	}
}

func trim(s string) string { return strings.Trim(s, " \t") }

// checkField returns what is wrong with a field, or nil. Values are not shown: they may be secrets.
func checkField(name, value string) error {
	switch {
	case !isToken(name):
		return invalid(ErrInvalidHeader, "field name %.80q is not a token", name)
	case !isValue(value):
		return invalid(ErrInvalidHeader, "the value of field %q has a control character", name)
	case strings.EqualFold(name, "Trailer"):
		return invalid(ErrInvalidHeader, "field %q announces what is not sent: requests have no trailers", name)
	}
	return nil
}

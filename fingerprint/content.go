package fingerprint

import (
	"fmt"
	"strconv"

	"golang.org/x/crypto/cryptobyte"
)

// items returns the List of the last extension of type t: nil when there is none, or when its list is empty (the model
// keeps such a body in Data). A malformed body is an error.
func (h *ClientHello) items(t ID) ([]ID, error) {
	e := h.Extension(t)
	if e == nil {
		return nil, nil
	}
	if len(e.List) > 0 {
		return e.List, nil
	}
	var empty cryptobyte.String
	s := cryptobyte.String(e.Data)
	ok := false
	if LayoutOf(t) == LayoutList16 {
		ok = s.ReadUint16LengthPrefixed(&empty)
	} else {
		ok = s.ReadUint8LengthPrefixed(&empty)
	}
	if !ok || !empty.Empty() || !s.Empty() {
		return nil, malformed(t)
	}
	return nil, nil
}

// protocols returns the ALPN names, also those that cannot be shown as text (the model keeps such a body in Data).
func (h *ClientHello) protocols() ([]string, error) {
	e := h.Extension(ExtALPN)
	if e == nil {
		return nil, nil
	}
	if len(e.Protocols) > 0 {
		return e.Protocols, nil
	}
	var list cryptobyte.String
	s := cryptobyte.String(e.Data)
	if !s.ReadUint16LengthPrefixed(&list) || !s.Empty() {
		return nil, malformed(ExtALPN)
	}
	var names []string
	for !list.Empty() {
		var name cryptobyte.String
		if !list.ReadUint8LengthPrefixed(&name) {
			return nil, malformed(ExtALPN)
		}
		names = append(names, string(name))
	}
	return names, nil
}

func malformed(t ID) error {
	return fmt.Errorf("fingerprint: malformed extension %s (%d)", ExtensionName(t), uint16(t))
}

// withoutGREASE returns the ids that are no GREASE values, in a slice of its own.
func withoutGREASE(ids []ID) []ID {
	out := make([]ID, 0, len(ids))
	for _, id := range ids {
		if !id.IsGREASE() {
			out = append(out, id)
		}
	}
	return out
}

// extensionTypes returns the types of the extensions that are no GREASE values.
func (h *ClientHello) extensionTypes() []ID {
	out := make([]ID, 0, len(h.Extensions))
	for i := range h.Extensions {
		if t := h.Extensions[i].Type; !t.IsGREASE() {
			out = append(out, t)
		}
	}
	return out
}

// appendDecimal appends ids as decimal numbers with dashes in between.
func appendDecimal(b []byte, ids []ID) []byte {
	for i, id := range ids {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(id), 10)
	}
	return b
}

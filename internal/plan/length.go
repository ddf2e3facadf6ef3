package plan

import "strconv"

// bodyLength writes the field that frames the body, if it needs one.
// It stands in a slot of the given name, whose spelling counts when it is the very field.
func (m *merge) bodyLength(slot string) {
	if m.in.Length < 0 {
		if !m.h2 {
			m.add(either(slot, "Transfer-Encoding"), "chunked")
		}
		return
	}
	name := either(slot, "Content-Length")
	switch n := m.in.Length; {
	case m.length != nil:
		name = m.spelling(name)
	case m.removed(name):
		return
	case n == 0 && !m.lengthOfNothing():
		return
	}
	m.add(name, strconv.FormatInt(m.in.Length, 10))
}

// lengthOfNothing tells whether a request without content says so.
func (m *merge) lengthOfNothing() bool {
	switch m.in.Method {
	case "POST", "PUT":
		return true
	case "GET", "HEAD":
		return false
	case "PATCH":
		return m.neutral || m.typed()
	}
	return !m.neutral && m.typed()
}

// typed tells whether the request has a Content-Type, and with it a body, which may be empty.
func (m *merge) typed() bool {
	return m.has(m.own, "content-type") || m.has(m.in.Fields, "content-type") && !m.removed("content-type")
}

// either returns slot if it is a spelling of name, else name.
func either(slot, name string) string {
	if same(slot, name) {
		return slot
	}
	return name
}

// lengthSlot returns the index of the entry where Content-Length or Transfer-Encoding stands, or -1.
func (m *merge) lengthSlot() int {
	if i := find(m.list, "content-length"); i >= 0 {
		return i
	}
	return find(m.list, "transfer-encoding")
}

func (m *merge) framing(name string) bool {
	return same(name, "content-length") || same(name, "transfer-encoding")
}

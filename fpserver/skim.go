package fpserver

// skimmer reads a HPACK header block (RFC 7541) for its boundaries only: whether it ends between two fields. It decodes
// nothing and keeps nothing. The zero value stands before the first field.
type skimmer struct {
	state   skimState
	strings int    // string literals of the field to come
	left    uint64 // bytes of the string literal to come, or its length so far
	shift   uint
}

type skimState uint8

const (
	skimField  skimState = iota
	skimNumber           // continuation bytes of a number that does not matter
	skimLength           // first byte of the length of a string literal
	skimMore             // continuation bytes of such a length
	skimString
	skimBroken
)

// whole tells whether the block may end here.
func (s *skimmer) whole() bool { return s.state == skimField }

func (s *skimmer) feed(b []byte) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch s.state {
		case skimField:
			s.field(c)
		case skimNumber:
			if c&0x80 == 0 {
				s.next()
			}
		case skimLength:
			s.left = uint64(c & 0x7f)
			if s.left == 0x7f {
				s.state, s.shift = skimMore, 0
				continue
			}
			s.begin()
		case skimMore:
			if s.left += uint64(c&0x7f) << s.shift; s.left > 1<<30 || s.shift > 35 {
				s.state = skimBroken
				return
			}
			if s.shift += 7; c&0x80 == 0 {
				s.begin()
			}
		case skimString:
			k := min(s.left, uint64(len(b)-i))
			i += int(k) - 1
			if s.left -= k; s.left == 0 {
				s.next()
			}
		default:
			return
		}
	}
}

// field reads the first byte of a field representation or of a table size update (RFC 7541 §6).
func (s *skimmer) field(c byte) {
	prefix := byte(0x0f)
	s.strings = 1
	switch {
	case c&0x80 != 0:
		prefix, s.strings = 0x7f, 0
	case c&0xe0 == 0x20:
		prefix, s.strings = 0x1f, 0
	case c&0xc0 == 0x40:
		prefix = 0x3f
	}
	if s.strings == 1 && c&prefix == 0 {
		s.strings = 2 // the name is spelled out, too
	}
	if c&prefix == prefix {
		s.state = skimNumber
		return
	}
	s.next()
}

// next goes on to the next string literal of the field, or to the next field.
func (s *skimmer) next() {
	if s.strings == 0 {
		s.state = skimField
		return
	}
	s.strings--
	s.state = skimLength
}

// begin starts the content of a string literal.
func (s *skimmer) begin() {
	s.state = skimString
	if s.left == 0 {
		s.next()
	}
}

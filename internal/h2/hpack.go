package h2

import (
	"golang.org/x/net/http2/hpack"

	"github.com/wirelike/wirelike/fingerprint"
)

// Representations of RFC 7541 §6: the bits above the index, and how many bits the index has in the first byte.
const (
	repIndexed     = 0x80 // 7
	repIncremental = 0x40 // 6
	repSizeUpdate  = 0x20 // 5
	repNever       = 0x10 // 4
	repWithout     = 0x00 // 4
)

// encoder compresses header blocks as one engine does; which choices an engine makes, RFC 7541 leaves to it, and they
// show on the wire. It is not safe for concurrent use, and allocates only while its table grows.
type encoder struct {
	policy *policy
	table  table
	// A table size update is due at the front of the next block: the lowest size since the last block, if lower than
	// the present one, then the present one (RFC 7541 §4.2).
	due    bool
	lowest uint32
	size   uint32
}

func newEncoder(p *policy) *encoder {
	e := &encoder{policy: p, size: defaultTableSize}
	e.table.resize(defaultTableSize)
	return e
}

// allow tells the encoder the server's SETTINGS_HEADER_TABLE_SIZE. Browsers take all of it, whatever it is.
func (e *encoder) allow(size uint32) {
	if size == e.size && !e.policy.resize {
		return
	}
	if !e.due || size < e.lowest {
		e.lowest = size
	}
	e.due, e.size = true, size
	e.table.resize(size)
}

// appendBlock appends the header block of fields. The values are kept for as long as they are in the table.
func (e *encoder) appendBlock(dst []byte, fields []fingerprint.Field) []byte {
	if e.due {
		e.due = false
		if e.lowest < e.size {
			dst = appendInt(dst, repSizeUpdate, 5, uint64(e.lowest))
		}
		dst = appendInt(dst, repSizeUpdate, 5, uint64(e.size))
	}
	for i := range fields {
		dst = e.policy.hpack(e, dst, fields[i].Name, fields[i].Value)
	}
	return dst
}

// search looks a field up the way Chromium and Go do: a whole match in the static table, then the newest in the dynamic
// one; else a name, from the static table before the newest of the dynamic one. It returns 0 for no index.
func (e *encoder) search(name, value string, lastStatic bool) (index uint64, whole bool) {
	for _, i := range staticNames(name) {
		s := &staticTable[i]
		if s.name != name {
			continue
		}
		if s.value == value {
			return uint64(i) + 1, true
		}
		if index == 0 || lastStatic {
			index = uint64(i) + 1
		}
	}
	for i := range e.table.n {
		d := e.table.at(i)
		if d.name != name {
			continue
		}
		if d.value == value {
			return uint64(len(staticTable) + 1 + i), true
		}
		if index == 0 {
			index = uint64(len(staticTable) + 1 + i)
		}
	}
	return index, false
}

// chromium is quiche's HpackEncoder: the lowest static index of a name; of the pseudo-header fields only :authority
// enters the table; Huffman only where that is shorter.
func (e *encoder) chromium(dst []byte, name, value string) []byte {
	index, whole := e.search(name, value, false)
	if whole {
		return appendInt(dst, repIndexed, 7, index)
	}
	if name != "" && (name[0] != ':' || name == ":authority") {
		dst = appendLiteral(dst, repIncremental, 6, index, name, value, appendShorter)
		e.table.add(name, value)
		return dst
	}
	return appendLiteral(dst, repWithout, 4, index, name, value, appendShorter)
}

// shortCookie: Firefox keeps shorter cookies out of every table, as they are easy to guess from their compression.
const shortCookie = 20

// firefox is Http2Compressor: it walks through both tables up to the first whole match and remembers the last entry
// with the name; it never indexes :path, marks credentials and short cookies as never indexed, keeps out what would fill
// more than half of the table, and Huffman-codes everything.
func (e *encoder) firefox(dst []byte, name, value string) []byte {
	index, whole := e.walk(name, value)
	f := entry{name, value}
	switch {
	case name == "authorization" || name == "cookie" && len(value) < shortCookie:
		return appendLiteral(dst, repNever, 4, index, name, value, appendHuffman)
	case whole && name != ":path":
		return appendInt(dst, repIndexed, 7, index)
	case name == ":path" || f.size() > uint64(e.size/2) || e.size < 128:
		return appendLiteral(dst, repWithout, 4, index, name, value, appendHuffman)
	}
	dst = appendLiteral(dst, repIncremental, 6, index, name, value, appendHuffman)
	e.table.add(name, value)
	return dst
}

// walk is the lookup of firefox.
func (e *encoder) walk(name, value string) (index uint64, whole bool) {
	for _, i := range staticNames(name) {
		if s := &staticTable[i]; s.name == name {
			index = uint64(i) + 1
			if s.value == value {
				return index, true
			}
		}
	}
	for i := range e.table.n {
		if d := e.table.at(i); d.name == name {
			index = uint64(len(staticTable) + 1 + i)
			if d.value == value {
				return index, true
			}
		}
	}
	return index, false
}

// neutral is the policy of a client without profile, that of x/net's hpack.Encoder: every field that fits enters the
// table, names take the highest static index, Huffman where that is shorter.
func (e *encoder) neutral(dst []byte, name, value string) []byte {
	index, whole := e.search(name, value, true)
	if whole {
		return appendInt(dst, repIndexed, 7, index)
	}
	f := entry{name, value}
	if f.size() > uint64(e.size) {
		return appendLiteral(dst, repWithout, 4, index, name, value, appendShorter)
	}
	dst = appendLiteral(dst, repIncremental, 6, index, name, value, appendShorter)
	e.table.add(name, value)
	return dst
}

func appendLiteral(dst []byte, rep byte, prefix uint, index uint64, name, value string, str func([]byte, string) []byte) []byte {
	dst = appendInt(dst, rep, prefix, index)
	if index == 0 {
		dst = str(dst, name)
	}
	return str(dst, value)
}

// appendInt appends an integer with an n-bit prefix (RFC 7541 §5.1), below the bits of rep.
func appendInt(dst []byte, rep byte, n uint, v uint64) []byte {
	mask := uint64(1)<<n - 1
	if v < mask {
		return append(dst, rep|byte(v))
	}
	dst = append(dst, rep|byte(mask))
	for v -= mask; v >= 0x80; v >>= 7 {
		dst = append(dst, byte(v)|0x80)
	}
	return append(dst, byte(v))
}

const huffman = 0x80 // the H bit of a string literal (RFC 7541 §5.2)

func appendHuffman(dst []byte, s string) []byte {
	return hpack.AppendHuffmanString(appendInt(dst, huffman, 7, hpack.HuffmanEncodeLength(s)), s)
}

func appendShorter(dst []byte, s string) []byte {
	if n := hpack.HuffmanEncodeLength(s); n < uint64(len(s)) {
		return hpack.AppendHuffmanString(appendInt(dst, huffman, 7, n), s)
	}
	return append(appendInt(dst, 0, 7, uint64(len(s))), s...)
}

package fingerprint

import (
	"errors"

	"golang.org/x/net/http2/hpack"
)

var (
	// errHPACK reports a header block that ends within a representation.
	errHPACK = errors.New("truncated header block")
	// errLateUpdate reports a table size update that is not at the front of its block (RFC 7541 §4.2).
	errLateUpdate = errors.New("dynamic table size update behind a field")
)

// blockForms lists the representation of each field of a header block, and the table size updates before the first.
// It reads lengths and prefixes only; values come from the HPACK decoder, which also rejects what is invalid.
func blockForms(b []byte) (forms []Form, updates []uint32, err error) {
	r := hpackReader{b: b}
	forms = make([]Form, 0, 24)
	for len(r.b) > 0 && r.err == nil {
		first := r.b[0]
		switch {
		case first&0x80 != 0:
			forms = append(forms, Form{Kind: FormIndexed, Index: r.number(7)})
		case first&0xe0 == 0x20:
			if len(forms) > 0 {
				return nil, nil, errLateUpdate
			}
			updates = append(updates, r.number(5))
		case first&0xc0 == 0x40:
			forms = append(forms, r.literal(FormIncremental, 6))
		case first&0xf0 == 0x10:
			forms = append(forms, r.literal(FormNever, 4))
		default:
			forms = append(forms, r.literal(FormWithout, 4))
		}
	}
	return forms, updates, r.err
}

type hpackReader struct {
	b   []byte
	err error
}

func (r *hpackReader) literal(k FormKind, prefix uint) Form {
	f := Form{Kind: k, Index: r.number(prefix)}
	if f.Index == 0 {
		f.NameHuffman = r.str()
	}
	f.ValueHuffman = r.str()
	return f
}

// number reads an integer with an n-bit prefix (RFC 7541 §5.1), at most 32 bits wide.
func (r *hpackReader) number(n uint) uint32 {
	if len(r.b) == 0 || r.err != nil {
		r.err = errHPACK
		return 0
	}
	mask := uint64(1)<<n - 1
	v := uint64(r.b[0]) & mask
	r.b = r.b[1:]
	if v < mask {
		return uint32(v)
	}
	for shift := uint(0); shift < 35 && len(r.b) > 0; shift += 7 {
		x := r.b[0]
		r.b = r.b[1:]
		v += uint64(x&0x7f) << shift
		if x&0x80 == 0 && v <= 1<<32-1 {
			return uint32(v)
		}
	}
	r.err = errHPACK
	return 0
}

// str skips a string literal (RFC 7541 §5.2) and tells whether it is Huffman-coded.
func (r *hpackReader) str() (huffman bool) {
	if len(r.b) == 0 || r.err != nil {
		r.err = errHPACK
		return false
	}
	huffman = r.b[0]&0x80 != 0
	n := r.number(7)
	if r.err != nil || uint64(n) > uint64(len(r.b)) {
		r.err = errHPACK
		return huffman
	}
	r.b = r.b[n:]
	return huffman
}

// HuffmanLength returns the length of a string in the Huffman code of HPACK (RFC 7541 §5.2), in bytes.
func HuffmanLength(s string) int { return int(hpack.HuffmanEncodeLength(s)) }

package fpserver

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// blocks are header blocks with every representation, each as a list of fields.
func skimBlocks() map[string][][]byte {
	long := func(first byte, bits int, s string) []byte { // literal with a spelled-out name, plain strings
		b := []byte{first}
		for range 2 {
			if len(s) < 127 {
				b = append(b, byte(len(s)))
			} else {
				b = append(b, 127)
				n := len(s) - 127
				for n >= 128 {
					b = append(b, byte(n)|0x80)
					n >>= 7
				}
				b = append(b, byte(n))
			}
			b = append(b, s...)
		}
		return b
	}
	encoded := func(f ...hpack.HeaderField) [][]byte {
		var out [][]byte
		var buf bytes.Buffer
		e := hpack.NewEncoder(&buf)
		for _, x := range f {
			buf.Reset()
			e.WriteField(x)
			out = append(out, bytes.Clone(buf.Bytes()))
		}
		return out
	}
	return map[string][][]byte{
		"encoder": encoded(hpack.HeaderField{Name: ":method", Value: "GET"}, hpack.HeaderField{Name: "user-agent", Value: "skim/1"},
			hpack.HeaderField{Name: "user-agent", Value: "skim/1"}, hpack.HeaderField{Name: "cookie", Value: "secret", Sensitive: true},
			hpack.HeaderField{Name: "x-new", Value: strings.Repeat("~", 500)}, hpack.HeaderField{Name: "x-empty", Value: ""}),
		"literals":    {long(0x40, 6, "a"), long(0x00, 4, strings.Repeat("b", 126)), long(0x10, 4, strings.Repeat("c", 127)), long(0, 4, strings.Repeat("d", 300))},
		"indexed":     {{0x82}, {0xff, 0x00}, {0xff, 0x80, 0x01}},
		"size update": {{0x20}, {0x3f, 0xe1, 0x1f}, {0x82}},
		"long index":  {{0x7f, 0x01, 0x01, 'v'}, {0x0f, 0x80, 0x02, 0x00}, {0x1f, 0x00, 0x01, 'v'}},
		"empty":       {long(0x40, 6, "")},
	}
}

func TestSkimmer(t *testing.T) {
	t.Parallel()
	for name, fields := range skimBlocks() {
		block := slices.Concat(fields...)
		ends := map[int]bool{0: true}
		n := 0
		for _, f := range fields {
			n += len(f)
			ends[n] = true
		}
		for end := range len(block) + 1 { // every truncation
			for _, piece := range []int{1, 2, 1 << 20} {
				s := skimmer{}
				for chunk := range slices.Chunk(block[:end], piece) {
					s.feed(chunk)
				}
				if s.whole() != ends[end] {
					t.Errorf("%s, %d of %d bytes in pieces of %d: whole %t", name, end, len(block), piece, s.whole())
				}
			}
		}
	}
}

func TestSkimmerOverflow(t *testing.T) {
	t.Parallel()
	s := skimmer{}
	s.feed([]byte{0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	s.feed(make([]byte, 100))
	if s.whole() {
		t.Error("a string of 2^60 bytes is whole")
	}
}

// FuzzSkimmer checks that the skimmer and the decoder agree on where a valid block ends.
func FuzzSkimmer(f *testing.F) {
	for _, fields := range skimBlocks() {
		f.Add(slices.Concat(fields...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := hpack.NewDecoder(4096, func(hpack.HeaderField) {})
		if _, err := d.Write(b); err != nil {
			return // the decoder stops at errors of content, the skimmer does not see them
		}
		whole := d.Close() == nil
		s := skimmer{}
		s.feed(b)
		if s.whole() != whole {
			t.Errorf("%x: skimmer %t, decoder %t", b, s.whole(), whole)
		}
	})
}

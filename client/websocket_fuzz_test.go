package client

import (
	"bufio"
	"bytes"
	"io"
	"testing"
)

// FuzzPassFrame: whatever a server sends, a frame is passed over to its last byte, or there is an error.
func FuzzPassFrame(f *testing.F) {
	for _, seed := range []string{
		"", "\x88\x02\x03\xe8", "\x88\x00", "\x81\x05hello", "\x82\x7e\x00\x03abc", "\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x01a",
		"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "\x89\x80\x01\x02\x03\x04", "\x08\x00", "\x88\x01a", "\x89\x7e\x01\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.NewReader(b)
		r := bufio.NewReader(in)
		op, err := passFrame(r)
		taken := len(b) - in.Len() - r.Buffered()
		if err != nil {
			if len(b) > 0 && err == io.EOF {
				t.Errorf("%q ends in between, and that is a plain EOF", b)
			}
			return
		}
		if op != b[0]&15 {
			t.Errorf("opcode %d of %q", op, b)
		}
		for n := range taken { // and no part of it is a frame
			if _, err := passFrame(bufio.NewReader(bytes.NewReader(b[:n]))); err == nil {
				t.Errorf("%d bytes of %q are a frame, too", n, b[:taken])
			}
			if n > 300 {
				break
			}
		}
	})
}

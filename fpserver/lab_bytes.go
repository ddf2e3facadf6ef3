package fpserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// seeded is the content of /bytes with a seed, which no compression makes smaller: 8 bytes at a time, little endian,
// of SplitMix64 (Steele, Lea, Flood 2014) begun with the seed.
type seeded struct {
	seed      uint64
	size, pos int64
}

// word returns the bytes at 8·i.
func (c *seeded) word(i uint64) uint64 {
	z := c.seed + (i+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (c *seeded) Read(b []byte) (int, error) {
	if c.pos >= c.size {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), c.size-c.pos)]
	var word [8]byte
	for n := 0; n < len(b); {
		at := uint64(c.pos)
		binary.LittleEndian.PutUint64(word[:], c.word(at/8))
		k := copy(b[n:], word[at%8:])
		n += k
		c.pos += int64(k)
	}
	return len(b), nil
}

func (c *seeded) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.pos
	case io.SeekEnd:
		offset += c.size
	}
	if offset < 0 {
		return 0, errors.New("fpserver: seek before the start")
	}
	c.pos = offset
	return offset, nil
}

// bytes serves the pattern, or with a seed noise, with its length, and ranges of it. The entity tag names the content,
// so that a part fits only to a part of the same.
func (s *Server) bytes(w http.ResponseWriter, r *http.Request) {
	n, ok := size(w, r)
	if !ok {
		return
	}
	q := readQuery(r)
	var content io.ReadSeeker = &pattern{size: n}
	tag := fmt.Sprintf(`"%d"`, n)
	if text := q.text("seed", ""); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			q.fail("seed must be a number of 64 bits")
		}
		content, tag = &seeded{seed: seed, size: n}, fmt.Sprintf(`"%d-%d"`, n, seed)
	}
	if !q.done(w) {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, content)
}

// setLength announces the length of a body.
func setLength(h http.Header, n int64) { h.Set("Content-Length", strconv.FormatInt(n, 10)) }

// writePattern writes the bytes of the pattern from one place to another.
func writePattern(w io.Writer, from, to int64) error {
	_, err := io.Copy(w, io.LimitReader(&pattern{size: to, pos: from}, to-from))
	return err
}

package fpserver

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
)

const (
	maxBytes    = 1 << 30
	period      = 251 // a prime, so that a piece that is lost or doubled shows
	streamPiece = 16 << 10
)

// patternBlock is long enough for a piece that begins at any place of the period.
var patternBlock = bytes.Repeat(func() []byte {
	b := make([]byte, period)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}(), 32<<10/period+1)

// pattern is the content of /bytes: byte i is i mod 251.
type pattern struct{ size, pos int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.pos >= p.size {
		return 0, io.EOF
	}
	n := copy(b[:min(int64(len(b)), p.size-p.pos)], patternBlock[p.pos%period:])
	p.pos += int64(n)
	return n, nil
}

func (p *pattern) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.pos
	case io.SeekEnd:
		offset += p.size
	}
	if offset < 0 {
		return 0, errors.New("fpserver: seek before the start")
	}
	p.pos = offset
	return offset, nil
}

// size reads the number in the path.
func size(w http.ResponseWriter, r *http.Request) (int64, bool) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || n < 0 || n > maxBytes {
		fail(w, http.StatusBadRequest, "the size must be a number of bytes from 0 to 1073741824")
		return 0, false
	}
	return n, true
}

// stream serves the pattern in pieces, without a length.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	n, ok := size(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	flush := http.NewResponseController(w)
	flush.Flush()
	if r.Method == http.MethodHead {
		return
	}
	for p := (&pattern{size: n}); p.pos < n; {
		if _, err := io.CopyN(w, p, min(streamPiece, n-p.pos)); err != nil {
			return
		}
		if flush.Flush() != nil {
			return
		}
	}
}

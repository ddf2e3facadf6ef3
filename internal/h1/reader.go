package h1

import (
	"bytes"
	"errors"
	"io"
)

var (
	errTooLong = errors.New("line or section too long")
	errFrozen  = errors.New("not buffered")
)

// reader buffers what comes from the server. It belongs to one goroutine at a time: the watcher until a response
// begins, then whoever consumes the response.
type reader struct {
	src    io.Reader
	pooled *buffer // nil after release
	buf    []byte  // pooled.b, or larger while a long section is gathered
	r, w   int     // buf[r:w] is unread
	err    error   // the first error of src, returned when the buffer is used up
	frozen bool    // do not read from src
}

func (r *reader) init(src io.Reader) {
	r.src, r.pooled = src, readBuffers.Get().(*buffer)
	r.buf = r.pooled.b
}

// release gives the buffer back. The reader then only returns errors.
func (r *reader) release() {
	if r.pooled != nil {
		readBuffers.Put(r.pooled)
		r.pooled, r.buf, r.r, r.w, r.err = nil, nil, 0, 0, ErrClosed
	}
}

func (r *reader) buffered() int { return r.w - r.r }

// fill reads at least one byte more into the buffer, which grows when it is full.
func (r *reader) fill() error {
	switch {
	case r.err != nil:
		return r.err
	case r.frozen:
		return errFrozen
	case r.r == r.w:
		r.r, r.w, r.buf = 0, 0, r.pooled.b
	case r.w == len(r.buf) && r.r > 0:
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	case r.w == len(r.buf):
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.w:])
		r.w += n
		r.err = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	r.err = io.ErrNoProgress
	return r.err
}

// Read implements [io.Reader]. Large reads pass the buffer by.
func (r *reader) Read(p []byte) (int, error) {
	if r.r == r.w {
		if len(p) >= readSize && r.err == nil && !r.frozen {
			n, err := r.src.Read(p)
			if r.err = err; n > 0 {
				err = nil
			}
			return n, err
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.r:r.w])
	r.r += n
	return n, nil
}

// peek returns what is buffered, at most n bytes of it.
func (r *reader) peek(n int) []byte { return r.buf[r.r:min(r.w, r.r+n)] }

// begins reads until the unread bytes begin with s, or cannot any more, and tells which.
func (r *reader) begins(s string) (bool, error) {
	for {
		b := r.peek(len(s))
		switch {
		case string(b) != s[:len(b)]:
			return false, nil
		case len(b) == len(s):
			return true, nil
		}
		if err := r.fill(); err != nil {
			return false, err
		}
	}
}

// line returns the next line without its end, CRLF or a bare LF. It is valid until the next call.
func (r *reader) line(limit int) ([]byte, error) {
	for seen := 0; ; {
		b := r.buf[r.r:r.w]
		if i := bytes.IndexByte(b[seen:], '\n'); i >= 0 {
			i += seen
			r.r += i + 1
			if i > limit {
				return nil, errTooLong
			}
			return bytes.TrimSuffix(b[:i], []byte("\r")), nil
		}
		if seen = len(b); seen > limit {
			return nil, errTooLong
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

// section returns the bytes up to and with the next empty line. They are valid until the next call.
func (r *reader) section(limit int) ([]byte, error) {
	for line, seen := 0, 0; ; { // offsets: where the current line begins, what has been looked at
		b := r.buf[r.r:r.w]
		for {
			i := bytes.IndexByte(b[seen:], '\n')
			if i < 0 {
				seen = len(b)
				break
			}
			end := seen + i
			seen = end + 1
			if end == line || end == line+1 && b[line] == '\r' {
				r.r += seen
				if seen > limit {
					return nil, errTooLong
				}
				return b[:seen], nil
			}
			line = seen
		}
		if seen > limit {
			return nil, errTooLong
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

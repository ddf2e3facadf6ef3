package client

import (
	"bytes"
	"errors"
	"io"
	"iter"
)

// DefaultMaxLine is how long a line of [Response.Lines] and an event of [Response.Events] may be, in bytes, unless
// [LinesOptions.MaxLine] says otherwise.
const DefaultMaxLine = 1 << 20

// LinesOptions says what a line is. The zero value, like nil, is one that ends with LF, CR or CRLF.
type LinesOptions struct {
	// Delimiter ends a line in place of LF, CR and CRLF. Empty: these.
	Delimiter []byte
	// MaxLine bounds the length of a line, in bytes without what ends it; a longer one is an ErrTooLarge. 0: [DefaultMaxLine];
	// negative: no bound.
	MaxLine int
}

// Lines reads the body line by line, each without what ends it, as soon as it is complete. What stands behind the last
// delimiter is a line if it is not empty. A line is valid until the next one. The loop closes the body when it ends, in
// whatever way.
//
// An error comes with what is there of its line, and is the last pair.
func (r *Response) Lines(o *LinesOptions) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		defer r.Body.Close()
		l := newLines(r.Body, o)
		for {
			line, err := l.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				err = r.bodyError("lines", err)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// bodyError makes the package's error, with the response in it, of one that ends the reading of the body.
func (r *Response) bodyError(op string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = newError(op, r.URL, err)
	}
	failed := *e
	failed.Response = r
	return &failed
}

// lines cuts what it reads into lines.
type lines struct {
	r         io.Reader
	delimiter []byte // nil for LF, CR and CRLF
	max       int    // negative for none
	buf       []byte // from start: what is not yet given out
	start     int
	seen      int  // up to here no line ends
	cr        bool // the last line ended with CR: an LF belongs to it
	err       error
}

func newLines(r io.Reader, o *LinesOptions) *lines {
	l := &lines{r: r, max: DefaultMaxLine}
	if o != nil {
		l.delimiter = o.Delimiter
		if o.MaxLine != 0 {
			l.max = o.MaxLine
		}
	}
	return l
}

// next returns the next line; io.EOF when there is none.
func (l *lines) next() ([]byte, error) {
	for {
		if l.cr && l.start < len(l.buf) {
			l.cr = false
			if l.buf[l.start] == '\n' {
				l.start++
				l.seen = max(l.seen, l.start)
			}
		}
		if end, width := l.find(); end >= 0 {
			line := l.buf[l.start:end]
			if l.max >= 0 && len(line) > l.max {
				return l.tooLong()
			}
			l.cr = len(l.delimiter) == 0 && l.buf[end] == '\r'
			l.start = end + width
			l.seen = l.start
			return line, nil
		}
		rest := l.buf[l.start:]
		if l.max >= 0 && len(rest) > l.max+max(len(l.delimiter)-1, 0) {
			return l.tooLong()
		}
		if l.err != nil {
			l.start = len(l.buf)
			l.seen = l.start
			switch {
			case l.err != io.EOF || len(rest) == 0:
				return rest, l.err
			case l.max >= 0 && len(rest) > l.max:
				return rest[:l.max], invalid(ErrTooLarge, "a line is longer than %d bytes", l.max)
			}
			return rest, nil
		}
		l.fill()
	}
}

func (l *lines) tooLong() ([]byte, error) {
	return l.buf[l.start:][:l.max], invalid(ErrTooLarge, "a line is longer than %d bytes", l.max)
}

// find looks for the end of the line, and does not look twice at the same bytes.
func (l *lines) find() (end, width int) {
	if n := len(l.delimiter); n > 0 {
		if i := bytes.Index(l.buf[l.seen:], l.delimiter); i >= 0 {
			return l.seen + i, n
		}
		l.seen = max(l.start, len(l.buf)-n+1)
		return -1, 0
	}
	for i := l.seen; i < len(l.buf); i++ {
		if c := l.buf[i]; c == '\n' || c == '\r' {
			return i, 1
		}
	}
	l.seen = len(l.buf)
	return -1, 0
}

// fill reads once.
func (l *lines) fill() {
	const least = 4 << 10
	if l.start > 0 {
		n := copy(l.buf, l.buf[l.start:])
		l.seen -= l.start
		l.buf, l.start = l.buf[:n], 0
	}
	if cap(l.buf)-len(l.buf) < least {
		grown := make([]byte, len(l.buf), max(2*cap(l.buf), len(l.buf)+least))
		copy(grown, l.buf)
		l.buf = grown
	}
	n, err := l.r.Read(l.buf[len(l.buf):cap(l.buf)])
	l.buf = l.buf[:len(l.buf)+n]
	l.err = err
}

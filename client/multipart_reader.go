package client

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// piece is a part of the body: bytes, or the content of a part that is opened when its turn comes.
type piece struct {
	data   []byte
	part   *FormPart // nil for bytes
	length int64     // -1 for unknown
}

func (p *piece) open() (io.ReadCloser, error) {
	if p.part.Open != nil {
		return p.part.Open()
	}
	return os.Open(p.part.Path)
}

// formReader reads a multipart body once. Close may be called while another goroutine reads.
type formReader struct {
	pieces []piece
	at     int   // bytes read of the first piece
	left   int64 // of the open one
	rest   int   // of a body in memory
	err    error

	mu     sync.Mutex
	now    io.ReadCloser // the first piece, while it is open
	closed bool
}

// Len is the number of bytes to come, of a body in memory.
func (r *formReader) Len() int { return r.rest }

func (r *formReader) Read(p []byte) (int, error) {
	n := 0
	for r.err == nil && n < len(p) {
		if len(r.pieces) == 0 {
			r.err = io.EOF
			break
		}
		first := &r.pieces[0]
		if first.part == nil {
			c := copy(p[n:], first.data[r.at:])
			n, r.at = n+c, r.at+c
			if r.at == len(first.data) {
				r.pieces, r.at = r.pieces[1:], 0
			}
			continue
		}
		if n > 0 {
			break // what is there may go out while the content is waited for
		}
		c, err := r.content(p, first)
		if r.err = err; c > 0 || err != nil {
			n = c
			break
		}
	}
	r.rest -= n
	if n > 0 && r.err == io.EOF {
		return n, nil
	}
	return n, r.err
}

// content reads of the content of a part. At its end it returns 0, nil.
func (r *formReader) content(p []byte, first *piece) (int, error) {
	now, err := r.opened(first)
	if err != nil {
		return 0, fmt.Errorf("part %.80q: %w", first.part.Name, err)
	}
	n, err := now.Read(p)
	if first.length >= 0 {
		if r.left -= int64(n); r.left < 0 {
			return 0, invalid(ErrBodyLength, "part %.80q is longer than it was measured", first.part.Name)
		}
	}
	switch {
	case err == io.EOF && first.length >= 0 && r.left > 0:
		return n, invalid(ErrBodyLength, "part %.80q lacks %d bytes: %w", first.part.Name, r.left, io.ErrUnexpectedEOF)
	case err == io.EOF:
		err = r.shut(false)
		r.pieces = r.pieces[1:]
	}
	if err != nil {
		err = fmt.Errorf("part %.80q: %w", first.part.Name, err)
	}
	return n, err
}

// opened returns the content of the first piece, and opens it if that has not been done.
func (r *formReader) opened(first *piece) (io.Reader, error) {
	r.mu.Lock()
	now, closed := r.now, r.closed
	r.mu.Unlock()
	switch {
	case closed:
		return nil, io.ErrClosedPipe
	case now != nil:
		return now, nil
	}
	now, err := first.open() // may take its time
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		now.Close()
		return nil, io.ErrClosedPipe
	}
	r.now, r.left = now, first.length
	return now, nil
}

// shut closes the part that is being read, if there is one.
func (r *formReader) shut(all bool) error {
	r.mu.Lock()
	now := r.now
	r.now, r.closed = nil, r.closed || all
	r.mu.Unlock()
	if now == nil {
		return nil
	}
	return now.Close()
}

// Close closes the part that is being read; nothing is read any more.
func (r *formReader) Close() error { return r.shut(true) }

package engine

import (
	"io"
	"sync"
)

// body is a request's body that cannot be produced again. A connection closes the body that it was given also when it has
// read nothing of it; as long as that may lead to another attempt, Close only remembers it.
type body struct {
	rc io.ReadCloser

	mu     sync.Mutex
	read   bool // something was read, or a Read is under way
	closed bool // Close was called
	ended  bool // rc was closed, or belongs to another attempt
	last   bool // there will be no other attempt
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	over := b.closed || b.ended
	b.read = b.read || !over
	b.mu.Unlock()
	if over {
		return 0, io.ErrClosedPipe
	}
	return b.rc.Read(p)
}

func (b *body) Close() error {
	b.mu.Lock()
	b.closed = true
	return b.settle()
}

// settle closes rc if it is time; it unlocks b.mu.
func (b *body) settle() error {
	end := b.closed && !b.ended && (b.read || b.last)
	b.ended = b.ended || end
	b.mu.Unlock()
	if end {
		return b.rc.Close()
	}
	return nil
}

// commit says that the attempt was the last one. The connection, which may still read the body, will close it.
func (b *body) commit() {
	b.mu.Lock()
	b.last = true
	b.settle()
}

// discard closes the body of a request that is given up.
func (b *body) discard() {
	b.mu.Lock()
	b.last, b.closed = true, true
	b.settle()
}

// untouched returns the body for another attempt, nil when it was read or is still in use. The attempt before cannot
// read it any more.
func (b *body) untouched() io.ReadCloser {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed || b.read {
		return nil
	}
	b.ended = true
	return b.rc
}

package client

import (
	"context"
	"errors"
	"io"
	"sync"
)

// rewindable lends a reader that can be put back to where it stood. The connection closes what it was lent when it does not
// read any more, perhaps after the response has come, and perhaps while its last Read still runs. Only when both are over
// it can be lent again: a reader cannot be put back under a Read. The reader itself is closed once, at the end.
type rewindable struct {
	r      io.Reader
	s      io.Seeker
	start  int64
	length int64 // -1 for unknown

	mu    sync.Mutex
	out   *lent // nil when nobody has it, nor reads it
	over  bool
	ended bool // r is closed
}

// lent is the reader in the hands of one request.
type lent struct {
	source
	of   *rewindable
	done chan struct{} // closed when it was given back

	// of.mu is held for these.
	reads  int // that run
	closed bool
}

func (b *rewindable) lend() *lent {
	l := &lent{source: source{r: onlyReader{b.r}, left: b.length}, of: b, done: make(chan struct{})}
	b.mu.Lock()
	b.out = l
	b.mu.Unlock()
	return l
}

// onlyReader hides the other methods of a reader.
type onlyReader struct{ io.Reader }

// again waits until the reader is back and lends it once more, from where it stood at first. The wait ends with ctx, and with an
// ErrClosed when done is closed.
func (b *rewindable) again(ctx context.Context, done <-chan struct{}) (io.ReadCloser, error) {
	b.mu.Lock()
	out := b.out
	b.mu.Unlock()
	if out != nil { // a connection that has failed, or answered without wanting it, gives it back at once
		select {
		case <-out.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-done:
			return nil, &fault{ErrClosed, errors.New("the session was closed")}
		}
	}
	if _, err := b.s.Seek(b.start, io.SeekStart); err != nil {
		return nil, &fault{ErrRequestBody, err}
	}
	return b.lend(), nil
}

func (b *rewindable) finish() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.settle()
}

// settle closes the reader when nobody wants it any more, nor will; that may end a Read.
func (b *rewindable) settle() {
	b.mu.Lock()
	due := b.over && (b.out == nil || b.out.closed) && !b.ended
	b.ended = b.ended || due
	b.mu.Unlock()
	if due {
		closeReader(b.r)
	}
}

// Read reads while the reader is lent.
func (l *lent) Read(p []byte) (int, error) {
	l.of.mu.Lock()
	if l.closed {
		l.of.mu.Unlock()
		return 0, io.ErrClosedPipe
	}
	l.reads++
	l.of.mu.Unlock()
	n, err := l.source.Read(p)
	l.of.mu.Lock()
	l.reads--
	l.back()
	l.of.mu.Unlock()
	return n, err
}

// Close gives the reader back, once no Read of it runs.
func (l *lent) Close() error {
	l.of.mu.Lock()
	if l.closed {
		l.of.mu.Unlock()
		return nil
	}
	l.closed = true
	l.back()
	l.of.mu.Unlock()
	l.of.settle()
	return nil
}

// back gives the reader back if it is closed and nobody reads it.
func (l *lent) back() {
	if !l.closed || l.reads > 0 {
		return
	}
	if l.of.out == l {
		l.of.out = nil
	}
	close(l.done)
}

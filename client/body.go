package client

import (
	"io"
	"net/url"
	"sync"
	"sync/atomic"
)

// body is the body of a response: it undoes the content codings and gives errors their kind. Close may be called while
// another goroutine reads, which ends the Read.
type body struct {
	src    io.ReadCloser
	url    *url.URL
	ended  func() // called when the body has ended well; may be nil
	closed atomic.Bool
	hold   *hold // nil when nothing ends with the body
	pace   *pace // nil for as fast as it comes

	received int64 // bytes, as they came

	mu  sync.Mutex // held by Read
	dec *decoder   // nil without codings, and once it is done
	err error      // sticky
}

func newBody(u *url.URL, src io.ReadCloser, codings []string, ended func()) *body {
	b := &body{src: src, url: u, ended: ended}
	if len(codings) > 0 {
		b.dec = newDecoder((*encoded)(b), codings)
	}
	return b
}

// Read reads the decoded body. All errors but io.EOF are of type *[Error].
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	if b.closed.Load() {
		return 0, b.error(&fault{ErrClosed, io.ErrClosedPipe})
	}
	var n int
	var err error
	b.hold.watchOver(true)
	if b.dec != nil {
		n, err = b.dec.Read(p)
	} else {
		n, err = b.take(p)
	}
	b.hold.watchOver(false)
	b.hold.saw(p[:n])
	if err == nil {
		return n, nil
	}
	if b.dec != nil {
		b.dec.release()
		b.dec = nil
	}
	switch {
	case err == io.EOF:
		if b.ended != nil {
			b.ended()
		}
	case b.closed.Load():
		err = b.error(&fault{ErrClosed, io.ErrClosedPipe})
	default:
		if b.hold != nil {
			err = overdue(b.hold.ctx, err)
		}
		err = b.error(readFault(err))
	}
	b.err = err
	b.hold.end()
	return n, err
}

// take reads of the body as it comes, when it is due.
func (b *body) take(p []byte) (int, error) {
	if b.pace == nil {
		n, err := b.src.Read(p)
		b.received += int64(n)
		return n, err
	}
	if b.pace.due() > 0 {
		b.hold.watchOver(false) // the pause is not the peer's
		if err := b.pace.wait(); err != nil {
			return 0, err
		}
		b.hold.watchOver(true)
	}
	n, err := b.src.Read(b.pace.limit(p))
	b.received += int64(n)
	b.pace.count(n)
	return n, err
}

// encoded is a body as the decoder reads it.
type encoded body

func (e *encoded) Read(p []byte) (int, error) { return (*body)(e).take(p) }

// Close ends the body; what has not been read is discarded. Only the first call has an effect.
func (b *body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	b.pace.stop()
	err := b.src.Close() // ends a Read that holds the lock
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dec != nil {
		b.dec.release()
		b.dec = nil
	}
	b.hold.end()
	if err != nil {
		return b.error(readFault(err))
	}
	return nil
}

func (b *body) error(err error) error { return newError("read", b.url, err) }

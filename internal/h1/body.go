package h1

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/wirelike/wirelike/fingerprint"
)

// body is the body of a response. Read belongs to one goroutine at a time; Close may be called meanwhile.
type body struct {
	x      *exchange
	kind   framing
	closed atomic.Bool

	mu     sync.Mutex // held by Read
	left   int64      // bytes yet to come, of the body or of the chunk
	chunks chunkReader
	err    error // what every further Read returns

	trailer atomic.Pointer[[]fingerprint.Field] // set at the end
}

// open sets up the body of the response, and ends the exchange at once when there is none.
func (x *exchange) open() {
	b := &x.body
	x.resp.Body = b
	switch b.kind {
	case tunnel:
		x.tunnel()
	case noBody:
		b.err = io.EOF
		x.finish()
	case chunked:
		x.resp.Trailer = b.trailerFields
	default:
		b.left = x.resp.Length
	}
}

// Uploaded implements [plan.Uploader].
func (b *body) Uploaded() int64 { return b.x.uploaded.Load() }

func (b *body) trailerFields() []fingerprint.Field {
	if t := b.trailer.Load(); t != nil {
		return *t
	}
	return nil
}

// Read implements [io.Reader]. An error after the end of the context is the context's.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed.Load():
		return 0, ErrBodyClosed
	case b.err != nil:
		return 0, b.err
	case len(p) == 0:
		return 0, nil
	}
	if reason := b.x.c.reason(); reason != nil {
		b.fail(reason)
		return 0, b.err
	}
	n, err := b.read(p)
	reason := error(nil)
	if err == io.EOF {
		// A server that sees the connection end may end its body well: that is its answer to us, not the end of what it had.
		reason = b.x.c.reason()
	}
	switch {
	case reason != nil:
		b.fail(reason)
	case err == io.EOF:
		b.err = io.EOF
		b.x.finish()
	case err != nil:
		b.fail(err)
	}
	return n, b.err
}

// fail ends the connection, unless it has ended before err, and for another reason that is then the one to report.
func (b *body) fail(err error) {
	b.err = b.x.lost(err, false)
}

// read returns io.EOF at the end of the body, which may be together with its last bytes.
func (b *body) read(p []byte) (int, error) {
	in := &b.x.c.in
	switch b.kind {
	case untilClose:
		return in.Read(p)
	case chunked:
		return b.readChunked(p)
	}
	n, err := in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return n, io.EOF
	case err != nil:
		return n, unexpected(err)
	}
	return n, nil
}

// unexpected is err within something that has not ended yet.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Close implements [io.Closer]. It does not wait for the server.
func (b *body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	if !b.mu.TryLock() { // a Read waits, or is about to end the exchange by itself
		b.x.c.shut(b.x, ErrBodyClosed)
		return nil
	}
	defer b.mu.Unlock()
	if b.err == nil {
		b.drain()
	}
	return nil
}

// drain passes over the rest of the body if that is in the buffer already; otherwise the connection is closed.
func (b *body) drain() {
	in := &b.x.c.in
	in.frozen = true
	var scratch [1024]byte
	var err error
	for err == nil {
		_, err = b.read(scratch[:])
	}
	in.frozen = false
	if b.err = err; err == io.EOF {
		b.x.finish()
		return
	}
	in.release()
	if errors.Is(err, errFrozen) {
		err = errUnread
	}
	b.x.c.shut(b.x, err)
}

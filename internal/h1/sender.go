package h1

import (
	"errors"
	"io"
	"sync"
	"time"
)

const (
	// settle is how long the end of a response waits for the end of its request, which has mostly been sent by then.
	settle = 50 * time.Millisecond
	// lastWord is how long a response is still awaited when the request cannot be written any more: servers refuse
	// large bodies by a response and a close.
	lastWord = 500 * time.Millisecond
	// chunkSize is the largest chunk, in bytes; with its framing it fills one TLS record, as in Chromium.
	chunkSize   = writeSize - chunkPrefix - 2
	chunkPrefix = len("3ff4\r\n")
	lastChunk   = "0\r\n\r\n"
)

var errCeased = errors.New("h1: body no longer wanted")

// sender sends the body of a request from its own goroutine, so that a response can be read meanwhile.
type sender struct {
	c      *Conn
	x      *exchange
	body   io.ReadCloser
	length int64
	gate   chan struct{} // closed when the body may be sent; nil when nothing is waited for
	done   chan struct{} // closed when the goroutine ends; nil when there is none
	whole  bool          // all has been sent; valid after done

	mu      sync.Mutex
	opened  bool // gate is closed
	ceased  bool // stop at the next opportunity
	reading bool // within body.Read
	closed  bool // somebody has called, or is about to call, body.Close
}

func (s *sender) run() {
	defer close(s.done)
	s.await()
	buf := writeBuffers.Get().(*buffer)
	var err error
	if s.length < 0 {
		err = s.sendChunks(buf.b[:writeSize])
	} else {
		err = s.sendFixed(buf.b[:writeSize])
	}
	putWriteBuffer(buf)
	s.close()
	s.x.wroteRequest(err)
	var failed *BodyError
	switch {
	case err == nil:
		s.whole = true
	case errors.As(err, &failed):
		s.c.shut(s.x, err)
	case !errors.Is(err, errCeased):
		s.c.writeFailed(s.x, err)
	}
}

func (s *sender) sendFixed(buf []byte) error {
	for left := s.length; left > 0; {
		// One byte more than announced is asked for, to notice a longer body before its last bytes are sent.
		n, err := s.read(buf[:min(int64(len(buf)), left+1)])
		if int64(n) > left {
			return &BodyError{ErrBodyLength}
		}
		left -= int64(n)
		if n > 0 {
			if _, err := s.c.conn.Write(buf[:n]); err != nil {
				return err
			}
			s.x.uploaded.Add(int64(n))
		}
		switch {
		case err == io.EOF && left > 0:
			return &BodyError{ErrBodyLength}
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
	switch n, err := s.read(buf[:1]); {
	case n > 0:
		return &BodyError{ErrBodyLength}
	case err != io.EOF && err != errCeased: // a refusal that comes now finds nothing left to stop
		return err
	}
	return nil
}

func (s *sender) sendChunks(buf []byte) error {
	for {
		n, err := s.read(buf[chunkPrefix : chunkPrefix+chunkSize])
		if err != nil && err != io.EOF {
			return err
		}
		b := buf[chunkPrefix : chunkPrefix+n]
		if n > 0 {
			start := chunkHead(buf, n)
			b = append(buf[start:chunkPrefix+n], "\r\n"...)
		}
		if err == io.EOF {
			b = append(b, lastChunk...)
		}
		if len(b) > 0 {
			if _, werr := s.c.conn.Write(b); werr != nil {
				return werr
			}
			s.x.uploaded.Add(int64(n))
		}
		if err == io.EOF {
			return nil
		}
	}
}

// chunkHead writes the size line of a chunk of n bytes so that it ends at chunkPrefix, and returns where it begins.
func chunkHead(buf []byte, n int) int {
	i := chunkPrefix - 2
	copy(buf[i:], "\r\n")
	for ; n > 0; n >>= 4 {
		i--
		buf[i] = "0123456789abcdef"[n&15]
	}
	return i
}

// read reads from the body at least one byte, unless the body is no longer wanted. Its errors are a *BodyError, io.EOF
// or errCeased.
func (s *sender) read(p []byte) (int, error) {
	for range 100 {
		s.mu.Lock()
		if s.ceased {
			s.mu.Unlock()
			return 0, errCeased
		}
		s.reading = true
		s.mu.Unlock()
		n, err := s.body.Read(p)
		s.mu.Lock()
		s.reading = false
		ceased := s.ceased
		s.mu.Unlock()
		switch {
		case ceased: // and the error, if any, may be the doing of abandon
			return 0, errCeased
		case err != nil && err != io.EOF:
			return n, &BodyError{err}
		case n > 0 || err != nil:
			return n, err
		}
	}
	return 0, &BodyError{io.ErrNoProgress}
}

// close closes the body, once.
func (s *sender) close() {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if !closed {
		s.body.Close()
	}
}

// cease makes the sender stop before it reads on.
func (s *sender) cease() {
	s.mu.Lock()
	s.ceased = true
	s.open()
	s.mu.Unlock()
}

// abandon makes the sender stop even if it waits for the body, which is then closed under its hands. A Write that waits
// must be ended by other means.
func (s *sender) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ceased = true
	s.open()
	if s.reading && !s.closed {
		s.closed = true
		go s.body.Close() // may wait for the Read to return
	}
}

// finished says whether the body has been sent as a whole, and waits a moment for it.
func (s *sender) finished() bool {
	if s.done == nil {
		return true
	}
	select {
	case <-s.done:
		return s.whole
	default:
	}
	t := time.NewTimer(settle)
	defer t.Stop()
	select {
	case <-s.done:
		return s.whole
	case <-s.c.done:
	case <-t.C:
	}
	return false
}

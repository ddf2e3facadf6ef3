package client

import (
	"errors"
	"io"
	"sync"
)

// upload is the request body of a call, which may be sent more than once: again after a redirect, a retry or a challenge.
type upload struct {
	payload
	sent bool
	back *rewindable // not nil for a body that can be rewound
}

// rewound makes the body one that can be sent again if it is a file or the like.
func (u *upload) rewound(r io.Reader) {
	s, ok := r.(io.Seeker)
	if !ok || u.body == nil || u.get != nil {
		return
	}
	at, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return // a pipe
	}
	u.back = &rewindable{r: r, s: s, start: at, length: u.length}
	u.body = u.back.lend()
	u.get = func() (io.ReadCloser, error) { return u.back.again() }
}

var errConsumed = errors.New("the body has been read, and there is no GetBody to have it again")

// next returns the body for the next request.
func (u *upload) next() (io.ReadCloser, error) {
	if u.body == nil {
		return nil, nil
	}
	if !u.sent {
		u.sent = true
		return u.body, nil
	}
	if u.get == nil {
		return nil, &fault{ErrBodyNotReplayable, errConsumed}
	}
	rc, err := u.get()
	if err != nil {
		return nil, &fault{ErrRequestBody, err}
	}
	return rc, nil
}

// finish is called when there will be no further request.
func (u *upload) finish() {
	switch {
	case u.back != nil:
		u.back.finish()
	case u.body != nil && !u.sent:
		u.sent = true
		u.body.Close()
	}
}

// rewindable lends a reader that can be put back to where it stood. The connection closes what it was lent when it does not
// read any more, perhaps after the response has come; only then it can be lent again. The reader itself is closed once, at
// the end.
type rewindable struct {
	r      io.Reader
	s      io.Seeker
	start  int64
	length int64 // -1 for unknown

	mu    sync.Mutex
	out   *lent // nil when nobody has it
	over  bool
	ended bool // r is closed
}

type lent struct {
	source
	of   *rewindable
	once sync.Once
	done chan struct{} // closed when it was given back
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

// again waits until the reader is back and lends it once more, from where it stood at first.
func (b *rewindable) again() (io.ReadCloser, error) {
	b.mu.Lock()
	out := b.out
	b.mu.Unlock()
	if out != nil {
		<-out.done // a connection that has failed, or answered without wanting it, gives it back at once
	}
	if _, err := b.s.Seek(b.start, io.SeekStart); err != nil {
		return nil, err
	}
	return b.lend(), nil
}

func (b *rewindable) finish() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.settle()
}

// settle closes the reader when nobody has it any more, nor will.
func (b *rewindable) settle() {
	b.mu.Lock()
	due := b.over && b.out == nil && !b.ended
	b.ended = b.ended || due
	b.mu.Unlock()
	if due {
		closeReader(b.r)
	}
}

// Close gives the reader back.
func (l *lent) Close() error {
	l.once.Do(func() {
		l.of.mu.Lock()
		if l.of.out == l {
			l.of.out = nil
		}
		l.of.mu.Unlock()
		close(l.done)
		l.of.settle()
	})
	return nil
}

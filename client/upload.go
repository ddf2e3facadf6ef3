package client

import (
	"context"
	"errors"
	"io"
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
}

// repeatable tells whether the body can be had again.
func (u *upload) repeatable() bool { return u.get != nil || u.back != nil }

var errConsumed = errors.New("the body has been read, and there is no GetBody to have it again")

// next returns the body for the next request. It may have to wait for the body, until ctx ends or done is closed.
func (u *upload) next(ctx context.Context, done <-chan struct{}) (io.ReadCloser, error) {
	if u.body == nil {
		return nil, nil
	}
	if !u.sent {
		u.sent = true
		return u.body, nil
	}
	return u.again(ctx, done)
}

// again returns the body once more.
func (u *upload) again(ctx context.Context, done <-chan struct{}) (io.ReadCloser, error) {
	if u.back != nil {
		return u.back.again(ctx, done)
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

// apart returns the body once more, not to be sent; it must be closed before the next one is asked for.
func (u *upload) apart(ctx context.Context, done <-chan struct{}) (io.ReadCloser, error) {
	if u.back != nil && !u.sent {
		u.sent = true
		u.body.Close() // which gives it back, unread
	}
	return u.again(ctx, done)
}

// finish is called when there will be no further request.
func (u *upload) finish() {
	if u.body != nil && !u.sent {
		u.sent = true
		u.body.Close()
	}
	if u.back != nil {
		u.back.finish()
	}
}

package client

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

// slowFile is a file whose Read stays until it is let go; it notes what is done to it meanwhile.
type slowFile struct {
	*strings.Reader
	release chan struct{}
	inside  bool
	overlap bool // a Seek while a Read ran
	closed  int
}

func (f *slowFile) Read(p []byte) (int, error) {
	f.inside = true
	<-f.release
	f.inside = false
	return f.Reader.Read(p[:2])
}

func (f *slowFile) Seek(at int64, whence int) (int64, error) {
	f.overlap = f.overlap || f.inside
	return f.Reader.Seek(at, whence)
}

func (f *slowFile) Close() error { f.closed++; return nil }

// TestRewind: a reader is put back only when the request before has closed it and does not read it any more.
func TestRewind(t *testing.T) {
	t.Parallel()
	errMine := errors.New("mine")
	for _, row := range []struct {
		name string
		end  func(f *slowFile, cancel context.CancelCauseFunc, done chan struct{})
		want error
	}{
		{"the Read returns", func(f *slowFile, _ context.CancelCauseFunc, _ chan struct{}) { close(f.release) }, nil},
		{"the context ends", func(_ *slowFile, cancel context.CancelCauseFunc, _ chan struct{}) { cancel(errMine) }, errMine},
		{"the session is closed", func(_ *slowFile, _ context.CancelCauseFunc, done chan struct{}) { close(done) }, ErrClosed},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &slowFile{Reader: strings.NewReader("abcdef"), release: make(chan struct{})}
				u := &upload{payload: payload{body: io.NopCloser(f), length: 6}}
				u.rewound(f)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				done := make(chan struct{})
				first, _ := u.next(ctx, done)
				go first.Read(make([]byte, 6))
				synctest.Wait()
				first.Close()
				var (
					second io.ReadCloser
					err    error
					back   bool
				)
				go func() { second, err = u.next(ctx, done); back = true }()
				if synctest.Wait(); back || f.overlap {
					t.Errorf("lent again while it was read: %t, put back: %t", back, f.overlap)
				}
				row.end(f, cancel, done)
				if synctest.Wait(); !back || !errors.Is(err, row.want) || f.overlap {
					t.Fatalf("back: %t, %v, put back while it was read: %t", back, err, f.overlap)
				}
				if _, e := first.Read(make([]byte, 6)); e == nil {
					t.Error("the first one still reads")
				}
				if err == nil {
					if b, err := io.ReadAll(second); string(b) != "abcdef" || err != nil {
						t.Errorf("%q, %v", b, err)
					}
					second.Close()
				} else {
					defer close(f.release)
				}
				if u.finish(); f.closed != 1 {
					t.Errorf("closed %d times", f.closed)
				}
			})
		})
	}
}

// TestRewindUnsent: a reader that no request has taken is closed all the same.
func TestRewindUnsent(t *testing.T) {
	t.Parallel()
	f := &slowFile{Reader: strings.NewReader("abcdef")}
	u := &upload{payload: payload{body: io.NopCloser(f), length: 6}}
	u.rewound(f)
	u.finish()
	if u.finish(); f.closed != 1 {
		t.Errorf("closed %d times", f.closed)
	}
}

package h2

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

var errCause = errors.New("the cause")

func TestCancel(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script func(p *peer) // before the context ends
		frames []string
		head   bool // the response's head has arrived
		body   string
		whole  bool // nothing is lost
	}{
		{"before the head", func(p *peer) {}, []string{"RST_STREAM 1 CANCEL"}, false, "", false},
		{"after 1xx", func(p *peer) { p.Headers(1, false, ":status", "103") }, []string{"RST_STREAM 1 CANCEL"}, false, "", false},
		{"after the head", func(p *peer) { p.Headers(1, false, ":status", "200") }, []string{"RST_STREAM 1 CANCEL"}, true, "", false},
		{"within the body", func(p *peer) { p.Begin(1, "half") }, []string{"RST_STREAM 1 CANCEL"}, true, "", false},
		{"after the end", func(p *peer) { p.Respond(1, "all") }, nil, true, "all", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				ctx, cancel := context.WithCancelCause(t.Context())
				r := start(ctx, c, request(nil))
				p.Got()
				tt.script(p)
				synctest.Wait()
				cancel(errCause)
				p.Want(tt.frames...)
				var err error
				if tt.head {
					resp := r.ok(t)
					var b []byte
					b, err = io.ReadAll(resp.Body)
					if string(b) != tt.body {
						t.Errorf("body %q", b)
					}
					resp.Body.Close()
				} else {
					err = r.failed(t)
				}
				if tt.whole && err != nil || !tt.whole && (!errors.Is(err, errCause) || !errors.Is(err, context.Canceled)) {
					t.Errorf("error %v", err)
				}
				if !c.Available() {
					t.Error("connection not available")
				}
			})
		})
	}
}

// TestCancelWakesReader: a Read that waits ends with the context, and with Close.
func TestCancelWakesReader(t *testing.T) {
	for _, how := range []string{"cancel", "timeout", "close", "connection", "reset"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if how == "timeout" {
					ctx, cancel = context.WithTimeout(ctx, time.Second)
					defer cancel()
				}
				r := start(ctx, c, request(nil))
				p.Headers(1, false, ":status", "200")
				resp := r.ok(t)
				errs := make(chan error, 2)
				for range 2 {
					go func() {
						_, err := resp.Body.Read(make([]byte, 1))
						errs <- err
					}()
				}
				synctest.Wait()
				want := context.Canceled
				switch how {
				case "cancel":
					cancel()
				case "timeout":
					want = context.DeadlineExceeded
				case "close":
					want = errBodyClosed
					resp.Body.Close()
				case "connection":
					want = net.ErrClosed
					c.Close()
				case "reset":
					want = nil
					p.RST(1, http2.ErrCodeInternal)
				}
				for range 2 {
					if err := <-errs; want != nil && !errors.Is(err, want) || err == nil {
						t.Errorf("error %v, want %v", err, want)
					}
				}
			})
		})
	}
}

func TestCancelledBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body := &trackedBody{Reader: new(counter)}
		if err := start(ctx, c, request(body)).failed(t); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		body.wantClosed(t)
		p.Want()
	})
}

// TestCancelWhileServerDoesNotRead: not even a blocked write holds a request up.
func TestCancelWhileServerDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		p.Got()
		resume := p.Pause()
		start(t.Context(), c, request(nil)) // read before the pause
		ctx, cancel := context.WithCancel(t.Context())
		get := start(ctx, c, request(nil))
		body := &trackedBody{Reader: new(counter)}
		post := start(ctx, c, request(body))
		cancel()
		for _, r := range []*result{get, post} {
			if err := r.failed(t); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		}
		body.wantClosed(t)
		resume()
		got := p.Got()
		slices.Sort(got)
		want := []string{"HEADERS 1 end :method=GET :path=/", "HEADERS 3 end :method=GET :path=/", "HEADERS 5 :method=POST :path=/", "RST_STREAM 3 CANCEL", "RST_STREAM 5 CANCEL"}
		if !slices.Equal(got, want) {
			t.Errorf("client sent %q, want %q", got, want)
		}
	})
}

// TestResetWhileSending: whoever ends the stream, the body is closed and its reader does not block for ever.
func TestResetWhileSending(t *testing.T) {
	for _, how := range []string{"server", "refused", "cancel", "connection"} {
		for _, blocked := range []string{"window", "read", "write"} {
			t.Run(how+" "+blocked, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := connect(t, nil)
					p.Settings()
					p.Got()
					body := &trackedBody{Reader: new(counter)}
					if blocked == "read" {
						body, _ = pipeBody()
					}
					resume := func() {}
					if blocked == "write" {
						resume = p.Pause()
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					r := start(ctx, c, request(body))
					switch how {
					case "server":
						p.RST(1, http2.ErrCodeInternal)
					case "refused":
						p.RST(1, http2.ErrCodeRefusedStream)
					case "cancel":
						cancel()
					case "connection":
						c.Close()
					}
					err := r.failed(t)
					if errors.Is(err, ErrUnprocessed) != (how == "refused") {
						t.Errorf("error %v", err)
					}
					body.wantClosed(t)
					resume()
				})
			})
		}
	}
}

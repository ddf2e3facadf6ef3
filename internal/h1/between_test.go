package h1

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
)

// hooked is a body in memory that calls f when it is measured: after the connection has been taken, before anything is
// written.
type hooked struct {
	*strings.Reader
	f func()
}

func (h *hooked) Certain() bool { return true }

func (h *hooked) InMemory() int {
	h.f()
	return h.Reader.Len()
}

func (h *hooked) Close() error { return nil }

// TestLostBeforeWriting ends the connection between RoundTrip's first look at it and the first byte.
func TestLostBeforeWriting(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		end          func(cl *client, server net.Conn, cancel func())
		unprocessed  bool
		cause        error
	}{
		{"by the server", "any request may be sent again", func(cl *client, server net.Conn, _ func()) { server.Close() }, true, errServerClosed},
		{"by Close", "as well", func(cl *client, _ net.Conn, _ func()) { cl.Close() }, true, ErrClosed},
		{"by the context", "nobody wants it any more", func(_ *client, _ net.Conn, cancel func()) { cancel() }, false, context.Canceled},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := net.Pipe()
				defer b.Close()
				cl := newClient(t, a)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				body := &hooked{strings.NewReader("hello"), func() {
					row.end(cl, b, cancel)
					synctest.Wait()
				}}
				_, err := cl.RoundTrip(ctx, request("POST /\nContent-Length: 5", body, 5))
				if !errors.Is(err, row.cause) || errors.Is(err, ErrUnprocessed) != row.unprocessed {
					t.Errorf("%s: %v", row.reason, err)
				}
				<-cl.closed
				if cl.idle.Load() != 0 {
					t.Error("OnIdle was called")
				}
			})
		})
	}
}

// TestNoProgress wants readers that return nothing for ever to be given up.
func TestNoProgress(t *testing.T) {
	t.Parallel()
	cl := newClient(t, stuck{newCanned("")})
	if _, err := cl.RoundTrip(context.Background(), get()); !errors.Is(err, io.ErrNoProgress) && !errors.Is(err, ErrUnprocessed) {
		t.Errorf("connection: %v", err)
	}
	<-cl.closed
	for _, framing := range []string{"Content-Length: 5", "Transfer-Encoding: chunked"} {
		cl := connect(t, func(p *peer) { p.Drain() })
		length := int64(5)
		if framing[0] == 'T' {
			length = -1
		}
		_, err := cl.RoundTrip(context.Background(), request("POST /\n"+framing, io.NopCloser(stuck{}), length))
		var e *BodyError
		if !errors.As(err, &e) || e.Err != io.ErrNoProgress {
			t.Errorf("%s: %v", framing, err)
		}
		<-cl.closed
	}
}

type stuck struct{ net.Conn }

func (stuck) Read([]byte) (int, error) { return 0, nil }

// TestEmptyRead wants a read into nothing to say nothing.
func TestEmptyRead(t *testing.T) {
	t.Parallel()
	cl := connect(t, func(p *peer) {
		p.Head()
		p.Send(ok + "Content-Length: 3\r\n\r\n")
		p.Drain()
	})
	r, err := cl.RoundTrip(context.Background(), get())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.Body.Read(nil); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// TestManyEnds cancels, closes and abandons responses at random moments of the schedule; the race detector and the leak
// check look on.
func TestManyEnds(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		cl := connect(t, func(p *peer) {
			for p.Head() != "" {
				p.Send(ok + "Content-Length: 6\r\n\r\nabc")
				p.Send("def")
			}
		})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			switch i % 4 {
			case 0:
				cancel()
			case 1:
				cl.Close()
			case 2:
				cl.RoundTrip(ctx, get())
			}
		}()
		for range 3 {
			r, err := cl.RoundTrip(ctx, get())
			if err != nil {
				if failure(err) == "response" {
					t.Errorf("%d: %v", i, err)
				}
				continue
			}
			go r.Body.Close()
			if b, err := io.ReadAll(r.Body); err == nil && string(b) != "abcdef" {
				t.Errorf("%d: read %q", i, b)
			}
		}
		<-ended
		cancel()
		cl.Close()
		<-cl.closed
	}
}

package h1

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

// touched is a body that tells whether it was read.
type touched struct {
	io.Reader
	read   atomic.Bool
	closes atomic.Int32
}

func (b *touched) Read(p []byte) (int, error) { b.read.Store(true); return b.Reader.Read(p) }
func (b *touched) Close() error               { b.closes.Add(1); return nil }
func (b *touched) InMemory() int              { return 5 }
func (b *touched) Certain() bool              { return false }

const expectHead = "POST /\nHost: localhost\nExpect: 100-Continue\nContent-Length: 5"

// TestExpectContinue: what makes the body go out, and what keeps it in.
func TestExpectContinue(t *testing.T) {
	t.Parallel()
	const continued = "HTTP/1.1 100 Continue\r\n\r\n"
	const accepted, refused = ok + "Content-Length: 2\r\n\r\nok", "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno"
	for _, row := range []struct {
		name, reason string
		says         string        // in answer to the head
		wait         time.Duration // until the body comes; negative: never
		then         string        // in answer to the body
		status       int
		kept         bool
	}{
		{"100", "the server wants the body", continued, 0, accepted, 200, kept},
		{"103 and 100", "other interim responses say nothing about the body", "HTTP/1.1 103 Early Hints\r\n\r\n", time.Second, continued + accepted, 200, kept},
		{"silence", "servers from before Expect", "", time.Second, accepted, 200, kept},
		{"accepted at once", "the body is still owed", accepted, 0, "", 200, kept},
		{"refused", "nobody wants the body", refused, -1, "", 417, !kept},
		{"refused after 103", "as well", "HTTP/1.1 103 Early Hints\r\n\r\n" + refused, -1, "", 417, !kept},
		{"refused after 100", "when the body is there already", continued, 0, refused, 417, kept},
		{"lost", "no response at all", "FIN", -1, "", 0, !kept},
	} {
		for kind, head := range map[string]string{"length": expectHead, "chunked": strings.Replace(expectHead, "Content-Length: 5", "Transfer-Encoding: chunked", 1)} {
			t.Run(row.name+", "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a, b := net.Pipe()
					body := &touched{Reader: strings.NewReader("hello")}
					length, want := int64(5), "hello"
					if kind == "chunked" {
						length, want = -1, "5\r\nhello\r\n0\r\n\r\n"
					}
					cl := serve(t, a, b, func(p *peer) {
						p.Head()
						synctest.Wait()
						if body.read.Load() {
							t.Error("the body was not held back")
						}
						start := time.Now()
						if row.says == "FIN" {
							p.Close()
							return
						}
						go p.Send(row.says)
						got := make([]byte, len(want))
						if n, err := io.ReadFull(p.R, got); row.wait < 0 && (n > 0 || err == nil) || row.wait >= 0 && string(got) != want {
							t.Errorf("%s: the server got %q, %v", row.reason, got[:n], err)
						}
						if waited := time.Since(start); row.wait >= 0 && waited != row.wait {
							t.Errorf("%s: after %v, want %v", row.reason, waited, row.wait)
						}
						p.Send(row.then)
						p.Drain()
					})
					r, _, err := exchangeAll(t.Context(), cl.Conn, request(head, body, length))
					var lost *ConnError
					switch {
					case row.status == 0:
						if !errors.As(err, &lost) || !lost.NoResponse {
							t.Errorf("%s: %v", row.reason, err)
						}
					case err != nil || r.Status != row.status:
						t.Errorf("%s: %+v, %v", row.reason, r, err)
					}
					synctest.Wait()
					if k := cl.idle.Load() == 1; k != row.kept {
						t.Errorf("%s: kept %t", row.reason, k)
					}
					if n := body.closes.Load(); n != 1 || body.read.Load() != (row.wait >= 0) {
						t.Errorf("%s: read %t, closed %d times", row.reason, body.read.Load(), n)
					}
					cl.Close()
				})
			})
		}
	}
}

// TestExpectWithoutBody: there is nothing to wait for.
func TestExpectWithoutBody(t *testing.T) {
	t.Parallel()
	cl := newClient(t, newCanned(ok+length3))
	if _, got, err := exchangeAll(context.Background(), cl.Conn, request("GET /\nExpect: 100-continue", nil, 0)); err != nil || string(got) != "abc" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestExpectCanceled ends the request while its body waits.
func TestExpectCanceled(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(cl *client, cancel func()){
		"context": func(_ *client, cancel func()) { cancel() },
		"close":   func(cl *client, _ func()) { cl.Close() },
	} {
		synctest.Test(t, func(t *testing.T) {
			a, b := net.Pipe()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var cl *client
			began := make(chan struct{})
			cl = serve(t, a, b, func(p *peer) {
				p.Head()
				<-began
				synctest.Wait()
				end(cl, cancel)
			})
			close(began)
			body := &touched{Reader: strings.NewReader("hello")}
			start := time.Now()
			if _, err := cl.RoundTrip(ctx, request(expectHead, body, 5)); !errors.Is(err, context.Canceled) && !errors.Is(err, ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
			synctest.Wait()
			if body.read.Load() || body.closes.Load() != 1 || time.Since(start) != 0 {
				t.Errorf("%s: read %t, closed %d times, after %v", name, body.read.Load(), body.closes.Load(), time.Since(start))
			}
		})
	}
}

// TestContinueTimer: the time is the owner's, and the timer as well.
func TestContinueTimer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ set, want time.Duration }{{0, time.Second}, {7 * time.Second, 7 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			a, b := net.Pipe()
			defer b.Close()
			fire, stopped := make(chan time.Time, 1), make(chan struct{})
			var asked time.Duration
			conn := New(a, Options{ContinueTimeout: row.set, NewTimer: func(d time.Duration) (<-chan time.Time, func() bool) {
				asked = d
				return fire, func() bool { close(stopped); return true }
			}})
			defer conn.Close()
			body := &touched{Reader: strings.NewReader("hello")}
			go func() {
				p := testnet.NewPeer(t, b)
				io.ReadFull(b, make([]byte, len(appendHead(nil, request(expectHead, nil, 0)))))
				time.Sleep(time.Hour)
				if body.read.Load() {
					t.Error("the body did not wait for the timer")
				}
				fire <- time.Time{}
				io.ReadFull(b, make([]byte, 5))
				p.Send(ok + length3)
			}()
			if _, got, err := exchangeAll(t.Context(), conn, request(expectHead, body, 5)); err != nil || string(got) != "abc" || asked != row.want {
				t.Errorf("%q, %v; asked for %v, want %v", got, err, asked, row.want)
			}
			<-stopped
		})
	}
}

var _ plan.InMemory = (*touched)(nil)

package h1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestIdle has a server that ends an idle connection, or speaks out of turn.
func TestIdle(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		end          func(*peer)
		cause        error
	}{
		{"close", "servers drop idle connections", func(p *peer) { p.Close() }, errServerClosed},
		{"reset", "as above", (*peer).Reset, errServerClosed},
		{"half close", "there will be no response", (*peer).CloseWrite, errServerClosed},
		{"timeout response", "some servers say why they close", func(p *peer) { p.Send("HTTP/1.1 408 Request Timeout\r\n\r\n") }, errUnsolicited},
		{"any byte", "it would be taken for the next response", func(p *peer) { p.Send("\n") }, errUnsolicited},
	} {
		for _, used := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/used=%v", row.name, used), func(t *testing.T) {
				goOn := make(chan struct{})
				cl := connect(t, func(p *peer) {
					if used {
						p.Head()
						p.Send(ok + length3)
						<-goOn
					}
					row.end(p)
					p.Drain()
				})
				if used {
					if _, _, err := exchangeAll(context.Background(), cl.Conn, get()); err != nil {
						t.Fatal(err)
					}
					close(goOn)
				}
				<-cl.closed
				_, err := cl.RoundTrip(context.Background(), get())
				var e *ConnError
				if !errors.Is(err, ErrUnprocessed) || !errors.As(err, &e) || e.Reused != used || !e.NoResponse || e.Err != row.cause {
					t.Errorf("%s: %#v", row.reason, err)
				}
			})
		}
	}
}

// TestLostRequest has a server that reads a request and closes, which the caller may take for an idle connection's end
// if the connection was reused.
func TestLostRequest(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		reuse        bool
		end          string // what the server sends before it closes
		noResponse   bool
		cause        error
	}{
		{"new connection", "the server's fault", false, "", true, io.EOF},
		{"reused connection", "it may have been closed already when the request was sent", true, "", true, io.EOF},
		{"in a response", "the request has been processed", true, "HTTP/1.1 200", false, io.ErrUnexpectedEOF},
		{"in an interim response", "the request has been seen", true, "HTTP/1.1 103 Early Hints\r\n\r\n", false, io.ErrUnexpectedEOF},
	} {
		t.Run(row.name, func(t *testing.T) {
			cl := connect(t, func(p *peer) {
				if row.reuse {
					p.Head()
					p.Send(ok + length3)
				}
				p.Head()
				p.Send(row.end)
				p.CloseWrite()
			})
			if row.reuse {
				if _, _, err := exchangeAll(context.Background(), cl.Conn, get()); err != nil {
					t.Fatal(err)
				}
			}
			_, err := cl.RoundTrip(context.Background(), get())
			var e *ConnError
			if !errors.As(err, &e) || e.Reused != row.reuse || e.NoResponse != row.noResponse || e.Unsent || e.Err != row.cause || errors.Is(err, ErrUnprocessed) {
				t.Errorf("%s: %#v", row.reason, err)
			}
			<-cl.closed
		})
	}
}

// TestReset has a server that ends its response with a RST.
func TestReset(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		sends        string
		status       int // 0: the reset comes before the end of the head
	}{
		{"before the response", "there is none", "", 0},
		{"within the head", "there is none yet", "HTTP/1.1 200 OK\r\nContent-", 0},
		{"after an interim response", "which is none", "HTTP/1.1 103 Early Hints\r\n\r\n", 0},
		{"within the body", "the rest is missing", ok + "Content-Length: 10\r\n\r\nabc", 200},
		{"within the chunks", "the rest is missing", ok + coded + "\r\n3\r\nabc\r\n", 200},
		{"until close", "a reset is not the end that the server means", ok + "\r\nabc", 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			seen := make(chan struct{})
			cl := connect(t, func(p *peer) {
				p.Head()
				p.Send(row.sends)
				if row.status > 0 {
					<-seen // a reset may overtake what was sent
				}
				p.Reset()
			})
			r, err := cl.RoundTrip(context.Background(), get())
			var lost *ConnError
			if row.status == 0 {
				if !errors.As(err, &lost) || !errors.Is(err, syscall.ECONNRESET) || errors.Is(err, ErrUnprocessed) {
					t.Errorf("%s: %v", row.reason, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 3)
			if _, err := io.ReadFull(r.Body, b); err != nil || string(b) != "abc" {
				t.Fatalf("%q, %v", b, err)
			}
			close(seen)
			if _, err := io.ReadAll(r.Body); !errors.As(err, &lost) || lost.NoResponse || !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: %v", row.reason, err)
			}
			<-cl.closed
		})
	}
}

// TestErrorText wants every message to begin with the package's name.
func TestErrorText(t *testing.T) {
	t.Parallel()
	cause := errors.New("x")
	for want, err := range map[string]error{
		"h1: connection lost before the request: x":   &ConnError{Unsent: true, NoResponse: true, Err: cause},
		"h1: connection lost before a response: x":    &ConnError{NoResponse: true, Err: cause},
		"h1: connection lost within a response: x":    &ConnError{Err: cause},
		"h1: bad request: x":                          &RequestError{"x"},
		"h1: bad response: x":                         &ResponseError{"x"},
		"h1: request body: x":                         &BodyError{cause},
		"h1: request body: not as long as announced":  &BodyError{ErrBodyLength},
		"h1: connection lost before the request: EOF": &ConnError{Unsent: true, Err: io.EOF},
		"h1: connection busy":                         ErrBusy,
		"h1: read from a closed body":                 ErrBodyClosed,
		"h1: request not sent":                        ErrUnprocessed,
		"h1: connection closed":                       ErrClosed,
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

// TestOwner closes the connection from within OnIdle, and wants OnClose after it.
func TestOwner(t *testing.T) {
	t.Parallel()
	a, b := testnet.Pair(t)
	var mu sync.Mutex
	var calls []string
	note := func(s string) {
		mu.Lock()
		calls = append(calls, s)
		mu.Unlock()
	}
	closed := make(chan struct{})
	c := New(a, Options{
		OnIdle:  func(c *Conn) { c.Close(); note("idle") },
		OnClose: func(*Conn) { note("close"); close(closed) },
		Time:    func() time.Time { return time.Unix(42, 0) },
	})
	go func() {
		p := testnet.NewPeer(t, b)
		io.ReadFull(b, make([]byte, 16))
		p.Send(ok + length3)
	}()
	r, body, err := exchangeAll(context.Background(), c, get())
	if err != nil || string(body) != "abc" {
		t.Fatal(r, err)
	}
	<-closed
	if got := strings.Join(calls, " "); got != "idle close" {
		t.Errorf("calls: %s", got)
	}
	if r.Info.Started.Unix() != 42 || r.Info.FirstByte.Unix() != 42 {
		t.Errorf("not the injected clock: %+v", r.Info)
	}
}

// TestSlowRequestEnd finishes the response while the last bytes of the request are still being written: the connection
// waits a moment for them instead of being thrown away.
func TestSlowRequestEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		cl := serve(t, a, b, func(p *peer) {
			p.Head()
			io.ReadFull(p.R, make([]byte, 8)) // the body's one chunk
			p.Send(ok + length3)
			time.Sleep(settle / 2)
			p.Head() // the last chunk
			if p.Head() != "" {
				p.Send("HTTP/1.1 204 Again\r\n\r\n")
			}
		})
		body := io.NopCloser(io.MultiReader(strings.NewReader("abc")))
		if _, _, err := exchangeAll(t.Context(), cl.Conn, request("POST /\nTransfer-Encoding: chunked", body, -1)); err != nil {
			t.Fatal(err)
		}
		checkKept(t, cl, kept)
	})
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, request, response string }{
		{"101", "GET /ws\nConnection: Upgrade\nUpgrade: websocket", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\n"},
		{"CONNECT", "CONNECT localhost:443\nHost: localhost:443", "HTTP/1.1 200 Established\r\nContent-Length: 5\r\n\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cl := connect(t, func(p *peer) {
				p.Head()
				p.Send("HTTP/1.1 100 Continue\r\n\r\n" + row.response + "hello")
				io.Copy(p, p.R)
			})
			ctx, cancel := context.WithCancel(context.Background())
			r, err := cl.RoundTrip(ctx, request(row.request, nil, 0))
			if err != nil || r.Length != -1 {
				t.Fatal(r, err)
			}
			cancel() // what follows is no part of the request
			rw, ok := r.Body.(io.ReadWriteCloser)
			if !ok {
				t.Fatalf("the body is a %T", r.Body)
			}
			buf := make([]byte, 64<<10)
			if _, err := io.ReadFull(rw, buf[:5]); err != nil || string(buf[:5]) != "hello" {
				t.Fatalf("%q, %v", buf[:5], err)
			}
			for i := range buf {
				buf[i] = byte(i >> 8)
			}
			go rw.Write(buf)
			back := make([]byte, len(buf))
			if _, err := io.ReadFull(rw, back); err != nil || string(back) != string(buf) {
				t.Errorf("what came back differs, %v", err)
			}
			if cl.idle.Load() != 0 {
				t.Error("OnIdle was called")
			}
			if err := rw.Close(); err != nil {
				t.Error(err)
			}
			<-cl.closed
			if _, err := rw.Write(buf); err == nil {
				t.Error("a write after Close succeeds")
			}
		})
	}
}

// TestLateClose closes a body when its end has just been seen: the connection is no longer its own.
func TestLateClose(t *testing.T) {
	t.Parallel()
	a, b := testnet.Pair(t)
	var body io.Closer
	idle := 0
	c := New(a, Options{OnIdle: func(*Conn) {
		idle++
		body.Close()
	}})
	defer c.Close()
	go func() {
		p := testnet.NewPeer(t, b)
		for p.Head() != "" {
			p.Send(ok + length3)
		}
	}()
	for i := range 3 {
		r, err := c.RoundTrip(context.Background(), get())
		if err != nil {
			t.Fatal(i, err)
		}
		body = r.Body
		if b, err := io.ReadAll(r.Body); string(b) != "abc" || err != nil && err != ErrBodyClosed {
			t.Fatalf("%q, %v", b, err)
		}
	}
	if idle != 3 {
		t.Errorf("idle %d times", idle)
	}
}

// TestBufferShrinks wants a large head not to cost memory for the rest of the connection's life.
func TestBufferShrinks(t *testing.T) {
	t.Parallel()
	r := reader{}
	r.init(strings.NewReader("X: " + strings.Repeat("x", 100<<10) + "\r\n\r\nabc"))
	if b, err := r.section(maxHead); err != nil || len(b) < 100<<10 {
		t.Fatal(len(b), err)
	}
	if b, err := io.ReadAll(&r); err != nil || string(b) != "abc" {
		t.Fatalf("%q, %v", b, err)
	}
	if len(r.buf) != readSize {
		t.Errorf("buffer of %d bytes", len(r.buf))
	}
	r.release()
	r.release() // must not give it back twice
	if _, err := r.Read(make([]byte, 1)); err != ErrClosed {
		t.Errorf("after release: %v", err)
	}
}

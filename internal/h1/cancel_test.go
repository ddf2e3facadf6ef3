package h1

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestCancel ends the context at every stage of a request, when all wait for the server, which never goes on.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		body         func() io.Reader
		response     string // what the server sends before the end
		begun        bool   // the response is returned
	}{
		{"waiting for a response", "the server is silent", nil, "", false},
		{"within the head", "the server is slow", nil, "HTTP/1.1 200 OK\r\nContent-", false},
		{"after an interim response", "which is no response", nil, "HTTP/1.1 103 Early Hints\r\n\r\n", false},
		{"within the body", "the server is slow", nil, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true},
		{"within a chunk", "the server is slow", nil, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", true},
		{"before the end", "of a body without length", nil, "HTTP/1.1 200 OK\r\n\r\nabc", true},
		{"sending the body", "the server does not read", endless, "", false},
		{"waiting for the body", "the caller is slow", pipe, "", false},
		{"sending after the head", "the response is there, but not whole", endless, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := net.Pipe()
				cl := serve(t, a, b, func(p *peer) {
					p.Head()
					p.Send(row.response)
					<-t.Context().Done()
				})
				cancelStage(t, cl, row.body, row.begun)
			})
		})
	}
}

func cancelStage(t *testing.T, cl *client, newReader func() io.Reader, begun bool) {
	cause := errors.New("tired")
	ctx, cancel := context.WithCancelCause(t.Context())
	req, body := get(), (*countedBody)(nil)
	if newReader != nil {
		body = newBody(newReader())
		req = request("POST /\nTransfer-Encoding: chunked", body, -1)
	}
	start, result := time.Now(), make(chan error)
	go func() {
		r, err := cl.RoundTrip(ctx, req)
		if begun != (err == nil) {
			t.Errorf("RoundTrip: %v", err)
		}
		if err == nil {
			var got []byte
			if got, err = io.ReadAll(r.Body); string(got) != "abc" {
				t.Errorf("read %q", got)
			}
			if _, again := r.Body.Read(make([]byte, 1)); again != err {
				t.Errorf("a second read gives %v", again)
			}
			r.Body.Close()
		}
		result <- err
	}()
	synctest.Wait()
	cancel(cause)
	if err := <-result; !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
	<-cl.closed
	if body != nil {
		<-body.closed
	}
	if d := time.Since(start); d != 0 { // the clock only moves when everybody waits for it
		t.Errorf("it took %v", d)
	}
}

// TestCancelBuffered wants the context's error even if the rest is here already.
func TestCancelBuffered(t *testing.T) {
	t.Parallel()
	cl := scripted(t, ok+length3, false, "at once")
	ctx, cancel := context.WithCancel(context.Background())
	r, err := cl.RoundTrip(ctx, get())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-cl.closed
	if n, err := r.Body.Read(make([]byte, 3)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", n, err)
	}
}

// TestCancelAnswered: a server that sees the end of the connection may end its body well, which is not the end of what it had. The
// read that waits when the context ends may still get it.
func TestCancelAnswered(t *testing.T) {
	t.Parallel()
	a, b := testnet.Pair(t)
	answer := &answers{Conn: a}
	cl := serve(t, answer, b, func(p *peer) {
		p.Head()
		p.Send(ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
		p.Drain()
	})
	ctx, cancel := context.WithCancel(context.Background())
	r, err := cl.RoundTrip(ctx, get())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	answer.f = func() string {
		cancel()
		<-cl.closed
		return "0\r\n\r\n"
	}
	if n, err := r.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", n, err)
	}
}

// answers has what f returns, if that is set, in place of what comes.
type answers struct {
	net.Conn
	f func() string
}

func (c *answers) Read(p []byte) (int, error) {
	if c.f != nil {
		return copy(p, c.f()), nil
	}
	return c.Conn.Read(p)
}

// TestCancelSlowClose has a connection that takes its time to close, as TLS does when the close_notify cannot leave.
func TestCancelSlowClose(t *testing.T) {
	t.Parallel()
	for _, response := range []string{"", ok + "Content-Length: 4\r\n\r\nabc"} {
		synctest.Test(t, func(t *testing.T) {
			a, b := net.Pipe()
			cl := serve(t, slowClose{a}, b, func(p *peer) {
				p.Head()
				p.Send(response)
				<-t.Context().Done()
			})
			cancelStage(t, cl, nil, response != "")
			time.Sleep(6 * time.Second) // of the bubble: let Close end
		})
	}
}

type slowClose struct{ net.Conn }

func (s slowClose) Close() error {
	<-time.After(5 * time.Second) // of the bubble
	return s.Conn.Close()
}

func TestCancelledBefore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a, b := net.Pipe() // nobody reads from b: a Write would wait for ever
	defer b.Close()
	cl := newClient(t, a)
	body := newBody(strings.NewReader("hello"))
	_, err := cl.RoundTrip(ctx, request("POST /\nContent-Length: 5", body, 5))
	if !errors.Is(err, context.Canceled) || body.closes.Load() != 1 || cl.idle.Load() != 1 {
		t.Errorf("%v, body closed %d times, idle %d times", err, body.closes.Load(), cl.idle.Load())
	}
}

// TestCancelAfter ends the contexts of finished requests, which must not touch the connection.
func TestCancelAfter(t *testing.T) {
	t.Parallel()
	cl := connect(t, func(p *peer) {
		for p.Head() != "" {
			p.Send(ok + length3)
		}
	})
	for range 100 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		r, body, err := exchangeAll(ctx, cl.Conn, get())
		cancel()
		if err != nil || string(body) != "abc" {
			t.Fatal(r, err)
		}
	}
	if n := cl.idle.Load(); n != 100 {
		t.Errorf("idle %d times", n)
	}
}

// counting is a context that counts who listens for its end.
type counting struct {
	context.Context
	done      chan struct{}
	listeners *int // now
	total     *int // so far
}

func (c counting) Done() <-chan struct{} { return c.done }

func (c counting) AfterFunc(func()) (stop func() bool) {
	*c.listeners++
	*c.total++
	return func() bool { *c.listeners--; return true }
}

// TestContextIsLeft wants a context that outlives its requests not to gather what it must remember of them.
func TestContextIsLeft(t *testing.T) {
	t.Parallel()
	for _, response := range []string{ok + length3, ok + "Content-Length: 0\r\n\r\n", ok + "Connection: close\r\n" + length3, ok + "Content-Length: 4\r\n\r\nabc", "x\r\n\r\n", ""} {
		listeners, total := 0, 0
		cl := scripted(t, response, true, "at once")
		if _, _, err := exchangeAll(counting{context.Background(), make(chan struct{}), &listeners, &total}, cl.Conn, get()); err != nil && failure(err) == err.Error() {
			t.Errorf("%q: %v", response, err)
		}
		if listeners != 0 || total != 1 {
			t.Errorf("%q: of %d listeners the context still has %d", response, total, listeners)
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	cl := connect(t, func(p *peer) { p.Drain() })
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := cl.RoundTrip(ctx, get())
	var timeout net.Error
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v", err)
	}
}

// TestClose closes the connection under the hands of those who wait for it.
func TestClose(t *testing.T) {
	t.Parallel()
	got := make(chan struct{})
	cl := connect(t, func(p *peer) {
		p.Head()
		close(got)
		p.Drain()
	})
	go func() {
		<-got
		cl.Close()
	}()
	if _, err := cl.RoundTrip(context.Background(), get()); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	<-cl.closed
	if err := cl.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	cl := connect(t, func(p *peer) {
		for p.Head() != "" {
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
			if p.Head() == "" {
				return
			}
		}
	})
	r, err := cl.RoundTrip(context.Background(), get())
	if err != nil {
		t.Fatal(err)
	}
	body := newBody(strings.NewReader("hello"))
	if _, err := cl.RoundTrip(context.Background(), request("POST /\nContent-Length: 5", body, 5)); err != ErrBusy {
		t.Errorf("%v", err)
	}
	if body.closes.Load() != 1 {
		t.Error("the body of a refused request is not closed")
	}
	select {
	case <-cl.closed:
		t.Error("the first request lost its connection")
	default:
	}
	r.Body.Close()
	<-cl.closed
}

func TestBodyClose(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		response     string
		kept         bool
	}{
		{"rest buffered", "nothing has to be waited for", ok + length3, kept},
		{"chunks buffered", "nothing has to be waited for", ok + coded + "\r\n3\r\nabc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\n", kept},
		{"rest to come", "it could be anything", ok + "Content-Length: 4\r\n\r\nabc", !kept},
		{"chunks to come", "it could be anything", ok + coded + "\r\n3\r\nabc\r\n", !kept},
		{"until close", "there is no end", ok + "\r\nabc", !kept},
		{"bad chunk", "the end is not known", ok + coded + "\r\nx\r\n", !kept},
		{"more than the rest", "a response nobody asked for", ok + length3 + "x", !kept},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cl := scripted(t, row.response, false, "at once")
			r, err := cl.RoundTrip(context.Background(), get())
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Body.Close(); err != nil {
				t.Error(err)
			}
			if _, err := r.Body.Read(make([]byte, 1)); err != ErrBodyClosed {
				t.Errorf("read after Close: %v", err)
			}
			if err := r.Body.Close(); err != nil {
				t.Error(err)
			}
			checkKept(t, cl, row.kept)
		})
	}
}

// TestBodyCloseWhileReading closes a body whose reader waits for the server.
func TestBodyCloseWhileReading(t *testing.T) {
	t.Parallel()
	a, b := testnet.Pair(t)
	waiting := make(chan struct{})
	watched := &onRead{Conn: a}
	cl := serve(t, watched, b, func(p *peer) {
		p.Head()
		p.Send(ok + "Content-Length: 5\r\n\r\nabc")
		p.Drain()
	})
	r, err := cl.RoundTrip(context.Background(), get())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	watched.f = func() { close(waiting) }
	go func() {
		<-waiting
		r.Body.Close()
	}()
	if _, err := r.Body.Read(make([]byte, 1)); err != ErrBodyClosed {
		t.Errorf("%v", err)
	}
	<-cl.closed
}

// onRead calls f, if set, before each Read.
type onRead struct {
	net.Conn
	f func()
}

func (c *onRead) Read(p []byte) (int, error) {
	if c.f != nil {
		c.f()
	}
	return c.Conn.Read(p)
}

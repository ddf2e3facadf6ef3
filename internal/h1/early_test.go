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
)

// TestEarlyResponse answers while the body is still being sent, or not yet there.
func TestEarlyResponse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		status       string
		body         func() io.Reader
		kept         bool
	}{
		{"refused while the body waits", "nobody wants the rest", "413 Too Large", pipe, !kept},
		{"accepted while the body waits", "the request never ends", "200 OK", pipe, !kept},
		{"refused while sending", "the server does not read on", "413 Too Large", endless, !kept},
		{"accepted while sending", "the server does not read on", "200 OK", endless, !kept},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := net.Pipe() // unbuffered: a Write waits for the server's Read
				cl := serve(t, a, b, func(p *peer) {
					p.Head()
					p.Send("HTTP/1.1 " + row.status + "\r\nContent-Length: 3\r\n\r\nabc")
					<-t.Context().Done()
				})
				body := newBody(row.body())
				r, got, err := exchangeAll(t.Context(), cl.Conn, request("POST /\nTransfer-Encoding: chunked", body, -1))
				if err != nil || !strings.HasPrefix(row.status, r.Reason) && !strings.HasSuffix(row.status, r.Reason) || string(got) != "abc" {
					t.Fatalf("%s: %+v %q %v", row.reason, r, got, err)
				}
				<-cl.closed
				<-body.closed
				if cl.idle.Load() != 0 {
					t.Error("the connection was kept")
				}
				cl.Close()
				b.Close()
				synctest.Wait()
				if n := body.closes.Load(); n != 1 {
					t.Errorf("body closed %d times", n)
				}
			})
		})
	}
}

// pipe is a body that waits until it is closed.
func pipe() io.Reader {
	r, _ := io.Pipe()
	return r
}

func endless() io.Reader { return zeros{} }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestEarlyRefusalStopsBody wants no byte of the body to be read after a refusal has been returned.
func TestEarlyRefusalStopsBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		goOn := make(chan struct{})
		cl := serve(t, a, b, func(p *peer) {
			p.Head()
			p.Send("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\n")
			<-goOn
			p.Send("abc")
			p.Drain()
		})
		pr, pw := io.Pipe()
		body := newBody(pr)
		r, err := cl.RoundTrip(t.Context(), request("PUT /\nContent-Length: 10", body, 10))
		if err != nil || r.Status != 403 {
			t.Fatal(r, err)
		}
		pw.Write([]byte("hello")) // the Read that was waiting gets this, but no other follows
		<-body.closed
		if _, err := pw.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the body was read on: %v", err)
		}
		close(goOn)
		if got, err := io.ReadAll(r.Body); err != nil || string(got) != "abc" {
			t.Errorf("%q, %v", got, err)
		}
		<-cl.closed
	})
}

// TestFullDuplex has a server that answers each piece of the body before it reads the next.
func TestFullDuplex(t *testing.T) {
	t.Parallel()
	cl := connect(t, func(p *peer) {
		p.Head()
		p.Send(ok + coded + "\r\n")
		buf := make([]byte, len("3\r\nabc\r\n"))
		for range 3 {
			io.ReadFull(p.R, buf)
			p.Write(buf)
		}
		io.ReadFull(p.R, buf[:5])
		p.Write(buf[:5])
		p.Head()
	})
	pr, pw := io.Pipe()
	r, err := cl.RoundTrip(context.Background(), request("POST /\nTransfer-Encoding: chunked", pr, -1))
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 3)
	for range 3 {
		pw.Write([]byte("abc"))
		if _, err := io.ReadFull(r.Body, buf); err != nil || string(buf) != "abc" {
			t.Fatalf("%q, %v", buf, err)
		}
	}
	pw.Close()
	if _, err := r.Body.Read(buf); err != io.EOF {
		t.Errorf("%v", err)
	}
	if cl.idle.Load() != 1 {
		t.Error("the connection was not kept")
	}
}

// TestRefusedAndClosed has a server that answers, closes and does not read: the response must not be lost to the failed
// writes that follow.
func TestRefusedAndClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		fail := &failingWrites{Conn: a, after: 1, once: make(chan struct{})}
		cl := serve(t, fail, b, func(p *peer) {
			p.Head()
			<-fail.once
			p.Send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
		})
		r, got, err := exchangeAll(t.Context(), cl.Conn, request("POST /\nTransfer-Encoding: chunked", io.NopCloser(zeros{}), -1))
		if err != nil || r.Status != 413 || string(got) != "abc" {
			t.Errorf("%+v %q %v", r, got, err)
		}
		<-cl.closed
	})
}

// TestWriteFails has a server that cannot be written to and says nothing.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	for after := range 2 { // writes that succeed: none, the head
		synctest.Test(t, func(t *testing.T) {
			a, b := net.Pipe()
			cl := serve(t, &failingWrites{Conn: a, after: after}, b, func(p *peer) { p.Head() })
			body := newBody(zeros{})
			_, err := cl.RoundTrip(t.Context(), request("POST /\nTransfer-Encoding: chunked", body, -1))
			var e *ConnError
			if !errors.Is(err, errWrite) || !errors.As(err, &e) || !e.NoResponse || e.Reused || e.Unsent {
				t.Errorf("after %d writes: %#v", after, err)
			}
			<-cl.closed
			<-body.closed
			synctest.Wait()
			if body.closes.Load() != 1 {
				t.Errorf("body closed %d times", body.closes.Load())
			}
			b.Close()
		})
	}
}

var errWrite = errors.New("broken pipe")

// failingWrites fails after some writes.
type failingWrites struct {
	net.Conn
	after int
	once  chan struct{}
}

func (f *failingWrites) Write(p []byte) (int, error) {
	if f.after == 0 {
		if f.once != nil {
			select {
			case <-f.once:
			default:
				close(f.once)
			}
		}
		return 0, errWrite
	}
	f.after--
	return f.Conn.Write(p)
}

// TestResponseAfterFailedWrite has a response begin when the request cannot be written any more, and go on much later.
func TestResponseAfterFailedWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		fail := &failingWrites{Conn: a, after: 1, once: make(chan struct{})}
		cl := serve(t, fail, b, func(p *peer) {
			p.Head()
			<-fail.once
			time.Sleep(lastWord / 2)
			p.Send(ok + "Content-Length: 3\r\n\r\n")
			time.Sleep(10 * lastWord)
			p.Send("abc")
		})
		r, got, err := exchangeAll(t.Context(), cl.Conn, request("POST /\nTransfer-Encoding: chunked", io.NopCloser(zeros{}), -1))
		if err != nil || r.Status != 200 || string(got) != "abc" {
			t.Errorf("%+v %q %v", r, got, err)
		}
		<-cl.closed
	})
}

// TestWriteFailsWithinResponse has a write fail when the response has begun, which must not hurry or spoil the rest of it.
func TestWriteFailsWithinResponse(t *testing.T) {
	t.Parallel()
	for rest, want := range map[string]error{"abc": nil, "ab": io.ErrUnexpectedEOF} {
		synctest.Test(t, func(t *testing.T) {
			a, b := net.Pipe()
			fail := &failingWrites{Conn: a, after: 1, once: make(chan struct{})}
			cl := serve(t, fail, b, func(p *peer) {
				p.Head()
				p.Send(ok + "Content-Length: 3\r\n\r\n")
				<-fail.once
				time.Sleep(2 * lastWord)
				p.Send(rest)
				p.Close()
			})
			pr, pw := io.Pipe()
			r, err := cl.RoundTrip(t.Context(), request("POST /\nTransfer-Encoding: chunked", pr, -1))
			if err != nil {
				t.Fatal(err)
			}
			go pw.Write([]byte("x"))
			if got, err := io.ReadAll(r.Body); string(got) != rest || !errors.Is(err, want) {
				t.Errorf("%q, %v, want %v", got, err, want)
			}
			<-cl.closed
		})
	}
}

// TestHeadNotWritten has a response come although the write of the head failed: it counts, but the connection does not
// carry another request.
func TestHeadNotWritten(t *testing.T) {
	t.Parallel()
	cl := newClient(t, halfBroken{newCanned(ok + length3)})
	r, got, err := exchangeAll(context.Background(), cl.Conn, get())
	if err != nil || r.Status != 200 || string(got) != "abc" {
		t.Errorf("%+v %q %v", r, got, err)
	}
	<-cl.closed
	if cl.idle.Load() != 0 {
		t.Error("the connection was kept")
	}
}

type halfBroken struct{ *canned }

func (h halfBroken) Write(p []byte) (int, error) {
	h.canned.Write(p)
	return 0, errWrite
}

// TestEndWithLastBytes has the connection's end come together with the last bytes of the response.
func TestEndWithLastBytes(t *testing.T) {
	t.Parallel()
	for _, response := range []string{ok + length3, ok + "\r\nabc", ok + coded + "\r\n3\r\nabc\r\n0\r\n\r\n"} {
		cl := newClient(t, eager{newCanned(response)})
		r, got, err := exchangeAll(context.Background(), cl.Conn, get())
		if err != nil || r.Status != 200 || string(got) != "abc" {
			t.Errorf("%q: %+v %q %v", response, r, got, err)
		}
		<-cl.closed
		if cl.idle.Load() != 0 {
			t.Errorf("%q: the connection was kept", response)
		}
	}
}

// eager reports the end as soon as it knows it.
type eager struct{ *canned }

func (e eager) Read(p []byte) (int, error) {
	n, err := e.canned.Read(p)
	if err == nil && e.data == "" {
		err = io.EOF
	}
	return n, err
}

package h1

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m) }

// request makes a request from a request line and field lines.
func request(head string, body io.ReadCloser, length int64) *plan.Request {
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	req := &plan.Request{Method: method, Target: target, Body: body, Length: length}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		req.Fields = append(req.Fields, fingerprint.Field{Name: name, Value: value})
	}
	return req
}

func get() *plan.Request { return request("GET /\nHost: localhost", nil, 0) }

// slow is a connection that reads one byte at a time.
type slow struct{ net.Conn }

func (s slow) Read(p []byte) (int, error) { return s.Conn.Read(p[:min(len(p), 1)]) }

// client is a connection under test with what its owner was told.
type client struct {
	*Conn
	idle   atomic.Int32
	closed chan struct{} // closed by OnClose
}

func newClient(t testing.TB, c net.Conn) *client {
	cl := &client{closed: make(chan struct{})}
	cl.Conn = New(c, Options{
		OnIdle: func(*Conn) {
			select {
			case <-cl.closed:
				t.Error("OnIdle after OnClose")
			default:
			}
			cl.idle.Add(1)
		},
		OnClose: func(*Conn) { close(cl.closed) }, // panics when called twice
	})
	t.Cleanup(func() { cl.Close() })
	return cl
}

// peer is the scripted other end.
type peer = testnet.Peer

// connect returns a client and starts its peer, which is awaited at the end of the test.
func connect(t testing.TB, script func(*peer)) *client {
	a, b := testnet.Pair(t)
	return serve(t, a, b, script)
}

func serve(t testing.TB, a, b net.Conn, script func(*peer)) *client {
	ended := make(chan struct{})
	t.Cleanup(func() {
		b.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		script(testnet.NewPeer(t, b))
	}()
	return newClient(t, a)
}

// countedBody counts its Closes.
type countedBody struct {
	io.Reader
	closes atomic.Int32
	closed chan struct{}
}

func newBody(r io.Reader) *countedBody { return &countedBody{Reader: r, closed: make(chan struct{})} }

func (b *countedBody) Close() error {
	if b.closes.Add(1) == 1 {
		close(b.closed)
	}
	if c, ok := b.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// exchangeAll makes one request and reads its response to the end.
func exchangeAll(ctx context.Context, c *Conn, req *plan.Request) (*plan.Response, []byte, error) {
	r, err := c.RoundTrip(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	b, err := io.ReadAll(r.Body)
	return r, b, errors.Join(err, r.Body.Close())
}

func fieldText(list []fingerprint.Field) string {
	var b bytes.Buffer
	for _, f := range list {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return b.String()
}

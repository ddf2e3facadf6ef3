package h2

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestMain fails when goroutines or descriptors are left over.
func TestMain(m *testing.M) { testnet.Main(m) }

// recorder is a connection that remembers each Write.
type recorder struct {
	net.Conn
	mu    sync.Mutex
	units []int
	fail  error // of the next writes
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	r.units = append(r.units, len(b))
	fail := r.fail
	r.mu.Unlock()
	if fail != nil {
		return 0, fail
	}
	return r.Conn.Write(b)
}

// peer is the server, with what the connection under test wrote to it.
type peer struct {
	*testnet.FramePeer
	client *recorder
}

// connect starts a connection to a scripted server. The opening has been read and dropped when it returns.
func connect(t *testing.T, cfg *Config) (*Conn, *peer) {
	t.Helper()
	c, p := dial(t, cfg)
	p.Got()
	return c, p
}

func dial(t *testing.T, cfg *Config) (*Conn, *peer) {
	t.Helper()
	return dialOver(t, cfg, func(c net.Conn) net.Conn { return c })
}

// dialOver is dial with something between the connection and the recorder.
func dialOver(t *testing.T, cfg *Config, over func(net.Conn) net.Conn) (*Conn, *peer) {
	t.Helper()
	ours, theirs := net.Pipe()
	p := &peer{testnet.NewFramePeer(t, theirs, synctest.Wait), &recorder{Conn: ours}}
	c, err := New(over(p.client), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, p
}

// result is the outcome of a RoundTrip on its own goroutine.
type result struct {
	resp *plan.Response
	err  error
	done bool
}

// request returns a GET or, with a body, a POST of unknown length.
func request(body io.ReadCloser) *plan.Request {
	r := &plan.Request{Method: "GET", Fields: fields(":method", "GET", ":path", "/")}
	if body != nil {
		r = &plan.Request{Method: "POST", Fields: fields(":method", "POST", ":path", "/"), Body: body, Length: -1}
	}
	return r
}

// start sends a request and returns at once; the result is there after p.Got or synctest.Wait.
func start(ctx context.Context, c *Conn, req *plan.Request) *result {
	synctest.Wait() // so that what the peer has sent counts
	r := new(result)
	go func() {
		r.resp, r.err = c.RoundTrip(ctx, req)
		r.done = true
	}()
	synctest.Wait()
	return r
}

// ok returns the response, which must have come.
func (r *result) ok(t *testing.T) *plan.Response {
	t.Helper()
	synctest.Wait()
	if r.resp == nil {
		t.Fatalf("no response: done %v, %v", r.done, r.err)
	}
	return r.resp
}

// failed returns the error, which must have come.
func (r *result) failed(t *testing.T) error {
	t.Helper()
	synctest.Wait()
	if r.err == nil {
		t.Fatalf("no error: done %v, %+v", r.done, r.resp)
	}
	return r.err
}

// text reads a body to its end.
func text(t *testing.T, r *plan.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("body: %v after %d bytes", err, len(b))
	}
	r.Body.Close()
	return string(b)
}

// trackedBody is a request body that knows whether it was closed; a blocked Read of it ends with Close.
type trackedBody struct {
	io.Reader
	mu     sync.Mutex
	closed int
	stop   func()
}

func (b *trackedBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	if b.stop != nil && b.closed == 1 {
		b.stop()
	}
	return nil
}

func (b *trackedBody) wantClosed(t *testing.T) {
	t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed != 1 {
		t.Errorf("body closed %d times", b.closed)
	}
}

// pipeBody returns a body that the test writes to.
func pipeBody() (*trackedBody, *io.PipeWriter) {
	r, w := io.Pipe()
	return &trackedBody{Reader: r, stop: func() { r.CloseWithError(errors.New("closed")) }}, w
}

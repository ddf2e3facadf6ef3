package client_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// prompt is how soon after the end of its context a request must return. That is measured in several tries, of which one
// must do it: a busy machine is late now and then, but whoever waits by polling is late always.
const (
	prompt = 50 * time.Millisecond
	tries  = 6
)

// witness is the server's end of a pipe, which has no buffer: the client is held up in its Write as long as nobody reads.
type witness struct {
	raw net.Conn
	*tls.Conn
	br      *bufio.Reader
	fr      *http2.Framer // nil on HTTP/1.1
	begun   bool
	gone    <-chan struct{} // the client has closed the connection
	reached func()          // says that the client is in the stage of the test
}

// head reads the head of the next request.
func (w *witness) head() {
	if w.fr == nil {
		for line := "x"; line != "\r\n"; {
			var err error
			if line, err = w.br.ReadString('\n'); err != nil {
				return
			}
		}
		return
	}
	if !w.begun {
		w.begun = true
		io.ReadFull(w, make([]byte, len(http2.ClientPreface)))
	}
	for {
		f, err := w.fr.ReadFrame()
		if err != nil {
			return
		}
		if _, ok := f.(*http2.HeadersFrame); ok {
			return
		}
	}
}

// part answers with a head and a part of the body.
func (w *witness) part() {
	if w.fr == nil {
		io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
		return
	}
	w.fr.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
	w.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x88}, EndHeaders: true})
	w.fr.WriteData(1, false, []byte("abc"))
}

// stuck returns when the client is in the middle of a Write.
func (w *witness) stuck() {
	w.raw.Read(make([]byte, 1))
}

func (w *witness) drain() { io.Copy(io.Discard, w.raw) }

// stage is where a request is when its context ends.
type stage struct {
	name, reason string
	protos       string
	dial         func(ctx context.Context, reached func(), returned <-chan struct{}) (net.Conn, error) // nil: to the script
	silent       bool                                                                                  // the server does not even shake hands
	script       func(*witness)
	body         func(reached func()) io.Reader // nil: a GET
	expect       bool
	occupied     bool // another request has what this one needs
	reading      bool // the response's head has come
}

var both = "http/1.1 h2"

var stages = []stage{
	{name: "name lookup", reason: "the resolver does not answer", protos: both, dial: func(ctx context.Context, reached func(), _ <-chan struct{}) (net.Conn, error) {
		r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			reached()
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		return (&net.Dialer{Resolver: r}).DialContext(ctx, "tcp", "name.test:443")
	}},
	{name: "TCP connect", reason: "nobody answers", protos: both, dial: func(ctx context.Context, reached func(), _ <-chan struct{}) (net.Conn, error) {
		reached()
		<-ctx.Done()
		return nil, ctx.Err()
	}},
	{name: "connect by a deaf dialer", reason: "a DialContext need not heed its context", protos: both, dial: func(ctx context.Context, reached func(), returned <-chan struct{}) (net.Conn, error) {
		reached()
		<-ctx.Done()
		<-returned
		return nil, ctx.Err()
	}},
	{name: "TLS handshake", reason: "the peer is silent", protos: both, silent: true, script: func(w *witness) {
		w.stuck()
		w.reached()
		w.drain()
	}},
	{name: "limit per host", reason: "another request has the only connection", protos: "http/1.1", occupied: true, script: func(w *witness) {
		w.head()
		w.part()
		w.drain()
	}},
	{name: "limit of streams", reason: "another request has the only stream", protos: "h2", occupied: true, script: func(w *witness) {
		w.head()
		w.part()
		w.drain()
	}},
	{name: "writing the head", reason: "the peer does not read", protos: both, script: func(w *witness) {
		if w.fr != nil {
			io.ReadFull(w, make([]byte, len(http2.ClientPreface))) // one record with all of the opening
		}
		w.stuck()
		w.reached()
		w.hold()
	}},
	{name: "uploading", reason: "the peer does not read", protos: both, body: func(func()) io.Reader { return &endless{} }, script: func(w *witness) {
		w.head()
		w.stuck()
		w.reached()
		w.hold()
	}},
	{name: "uploading what waits", reason: "the body has nothing yet", protos: both, body: func(reached func()) io.Reader {
		return &waiting{reached: reached, closed: make(chan struct{})}
	}, script: func(w *witness) {
		w.head()
		w.drain()
	}},
	{name: "waiting for leave", reason: "Expect: 100-continue", protos: "http/1.1", expect: true, body: func(func()) io.Reader { return &endless{} }, script: func(w *witness) {
		w.head()
		w.reached()
		w.drain()
	}},
	{name: "waiting for the head", reason: "the server thinks", protos: both, script: func(w *witness) {
		w.head()
		w.reached()
		w.drain()
	}},
	{name: "reading the body", reason: "the server sends a part", protos: both, reading: true, script: func(w *witness) {
		w.head()
		w.part()
		w.drain()
	}},
}

// hold waits for the client to close the connection, without reading what it writes: a Write fails then.
func (w *witness) hold() { <-w.gone }

// endless is a body without end.
type endless struct{}

func (*endless) Read(b []byte) (int, error) { return len(b), nil }

// waiting is a body that has nothing until it is closed.
type waiting struct {
	reached func()
	once    sync.Once
	closed  chan struct{}
}

func (w *waiting) Read([]byte) (int, error) {
	w.reached()
	<-w.closed
	return 0, io.ErrClosedPipe
}

func (w *waiting) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

// endings are the ways in which a context ends. The deadline is that of the first try.
var endings = []struct {
	name     string
	make     func(parent context.Context, d time.Duration) (context.Context, context.CancelCauseFunc)
	deadline bool
	err      error
	kind     *client.Kind
}{
	{"cancel", func(parent context.Context, _ time.Duration) (context.Context, context.CancelCauseFunc) {
		ctx, cancel := context.WithCancel(parent)
		return ctx, func(error) { cancel() }
	}, false, context.Canceled, client.ErrCanceled},
	{"cause", func(parent context.Context, _ time.Duration) (context.Context, context.CancelCauseFunc) {
		return context.WithCancelCause(parent)
	}, false, errBoom, client.ErrCanceled},
	{"deadline", func(parent context.Context, d time.Duration) (context.Context, context.CancelCauseFunc) {
		ctx, cancel := context.WithTimeout(parent, d)
		return ctx, func(error) { cancel() }
	}, true, context.DeadlineExceeded, client.ErrTimeout},
}

// TestCancel: whatever a request waits for, it returns at once when its context ends, with the context's error. That
// nothing is left behind is checked when all tests of the package have ended.
func TestCancel(t *testing.T) {
	ca := testnet.NewCA(t, time.Now())
	for _, s := range stages {
		for proto := range strings.FieldsSeq(s.protos) {
			for _, end := range endings {
				t.Run(s.name+"/"+proto+"/"+end.name, func(t *testing.T) {
					t.Parallel()
					var took []time.Duration
					d := 100 * time.Millisecond
					for range tries {
						x := cancellation{stage: s, ca: ca, proto: proto, reached: make(chan struct{}, 8), returned: make(chan struct{})}
						ctx, cancel := end.make(t.Context(), d)
						late, err := x.run(t, ctx, end.deadline, cancel)
						cancel(nil)
						if d *= 2; late < 0 {
							continue // the time was up before the request got there
						}
						var typed *client.Error
						if !errors.As(err, &typed) || !errors.Is(err, end.kind) || !errors.Is(err, end.err) || !errors.Is(err, ctx.Err()) {
							t.Fatalf("%s: %v, want %v and %v", s.reason, err, end.kind, end.err)
						}
						if took = append(took, late); late <= prompt {
							return
						}
					}
					t.Errorf("%s: returned after %v, want at most %v", s.reason, took, prompt)
				})
			}
		}
	}
}

// cancellation is one try.
type cancellation struct {
	stage
	ca       *testnet.CA
	proto    string
	reached  chan struct{}
	returned chan struct{} // closed when the request has
	servers  sync.WaitGroup
}

// signal says that the request is where it is to be.
func (x *cancellation) signal() {
	select {
	case x.reached <- struct{}{}:
	default:
	}
}

// run makes the request, ends its context and returns how long after that the call returned; negative when the request
// had not got to its stage by then.
func (x *cancellation) run(t *testing.T, ctx context.Context, deadline bool, cancel context.CancelCauseFunc) (time.Duration, error) {
	t.Helper()
	tr := &client.Transport{RootCAs: x.ca.Pool(), DialContext: x.connect, MaxConnsPerHost: 1}
	defer x.servers.Wait()
	defer tr.Close()
	defer close(x.returned)
	if x.occupied {
		res, err := tr.RoundTrip(x.request(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		// Nothing shows that a request waits in a queue: this is the last that is seen of it before.
		trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { x.signal() }}
		if x.proto != "h2" {
			trace = &httptrace.ClientTrace{GetConn: func(string) { x.signal() }}
		}
		ctx = httptrace.WithClientTrace(ctx, trace)
	}
	type result struct {
		at  time.Time
		err error
	}
	done := make(chan result, 1)
	go func() {
		res, err := tr.RoundTrip(x.request(ctx))
		if err == nil {
			x.signal()
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		done <- result{time.Now(), err}
	}()
	select {
	case <-x.reached:
	case r := <-done:
		if !deadline {
			t.Fatalf("returned before its stage: %v", r.err)
		}
		return -1, r.err
	}
	end, has := ctx.Deadline()
	if !deadline || !has {
		end = time.Now()
		cancel(errBoom)
	}
	r := <-done
	return max(0, r.at.Sub(end)), r.err
}

func (x *cancellation) request(ctx context.Context) *http.Request {
	r, _ := http.NewRequestWithContext(ctx, "GET", "https://localhost/", nil)
	if x.body != nil {
		b := x.body(x.signal)
		rc, ok := b.(io.ReadCloser)
		if !ok {
			rc = io.NopCloser(b)
		}
		r.Method, r.Body, r.ContentLength = "POST", rc, 1<<30
	}
	if x.expect {
		r.Header.Set("Expect", "100-continue")
	}
	return r
}

// connect is the DialContext.
func (x *cancellation) connect(ctx context.Context, _, _ string) (net.Conn, error) {
	if x.dial != nil {
		return x.dial(ctx, x.signal, x.returned)
	}
	ours, theirs := net.Pipe()
	gone := make(chan struct{}, 1)
	x.servers.Go(func() {
		defer theirs.Close()
		w := &witness{raw: theirs, Conn: tls.Server(theirs, x.ca.Server(x.proto)), gone: gone, reached: x.signal}
		if !x.silent && w.Handshake() != nil {
			return
		}
		w.br = bufio.NewReader(w.Conn)
		if x.proto == "h2" {
			w.fr = http2.NewFramer(w.Conn, w.Conn)
		}
		x.script(w)
	})
	return &farewell{Conn: ours, gone: gone}, nil
}

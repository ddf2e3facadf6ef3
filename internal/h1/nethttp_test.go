package h1

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

// newHTTPServer starts net/http as the other side and returns a client that is connected to it.
func newHTTPServer(t testing.TB, handler http.HandlerFunc) *client {
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, c)
}

// pattern is a stream of n bytes without period that matters; its sum is taken while it is read.
type pattern struct {
	n   int64
	sum hash.Hash
}

func newPattern(n int64) *pattern { return &pattern{n: n, sum: sha256.New()} }

func (r *pattern) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.n)]
	for i := range p {
		at := r.n - int64(i)
		p[i] = byte(at ^ at>>8 ^ at>>16)
	}
	r.n -= int64(len(p))
	r.sum.Write(p)
	return len(p), nil
}

// TestLargeBodies moves 10 MB in both directions, in each framing, on one connection.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	const size = 10 << 20
	cl := newHTTPServer(t, func(w http.ResponseWriter, r *http.Request) {
		up := sha256.New()
		n, err := io.Copy(up, r.Body)
		w.Header().Set("X-Up", fmt.Sprintf("%d %x %v %v", n, up.Sum(nil), err, r.TransferEncoding))
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", strconv.Itoa(size))
		}
		w.Header().Set("Trailer", "X-Sum")
		down := newPattern(size)
		io.Copy(w, down)
		w.Header().Set("X-Sum", fmt.Sprintf("%x", down.sum.Sum(nil)))
	})
	for i, path := range []string{"/length", "/chunked", "/length"} {
		up := newPattern(size)
		req := request("POST "+path+"\nHost: localhost\nContent-Length: "+strconv.Itoa(size), io.NopCloser(up), size)
		coding := "[]"
		if path == "/chunked" {
			req = request("POST "+path+"\nHost: localhost\nTransfer-Encoding: chunked", io.NopCloser(up), -1)
			coding = "[chunked]"
		}
		r, err := cl.RoundTrip(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		down := sha256.New()
		var reader io.Reader = r.Body
		if i == 2 {
			reader = yielding{r.Body}
		}
		n, err := io.Copy(down, reader)
		if err != nil || n != size {
			t.Fatalf("%s: %d bytes, %v", path, n, err)
		}
		want := newPattern(size)
		io.Copy(io.Discard, want)
		if got := fmt.Sprintf("%x", down.Sum(nil)); got != fmt.Sprintf("%x", want.sum.Sum(nil)) {
			t.Errorf("%s: what came differs", path)
		}
		if got, want := value(r, "X-Up"), fmt.Sprintf("%d %x <nil> %s", size, up.sum.Sum(nil), coding); got != want {
			t.Errorf("%s: the server got %s, want %s", path, got, want)
		}
		if path == "/chunked" {
			if r.Length != -1 || len(r.Trailer()) != 1 || r.Trailer()[0].Value != fmt.Sprintf("%x", want.sum.Sum(nil)) {
				t.Errorf("length %d, trailer %v", r.Length, r.Trailer())
			}
		}
		if got := int(cl.idle.Load()); got != i+1 || r.Info.Reused != (i > 0) {
			t.Errorf("%s: idle %d times, reused %v", path, got, r.Info.Reused)
		}
	}
}

// yielding is a slow reader of small pieces.
type yielding struct{ io.Reader }

func (y yielding) Read(p []byte) (int, error) {
	runtime.Gosched()
	return y.Reader.Read(p[:min(len(p), 3000)])
}

func value(r *plan.Response, name string) string {
	for _, f := range r.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// TestAgainstNetHTTP makes requests of all sorts on one connection.
func TestAgainstNetHTTP(t *testing.T) {
	t.Parallel()
	cl := newHTTPServer(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", fmt.Sprintf("%s %s %s %d %q", r.Method, r.URL, r.Host, r.ContentLength, b))
		switch r.URL.Path {
		case "/hints":
			w.Header().Set("Link", "</x>")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusProcessing)
		case "/204":
			w.WriteHeader(204)
			return
		case "/304":
			w.WriteHeader(304)
			return
		case "/flush":
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, "body")
	})
	in := func(s string) io.ReadCloser { return io.NopCloser(bytes.NewBufferString(s)) }
	for i, row := range []struct {
		name, reason string
		req          *plan.Request
		status       int
		got, body    string
		length       int64
	}{
		{"get", "the plain case", request("GET /?a=b\nHost: localhost", nil, 0), 200, `GET /?a=b localhost 0 ""`, "body", 4},
		{"head", "no body", request("HEAD /\nHost: localhost", nil, 0), 200, `HEAD / localhost 0 ""`, "", 4},
		{"post", "with length", request("POST /\nHost: localhost\nContent-Length: 5", in("hello"), 5), 200, `POST / localhost 5 "hello"`, "body", 4},
		{"put", "chunked", request("PUT /\nHost: localhost\nTransfer-Encoding: chunked", in("hello"), -1), 200, `PUT / localhost -1 "hello"`, "body", 4},
		{"empty post", "length zero", request("POST /\nHost: localhost\nContent-Length: 0", nil, 0), 200, `POST / localhost 0 ""`, "body", 4},
		{"hints", "interim responses", request("GET /hints\nHost: localhost", nil, 0), 200, `GET /hints localhost 0 ""`, "body", 4},
		{"204", "no body", request("GET /204\nHost: localhost", nil, 0), 204, `GET /204 localhost 0 ""`, "", 0},
		{"304", "no body", request("GET /304\nHost: localhost", nil, 0), 304, `GET /304 localhost 0 ""`, "", -1},
		{"flush", "a chunked response", request("GET /flush\nHost: localhost", nil, 0), 200, `GET /flush localhost 0 ""`, "body", -1},
		{"options", "the other form of target", request("OPTIONS /\nHost: localhost", nil, 0), 200, `OPTIONS / localhost 0 ""`, "body", 4},
		{"expect", "the body waits for 100 (RFC 9110 §10.1.1)", request("POST /\nHost: localhost\nExpect: 100-continue\nContent-Length: 5", in("hello"), 5), 200, `POST / localhost 5 "hello"`, "body", 4},
	} {
		r, body, err := exchangeAll(context.Background(), cl.Conn, row.req)
		if err != nil {
			t.Fatalf("%s (%s): %v", row.name, row.reason, err)
		}
		if r.Status != row.status || value(r, "X-Got") != row.got || string(body) != row.body || r.Length != row.length {
			t.Errorf("%s (%s): %d %s %q length %d", row.name, row.reason, r.Status, value(r, "X-Got"), body, r.Length)
		}
		if int(cl.idle.Load()) != i+1 {
			t.Fatalf("%s: the connection was not kept", row.name)
		}
	}
}

// TestAllocations bounds what a request costs; see BenchmarkGet for net/http.
func TestAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counts differ")
	}
	cl, req := newLoop(t), get()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := testing.AllocsPerRun(200, func() { fetch(t, cl.Conn, ctx, req) })
	t.Logf("%v allocations", n)
	if n > 8 {
		t.Errorf("%v allocations for a request", n)
	}
}

const loopResponse = ok + "Date: Mon, 23 Nov 2026 10:00:00 GMT\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\nServer: x\r\nContent-Length: 11\r\n\r\nhello world"

// newLoop returns a client of a server that allocates nothing.
func newLoop(t testing.TB) *client { return connect(t, loop) }

func loop(p *peer) {
	response, buf := []byte(loopResponse), make([]byte, 4096)
	for {
		if _, err := p.Read(buf); err != nil {
			return
		}
		if _, err := p.Write(response); err != nil {
			return
		}
	}
}

var fetched [64]byte

func fetch(t testing.TB, c *Conn, ctx context.Context, req *plan.Request) {
	r, err := c.RoundTrip(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.Body.Read(fetched[:]); n != 11 || err != io.EOF {
		t.Fatal(n, err)
	}
	r.Body.Close()
}

func BenchmarkGet(b *testing.B) {
	b.Run("h1", func(b *testing.B) {
		cl, req := newLoop(b), get()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		b.ReportAllocs()
		for b.Loop() {
			fetch(b, cl.Conn, ctx, req)
		}
	})
	b.Run("nethttp", func(b *testing.B) {
		addr := testnet.Serve(b, func(c net.Conn) { loop(testnet.NewPeer(b, c)) })
		tr := &http.Transport{DisableCompression: true}
		defer tr.CloseIdleConnections()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "GET", "http://"+addr, nil)
		b.ReportAllocs()
		for b.Loop() {
			r, err := tr.RoundTrip(req)
			if err != nil {
				b.Fatal(err)
			}
			io.ReadFull(r.Body, fetched[:11])
			r.Body.Close()
		}
	})
}

func BenchmarkDownload(b *testing.B) {
	const size = 10 << 20
	cl := newHTTPServer(b, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", strconv.Itoa(size))
		}
		buf := make([]byte, 64<<10)
		for range size / len(buf) {
			w.Write(buf)
		}
	})
	for _, path := range []string{"/length", "/chunked"} {
		b.Run(path[1:], func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				r, err := cl.RoundTrip(context.Background(), request("GET "+path+"\nHost: localhost", nil, 0))
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r.Body); n != size || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

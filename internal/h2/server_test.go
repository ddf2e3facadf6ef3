package h2

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// goHandler is what the tests ask Go's own HTTP/2 server for.
func goHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/get", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	mux.HandleFunc("/down", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.ParseInt(r.URL.RawQuery, 10, 64)
		if n < 1<<20 {
			w.Header().Set("Content-Length", r.URL.RawQuery)
		}
		io.CopyN(w, new(counter), n)
	})
	mux.HandleFunc("/zero", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.ParseInt(r.URL.RawQuery, 10, 64)
		io.CopyN(w, zeros{}, n)
	})
	mux.HandleFunc("/sink", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	})
	mux.HandleFunc("/up", func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		if _, err := io.Copy(h, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, "%x", h.Sum(nil))
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		b := make([]byte, 10000)
		for {
			n, err := r.Body.Read(b)
			w.Write(b[:n])
			w.(http.Flusher).Flush()
			if err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/refuse", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusRequestEntityTooLarge) })
	mux.HandleFunc("/trailer", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "body")
		w.Header().Set("X-Sum", "abc")
	})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	return mux
}

// goServer starts Go's server and returns a function that dials it.
func goServer(tb testing.TB, withTLS bool) func() net.Conn {
	tb.Helper()
	s := httptest.NewUnstartedServer(goHandler())
	s.Config.Protocols = new(http.Protocols)
	if withTLS {
		s.EnableHTTP2 = true
		s.Config.Protocols.SetHTTP2(true)
		s.StartTLS()
	} else {
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}
	tb.Cleanup(s.Close)
	return func() net.Conn {
		nc, err := net.Dial("tcp", s.Listener.Addr().String())
		if err == nil && withTLS {
			cfg := s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			cfg.ServerName, cfg.NextProtos = "example.com", []string{"h2"}
			tc := tls.Client(nc, cfg)
			err = tc.Handshake()
			nc = tc
		}
		if err != nil {
			tb.Fatal(err)
		}
		return nc
	}
}

func newTestConn(tb testing.TB, nc net.Conn, cfg *Config) *Conn {
	tb.Helper()
	c, err := New(nc, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return c
}

func real(method, path string, body io.Reader, length int64) *plan.Request {
	r := &plan.Request{Method: method, Length: length, Fields: fields(":method", method, ":authority", "localhost", ":scheme", "http", ":path", path, "user-agent", "test")}
	if body != nil {
		r.Body = io.NopCloser(body)
	}
	return r
}

func realConfigs() map[string]*Config {
	return map[string]*Config{"neutral": nil, "chromium": chromiumConfig(), "firefox": firefoxConfig()}
}

func counterHash(n int64) string {
	h := sha256.New()
	io.CopyN(h, new(counter), n)
	return hex.EncodeToString(h.Sum(nil))
}

// hashBody reads a body and returns its hash.
func hashBody(r io.Reader) (string, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

const tenMB = 10 << 20

// TestGoServer: 10 MB each way and both ways at once, over TLS and without.
func TestGoServer(t *testing.T) {
	want := counterHash(tenMB)
	for _, withTLS := range []bool{false, true} {
		dial := goServer(t, withTLS)
		for name, cfg := range realConfigs() {
			t.Run(fmt.Sprintf("%s tls=%v", name, withTLS), func(t *testing.T) {
				c := newTestConn(t, dial(), cfg)
				for _, tt := range []struct {
					name   string
					req    *plan.Request
					hashed bool // the answer is the hash of the request
				}{
					{"down", real("GET", fmt.Sprint("/down?", tenMB), nil, 0), false},
					{"up, known length", real("POST", "/up", io.LimitReader(new(counter), tenMB), tenMB), true},
					{"up, unknown length", real("POST", "/up", io.LimitReader(new(counter), tenMB), -1), true},
					{"echo", real("POST", "/echo", io.LimitReader(new(counter), tenMB), tenMB), false},
				} {
					if withTLS && (tt.req.Length < 0 || tt.name == "echo") {
						continue // nothing new
					}
					resp, err := c.RoundTrip(t.Context(), tt.req)
					if err != nil {
						t.Fatalf("%s: %v", tt.name, err)
					}
					var got string
					if tt.hashed {
						var b []byte
						b, err = io.ReadAll(resp.Body)
						got = string(b)
					} else {
						got, err = hashBody(resp.Body)
					}
					if err != nil || got != want {
						t.Errorf("%s: %v, hash %s, want %s", tt.name, err, got, want)
					}
					resp.Body.Close()
				}
			})
		}
	}
}

// TestGoServerConcurrent: sixteen streams of all kinds, some of them slow, some cut short.
func TestGoServerConcurrent(t *testing.T) {
	dial := goServer(t, false)
	const size = 1 << 20
	want := counterHash(size)
	for name, cfg := range realConfigs() {
		t.Run(name, func(t *testing.T) {
			c := newTestConn(t, dial(), cfg)
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					for round := range 4 {
						if err := oneOfMany(t.Context(), c, i%8, size, want); err != nil {
							t.Errorf("stream kind %d, round %d: %v", i%8, round, err)
						}
					}
				})
			}
			wg.Wait()
			if !c.Available() {
				t.Error("connection not available")
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if len(c.streams) != 0 || c.flow.left+c.flow.owed != c.connWindow || c.flow.unread != 0 {
				t.Errorf("%d streams, window %+v of %d", len(c.streams), c.flow, c.connWindow)
			}
		})
	}
}

// oneOfMany makes one request of the given kind.
func oneOfMany(ctx context.Context, c *Conn, kind int, size int64, want string) error {
	body := func() io.Reader { return io.LimitReader(new(counter), size) }
	req := real("GET", fmt.Sprint("/down?", size), nil, 0)
	switch kind {
	case 1:
		req = real("POST", "/up", body(), size)
	case 2:
		req = real("POST", "/echo", body(), -1)
	case 3:
		req = real("POST", "/refuse", body(), size)
	}
	resp, err := c.RoundTrip(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var got string
	switch kind {
	case 1:
		b, err2 := io.ReadAll(resp.Body)
		got, err = string(b), err2
	case 3:
		_, err = io.ReadAll(resp.Body)
		got = want
	case 4: // a slow reader: small pieces
		got, err = hashBody(struct{ io.Reader }{&dribble{r: resp.Body}})
	case 5: // one that loses interest
		_, err = io.CopyN(io.Discard, resp.Body, 100000)
		got = want
	case 6: // one that never had any
		got = want
	default:
		got, err = hashBody(resp.Body)
	}
	if err == nil && got != want {
		return fmt.Errorf("hash %s, want %s", got, want)
	}
	return err
}

// TestGoServerLazyReader: a response that nobody reads does not hold up the others, with the real windows.
func TestGoServerLazyReader(t *testing.T) {
	dial := goServer(t, false)
	for name, cfg := range realConfigs() {
		t.Run(name, func(t *testing.T) {
			c := newTestConn(t, dial(), cfg)
			var lazy []*plan.Response
			for range 4 { // more than the connection's window
				resp, err := c.RoundTrip(t.Context(), real("GET", "/down?20000000", nil, 0))
				if err != nil {
					t.Fatal(err)
				}
				lazy = append(lazy, resp)
			}
			for range 20 {
				resp, err := c.RoundTrip(t.Context(), real("GET", "/down?1000000", nil, 0))
				if err != nil {
					t.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, resp.Body); n != 1000000 || err != nil {
					t.Fatalf("%d bytes, %v", n, err)
				}
				resp.Body.Close()
			}
			c.mu.Lock()
			for id, s := range c.streams {
				if int64(s.buf.n) > c.streamWindow {
					t.Errorf("stream %d holds %d bytes", id, s.buf.n)
				}
			}
			c.mu.Unlock()
			for i, resp := range lazy {
				if i%2 == 0 {
					if n, err := io.Copy(io.Discard, resp.Body); n != 20000000 || err != nil {
						t.Errorf("lazy one: %d bytes, %v", n, err)
					}
				}
				resp.Body.Close()
			}
		})
	}
}

func TestGoServerSmall(t *testing.T) {
	dial := goServer(t, false)
	for name, cfg := range realConfigs() {
		t.Run(name, func(t *testing.T) {
			c := newTestConn(t, dial(), cfg)
			for i := range 200 {
				resp, err := c.RoundTrip(t.Context(), real("GET", fmt.Sprint("/get?", i), nil, 0))
				if err != nil {
					t.Fatal(err)
				}
				if s := text(t, resp); s != "hello" || resp.Status != 200 || resp.Length != 5 || resp.Info.Reused != (i > 0) {
					t.Fatalf("%q, %+v", s, resp)
				}
			}
			resp, err := c.RoundTrip(t.Context(), real("GET", "/trailer", nil, 0))
			if err != nil {
				t.Fatal(err)
			}
			if s := text(t, resp); s != "body" || join(resp.Trailer()) != "x-sum=abc" {
				t.Errorf("%q, trailer %v", s, resp.Trailer())
			}
			resp, err = c.RoundTrip(t.Context(), real("HEAD", "/get", nil, 0))
			if err != nil || resp.Length != 5 || text(t, resp) != "" {
				t.Errorf("HEAD: %+v, %v", resp, err)
			}
			resp, err = c.RoundTrip(t.Context(), real("GET", "/abort", nil, 0))
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(resp.Body); string(b) != "half" || err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
				t.Errorf("aborted: %q, %v", b, err)
			}
		})
	}
}

// TestGoServerLargeHeaders: CONTINUATION both ways.
func TestGoServerLargeHeaders(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Large", r.Header.Get("X-Large"))
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	nc, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := newTestConn(t, nc, chromiumConfig())
	large := strings.Repeat("~", 100000)
	for range 3 {
		req := real("GET", "/", nil, 0)
		req.Fields = append(req.Fields, fields("x-large", large)...)
		resp, err := c.RoundTrip(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if f := join(resp.Fields); !strings.Contains(f, "x-large="+large) {
			t.Errorf("fields %.200s", f)
		}
		text(t, resp)
	}
}

// TestGoServerShutdown: a graceful shutdown loses no request.
func TestGoServerShutdown(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-release
		w.Write(bytes.Repeat([]byte("x"), 100000))
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	nc, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	cfg := chromiumConfig()
	cfg.OnClose = func(*Conn) { close(closed) }
	c := newTestConn(t, nc, cfg)
	got := make(chan error)
	for range 10 {
		go func() {
			resp, err := c.RoundTrip(context.Background(), real("GET", "/", nil, 0))
			if err == nil {
				var n int64
				n, err = io.Copy(io.Discard, resp.Body)
				if n != 100000 {
					err = fmt.Errorf("%d bytes, %v", n, err)
				}
				resp.Body.Close()
			}
			got <- err
		}()
	}
	for range 10 {
		<-arrived
	}
	shut := make(chan error)
	go func() { shut <- s.Config.Shutdown(context.Background()) }()
	for deadline := time.Now().Add(10 * time.Second); c.Available(); runtime.Gosched() { // until GOAWAY has arrived
		if time.Now().After(deadline) {
			t.Fatal("no GOAWAY")
		}
	}
	close(release)
	for range 10 {
		if err := <-got; err != nil {
			t.Error(err)
		}
	}
	<-closed
	if err := <-shut; err != nil {
		t.Error(err)
	}
}

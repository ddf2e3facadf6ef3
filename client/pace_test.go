package client_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
)

// piped is a DialContext to a server of net/http over pipes, for bubbles. Nothing but the test's own pauses takes time.
func piped(h http.HandlerFunc) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		c, s := net.Pipe()
		go func() {
			defer s.Close()
			br := bufio.NewReader(s)
			for {
				r, err := http.ReadRequest(br)
				if err != nil {
					return
				}
				w := &pipeWriter{head: http.Header{}, to: s}
				h(w, r)
				io.Copy(io.Discard, r.Body)
				if w.finish() != nil {
					return
				}
			}
		}()
		return c, nil
	}
}

// pipeWriter keeps a response and sends it with its length.
type pipeWriter struct {
	head http.Header
	body bytes.Buffer
	code int
	to   io.Writer
}

func (w *pipeWriter) Header() http.Header         { return w.head }
func (w *pipeWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
func (w *pipeWriter) WriteHeader(code int)        { w.code = code }
func (w *pipeWriter) finish() error {
	code := max(w.code, 200)
	w.head.Set("Content-Length", strconv.Itoa(w.body.Len()))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d x\r\n", code)
	w.head.Write(&b)
	b.WriteString("\r\n")
	if _, err := w.to.Write(b.Bytes()); err != nil {
		return err
	}
	_, err := w.to.Write(w.body.Bytes())
	return err
}

func gzipText(s string) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
	io.WriteString(z, s)
	z.Close()
	return b.Bytes()
}

// TestRates: what a rate makes of the time that a transfer takes. The last piece, of a tenth of a second or of one byte, is due when
// those before it have had their time.
func TestRates(t *testing.T) {
	t.Parallel()
	const kib = 1 << 10
	big := make([]byte, 200*kib)
	for _, row := range []struct {
		name   string
		call   func() *client.Call
		answer string // body of the response
		code   string
		want   time.Duration
	}{
		{"no rate", func() *client.Call { return &client.Call{Bytes: big} }, string(big), "", 0},
		{"received", func() *client.Call { return &client.Call{RecvRate: 100 * kib} }, string(big), "", 1900 * time.Millisecond},
		{"received, decoded", func() *client.Call { return &client.Call{RecvRate: 100 * kib} }, string(big), "gzip", 2 * time.Second},
		{"received, one byte a second", func() *client.Call { return &client.Call{RecvRate: 1} }, "12345", "", 4 * time.Second},
		{"bytes sent", func() *client.Call { return &client.Call{Bytes: big, SendRate: 50 * kib} }, "", "", 3900 * time.Millisecond},
		{"small bytes sent", func() *client.Call { return &client.Call{Bytes: []byte("012"), SendRate: 1} }, "", "", 2 * time.Second},
		{"reader sent", func() *client.Call { return &client.Call{Body: bytes.NewReader(big), SendRate: 50 * kib} }, "", "", 3900 * time.Millisecond},
		{"stream sent, whose end is not known", func() *client.Call { return &client.Call{Body: stream(string(big)), SendRate: 50 * kib} }, "", "", 4 * time.Second},
		{"both", func() *client.Call { return &client.Call{Bytes: big, SendRate: 100 * kib, RecvRate: 200 * kib} }, string(big), "", 2800 * time.Millisecond},
		{"a rate that no body reaches", func() *client.Call { return &client.Call{Bytes: big, SendRate: 1 << 60, RecvRate: 1 << 62} }, string(big), "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := client.New(&client.Options{
					// A pause is no stall: the bounds are shorter than the transfers, and one is shorter than a pause.
					Timeouts: client.Timeouts{Stall: 500 * time.Millisecond, Headers: 500 * time.Millisecond},
					DialContext: piped(func(w http.ResponseWriter, r *http.Request) {
						io.Copy(io.Discard, r.Body)
						if row.code == "gzip" {
							w.Header().Set("Content-Encoding", "gzip")
							w.Write(gzipText(row.answer))
							return
						}
						io.WriteString(w, row.answer)
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				began := time.Now()
				res, err := s.Post(t.Context(), "http://a.localhost/", row.call())
				if err != nil {
					t.Fatal(err)
				}
				b, err := res.Bytes()
				if err != nil || string(b) != row.answer {
					t.Errorf("%d bytes, %v", len(b), err)
				}
				took := time.Since(began)
				if took = took.Round(10 * time.Millisecond); took != row.want {
					t.Errorf("took %v, want %v", took, row.want)
				}
			})
		})
	}
}

// TestRateAgain: a body that is sent again is sent at its rate, again.
func TestRateAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := client.New(&client.Options{DialContext: piped(func(w http.ResponseWriter, r *http.Request) {
			if io.Copy(io.Discard, r.Body); r.URL.Path != "/end" {
				w.Header().Set("Location", "/end")
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		})})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		began := time.Now()
		res, err := s.Post(t.Context(), "http://a.localhost/", &client.Call{Bytes: make([]byte, 1000), SendRate: 100})
		if err != nil {
			t.Fatal(err)
		}
		res.Close()
		if took := time.Since(began).Round(time.Second); took != 20*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestRateEnds: what ends a transfer ends it in the middle of a pause.
func TestRateEnds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		call client.Call
		end  func(s *client.Session, res *client.Response, cancel func())
		kind *client.Kind
		took time.Duration
	}{
		{"context, sending", client.Call{Bytes: make([]byte, 10), SendRate: 1}, func(_ *client.Session, _ *client.Response, cancel func()) { cancel() }, client.ErrCanceled, 2500 * time.Millisecond},
		{"total, sending", client.Call{Bytes: make([]byte, 10), SendRate: 1, Timeouts: client.Some(client.Timeouts{Total: 1500 * time.Millisecond})}, nil, client.ErrReadTimeout, 1500 * time.Millisecond},
		{"session, sending", client.Call{Bytes: make([]byte, 10), SendRate: 1}, func(s *client.Session, _ *client.Response, _ func()) { s.Close() }, client.ErrClosed, 2500 * time.Millisecond},
		{"context, receiving", client.Call{RecvRate: 1}, func(_ *client.Session, _ *client.Response, cancel func()) { cancel() }, client.ErrCanceled, 2500 * time.Millisecond},
		{"total, receiving", client.Call{RecvRate: 1, Timeouts: client.Some(client.Timeouts{Total: 1500 * time.Millisecond})}, nil, client.ErrReadTimeout, 1500 * time.Millisecond},
		{"session, receiving", client.Call{RecvRate: 1}, func(s *client.Session, _ *client.Response, _ func()) { s.Close() }, client.ErrClosed, 2500 * time.Millisecond},
		{"Close, receiving", client.Call{RecvRate: 1}, func(_ *client.Session, res *client.Response, _ func()) { res.Close() }, client.ErrClosed, 2500 * time.Millisecond},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := client.New(&client.Options{DialContext: piped(func(w http.ResponseWriter, r *http.Request) {
					io.Copy(io.Discard, r.Body)
					io.WriteString(w, "0123456789")
				})})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var mu sync.Mutex
				var res *client.Response
				began := time.Now()
				if row.end != nil {
					time.AfterFunc(2500*time.Millisecond, func() {
						mu.Lock()
						defer mu.Unlock()
						row.end(s, res, cancel)
					})
				}
				got, err := s.Post(ctx, "http://a.localhost/", &row.call)
				if err == nil {
					mu.Lock()
					res = got
					mu.Unlock()
					_, err = got.Bytes()
				}
				if took := time.Since(began); !errors.Is(err, row.kind) || took != row.took {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// TestRateRefused: what is no rate.
func TestRateRefused(t *testing.T) {
	t.Parallel()
	s := newSession(t, &client.Options{DialContext: refuseToDial(t)})
	for _, c := range []client.Call{{SendRate: -1}, {RecvRate: -1}} {
		if _, err := s.Get(t.Context(), "http://localhost/", &c); !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, c := range []client.Call{{SendRate: 1}, {RecvRate: 1}, {Progress: func(client.Progress) {}}} {
		if _, err := s.WebSocket(t.Context(), "ws://localhost/", &c); !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), "WebSocket") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestRateOnTheWire: a body in memory with a rate leaves in pieces, over both versions of HTTP; one whose progress is told leaves
// as any other.
func TestRateOnTheWire(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		s := srv.session(t, "chromium156")
		var pieces []int64
		call := &client.Call{Bytes: make([]byte, 100), SendRate: 300, Progress: func(p client.Progress) {
			if p.Received == 0 && p.ReceiveTotal < 0 {
				pieces = append(pieces, p.Sent)
			}
		}}
		if e := ask(t, s, "POST", srv.url, call); len(e.Body) != 100 || e.Length != 100 {
			t.Errorf("%d bytes", len(e.Body))
		}
		if fmt.Sprint(pieces) != "[30 60 90 100]" {
			t.Errorf("http2 %v: in pieces %v", http2, pieces)
		}
	}
	for _, told := range []bool{false, true} {
		r := newRecorder(t)
		var writes []string
		s := newSession(t, &client.Options{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &noted{c, &writes}, err
		}})
		call, n := &client.Call{Bytes: []byte("hello")}, 0
		if told {
			call.Progress = func(client.Progress) { n++ }
		}
		r.exchange(t, s, "POST", "/", call)
		if len(writes) != 1 || !strings.HasSuffix(writes[0], "\r\n\r\nhello") || (n > 0) != told {
			t.Errorf("told %v, %d times: %q", told, n, writes)
		}
	}
}

// noted is a connection that notes what is written at once.
type noted struct {
	net.Conn
	writes *[]string
}

func (n *noted) Write(b []byte) (int, error) {
	*n.writes = append(*n.writes, string(b))
	return n.Conn.Write(b)
}

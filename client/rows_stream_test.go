package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestStreamRows: how bodies stream, under the row of the behaviours that it is about.
func TestStreamRows(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"STREAM-01", "a body is read when its reader likes", testStreamLater},
		{"STREAM-02", "returns with the head", testStreamHead},
		{"STREAM-03", "where errors come up", testStreamErrors},
		{"STREAM-04", "backpressure", testBackpressure},
		{"STREAM-04", "backpressure over HTTP/2", testBackpressureHTTP2},
		{"STREAM-05", "given up, and forgotten", testStreamGivenUp},
		{"STREAM-06", "Close waits for nobody", testStreamClose},
		{"STREAM-07", "empty", testStreamEmpty},
		{"STREAM-08", "a status that is an error ends the body", testStreamStatus},
		{"STREAM-09", "all of it", testStreamAll},
		{"STREAM-10", "into a writer that fails", testStreamWriter},
		{"STREAM-11", "into a writer that takes less", testStreamShortWriter},
		{"STREAM-13", "an upload goes out as it is made", testUploadPieces},
		{"STREAM-14", "an answer before the end of the upload", testUploadRefused},
		{"STREAM-16", "numbers and trailer come with the end", testStreamNumbers},
	})
}

func testStreamLater(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		more := make(chan struct{})
		srv := newServer(t, http2, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "first ")
			w.(http.Flusher).Flush()
			<-more
			io.WriteString(w, "second")
		})
		r, err := srv.session(t, "chromium156").Get(t.Context(), srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 6)
		if _, err := io.ReadFull(r.Body, b); string(b) != "first " || err != nil {
			t.Errorf("h2=%t: %q, %v", http2, b, err)
		}
		close(more)
		if b, err := r.Bytes(); string(b) != "second" || err != nil { // what was read before is not part of it
			t.Errorf("h2=%t: %q, %v", http2, b, err)
		}
	}
}

func testStreamHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, overPipes(t, func(p *testnet.Peer) {
			p.Head()
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
			time.Sleep(time.Second)
			p.Send("ok")
		}))
		start := time.Now()
		r, err := s.Get(t.Context(), "http://a.test/", nil)
		if err != nil || time.Since(start) != 0 {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
		if b, err := r.Bytes(); string(b) != "ok" || err != nil || time.Since(start) != time.Second {
			t.Errorf("after %v: %q, %v", time.Since(start), b, err)
		}
	})
}

// testStreamErrors: what goes wrong before the body is an error of the call; what goes wrong in it is one of Read (see RESP-24).
func testStreamErrors(t *testing.T) {
	srv, _ := origin(t)
	for _, row := range []struct {
		name string
		o    *client.Options
		url  string
		kind *client.Kind
	}{
		{"no connection", nil, "http://" + closedPort(t), client.ErrConnect},
		{"no TLS", nil, strings.Replace(devour(t), "http:", "https:", 1), client.ErrTLS},
		{"redirects", &client.Options{Redirect: client.Redirect{Max: 1}}, srv.URL + redirected(302, redirected(302, "/end")), client.ErrTooManyRedirects},
		{"no head in time", &client.Options{Timeouts: client.Timeouts{Headers: time.Millisecond}}, devour(t), client.ErrReadTimeout},
		{"no head", nil, raw(t, "HTTP/1.1 200 OK\r\nX"), client.ErrIncompleteRead},
		{"no HTTP", nil, raw(t, "hello"), client.ErrProtocol},
	} {
		if row.kind == client.ErrTLS {
			row.o = &client.Options{ConnectTimeout: time.Millisecond}
			row.kind = client.ErrConnectTimeout
		}
		if r, err := newSession(t, row.o).Get(t.Context(), row.url, nil); !errors.Is(err, row.kind) || r != nil {
			t.Errorf("%s: %v, %v", row.name, r, err)
		}
	}
	r, err := newSession(t, nil).Get(t.Context(), raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r.Body); string(b) != "abc" || !errors.Is(err, client.ErrIncompleteRead) {
		t.Errorf("%q, %v", b, err)
	}
}

func testStreamGivenUp(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		gone := make(chan struct{}, 8)
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/short" {
				io.WriteString(w, "abc")
				return
			}
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					break
				}
			}
			gone <- struct{}{}
		})
		s := srv.session(t, "firefox153_linux")
		begin := func() *client.Response {
			t.Helper()
			r, err := s.Get(t.Context(), srv.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(r.Body, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			return r
		}
		begin() // nobody reads on, nobody closes it: until the session ends
		given := begin()
		if err := given.Close(); err != nil {
			t.Error(err)
		}
		<-gone
		for range 3 {
			if _, body := pageOf(t, s, srv.url+"/short", nil); body != "abc" {
				t.Errorf("h2=%t: %q", http2, body)
			}
		}
		s.Close()
		<-gone
	}
}

func testStreamClose(t *testing.T) {
	for _, answer := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			gone := make(chan struct{})
			s := newSession(t, overPipes(t, func(p *testnet.Peer) {
				p.Head()
				p.Send(answer) // and no more, for ever
				p.Drain()
				close(gone)
			}))
			start := time.Now()
			r, err := s.Get(t.Context(), "http://a.test/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if <-gone; time.Since(start) != 0 {
				t.Errorf("after %v", time.Since(start))
			}
		})
	}
}

func testStreamEmpty(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/end", http.StatusFound)
				return
			}
			w.Header().Set("X-A", "1")
			w.WriteHeader(http.StatusAccepted)
		})
		r, err := srv.session(t, "").Get(t.Context(), srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != 202 || r.Header.Get("X-A") != "1" || len(r.History) != 1 {
			t.Errorf("h2=%t: %s, %v", http2, r, r.History)
		}
		if b, err := io.ReadAll(r.Body); len(b) != 0 || err != nil {
			t.Errorf("h2=%t: %q, %v", http2, b, err)
		}
	}
}

// testStreamStatus: the error has the beginning of the body, and the transfer has ended.
func testStreamStatus(t *testing.T) {
	const snippet = 64 << 10
	for _, http2 := range []bool{false, true} {
		gone := make(chan struct{})
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			defer close(gone)
			w.WriteHeader(http.StatusInternalServerError)
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(strings.Repeat("x", 1<<14))); err != nil {
					return
				}
			}
		})
		s := newSession(t, &client.Options{Profile: "chromium156", RootCAs: srv.ca.Pool(), FailOnStatus: true})
		_, err := s.Get(t.Context(), srv.url, nil)
		var e *client.Error
		if !errors.As(err, &e) || e.Kind != client.ErrStatus || e.Response == nil {
			t.Fatal(err)
		}
		<-gone
		if b, err := e.Response.Bytes(); len(b) != snippet || err != nil {
			t.Errorf("h2=%t: %d bytes, %v", http2, len(b), err)
		}
	}
}

func testStreamAll(t *testing.T) {
	url := scripted(t, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ncaf\r\n1\r\n\xe9\r\n0\r\n\r\n")
	r, body := page(t, url, nil)
	if body != "caf\xe9" {
		t.Errorf("%q", body)
	}
	if text, err := r.Text(); text != "café" || err != nil { // again: the bytes are kept
		t.Errorf("%q, %v", text, err)
	}
}

// writerFunc is an io.Writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func testStreamWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next, gone := make(chan struct{}), make(chan struct{})
		s := newSession(t, overPipes(t, func(p *testnet.Peer) {
			p.Head()
			body := zstded("hello") // decoded pieces are what the writer gets
			p.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nTransfer-Encoding: chunked\r\n\r\n%s", chunk(body)))
			<-next
			p.Send(chunk(zstded(" world")))
			p.Drain()
			close(gone)
		}))
		r, err := s.Get(t.Context(), "http://a.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		_, err = io.Copy(writerFunc(func(b []byte) (int, error) {
			got = append(got, string(b))
			if len(got) == 2 {
				return 0, errBoom
			}
			next <- struct{}{}
			return len(b), nil
		}), r.Body)
		if !errors.Is(err, errBoom) || len(got) != 2 || got[0] != "hello" || got[1] != " world" {
			t.Errorf("%q, %v", got, err)
		}
		r.Close()
		<-gone
	})
}

func testStreamShortWriter(t *testing.T) {
	r, err := newSession(t, nil).Get(t.Context(), scripted(t, abc), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(writerFunc(func(b []byte) (int, error) { return len(b) - 1, nil }), r.Body); n != 2 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%d, %v", n, err)
	}
}

func testStreamNumbers(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		more := make(chan struct{})
		srv := newServer(t, http2, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, "abc")
			w.(http.Flusher).Flush()
			<-more
			io.WriteString(w, "defg")
			w.Header().Set("X-Sum", "7")
		})
		r, err := srv.session(t, "").Get(t.Context(), srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r.Body, make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
		if r.Trailer() != nil || r.Info.Received != 0 || r.Info.Elapsed != 0 {
			t.Errorf("h2=%t, in between: %v, %d bytes, %v", http2, r.Trailer(), r.Info.Received, r.Info.Elapsed)
		}
		close(more)
		if _, err := r.Bytes(); err != nil || r.Trailer().Get("X-Sum") != "7" || r.Info.Received != 7 || r.Info.Elapsed <= 0 {
			t.Errorf("h2=%t, at the end: %v, %d bytes, %v, %v", http2, r.Trailer(), r.Info.Received, r.Info.Elapsed, err)
		}
	}
}

package engine_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/testnet"
)

// script is an HTTP/2 server that answers requests as answer says; n counts them over all connections, from 1.
type script func(fr *http2.Framer, stream uint32, n int32)

type scripted struct {
	url             string
	conns, requests atomic.Int32
	acked           atomic.Bool  // a client has acknowledged the server's SETTINGS
	hangUp          atomic.Int32 // the request on which the server closes the connection, 0 for none
}

func serveHTTP2(t *testing.T, answer script) (*engine.Engine, *scripted) {
	t.Helper()
	ca := testnet.NewCA(t, time.Now())
	config := ca.Server("h2")
	s := &scripted{}
	addr := testnet.Serve(t, func(nc net.Conn) {
		s.conns.Add(1)
		c := tls.Server(nc, config)
		if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		fr := http2.NewFramer(c, c)
		fr.WriteSettings()
		for {
			f, err := fr.ReadFrame()
			if err != nil {
				return
			}
			switch f := f.(type) {
			case *http2.SettingsFrame:
				if f.IsAck() {
					s.acked.Store(true)
				} else {
					fr.WriteSettingsAck()
				}
			case *http2.HeadersFrame:
				n := s.requests.Add(1)
				if n == s.hangUp.Load() {
					return
				}
				answer(fr, f.StreamID, n)
			}
		}
	})
	_, port, _ := net.SplitHostPort(addr)
	s.url = "https://localhost:" + port + "/"
	return newEngine(t, &engine.Config{RootCAs: ca.Pool()}), s
}

// readBody returns the body of the one stream that sends something now.
func readBody(fr *http2.Framer) string {
	var b []byte
	for {
		f, err := fr.ReadFrame()
		if err != nil {
			return err.Error()
		}
		if d, ok := f.(*http2.DataFrame); ok {
			if b = append(b, d.Data()...); d.StreamEnded() {
				return string(b)
			}
		}
	}
}

// answerOK sends the status and an empty body.
func answerOK(fr *http2.Framer, stream uint32) {
	var b bytes.Buffer
	hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
	fr.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: b.Bytes(), EndHeaders: true, EndStream: true})
}

func TestRetryHTTP2(t *testing.T) {
	t.Parallel()
	refuse := func(fr *http2.Framer, stream uint32) { fr.WriteRSTStream(stream, http2.ErrCodeRefusedStream) }
	for _, row := range []struct {
		name            string
		script          script
		body            func() io.Reader
		ok              bool
		conns, requests int32
		reason          string
	}{
		{"refused once", func(fr *http2.Framer, s uint32, n int32) {
			if n == 1 {
				refuse(fr, s)
			} else {
				answerOK(fr, s)
			}
		}, nil, true, 1, 2, "the connection itself is well"},
		{"refused with GetBody", func(fr *http2.Framer, s uint32, n int32) {
			if n == 1 {
				refuse(fr, s)
			} else {
				answerOK(fr, s)
			}
		}, func() io.Reader { return strings.NewReader("abc") }, true, 1, 2, "POST, too: the server says it did nothing"},
		{"refused for ever", func(fr *http2.Framer, s uint32, n int32) { refuse(fr, s) }, nil, false, 1, 3, "three attempts"},
		{"goes away", func(fr *http2.Framer, s uint32, n int32) {
			if n == 1 {
				fr.WriteGoAway(0, http2.ErrCodeNo, nil)
			} else {
				answerOK(fr, s)
			}
		}, nil, true, 2, 2, "a new connection"},
		{"cancelled by the server", func(fr *http2.Framer, s uint32, n int32) { fr.WriteRSTStream(s, http2.ErrCodeCancel) },
			nil, false, 1, 1, "it may have been processed"},
		{"goes away after it", func(fr *http2.Framer, s uint32, n int32) {
			fr.WriteGoAway(s, http2.ErrCodeNo, nil)
			fr.WriteRSTStream(s, http2.ErrCodeInternal)
		}, nil, false, 1, 1, "the stream is within what the server may have processed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, s := serveHTTP2(t, row.script)
			var body io.Reader
			if row.body != nil {
				body = row.body()
			}
			r, err := e.RoundTrip(request(t, t.Context(), "POST", s.url, body))
			if (err == nil) != row.ok {
				t.Errorf("%s: %v", row.reason, err)
			}
			if err == nil {
				readAll(t, r)
			}
			if s.conns.Load() != row.conns || s.requests.Load() != row.requests {
				t.Errorf("%s: %d connections and %d requests, want %d and %d", row.reason, s.conns.Load(), s.requests.Load(), row.conns, row.requests)
			}
		})
	}
}

func TestBodyNotReplayable(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	e, s := serveHTTP2(t, func(fr *http2.Framer, s uint32, n int32) {
		<-read // refuse only once the body has been touched
		fr.WriteRSTStream(s, http2.ErrCodeRefusedStream)
	})
	body := &closeCounter{Reader: io.MultiReader(strings.NewReader("abc"), signal(read))}
	_, err := e.RoundTrip(request(t, t.Context(), "POST", s.url, body))
	if !errors.Is(err, engine.ErrBodyNotReplayable) || !errors.Is(err, h2.ErrUnprocessed) {
		t.Errorf("got %v", err)
	}
	if s.requests.Load() != 1 {
		t.Error("sent again")
	}
	eventually(t, "body closed once", func() bool { return body.n.Load() == 1 })
}

// signal is a reader that closes c and has nothing.
type signal chan struct{}

func (c signal) Read([]byte) (int, error) { close(c); return 0, io.EOF }

// TestGoneAway: a connection with a GOAWAY finishes what it has, a new one takes what comes, together with its body
// although that has no GetBody: nobody has touched it.
func TestGoneAway(t *testing.T) {
	t.Parallel()
	finish, sent := make(chan struct{}), make(chan string, 1)
	end := sync.OnceFunc(func() { close(finish) })
	e, s := serveHTTP2(t, func(fr *http2.Framer, stream uint32, n int32) {
		if n == 2 {
			sent <- readBody(fr)
		}
		if n > 1 {
			answerOK(fr, stream)
			return
		}
		var b bytes.Buffer
		hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
		fr.WriteGoAway(stream, http2.ErrCodeNo, nil)
		fr.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: b.Bytes(), EndHeaders: true})
		<-finish
		fr.WriteData(stream, true, []byte("late"))
	})
	t.Cleanup(end)
	first, err := e.RoundTrip(request(t, t.Context(), "GET", s.url, nil))
	if err != nil {
		t.Fatal(err)
	}
	body := &closeCounter{Reader: strings.NewReader("abc")}
	second, err := e.RoundTrip(request(t, t.Context(), "POST", s.url, body))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, second)
	if !second.Fresh || s.conns.Load() != 2 {
		t.Errorf("fresh %v, %d connections", second.Fresh, s.conns.Load())
	}
	if b := <-sent; b != "abc" {
		t.Errorf("the server got %q", b)
	}
	eventually(t, "body closed", func() bool { return body.n.Load() > 0 })
	if n := body.n.Load(); n != 1 {
		t.Errorf("body closed %d times", n)
	}
	end()
	if s := readAll(t, first); s != "late" {
		t.Errorf("%q", s)
	}
	if third, _ := fetch(t, e, s.url); third.Conn != second.Conn {
		t.Error("the third request is not on the second connection")
	}
}

package h2

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

func TestGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := 0
		c, p := connect(t, &Config{OnClose: func(*Conn) { closed++ }})
		p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 3})
		var r []*result
		for range 4 {
			r = append(r, start(t.Context(), c, request(nil)))
		}
		p.Got()
		p.GoAway(1<<31-1, http2.ErrCodeNo, "soon")
		var ge *GoAwayError
		if err := r[3].failed(t); !errors.Is(err, ErrUnprocessed) || !errors.As(err, &ge) || ge.Stream != 0 || ge.Debug != "soon" {
			t.Errorf("waiting request: %v", err)
		}
		if c.Available() {
			t.Error("available after GOAWAY")
		}
		if err := start(t.Context(), c, request(nil)).failed(t); !errors.Is(err, ErrUnprocessed) {
			t.Errorf("request after GOAWAY: %v", err)
		}
		p.GoAway(3, http2.ErrCodeEnhanceYourCalm, strings.Repeat("d", 1000))
		if err := r[2].failed(t); !errors.Is(err, ErrUnprocessed) || !errors.As(err, &ge) || ge.Stream != 5 || ge.LastStream != 3 || ge.Code != http2.ErrCodeEnhanceYourCalm || len(ge.Debug) != maxDebug {
			t.Errorf("stream above the last: %v", err)
		}
		p.GoAway(1<<31-1, http2.ErrCodeNo, "") // cannot grow again
		p.Respond(1, "one")
		p.Begin(3, "thr")
		resp := r[1].ok(t)
		p.Data(3, true, []byte("ee"))
		p.Want() // all complete: the connection is closed
		p.Gone()
		if s := text(t, r[0].ok(t)); s != "one" {
			t.Errorf("%q", s)
		}
		if s := text(t, resp); s != "three" {
			t.Errorf("%q: what has arrived can still be read", s)
		}
		if closed != 1 {
			t.Errorf("OnClose called %d times", closed)
		}
		if err := start(t.Context(), c, request(nil)).failed(t); !errors.Is(err, ErrUnprocessed) {
			t.Errorf("request after the end: %v", err)
		}
	})
}

// TestGoAwayThenLost: a connection that ends before the answers it had promised.
func TestGoAwayThenLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		r := start(t.Context(), c, request(nil))
		p.GoAway(1, http2.ErrCodeInternal, "")
		synctest.Wait()
		p.Conn.Close()
		var ge *GoAwayError
		if err := r.failed(t); errors.Is(err, ErrUnprocessed) || !errors.As(err, &ge) || ge.Stream != 1 || ge.Code != http2.ErrCodeInternal {
			t.Errorf("error %v", err)
		}
	})
}

// TestGoAwayIdle: an idle connection ends at once; Firefox says goodbye, Chromium does not (golden/captures).
func TestGoAwayIdle(t *testing.T) {
	for _, tt := range []struct {
		cfg  *Config
		want []string
	}{{chromiumConfig(), nil}, {firefoxConfig(), []string{"GOAWAY 0 NO_ERROR"}}, {nil, nil}} {
		synctest.Test(t, func(t *testing.T) {
			_, p := connect(t, tt.cfg)
			p.Settings()
			p.Got()
			p.GoAway(0, http2.ErrCodeNo, "")
			p.Want(tt.want...)
			p.Gone()
		})
	}
}

func TestClose(t *testing.T) {
	for _, cfg := range []*Config{chromiumConfig(), firefoxConfig()} {
		synctest.Test(t, func(t *testing.T) {
			var closed []*Conn
			cfg.OnClose = func(c *Conn) {
				closed = append(closed, c)
				c.Close()
			}
			c, p := connect(t, cfg)
			p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
			sent, waiting := start(t.Context(), c, request(nil)), start(t.Context(), c, request(nil))
			p.Got()
			for range 3 {
				c.Close()
			}
			var ce *ConnError
			if err := sent.failed(t); !errors.Is(err, net.ErrClosed) || errors.Is(err, ErrUnprocessed) || !errors.As(err, &ce) {
				t.Errorf("sent: %v", err)
			}
			if err := waiting.failed(t); !errors.Is(err, net.ErrClosed) || !errors.Is(err, ErrUnprocessed) {
				t.Errorf("waiting: %v", err)
			}
			var want []string
			if cfg.HTTP2.HPACK == "firefox" {
				want = []string{"GOAWAY 0 NO_ERROR"}
			}
			p.Want(want...)
			p.Gone()
			if len(closed) != 1 || closed[0] != c || c.Available() {
				t.Errorf("OnClose called %d times; available %v", len(closed), c.Available())
			}
		})
	}
}

// TestCloseWhileServerDoesNotRead: Close is not held up by a write.
func TestCloseWhileServerDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := false
		cfg := firefoxConfig()
		cfg.OnClose = func(*Conn) { closed = true }
		c, p := connect(t, cfg)
		p.Settings()
		p.Got()
		resume := p.Pause()
		start(t.Context(), c, request(nil))
		start(t.Context(), c, request(nil))
		c.Close()
		synctest.Wait()
		if !closed {
			t.Error("still open")
		}
		resume()
	})
}

// TestLingering: a server that does not read does not keep a broken connection alive.
func TestLingering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		c, p := connect(t, &Config{OnClose: func(*Conn) { close(done) }})
		p.Settings()
		p.Got()
		resume := p.Pause()
		defer resume()
		r := start(t.Context(), c, request(nil))
		start(t.Context(), c, request(nil))
		p.Data(0, false, nil) // an error: GOAWAY cannot be written
		if err := r.failed(t); !strings.Contains(err.Error(), "DATA on stream 0") {
			t.Errorf("error %v", err)
		}
		before := time.Now()
		<-done
		if d := time.Since(before); d > lingering {
			t.Errorf("closed after %v", d)
		}
	})
}

func TestConnectionLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := 0
		c, p := connect(t, &Config{OnClose: func(*Conn) { closed++ }})
		p.Settings()
		r := start(t.Context(), c, request(nil))
		p.Conn.Close()
		var ce *ConnError
		if err := r.failed(t); !errors.As(err, &ce) || ce.Code != http2.ErrCodeNo || !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrUnprocessed) {
			t.Errorf("error %v", err)
		}
		if err := start(t.Context(), c, request(nil)).failed(t); !errors.Is(err, ErrUnprocessed) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v", err)
		}
		if closed != 1 || c.Available() {
			t.Errorf("OnClose called %d times", closed)
		}
	})
}

func TestErrorTexts(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&StreamError{Stream: 5, Code: http2.ErrCodeRefusedStream, Remote: true}, "h2: stream 5: reset by the server: REFUSED_STREAM"},
		{&StreamError{Stream: 5, Code: http2.ErrCodeProtocol, Reason: "bad"}, "h2: stream 5: PROTOCOL_ERROR: bad"},
		{&StreamError{Stream: 5, Code: http2.ErrCodeCancel, Reason: "request body", Err: errCause}, "h2: stream 5: CANCEL: request body: the cause"},
		{&ConnError{Code: http2.ErrCodeProtocol, Reason: "bad"}, "h2: PROTOCOL_ERROR: bad"},
		{&ConnError{Reason: "connection lost", Err: io.ErrUnexpectedEOF}, "h2: connection lost: unexpected EOF"},
		{&GoAwayError{Stream: 5, LastStream: 3, Debug: "x"}, `h2: stream 5: server goes away: NO_ERROR, last stream 3, "x"`},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestWriteFails: what the server had sent before it closed its end still counts.
func TestWriteFails(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reads bool // the read side ends by itself
		whole bool // the response is complete by then
	}{{"answered", true, true}, {"cut", true, false}, {"stuck", false, false}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				r := start(t.Context(), c, request(nil))
				p.Got()
				p.client.mu.Lock()
				p.client.fail = errCause
				p.client.mu.Unlock()
				p.Frame(http2.FramePing, 0, 0, make([]byte, 8)) // the answer fails
				synctest.Wait()
				if c.Available() {
					t.Error("available")
				}
				if err := start(t.Context(), c, request(nil)).failed(t); !errors.Is(err, ErrUnprocessed) || !errors.Is(err, errCause) {
					t.Errorf("request that cannot be sent: %v", err)
				}
				p.Headers(1, false, ":status", "200")
				p.Data(1, tt.whole, []byte("answer"))
				if tt.reads {
					p.Conn.Close()
				}
				b, err := io.ReadAll(r.ok(t).Body)
				if string(b) != "answer" || (err == nil) != tt.whole {
					t.Errorf("%q, %v", b, err)
				}
				if !tt.reads && !errors.Is(err, errCause) {
					t.Errorf("error %v, want that of the write", err)
				}
			})
		})
	}
}

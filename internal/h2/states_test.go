package h2

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestLateFrames: frames on streams that are no longer open (RFC 9113 §5.1).
func TestLateFrames(t *testing.T) {
	headers := func(p *peer) { p.Headers(1, true, ":status", "200") }
	data := func(p *peer) { p.Data(1, true, []byte("x")) }
	rst := func(p *peer) { p.RST(1, http2.ErrCodeCancel) }
	window := func(p *peer) { p.WindowUpdate(1, 1) }
	complete := func(t *testing.T, c *Conn, p *peer, r *result) { p.Respond(1, "") }
	reset := func(t *testing.T, c *Conn, p *peer, r *result) { p.RST(1, http2.ErrCodeInternal) }
	cancel := func(t *testing.T, c *Conn, p *peer, r *result) {
		p.Headers(1, false, ":status", "200")
		r.ok(t).Body.Close()
	}
	for _, tt := range []struct {
		name   string
		end    func(t *testing.T, c *Conn, p *peer, r *result)
		frame  func(p *peer)
		frames []string
		gone   bool
	}{
		{"DATA after END_STREAM", complete, data, []string{byeClosed}, true},
		{"HEADERS after END_STREAM", complete, headers, []string{byeClosed}, true},
		{"RST_STREAM after END_STREAM", complete, rst, nil, false},
		{"WINDOW_UPDATE after END_STREAM", complete, window, nil, false},
		{"DATA after the server's reset", reset, data, []string{"RST_STREAM 1 STREAM_CLOSED"}, false},
		{"HEADERS after the server's reset", reset, headers, []string{"RST_STREAM 1 STREAM_CLOSED"}, false},
		{"RST_STREAM after the server's reset", reset, rst, nil, false},
		{"DATA after our reset", cancel, data, nil, false},
		{"HEADERS after our reset", cancel, headers, nil, false},
		{"RST_STREAM after our reset", cancel, rst, nil, false},
		{"WINDOW_UPDATE after our reset", cancel, window, nil, false},
		{"WINDOW_UPDATE of 0 after our reset", cancel, func(p *peer) { p.WindowUpdate(1, 0) }, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				r := start(t.Context(), c, request(nil))
				tt.end(t, c, p, r)
				p.Got()
				tt.frame(p)
				p.Want(tt.frames...)
				if tt.gone {
					p.Gone()
					var ce *ConnError
					if err := start(t.Context(), c, request(nil)).failed(t); !errors.As(err, &ce) || ce.Code != http2.ErrCodeStreamClosed {
						t.Errorf("next request: %v", err)
					}
					return
				}
				next := start(t.Context(), c, request(nil))
				p.Respond(3, "fine")
				if s := text(t, next.ok(t)); s != "fine" {
					t.Errorf("next response %q", s)
				}
			})
		})
	}
}

// TestForgottenStream: what became of a stream long ago is not remembered, and its frames are ignored.
func TestForgottenStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		id := uint32(1)
		for range len(c.history.ring) + 1 {
			r := start(t.Context(), c, request(nil))
			p.Respond(id, "")
			text(t, r.ok(t))
			id += 2
		}
		p.Got()
		p.Data(1, true, []byte("x"))
		p.Want()
		p.Data(3, true, []byte("x"))
		p.Want(byeClosed)
	})
}

// TestSkippedStream: ids below the first one were never ours.
func TestSkippedStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, firefoxConfig())
		p.Settings()
		start(t.Context(), c, request(nil))
		p.Got()
		p.Data(1, true, []byte("x"))
		p.Want(byeProtocol)
	})
}

// TestHalfClosed: the response is complete, the request is not (RFC 9113 §5.1 half-closed (remote)).
func TestHalfClosed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script func(p *peer)
		frames []string
	}{
		{"DATA", func(p *peer) { p.Data(1, true, []byte("x")) }, []string{"RST_STREAM 1 STREAM_CLOSED"}},
		{"HEADERS", func(p *peer) { p.Headers(1, true, "a", "b") }, []string{"RST_STREAM 1 STREAM_CLOSED"}},
		{"RST_STREAM", func(p *peer) { p.RST(1, http2.ErrCodeNo) }, nil},
		{"RST_STREAM with an error", func(p *peer) { p.RST(1, http2.ErrCodeInternal) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				body, w := pipeBody()
				r := start(t.Context(), c, request(body))
				p.Want("HEADERS 1 :method=POST :path=/")
				w.Write([]byte("abc"))
				p.Want("DATA 1 3")
				p.Settings()
				p.Respond(1, "early")
				p.Want("SETTINGS ack")
				w.Write([]byte("def"))
				p.Want("DATA 1 3") // the upload goes on
				tt.script(p)
				p.Want(tt.frames...)
				body.wantClosed(t)
				if _, err := w.Write([]byte("ghi")); err == nil {
					t.Error("the body is still read")
				}
				if s := text(t, r.ok(t)); s != "early" {
					t.Errorf("response %q", s)
				}
			})
		})
	}
}

// TestResponses: what a response may look like.
func TestResponses(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		script       func(p *peer)
		status       int
		length       int64
		fields, body string
		trailer      string
	}{
		{"plain", "GET", func(p *peer) { p.Respond(1, "hello") }, 200, -1, "", "hello", ""},
		{"fields in order, spaces trimmed", "GET", func(p *peer) {
			p.Headers(1, true, ":status", "404", "b", " 2 ", "a", "", "b", "1\t", "te", "x y")
		}, 404, 0, "b=2,a=,b=1,te=x y", "", ""},
		{"length", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "200", "content-length", "5", "content-length", "5")
			p.Data(1, false, []byte("he"))
			p.Data(1, true, []byte("llo"))
		}, 200, 5, "content-length=5,content-length=5", "hello", ""},
		{"empty", "GET", func(p *peer) { p.Headers(1, true, ":status", "200", "content-length", "0") }, 200, 0, "content-length=0", "", ""},
		{"empty DATA", "GET", func(p *peer) { p.Respond(1, "") }, 200, -1, "", "", ""},
		{"HEAD", "HEAD", func(p *peer) { p.Headers(1, true, ":status", "200", "content-length", "5") }, 200, 5, "content-length=5", "", ""},
		{"HEAD without length", "HEAD", func(p *peer) { p.Headers(1, true, ":status", "200") }, 200, -1, "", "", ""},
		{"HEAD with empty DATA", "HEAD", func(p *peer) {
			p.Headers(1, false, ":status", "200", "content-length", "5")
			p.Data(1, true, nil)
		}, 200, 5, "content-length=5", "", ""},
		{"304", "GET", func(p *peer) { p.Headers(1, true, ":status", "304", "content-length", "5") }, 304, 5, "content-length=5", "", ""},
		{"204", "GET", func(p *peer) { p.Headers(1, true, ":status", "204") }, 204, 0, "", "", ""},
		{"interim", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "100")
			p.Headers(1, false, ":status", "103", "link", "</s.css>")
			p.Headers(1, false, ":status", "199", "content-length", "7")
			p.Respond(1, "hello")
		}, 200, -1, "", "hello", ""},
		{"trailers", "GET", func(p *peer) {
			p.Begin(1, "hello")
			p.Headers(1, true, "x-a", "1", "x-b", "2")
		}, 200, -1, "", "hello", "x-a=1,x-b=2"},
		{"trailers without body", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "200")
			p.Headers(1, true, "x-a", "1")
		}, 200, -1, "", "", "x-a=1"},
		{"CONTINUATION", "GET", func(p *peer) {
			b := p.Encode(":status", "200", "x-a", "some value", "x-b", "other")
			p.Frame(http2.FrameHeaders, 0, 1, b[:3])
			p.Frame(http2.FrameContinuation, 0, 1, nil)
			p.Frame(http2.FrameContinuation, 0, 1, b[3:6])
			p.Frame(http2.FrameContinuation, http2.FlagContinuationEndHeaders, 1, b[6:])
			p.Data(1, true, []byte("hello"))
		}, 200, -1, "x-a=some value,x-b=other", "hello", ""},
		{"END_STREAM before CONTINUATION", "GET", func(p *peer) {
			b := p.Encode(":status", "200", "x-a", "some value")
			p.Frame(http2.FrameHeaders, http2.FlagHeadersEndStream, 1, b[:3])
			p.Frame(http2.FrameContinuation, http2.FlagContinuationEndHeaders, 1, b[3:])
		}, 200, 0, "x-a=some value", "", ""},
		{"padding only", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "200", "content-length", "5")
			p.Frame(http2.FrameData, http2.FlagDataPadded, 1, []byte("\x03\x00\x00\x00"))
			p.Data(1, true, []byte("hello"))
		}, 200, 5, "content-length=5", "hello", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				req := request(nil)
				req.Method = tt.method
				r := start(t.Context(), c, req)
				p.Got()
				tt.script(p)
				resp := r.ok(t)
				if resp.Proto != "HTTP/2.0" || resp.Status != tt.status || resp.Length != tt.length || join(resp.Fields) != tt.fields {
					t.Errorf("%+v", resp)
				}
				if n, err := resp.Body.Read(nil); n != 0 || err != nil {
					t.Errorf("read of nothing: %d, %v", n, err)
				}
				if len(tt.body) > 0 && resp.Trailer() != nil {
					t.Error("trailers before the end")
				}
				b, err := io.ReadAll(resp.Body)
				if string(b) != tt.body || err != nil {
					t.Errorf("body %q, %v", b, err)
				}
				if got := join(resp.Trailer()); got != tt.trailer {
					t.Errorf("trailer %q", got)
				}
				if err := resp.Body.Close(); err != nil {
					t.Error(err)
				}
				if _, err := resp.Body.Read(make([]byte, 1)); err == nil || err == io.EOF {
					t.Errorf("read after close: %v", err)
				}
				p.Want()
			})
		})
	}
}

func join(f []fingerprint.Field) string {
	var s []string
	for _, f := range f {
		s = append(s, f.Name+"="+f.Value)
	}
	return strings.Join(s, ",")
}

// TestBrokenBodies: errors that come after the head.
func TestBrokenBodies(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		script       func(p *peer)
		frame, err   string
		truncated    bool
	}{
		{"too short", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "200", "content-length", "5")
			p.Data(1, true, []byte("hell"))
		}, rstProtocol, "shorter than its content-length", true},
		{"too short with trailers", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "200", "content-length", "5")
			p.Data(1, false, []byte("hell"))
			p.Headers(1, true, "a", "b")
		}, rstProtocol, "shorter than its content-length", true},
		{"too long", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "200", "content-length", "5")
			p.Data(1, false, []byte("hell"))
			p.Data(1, true, []byte("lo"))
		}, rstProtocol, "longer than its content-length", false},
		{"HEAD with a body", "HEAD", func(p *peer) { p.Respond(1, "x") }, rstProtocol, "has no body", false},
		{"204 with a body", "GET", func(p *peer) {
			p.Headers(1, false, ":status", "204")
			p.Data(1, true, []byte("x"))
		}, rstProtocol, "has no body", false},
		{"trailers without end", "GET", func(p *peer) {
			p.Begin(1, "x")
			p.Headers(1, false, "a", "b")
		}, rstProtocol, "second HEADERS", false},
		{"status in trailers", "GET", func(p *peer) {
			p.Begin(1, "x")
			p.Headers(1, true, ":status", "200")
		}, rstProtocol, "pseudo-header field in trailers", false},
		{"bad trailers", "GET", func(p *peer) {
			p.Begin(1, "x")
			p.Headers(1, true, "A", "b")
		}, rstProtocol, `field name "A"`, false},
		{"reset", "GET", func(p *peer) {
			p.Begin(1, "x")
			p.RST(1, http2.ErrCodeInternal)
		}, "", "reset by the server: INTERNAL_ERROR", false},
		{"reset without error", "GET", func(p *peer) {
			p.Begin(1, "x")
			p.RST(1, http2.ErrCodeNo)
		}, "", "reset by the server: NO_ERROR", false},
		{"connection lost", "GET", func(p *peer) {
			p.Begin(1, "x")
			p.Conn.Close()
		}, "", "connection lost", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				req := request(nil)
				req.Method = tt.method
				r := start(t.Context(), c, req)
				p.Got()
				tt.script(p)
				var want []string
				if tt.frame != "" {
					want = []string{tt.frame}
				}
				p.Want(want...)
				resp := r.ok(t)
				b, err := io.ReadAll(resp.Body)
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if errors.Is(err, io.ErrUnexpectedEOF) != tt.truncated {
					t.Errorf("%v is an unexpected EOF: %v", err, !tt.truncated)
				}
				if strings.Contains(tt.name, "reset") && string(b) != "x" {
					t.Errorf("%q arrived before the error", b)
				}
				if resp.Trailer() != nil {
					t.Error("trailers of a broken response")
				}
				resp.Body.Close()
			})
		})
	}
}

package h2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"
)

// TestReceiveWindow: what a server may send, and what happens when it sends more.
func TestReceiveWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script func(p *peer)
		frames []string
	}{
		{"full", func(p *peer) { p.Data(1, false, make([]byte, 1000)) }, nil},
		{"exceeded at once", func(p *peer) { p.Data(1, false, make([]byte, 1001)) }, []string{"RST_STREAM 1 FLOW_CONTROL_ERROR"}},
		{"exceeded later", func(p *peer) {
			p.Data(1, false, make([]byte, 1000))
			p.Data(1, false, make([]byte, 1))
		}, []string{"RST_STREAM 1 FLOW_CONTROL_ERROR"}},
		{"exceeded by padding", func(p *peer) {
			p.Frame(http2.FrameData, http2.FlagDataPadded, 1, append([]byte{100}, make([]byte, 1000)...))
		}, []string{"RST_STREAM 1 FLOW_CONTROL_ERROR"}},
		{"padding is given back", func(p *peer) {
			for range 2 {
				p.Frame(http2.FrameData, http2.FlagDataPadded, 1, append([]byte{249}, make([]byte, 249)...))
			}
			p.Data(1, false, make([]byte, 1000))
		}, []string{"WINDOW_UPDATE 1 500"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, small())
				p.Settings()
				r := start(t.Context(), c, request(nil))
				p.Got()
				p.Headers(1, false, ":status", "200")
				tt.script(p)
				p.Want(tt.frames...)
				if len(tt.frames) > 0 && strings.HasPrefix(tt.frames[0], "RST") {
					var se *StreamError
					if _, err := io.ReadAll(r.ok(t).Body); !errors.As(err, &se) || se.Code != http2.ErrCodeFlowControl || se.Remote {
						t.Errorf("error %v", err)
					}
				}
				if !c.Available() {
					t.Error("the connection ended")
				}
			})
		})
	}
}

// TestReceiveConnectionWindow: the connection's window counts, too, also for streams that are closed.
func TestReceiveConnectionWindow(t *testing.T) {
	cfg := firefoxConfig()
	cfg.Opening = cfg.Opening[:1] // 65535 bytes for the connection
	cfg.HTTP2.HPACK = "chromium"
	cfg.HTTP2.ConnectionRefill = 65535
	for _, tt := range []struct {
		name   string
		close  bool
		sizes  []int
		frames []string
	}{
		{"all of it but a quarter", false, []int{16384, 16384, 16384}, nil},
		// Nobody has read and little is left, so unread bytes are given back lest others wait for them.
		{"nearly all of it", false, []int{16384, 16384, 16384, 1}, []string{"WINDOW_UPDATE 0 49153"}},
		{"exceeded", false, []int{16384, 16384, 16384, 16384}, []string{byeFlow}},
		{"exceeded by a closed stream", true, []int{16384, 16384, 16384, 16384}, []string{byeFlow}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, cfg)
				p.Settings()
				r := start(t.Context(), c, request(nil))
				p.Headers(3, false, ":status", "200")
				resp := r.ok(t)
				if tt.close {
					resp.Body.Close()
				}
				p.Got()
				for _, n := range tt.sizes {
					p.Data(3, false, make([]byte, n))
				}
				p.Want(tt.frames...)
				if len(tt.frames) == 0 || tt.frames[0] != byeFlow {
					return
				}
				var ce *ConnError
				if err := start(t.Context(), c, request(nil)).failed(t); !errors.As(err, &ce) || ce.Code != http2.ErrCodeFlowControl {
					t.Errorf("next request: %v", err)
				}
				if _, err := io.ReadAll(resp.Body); !tt.close && (!errors.As(err, &ce) || ce.Code != http2.ErrCodeFlowControl) {
					t.Errorf("body: %v", err)
				}
			})
		})
	}
}

// TestRefills: when windows are given back, by the captures of downloads.
func TestRefills(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    *Config
		stream uint32
		total  int // bytes sent, in frames of 16384
		early  []string
		want   []string // after all has been read
	}{
		{"Chromium below", chromiumConfig(), 1, 192, nil, nil},                                                         // 3145728 bytes: exactly half
		{"Chromium above", chromiumConfig(), 1, 193, nil, []string{"WINDOW_UPDATE 1 3153920"}},                         // reads of 8192
		{"Firefox", firefoxConfig(), 3, 257, []string{"WINDOW_UPDATE 0 4194304"}, []string{"WINDOW_UPDATE 3 4210688"}}, // a whole frame, read in two pieces
		{"Firefox, its stream below", firefoxConfig(), 3, 256, []string{"WINDOW_UPDATE 0 4194304"}, nil},
		{"Firefox below", firefoxConfig(), 3, 255, nil, nil},
		{"Firefox full", firefoxConfig(), 3, 768, []string{"WINDOW_UPDATE 0 4194304", "WINDOW_UPDATE 0 4194304", "WINDOW_UPDATE 0 4194304"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, tt.cfg)
				p.Settings()
				r := start(t.Context(), c, request(nil))
				p.Got()
				p.Headers(tt.stream, false, ":status", "200")
				for range tt.total {
					p.Data(tt.stream, false, make([]byte, 16384))
				}
				p.Want(tt.early...)
				resp := r.ok(t)
				b := make([]byte, 16384)
				if tt.name == "Firefox full" { // almost none is left: in steps
					for range 2 {
						if _, err := io.ReadFull(resp.Body, b); err != nil {
							t.Fatal(err)
						}
						p.Want("WINDOW_UPDATE 3 16384")
					}
					return
				}
				if _, err := io.CopyN(io.Discard, resp.Body, int64(tt.total)*16384); err != nil {
					t.Fatal(err)
				}
				p.Want(tt.want...)
			})
		})
	}
}

// TestChromiumConnectionRefill: more than half of the connection's window, over several streams.
func TestChromiumConnectionRefill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, chromiumConfig())
		p.Settings()
		p.Got()
		var want []string
		for i := range 3 { // 2949120 bytes each
			id := uint32(2*i + 1)
			r := start(t.Context(), c, request(nil))
			p.Got()
			p.Headers(id, false, ":status", "200")
			for range 180 {
				p.Data(id, false, make([]byte, 16384))
			}
			p.Data(id, true, nil)
			text(t, r.ok(t))
			if i == 2 {
				want = []string{"WINDOW_UPDATE 0 7880704"} // 481 frames
			}
			p.Want(want...)
		}
	})
}

// TestSlowReader: responses that nobody reads hold up themselves and, up to twice the connection's window, nobody else.
func TestSlowReader(t *testing.T) {
	for _, cfg := range []*Config{chromiumConfig(), firefoxConfig(), small()} {
		synctest.Test(t, func(t *testing.T) {
			c, p := connect(t, cfg)
			first := max(1, cfg.FirstStream)
			window := c.streamWindow
			conn := c.flow.left
			p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1000})
			// As many lazy readers as it takes to fill the connection's window almost twice.
			n := int((2*conn - conn/4 - 2000) / window)
			for i := range n {
				r := start(t.Context(), c, request(nil))
				id := first + 2*uint32(i)
				p.Headers(id, false, ":status", "200")
				for sent := int64(0); sent < window; {
					k := min(16384, window-sent)
					p.Data(id, false, make([]byte, k))
					sent += k
				}
				defer r.ok(t).Body.Close()
			}
			for _, f := range p.Got() {
				if strings.HasPrefix(f, "GOAWAY") || strings.HasPrefix(f, "RST") || strings.HasPrefix(f, "WINDOW_UPDATE") && !strings.HasPrefix(f, "WINDOW_UPDATE 0") && !strings.HasSuffix(f, "12451840") {
					t.Fatalf("client sent %s", f)
				}
			}
			r := start(t.Context(), c, request(nil))
			p.Respond(first+2*uint32(n), strings.Repeat("x", 1000))
			if s := text(t, r.ok(t)); len(s) != 1000 {
				t.Errorf("%d bytes", len(s))
			}
			// One of the lazy ones sends more than it may.
			p.Got()
			p.Data(first, false, []byte("x"))
			p.Want(fmt.Sprintf("RST_STREAM %d FLOW_CONTROL_ERROR", first))
		})
	}
}

// TestClosedResponsesReturnTheirBytes: what is dropped comes back to the connection, however it is dropped.
func TestClosedResponsesReturnTheirBytes(t *testing.T) {
	for _, policy := range []string{"", "chromium", "firefox"} {
		for _, how := range []string{"close", "cancel", "read", "read and close", "close before"} {
			t.Run(policy+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cfg := small()
					cfg.HTTP2.HPACK = policy
					c, p := connect(t, cfg)
					p.Settings()
					for i := range 200 {
						ctx, cancel := context.WithCancel(t.Context())
						r := start(ctx, c, request(nil))
						id := uint32(2*i + 1)
						p.Headers(id, false, ":status", "200")
						resp := r.ok(t)
						if how == "close before" {
							resp.Body.Close()
						}
						p.Data(id, how == "read", make([]byte, 999))
						synctest.Wait()
						switch how {
						case "close":
							resp.Body.Close()
						case "cancel":
							cancel()
							synctest.Wait()
							if n, err := resp.Body.Read(make([]byte, 10)); n != 0 || !errors.Is(err, context.Canceled) {
								t.Fatalf("%d, %v", n, err)
							}
						case "read":
							text(t, resp)
						case "read and close":
							if _, err := resp.Body.Read(make([]byte, 10)); err != nil {
								t.Fatal(err)
							}
							resp.Body.Close()
						}
						cancel()
					}
					synctest.Wait()
					c.mu.Lock()
					defer c.mu.Unlock()
					f := c.flow
					if f.left+f.owed != 65535 || f.unread != 0 || f.advanced != 0 || f.owed >= f.refill {
						t.Errorf("window %+v after all was dropped", f)
					}
					if c.err != nil || len(c.streams) != 0 {
						t.Errorf("%v, %d streams", c.err, len(c.streams))
					}
				})
			})
		}
	}
}

// TestSmallFramesShareChunks: memory follows bytes, not frames.
func TestSmallFramesShareChunks(t *testing.T) {
	var q chunks
	k := newChunk()
	for range 3 * chunkSize {
		k.w = copy(k.b[:], "x")
		k = q.add(k)
	}
	if q.n != 3*chunkSize {
		t.Errorf("%d bytes", q.n)
	}
	n := 0
	for x := q.head; x != nil; x = x.next {
		n++
	}
	if n != 3 {
		t.Errorf("%d chunks for %d bytes", n, q.n)
	}
}

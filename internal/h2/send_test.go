package h2

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/plan"
)

// post returns a POST of a known length.
func post(n int) *plan.Request {
	r := request(&trackedBody{Reader: io.LimitReader(new(counter), int64(n))})
	r.Length = int64(n)
	return r
}

// counter is a Reader without end whose bytes depend on their position only, with a period that is no power of two.
type counter struct{ pos int }

var counted = func() (b [65521]byte) {
	for i := range b {
		b[i] = byte(i + i>>8)
	}
	return b
}()

func (c *counter) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], counted[c.pos:])
		n += k
		c.pos = (c.pos + k) % len(counted)
	}
	return n, nil
}

func TestSendWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
		p.Want("SETTINGS ack")
		r := start(t.Context(), c, post(100))
		p.Want("HEADERS 1 :method=POST :path=/", "DATA 1 10")
		p.WindowUpdate(1, 5)
		p.Want("DATA 1 5")
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 12}) // raises it by 2
		p.Want("SETTINGS ack", "DATA 1 2")
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 2}) // to -10
		p.WindowUpdate(1, 10)                                                 // to 0
		p.Want("SETTINGS ack")
		p.WindowUpdate(1, 1)
		p.Want("DATA 1 1")
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}) // to -2
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 5}) // to 3
		p.Want("SETTINGS ack", "SETTINGS ack", "DATA 1 3")
		p.WindowUpdate(1, 1000)
		p.Want("DATA 1 79 end")
		p.Respond(1, "")
		text(t, r.ok(t))
	})
}

// TestSendWindowLoweredWhileWaiting: a stream that waits for the connection's window can lose its own meanwhile.
func TestSendWindowLoweredWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
		start(t.Context(), c, post(70000))
		if n := len(p.Received()); n != 65535 {
			t.Fatalf("%d bytes sent, want the connection's first window", n)
		}
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		p.Got()
		p.WindowUpdate(0, 1<<20)
		p.Want()
		p.WindowUpdate(1, 65535)
		p.Want()
		p.WindowUpdate(1, 65535)
		p.Want("DATA 1 1", "DATA 1 4464 end") // the rest of a piece, and the last one
	})
}

// TestSendEndBelowZero: the end of a body needs no window, also when that is below zero.
func TestSendEndBelowZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
		p.Want("SETTINGS ack")
		body, w := pipeBody()
		start(t.Context(), c, request(body))
		go w.Write(make([]byte, 10))
		p.Want("HEADERS 1 :method=POST :path=/", "DATA 1 10")
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 2})
		p.Want("SETTINGS ack")
		w.CloseWithError(io.EOF)
		p.Want("DATA 1 0 end")
	})
}

func TestSendConnectionWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
		p.Got()
		start(t.Context(), c, post(65536))
		p.Want("HEADERS 1 :method=POST :path=/", "DATA 1 16384", "DATA 1 16384", "DATA 1 16384", "DATA 1 16383")
		start(t.Context(), c, post(2))
		empty, w := pipeBody()
		start(t.Context(), c, request(empty))
		w.Close()
		p.Want("HEADERS 3 :method=POST :path=/", "HEADERS 5 :method=POST :path=/", "DATA 5 0 end") // needs no window
		p.WindowUpdate(0, 3)
		p.Want("DATA 1 1 end", "DATA 3 2 end")
	})
}

// TestSendFair: streams take turns, one frame each.
func TestSendFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, chromiumConfig())
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
		start(t.Context(), c, post(1)) // uses up all but nothing
		p.WindowUpdate(0, 1<<20)
		p.Got()
		resume := p.Pause()
		for range 3 {
			go c.RoundTrip(t.Context(), post(3*16375))
			synctest.Wait()
		}
		resume()
		got := p.Got()
		var order []string
		for _, f := range got {
			if strings.HasPrefix(f, "DATA") {
				order = append(order, strings.Fields(f)[1])
				if !strings.Contains(f, " 16375") {
					t.Errorf("%s: not a full frame", f)
				}
			}
		}
		if first := strings.Join(order[:6], " "); first != "3 5 7 3 5 7" { // each has two frames waiting
			t.Errorf("order of streams %s", first)
		}
		if len(order) != 9 {
			t.Errorf("%d frames, want 9: %v", len(order), order)
		}
	})
}

func TestDataFrameSizes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    *Config
		length int
		want   []int
	}{
		{"Chromium", chromiumConfig(), 2*16375 + 5, []int{16375, 16375, 5}},
		{"Chromium, exact", chromiumConfig(), 2 * 16375, []int{16375, 16375}},
		{"Firefox", firefoxConfig(), 2*16000 + 5, []int{16000, 16000, 5}},
		{"neutral", nil, 2*16384 + 5, []int{16384, 16384, 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, tt.cfg)
				p.Settings()
				p.Got()
				units := len(p.client.units)
				// A reader that returns little at a time: frames are filled nevertheless, as browsers fill theirs.
				req := post(tt.length)
				req.Body = &trackedBody{Reader: &dribble{r: req.Body}}
				start(t.Context(), c, req)
				var sizes []int
				got := p.Got()
				for _, f := range got[1:] {
					var id, n int
					if k, _ := fmt.Sscanf(f, "DATA %d %d", &id, &n); k == 2 {
						sizes = append(sizes, n)
					}
				}
				if fmt.Sprint(sizes) != fmt.Sprint(tt.want) || !strings.HasSuffix(got[len(got)-1], " end") {
					t.Errorf("frames %q, want sizes %d", got, tt.want)
				}
				if n := len(p.client.units) - units; n != 1+len(tt.want) {
					t.Errorf("%d writes for HEADERS and %d DATA frames", n, len(tt.want))
				}
			})
		})
	}
}

// dribble returns at most 1000 bytes at a time.
type dribble struct{ r io.Reader }

func (d *dribble) Read(p []byte) (int, error) { return d.r.Read(p[:min(len(p), 1000)]) }

// TestMaxFrameSize: the server may want larger frames, the profile decides.
func TestMaxFrameSize(t *testing.T) {
	for _, tt := range []struct {
		dataFrame int
		want      string
	}{{0, "DATA 1 16384"}, {20000, "DATA 1 20000"}, {1 << 20, "DATA 1 30000 end"}} {
		synctest.Test(t, func(t *testing.T) {
			cfg := &Config{}
			cfg.HTTP2.DataFrame = tt.dataFrame
			c, p := connect(t, cfg)
			p.Settings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 40000})
			p.Got()
			start(t.Context(), c, post(30000))
			if got := p.Got(); got[1] != tt.want {
				t.Errorf("data frame %d: %q, want %s", tt.dataFrame, got, tt.want)
			}
		})
	}
}

// TestLargeHeaders: a block larger than the server's frames is split.
func TestLargeHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, firefoxConfig())
		p.Settings()
		p.Got()
		req := request(nil)
		req.Fields = append(req.Fields, fields("x-a", strings.Repeat("~", 30000))...) // 13 bits each
		req.Priority = chromiumPriority
		start(t.Context(), c, req)
		got := p.Got()
		if len(got) != 4 || got[0] != "HEADERS 3 end more" || got[1] != "CONTINUATION 3 more" ||
			got[2] != "CONTINUATION 3 :method=GET :path=/ x-a="+req.Fields[2].Value || got[3] != "WINDOW_UPDATE 3 12451840" {
			t.Errorf("client sent %.300q", got)
		}
		if n := p.client.units[len(p.client.units)-1]; n != 3*headerLen+5+headerLen+4+blockLength(t, "firefox", req) {
			t.Errorf("last write has %d bytes: HEADERS and what follows are one unit", n)
		}
		r := start(t.Context(), c, request(nil))
		p.Respond(5, "fine")
		if s := text(t, r.ok(t)); s != "fine" {
			t.Errorf("next response %q", s)
		}
	})
}

func blockLength(t *testing.T, policy string, req *plan.Request) int {
	return len(testEncoder(t, policy).appendBlock(nil, req.Fields))
}

// TestBodyBytes: what is sent is what the body had, whatever the windows.
func TestBodyBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 7})
		body := bytes.Repeat([]byte("0123456789abcdef"), 100)
		req := request(io.NopCloser(bytes.NewReader(body)))
		start(t.Context(), c, req)
		for i := 0; len(p.Received()) < len(body); i++ {
			p.WindowUpdate(1, uint32(1+i%50))
			synctest.Wait()
		}
		if !bytes.Equal(p.Received(), body) {
			t.Error("other bytes")
		}
		p.WindowUpdate(1, 1)
		got := p.Got()
		if got[len(got)-1] != "DATA 1 0 end" {
			t.Errorf("ends with %s", got[len(got)-1])
		}
	})
}

package h2

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

// TestPingBeforeRequest: Chromium asks before it sends a request on a connection that has been silent, and gives up when
// nothing at all comes.
func TestPingBeforeRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, chromiumConfig())
		p.Settings()
		p.Got()
		time.Sleep(10 * time.Second)
		get := "HEADERS 1 end :method=GET :path=/"
		r := start(t.Context(), c, request(nil))
		p.Want(get) // not more than 10 s
		p.Respond(1, "")
		text(t, r.ok(t))
		time.Sleep(10*time.Second + time.Millisecond)
		p.Want() // no timer runs
		r = start(t.Context(), c, request(nil))
		p.Want("PING 0", "HEADERS 3 end :method=GET :path=/")
		p.Frame(http2.FramePing, http2.FlagPingAck, 0, []byte{0, 0, 0, 0, 0, 0, 0, 1})
		time.Sleep(time.Minute)
		if !c.Usable() {
			t.Error("a PING was answered and the connection given up")
		}
		start(t.Context(), c, request(nil))
		p.Want("PING 0", "HEADERS 5 end :method=GET :path=/")
		start(t.Context(), c, request(nil))
		p.Want("HEADERS 7 end :method=GET :path=/") // one is in flight
		time.Sleep(9 * time.Second)
		p.Settings() // something, though no answer: 10 s from here
		p.Want("SETTINGS ack")
		time.Sleep(9 * time.Second)
		if !c.Usable() {
			t.Error("given up though something came")
		}
		time.Sleep(time.Second)
		var ce *ConnError
		err := r.failed(t)
		if !errors.Is(err, ErrUnresponsive) || !errors.As(err, &ce) || !ce.Reused || !ce.NoResponse || ce.Code != http2.ErrCodeNo {
			t.Errorf("error %v", err)
		}
		p.Gone()
	})
}

// TestPingByTimer: Firefox and the neutral client find out by themselves.
func TestPingByTimer(t *testing.T) {
	for _, tt := range []struct {
		name             string
		cfg              *Config
		request          bool
		silence, timeout time.Duration // 0: no PING
		goodbye          string
		reason           string
	}{
		{"Firefox idle", firefoxConfig(), false, 58 * time.Second, 8 * time.Second, "GOAWAY 0 NO_ERROR", "at any time"},
		{"Firefox busy", firefoxConfig(), true, 58 * time.Second, 8 * time.Second, "GOAWAY 0 NO_ERROR", "at any time"},
		{"neutral idle", nil, false, 0, 0, "", "nobody waits for anything"},
		{"neutral busy", nil, true, 15 * time.Second, 15 * time.Second, "", "a request waits"},
		{"Chromium busy", chromiumConfig(), true, 0, 0, "", "only before a request"},
	} {
		for _, answers := range []int{0, 2} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := connect(t, tt.cfg)
					p.Settings()
					var r *result
					if p.Got(); tt.request {
						r = start(t.Context(), c, request(nil))
						p.Got()
					}
					if tt.silence == 0 {
						time.Sleep(time.Hour)
						p.Want()
						return
					}
					for i := range answers + 1 {
						time.Sleep(tt.silence - time.Millisecond)
						p.Want()
						time.Sleep(time.Millisecond)
						p.Want("PING 0")
						if i < answers {
							b := make([]byte, 8)
							b[7] = byte(c.ping.id)
							p.Frame(http2.FramePing, http2.FlagPingAck, 0, b)
						}
					}
					time.Sleep(tt.timeout - time.Millisecond)
					p.Want()
					if !c.Usable() {
						t.Error("given up too early")
					}
					time.Sleep(time.Millisecond)
					if tt.goodbye != "" {
						p.Want(tt.goodbye)
					}
					p.Gone()
					if r != nil && !errors.Is(r.failed(t), ErrUnresponsive) {
						t.Errorf("error %v", r.err)
					}
				})
			})
		}
	}
}

// TestLongDownload: bytes are a sign of life, whatever frame they belong to.
func TestLongDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		r := start(t.Context(), c, request(nil))
		p.Got()
		p.Headers(1, false, ":status", "200")
		p.Raw(appendHeader(nil, 10, http2.FrameData, http2.FlagDataEndStream, 1))
		for range 10 {
			time.Sleep(14 * time.Second)
			p.Raw([]byte("x"))
		}
		p.Want()
		if s := text(t, r.ok(t)); len(s) != 10 {
			t.Errorf("%q", s)
		}
	})
}

// TestDeadlineRetiresConnection: a request that times out without a byte from the server is the last one on its
// connection; the others may finish.
func TestDeadlineRetiresConnection(t *testing.T) {
	for _, tt := range []struct {
		name    string
		script  func(p *peer)
		cancel  bool
		retired bool
		reason  string
	}{
		{"silence", func(p *peer) {}, false, true, "the server may be gone"},
		{"anything", func(p *peer) { p.Settings() }, false, false, "it is there, only slow"},
		{"cancelled", func(p *peer) {}, true, false, "the caller was in a hurry"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 2})
				other := start(t.Context(), c, request(nil))
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				r := start(ctx, c, request(nil))
				waiting := start(t.Context(), c, request(nil))
				time.Sleep(time.Millisecond)
				tt.script(p)
				if tt.cancel {
					cancel()
				}
				time.Sleep(time.Second)
				cancel()
				if err := r.failed(t); !errors.Is(err, ctx.Err()) || errors.Is(err, ErrUnprocessed) {
					t.Errorf("error %v", err)
				}
				if c.Usable() == tt.retired {
					t.Errorf("usable %v: %s", !tt.retired, tt.reason)
				}
				if !tt.retired {
					return
				}
				for _, w := range []*result{waiting, start(t.Context(), c, request(nil))} {
					if err := w.failed(t); !errors.Is(err, ErrUnprocessed) || !errors.Is(err, ErrUnresponsive) {
						t.Errorf("another request: %v", err)
					}
				}
				p.Respond(1, "after all")
				if s := text(t, other.ok(t)); s != "after all" {
					t.Errorf("%q", s)
				}
				p.Gone()
			})
		})
	}
}

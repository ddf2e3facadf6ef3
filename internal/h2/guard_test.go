package h2

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestGuardRefills: what is too much in a moment is not in an hour.
func TestGuardRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := connect(t, nil)
		p.Settings()
		for range 5 {
			for range guardBurst - 1 {
				p.Frame(http2.FramePing, 0, 0, make([]byte, 8))
			}
			time.Sleep(guardBurst / guardRate * time.Second) // of the bubble
		}
		p.Got()
		p.Frame(http2.FramePing, 0, 0, make([]byte, 8))
		p.Want("PING ack 0000000000000000")
	})
}

// TestRepliesNotRead: answers to a server that does not read are not piled up, however slowly it asks.
func TestRepliesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		p.Got()
		resume := p.Pause()
		defer resume()
		for range maxReplies + 3 {
			p.Frame(http2.FramePing, 0, 0, make([]byte, 8))
			time.Sleep(time.Second / guardRate)
			if !c.Available() {
				return
			}
		}
		t.Error("nothing happened")
	})
}

// TestLateFramesFlood: what comes on a stream that the server itself has reset is answered, but not for ever.
func TestLateFramesFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		start(t.Context(), c, request(nil))
		p.RST(1, http2.ErrCodeInternal)
		for range guardBurst {
			p.Data(1, false, []byte("x"))
		}
		got := p.Got()
		if n := len(got); n < guardBurst || got[n-1] != byeCalm {
			t.Errorf("%d frames, the last %s", n, got[n-1])
		}
		p.Gone()
	})
}

// TestSettingsNotRead: neither are acknowledgements.
func TestSettingsNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		p.Got()
		resume := p.Pause()
		defer resume()
		for range maxReplies + 3 {
			p.Settings()
			time.Sleep(time.Second / guardRate)
		}
		if c.Available() {
			t.Error("available")
		}
	})
}

// TestPush: openings that do not disable push get their pushes refused.
func TestPush(t *testing.T) {
	cfg := &Config{Opening: []fingerprint.Frame{{Type: "SETTINGS"}}}
	promise := func(p *peer, stream, id uint32, flags http2.Flags) {
		b := []byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
		p.Frame(http2.FramePushPromise, flags, stream, append(b, p.Encode(":method", "GET", "x-pushed", "value")...))
	}
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, cfg)
		p.Settings()
		r := start(t.Context(), c, request(nil))
		p.Got()
		promise(p, 1, 2, 4)
		promise(p, 1, 8, 4)
		p.Want("RST_STREAM 2 REFUSED_STREAM", "RST_STREAM 8 REFUSED_STREAM")
		p.Headers(2, false, ":status", "200") // on its way before the refusal arrived
		p.Data(2, true, []byte("pushed"))
		p.Headers(1, true, ":status", "200", "x-pushed", "value") // from the table
		p.Want()
		if f := join(r.ok(t).Fields); f != "x-pushed=value" {
			t.Errorf("fields %q", f)
		}
		promise(p, 1, 10, 4) // a stream that has just been closed may be promised on
		p.Want("RST_STREAM 10 REFUSED_STREAM")
	})
	for _, tt := range []struct {
		name   string
		code   ErrCode
		script func(p *peer)
	}{
		{"too many", http2.ErrCodeEnhanceYourCalm, func(p *peer) {
			for i := range uint32(guardBurst) {
				promise(p, 1, 2*i+2, 4)
			}
		}},
		{"odd id", http2.ErrCodeProtocol, func(p *peer) { promise(p, 1, 3, 4) }},
		{"falling id", http2.ErrCodeProtocol, func(p *peer) { promise(p, 1, 4, 4); promise(p, 1, 2, 4) }},
		{"idle stream", http2.ErrCodeProtocol, func(p *peer) { promise(p, 3, 2, 4) }},
		{"DATA never promised", http2.ErrCodeProtocol, func(p *peer) { promise(p, 1, 2, 4); p.Data(4, true, nil) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, cfg)
				p.Settings()
				r := start(t.Context(), c, request(nil))
				tt.script(p)
				if got := p.Got(); !strings.HasPrefix(got[len(got)-1], "GOAWAY ") || !strings.HasSuffix(got[len(got)-1], " "+tt.code.String()) {
					t.Errorf("client sent %q", got)
				}
				p.Gone()
				var ce *ConnError
				if err := r.failed(t); !errors.As(err, &ce) || ce.Code != tt.code {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

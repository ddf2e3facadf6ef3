package h2

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/plan"
)

func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 2})
		p.Want("SETTINGS ack")
		var r []*result
		ctx, cancel := context.WithCancelCause(t.Context())
		body := &trackedBody{Reader: new(counter)}
		for i := range 6 {
			req := &plan.Request{Method: "GET", Fields: fields(":path", fmt.Sprint("/", i))}
			of := t.Context()
			if i == 3 {
				of, req.Body, req.Length = ctx, body, -1
			}
			r = append(r, start(of, c, req))
			if got, want := c.Available(), i == 0; got != want {
				t.Errorf("available %v with %d requests", got, i+1)
			}
		}
		p.Want("HEADERS 1 end :path=/0", "HEADERS 3 end :path=/1")
		p.Respond(3, "")
		p.Want("HEADERS 5 end :path=/2")
		cancel(errCause) // the next in turn
		p.Want()
		if err := r[3].failed(t); !errors.Is(err, errCause) || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled while waiting: %v", err)
		}
		body.wantClosed(t)
		p.RST(1, http2.ErrCodeInternal)
		p.Want("HEADERS 7 end :path=/4")
		p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 0})
		p.Respond(5, "")
		p.Respond(7, "")
		p.Want("SETTINGS ack")
		if c.Available() {
			t.Error("available though no stream is allowed")
		}
		p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
		p.Want("SETTINGS ack", "HEADERS 9 end :path=/5")
		p.Respond(9, "last")
		if s := text(t, r[5].ok(t)); s != "last" {
			t.Errorf("%q", s)
		}
		if !c.Available() {
			t.Error("not available though idle")
		}
	})
}

// TestQueueBeforeSettings: until the server has said how many, a hundred.
func TestQueueBeforeSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		for range defaultConcurrent + 1 {
			start(t.Context(), c, request(nil))
		}
		if n := len(p.Got()); n != defaultConcurrent {
			t.Errorf("%d requests sent", n)
		}
		p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1 << 31})
		p.Want("SETTINGS ack", "HEADERS 201 end :method=GET :path=/")
	})
}

// TestQueueBehindServerThatDoesNotRead: requests that are cancelled again and again do not pile up unsent.
func TestQueueBehindServerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		p.Got()
		resume := p.Pause()
		req := request(nil)
		req.Fields = append(req.Fields, fields("x-a", strings.Repeat("v", 10000))...)
		for range 1000 {
			ctx, cancel := context.WithCancel(t.Context())
			r := start(ctx, c, req)
			cancel()
			r.failed(t)
		}
		c.mu.Lock()
		if n := len(c.out); n > maxQueued+20000 {
			t.Errorf("%d bytes wait", n)
		}
		c.mu.Unlock()
		if c.Available() {
			t.Error("available")
		}
		r := start(t.Context(), c, request(nil))
		resume()
		var id uint32
		got := p.Got()
		fmt.Sscanf(got[len(got)-1], "HEADERS %d end", &id)
		p.Respond(id, "fine")
		if s := text(t, r.ok(t)); s != "fine" {
			t.Errorf("%q", s)
		}
	})
}

// TestStreamIDsInQueue: ids run out before all that wait have one.
func TestStreamIDsInQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, &Config{FirstStream: 1<<31 - 1})
		p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 0})
		first, second := start(t.Context(), c, request(nil)), start(t.Context(), c, request(nil))
		p.Settings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
		p.Want("SETTINGS ack", "SETTINGS ack", "HEADERS 2147483647 end :method=GET :path=/")
		p.Respond(2147483647, "last")
		if s := text(t, first.ok(t)); s != "last" {
			t.Errorf("%q", s)
		}
		if err := second.failed(t); !errors.Is(err, ErrUnprocessed) {
			t.Errorf("error %v", err)
		}
		p.Gone()
	})
}

// TestStreamIDs: a connection that has used up its ids ends with its last response.
func TestStreamIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, &Config{FirstStream: 1<<31 - 3})
		p.Settings()
		first, last := start(t.Context(), c, request(nil)), start(t.Context(), c, request(nil))
		p.Want("SETTINGS ack", "HEADERS 2147483645 end :method=GET :path=/", "HEADERS 2147483647 end :method=GET :path=/")
		if c.Available() {
			t.Error("available")
		}
		if err := start(t.Context(), c, request(nil)).failed(t); !errors.Is(err, ErrUnprocessed) {
			t.Errorf("error %v", err)
		}
		p.Respond(2147483647, "b")
		p.Respond(2147483645, "a")
		if a, b := text(t, first.ok(t)), text(t, last.ok(t)); a+b != "ab" {
			t.Errorf("%q, %q", a, b)
		}
		p.Gone()
	})
}

func TestInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		for i, reused := range []bool{false, true} {
			begin := time.Now()
			r := start(t.Context(), c, request(nil))
			time.Sleep(time.Second)
			p.Respond(uint32(2*i+1), "")
			info := r.ok(t).Info
			if info.Reused != reused || !info.Started.Equal(begin) || info.FirstByte.Sub(begin) != time.Second {
				t.Errorf("%+v", info)
			}
		}
	})
}

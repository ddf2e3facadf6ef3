package h2

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

// TestLostStreams: what the streams of a lost connection say about themselves.
func TestLostStreams(t *testing.T) {
	for _, goAway := range []bool{false, true} {
		t.Run(fmt.Sprint("GOAWAY ", goAway), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				first := start(t.Context(), c, request(nil))
				second := start(t.Context(), c, request(nil))
				third := start(t.Context(), c, request(nil))
				p.Headers(5, false, ":status", "103")
				if goAway {
					p.GoAway(5, http2.ErrCodeNo, "")
				}
				synctest.Wait()
				p.Conn.Close()
				for i, r := range []*result{first, second, third} {
					var ce *ConnError
					var ge *GoAwayError
					err := r.failed(t)
					reused, silent := false, false
					if goAway && errors.As(err, &ge) {
						reused, silent = ge.Reused, ge.NoResponse
					} else if errors.As(err, &ce) && !goAway {
						reused, silent = ce.Reused, ce.NoResponse
					} else {
						t.Errorf("error %v", err)
					}
					if reused != (i > 0) || silent != (i < 2) {
						t.Errorf("request %d: reused %v, no response %v", i, reused, silent)
					}
				}
			})
		})
	}
}

// TestErrClosed: only our own Close is one.
func TestErrClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := connect(t, nil)
		r := start(t.Context(), c, request(nil))
		c.Close()
		if err := r.failed(t); !errors.Is(err, ErrClosed) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		c, p := connect(t, nil)
		p.client.mu.Lock()
		p.client.fail = net.ErrClosed // somebody closes it under our hands
		p.client.mu.Unlock()
		r = start(t.Context(), c, request(nil))
		time.Sleep(2 * lingering)
		if err := r.failed(t); errors.Is(err, ErrClosed) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed by others: %v", err)
		}
	})
}

// TestBodyError: the error of a request's body is not taken for one of the connection.
func TestBodyError(t *testing.T) {
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		want   error
	}{
		{"short", strings.NewReader("abc"), 4, ErrBodyLength},
		{"long", strings.NewReader("abc"), 2, ErrBodyLength},
		{"truncated source", io.MultiReader(strings.NewReader("abc"), brokenReader{io.ErrUnexpectedEOF}), 4, io.ErrUnexpectedEOF},
		{"truncated stream", brokenReader{io.ErrUnexpectedEOF}, -1, io.ErrUnexpectedEOF},
		{"stuck", stuckReader{}, 4, io.ErrNoProgress},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				req := request(io.NopCloser(tt.body))
				req.Length = tt.length
				err := start(t.Context(), c, req).failed(t)
				var be *BodyError
				if !errors.As(err, &be) || be.Err != tt.want || errors.Is(err, io.ErrUnexpectedEOF) != (tt.want == io.ErrUnexpectedEOF) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

// TestResetsThatCross: a server may reset each stream once although it is closed.
func TestResetsThatCross(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings()
		id := uint32(1)
		for range guardBurst + 100 {
			r := start(t.Context(), c, request(nil))
			p.Respond(id, "")
			r.ok(t).Body.Close()
			p.RST(id, http2.ErrCodeNo)
			id += 2
		}
		synctest.Wait()
		if !c.Usable() {
			t.Error("the connection ended for resets that only came late")
		}
		p.Got()
		for range guardBurst + 1 {
			p.RST(id-2, http2.ErrCodeNo)
		}
		p.Want(byeCalm)
	})
}

// TestHold: unread bytes are given back ahead once over, and no more until somebody reads.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := chromiumConfig()
		cfg.Opening = cfg.Opening[:1] // 65535 bytes for the connection
		cfg.HTTP2.ConnectionRefill = 65535
		c, p := connect(t, cfg)
		p.Settings()
		r := start(t.Context(), c, request(nil))
		p.Got()
		p.Headers(1, false, ":status", "200")
		resp := r.ok(t)
		back := func() (n int) {
			for _, f := range p.Got() {
				var k int
				if _, err := fmt.Sscanf(f, "WINDOW_UPDATE 0 %d", &k); err != nil {
					t.Fatalf("client sent %s", f)
				}
				n += k
			}
			return n
		}
		given, sent := 65535, 0
		for sent+1024 <= given && sent < 1<<20 {
			p.Data(1, false, make([]byte, 1024))
			sent += 1024
			given += back()
		}
		if given > 2*65535 || given < 2*65535-16384 {
			t.Fatalf("%d bytes could be sent that nobody reads", given)
		}
		if _, err := io.CopyN(io.Discard, resp.Body, 40000); err != nil {
			t.Fatal(err)
		}
		if n := back(); n < 16383 || n > 40000 {
			t.Errorf("%d bytes given back after 40000 were read", n)
		}
		if _, err := io.CopyN(io.Discard, resp.Body, int64(sent-40000)); err != nil {
			t.Fatal(err)
		}
		given += back()
		c.mu.Lock()
		defer c.mu.Unlock()
		if f := c.flow; f.left+f.owed != 65535 || f.unread != 0 || f.advanced != 0 {
			t.Errorf("%+v after all was read", f)
		}
	})
}

// TestEmpty: which responses have nothing to wait for.
func TestEmpty(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		status string
		end    bool
		want   bool
	}{
		{"END_STREAM", "GET", "200", true, true},
		{"HEAD", "HEAD", "200", false, true},
		{"204", "GET", "204", false, true},
		{"304", "GET", "304", false, true},
		{"body to come", "GET", "200", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				req := request(nil)
				req.Method = tt.method
				r := start(t.Context(), c, req)
				p.Headers(1, tt.end, ":status", tt.status)
				if resp := r.ok(t); Empty(resp) != tt.want {
					t.Errorf("empty %v", !tt.want)
				}
				p.Data(1, true, nil)
			})
		})
	}
}

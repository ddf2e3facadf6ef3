package testnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// faults is a test that collects its errors instead of failing.
type faults struct {
	testing.TB
	mu   sync.Mutex
	list []string
}

func (f *faults) Helper()           {}
func (f *faults) Error(args ...any) { f.Errorf("%s", fmt.Sprint(args...)) }
func (f *faults) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, fmt.Sprintf(format, args...))
}

// take returns the errors since the last call.
func (f *faults) take() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := strings.Join(f.list, "; ")
	f.list = nil
	return s
}

func TestPeer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		end          func(*Peer)
		err          error
	}{
		{"half close", "the client sees the end", (*Peer).CloseWrite, nil},
		{"cut", "without TLS the same", (*Peer).Cut, nil},
		{"reset", "the client sees an error", (*Peer).Reset, syscall.ECONNRESET},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			client, server := Pair(t)
			p := NewPeer(t, server)
			io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\nhello")
			if h := p.Head(); h != "GET / HTTP/1.1\r\nHost: x\r\n\r\n" {
				t.Errorf("head %q", h)
			}
			if s := p.Take(5); s != "hello" {
				t.Errorf("took %q", s)
			}
			p.Send("abc")
			got := make([]byte, 3)
			if _, err := io.ReadFull(client, got); err != nil || string(got) != "abc" {
				t.Errorf("client got %q, %v", got, err)
			}
			row.end(p)
			if _, err := io.ReadAll(client); !errors.Is(err, row.err) {
				t.Errorf("%s: %v", row.reason, err)
			}
			client.Close()
			p.Drain()
			if h := p.Head(); h != "" {
				t.Errorf("head %q after the end", h)
			}
		})
	}
}

// clientOf returns the framer of a client, whose preface has been sent.
func clientOf(c net.Conn) *http2.Framer {
	io.WriteString(c, http2.ClientPreface)
	fr := http2.NewFramer(c, c)
	fr.AllowIllegalWrites = true
	return fr
}

// block encodes fields for an empty table.
func block(pairs ...string) []byte {
	return NewFrameWriter(io.Discard).Encode(pairs...)
}

// TestFrameTexts has one frame of each type, and what is told of it.
func TestFrameTexts(t *testing.T) {
	for _, row := range []struct {
		name string
		send func(fr *http2.Framer)
		want []string
	}{
		{"SETTINGS", func(fr *http2.Framer) {
			fr.WriteSettings(http2.Setting{ID: 2, Val: 0}, http2.Setting{ID: 4, Val: 1000})
		}, []string{"SETTINGS 0 2:0 4:1000"}},
		{"acknowledgement", func(fr *http2.Framer) { fr.WriteSettingsAck() }, []string{"SETTINGS ack"}},
		{"HEADERS", func(fr *http2.Framer) {
			fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true, BlockFragment: block(":method", "GET", ":path", "/")})
		}, []string{"HEADERS 1 end :method=GET :path=/"}},
		{"CONTINUATION", func(fr *http2.Framer) {
			b := block(":method", "GET", "a", "b")
			fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:1]})
			fr.WriteContinuation(1, true, b[1:])
		}, []string{"HEADERS 1 more", "CONTINUATION 1 :method=GET a=b"}},
		{"broken block", func(fr *http2.Framer) {
			fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: []byte("\x80")})
		}, []string{"HEADERS 1 decoding error: invalid indexed representation index 0"}},
		{"DATA", func(fr *http2.Framer) { fr.WriteData(1, true, []byte("hello")) }, []string{"DATA 1 5 end"}},
		{"padded DATA", func(fr *http2.Framer) { fr.WriteDataPadded(1, false, []byte("hello"), make([]byte, 3)) }, []string{"DATA 1 5"}},
		{"RST_STREAM", func(fr *http2.Framer) { fr.WriteRSTStream(1, http2.ErrCodeCancel) }, []string{"RST_STREAM 1 CANCEL"}},
		{"WINDOW_UPDATE", func(fr *http2.Framer) { fr.WriteWindowUpdate(0, 100) }, []string{"WINDOW_UPDATE 0 100"}},
		{"PING", func(fr *http2.Framer) { fr.WritePing(false, [8]byte{7: 1}) }, []string{"PING 0"}},
		{"PING answer", func(fr *http2.Framer) { fr.WritePing(true, [8]byte{7: 1}) }, []string{"PING ack 0000000000000001"}},
		{"GOAWAY", func(fr *http2.Framer) { fr.WriteGoAway(3, http2.ErrCodeProtocol, nil) }, []string{"GOAWAY 3 PROTOCOL_ERROR"}},
		{"PRIORITY", func(fr *http2.Framer) {
			fr.WritePriority(3, http2.PriorityParam{StreamDep: 1, Exclusive: true, Weight: 200})
		}, []string{"PRIORITY 3 {1 true 200 0 0}"}},
		{"unknown", func(fr *http2.Framer) { fr.WriteRawFrame(0x1f, 0, 5, nil) }, []string{"UNKNOWN_FRAME_TYPE_31 5"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer ours.Close()
				p := NewFramePeer(t, theirs, synctest.Wait)
				row.send(clientOf(ours))
				p.Want(row.want...)
				p.Want()
			})
		})
	}
}

// TestWantFails: what a test wants and does not get is an error, within a bubble and outside.
func TestWantFails(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		want   []string
		bubble bool // the error is one only when all frames are known
		ok     bool
	}{
		{"as sent", []string{"PING 0", "WINDOW_UPDATE 0 1"}, false, true},
		{"beginnings", []string{"PING...", "WINDOW_..."}, false, true},
		{"another", []string{"PING 0", "WINDOW_UPDATE 0 2"}, false, false},
		{"in another order", []string{"WINDOW_UPDATE 0 1", "PING 0"}, false, false},
		{"longer than its beginning", []string{"PING", "WINDOW_UPDATE 0 1"}, false, false},
		{"one more", []string{"PING 0", "WINDOW_UPDATE 0 1", "PING 0"}, false, false},
		{"not all", []string{"PING 0"}, true, false},
	} {
		check := func(t *testing.T, settle func()) {
			ours, theirs := net.Pipe()
			f := &faults{TB: t}
			p := NewFramePeer(f, theirs, settle)
			fr := clientOf(ours)
			fr.WritePing(false, [8]byte{})
			fr.WriteWindowUpdate(0, 1)
			if settle == nil {
				ours.Close()
			} else {
				defer ours.Close()
			}
			p.Want(row.want...)
			if got := f.take(); (got == "") != (row.ok || row.bubble && settle == nil) {
				t.Errorf("errors: %q", got)
			}
			p.Gone()
			if got := f.take(); (got == "") != (settle == nil) {
				t.Errorf("gone: %q", got)
			}
		}
		t.Run(row.name+"/bubble", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { check(t, synctest.Wait) })
		})
		t.Run(row.name+"/outside", func(t *testing.T) { check(t, nil) })
	}
}

// TestIllegalClient: a client that breaks HTTP/2 fails the test, whatever the script looks at.
func TestIllegalClient(t *testing.T) {
	t.Parallel()
	for _, bytes := range []string{
		"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		http2.ClientPreface + "\x00\x00\x01\x06\x00\x00\x00\x00\x00x",                // PING of one byte
		http2.ClientPreface + "\x00\x00\x00\x09\x04\x00\x00\x00\x01",                 // CONTINUATION of nothing
		http2.ClientPreface + "\x00\x00\x04\x08\x00\x00\x00\x00\x01\x00\x00\x00\x00", // WINDOW_UPDATE of 0
	} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			f := &faults{TB: t}
			p := NewFramePeer(f, theirs, synctest.Wait)
			go io.WriteString(ours, bytes)
			p.Gone()
			if got := f.take(); !strings.Contains(got, "testnet: ") {
				t.Errorf("%q: errors %q", bytes, got)
			}
			ours.Close()
		})
	}
}

// TestLooks: heads and bodies, frames that are ignored, a peer that does not read.
func TestLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		p := NewFramePeer(t, theirs, synctest.Wait)
		fr := clientOf(ours)
		fr.WriteSettings()
		p.Ignore("SETTINGS", "WINDOW_UPDATE 0")
		fr.WriteWindowUpdate(0, 1)
		fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: block(":method", "POST"), Priority: http2.PriorityParam{Weight: 7}})
		fr.WriteData(1, false, []byte("hel"))
		fr.WriteData(1, true, []byte("lo"))
		fr.WriteWindowUpdate(1, 1)
		if r := p.Request(); r.Stream != 1 || r.End || r.Field(":method") != "POST" || r.Field("x") != "" {
			t.Errorf("request %+v", r)
		}
		if b := p.Body(1); b != "hello" {
			t.Errorf("body %q", b)
		}
		p.Want("WINDOW_UPDATE 1 1")
		if string(p.Received()) != "hello" || p.Priority().Weight != 7 {
			t.Errorf("received %q, priority %+v", p.Received(), p.Priority())
		}
		if r := p.Request(); r.Stream != 0 {
			t.Errorf("request %+v though there is none", r)
		}
		resume := p.Pause()
		fr.WritePing(false, [8]byte{}) // one frame later
		go fr.WritePing(true, [8]byte{})
		p.Want("PING 0")
		resume()
		if f := p.Next(); f != "PING ack 0000000000000000" {
			t.Errorf("next %q", f)
		}
		ours.Close()
		p.Gone()
		if f := p.Next(); f != "" {
			t.Errorf("next %q after the end", f)
		}
	})
}

// TestServers: scripts behind a real dial, with Go's own client.
func TestServers(t *testing.T) {
	t.Parallel()
	ca := NewCA(t, time.Now())
	for _, row := range []struct {
		name  string
		serve func(t *testing.T) *Server
		want  string
		conns int
	}{
		{"bytes", func(t *testing.T) *Server {
			return ServeBytes(t, nil, func(p *Peer) {
				p.Head()
				p.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", p.N))
			})
		}, "1 2", 2},
		{"bytes over TLS", func(t *testing.T) *Server {
			return ServeBytes(t, ca.Server("http/1.1"), func(p *Peer) {
				p.Head()
				p.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\n\r\n%d", p.N))
			})
		}, "1 2", 2},
		{"frames", func(t *testing.T) *Server {
			return ServeFrames(t, ca.Server("h2"), func(p *FramePeer) {
				p.Settings()
				for range 2 {
					r := p.Request()
					p.Respond(r.Stream, fmt.Sprint(p.N))
				}
				p.GoAway(1<<31-1, http2.ErrCodeNo, "")
				p.Gone()
			})
		}, "1 1", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := row.serve(t)
			tr := &http.Transport{TLSClientConfig: ca.Client(), ForceAttemptHTTP2: true}
			defer tr.CloseIdleConnections()
			var got []string
			for range 2 {
				r, err := (&http.Client{Transport: tr}).Get(s.URL)
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				r.Body.Close()
				got = append(got, string(b))
				if row.conns == 2 {
					tr.CloseIdleConnections()
				}
			}
			tr.CloseIdleConnections()
			s.Wait()
			if text := strings.Join(got, " "); text != row.want || s.Conns() != row.conns {
				t.Errorf("got %s over %d connections", text, s.Conns())
			}
		})
	}
}

// TestFrameWriter: what is written is what was said.
func TestFrameWriter(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := NewFrameWriter(&b)
	w.Settings(http2.Setting{ID: 3, Val: 5})
	w.Begin(1, "a")
	w.Headers(1, true, "x", "y")
	w.RST(1, http2.ErrCodeCancel)
	w.WindowUpdate(1, 7)
	w.GoAway(3, http2.ErrCodeNo, "why")
	w.Frame(0x1f, 0xff, 9, []byte("z"))
	fr := http2.NewFramer(io.Discard, strings.NewReader(b.String()))
	texts := blocks{dec: hpack.NewDecoder(4096, nil)}
	for _, want := range []string{"SETTINGS 0 3:5", "HEADERS 1 :status=200", "DATA 1 1", "HEADERS 1 end x=y", "RST_STREAM 1 CANCEL", "WINDOW_UPDATE 1 7", "GOAWAY 3 NO_ERROR", "UNKNOWN_FRAME_TYPE_31 9"} {
		f, err := fr.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if got := texts.describe(f).text; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

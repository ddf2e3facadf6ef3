package h2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/testnet"
)

// serverBytes is what a server sends for one GET: SETTINGS, their acknowledgement, 103, HEADERS with CONTINUATION and
// padding, DATA with and without padding, PING, WINDOW_UPDATE, trailers.
func serverBytes() []byte {
	var all bytes.Buffer
	p := testnet.NewFrameWriter(&all)
	add := p.Frame
	add(http2.FrameSettings, 0, 0, []byte{0, 3, 0, 0, 0, 100, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 16, 0})
	add(http2.FrameSettings, 1, 0, nil)
	add(http2.FrameHeaders, 4, 1, p.Encode(":status", "103", "link", "</s.css>"))
	head := p.Encode(":status", "200", "server", "x", "content-length", "13", "x-a", "some longer value")
	add(http2.FrameHeaders, 0x28, 1, append([]byte{2, 0, 0, 0, 0, 1}, append(head[:5:5], 0, 0)...))
	add(http2.FrameContinuation, 4, 1, head[5:])
	add(http2.FramePing, 0, 0, make([]byte, 8))
	add(http2.FrameWindowUpdate, 0, 0, binary.BigEndian.AppendUint32(nil, 1000))
	add(http2.FrameData, 0x8, 1, []byte("\x03hello, \x00\x00\x00"))
	add(0x1f, 0, 0, []byte("unknown"))
	add(http2.FrameData, 0, 1, []byte("world!"))
	add(http2.FrameHeaders, 5, 1, p.Encode("x-sum", "1"))
	return all.Bytes()
}

// exchange sends one GET and the bytes as the server's answer, in pieces, and then ends the connection.
func exchange(t *testing.T, answer []byte, piece int) (body string, err error) {
	ours, theirs := net.Pipe()
	go io.Copy(io.Discard, theirs)
	done := make(chan struct{})
	c, err := New(ours, &Config{OnClose: func(*Conn) { close(done) }})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		synctest.Wait() // the request has been sent
		for len(answer) > 0 {
			n := min(piece, len(answer))
			if _, err := theirs.Write(answer[:n]); err != nil {
				break
			}
			answer = answer[n:]
		}
		theirs.Close()
	}()
	resp, err := c.RoundTrip(context.Background(), request(nil))
	if err == nil {
		var b []byte
		b, err = io.ReadAll(resp.Body)
		body = string(b)
		resp.Body.Close()
	}
	<-done
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.streams) != 0 || c.waiting.n != 0 || c.ready.n != 0 {
		t.Errorf("%d open, %d waiting, %d ready streams after the end", len(c.streams), c.waiting.n, c.ready.n)
	}
	return body, err
}

// TestAnyPieces: it does not matter how the network cuts the answer.
func TestAnyPieces(t *testing.T) {
	answer := serverBytes()
	for _, piece := range []int{1, 2, 7, 9, 10, 100, len(answer)} {
		synctest.Test(t, func(t *testing.T) {
			if body, err := exchange(t, answer, piece); body != "hello, world!" || err != nil {
				t.Errorf("pieces of %d bytes: %q, %v", piece, body, err)
			}
		})
	}
}

// TestTruncated: an answer that ends too early is an error at every byte.
func TestTruncated(t *testing.T) {
	answer := serverBytes()
	for n := range answer {
		synctest.Test(t, func(t *testing.T) {
			if body, err := exchange(t, answer[:n], 1<<20); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) > 13 {
				t.Errorf("%d of %d bytes: %q, %v", n, len(answer), body, err)
			}
		})
	}
}

// FuzzServer: whatever a server sends, the request ends, without a panic, with the whole body or an error.
func FuzzServer(f *testing.F) {
	answer := serverBytes()
	f.Add(answer, uint16(1000))
	f.Add(answer, uint16(1))
	f.Add(answer[:len(answer)-10], uint16(10))
	for _, rows := range [][]badRow{malformedHeads, brokenConnections, strictRows} {
		for _, row := range rows {
			f.Add(recordScript(row.script), uint16(5000))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, piece uint16) {
		if len(b) > 1<<20 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			body, err := exchange(t, b, int(piece)+1)
			var se *StreamError
			var ce *ConnError
			var ge *GoAwayError
			if err != nil && !errors.As(err, &se) && !errors.As(err, &ce) && !errors.As(err, &ge) {
				t.Errorf("error %T %v", err, err)
			}
			if len(body) > len(b) {
				t.Errorf("body of %d bytes out of %d", len(body), len(b))
			}
		})
	})
}

// byteSink keeps what is written, up to 64 KiB.
type byteSink struct{ b []byte }

func (s *byteSink) Write(b []byte) (int, error) {
	if len(s.b) < 64<<10 {
		s.b = append(s.b, b...)
	}
	return len(b), nil
}

// recordScript returns the bytes that a script makes a server send after empty SETTINGS.
func recordScript(script func(*peer)) []byte {
	sink := &byteSink{}
	p := &peer{FramePeer: &testnet.FramePeer{FrameWriter: testnet.NewFrameWriter(sink)}}
	p.Settings()
	script(p)
	return sink.b
}

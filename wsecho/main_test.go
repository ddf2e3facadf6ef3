package wsecho

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m) }

// patience bounds what a test waits for, on a machine that may be busy.
const patience = time.Minute

// start serves a Handler on loopback and returns its address.
func start(t testing.TB, o *Options) (*Handler, string) {
	t.Helper()
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.linger = patience
	return h, serve(t, h)
}

// serve serves a handler whose connections end with the test.
func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		c.(*net.TCPConn).SetWriteBuffer(16 << 10) // who does not read is noticed soon
		return ctx
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// raw is a client that writes and reads frames byte by byte.
type raw struct {
	*net.TCPConn
	t testing.TB
	r *bufio.Reader
}

const handshake = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// connect makes a handshake with further lines, and returns the head of the response with it.
func connect(t testing.TB, addr string, lines ...string) (*raw, *http.Response) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	x := &raw{c.(*net.TCPConn), t, bufio.NewReader(c)}
	var b strings.Builder
	b.WriteString(handshake)
	for _, line := range lines {
		b.WriteString(line + "\r\n")
	}
	io.WriteString(c, b.String()+"\r\n")
	res, err := http.ReadResponse(x.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x, res
}

// open is connect for a handshake that succeeds.
func open(t testing.TB, addr string, lines ...string) *raw {
	t.Helper()
	x, res := connect(t, addr, lines...)
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %s", res.Status)
	}
	return x
}

// The opcodes of RFC 6455 §5.2, and its bits.
const (
	more, text, binaryOp, closeOp, ping, pong = 0, 1, 2, 8, 9, 10

	fin    = 0x80
	rsv1   = 0x40
	rsv2   = 0x20
	masked = 0x80
)

var mask = [4]byte{0x12, 0xab, 0, 0xff}

// frame returns a masked frame; head is its first byte.
func frame(head byte, payload string) string {
	b := slices.Grow(announce(head, uint64(len(payload))), len(payload))
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i%4])
	}
	return string(b)
}

// announce returns the header of a masked frame.
func announce(head byte, length uint64) []byte {
	b := []byte{head}
	switch {
	case length < 126:
		b = append(b, masked|byte(length))
	case length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), length)
	}
	return append(b, mask[:]...)
}

// bye returns the payload of a close frame.
func bye(code uint16, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, code)) + reason
}

func (x *raw) send(b string) {
	if _, err := io.WriteString(x, b); err != nil {
		x.t.Errorf("send: %v", err)
	}
}

func (x *raw) take(n int) string {
	b := make([]byte, n)
	n, _ = io.ReadFull(x.r, b)
	return string(b[:n])
}

// next reads a frame and names it: "text abc", "close 1000 reason", "binary+ abc" for one that is not the last; "end" when
// the connection has ended.
func (x *raw) next() string {
	x.t.Helper()
	var h [10]byte
	if _, err := io.ReadFull(x.r, h[:2]); err != nil {
		if err != io.EOF {
			x.t.Errorf("read: %v", err)
		}
		return "end"
	}
	head, n := h[0], uint64(h[1])
	switch n {
	case 126:
		io.ReadFull(x.r, h[:2])
		n = uint64(binary.BigEndian.Uint16(h[:]))
	case 127:
		io.ReadFull(x.r, h[:8])
		n = binary.BigEndian.Uint64(h[:])
	}
	if n > 64<<20 {
		x.t.Fatalf("a frame of %d bytes", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(x.r, b); err != nil {
		x.t.Errorf("payload: %v", err)
	}
	return name(head, b)
}

func name(head byte, payload []byte) string {
	names := map[byte]string{more: "more", text: "text", binaryOp: "binary", closeOp: "close", ping: "ping", pong: "pong"}
	s := names[head&15]
	if head&fin == 0 {
		s += "+"
	}
	if head&rsv1 != 0 {
		s += "*"
	}
	if head&15 == closeOp && len(payload) >= 2 {
		return fmt.Sprintf("%s %d %s", s, binary.BigEndian.Uint16(payload), payload[2:])
	}
	return s + " " + string(payload)
}

// expect reads frames and compares their names. What the server says in a close frame of its own is left out with "…".
func (x *raw) expect(want ...string) {
	x.t.Helper()
	var got []string
	for _, w := range want {
		g := x.next()
		if prefix, ok := strings.CutSuffix(w, "…"); ok && strings.HasPrefix(g, prefix) {
			g = w
		}
		if got = append(got, g); g == "end" {
			break
		}
	}
	if !slices.Equal(got, want) {
		x.t.Errorf("got %.200q, want %.200q", got, want)
	}
}

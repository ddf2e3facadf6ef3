package fpserver

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/http2"
)

// headers writes a request without a body.
func (h *hostile) headers(stream uint32, block []byte) {
	h.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block, EndHeaders: true, EndStream: true})
}

// flood is how many frames a flood has.
var flood = short(200_000, 30_000)

// goAway is how a frame begins that ends a connection, up to the error code: where the length is 8 and more.
const goAway = "\x07\x00\x00\x00\x00\x00"

// goneAway tells whether the server has said that it ends the connection; it waits a second before it does.
func (h *hostile) goneAway() bool { return strings.Contains(h.answered(), goAway) }

func TestHostileHTTP2(t *testing.T) {
	runAttacks(t, []attack{
		{"preface in pieces of one byte", nil, "h2", func(h *hostile) {
			for _, c := range []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") {
				h.send(string(c))
			}
			h.frames.WriteSettings()
			h.headers(1, h.frames.get("/status/204"))
			h.flush()
			h.half()
			h.await()
		}, "", "", "it is a preface all the same"},
		{"half a preface", nil, "h2", func(h *hostile) { h.send("PRI * HT"); h.half(); h.await() }, "", errCutHTTP2.Error(), "no protocol at all"},
		{"preface and silence", nil, "h2", func(h *hostile) { h.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); h.await() },
			"", "", "net/http waits for SETTINGS for two seconds"},
		{"HTTP/1.1 after h2", nil, "h2", func(h *hostile) { h.rush("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); h.await() },
			"", errNoPreface.Error(), "what was negotiated is binding"},
		{"index out of the table", nil, "h2", func(h *hostile) {
			h.open()
			h.headers(1, []byte{0xff, 0xff, 0xff, 0x7f})
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "stream 1", "RFC 7541 §2.3.3"},
		{"block that is cut off", nil, "h2", func(h *hostile) {
			h.open()
			h.headers(1, append(h.frames.get("/"), 0x40, 10, 'a'))
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "truncated", "RFC 9113 §4.3"},
		{"bad Huffman code", nil, "h2", func(h *hostile) {
			h.open()
			h.headers(1, append(h.frames.get("/"), 0x40, 0x84, 0xff, 0xff, 0xff, 0xff, 0))
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "stream 1", "EOS inside a string (RFC 7541 §5.2)"},
		{"table of 1 GB", nil, "h2", func(h *hostile) {
			h.open()
			h.headers(1, append([]byte{0x3f, 0xff, 0xff, 0xff, 0xff, 0x03}, h.frames.get("/")...))
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "stream 1", "more than the server allows (RFC 7541 §6.3)"},
		{"HPACK bomb", nil, "h2", func(h *hostile) {
			h.open()
			large := append([]byte{0x40, 1, 'a', 0x7f, 0xa1, 0x1e}, strings.Repeat("~", 4000)...) // 4000 bytes into the table
			h.headers(1, append(append(h.frames.get("/"), large...), bytes.Repeat([]byte{0xbe}, 16_000)...))
			h.flush()
			h.half()
			h.await()
		}, "", "", "64 MB of fields in 20 KB: 431 or GOAWAY, and no memory"},
		{"CONTINUATION flood, empty", nil, "h2", func(h *hostile) {
			h.open()
			h.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.frames.get("/")})
			for range flood {
				h.frames.WriteContinuation(1, false, nil)
			}
			h.flush()
			h.half()
			h.await()
		}, "", errCutHTTP2.Error(), "frames that never end a block"},
		{"CONTINUATION flood", nil, "h2", func(h *hostile) {
			h.open()
			h.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.frames.get("/")})
			block := h.frames.encode("x", strings.Repeat("~", 10_000))
			for range 500 {
				h.frames.WriteContinuation(1, false, block)
			}
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "ended with GOAWAY", "8 MB of fields in one block"},
		{"RST_STREAM flood", nil, "h2", func(h *hostile) {
			h.open()
			for i := range uint32(flood / 10) {
				h.headers(2*i+1, h.frames.get("/bytes/1000000"))
				h.frames.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
			}
			h.flush()
			h.half()
			h.await()
		}, "", "", "rapid reset: requests that nobody waits for"},
		{"stalled handlers and RST_STREAM", func(s *Server) { s.Handler = waitForEnd }, "h2", func(h *hostile) {
			h.open()
			for i := range uint32(flood / 10) {
				h.headers(2*i+1, h.frames.get("/wait"))
				h.frames.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
			}
			h.flush()
			h.half()
			h.await()
		}, "", "", "as above, with handlers that end with their stream"},
		{"PING flood, nothing read", nil, "h2", func(h *hostile) {
			h.open()
			for range flood {
				h.frames.WritePing(false, [8]byte{1})
			}
			h.flush()
			h.half()
			h.await()
		}, "", "", "each of them is answered"},
		{"SETTINGS flood", nil, "h2", func(h *hostile) {
			h.open()
			for range flood {
				h.frames.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1})
			}
			h.flush()
			h.half()
			h.await()
		}, "", "", "each of them is acknowledged"},
		{"SETTINGS of 16 KB", nil, "h2", func(h *hostile) {
			h.open()
			var all []http2.Setting
			for i := range 2700 {
				all = append(all, http2.Setting{ID: http2.SettingID(1000 + i), Val: 7})
			}
			h.frames.WriteSettings(all...)
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "GOAWAY", "net/http takes 100 of them at most"},
		{"the same setting twice", nil, "h2", func(h *hostile) {
			h.open()
			h.frames.WriteSettings(http2.Setting{ID: 1, Val: 1}, http2.Setting{ID: 1, Val: 2})
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "ended with GOAWAY PROTOCOL_ERROR", "net/http does not take it"},
		{"WINDOW_UPDATE beyond 2^31", nil, "h2", func(h *hostile) {
			h.open()
			h.frames.WriteWindowUpdate(0, 1<<31-1)
			h.frames.WriteWindowUpdate(0, 1<<31-1)
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "ended with GOAWAY FLOW_CONTROL_ERROR", "RFC 9113 §6.9.1"},
		{"frame of 1 MB", nil, "h2", func(h *hostile) {
			h.open()
			h.frames.WriteRawFrame(0x20, 0, 0, make([]byte, 1<<20+1))
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "frame of 1048577 bytes", "longer than SETTINGS_MAX_FRAME_SIZE"},
		{"DATA on stream 0", nil, "h2", func(h *hostile) {
			h.open()
			h.frames.WriteRawFrame(0, 0, 0, nil)
			h.flush()
			h.wait(h.goneAway)
		}, goAway, "ended with GOAWAY PROTOCOL_ERROR", "RFC 9113 §6.1"},
		{"half-closed within a frame", nil, "h2", func(h *hostile) {
			h.open()
			h.send("\x00\x00\x10\x01\x05\x00\x00\x00\x01half")
			h.half()
			h.await()
		}, "", errCutHTTP2.Error(), "the end is the end"},
	})
	runStalls(t, []attack{
		{"body that stalls", nil, "h2", func(h *hostile) {
			h.open()
			h.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.frames.encode(":method", "POST", ":scheme", "https", ":path", "/echo"), EndHeaders: true})
			h.frames.WriteData(1, false, []byte("1234"))
			h.flush()
			h.wait(func() bool { return strings.Contains(h.answered(), "the body stalled") })
		}, "the body stalled", errStalledBody.Error(), "the stream is answered, the connection goes on"},
	})
}

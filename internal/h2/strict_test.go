package h2

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"
)

// strictRows are the rarer ways in which a server can break RFC 9113 and RFC 7541, in the order of their sections.
var strictRows = []badRow{
	connRow("HEADERS too large", "RFC 9113 §4.2", byeFrame, "frame too large", raw(http2.FrameHeaders, 4, 1, strings.Repeat("\x88", 16385))),
	connRow("SETTINGS too large", "RFC 9113 §4.2", byeFrame, "frame too large", raw(http2.FrameSettings, 0, 0, strings.Repeat("x", 16386))),
	connRow("unknown frame too large", "RFC 9113 §4.2: of any type", byeFrame, "frame too large", raw(0x1f, 0, 0, strings.Repeat("x", 16385))),
	connRow("PRIORITY of 6 bytes", "RFC 9113 §6.3, §5.4.1: a stream error may be one of the connection", byeFrame, "payload size was 6", raw(http2.FramePriority, 0, 1, "\x00\x00\x00\x00\x00\x00")),
	connRow("RST_STREAM of 5 bytes", "RFC 9113 §6.4", byeFrame, "bad frame", raw(http2.FrameRSTStream, 0, 1, "\x00\x00\x00\x00\x00")),
	connRow("PING of 9 bytes", "RFC 9113 §6.7", byeFrame, "bad frame", raw(http2.FramePing, 0, 0, "123456789")),
	connRow("WINDOW_UPDATE of 5 bytes", "RFC 9113 §6.9", byeFrame, "bad frame", raw(http2.FrameWindowUpdate, 0, 0, "\x00\x00\x00\x01\x00")),

	connRow("index 0", "RFC 7541 §6.1", byeCompression, "invalid indexed", raw(http2.FrameHeaders, 4, 1, "\x88\x80")),
	connRow("index overflow", "RFC 7541 §5.1", byeCompression, "varint", raw(http2.FrameHeaders, 4, 1, "\x88"+strings.Repeat("\xff", 12))),
	connRow("Huffman padding too long", "RFC 7541 §5.2", byeCompression, "Huffman", raw(http2.FrameHeaders, 4, 1, "\x88\x00\x81\xff\x01x")),
	connRow("Huffman padding of zeros", "RFC 7541 §5.2", byeCompression, "Huffman", raw(http2.FrameHeaders, 4, 1, "\x88\x00\x81\x18\x01x")),
	connRow("EOS in a Huffman string", "RFC 7541 §5.2", byeCompression, "Huffman", raw(http2.FrameHeaders, 4, 1, "\x88\x00\x84\xff\xff\xff\xff\x01x")),
	connRow("table size after a field", "RFC 7541 §4.2", byeCompression, "beginning of a header block", raw(http2.FrameHeaders, 4, 1, "\x88\x40\x01a\x01b\x3f\xe1\x1f")),
	connRow("broken trailers", "RFC 9113 §4.3: in any block", byeCompression, "invalid indexed", func(p *peer) {
		p.Begin(1, "x")
		p.Frame(http2.FrameHeaders, 5, 1, []byte("\xff\x80\x01"))
	}),
	connRow("block interrupted by DATA", "RFC 9113 §6.10", byeProtocol, "expected CONTINUATION", func(p *peer) {
		p.Frame(http2.FrameHeaders, 0, 1, []byte("\x88"))
		p.Data(1, true, []byte("x"))
	}),
	connRow("block interrupted by HEADERS", "RFC 9113 §6.2", byeProtocol, "expected CONTINUATION", func(p *peer) {
		p.Frame(http2.FrameHeaders, 0, 1, []byte("\x88"))
		p.Headers(1, true, ":status", "200")
	}),
	connRow("trailers interrupted", "RFC 9113 §6.10: any block", byeProtocol, "expected CONTINUATION", func(p *peer) {
		p.Begin(1, "x")
		p.Frame(http2.FrameHeaders, 1, 1, p.Encode("a", "b"))
		p.WindowUpdate(0, 1)
	}),
	connRow("CONTINUATION on stream 0", "RFC 9113 §6.10", byeProtocol, "expected stream 1", func(p *peer) {
		p.Frame(http2.FrameHeaders, 0, 1, []byte("\x88"))
		p.Frame(http2.FrameContinuation, 4, 0, nil)
	}),
	connRow("CONTINUATION after the end of its block", "RFC 9113 §6.10", byeProtocol, "unexpected CONTINUATION", func(p *peer) {
		p.Headers(1, false, ":status", "200")
		p.Frame(http2.FrameContinuation, 4, 1, nil)
	}),
	connRow("CONTINUATION after DATA", "RFC 9113 §6.10", byeProtocol, "unexpected CONTINUATION", func(p *peer) {
		p.Begin(1, "x")
		p.Frame(http2.FrameContinuation, 4, 1, nil)
	}),
	connRow("PUSH_PROMISE padding too long", "RFC 9113 §6.6", byeProtocol, "", raw(http2.FramePushPromise, 0xc, 1, "\x05\x00\x00\x00\x02\x88")),
	connRow("ENABLE_PUSH 2", "RFC 9113 §6.5.2", byeProtocol, "ENABLE_PUSH", raw(http2.FrameSettings, 0, 0, "\x00\x02\x00\x00\x00\x02")),
	connRow("connection window overflow in steps", "RFC 9113 §6.9.1", byeFlow, "overflows", func(p *peer) {
		p.WindowUpdate(0, 1<<31-1-65535)
		p.WindowUpdate(0, 1)
	}),

	streamRow("window overflow in steps", "RFC 9113 §6.9.1", "RST_STREAM 1 FLOW_CONTROL_ERROR", "overflows", func(p *peer) {
		p.WindowUpdate(1, 1<<31-1-65535)
		p.WindowUpdate(1, 1)
	}),
	streamRow("1xx after the response", "RFC 9113 §8.1", rstProtocol, "second HEADERS", func(p *peer) {
		p.Begin(1, "x")
		p.Headers(1, false, ":status", "103")
	}),
	streamRow("second response", "RFC 9113 §8.1", rstProtocol, "second HEADERS", func(p *peer) {
		p.Begin(1, "x")
		p.Headers(1, false, ":status", "200")
	}),
	streamRow("101 after 1xx", "RFC 9113 §8.6", rstProtocol, "101 in HTTP/2", func(p *peer) {
		p.Headers(1, false, ":status", "103")
		p.Headers(1, false, ":status", "101")
	}),
	streamRow("malformed 1xx", "RFC 9113 §8.1", rstProtocol, `"connection"`, func(p *peer) { p.Headers(1, false, ":status", "103", "connection", "x") }),
	streamRow("connection field in trailers", "RFC 9113 §8.2.2", rstProtocol, `"transfer-encoding"`, func(p *peer) {
		p.Begin(1, "x")
		p.Headers(1, true, "transfer-encoding", "chunked")
	}),
	streamRow("NUL in trailers", "RFC 9113 §8.2.1", rstProtocol, `value of field "a"`, func(p *peer) {
		p.Begin(1, "x")
		p.Headers(1, true, "a", "\x00")
	}),
	streamRow("trailers too large", "bounded memory", "RST_STREAM 1 ENHANCE_YOUR_CALM", "header list too large", func(p *peer) {
		p.Begin(1, "x")
		var pairs []string
		for range maxListFields + 1 {
			pairs = append(pairs, "a", "")
		}
		p.Headers(1, true, pairs...)
	}),
	streamRow("empty status", "RFC 9113 §8.3.2", rstProtocol, `:status ""`, head(":status", "")),
	streamRow("status again after a field", "RFC 9113 §8.3", rstProtocol, "after others", head(":status", "200", "a", "b", ":status", "200")),
	streamRow("pseudo-header field with upper case", "RFC 9113 §8.3", rstProtocol, `":Status"`, head(":Status", "200")),
	streamRow("colon at the end of a name", "RFC 9113 §8.2.1", rstProtocol, `field name "a:"`, head(":status", "200", "a:", "x")),
	streamRow("tab in name", "RFC 9113 §8.2.1", rstProtocol, `field name "a\t"`, head(":status", "200", "a\t", "x")),
}

const byeCompression = "GOAWAY 0 COMPRESSION_ERROR"

// TestPassedOver: what RFC 9113 wants a client to ignore.
func TestPassedOver(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		script       func(p *peer)
		frames       []string
	}{
		{"unknown frame", "RFC 9113 §4.1", raw(0x1f, 0xff, 1, "unknown"), nil},
		{"unknown frame on an idle stream", "RFC 9113 §5.5: extensions say themselves where they may stand", raw(0x1f, 0, 99, ""), nil},
		{"ALTSVC", "RFC 7838 §4", raw(0x0a, 0, 0, "\x00\x00"), nil},
		{"ORIGIN", "RFC 8336 §2", raw(0x0c, 0, 0, ""), nil},
		{"reserved bit of a stream id", "RFC 9113 §4.1", raw(http2.FrameWindowUpdate, 0, 1<<31|1, "\x00\x00\x00\x01"), nil},
		{"reserved bit of an increment", "RFC 9113 §6.9", raw(http2.FrameWindowUpdate, 0, 1, "\x80\x00\x00\x01"), nil},
		{"undefined flags of PING", "RFC 9113 §4.1", raw(http2.FramePing, 0xfe, 0, "01234567"), []string{"PING ack 3031323334353637"}},
		{"undefined flags of SETTINGS", "RFC 9113 §4.1", raw(http2.FrameSettings, 0xfe, 0, ""), []string{"SETTINGS ack"}},
		{"undefined flags of WINDOW_UPDATE", "RFC 9113 §4.1", raw(http2.FrameWindowUpdate, 0xff, 1, "\x00\x00\x00\x01"), nil},
		{"PING ack that nobody asked for", "RFC 9113 §6.7: it is never answered", raw(http2.FramePing, 1, 0, "01234567"), nil},
		{"unknown setting", "RFC 9113 §6.5.2", raw(http2.FrameSettings, 0, 0, "\x77\x77\x00\x00\x00\x01"), []string{"SETTINGS ack"}},
		{"the same setting twice", "RFC 9113 §6.5.3: the last counts", raw(http2.FrameSettings, 0, 0, "\x00\x03\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"), []string{"SETTINGS ack"}},
		{"PRIORITY on an idle stream", "RFC 9113 §5.1", raw(http2.FramePriority, 0, 99, "\x00\x00\x00\x00\x00"), nil},
		{"PRIORITY that depends on itself", "RFC 9113 §5.3.2: it means nothing any more", raw(http2.FramePriority, 0, 1, "\x00\x00\x00\x01\x00"), nil},
		{"padding of other bytes", "RFC 9113 §6.1: an error it may be, not must", func(p *peer) {
			p.Frame(http2.FrameHeaders, 0xc, 1, append([]byte{2}, append(p.Encode(":status", "103"), "xx"...)...))
		}, nil},
		{"table size at the beginning", "RFC 7541 §4.2", func(p *peer) {
			p.Frame(http2.FrameHeaders, 4, 1, append([]byte{0x20, 0x3f, 0xe1, 0x1f}, p.Encode(":status", "103")...))
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				r := start(t.Context(), c, request(nil))
				p.Got()
				row.script(p)
				p.Want(row.frames...)
				p.Respond(1, "fine")
				if s := text(t, r.ok(t)); s != "fine" {
					t.Errorf("%s: %q", row.reason, s)
				}
				next := start(t.Context(), c, request(nil))
				p.Want("HEADERS 3 end :method=GET :path=/")
				p.Respond(3, "as well")
				if s := text(t, next.ok(t)); s != "as well" {
					t.Errorf("%s: next response %q", row.reason, s)
				}
			})
		})
	}
}

// TestCodes: every code that a server gives, known or not, comes up in the error (RFC 9113 §7), by RST_STREAM before the
// response and within it, and by GOAWAY.
func TestCodes(t *testing.T) {
	codes := []ErrCode{0xdeadbeef}
	for code := http2.ErrCodeNo; code <= http2.ErrCodeHTTP11Required; code++ {
		codes = append(codes, code)
	}
	for _, code := range codes {
		t.Run(fmt.Sprint("RST_STREAM ", code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				first, second := start(t.Context(), c, request(nil)), start(t.Context(), c, request(nil))
				p.Got()
				p.RST(1, code)
				p.Begin(3, "x")
				p.RST(3, code)
				p.Want() // a reset is not answered (RFC 9113 §5.4.2)
				_, err := io.ReadAll(second.ok(t).Body)
				for i, err := range []error{first.failed(t), err} {
					var se *StreamError
					if !errors.As(err, &se) || se.Code != code || !se.Remote || int(se.Stream) != 2*i+1 {
						t.Errorf("request %d: %v", i+1, err)
					}
				}
				if refused := code == http2.ErrCodeRefusedStream; errors.Is(first.err, ErrUnprocessed) != refused {
					t.Errorf("unprocessed: %v", !refused)
				}
			})
		})
		t.Run(fmt.Sprint("GOAWAY ", code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				first, second := start(t.Context(), c, request(nil)), start(t.Context(), c, request(nil))
				p.Got()
				p.GoAway(1, code, "why")
				p.Want()
				var ge *GoAwayError
				if err := second.failed(t); !errors.As(err, &ge) || ge.Code != code || ge.Stream != 3 || ge.LastStream != 1 || ge.Debug != "why" || !errors.Is(err, ErrUnprocessed) {
					t.Errorf("second request: %v", err)
				}
				p.Conn.Close()
				if err := first.failed(t); !errors.As(err, &ge) || ge.Code != code || ge.Stream != 1 || errors.Is(err, ErrUnprocessed) {
					t.Errorf("first request: %v", err)
				}
			})
		})
	}
}

// TestGoAwayBehindUnread: a server that breaks the rules and has sent more, which nobody wants to read, can still take
// the GOAWAY.
func TestGoAwayBehindUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := connect(t, nil)
		p.Settings()
		p.Got()
		resume := p.Pause()
		p.Frame(http2.FramePing, 0, 0, make([]byte, 8)) // read, and then the peer reads no more
		p.Data(0, false, []byte("x"))
		for range 10 { // a pipe holds nothing: each waits for somebody to read it
			p.Data(1, false, make([]byte, 16384))
		}
		resume()
		p.Want("PING ack 0000000000000000", byeProtocol)
		p.Gone()
	})
}

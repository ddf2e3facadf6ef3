package h2

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"
)

// badRow is something that a server must not do. The script runs with one GET open on stream 1.
type badRow struct {
	name, reason string
	script       func(p *peer)
	frames       []string // what the client sends
	err          string   // part of the request's error
	gone         bool     // the connection ends
}

const (
	rstProtocol = "RST_STREAM 1 PROTOCOL_ERROR"
	byeProtocol = "GOAWAY 0 PROTOCOL_ERROR"
	byeFrame    = "GOAWAY 0 FRAME_SIZE_ERROR"
	byeFlow     = "GOAWAY 0 FLOW_CONTROL_ERROR"
	byeClosed   = "GOAWAY 0 STREAM_CLOSED"
	byeCalm     = "GOAWAY 0 ENHANCE_YOUR_CALM"
)

// streamRow is a row whose request alone fails.
func streamRow(name, reason string, frame, err string, script func(p *peer)) badRow {
	return badRow{name, reason, script, []string{frame}, err, false}
}

// connRow is a row that ends the connection.
func connRow(name, reason string, frame, err string, script func(p *peer)) badRow {
	return badRow{name, reason, script, []string{frame}, err, true}
}

func head(pairs ...string) func(*peer) {
	return func(p *peer) { p.Headers(1, true, pairs...) }
}

func raw(t http2.FrameType, flags http2.Flags, stream uint32, payload string) func(*peer) {
	return func(p *peer) { p.Frame(t, flags, stream, []byte(payload)) }
}

var malformedHeads = []badRow{
	streamRow("no status", "RFC 9113 §8.3.2", rstProtocol, "without :status", head("server", "x")),
	streamRow("empty block", "RFC 9113 §8.3.2", rstProtocol, "without :status", head()),
	streamRow("two statuses", "RFC 9113 §8.3", rstProtocol, ":status twice", head(":status", "200", ":status", "200")),
	streamRow("status of two digits", "RFC 9110 §15", rstProtocol, `:status "20"`, head(":status", "20")),
	streamRow("status of four digits", "RFC 9110 §15", rstProtocol, `:status "2000"`, head(":status", "2000")),
	streamRow("status with sign", "RFC 9110 §15", rstProtocol, `:status "+20"`, head(":status", "+20")),
	streamRow("status below 100", "RFC 9110 §15", rstProtocol, `:status "099"`, head(":status", "099")),
	streamRow("status no number", "RFC 9110 §15", rstProtocol, `:status "abc"`, head(":status", "abc")),
	streamRow("pseudo of a request", "RFC 9113 §8.3", rstProtocol, `":path"`, head(":status", "200", ":path", "/")),
	streamRow("unknown pseudo", "RFC 9113 §8.3", rstProtocol, `":x"`, head(":status", "200", ":x", "")),
	streamRow("pseudo after others", "RFC 9113 §8.3", rstProtocol, "after others", head("server", "x", ":status", "200")),
	streamRow("upper case", "RFC 9113 §8.2.1", rstProtocol, `field name "Server"`, head(":status", "200", "Server", "x")),
	streamRow("empty name", "RFC 9113 §8.2.1", rstProtocol, `field name ""`, head(":status", "200", "", "x")),
	streamRow("space in name", "RFC 9113 §8.2.1", rstProtocol, `field name "a b"`, head(":status", "200", "a b", "x")),
	streamRow("colon in name", "RFC 9113 §8.2.1", rstProtocol, `field name "a:b"`, head(":status", "200", "a:b", "x")),
	streamRow("control in name", "RFC 9113 §8.2.1", rstProtocol, `field name "a\x01"`, head(":status", "200", "a\x01", "x")),
	streamRow("DEL in name", "RFC 9113 §8.2.1", rstProtocol, `field name "a\x7f"`, head(":status", "200", "a\x7f", "x")),
	streamRow("high byte in name", "RFC 9113 §8.2.1", rstProtocol, `field name "a\xff"`, head(":status", "200", "a\xff", "x")),
	streamRow("NUL in value", "RFC 9113 §8.2.1", rstProtocol, `value of field "a"`, head(":status", "200", "a", "x\x00")),
	streamRow("CR in value", "RFC 9113 §8.2.1", rstProtocol, `value of field "a"`, head(":status", "200", "a", "x\r")),
	streamRow("LF in value", "RFC 9113 §8.2.1", rstProtocol, `value of field "a"`, head(":status", "200", "a", "\nx")),
	streamRow("connection", "RFC 9113 §8.2.2", rstProtocol, `"connection"`, head(":status", "200", "connection", "close")),
	streamRow("keep-alive", "RFC 9113 §8.2.2", rstProtocol, `"keep-alive"`, head(":status", "200", "keep-alive", "1")),
	streamRow("proxy-connection", "RFC 9113 §8.2.2", rstProtocol, `"proxy-connection"`, head(":status", "200", "proxy-connection", "close")),
	streamRow("transfer-encoding", "RFC 9113 §8.2.2", rstProtocol, `"transfer-encoding"`, head(":status", "200", "transfer-encoding", "chunked")),
	streamRow("upgrade", "RFC 9113 §8.2.2", rstProtocol, `"upgrade"`, head(":status", "200", "upgrade", "h2c")),
	streamRow("content-length no number", "RFC 9110 §8.6", rstProtocol, "bad content-length", head(":status", "200", "content-length", "x")),
	streamRow("content-length negative", "RFC 9110 §8.6", rstProtocol, "bad content-length", head(":status", "200", "content-length", "-1")),
	streamRow("content-length signed", "RFC 9110 §8.6", rstProtocol, "bad content-length", head(":status", "200", "content-length", "+1")),
	streamRow("content-length too large", "does not fit 63 bits", rstProtocol, "bad content-length", head(":status", "200", "content-length", "9223372036854775808")),
	streamRow("two content-lengths", "RFC 9110 §8.6", rstProtocol, "bad content-length", head(":status", "200", "content-length", "1", "content-length", "2")),
	streamRow("content-length without body", "RFC 9113 §8.1.1", rstProtocol, "body shorter", head(":status", "200", "content-length", "1")),
	streamRow("101", "RFC 9113 §8.6", rstProtocol, "101 in HTTP/2", func(p *peer) { p.Headers(1, false, ":status", "101") }),
	streamRow("1xx ends", "RFC 9113 §8.1", rstProtocol, "1xx response that ends", head(":status", "103")),
	streamRow("endless 1xx", "a limit of our own", "RST_STREAM 1 ENHANCE_YOUR_CALM", "too many 1xx", func(p *peer) {
		for range maxInterim + 1 {
			p.Headers(1, false, ":status", "103")
		}
	}),
	streamRow("list too large", "more than 1 MiB in many fields", "RST_STREAM 1 ENHANCE_YOUR_CALM", "header list too large", func(p *peer) {
		pairs := []string{":status", "200"}
		for range 300 {
			pairs = append(pairs, "x-a", strings.Repeat("v", 4000)) // one is indexed, the others refer to it
		}
		p.Headers(1, true, pairs...)
	}),
	streamRow("too many fields", "a limit of our own", "RST_STREAM 1 ENHANCE_YOUR_CALM", "header list too large", func(p *peer) {
		pairs := []string{":status", "200"}
		for range maxListFields + 1 {
			pairs = append(pairs, "a", "")
		}
		p.Headers(1, true, pairs...)
	}),
	streamRow("DATA first", "RFC 9113 §8.1", rstProtocol, "DATA before HEADERS", func(p *peer) { p.Data(1, true, []byte("x")) }),
	streamRow("DATA after 1xx", "RFC 9113 §8.1", rstProtocol, "DATA before HEADERS", func(p *peer) {
		p.Headers(1, false, ":status", "100")
		p.Data(1, true, []byte("x"))
	}),
	streamRow("window 0 increment", "RFC 9113 §6.9", rstProtocol, "bad WINDOW_UPDATE", func(p *peer) { p.WindowUpdate(1, 0) }),
	streamRow("window overflow", "RFC 9113 §6.9.1", "RST_STREAM 1 FLOW_CONTROL_ERROR", "overflows", func(p *peer) { p.WindowUpdate(1, 1<<31-1) }),
}

var brokenConnections = []badRow{
	connRow("DATA on stream 0", "RFC 9113 §6.1", byeProtocol, "DATA on stream 0", raw(http2.FrameData, 0, 0, "x")),
	connRow("DATA padding too long", "RFC 9113 §6.1", byeProtocol, "padding longer", raw(http2.FrameData, http2.FlagDataPadded, 1, "\x02x")),
	connRow("DATA without pad length", "RFC 9113 §4.2", byeFrame, "DATA frame too short", raw(http2.FrameData, http2.FlagDataPadded, 1, "")),
	connRow("DATA on idle stream", "RFC 9113 §5.1", byeProtocol, "DATA on an idle stream", raw(http2.FrameData, 0, 3, "x")),
	connRow("DATA on even stream", "never promised", byeProtocol, "DATA on an idle stream", raw(http2.FrameData, 0, 2, "x")),
	connRow("frame too large", "RFC 9113 §4.2", byeFrame, "frame too large", raw(http2.FrameData, 0, 1, strings.Repeat("x", 16385))),
	connRow("HEADERS on stream 0", "RFC 9113 §6.2", byeProtocol, "stream ID 0", raw(http2.FrameHeaders, 4, 0, "\x88")),
	connRow("HEADERS on idle stream", "RFC 9113 §5.1.1", byeProtocol, "HEADERS on an idle stream", raw(http2.FrameHeaders, 4, 3, "\x88")),
	connRow("HEADERS on even stream", "never promised", byeProtocol, "HEADERS on an idle stream", raw(http2.FrameHeaders, 4, 4, "\x88")),
	connRow("HEADERS padding too long", "RFC 9113 §6.2; the block would be missing in the decoder", byeProtocol, "malformed HEADERS", raw(http2.FrameHeaders, 0xc, 1, "\x02\x88")),
	connRow("HEADERS without pad length", "RFC 9113 §4.2", byeFrame, "HEADERS frame too short", raw(http2.FrameHeaders, 0xc, 1, "")),
	connRow("HEADERS with half a priority", "RFC 9113 §4.2", byeFrame, "HEADERS frame too short", raw(http2.FrameHeaders, 0x24, 1, "\x00\x00\x00\x00")),
	connRow("invalid index", "RFC 7541 §2.3.3", "GOAWAY 0 COMPRESSION_ERROR", "invalid indexed", raw(http2.FrameHeaders, 4, 1, "\xff\x80\x01")),
	connRow("truncated block", "RFC 7541 §3", "GOAWAY 0 COMPRESSION_ERROR", "truncated", raw(http2.FrameHeaders, 4, 1, "\x88\x40\x05ab")),
	connRow("table too large", "RFC 7541 §6.3", "GOAWAY 0 COMPRESSION_ERROR", "size update too large", raw(http2.FrameHeaders, 4, 1, "\x3f\xe2\x1f\x88")),
	connRow("endless string", "a field larger than the list may be", byeCalm, "field longer", raw(http2.FrameHeaders, 4, 1, "\x88\x40\x01a\x7f\xff\xff\x7f")),
	connRow("CONTINUATION alone", "RFC 9113 §6.10", byeProtocol, "unexpected CONTINUATION", raw(http2.FrameContinuation, 4, 1, "\x88")),
	connRow("block interrupted", "RFC 9113 §6.2", byeProtocol, "expected CONTINUATION", func(p *peer) {
		p.Frame(http2.FrameHeaders, 0, 1, []byte("\x88"))
		p.Frame(http2.FramePing, 0, 0, make([]byte, 8))
	}),
	connRow("block interrupted by unknown frame", "RFC 9113 §6.10", byeProtocol, "expected CONTINUATION", func(p *peer) {
		p.Frame(http2.FrameHeaders, 0, 1, []byte("\x88"))
		p.Frame(0x1f, 0, 1, nil)
	}),
	connRow("CONTINUATION of another stream", "RFC 9113 §6.10", byeProtocol, "expected stream 1", func(p *peer) {
		p.Frame(http2.FrameHeaders, 0, 1, []byte("\x88"))
		p.Frame(http2.FrameContinuation, 4, 3, nil)
	}),
	connRow("CONTINUATION flood", "a limit of our own", byeCalm, "too many CONTINUATION", func(p *peer) {
		p.Frame(http2.FrameHeaders, 0, 1, []byte("\x88"))
		for range maxContinuations + 1 {
			p.Frame(http2.FrameContinuation, 0, 1, nil)
		}
	}),
	connRow("PRIORITY of 4 bytes", "RFC 9113 §6.3", byeFrame, "payload size was 4", raw(http2.FramePriority, 0, 1, "\x00\x00\x00\x00")),
	connRow("PRIORITY on stream 0", "RFC 9113 §6.3", byeProtocol, "stream ID 0", raw(http2.FramePriority, 0, 0, "\x00\x00\x00\x00\x00")),
	connRow("RST_STREAM of 3 bytes", "RFC 9113 §6.4", byeFrame, "bad frame", raw(http2.FrameRSTStream, 0, 1, "\x00\x00\x00")),
	connRow("RST_STREAM on stream 0", "RFC 9113 §6.4", byeProtocol, "bad frame", raw(http2.FrameRSTStream, 0, 0, "\x00\x00\x00\x00")),
	connRow("RST_STREAM on idle stream", "RFC 9113 §6.4", byeProtocol, "RST_STREAM on an idle stream", raw(http2.FrameRSTStream, 0, 3, "\x00\x00\x00\x00")),
	connRow("SETTINGS ack with payload", "RFC 9113 §6.5", byeFrame, "bad frame", raw(http2.FrameSettings, 1, 0, "\x00\x01\x00\x00\x00\x00")),
	connRow("SETTINGS on a stream", "RFC 9113 §6.5", byeProtocol, "bad frame", raw(http2.FrameSettings, 0, 1, "")),
	connRow("SETTINGS of 5 bytes", "RFC 9113 §6.5", byeFrame, "bad frame", raw(http2.FrameSettings, 0, 0, "12345")),
	connRow("ENABLE_PUSH 1", "RFC 9113 §6.5.2", byeProtocol, "ENABLE_PUSH", raw(http2.FrameSettings, 0, 0, "\x00\x02\x00\x00\x00\x01")),
	connRow("INITIAL_WINDOW_SIZE 2^31", "RFC 9113 §6.5.2", byeFlow, "bad frame", raw(http2.FrameSettings, 0, 0, "\x00\x04\x80\x00\x00\x00")),
	connRow("INITIAL_WINDOW_SIZE 2^31, second", "RFC 9113 §6.5.2", byeFlow, "INITIAL_WINDOW_SIZE", raw(http2.FrameSettings, 0, 0, "\x00\x04\x00\x00\x00\x00\x00\x04\x80\x00\x00\x00")),
	connRow("INITIAL_WINDOW_SIZE overflow", "RFC 9113 §6.9.2", byeFlow, "makes a window too large", func(p *peer) {
		p.WindowUpdate(1, 1<<31-1-65535)
		p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 65536})
	}),
	connRow("MAX_FRAME_SIZE 16383", "RFC 9113 §6.5.2", byeProtocol, "MAX_FRAME_SIZE", raw(http2.FrameSettings, 0, 0, "\x00\x05\x00\x00\x3f\xff")),
	connRow("MAX_FRAME_SIZE 2^24", "RFC 9113 §6.5.2", byeProtocol, "MAX_FRAME_SIZE", raw(http2.FrameSettings, 0, 0, "\x00\x05\x01\x00\x00\x00")),
	connRow("ENABLE_CONNECT_PROTOCOL 2", "RFC 8441 §3", byeProtocol, "ENABLE_CONNECT_PROTOCOL", raw(http2.FrameSettings, 0, 0, "\x00\x08\x00\x00\x00\x02")),
	connRow("ack too many", "only one SETTINGS was sent", byeProtocol, "were not sent", func(p *peer) {
		p.Frame(http2.FrameSettings, 1, 0, nil)
		p.Frame(http2.FrameSettings, 1, 0, nil)
	}),
	connRow("PUSH_PROMISE", "RFC 9113 §8.4: push was disabled", byeProtocol, "push is disabled", raw(http2.FramePushPromise, 4, 1, "\x00\x00\x00\x02\x88")),
	connRow("PUSH_PROMISE on stream 0", "RFC 9113 §6.6", byeProtocol, "bad frame", raw(http2.FramePushPromise, 4, 0, "\x00\x00\x00\x02\x88")),
	connRow("PUSH_PROMISE of 3 bytes", "RFC 9113 §4.2", byeFrame, "PUSH_PROMISE frame too short", raw(http2.FramePushPromise, 4, 1, "\x00\x00\x00")),
	connRow("PING of 7 bytes", "RFC 9113 §6.7", byeFrame, "bad frame", raw(http2.FramePing, 0, 0, "1234567")),
	connRow("PING on a stream", "RFC 9113 §6.7", byeProtocol, "bad frame", raw(http2.FramePing, 0, 1, "12345678")),
	connRow("GOAWAY on a stream", "RFC 9113 §6.8", byeProtocol, "bad frame", raw(http2.FrameGoAway, 0, 1, "12345678")),
	connRow("GOAWAY of 7 bytes", "RFC 9113 §4.2", byeFrame, "bad frame", raw(http2.FrameGoAway, 0, 0, "1234567")),
	connRow("WINDOW_UPDATE of 3 bytes", "RFC 9113 §6.9", byeFrame, "bad frame", raw(http2.FrameWindowUpdate, 0, 0, "123")),
	connRow("WINDOW_UPDATE of 0", "RFC 9113 §6.9: on the connection", byeProtocol, "bad frame", func(p *peer) { p.WindowUpdate(0, 0) }),
	connRow("WINDOW_UPDATE of 0 on idle stream", "RFC 9113 §5.1", byeProtocol, "idle stream", func(p *peer) { p.WindowUpdate(3, 0) }),
	connRow("WINDOW_UPDATE on idle stream", "RFC 9113 §5.1", byeProtocol, "idle stream", func(p *peer) { p.WindowUpdate(3, 1) }),
	connRow("connection window overflow", "RFC 9113 §6.9.1", byeFlow, "overflows", func(p *peer) { p.WindowUpdate(0, 1<<31-1) }),
	connRow("PRIORITY_UPDATE", "RFC 9218 §7.1", byeProtocol, "PRIORITY_UPDATE", raw(0x10, 0, 0, "\x00\x00\x00\x01u=1")),
	connRow("PING flood", "a limit of our own", byeCalm, "too many PING", func(p *peer) {
		resume := p.Pause()
		for range guardBurst { // one token went for SETTINGS
			p.Frame(http2.FramePing, 0, 0, make([]byte, 8))
		}
		resume()
	}),
	connRow("SETTINGS flood", "a limit of our own", byeCalm, "too many SETTINGS", func(p *peer) {
		for range guardBurst + 1 {
			p.Settings()
		}
	}),
	connRow("huge SETTINGS", "parameters cost, too", byeCalm, "too many SETTINGS", func(p *peer) {
		many := make([]http2.Setting, 2700)
		for i := range many {
			many[i] = http2.Setting{ID: 4, Val: uint32(i)}
		}
		for range 7 {
			p.Settings(many...)
		}
	}),
	connRow("GOAWAY flood", "a limit of our own", byeCalm, "too many GOAWAY", func(p *peer) {
		for range guardBurst + 2 {
			p.GoAway(1, 0, "")
		}
	}),
	connRow("empty DATA flood", "a limit of our own", byeCalm, "too many empty DATA", func(p *peer) {
		p.Headers(1, false, ":status", "200")
		for range guardBurst + 1 {
			p.Data(1, false, nil)
		}
	}),
}

func TestServerErrors(t *testing.T) {
	for _, rows := range [][]badRow{malformedHeads, brokenConnections, strictRows} {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { synctest.Test(t, row.run) })
		}
	}
}

func (row badRow) run(t *testing.T) {
	c, p := connect(t, nil)
	p.Settings()
	r := start(context.Background(), c, request(nil))
	p.Got()
	row.script(p)
	var got []string
	for _, f := range p.Got() {
		if f != "SETTINGS ack" && !strings.HasPrefix(f, "PING ack") {
			got = append(got, f)
		}
	}
	if strings.Join(got, ", ") != strings.Join(row.frames, ", ") {
		t.Errorf("%s: client sent %q, want %q", row.reason, got, row.frames)
	}
	var err error
	if r.resp != nil {
		_, err = io.ReadAll(r.resp.Body)
	} else {
		err = r.failed(t)
	}
	if err == nil || !strings.Contains(err.Error(), row.err) {
		t.Errorf("%s: error %v, want %q", row.reason, err, row.err)
	}
	if errors.Is(err, ErrUnprocessed) {
		t.Error("a request that was sent counts as unprocessed")
	}
	var se *StreamError
	var ce *ConnError
	if row.gone {
		p.Gone()
		if !errors.As(err, &ce) || !strings.HasSuffix(row.frames[0], ce.Code.String()) {
			t.Errorf("error %#v", err)
		}
		if c.Available() {
			t.Error("still available")
		}
		return
	}
	if !errors.As(err, &se) || se.Stream != 1 || se.Remote || !strings.HasSuffix(row.frames[0], se.Code.String()) {
		t.Errorf("error %#v", err)
	}
	// The connection, and the header compression, go on.
	again := start(context.Background(), c, request(nil))
	p.Got()
	p.Respond(3, "fine")
	if s := text(t, again.ok(t)); s != "fine" {
		t.Errorf("next response %q", s)
	}
}

// TestFirstFrame: the server's first frame is SETTINGS (RFC 9113 §3.4).
func TestFirstFrame(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bytes string
	}{
		{"PING", "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"},
		{"SETTINGS ack", "\x00\x00\x00\x04\x01\x00\x00\x00\x00"},
		{"HTTP/1.1", "HTTP/1.1 400 Bad Request\r\n\r\n"},
		{"CONTINUATION", "\x00\x00\x00\x09\x00\x00\x00\x00\x01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Raw([]byte(tt.bytes))
				p.Want(byeProtocol)
				p.Gone()
				var ce *ConnError
				if err := start(t.Context(), c, request(nil)).failed(t); !errors.Is(err, ErrUnprocessed) || !errors.As(err, &ce) || ce.Code != http2.ErrCodeProtocol || !strings.Contains(err.Error(), "does not start with SETTINGS") {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// TestConnectProtocolWithdrawn: RFC 8441 §3.
func TestConnectProtocolWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := connect(t, nil)
		p.Settings(http2.Setting{ID: 8, Val: 1})
		p.Want("SETTINGS ack")
		p.Settings(http2.Setting{ID: 8, Val: 0})
		p.Want(byeProtocol)
		p.Gone()
	})
}

// TestIgnored: what means nothing is passed over.
func TestIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		p.Settings(http2.Setting{ID: 0x7777, Val: 1}, http2.Setting{ID: 2, Val: 0}, http2.Setting{ID: 6, Val: 1})
		p.Want("SETTINGS ack")
		r := start(t.Context(), c, request(nil))
		p.Got()
		p.Frame(0x1f, 0xff, 1, []byte("unknown"))
		p.Frame(0x0c, 0, 0, []byte("ORIGIN"))
		p.Frame(http2.FramePriority, 0, 1, make([]byte, 5))
		p.Frame(http2.FramePriority, 0, 99, make([]byte, 5))
		p.Frame(http2.FramePing, http2.FlagPingAck, 0, make([]byte, 8))
		p.Frame(http2.FrameSettings, 1, 0, nil)
		p.Frame(http2.FrameHeaders, http2.FlagHeadersPriority|http2.FlagHeadersPadded|http2.FlagHeadersEndHeaders, 1,
			append([]byte{3, 0x80, 0, 0, 1, 7}, append(p.Encode(":status", "200", "te", "x"), 0, 0, 0)...))
		p.Frame(http2.FrameData, http2.FlagDataPadded|http2.FlagDataEndStream, 1, []byte("\x02hello\x00\x00"))
		p.Want()
		if s := text(t, r.ok(t)); s != "hello" {
			t.Errorf("body %q", s)
		}
	})
}

// TestPing: the payload comes back.
func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := connect(t, chromiumConfig())
		p.Settings()
		p.Frame(http2.FramePing, 0, 0, []byte("01234567"))
		p.Want("SETTINGS ack", "PING ack 3031323334353637")
		if n := len(p.client.units); n != 3 {
			t.Errorf("%d writes, want 3: a browser's frames are not merged", n)
		}
	})
}

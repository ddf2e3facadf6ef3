package wsecho

import (
	"strings"
	"testing"
)

// frameRows are what a client sends at once after the handshake, byte by byte, and all that comes back.
var frameRows = []struct {
	name, reason string
	send         []string
	want         []string
}{
	{"text", "the plain case", []string{frame(fin|text, "hello"), frame(fin|closeOp, bye(1000, ""))}, []string{"text hello", "close 1000 ", "end"}},
	{"binary", "any bytes", []string{frame(fin|binaryOp, "\x00\xff\x80"), frame(fin|closeOp, bye(1000, ""))}, []string{"binary \x00\xff\x80", "close 1000 ", "end"}},
	{"empty", "an empty message is a message", []string{frame(fin|text, ""), frame(fin|binaryOp, ""), frame(fin|closeOp, "")}, []string{"text ", "binary ", "close ", "end"}},
	{"125 bytes", "the longest length of one byte", []string{frame(fin|text, strings.Repeat("x", 125)), frame(fin|closeOp, "")}, []string{"text " + strings.Repeat("x", 125), "close ", "end"}},
	{"126 bytes", "the shortest of two", []string{frame(fin|text, strings.Repeat("x", 126)), frame(fin|closeOp, "")}, []string{"text " + strings.Repeat("x", 126), "close ", "end"}},
	{"65536 bytes", "the shortest of eight", []string{frame(fin|binaryOp, strings.Repeat("x", 65536)), frame(fin|closeOp, "")}, []string{"binary " + strings.Repeat("x", 65536), "close ", "end"}},
	{"fragments", "they come back as one frame, of the first one's type (RFC 6455 §5.4)",
		[]string{frame(text, "a"), frame(more, ""), frame(more, "b"), frame(fin|more, "c"), frame(fin|closeOp, "")}, []string{"text abc", "close ", "end"}},
	{"only empty fragments", "an empty message", []string{frame(binaryOp, ""), frame(fin|more, ""), frame(fin|closeOp, "")}, []string{"binary ", "close ", "end"}},
	{"character across fragments", "UTF-8 is a matter of the message (§5.6)", []string{frame(text, "\xe2\x82"), frame(fin|more, "\xac"), frame(fin|closeOp, "")}, []string{"text €", "close ", "end"}},
	{"ping", "the pong has its payload (§5.5.3)", []string{frame(fin|ping, "p"), frame(fin|ping, ""), frame(fin|closeOp, "")}, []string{"pong p", "pong ", "close ", "end"}},
	{"ping between fragments", "the message stays whole (§5.4)",
		[]string{frame(text, "a"), frame(fin|ping, strings.Repeat("p", 125)), frame(fin|pong, "unasked"), frame(fin|more, "b"), frame(fin|closeOp, "")},
		[]string{"pong " + strings.Repeat("p", 125), "text ab", "close ", "end"}},
	{"close with reason", "it comes back", []string{frame(fin|closeOp, bye(4999, "enough"))}, []string{"close 4999 enough", "end"}},
	{"close 3000", "a library's own code", []string{frame(fin|closeOp, bye(3000, ""))}, []string{"close 3000 ", "end"}},
	{"close 1001", "the client goes away", []string{frame(fin|closeOp, bye(1001, ""))}, []string{"close 1001 ", "end"}},
	{"close within a message", "the message is given up", []string{frame(text, "a"), frame(fin|closeOp, bye(1000, ""))}, []string{"close 1000 ", "end"}},

	{"bad UTF-8", "RFC 6455 §8.1", []string{frame(fin|text, "a\xff"), frame(fin|closeOp, bye(1007, ""))}, []string{"close 1007 …", "end"}},
	{"half a character", "the end of the message is the end of its text", []string{frame(text, "\xe2\x82"), frame(fin|more, ""), frame(fin|closeOp, bye(1007, ""))}, []string{"close 1007 …", "end"}},
	{"surrogate", "not in UTF-8", []string{frame(fin|text, "\xed\xa0\x80"), frame(fin|closeOp, bye(1007, ""))}, []string{"close 1007 …", "end"}},
	{"bad UTF-8 in binary", "nobody's business", []string{frame(fin|binaryOp, "\xff"), frame(fin|closeOp, "")}, []string{"binary \xff", "close ", "end"}},
	{"at the limit", "the limit is of the message", []string{frame(binaryOp, strings.Repeat("x", 60000)), frame(fin|more, strings.Repeat("x", 40000)), frame(fin|closeOp, "")},
		[]string{"binary " + strings.Repeat("x", 100000), "close ", "end"}},
	{"beyond the limit", "1009 (§7.4.1)", []string{frame(fin|binaryOp, strings.Repeat("x", 100001)), frame(fin|closeOp, bye(1009, ""))}, []string{"close 1009 the message is longer than 100000 bytes", "end"}},
	{"beyond it in fragments", "not of the frame", []string{frame(text, strings.Repeat("x", 60000)), frame(fin|more, strings.Repeat("x", 40001)), frame(fin|closeOp, bye(1009, ""))}, []string{"close 1009 …", "end"}},

	{"unmasked", "clients mask (§5.1)", []string{"\x81\x01a"}, []string{"close 1002 …", "end"}},
	{"unmasked ping", "control frames, too", []string{"\x89\x00"}, []string{"close 1002 …", "end"}},
	{"reserved bit", "no extension gives it a meaning (§5.2)", []string{frame(fin|rsv2|text, "")}, []string{"close 1002 …", "end"}},
	{"compressed", "compression was not negotiated", []string{frame(fin|rsv1|text, "")}, []string{"close 1002 …", "end"}},
	{"unknown opcode", "§5.2", []string{frame(fin|3, "")}, []string{"close 1002 …", "end"}},
	{"unknown control opcode", "§5.2", []string{frame(fin|11, "")}, []string{"close 1002 …", "end"}},
	{"fragmented ping", "§5.5", []string{frame(ping, "")}, []string{"close 1002 …", "end"}},
	{"long ping", "at most 125 bytes (§5.5)", []string{string(announce(fin|ping, 126))}, []string{"close 1002 …", "end"}},
	{"continuation of nothing", "§5.4", []string{frame(fin|more, "")}, []string{"close 1002 …", "end"}},
	{"message within a message", "§5.4", []string{frame(text, ""), frame(fin|text, "")}, []string{"close 1002 …", "end"}},
	{"close of one byte", "no room for a code (§5.5.1)", []string{frame(fin|closeOp, "x")}, []string{"close 1002 …", "end"}},
	{"close 1005", "never on the wire (§7.4.1)", []string{frame(fin|closeOp, bye(1005, ""))}, []string{"close 1002 …", "end"}},
	{"close 999", "not a code", []string{frame(fin|closeOp, bye(999, ""))}, []string{"close 1002 …", "end"}},
	{"negative length", "the first bit is 0 (§5.2)", []string{string(announce(fin|text, 1<<63))}, []string{"close 1002 …", "end"}},
}

func TestFrames(t *testing.T) {
	t.Parallel()
	_, addr := start(t, &Options{MaxMessage: 100000})
	for _, row := range frameRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := open(t, addr)
			x.t = t
			go func() { // the server may close while it is sent
				for _, b := range row.send {
					x.Write([]byte(b))
				}
				x.CloseWrite()
			}()
			x.expect(row.want...)
			if t.Failed() {
				t.Log(row.reason)
			}
		})
	}
}

// TestSplitFrames sends frames one byte at a time.
func TestSplitFrames(t *testing.T) {
	t.Parallel()
	_, addr := start(t, nil)
	x := open(t, addr)
	x.SetNoDelay(true)
	for _, b := range []byte(frame(text, "a€") + frame(fin|ping, "p") + frame(fin|more, strings.Repeat("b", 200))) {
		x.send(string([]byte{b}))
	}
	x.expect("pong p", "text a€"+strings.Repeat("b", 200))
	x.send(frame(fin|closeOp, bye(1000, "done")))
	x.expect("close 1000 done", "end")
}

// TestHalfOpen: the client ends its half without a close frame. There is nobody to say goodbye to. Until net/http has handed the
// connection over, an end of it cancels the request's context, which is the server's way to say goodbye: the pong tells that it has.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	_, addr := start(t, nil)
	open := func(t *testing.T) *raw {
		x := open(t, addr)
		x.send(frame(fin|ping, "p"))
		x.expect("pong p")
		return x
	}
	for _, before := range []string{"", frame(text, "a"), frame(fin|text, "hello")[:4], string(announce(fin|text, 10))} {
		x := open(t)
		x.send(before)
		x.CloseWrite()
		x.expect("end")
	}
	x := open(t)
	x.send(frame(fin|text, "hello"))
	x.CloseWrite()
	x.expect("text hello", "end")
}

package fingerprint

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/http2"
)

// busyFrames is a connection with everything that a parser must keep apart.
func busyFrames() *frameWriter {
	w := newFrameWriter().settings(1, 65536, 4, 5).raw(frameSettings, 1, 0, nil).window(0, 7).priority(3, 0, 200)
	w.raw(framePing, 0, 0, []byte("12345678")).raw(framePing, 1, 0, []byte("12345678")).raw(0xbb, 3, 0, []byte{1, 2, 3})
	block := bytes.Clone(w.fields(":method", "POST", ":path", "/1", "x-long", strings.Repeat("v", 300)))
	padded := append(append([]byte{4, 0x80, 0, 0, 0, 219}, block[:10]...), 0, 0, 0, 0)
	w.raw(frameHeaders, 0x8|0x20, 3, padded).raw(frameContinuation, 0, 3, nil).raw(frameContinuation, 0, 3, block[10:20])
	w.raw(frameContinuation, 0x4, 3, block[20:])
	w.window(3, 12451840).raw(0xcc, 0, 3, []byte{9}).raw(frameSettings, 1, 0, nil).window(3, 1)
	w.raw(frameData, 0, 3, make([]byte, 600)).raw(frameData, 0, 3, nil).window(3, 2)
	w.raw(frameHeaders, 0x5, 3, w.fields("x-trailer", "t")) // trailers
	w.raw(framePriority, 0, 9, []byte{0, 0, 0, 0, 15}).raw(framePing, 0, 0, []byte("12345678")).raw(framePing, 1, 0, []byte("12345678"))
	return w.raw(frameHeaders, 0x5, 5, w.fields(":method", "GET", ":path", "/1", "x-trailer", "t")).raw(frameRSTStream, 0, 5, []byte{0, 0, 0, 8}).get(7, "masp")
}

const frameRSTStream = 0x3

func TestHTTP2Parser(t *testing.T) {
	got := parseFrames(t, busyFrames())
	want := &HTTP2{
		Opening: []Frame{
			{Type: "SETTINGS", Settings: []Setting{{1, 65536}, {4, 5}}},
			{Type: "WINDOW_UPDATE", Increment: 7},
			{Type: "PRIORITY", Stream: 3, Priority: &Priority{Weight: 201}},
			{Type: "PING", Payload: Hex("12345678")},
			{Type: "0xbb", Payload: Hex{1, 2, 3}},
		},
		Requests: []Request{
			{Stream: 3, Priority: &Priority{Weight: 220, Exclusive: true}, Padding: 5, Continuations: 3, Fields: []Field{
				{":method", "POST", Form{Kind: FormIndexed, Index: 3}},
				{":path", "/1", Form{Kind: FormIncremental, Index: 5}},
				{"x-long", strings.Repeat("v", 300), Form{Kind: FormIncremental, NameHuffman: true, ValueHuffman: true}},
			}, After: []Frame{{Type: "WINDOW_UPDATE", Stream: 3, Increment: 12451840}, {Type: "0xcc", Stream: 3, Payload: Hex{9}}}},
			{Before: []Frame{{Type: "PRIORITY", Stream: 9, Priority: &Priority{Weight: 16}}, {Type: "PING"}}, Stream: 5, EndStream: true, Fields: []Field{
				{":method", "GET", Form{Kind: FormIndexed, Index: 2}},
				{":path", "/1", Form{Kind: FormIndexed, Index: 64}},
				{"x-trailer", "t", Form{Kind: FormIndexed, Index: 62}},
			}},
		},
	}
	want.Requests = append(want.Requests, got.Requests[len(got.Requests)-1])
	if !reflect.DeepEqual(got, want) {
		text, _ := FormatJSON(got)
		t.Errorf("got %s", text)
		for _, m := range Diff(&Fingerprint{HTTP2: want}, &Fingerprint{HTTP2: got}, nil) {
			t.Errorf("%+v", m)
		}
	}
}

// TestHTTP2ParserInPieces feeds the same bytes in pieces of all sizes.
func TestHTTP2ParserInPieces(t *testing.T) {
	all := busyFrames().Bytes()
	whole := parseFrames(t, busyFrames())
	for _, size := range []int{1, 2, 3, 7, 8, 9, 10, 100} {
		p := NewHTTP2Parser()
		for b := range chunks(all, size) {
			if n, err := p.Write(b); n != len(b) || err != nil {
				t.Fatalf("pieces of %d: wrote %d, %v", size, n, err)
			}
		}
		if !reflect.DeepEqual(p.HTTP2(), whole) {
			t.Errorf("pieces of %d give another result", size)
		}
	}
}

func chunks(b []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := min(size, len(b))
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// TestTruncatedHTTP2 cuts the connection at every byte: nothing is an error, nothing is seen before it is complete.
func TestTruncatedHTTP2(t *testing.T) {
	all := busyFrames().Bytes()
	whole := parseFrames(t, busyFrames())
	for n := range all {
		p := NewHTTP2Parser()
		if _, err := p.Write(all[:n]); err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		h := p.HTTP2()
		if len(h.Opening) > len(whole.Opening) || len(h.Requests) > len(whole.Requests) {
			t.Fatalf("cut at %d: more frames than in the whole", n)
		}
		for i := range h.Requests {
			if !reflect.DeepEqual(h.Requests[i].Fields, whole.Requests[i].Fields) {
				t.Fatalf("cut at %d: request %d has other fields", n, i)
			}
		}
	}
}

func TestHostileHTTP2(t *testing.T) {
	start := func() *frameWriter { return newFrameWriter().settings() }
	big := start().raw(frameHeaders, 0, 1, make([]byte, 16384))
	for range 16 {
		big.raw(frameContinuation, 0, 1, make([]byte, 16384))
	}
	long := start()
	long.Write([]byte{0x10, 0, 1, 0xbb, 0, 0, 0, 0, 0})
	for _, test := range []struct {
		name, reason string
		frames       *frameWriter
		want         string
	}{
		{"index 0", "RFC 7541 §6.1", start().raw(frameHeaders, 0x4, 1, []byte{0x80}), "stream 1: "},
		{"index beyond the table", "RFC 7541 §2.3.3", start().raw(frameHeaders, 0x4, 1, []byte{0xff, 0x20}), "stream 1: "},
		{"field cut", "the block ends within a field", start().raw(frameHeaders, 0x4, 1, []byte{0x40, 5, 'a'}), "stream 1: "},
		{"Huffman padding", "RFC 7541 §5.2", start().raw(frameHeaders, 0x4, 1, []byte{0x51, 0x81, 0}), "stream 1: "},
		{"table too large", "memory is bounded", start().raw(frameHeaders, 0x4, 1, []byte{0x3f, 0xe1, 0xff, 0x7f}), "stream 1: "},
		{"table size update behind a field", "RFC 7541 §4.2", start().raw(frameHeaders, 0x4, 1, []byte{0x82, 0x20}), "stream 1: "},
		{"bad block in trailers", "trailers belong to the HPACK state", start().get(1, "masp").raw(frameHeaders, 0x5, 1, []byte{0x80}), "stream 1: "},
		{"PING in a block", "RFC 9113 §4.3", start().raw(frameHeaders, 0, 1, nil).raw(framePing, 0, 0, make([]byte, 8)), "interrupts"},
		{"HEADERS in a block", "RFC 9113 §4.3", start().raw(frameHeaders, 0, 1, nil).raw(frameHeaders, 0x4, 3, nil), "interrupts"},
		{"CONTINUATION of another stream", "RFC 9113 §6.10", start().raw(frameHeaders, 0, 1, nil).raw(frameContinuation, 0x4, 3, nil), "interrupts"},
		{"DATA in a block", "RFC 9113 §4.3", start().raw(frameHeaders, 0, 1, nil).raw(frameData, 0, 1, []byte{1}), "DATA within"},
		{"CONTINUATION alone", "RFC 9113 §6.10", start().raw(frameContinuation, 0x4, 1, nil), "CONTINUATION without"},
		{"CONTINUATION behind a block", "RFC 9113 §6.10", start().get(1, "masp").raw(frameContinuation, 0x4, 1, nil), "CONTINUATION without"},
		{"padding too long", "RFC 9113 §6.2", start().raw(frameHeaders, 0xc, 1, []byte{2, 0x82}), "padding"},
		{"no room for padding", "RFC 9113 §6.2", start().raw(frameHeaders, 0xc, 1, nil), "padding"},
		{"no room for the priority", "RFC 9113 §6.2", start().raw(frameHeaders, 0x24, 1, []byte{0, 0, 0, 0}), "too short"},
		{"short PRIORITY", "RFC 9113 §6.3", start().raw(framePriority, 0, 1, []byte{0, 0, 0, 0}), "PRIORITY frame of 4 bytes"},
		{"long WINDOW_UPDATE", "RFC 9113 §6.9", start().raw(frameWindowUpdate, 0, 1, make([]byte, 5)), "WINDOW_UPDATE frame of 5 bytes"},
		{"odd SETTINGS", "RFC 9113 §6.5", start().raw(frameSettings, 0, 0, make([]byte, 7)), "SETTINGS frame of 7 bytes"},
		{"huge block", "memory is bounded", big, "header block longer than"},
		{"huge frame", "memory is bounded", long, "frame of 1048577 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := test.frames.Bytes()
			p := NewHTTP2Parser()
			_, err := p.Write(all)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%s: error %v, want %q", test.reason, err, test.want)
			}
			if n, again := p.Write([]byte("more")); again != err || n != 0 {
				t.Errorf("a later Write takes %d bytes and says %v", n, again)
			}
			if again := p.Skip(0); again != err {
				t.Errorf("a later Skip says %v", again)
			}
			pieces := NewHTTP2Parser()
			for b := range chunks(all, 1) {
				if _, err = pieces.Write(b); err != nil {
					break
				}
			}
			if err == nil || !reflect.DeepEqual(p.HTTP2(), pieces.HTTP2()) {
				t.Errorf("in pieces: %v, or another result", err)
			}
		})
	}
	p := NewHTTP2Parser()
	if n, err := p.Write([]byte("PRI * HTTP/1.1\r\n")); err == nil || n != len("PRI * HTTP/") {
		t.Errorf("a wrong preface: %d, %v", n, err)
	}
}

// TestHTTP2Limits sends more of everything than is kept.
func TestHTTP2Limits(t *testing.T) {
	w := newFrameWriter()
	var many []uint32
	for i := range uint32(2 * maxSettings) {
		many = append(many, i, i)
	}
	w.settings(many...).raw(0xbb, 0, 0, make([]byte, 4*maxPayload))
	for range 2 * maxOpening {
		w.window(0, 1)
	}
	w.get(1, "masp")
	for range 2 * maxAfter {
		w.window(1, 1)
	}
	h := parseFrames(t, w)
	if len(h.Opening) != maxOpening || len(h.Opening[0].Settings) != maxSettings || len(h.Opening[1].Payload) != maxPayload {
		t.Errorf("%d frames, %d settings, %d bytes of payload", len(h.Opening), len(h.Opening[0].Settings), len(h.Opening[1].Payload))
	}
	if len(h.Requests) != 1 || len(h.Requests[0].After) != maxAfter {
		t.Errorf("%d frames after the request", len(h.Requests[0].After))
	}
	w = newFrameWriter().settings()
	for i := range uint32(maxRequests + 10) {
		w.raw(frameHeaders, 0x5, 2*i+1, []byte{0x82})
	}
	if h := parseFrames(t, w.window(1, 1)); len(h.Requests) != maxRequests {
		t.Errorf("%d requests", len(h.Requests))
	}
}

// TestHeaderBombs sends small blocks that stand for large lists: one field of the table, again and again.
func TestHeaderBombs(t *testing.T) {
	const value = 4000 // fits the table of 4096 bytes
	bomb := func(repeat int) []byte { return bytes.Repeat([]byte{0xbe}, repeat) }
	w := newFrameWriter().settings()
	w.raw(frameHeaders, 0x5, 1, append([]byte{0x40, 1, 'x', 0x7f, 0xa1, 0x1e}, make([]byte, value)...))
	w.raw(frameHeaders, 0x5, 3, bomb(10000))
	for i := range uint32(40) {
		w.raw(frameHeaders, 0x5, 5+2*i, bomb(200))
	}
	w.get(1001, "masp")
	h := parseFrames(t, w)
	if len(h.Requests[0].Fields) != 1 || len(h.Requests[0].Fields[0].Value) != value {
		t.Fatalf("the bomb was not set up: %d fields", len(h.Requests[0].Fields))
	}
	if n := len(h.Requests[1].Fields); n != maxFields/(value+33) {
		t.Errorf("%d fields of the largest list", n)
	}
	total := 0
	for _, r := range h.Requests {
		for _, f := range r.Fields {
			total += len(f.Name) + len(f.Value) + 32
		}
	}
	if total > maxKept || total < maxKept*9/10 {
		t.Errorf("%d bytes kept, %d allowed", total, maxKept)
	}
	if last := h.Requests[len(h.Requests)-1]; len(h.Requests) != 43 || last.Stream != 1001 || last.Fields != nil {
		t.Errorf("%d requests; the last is %+v: the count must be right, the fields cannot", len(h.Requests), last)
	}
}

// TestHTTP2Forget follows a connection for longer than its requests can be kept.
func TestHTTP2Forget(t *testing.T) {
	p := NewHTTP2Parser()
	p.Forget() // nothing yet
	if _, err := p.Write(newFrameWriter().settings().raw(frameHeaders, 0x5, 1, append([]byte{0x40, 1, 'x', 0x7f, 0xa1, 0x1e}, make([]byte, 4000)...)).Bytes()); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(200) { // 200 times 800,000 bytes
		stream := 3 + 2*i
		w := &frameWriter{}
		w.Framer = http2.NewFramer(&w.Buffer, nil)
		w.raw(frameHeaders, 0x5, stream, bytes.Repeat([]byte{0xbe}, 200))
		if _, err := p.Write(w.Bytes()); err != nil {
			t.Fatal(err)
		}
		before := p.HTTP2().Requests
		p.Forget()
		after := p.HTTP2().Requests
		if len(after) != 1 || after[0].Stream != stream || len(after[0].Fields) != 200 || len(before) != 2 || before[1].Stream != stream {
			t.Fatalf("request %d: %d requests before, %d after Forget", i, len(before), len(after))
		}
		w.Reset()
		if _, err := p.Write(w.window(stream, 5).Bytes()); err != nil || len(p.HTTP2().Requests[0].After) != 1 {
			t.Fatalf("request %d: the frame after it is lost (%v)", i, err)
		}
	}
}

func TestHTTP2Skip(t *testing.T) {
	w := newFrameWriter().settings().raw(frameHeaders, 0x4, 1, nil)
	p := NewHTTP2Parser()
	if _, err := p.Write(append(bytes.Clone(w.Bytes()), 0, 0, 100, frameData, 0, 0, 0, 0, 1, 7)); err != nil {
		t.Fatal(err)
	}
	if err := p.Skip(99); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte{0, 0, 1, 0xbb, 0, 0, 0, 0, 0, 1}); err != nil {
		t.Fatal(err)
	}
	if err := p.Skip(1); err == nil {
		t.Error("skipped a byte that is not payload")
	}
}

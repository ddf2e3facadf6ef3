package fpserver

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// newFrameTee returns a tee as it is behind the preface.
func newFrameTee(limit int) *frameTee {
	rec := &recording{limit: limit, budget: &budget{max: 1 << 40}}
	if rec.reserve(len(fingerprint.Preface)) {
		rec.keep([]byte(fingerprint.Preface))
	}
	return &frameTee{rec: rec, log: &requestLog{budget: rec.budget}}
}

// passThrough feeds a tee in pieces of random length up to n and returns what comes out.
func passThrough(tee *frameTee, in []byte, n int) []byte {
	var out []byte
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for len(in) > 0 {
		k := min(len(in), 1+r.IntN(n))
		out = append(out, tee.feed(in[:k], nil)...)
		in = in[k:]
	}
	return out
}

// client writes frames as a test needs them.
type client struct {
	bytes.Buffer
	*http2.Framer
	block bytes.Buffer
	enc   *hpack.Encoder
}

func newClient() *client {
	c := &client{}
	c.Framer = http2.NewFramer(&c.Buffer, nil)
	c.Framer.AllowIllegalWrites = true
	c.enc = hpack.NewEncoder(&c.block)
	return c
}

func (c *client) encode(fields ...string) []byte {
	c.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		c.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(c.block.Bytes())
}

func (c *client) get(path string, more ...string) []byte {
	return c.encode(append([]string{":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", path}, more...)...)
}

// conversation has every kind of frame that a tee must understand.
func conversation() []byte {
	c := newClient()
	c.WriteSettings(http2.Setting{ID: 1, Val: 65536}, http2.Setting{ID: 8, Val: 1})
	c.WriteWindowUpdate(0, 1<<20)
	c.WritePriority(3, http2.PriorityParam{Weight: 200})
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.get("/plain"), EndHeaders: true, EndStream: true})
	c.WriteWindowUpdate(1, 12451840)
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: c.get("/padded"), EndHeaders: true, PadLength: 77, EndStream: true})
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 5, BlockFragment: c.get("/priority"), EndHeaders: true, PadLength: 1,
		Priority: http2.PriorityParam{StreamDep: 3, Weight: 41, Exclusive: true}})
	c.WriteData(5, false, bytes.Repeat([]byte("d"), 9000))
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 5, BlockFragment: c.encode("x-trailer", "t"), EndHeaders: true, EndStream: true})
	block := c.get("/continued", "x-long", strings.Repeat("~", 30000))
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 7, BlockFragment: block[:10]})
	c.WriteContinuation(7, false, nil)
	c.WriteContinuation(7, false, block[10:16000])
	c.WriteContinuation(7, true, block[16000:])
	c.WriteDataPadded(7, false, bytes.Repeat([]byte("e"), 5000), make([]byte, 100))
	c.WriteData(7, true, bytes.Repeat([]byte("f"), 5000))
	c.WriteRawFrame(0x1f, 0, 0, []byte("grease"))
	block = c.get("/split at the end")
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 9, BlockFragment: block, EndStream: true})
	c.WriteContinuation(9, true, nil)
	c.WriteRSTStream(9, http2.ErrCodeCancel)
	c.WritePing(true, [8]byte{})
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 11, BlockFragment: c.get("/last"), EndHeaders: true, EndStream: true})
	return c.Bytes()
}

func TestFrameTee(t *testing.T) {
	t.Parallel()
	in := conversation()
	var want fingerprint.HTTP2
	for _, piece := range []int{1, 5, 100, 5000, 1 << 20} {
		for _, limit := range []int{1 << 20, 7000, 100} { // a recording that is long enough, and two that are not
			tee := newFrameTee(limit)
			out := passThrough(tee, in, piece)
			checkOutput(t, in, out, map[string]string{
				"/plain": "1.0", "/padded": "3.1", "/priority": "5.2", "/continued": "7.3", "/split at the end": "9.4", "/last": "11.5",
			})
			tee.log.catchUp(tee.rec)
			if err := tee.log.failure(); err != nil {
				t.Fatalf("pieces of %d, limit %d: %v", piece, limit, err)
			}
			got := *cloneHTTP2(tee.log.http2(maxKept))
			if want.Requests == nil {
				want = parseWhole(t, in)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("pieces of %d, limit %d: the log differs: %+v", piece, limit, got)
			}
			if tee.count != 6 || tee.rec.full != (limit < 1<<20) || len(tee.rec.bytes) > limit {
				t.Errorf("pieces of %d, limit %d: %d requests, full %t, %d bytes", piece, limit, tee.count, tee.rec.full, len(tee.rec.bytes))
			}
			f, err := fingerprint.Parse(&fingerprint.Capture{Client: tee.rec.bytes, Elided: tee.rec.elided})
			if limit == 1<<20 && (err != nil || !reflect.DeepEqual(*f.HTTP2, want)) {
				t.Errorf("pieces of %d: Parse of the recording differs: %v", piece, err)
			}
		}
	}
	if len(want.Opening) != 3 || len(want.Requests) != 6 || len(want.Requests[0].After) != 1 {
		t.Errorf("the conversation lacks what it is for: %d frames, %d requests", len(want.Opening), len(want.Requests))
	}
}

// parseWhole reads the frames without recording.
func parseWhole(t *testing.T, in []byte) fingerprint.HTTP2 {
	t.Helper()
	p := fingerprint.NewHTTP2Parser()
	p.Write([]byte(fingerprint.Preface))
	if _, err := p.Write(in); err != nil {
		t.Fatal(err)
	}
	return *p.HTTP2()
}

// checkOutput compares what went in with what came out, frame by frame.
func checkOutput(t *testing.T, in, out []byte, streams map[string]string) {
	t.Helper()
	a, b := http2.NewFramer(nil, bytes.NewReader(in)), http2.NewFramer(nil, bytes.NewReader(out))
	for _, f := range []*http2.Framer{a, b} {
		f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	}
	for {
		want, err1 := a.ReadFrame()
		got, err2 := b.ReadFrame()
		if err1 != nil || err2 != nil {
			if fmt.Sprint(err1) != fmt.Sprint(err2) {
				t.Errorf("errors: %v before, %v behind the tee", err1, err2)
			}
			return
		}
		h, ok := got.(*http2.MetaHeadersFrame)
		if !ok {
			if fmt.Sprint(want.Header()) != fmt.Sprint(got.Header()) {
				t.Errorf("%v became %v", want, got)
			}
			continue
		}
		w := want.(*http2.MetaHeadersFrame)
		if stream, ok := streams[w.PseudoValue("path")]; ok {
			last := h.Fields[len(h.Fields)-1]
			if last.Name != streamField() || last.Value != stream {
				t.Errorf("%s ends with %v, want %s", w.PseudoValue("path"), last, stream)
			}
			h.Fields = h.Fields[:len(h.Fields)-1]
		}
		if !slices.Equal(w.Fields, h.Fields) || w.Priority != h.Priority || w.StreamEnded() != h.StreamEnded() {
			t.Errorf("%v became %v", w, h)
		}
	}
}

// TestFrameTeeKeepsErrors checks that what is wrong is wrong behind the tee as well, and in the same way.
func TestFrameTeeKeepsErrors(t *testing.T) {
	t.Parallel()
	good := newClient().get("/")
	frame := func(typ, flags byte, stream uint32, payload []byte) []byte {
		b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), typ, flags}
		return append(binary.BigEndian.AppendUint32(b, stream), payload...)
	}
	literal := append(bytes.Clone(good), 0x40, 3, 'a', 'b', 'c', 60, 'v')
	for _, row := range []struct {
		name   string
		in     []byte
		reason string
	}{
		{"literal cut off", frame(1, 5, 1, literal), "the stream field must not complete it"},
		{"literal as long as the stream field", frame(1, 5, 1, append(bytes.Clone(good), 0x40, 3, 'a', 'b', 'c', byte(1+len(appendStreamField(nil, 1, 0))), 'v')), "which would complete it exactly"},
		{"literal cut off in its length", frame(1, 5, 1, append(bytes.Clone(good), 0x40, 0x7f)), "as above"},
		{"number cut off", frame(1, 5, 1, append(bytes.Clone(good), 0xff)), "as above"},
		{"number cut off later", frame(1, 5, 1, append(bytes.Clone(good), 0xff, 0x80)), "as above"},
		{"huffman cut off", frame(1, 5, 1, append(bytes.Clone(good), 0x40, 0x83, 0xff)), "as above"},
		{"long string cut off", frame(1, 5, 1, append(bytes.Clone(good), 0x40, 0x7f, 0x7f, 'x')), "longer than the stream field"},
		{"index zero", frame(1, 5, 1, append(bytes.Clone(good), 0x80)), "RFC 7541 §6.1"},
		{"unknown index", frame(1, 5, 1, []byte{0xfe}), "RFC 7541 §2.3.3"},
		{"cut off over frames", append(frame(1, 1, 1, literal[:5]), frame(9, 4, 1, literal[5:])...), "CONTINUATION"},
		{"padding too long", frame(1, 13, 1, append([]byte{200}, good...)), "RFC 9113 §6.2"},
		{"padding by one too long", frame(1, 13, 1, append([]byte{byte(len(good) + 1)}, good...)), "RFC 9113 §6.2"},
		{"priority cut off", frame(1, 0x25, 1, []byte{0, 0, 0}), "RFC 9113 §6.2"},
		{"no padding length", frame(1, 13, 1, nil), "RFC 9113 §6.2"},
		{"wrong CONTINUATION", append(frame(1, 1, 1, good), frame(9, 4, 3, nil)...), "RFC 9113 §6.10"},
		{"interrupted block", slices.Concat(frame(1, 1, 1, good), frame(0, 0, 1, nil), frame(9, 4, 1, nil)), "RFC 9113 §6.10"},
		{"lone CONTINUATION", frame(9, 4, 1, good), "RFC 9113 §6.10"},
		{"stream 0", frame(1, 5, 0, good), "RFC 9113 §6.2"},
	} {
		for _, piece := range []int{1, 1 << 10} {
			tee := newFrameTee(1 << 20)
			out := passThrough(tee, row.in, piece)
			if want, got := frameError(row.in), frameError(out); want == nil || fmt.Sprint(want) != fmt.Sprint(got) {
				t.Errorf("%s (%s): %v before, %v behind the tee", row.name, row.reason, want, got)
			}
			tee.log.catchUp(tee.rec)
		}
	}
}

// frameError reads frames up to the first error.
func frameError(b []byte) error {
	f := http2.NewFramer(nil, bytes.NewReader(b))
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		if _, err := f.ReadFrame(); err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return err
		}
	}
}

// TestReplayBrowsers sends what real browsers sent through the tee.
func TestReplayBrowsers(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("../golden/captures/*/h2*.json")
	n := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		evidence := decode[struct{ Connections []fingerprint.Capture }](t, b)
		for i := range evidence.Connections {
			k := &evidence.Connections[i]
			frames, ok := strings.CutPrefix(string(k.Client), fingerprint.Preface)
			if !ok || len(k.Elided) > 0 {
				continue
			}
			n++
			want, err := fingerprint.Parse(k)
			if err != nil {
				t.Fatal(err)
			}
			for _, piece := range []int{1, 50, 5000} {
				tee := newFrameTee(1 << 20)
				out := passThrough(tee, []byte(frames), piece)
				if added := len(out) - len(frames); added != len(want.HTTP2.Requests)*len(appendStreamField(nil, 1, 0)) && len(want.HTTP2.Requests) < 5 {
					t.Errorf("%s: %d requests made %d bytes more", file, len(want.HTTP2.Requests), added)
				}
				tee.log.catchUp(tee.rec)
				if got := cloneHTTP2(tee.log.http2(maxKept)); !reflect.DeepEqual(got, want.HTTP2) {
					t.Errorf("%s, connection %d: got %+v", file, i, got)
				}
			}
		}
	}
	if n == 0 {
		t.Skip("no captures of HTTP/2 are there")
	}
}

// FuzzFrameTee checks that a tee does not depend on how the bytes arrive, and that the log reads what is recorded.
func FuzzFrameTee(f *testing.F) {
	f.Add(conversation(), 3)
	f.Fuzz(func(t *testing.T, in []byte, n int) {
		if n < 1 {
			return
		}
		a, b := newFrameTee(3000), newFrameTee(3000)
		out := passThrough(a, in, n)
		if whole := b.feed(in, nil); !bytes.Equal(out, whole) {
			t.Errorf("pieces of %d come out as %x, the whole as %x", n, out, whole)
		}
		if a.count != b.count || !bytes.Equal(a.rec.bytes, b.rec.bytes) || !reflect.DeepEqual(a.rec.elided, b.rec.elided) {
			t.Errorf("pieces of %d: %d requests, %d bytes recorded; whole: %d, %d", n, a.count, len(a.rec.bytes), b.count, len(b.rec.bytes))
		}
		for _, tee := range []*frameTee{a, b} {
			tee.log.catchUp(tee.rec)
			rec := &fingerprint.Capture{Client: tee.rec.bytes, Elided: tee.rec.elided}
			if _, err := fingerprint.Parse(rec); err != nil && tee.log.err == nil {
				t.Errorf("Parse of the recording: %v; the log has no error", err)
			}
		}
	})
}

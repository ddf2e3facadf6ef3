package testnet

import (
	"bytes"
	"encoding/binary"
	"io"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// AppendFrame appends an HTTP/2 frame to b, whatever it says: nothing is checked.
func AppendFrame(b []byte, t http2.FrameType, flags http2.Flags, stream uint32, payload []byte) []byte {
	n := len(payload)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), byte(t), byte(flags))
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

// FrameWriter writes the frames of an HTTP/2 server, also such as no server may send. Each is one Write. Errors mean
// that the client has closed and are dropped: tests see that on the client's side. It is for one goroutine.
type FrameWriter struct {
	w     io.Writer
	enc   *hpack.Encoder
	block bytes.Buffer
}

// NewFrameWriter returns a writer to w.
func NewFrameWriter(w io.Writer) *FrameWriter {
	f := &FrameWriter{w: w}
	f.enc = hpack.NewEncoder(&f.block)
	return f
}

// Raw writes bytes as they are.
func (f *FrameWriter) Raw(b []byte) { f.w.Write(b) }

// Frame writes any frame.
func (f *FrameWriter) Frame(t http2.FrameType, flags http2.Flags, stream uint32, payload []byte) {
	f.Raw(AppendFrame(nil, t, flags, stream, payload))
}

// Settings writes a SETTINGS frame.
func (f *FrameWriter) Settings(s ...http2.Setting) {
	var b []byte
	for _, s := range s {
		b = binary.BigEndian.AppendUint16(b, uint16(s.ID))
		b = binary.BigEndian.AppendUint32(b, s.Val)
	}
	f.Frame(http2.FrameSettings, 0, 0, b)
}

// Encode returns a header block of name, value pairs. Blocks must be sent in the order in which they were encoded: they
// share the dynamic table.
func (f *FrameWriter) Encode(pairs ...string) []byte {
	f.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		f.enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return bytes.Clone(f.block.Bytes())
}

// Headers writes HEADERS with name, value pairs; end sets END_STREAM.
func (f *FrameWriter) Headers(stream uint32, end bool, pairs ...string) {
	flags := http2.FlagHeadersEndHeaders
	if end {
		flags |= http2.FlagHeadersEndStream
	}
	f.Frame(http2.FrameHeaders, flags, stream, f.Encode(pairs...))
}

// Data writes DATA; end sets END_STREAM.
func (f *FrameWriter) Data(stream uint32, end bool, b []byte) {
	var flags http2.Flags
	if end {
		flags = http2.FlagDataEndStream
	}
	f.Frame(http2.FrameData, flags, stream, b)
}

// Respond writes a complete 200 with the body.
func (f *FrameWriter) Respond(stream uint32, body string) {
	f.Headers(stream, false, ":status", "200")
	f.Data(stream, true, []byte(body))
}

// Begin writes a 200 and the first bytes of its body. The stream stays open.
func (f *FrameWriter) Begin(stream uint32, body string) {
	f.Headers(stream, false, ":status", "200")
	f.Data(stream, false, []byte(body))
}

// RST writes RST_STREAM.
func (f *FrameWriter) RST(stream uint32, code http2.ErrCode) {
	f.Frame(http2.FrameRSTStream, 0, stream, binary.BigEndian.AppendUint32(nil, uint32(code)))
}

// WindowUpdate writes WINDOW_UPDATE; stream 0 is the connection.
func (f *FrameWriter) WindowUpdate(stream, increment uint32) {
	f.Frame(http2.FrameWindowUpdate, 0, stream, binary.BigEndian.AppendUint32(nil, increment))
}

// GoAway writes GOAWAY: last is the last stream that the server may process.
func (f *FrameWriter) GoAway(last uint32, code http2.ErrCode, debug string) {
	b := binary.BigEndian.AppendUint32(nil, last)
	f.Frame(http2.FrameGoAway, 0, 0, append(binary.BigEndian.AppendUint32(b, uint32(code)), debug...))
}

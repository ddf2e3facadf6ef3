package fingerprint

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/net/http2/hpack"
)

// Preface is the client connection preface of HTTP/2 (RFC 9113 §3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// What one connection may make an [HTTP2Parser] keep.
const (
	maxOpening  = 128       // frames before the first request
	maxRequests = 4096      // requests; later ones are read but not kept
	maxAfter    = 8         // frames right after a header block
	maxBefore   = 8         // other frames between two requests
	maxSettings = 64        // parameters of one SETTINGS frame
	maxBlock    = 256 << 10 // bytes of one header block, as sent
	maxFields   = 1 << 20   // bytes of one header list, decoded (RFC 9113 §6.5.2 counts 32 more for each field)
	maxKept     = 16 << 20  // bytes of all header lists, counted in the same way
	maxPayload  = 256       // bytes of a frame of unknown type
	maxTable    = 64 << 10  // bytes of the HPACK dynamic table that a client may ask for
	maxFrame    = 1 << 20   // bytes of one frame that is not DATA
)

// Frame types (RFC 9113 §6).
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	framePriority     = 0x2
	frameSettings     = 0x4
	framePing         = 0x6
	frameWindowUpdate = 0x8
	frameContinuation = 0x9
)

var frameNames = [...]string{"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"}

// HTTP2Parser reads the client's half of an HTTP/2 connection in pieces of any size, with bounded memory. It keeps the
// opening and the first 4096 requests: of each header list the first MiB, and no more lists once they take 16 MiB (a
// later request has nil Fields). It is not safe for concurrent use.
type HTTP2Parser struct {
	out      HTTP2
	preface  int // bytes of it seen
	buf      []byte
	data     int64 // bytes of a DATA payload still to pass
	dec      *hpack.Decoder
	block    []byte // header block in progress
	head     Request
	inBlock  bool
	before   []Frame
	adjacent bool   // the last frame belongs to the last request's header block or its After
	maxID    uint32 // highest stream opened
	fields   []Field
	size     int // of the header list in progress
	kept     int // of all header lists before it
	err      error
}

// NewHTTP2Parser returns a parser that expects the connection preface next.
func NewHTTP2Parser() *HTTP2Parser {
	p := &HTTP2Parser{out: HTTP2{Opening: []Frame{}, Requests: []Request{}}}
	p.dec = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if p.size += fieldSize(f.Name, f.Value); p.size > maxFields {
			p.dec.SetEmitEnabled(false)
			return
		}
		p.fields = append(p.fields, Field{Name: f.Name, Value: f.Value})
	})
	p.dec.SetMaxStringLength(maxBlock)
	p.dec.SetAllowedMaxDynamicTableSize(maxTable)
	return p
}

// HTTP2 returns what has been read so far. The parser goes on to append to it.
func (p *HTTP2Parser) HTTP2() *HTTP2 { return &p.out }

// Forget drops the requests that were kept, except the last, to which frames can still be added. With it a parser can
// follow a connection for longer than it can keep its requests; what HTTP2 returned before stays as it was.
func (p *HTTP2Parser) Forget() {
	n := len(p.out.Requests)
	if n == 0 {
		return
	}
	p.out.Requests = []Request{p.out.Requests[n-1]}
	p.kept = 0
	for _, f := range p.out.Requests[0].Fields {
		p.kept += fieldSize(f.Name, f.Value)
	}
}

// fieldSize is the size of a field in a header list (RFC 9113 §6.5.2).
func fieldSize(name, value string) int { return len(name) + len(value) + 32 }

// Skip tells the parser that the next n bytes are DATA payload that will not be written to it.
func (p *HTTP2Parser) Skip(n int64) error {
	if p.err == nil && (n < 0 || n > p.data) {
		p.err = errors.New("elided bytes outside a DATA frame")
	}
	p.data -= n
	return p.err
}

// Write consumes the next bytes. After the first error, which is a connection error, every call returns it again.
func (p *HTTP2Parser) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 && p.err == nil {
		switch {
		case p.preface < len(Preface):
			if b[0] != Preface[p.preface] {
				p.err = errors.New("not the connection preface")
				continue
			}
			p.preface++
			b = b[1:]
		case p.data > 0:
			k := min(p.data, int64(len(b)))
			p.data -= k
			b = b[k:]
		default:
			b = p.frameBytes(b)
		}
	}
	return n - len(b), p.err
}

// frameBytes moves bytes into the frame being gathered and handles it when it is whole.
func (p *HTTP2Parser) frameBytes(b []byte) []byte {
	need := 9
	if len(p.buf) >= 9 {
		need = 9 + frameLength(p.buf)
	}
	k := min(need-len(p.buf), len(b))
	p.buf = append(p.buf, b[:k]...)
	b = b[k:]
	if len(p.buf) < 9 {
		return b
	}
	n, typ := frameLength(p.buf), p.buf[3]
	if typ == frameData {
		p.data, p.adjacent, p.buf = int64(n), false, p.buf[:0]
		if p.inBlock {
			p.err = errors.New("DATA within a header block")
		}
		return b
	}
	if n > maxFrame {
		p.err = fmt.Errorf("frame of %d bytes", n)
		return b
	}
	if len(p.buf) == 9+n {
		p.frame(typ, p.buf[4], binary.BigEndian.Uint32(p.buf[5:])&^(1<<31), p.buf[9:])
		p.buf = p.buf[:0]
	}
	return b
}

func frameLength(h []byte) int { return int(h[0])<<16 | int(h[1])<<8 | int(h[2]) }

func (p *HTTP2Parser) frame(typ, flags byte, stream uint32, payload []byte) {
	const ack, endHeaders = 0x1, 0x4
	switch {
	case p.inBlock && (typ != frameContinuation || stream != p.head.Stream):
		p.err = errors.New("a frame interrupts a header block")
	case typ == frameContinuation && !p.inBlock:
		p.err = errors.New("CONTINUATION without HEADERS")
	case typ == frameHeaders:
		p.headers(flags, stream, payload)
	case typ == frameContinuation:
		p.head.Continuations++
		p.block = append(p.block, payload...)
		if len(p.block) > maxBlock {
			p.err = fmt.Errorf("header block longer than %d bytes", maxBlock)
		} else if flags&endHeaders != 0 {
			p.endBlock()
		}
	case (typ == frameSettings || typ == framePing) && flags&ack != 0:
		p.adjacent = false
	default:
		f, err := parseFrame(typ, stream, payload)
		if err != nil {
			p.err = err
			return
		}
		p.keep(f)
	}
}

// keep files a frame under the opening, or under the request that it directly follows.
func (p *HTTP2Parser) keep(f Frame) {
	if p.maxID == 0 {
		if len(p.out.Opening) < maxOpening {
			p.out.Opening = append(p.out.Opening, f)
		}
		return
	}
	if !p.adjacent || f.Stream != p.maxID || f.Type == "RST_STREAM" {
		p.adjacent = false
		if f.Type != "WINDOW_UPDATE" && f.Type != "RST_STREAM" && len(p.before) < maxBefore {
			if f.Type == "PING" {
				f.Payload = nil
			}
			p.before = append(p.before, f)
		}
		return
	}
	if r := &p.out.Requests[len(p.out.Requests)-1]; len(r.After) < maxAfter {
		r.After = append(r.After, f)
	}
}

func (p *HTTP2Parser) headers(flags byte, stream uint32, b []byte) {
	const endStream, endHeaders, padded, priority = 0x1, 0x4, 0x8, 0x20
	padding := 0
	if flags&padded != 0 {
		if len(b) == 0 || int(b[0]) > len(b)-1 {
			p.err = errors.New("padding longer than the frame")
			return
		}
		padding = 1 + int(b[0])
		b = b[1 : len(b)-int(b[0])]
	}
	p.head = Request{Stream: stream, EndStream: flags&endStream != 0, Padding: padding}
	if flags&priority != 0 {
		if len(b) < 5 {
			p.err = errors.New("HEADERS frame too short for its priority")
			return
		}
		p.head.Priority = parsePriority(b)
		b = b[5:]
	}
	p.block, p.inBlock = append(p.block[:0], b...), true
	if flags&endHeaders != 0 {
		p.endBlock()
	}
}

// endBlock decodes the header block. Blocks on streams opened before are trailers: they only move the HPACK state.
func (p *HTTP2Parser) endBlock() {
	p.inBlock = false
	p.fields, p.size = make([]Field, 0, min(len(p.fields), 64)), 0 // most blocks have as many fields as the one before
	p.dec.SetEmitEnabled(true)
	_, err := p.dec.Write(p.block)
	if err == nil {
		err = p.dec.Close()
	}
	var forms []Form
	if err == nil {
		forms, p.head.TableSizeUpdates, err = blockForms(p.block)
	}
	if err != nil {
		p.err = fmt.Errorf("stream %d: %w", p.head.Stream, err)
		return
	}
	p.adjacent = false
	if p.head.Stream <= p.maxID {
		return
	}
	p.maxID = p.head.Stream
	p.head.Before, p.before = p.before, nil
	if len(p.out.Requests) >= maxRequests {
		return
	}
	if p.kept += min(p.size, maxFields); p.kept <= maxKept {
		for i := range p.fields {
			p.fields[i].Form = forms[i]
		}
		p.head.Fields = p.fields
	}
	p.out.Requests = append(p.out.Requests, p.head)
	p.adjacent = true
}

func parsePriority(b []byte) *Priority {
	d := binary.BigEndian.Uint32(b)
	return &Priority{Weight: int(b[4]) + 1, DependsOn: d &^ (1 << 31), Exclusive: d>>31 == 1}
}

func parseFrame(typ byte, stream uint32, b []byte) (Frame, error) {
	f := Frame{Stream: stream}
	if int(typ) < len(frameNames) {
		f.Type = frameNames[typ]
	} else {
		f.Type = fmt.Sprintf("0x%02x", typ)
	}
	bad, size := false, len(b)
	switch typ {
	case framePriority:
		if bad = len(b) != 5; !bad {
			f.Priority = parsePriority(b)
		}
	case frameWindowUpdate:
		if bad = len(b) != 4; !bad {
			f.Increment = binary.BigEndian.Uint32(b) &^ (1 << 31)
		}
	case frameSettings:
		bad = len(b)%6 != 0
		for ; len(b) >= 6 && len(f.Settings) < maxSettings; b = b[6:] {
			f.Settings = append(f.Settings, Setting{ID: binary.BigEndian.Uint16(b), Value: binary.BigEndian.Uint32(b[2:])})
		}
	default:
		f.Payload = append(Hex(nil), b[:min(len(b), maxPayload)]...)
	}
	if bad {
		return f, fmt.Errorf("%s frame of %d bytes", f.Type, size)
	}
	return f, nil
}

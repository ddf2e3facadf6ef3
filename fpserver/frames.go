package fpserver

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/http2"
)

// Neither net/http nor x/net tells a handler which stream it serves. So the frame tee appends one field to each header
// block that opens a stream: with a name that no client can know, and as a literal without indexing (RFC 7541 §6.2.2),
// so that the block's other bytes and the dynamic table stay what the client made them.
var streamField = sync.OnceValue(func() string { return "fpserver-" + strings.ToLower(rand.Text()) })

// streamKey is the stream field's name as net/http spells it.
var streamKey = sync.OnceValue(func() string { return http.CanonicalHeaderKey(streamField()) })

// appendStreamField appends the stream field: "STREAM.INDEX".
func appendStreamField(b []byte, stream uint32, index int) []byte {
	name := streamField()
	b = append(b, 0, byte(len(name)))
	b = append(b, name...)
	var value [32]byte
	v := strconv.AppendUint(value[:0], uint64(stream), 10)
	v = strconv.AppendInt(append(v, '.'), int64(index), 10)
	b = append(b, byte(len(v)))
	return append(b, v...)
}

func parseStreamField(s string) (stream uint32, index int, ok bool) {
	a, b, _ := strings.Cut(s, ".")
	id, err1 := strconv.ParseUint(a, 10, 31)
	n, err2 := strconv.Atoi(b)
	return uint32(id), n, err1 == nil && err2 == nil && n >= 0
}

const (
	frameHeader = 9
	maxHeld     = 512 << 10 // bytes of a HEADERS or CONTINUATION frame: net/http refuses those of twice MaxHeaderBytes
	maxBodies   = 1024      // streams whose kept body bytes are counted
)

// frameTee reads the frames of a HTTP/2 connection as they pass to net/http. They pass byte for byte, except that the
// stream field is appended to header blocks. It takes no position on errors: what is wrong passes unchanged, and net/http
// answers.
type frameTee struct {
	rec *recording
	log *requestLog

	header [frameHeader]byte // frame header in progress
	n      int               // bytes of it
	typ    http2.FrameType
	flags  http2.Flags
	stream uint32
	length int // of the payload
	left   int // bytes of it to come
	keep   int // bytes of it to record

	maxID   uint32  // highest stream opened
	count   int     // streams opened
	opens   bool    // the header block in progress opens a stream
	block   skimmer // of that block
	holding bool    // the frame is part of it, and waits until it is whole
	held    []byte  // what has arrived of its payload

	starts []int          // where the first HEADERS frames lie in the recording
	bodies map[uint32]int // kept body bytes by stream
}

// eager tells whether the log cannot wait any longer.
func (t *frameTee) eager() bool { return t.rec.full || t.count > maxKept }

// feed looks at the next bytes of the client and appends what net/http shall see to out.
func (t *frameTee) feed(b, out []byte) []byte {
	for len(b) > 0 {
		if t.left > 0 {
			k := min(t.left, len(b))
			t.left -= k
			t.record(b[:k])
			out = t.payload(b[:k], out)
			b = b[k:]
			continue
		}
		k := copy(t.header[t.n:], b)
		t.n += k
		if b = b[k:]; t.n < frameHeader {
			break
		}
		t.n = 0
		t.frame()
		switch {
		case !t.holding:
			out = append(out, t.header[:]...)
		case t.length == 0:
			out = t.blockFrame(nil, out)
		}
	}
	if t.eager() {
		t.log.catchUp(t.rec)
	}
	return out
}

// payload passes on, or holds, the next bytes of a payload.
func (t *frameTee) payload(b, out []byte) []byte {
	switch {
	case !t.holding:
		return append(out, b...)
	case t.left > 0:
		t.held = append(t.held, b...)
		return out
	case len(t.held) > 0:
		b = append(t.held, b...)
		t.held = nil
	}
	return t.blockFrame(b, out)
}

// frame looks at a whole frame header.
func (t *frameTee) frame() {
	h := t.header[:]
	t.length = int(h[0])<<16 | int(h[1])<<8 | int(h[2])
	t.typ, t.stream = http2.FrameType(h[3]), binary.BigEndian.Uint32(h[5:])&^(1<<31)
	t.left, t.keep = t.length, t.length
	t.flags = http2.Flags(h[4])
	at := len(t.rec.bytes)
	if t.typ == http2.FrameData {
		t.keep = t.keptBody(t.flags.Has(http2.FlagDataEndStream))
	}
	if t.rec.reserve(frameHeader + t.keep) {
		t.rec.keep(h)
	} else {
		t.log.catchUp(t.rec)
		t.log.write(h)
	}
	t.headerBlock(at)
}

// keptBody decides how many bytes of a DATA frame are recorded: the first ones of each body.
func (t *frameTee) keptBody(ends bool) int {
	n := t.bodies[t.stream]
	keep := min(t.length, keepBody-n)
	switch {
	case ends:
		delete(t.bodies, t.stream)
	case keep > 0:
		if t.bodies == nil || len(t.bodies) >= maxBodies { // most of them ended without END_STREAM
			t.bodies = map[uint32]int{}
		}
		t.bodies[t.stream] = n + keep
	}
	return keep
}

// headerBlock finds out whether the frame is part of a header block that opens a stream.
func (t *frameTee) headerBlock(at int) {
	switch {
	case t.typ == http2.FrameHeaders:
		if t.opens = t.stream > t.maxID; t.opens { // others are trailers
			t.maxID = t.stream
			if t.count++; len(t.starts) < maxKept && !t.rec.full {
				t.starts = append(t.starts, at)
			}
			t.block = skimmer{}
		}
	case t.typ != http2.FrameContinuation || t.stream != t.maxID:
		t.opens = false
	}
	if t.holding = t.opens && t.length <= maxHeld; t.opens && !t.holding {
		t.block.state = skimBroken
	}
}

// blockFrame passes on a whole frame of a header block that opens a stream. Where the block ends it appends the stream
// field, unless that would change what is wrong with the block.
func (t *frameTee) blockFrame(payload, out []byte) []byte {
	h := t.header
	fragment, end, ok := t.fragment(payload)
	if !ok {
		t.block.state = skimBroken
	}
	t.block.feed(fragment)
	if !t.flags.Has(http2.FlagHeadersEndHeaders) { // CONTINUATION has the same flag
		return append(append(out, h[:]...), payload...)
	}
	t.opens = false
	if !t.block.whole() {
		return append(append(out, h[:]...), payload...)
	}
	at := len(out)
	out = append(append(out, h[:]...), payload[:end]...)
	out = appendStreamField(out, t.stream, t.count-1)
	n := len(out) - at - frameHeader + len(payload) - end
	out[at], out[at+1], out[at+2] = byte(n>>16), byte(n>>8), byte(n)
	return append(out, payload[end:]...)
}

// fragment returns the frame's part of the header block, and where in the payload that ends.
func (t *frameTee) fragment(payload []byte) (part []byte, end int, ok bool) {
	start, end := 0, len(payload)
	if t.typ == http2.FrameHeaders {
		if t.flags.Has(http2.FlagHeadersPadded) {
			if end == 0 {
				return nil, 0, false
			}
			start, end = 1, end-int(payload[0])
		}
		if t.flags.Has(http2.FlagHeadersPriority) {
			start += 5
		}
	}
	if start > end {
		return nil, 0, false
	}
	return payload[start:end], end, true
}

// record keeps what is to be kept of the next bytes of a payload.
func (t *frameTee) record(b []byte) {
	k := min(len(b), t.keep)
	t.keep -= k
	if t.rec.full {
		t.direct(b)
		return
	}
	t.rec.keep(b[:k])
	if k < len(b) {
		if t.rec.elide(len(b) - k); t.rec.full {
			t.direct(b[k:])
		}
	}
}

// direct gives payload bytes that are not recorded to the log.
func (t *frameTee) direct(b []byte) {
	t.log.catchUp(t.rec)
	if t.typ == http2.FrameData {
		t.log.skip(int64(len(b)))
	} else {
		t.log.write(b)
	}
}

// rest returns what has arrived of a frame header that is not complete.
func (t *frameTee) rest() []byte { return t.header[:t.n] }

// frameReader is the reading half of a connection with a frameTee in it.
type frameReader struct {
	wire transport
	mu   *sync.Mutex // guards tee
	tee  *frameTee
	in   []byte
	out  []byte // what net/http has not read yet
	buf  []byte // the memory of out
}

func (r *frameReader) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if k := min(r.tee.left, len(p)); k >= 512 && r.tee.typ == http2.FrameData { // no need to buffer bodies
			n, err := r.wire.Read(p[:k])
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.tee.rec.sealed {
				return 0, net.ErrClosed
			}
			r.tee.left -= n
			r.tee.record(p[:n])
			return n, err
		}
		n, err := r.wire.Read(r.in)
		if n > 0 {
			r.mu.Lock()
			if r.tee.rec.sealed { // what is still on its way to net/http does not belong to the record
				r.mu.Unlock()
				return 0, net.ErrClosed
			}
			r.buf = r.tee.feed(r.in[:n], r.buf[:0])
			r.mu.Unlock()
			r.out = r.buf
			if cap(r.buf) > 1<<16 {
				r.buf = nil // r.out has it
			}
		}
		if err != nil && len(r.out) == 0 {
			return 0, err
		}
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

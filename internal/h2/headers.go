package h2

import (
	"errors"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
)

// block is a header block being received. It is decoded as it comes, also when nobody wants it: the decoder's table
// must see every block of the connection.
type block struct {
	stream    uint32
	endStream bool
	push      bool
	promise   uint32
	frames    int // CONTINUATION frames
	wire      int // bytes of all frames, with their headers
	size      uint32
	large     bool   // it exceeds the limits
	bad       string // why it is malformed
	status    int
	regular   bool // a field that is no pseudo-header has come
	fields    []fingerprint.Field
}

func (c *Conn) beginBlock(b block, fragment []byte, end bool) error {
	c.block = b
	c.dec.SetEmitEnabled(true)
	return c.decode(fragment, end)
}

func (c *Conn) continueBlock(fragment []byte, end bool) error {
	if c.block.frames++; c.block.frames > maxContinuations {
		return &ConnError{Code: http2.ErrCodeEnhanceYourCalm, Reason: "too many CONTINUATION frames"}
	}
	return c.decode(fragment, end)
}

func (c *Conn) decode(fragment []byte, end bool) error {
	_, err := c.dec.Write(fragment)
	if err == nil && end {
		err = c.dec.Close()
	}
	if errors.Is(err, hpack.ErrStringLength) {
		return &ConnError{Code: http2.ErrCodeEnhanceYourCalm, Reason: "field longer than the header list may be"}
	}
	if err != nil {
		return &ConnError{Code: http2.ErrCodeCompression, Reason: err.Error()}
	}
	if !end {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { c.block.fields = nil }()
	return c.endBlock(&c.block)
}

// field takes one decoded field.
func (c *Conn) field(f hpack.HeaderField) {
	b := &c.block
	b.size += f.Size()
	if b.size > c.listSize || len(b.fields) >= maxListFields {
		b.large, b.fields = true, nil
		c.dec.SetEmitEnabled(false)
		return
	}
	if b.push || b.bad != "" {
		return
	}
	if len(f.Name) > 0 && f.Name[0] == ':' {
		b.pseudo(f.Name, f.Value)
		return
	}
	b.regular = true
	if b.bad = badResponseField(f.Name, f.Value); b.bad != "" {
		return
	}
	if b.fields == nil {
		b.fields = make([]fingerprint.Field, 0, 16)
	}
	b.fields = append(b.fields, fingerprint.Field{Name: f.Name, Value: trimSpace(f.Value)})
}

func (b *block) pseudo(name, value string) {
	switch n, err := strconv.Atoi(value); {
	case b.regular:
		b.bad = "pseudo-header field after others"
	case name != ":status":
		b.bad = "pseudo-header field " + strconv.Quote(name)
	case b.status != 0:
		b.bad = ":status twice"
	case err != nil || len(value) != 3 || n < 100:
		b.bad = ":status " + strconv.Quote(value)
	default:
		b.status = n
	}
}

// endBlock acts on a complete header block.
func (c *Conn) endBlock(b *block) error {
	if c.err != nil {
		return nil
	}
	if b.push {
		return c.onPushPromise(b)
	}
	s := c.streams[b.stream]
	if s != nil && s.trace != nil {
		c.traceHeaders(s, b)
		s = c.streams[b.stream] // it may have ended meanwhile
	}
	if s == nil {
		return c.late(b.stream, "HEADERS")
	}
	switch {
	case s.recvEnded:
		c.malformed(s, http2.ErrCodeStreamClosed, "HEADERS after the end of the response")
	case b.large:
		c.malformed(s, http2.ErrCodeEnhanceYourCalm, "header list too large")
	case b.bad != "":
		c.malformed(s, http2.ErrCodeProtocol, b.bad)
	case s.resp != nil:
		c.onTrailers(s, b)
	case b.status == 0:
		c.malformed(s, http2.ErrCodeProtocol, "response without :status")
	case b.status < 200:
		c.onInterim(s, b)
	default:
		c.onResponse(s, b)
	}
	return nil
}

// onInterim passes over a 1xx response.
func (c *Conn) onInterim(s *stream, b *block) {
	s.interim++
	switch {
	case b.endStream:
		c.malformed(s, http2.ErrCodeProtocol, "1xx response that ends the stream")
	case b.status == 101:
		c.malformed(s, http2.ErrCodeProtocol, "101 in HTTP/2")
	case s.interim > maxInterim:
		c.malformed(s, http2.ErrCodeEnhanceYourCalm, "too many 1xx responses")
	}
}

// onResponse hands out the head of the final response.
func (c *Conn) onResponse(s *stream, b *block) {
	length, ok := contentLength(b.fields)
	if !ok {
		c.malformed(s, http2.ErrCodeProtocol, "bad content-length")
		return
	}
	s.bodyless = s.head || b.status == 204 || b.status == 304
	s.length = length
	if b.endStream && length > 0 && !s.bodyless {
		c.endResponse(s) // fails: the body is missing
		return
	}
	if length < 0 && (b.endStream && !s.bodyless || b.status == 204) {
		length = 0
	}
	s.resp = &plan.Response{
		Proto: "HTTP/2.0", Status: b.status, Fields: b.fields, Length: length,
		Body: (*body)(s), Trailer: (*body)(s).trailers,
		Info: plan.Info{Reused: s.reused, Started: s.started, FirstByte: c.now(), HeadSent: s.headSize, HeadReceived: b.wire},
	}
	s.recv.Broadcast()
	if b.endStream {
		c.endResponse(s)
	}
}

func (c *Conn) onTrailers(s *stream, b *block) {
	switch {
	case !b.endStream:
		c.malformed(s, http2.ErrCodeProtocol, "second HEADERS does not end the stream")
	case b.status != 0:
		c.malformed(s, http2.ErrCodeProtocol, "pseudo-header field in trailers")
	default:
		s.trailer = b.fields
		c.endResponse(s)
	}
}

// onPushPromise refuses a pushed response. Only openings that do not disable push get here.
func (c *Conn) onPushPromise(b *block) error {
	if b.promise%2 != 0 || b.promise <= c.promised {
		return protocolError("PUSH_PROMISE of stream " + strconv.FormatUint(uint64(b.promise), 10))
	}
	if s := c.streams[b.stream]; s == nil && c.fate(b.stream) >= neverOpened || s != nil && s.recvEnded {
		return protocolError("PUSH_PROMISE on a stream that is not open")
	}
	c.promised = b.promise
	if err := c.spend(1, "pushed streams"); err != nil {
		return err
	}
	c.out = appendRSTStream(c.out, b.promise, http2.ErrCodeRefusedStream)
	return c.reply()
}

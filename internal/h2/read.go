package h2

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// readBuffer is small: it serves frame headers and short frames; long DATA payloads are read past it.
const readBuffer = 4096

// reader is what belongs to the read loop. Only promised is used by others, under the lock.
type reader struct {
	br       *bufio.Reader
	fr       *http2.Framer
	dec      *hpack.Decoder
	block    block
	chunk    *chunk // to be filled next
	begun    bool   // the server's SETTINGS have come
	acks     int    // our SETTINGS that the server has not acknowledged
	promised uint32 // the last stream that the server promised
	guard    guard
}

// readLoop reads until the connection fails or is closed.
func (c *Conn) readLoop() {
	c.chunk = newChunk()
	var err error
	for err == nil {
		err = c.readFrame()
	}
	c.chunk.free()
	ce := c.readError(err)
	c.mu.Lock()
	if c.broken != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		c.shut(c.broken, false)
	}
	c.shut(ce, ce.Code != http2.ErrCodeNo)
	c.mu.Unlock()
	if ce.Code != http2.ErrCodeNo {
		// Until the writer has closed the connection: what lay there unread would make the close a reset, and that
		// would overtake the GOAWAY.
		c.conn.SetReadDeadline(time.Now().Add(lingering))
		io.Copy(io.Discard, c.br)
	}
}

// readError turns an error of readFrame into that of the connection.
func (c *Conn) readError(err error) *ConnError {
	var ours *ConnError
	var framer http2.ConnectionError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &framer):
		ce := &ConnError{Code: ErrCode(framer), Reason: "bad frame"}
		if detail := c.fr.ErrorDetail(); detail != nil {
			ce.Reason = detail.Error()
		}
		return ce
	case errors.Is(err, http2.ErrFrameTooLarge):
		return &ConnError{Code: http2.ErrCodeFrameSize, Reason: "frame too large"}
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return &ConnError{Reason: "connection lost", Err: err}
}

// readFrame reads and handles one frame. Errors end the connection.
func (c *Conn) readFrame() error {
	h, err := c.fr.ReadFrameHeader()
	if err != nil && !framing(err) {
		return err
	}
	if !c.begun && (h.Type != http2.FrameSettings || h.Flags.Has(http2.FlagSettingsAck)) {
		return protocolError("the server does not start with SETTINGS")
	}
	c.begun = true
	if err != nil {
		return err
	}
	if h.Type == http2.FrameData {
		return c.readData(h)
	}
	if int(h.Length) < leastPayload(h) {
		return &ConnError{Code: http2.ErrCodeFrameSize, Reason: h.Type.String() + " frame too short"}
	}
	if h.Type == http2.FrameWindowUpdate && h.Length == 4 {
		if done, err := c.readWindowUpdate(h.StreamID); done || err != nil {
			return err
		}
	}
	f, err := c.fr.ReadFrameForHeader(h)
	if err != nil {
		return c.frameError(h, err)
	}
	return c.handle(f)
}

// readWindowUpdate reads the payload of a WINDOW_UPDATE: the Framer would take memory for it, and during an upload there is
// hardly another frame. It leaves an increment of 0, which is an error of the stream or the connection, to the Framer.
func (c *Conn) readWindowUpdate(stream uint32) (done bool, err error) {
	b, err := c.br.Peek(4)
	if err != nil {
		return false, err
	}
	increment := binary.BigEndian.Uint32(b) &^ (1 << 31)
	if increment == 0 {
		return false, nil
	}
	c.br.Discard(4)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return true, nil
	}
	return true, c.onWindowUpdate(stream, increment)
}

// framing reports whether an error of ReadFrameHeader is about the frame and not about the network.
func framing(err error) bool {
	var bad http2.ConnectionError
	return errors.Is(err, http2.ErrFrameTooLarge) || errors.As(err, &bad)
}

// leastPayload is what a frame that carries a header block must have before it.
func leastPayload(h http2.FrameHeader) (n int) {
	switch h.Type {
	case http2.FrameHeaders:
		if h.Flags.Has(http2.FlagHeadersPriority) {
			n = 5
		}
	case http2.FramePushPromise:
		n = 4
	default:
		return 0
	}
	if h.Flags.Has(http2.FlagHeadersPadded) {
		n++
	}
	return n
}

// frameError handles an error of ReadFrameForHeader: a frame may be wrong in itself but concern one stream only.
func (c *Conn) frameError(h http2.FrameHeader, err error) error {
	var one http2.StreamError
	if !errors.As(err, &one) {
		return err
	}
	if h.Type == http2.FrameHeaders { // its block would be missing in the decoder
		return protocolError("malformed HEADERS frame")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.streams[h.StreamID]; s != nil {
		c.malformed(s, one.Code, "bad "+h.Type.String()+" frame")
		return nil
	}
	if c.fate(h.StreamID) >= neverOpened {
		return protocolError(h.Type.String() + " on an idle stream")
	}
	return nil
}

func (c *Conn) handle(f http2.Frame) error {
	switch f := f.(type) {
	case *http2.HeadersFrame:
		return c.beginBlock(block{stream: f.StreamID, endStream: f.StreamEnded(), wire: headerLen + int(f.Length)}, f.HeaderBlockFragment(), f.HeadersEnded())
	case *http2.PushPromiseFrame:
		if !c.push {
			return protocolError("PUSH_PROMISE though push is disabled")
		}
		return c.beginBlock(block{stream: f.StreamID, push: true, promise: f.PromiseID}, f.HeaderBlockFragment(), f.HeadersEnded())
	case *http2.ContinuationFrame:
		c.block.wire += headerLen + int(f.Length)
		return c.continueBlock(f.HeaderBlockFragment(), f.HeadersEnded())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil // the writer is about to close the connection
	}
	switch f := f.(type) {
	case *http2.SettingsFrame:
		return c.onSettings(f)
	case *http2.PingFrame:
		return c.onPing(f)
	case *http2.WindowUpdateFrame:
		return c.onWindowUpdate(f.StreamID, f.Increment)
	case *http2.RSTStreamFrame:
		return c.onRSTStream(f)
	case *http2.GoAwayFrame:
		return c.onGoAway(f)
	case *http2.PriorityUpdateFrame:
		return protocolError("PRIORITY_UPDATE from a server") // RFC 9218 §7.1
	}
	return nil // PRIORITY means nothing any more, and types that nobody knows are ignored (RFC 9113 §4.1)
}

// fate tells what became of a stream that is not open.
func (c *Conn) fate(id uint32) ending {
	switch {
	case id%2 == 0 && id <= c.promised:
		return byUs
	case id%2 == 0 || id >= c.nextID:
		return idle
	case id < c.first:
		return neverOpened
	}
	return c.history.of(id)
}

// late handles HEADERS or DATA on a stream that is not open (RFC 9113 §5.1).
func (c *Conn) late(id uint32, frame string) error {
	switch c.fate(id) {
	case idle, neverOpened:
		return protocolError(frame + " on an idle stream")
	case byBoth:
		return &ConnError{Code: http2.ErrCodeStreamClosed, Reason: frame + " after the end of the stream"}
	case byServer:
		if err := c.spend(1, "frames on closed streams"); err != nil {
			return err
		}
		c.out = appendRSTStream(c.out, id, http2.ErrCodeStreamClosed)
		return c.reply()
	}
	return nil
}

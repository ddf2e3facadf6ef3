package wsecho

import (
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// echo is one connection.
type echo struct {
	h    *Handler
	conn *websocket.Conn
	wire *wire
	buf  []byte
}

// run echoes messages until the connection ends, and closes it.
func (e *echo) run(ctx context.Context) {
	e.conn.SetReadLimit(-1) // read has its own, which also counts what all connections hold
	e.buf = make([]byte, 0, keep)
	defer e.shrink()
	for {
		if err := e.message(ctx); err != nil {
			e.fail(err)
			return
		}
	}
}

// closing is the reason to end a connection with a close frame.
type closing struct {
	code   websocket.StatusCode
	reason string // at most 123 bytes
}

func (c *closing) Error() string { return c.reason }

// message echoes one message.
func (e *echo) message(ctx context.Context) error {
	typ, r, err := e.conn.Reader(ctx)
	if err != nil {
		return err
	}
	if err := e.read(r); err != nil {
		return err
	}
	if typ == websocket.MessageText && !utf8.Valid(e.buf) {
		return &closing{websocket.StatusInvalidFramePayloadData, "the text is not UTF-8"}
	}
	err = e.conn.Write(ctx, typ, e.buf)
	e.shrink()
	return err
}

// keep is the size of the buffer that a connection always has, in bytes.
const keep = 4 << 10

// read reads a message into the buffer, which grows as far as the message really comes, whatever its frames announce.
func (e *echo) read(r io.Reader) error {
	limit := e.h.opts.MaxMessage
	for {
		if len(e.buf) == cap(e.buf) {
			if err := e.grow(); err != nil {
				return err
			}
		}
		n, err := r.Read(e.buf[len(e.buf):cap(e.buf)])
		e.buf = e.buf[:len(e.buf)+n]
		switch {
		case limit >= 0 && int64(len(e.buf)) > limit:
			return &closing{websocket.StatusMessageTooBig, fmt.Sprintf("the message is longer than %d bytes", limit)}
		case err == io.EOF && e.wire.ended() != nil: // the end of the connection is not that of the message
			return io.ErrUnexpectedEOF
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// grow doubles the buffer.
func (e *echo) grow() error {
	if !e.h.memory.take(cap(e.buf)) {
		return &closing{websocket.StatusTryAgainLater, "the messages of all connections together are too long"}
	}
	e.buf = append(make([]byte, 0, 2*cap(e.buf)), e.buf...)
	return nil
}

// shrink empties the buffer and gives back what it has beyond its first size.
func (e *echo) shrink() {
	if more := cap(e.buf) - keep; more > 0 {
		e.h.memory.give(more)
		e.buf = make([]byte, 0, keep)
	}
	e.buf = e.buf[:0]
}

// fail ends the connection after err, as err deserves.
func (e *echo) fail(err error) {
	var (
		own     *closing
		corrupt flate.CorruptInputError
		closed  websocket.CloseError
	)
	lost := e.wire.ended()
	switch {
	case errors.As(err, &closed): // and answered
		e.conn.CloseNow()
	case errors.As(err, &own):
		e.end(own.code, own.reason)
	case errors.Is(lost, os.ErrDeadlineExceeded):
		e.end(websocket.StatusPolicyViolation, "silent for too long")
	case lost != nil:
		e.conn.CloseNow()
	case errors.As(err, &corrupt):
		e.end(websocket.StatusInvalidFramePayloadData, "the message cannot be decompressed")
	default: // a breach of the protocol, or a message that could not be written, when this cannot, either
		e.end(websocket.StatusProtocolError, "protocol error")
	}
}

// end closes the connection with a close frame, if none has been sent yet, and waits a while for the client's.
func (e *echo) end(code websocket.StatusCode, reason string) {
	e.wire.finish(e.h.linger)
	e.conn.Close(code, reason)
}

// memory is what all messages together may hold, in bytes.
type memory struct {
	max  int64 // negative: no bound
	used atomic.Int64
}

// take asks for n bytes.
func (m *memory) take(n int) bool {
	if m.used.Add(int64(n)) > m.max && m.max >= 0 {
		m.give(n)
		return false
	}
	return true
}

// give gives n bytes back.
func (m *memory) give(n int) { m.used.Add(-int64(n)) }

package client

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// CloseTimeout is how long [Upgrade.Close] waits at most.
const CloseTimeout = 5 * time.Second

const (
	opClose     = 8    // of RFC 6455 §5.2
	closeNormal = 1000 // of RFC 6455 §7.4.1
	finalFrame  = 0x80 // first byte: the last frame of its message
	maskedFrame = 0x80 // second byte: the payload is masked
	maxControl  = 125  // bytes of a control frame's payload
)

// Close ends the WebSocket: it sends a close frame with the code 1000, passes over what the server still sends up to its
// close frame, whatever the code of that, and closes the connection. It waits until ctx ends, and for CloseTimeout at
// most. In all outcomes the connection is closed.
func (u *Upgrade) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, CloseTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { u.conn.Close() })
	err := u.sayGoodbye()
	if !stop() && err != nil {
		err = ctx.Err() // the error is only that somebody has closed the connection
	}
	u.conn.Close()
	if err != nil {
		return newError("close", u.Response.URL, readFault(err))
	}
	return nil
}

// CloseNow closes the connection without a word.
func (u *Upgrade) CloseNow() error { return u.Response.Close() }

// sayGoodbye exchanges close frames.
func (u *Upgrade) sayGoodbye() error {
	frame := [8]byte{finalFrame | opClose, maskedFrame | 2}
	mask, payload := frame[2:6], frame[6:]
	if _, err := io.ReadFull(u.rand, mask); err != nil {
		return invalid(ErrInvalidRequest, "Rand: %w", err)
	}
	binary.BigEndian.PutUint16(payload, closeNormal)
	payload[0] ^= mask[0]
	payload[1] ^= mask[1]
	if _, err := u.conn.Write(frame[:]); err != nil {
		return err
	}
	for r := bufio.NewReader(u.conn); ; {
		op, err := passFrame(r)
		if err != nil || op == opClose {
			return unexpected(err)
		}
	}
}

// passFrame passes over a frame of the server and returns its opcode. The error is io.EOF when there is none.
func passFrame(r *bufio.Reader) (op byte, err error) {
	var head [10]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return 0, err
	}
	op = head[0] & 15
	length, wide := uint64(head[1]), 0
	switch {
	case head[1]&maskedFrame != 0:
		return 0, invalid(ErrProtocol, "the server has masked a frame (RFC 6455 §5.1)")
	case op >= opClose && (head[0]&finalFrame == 0 || length > maxControl):
		return 0, invalid(ErrProtocol, "a control frame is fragmented or too long (RFC 6455 §5.5)")
	case op == opClose && length == 1:
		return 0, invalid(ErrProtocol, "a close frame has half a code (RFC 6455 §5.5.1)")
	case length == 126:
		wide = 2
	case length == 127:
		wide = 8
	}
	if wide > 0 {
		if _, err := io.ReadFull(r, head[10-wide:]); err != nil {
			return 0, unexpected(err)
		}
		if length = binary.BigEndian.Uint64(head[2:]); length>>63 != 0 {
			return 0, invalid(ErrProtocol, "a frame has a length that is no length (RFC 6455 §5.2)")
		}
	}
	if n, err := io.CopyN(io.Discard, r, int64(length)); err != nil {
		return 0, fmt.Errorf("%d bytes into a frame: %w", n, unexpected(err))
	}
	return op, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

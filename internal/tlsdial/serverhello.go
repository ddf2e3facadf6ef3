package tlsdial

import (
	"crypto/sha256"

	"golang.org/x/crypto/cryptobyte"

	"github.com/wirelike/wirelike/fingerprint"
)

// retryRandom is the random that makes a ServerHello a HelloRetryRequest (RFC 8446 §4.1.3).
var retryRandom = sha256.Sum256([]byte("HelloRetryRequest"))

// serverHello reads the first handshake message of a server, from however small pieces.
type serverHello struct {
	header []byte // of the current record, as far as it has come
	left   int    // bytes of the current record that are to come
	msg    []byte // the handshake message, as far as it has come
	seen   int    // bytes in all
}

// maxServerHello bounds what is read while looking for the end of the message: many times an honest one, in bytes.
const maxServerHello = 16 << 10

// choice is what a ServerHello says about the shares of the hello before it. The zero value: nothing.
type choice struct {
	retry  bool           // it is a HelloRetryRequest
	group  fingerprint.ID // of the server's share, or the one that it wants a share of; 0 for none
	cookie bool           // it has a cookie, to be sent back
	limit  int            // its record_size_limit, which is here in TLS 1.2 only; 0 for none
}

// feed takes the next bytes from the server. It is done when the message is complete or cannot be one.
func (s *serverHello) feed(b []byte) (c choice, done bool) {
	const headerLength, handshake = 5, 22
	s.seen += len(b)
	for len(b) > 0 {
		if s.left == 0 {
			n := min(headerLength-len(s.header), len(b))
			s.header, b = append(s.header, b[:n]...), b[n:]
			if s.header[0] != handshake {
				return choice{}, true
			}
			if len(s.header) == headerLength {
				s.left, s.header = int(s.header[3])<<8|int(s.header[4]), s.header[:0]
			}
			continue
		}
		n := min(s.left, len(b))
		s.msg, b, s.left = append(s.msg, b[:n]...), b[n:], s.left-n
		if len(s.msg) < 4 {
			continue
		}
		if end := 4 + (int(s.msg[1])<<16 | int(s.msg[2])<<8 | int(s.msg[3])); len(s.msg) >= end {
			return parseChoice(s.msg[:end]), true
		}
	}
	return choice{}, s.seen > maxServerHello
}

// parseChoice reads a ServerHello; of another or broken message it is the zero value.
func parseChoice(msg []byte) (c choice) {
	s := cryptobyte.String(msg)
	var typ uint8
	var random []byte
	var sid, extensions cryptobyte.String
	if !s.ReadUint8(&typ) || typ != 2 || !s.Skip(3+2) || !s.ReadBytes(&random, 32) ||
		!s.ReadUint8LengthPrefixed(&sid) || !s.Skip(2+1) || !s.ReadUint16LengthPrefixed(&extensions) {
		return choice{}
	}
	c.retry = [32]byte(random) == retryRandom
	for !extensions.Empty() {
		var t, number uint16
		var body cryptobyte.String
		if !extensions.ReadUint16(&t) || !extensions.ReadUint16LengthPrefixed(&body) {
			return choice{}
		}
		switch fingerprint.ID(t) {
		case fingerprint.ExtKeyShare:
			body.ReadUint16(&number)
			c.group = fingerprint.ID(number)
		case fingerprint.ExtCookie:
			c.cookie = true
		case fingerprint.ExtRecordSizeLimit:
			body.ReadUint16(&number)
			c.limit = int(number)
		}
	}
	return c
}

package fingerprint

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// ClientHello is the shape of a ClientHello (RFC 8446 §4.1.2): everything but what is random or belongs to the
// connection (random, session id, key material, tickets), of which the lengths are kept. The bytes are in [Capture].
type ClientHello struct {
	// RecordVersion is the legacy version of the first record, 0 when it was not recorded.
	RecordVersion ID `json:"record_version,omitempty"`
	// Version is legacy_version: 771 also for TLS 1.3.
	Version            ID          `json:"version"`
	SessionIDLength    int         `json:"session_id_length"`
	CipherSuites       []ID        `json:"cipher_suites"`
	CompressionMethods []ID        `json:"compression_methods"`
	Extensions         []Extension `json:"extensions"`
}

// MaxHello is the longest handshake message that [ParseClientHello] accepts, as crypto/tls limits it (bytes).
const MaxHello = 4 + 1<<16

var errTruncated = errors.New("truncated")

// ParseClientHello reads one ClientHello handshake message (type, 24-bit length and body, no record header). Only a
// broken frame of the message is an error; an extension whose body is malformed is kept byte-exact in its Data.
func ParseClientHello(msg []byte) (*ClientHello, error) {
	if len(msg) > MaxHello {
		return nil, fmt.Errorf("fingerprint: client hello of %d bytes is longer than %d", len(msg), MaxHello)
	}
	s := cryptobyte.String(msg)
	var typ uint8
	var body, sid, suites, comp cryptobyte.String
	if !s.ReadUint8(&typ) || typ != 1 {
		return nil, errors.New("fingerprint: not a ClientHello handshake message (type 1)")
	}
	if !s.ReadUint24LengthPrefixed(&body) || !s.Empty() {
		return nil, errors.New("fingerprint: client hello length does not match the message")
	}
	h := &ClientHello{}
	if !body.ReadUint16((*uint16)(&h.Version)) || !body.Skip(32) {
		return nil, fail("version and random", errTruncated)
	}
	if !body.ReadUint8LengthPrefixed(&sid) {
		return nil, fail("session id", errTruncated)
	}
	if len(sid) > 32 {
		return nil, fail("session id", errors.New("longer than 32 bytes"))
	}
	h.SessionIDLength = len(sid)
	if !body.ReadUint16LengthPrefixed(&suites) {
		return nil, fail("cipher suites", errTruncated)
	}
	if len(suites)%2 != 0 {
		return nil, fail("cipher suites", errors.New("odd length"))
	}
	h.CipherSuites = ids16(suites)
	if !body.ReadUint8LengthPrefixed(&comp) {
		return nil, fail("compression methods", errTruncated)
	}
	h.CompressionMethods = ids8(comp)
	if body.Empty() { // TLS 1.2 and older may have no extension block at all
		return h, nil
	}
	var exts cryptobyte.String
	if !body.ReadUint16LengthPrefixed(&exts) || !body.Empty() {
		return nil, fail("extension block", errTruncated)
	}
	h.Extensions = make([]Extension, 0, countExtensions(exts))
	for !exts.Empty() {
		var t uint16
		var data cryptobyte.String
		if !exts.ReadUint16(&t) || !exts.ReadUint16LengthPrefixed(&data) {
			return nil, fail(fmt.Sprintf("extension %d of the list", len(h.Extensions)), errTruncated)
		}
		h.Extensions = append(h.Extensions, parseExtension(ID(t), data))
	}
	return h, nil
}

// countExtensions tells how many extensions the block begins with that are whole.
func countExtensions(block cryptobyte.String) (n int) {
	var data cryptobyte.String
	for block.Skip(2) && block.ReadUint16LengthPrefixed(&data) {
		n++
	}
	return n
}

func fail(what string, err error) error {
	return fmt.Errorf("fingerprint: client hello: %s: %w", what, err)
}

func ids16(b []byte) []ID {
	out := make([]ID, len(b)/2)
	for i := range out {
		out[i] = ID(b[2*i])<<8 | ID(b[2*i+1])
	}
	return out
}

func ids8(b []byte) []ID {
	out := make([]ID, len(b))
	for i, x := range b {
		out[i] = ID(x)
	}
	return out
}

// Extension returns the last extension of that type (the one that counts when a hello repeats it), or nil.
func (h *ClientHello) Extension(t ID) *Extension {
	for i := len(h.Extensions) - 1; i >= 0; i-- {
		if h.Extensions[i].Type == t {
			return &h.Extensions[i]
		}
	}
	return nil
}

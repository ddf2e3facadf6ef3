package tlsdial

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"sync"

	utls "github.com/refraction-networking/utls"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/cryptobyte"

	"github.com/wirelike/wirelike/fingerprint"
)

// flight is what the server sends during the handshake, as it came, and the secret that opens it. The TLS stack does not
// tell the extensions of TLS 1.3 that it does not know; here they can be looked up after the handshake. Nothing is
// decrypted unless somebody asks.
type flight struct {
	raw    []byte // up to maxFlight bytes from the beginning of the connection
	secret []byte // server_handshake_traffic_secret, nil before it is known and in TLS 1.2
}

// maxFlight bounds what is kept of a flight, in bytes: the ServerHello, the extensions and a usual chain of certificates.
const maxFlight = 24 << 10

var flightPool = sync.Pool{New: func() any { return &flight{raw: make([]byte, 0, maxFlight)} }}

func newFlight() *flight {
	f := flightPool.Get().(*flight)
	f.raw, f.secret = f.raw[:0], nil
	return f
}

// drop gives back what was kept; nothing may use it after that.
func (w *wire) drop() {
	if w.flight != nil {
		flightPool.Put(w.flight)
		w.flight = nil
	}
}

func (f *flight) feed(b []byte) {
	if n := min(len(b), maxFlight-len(f.raw)); n > 0 {
		f.raw = append(f.raw, b[:n]...)
	}
}

// keyTap takes the server's handshake secret out of the key log, which is the only place where the stack shows it.
type keyTap struct {
	w    *wire
	next io.Writer // the user's, nil for none
}

// Write gets one line: label, client random and secret, the latter two in hexadecimal.
func (k *keyTap) Write(line []byte) (int, error) {
	if rest, ok := bytes.CutPrefix(line, []byte("SERVER_HANDSHAKE_TRAFFIC_SECRET ")); ok && k.w.flight != nil {
		if _, text, ok := bytes.Cut(bytes.TrimSpace(rest), []byte(" ")); ok {
			k.w.flight.secret, _ = hex.DecodeString(string(text))
		}
	}
	if k.next == nil {
		return len(line), nil
	}
	return k.next.Write(line)
}

// messages returns the handshake messages in the first records that the server sent under its handshake keys, as far as
// they were kept.
func (f *flight) messages(suite uint16, records int) [][]byte {
	open := opener(suite, f.secret)
	if open == nil {
		return nil
	}
	const headerLength, data, handshake = 5, 23, 22
	var plain []byte
	for raw := f.raw; len(raw) >= headerLength && records > 0; {
		n := headerLength + int(binary.BigEndian.Uint16(raw[3:]))
		if len(raw) < n {
			break
		}
		record := raw[:n]
		if raw = raw[n:]; record[0] != data {
			continue // the ServerHello, change_cipher_spec
		}
		records--
		b, err := open(record)
		if err != nil {
			break // the keys of application data
		}
		b = bytes.TrimRight(b, "\x00")
		if len(b) == 0 || b[len(b)-1] != handshake {
			break
		}
		plain = append(plain, b[:len(b)-1]...)
	}
	return splitMessages(plain)
}

// splitMessages returns the handshake messages in plain that are whole.
func splitMessages(plain []byte) (out [][]byte) {
	for s := cryptobyte.String(plain); ; {
		rest := s
		var body cryptobyte.String
		if !s.Skip(1) || !s.ReadUint24LengthPrefixed(&body) {
			return out
		}
		out = append(out, rest[:4+len(body)])
	}
}

// opener returns what opens one record after the other, nil for a suite that is not of TLS 1.3 (RFC 8446 §5.2, §7.3).
func opener(suite uint16, secret []byte) func(record []byte) ([]byte, error) {
	hash, length, makeAEAD := func() hash.Hash { return sha256.New() }, 16, gcm
	switch suite {
	case utls.TLS_AES_128_GCM_SHA256:
	case utls.TLS_AES_256_GCM_SHA384:
		hash, length = sha512.New384, 32
	case utls.TLS_CHACHA20_POLY1305_SHA256:
		length, makeAEAD = 32, chacha20poly1305.New
	default:
		return nil
	}
	key, err := expand(hash, secret, "key", length)
	if err != nil {
		return nil
	}
	iv, err := expand(hash, secret, "iv", 12)
	if err != nil {
		return nil
	}
	aead, err := makeAEAD(key)
	if err != nil {
		return nil
	}
	var seq uint64
	return func(record []byte) ([]byte, error) {
		nonce := bytes.Clone(iv)
		binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^seq)
		seq++
		return aead.Open(nil, nonce, record[5:], record[:5])
	}
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// expand is HKDF-Expand-Label without context (RFC 8446 §7.1).
func expand(h func() hash.Hash, secret []byte, label string, n int) ([]byte, error) {
	info := []byte{byte(n >> 8), byte(n), byte(6 + len(label))}
	info = append(append(info, "tls13 "+label...), 0)
	return hkdf.Expand(h, secret, string(info), n)
}

// recordLimit returns how many bytes of data the server takes in one record, 0 when it has not said so, takes as many as
// there may be, or says what nobody may (RFC 8449 §4). In TLS 1.3 its limit counts the content type, too.
func (f *flight) recordLimit(version, suite uint16) int {
	const least, most = 64, 1 << 14
	n, top := 0, most
	if version == utls.VersionTLS13 {
		n, top = f.limit13(suite), most+1
	} else {
		var s serverHello
		c, _ := s.feed(f.raw)
		n = c.limit
	}
	if n < least || n >= top {
		return 0
	}
	return n - (top - most)
}

// limit13 returns the record_size_limit in the EncryptedExtensions, 0 for none.
func (f *flight) limit13(suite uint16) int {
	const encryptedExtensions = 8
	msgs := f.messages(suite, 1) // they are the first message, and short
	if len(msgs) == 0 || msgs[0][0] != encryptedExtensions {
		return 0
	}
	return limitIn(msgs[0][4:])
}

// limitIn reads the body of an EncryptedExtensions message.
func limitIn(body []byte) (limit int) {
	s := cryptobyte.String(body)
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) {
		return 0
	}
	eachExtension(list, func(t fingerprint.ID, body cryptobyte.String) {
		var n uint16
		if t == fingerprint.ExtRecordSizeLimit && body.ReadUint16(&n) {
			limit = int(n)
		}
	})
	return limit
}

// certificateExtensions returns the types of the extensions of each certificate that the server sent, in their order. It
// is false when that cannot be told: the message is compressed, was not kept whole, or there is none.
func (f *flight) certificateExtensions(suite uint16) (out [][]fingerprint.ID, ok bool) {
	const certificate = 11
	for _, m := range f.messages(suite, maxFlight) {
		if m[0] == certificate {
			return extensionsIn(m[4:])
		}
	}
	return nil, false
}

// extensionsIn reads the body of a Certificate message of TLS 1.3 (RFC 8446 §4.4.2).
func extensionsIn(body []byte) (out [][]fingerprint.ID, ok bool) {
	s := cryptobyte.String(body)
	var context, list cryptobyte.String
	if !s.ReadUint8LengthPrefixed(&context) || !s.ReadUint24LengthPrefixed(&list) {
		return nil, false
	}
	for !list.Empty() {
		var der, extensions cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&der) || !list.ReadUint16LengthPrefixed(&extensions) {
			return nil, false
		}
		var types []fingerprint.ID
		eachExtension(extensions, func(t fingerprint.ID, _ cryptobyte.String) { types = append(types, t) })
		out = append(out, types)
	}
	return out, true
}

// eachExtension calls f for each extension of a list; a broken list ends it.
func eachExtension(list cryptobyte.String, f func(fingerprint.ID, cryptobyte.String)) {
	for !list.Empty() {
		var t uint16
		var body cryptobyte.String
		if !list.ReadUint16(&t) || !list.ReadUint16LengthPrefixed(&body) {
			return
		}
		f(fingerprint.ID(t), body)
	}
}

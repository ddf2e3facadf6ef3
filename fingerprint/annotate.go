package fingerprint

import (
	"errors"
	"fmt"
	"strings"
)

// Note says what one run of bytes of a ClientHello means. The notes of a message cover every byte of it once, in order.
type Note struct {
	// Path is that of the leaf that the bytes are ([Leaf]), or of the part that they belong to; "" for those of the
	// message as a whole.
	Path string
	// Offset and Length are the place in the handshake message, in bytes. An error at the end of the message has length 0.
	Offset, Length int
	// Depth is how deep the bytes lie in the message: 0 for its fields, 1 for an extension …
	Depth int
	// Text is the meaning, with the names of IANA: "TLS_AES_128_GCM_SHA256 (4865)".
	Text string
	// GREASE says that it is a value that RFC 8701 reserves.
	GREASE bool
	// Opaque says that the single bytes mean nothing to a reader: random, keys, tickets, padding.
	Opaque bool
	// Err says what is wrong here; the bytes are what could not be read.
	Err error
}

// Annotate explains a ClientHello handshake message (type, 24-bit length and body, no record header) byte by byte. It
// shows a truncated or malformed message as far as it can be read: the last note then has an Err. An extension whose
// body is malformed has one, too, and does not end the walk.
func Annotate(msg []byte) []Note {
	a := annotator{msg: msg, end: len(msg)}
	a.message()
	if a.pos < len(msg) {
		a.fail("", errors.New("bytes that belong to nothing"), len(msg)-a.pos)
	}
	return a.notes
}

// annotator walks over a message. end is where the innermost open length ends; broken says that the walk is over there.
type annotator struct {
	msg      []byte
	pos, end int
	depth    int
	broken   bool
	notes    []Note
}

// note explains the next n bytes, of which the caller knows that they are there.
func (a *annotator) note(path, text string, n int) *Note {
	a.notes = append(a.notes, Note{Path: path, Offset: a.pos, Length: n, Depth: a.depth, Text: text})
	a.pos += n
	return &a.notes[len(a.notes)-1]
}

// fail ends the walk up to end: the next n bytes are not what should be there.
func (a *annotator) fail(path string, err error, n int) {
	a.note(path, err.Error(), n).Err = err
	a.broken = true
}

// has says whether n more bytes are there; if not, the rest is noted as an error.
func (a *annotator) has(path, what string, n int) bool {
	if a.broken || a.end-a.pos < n {
		if !a.broken {
			a.fail(path, fmt.Errorf("%s: %w: %d bytes wanted, %d there", what, errTruncated, n, a.end-a.pos), a.end-a.pos)
		}
		return false
	}
	return true
}

// number reads n bytes without noting them.
func (a *annotator) number(n int) (v int) {
	for _, b := range a.msg[a.pos : a.pos+n] {
		v = v<<8 | int(b)
	}
	return v
}

// id notes a code point of width bytes.
func (a *annotator) id(path, what string, width int, names map[ID]string) {
	if !a.has(path, what, width) {
		return
	}
	v := ID(a.number(width))
	a.note(path, strings.TrimPrefix(what+": ", ": ")+describe(names, v), width).GREASE = width == 2 && v.IsGREASE()
}

// opaque notes n bytes that mean nothing one by one.
func (a *annotator) opaque(path, what string, n int) {
	if n > 0 && a.has(path, what, n) {
		a.note(path, fmt.Sprintf("%s, %d bytes", what, n), n).Opaque = true
	}
}

// block notes a length of width bytes and walks over what it counts with inside. What inside leaves is an error; so is a
// length beyond the end, of which what is there is still walked over.
func (a *annotator) block(path, what string, width int, inside func(n int)) {
	if !a.has(path, what+" length", width) {
		return
	}
	n := a.number(width)
	a.note(path, fmt.Sprintf("%s length: %d", what, n), width)
	outer, short := a.end, a.pos+n > a.end
	if !short {
		a.end = a.pos + n
	}
	a.depth++
	inside(a.end - a.pos)
	a.rest(path, what)
	a.depth--
	if a.end = outer; short && !a.broken {
		a.fail(path, fmt.Errorf("%s: %w: the length says %d", what, errTruncated, n), 0)
	}
}

// rest notes what is left up to end as an error.
func (a *annotator) rest(path, what string) {
	if n := a.end - a.pos; n > 0 && !a.broken {
		a.fail(path, fmt.Errorf("%s: %d bytes too many", what, n), n)
	}
}

// ids notes code points of width bytes up to end.
func (a *annotator) ids(path string, width int, names map[ID]string) {
	for i := 0; a.pos < a.end && !a.broken; i++ {
		a.id(fmt.Sprintf("%s[%d]", path, i), "", width, names)
	}
}

func (a *annotator) message() {
	if !a.has("", "handshake type", 1) {
		return
	}
	if a.msg[0] != 1 {
		a.fail("", fmt.Errorf("handshake type %d is no ClientHello (1)", a.msg[0]), len(a.msg))
		return
	}
	a.note("", "handshake type: client_hello (1)", 1)
	a.block("tls", "message", 3, func(int) {
		a.depth--
		defer func() { a.depth++ }()
		a.id("tls.version", "version", 2, versionNames)
		a.opaque("tls.random", "random", 32)
		a.block("tls.session_id_length", "session id", 1, func(n int) {
			if n > 32 {
				a.fail("tls.session_id_length", errors.New("session id: longer than 32 bytes"), n)
			}
			a.opaque("tls.session_id", "session id", n)
		})
		a.block("tls.cipher_suites", "cipher suites", 2, func(int) { a.ids("tls.cipher_suites", 2, suiteNames) })
		a.block("tls.compression_methods", "compression methods", 1, func(int) { a.ids("tls.compression_methods", 1, compressionNames) })
		if a.pos < a.end { // TLS 1.2 and older may have no extension block at all
			a.block("tls.extensions", "extensions", 2, func(int) { a.extensions() })
		}
	})
}

func (a *annotator) extensions() {
	var n names
	for a.pos < a.end && !a.broken {
		a.extension(&n)
	}
}

package fpserver

import (
	"bytes"
	"strconv"
)

const (
	maxLine = 8 << 10 // bytes of a chunk-size or trailer line
	maxLate = 512     // heads beyond the recording that wait for their handler
)

// headTee follows the requests of a HTTP/1.x connection as their bytes pass: it notes where each head lies, and steps
// over the bodies. It changes nothing. When it cannot follow any more it gives up: what comes then is recorded like a
// body, and requests have no head.
type headTee struct {
	rec     *recording
	maxHead int

	state headState
	head  []byte // head in progress
	line  []byte // line of a chunked body in progress
	left  int64  // bytes of a body or chunk to come
	kept  int    // bytes of the body that are kept

	heads  []span   // the first heads, in the recording
	late   [][]byte // later ones, until their handler takes them
	first  int      // index of the first of them
	count  int
	gaveUp bool
	lost   bool // a request had no head, so later ones cannot be told apart
}

type headState uint8

const (
	inHead headState = iota
	inBody
	inChunkSize
	inChunk
	inChunkEnd
	inTrailer
	opaque
)

type span struct{ offset, length int }

func (t *headTee) feed(b []byte) {
	for len(b) > 0 {
		switch t.state {
		case inHead:
			b = t.headBytes(b)
		case inBody, inChunk:
			k := min(t.left, int64(len(b)))
			t.body(b[:k])
			b = b[k:]
			if t.left -= k; t.left == 0 {
				t.state++
				if t.state == inChunkSize { // it was no chunk
					t.state = inHead
				}
			}
		case opaque:
			t.body(b)
			return
		default:
			b = t.lineBytes(b)
		}
	}
}

// headBytes takes what belongs to the head in progress.
func (t *headTee) headBytes(b []byte) []byte {
	if len(t.head) == 0 { // empty lines may precede a head (RFC 9112 §2.2)
		if n := len(b) - len(bytes.TrimLeft(b, "\r\n")); n > 0 {
			if t.rec.reserve(n) {
				t.rec.keep(b[:n])
			}
			return b[n:]
		}
	}
	n := bytes.IndexByte(b, '\n') + 1
	if n == 0 {
		n = len(b)
	}
	t.head = append(t.head, b[:n]...)
	switch {
	case len(t.head) > t.maxHead:
		head := t.head
		t.giveUp()
		t.body(head)
	case bytes.HasSuffix(t.head, []byte("\n\r\n")), bytes.HasSuffix(t.head, []byte("\n\n")):
		t.endHead()
	}
	return b[n:]
}

func (t *headTee) endHead() {
	head := t.head
	t.head, t.kept = t.head[:0], 0
	t.count++
	at := span{len(t.rec.bytes), len(head)}
	kept := t.rec.reserve(len(head))
	t.rec.keep(head)
	switch {
	case kept && len(t.heads) < maxKept && len(t.late) == 0:
		t.heads = append(t.heads, at)
	case len(t.late) < maxLate:
		if len(t.late) == 0 && t.first < len(t.heads) {
			t.first = len(t.heads)
		}
		t.late = append(t.late, bytes.Clone(head))
	default:
		t.giveUp()
		return
	}
	t.framing(head)
}

// framing finds out what follows a head (RFC 9112 §6).
func (t *headTee) framing(head []byte) {
	t.left = 0
	chunked := false
	for line := range bytes.Lines(head) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		switch {
		case len(name) == len("content-length") && bytes.EqualFold(name, []byte("content-length")):
			n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 63)
			if err != nil || n < 0 {
				t.giveUp()
				return
			}
			t.left = n
		case len(name) == len("transfer-encoding") && bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = bytes.HasSuffix(bytes.ToLower(bytes.TrimSpace(value)), []byte("chunked"))
		}
	}
	switch {
	case chunked:
		t.state = inChunkSize
	case t.left > 0:
		t.state = inBody
	default:
		t.state = inHead
	}
}

// lineBytes takes what belongs to the line in progress of a chunked body (RFC 9112 §7.1).
func (t *headTee) lineBytes(b []byte) []byte {
	n := bytes.IndexByte(b, '\n') + 1
	if n == 0 {
		n = len(b)
	}
	t.line = append(t.line, b[:n]...)
	if len(t.line) > maxLine {
		t.giveUp()
	} else if t.line[len(t.line)-1] == '\n' {
		line := t.line
		t.line = t.line[:0]
		if t.rec.reserve(len(line)) {
			t.rec.keep(line)
		}
		t.endLine(bytes.TrimRight(line, "\r\n"))
	}
	return b[n:]
}

func (t *headTee) endLine(line []byte) {
	switch t.state {
	case inChunkSize:
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 63)
		switch {
		case err != nil || n < 0:
			t.giveUp()
		case n == 0:
			t.state = inTrailer
		default:
			t.state, t.left = inChunk, n
		}
	case inChunkEnd:
		t.state = inChunkSize
		if len(line) > 0 {
			t.giveUp()
		}
	case inTrailer:
		if len(line) == 0 {
			t.state = inHead
		}
	}
}

// body records bytes of a body: the first ones of each.
func (t *headTee) body(b []byte) {
	k := min(len(b), keepBody-t.kept)
	if k > 0 && t.rec.reserve(k) {
		t.rec.keep(b[:k])
	}
	t.kept += k
	t.rec.elide(len(b) - k)
}

// giveUp stops following the connection, for good.
func (t *headTee) giveUp() {
	line := t.line
	t.state, t.gaveUp = opaque, true
	t.head, t.line, t.kept = nil, nil, 0
	t.body(line)
}

// take returns the head with that index, or nil. Heads before it are forgotten unless the recording has them.
func (t *headTee) take(i int) []byte {
	if i < len(t.heads) {
		s := t.heads[i]
		return t.rec.bytes[s.offset : s.offset+s.length : s.offset+s.length]
	}
	i -= t.first
	if i < 0 || i >= len(t.late) {
		return nil
	}
	head := t.late[i]
	t.first += i + 1
	t.late = t.late[i+1:]
	return head
}

// rest returns what has arrived of a head or line that is not complete.
func (t *headTee) rest() []byte {
	if len(t.head) > 0 {
		return t.head
	}
	return t.line
}

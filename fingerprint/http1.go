package fingerprint

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// HTTP1 is the client's half of an HTTP/1.x connection: its request heads, in order.
type HTTP1 struct {
	Requests []Head `json:"requests"`
}

// Head is one HTTP/1.x request head with its field lines in wire order and case.
type Head struct {
	Method  string  `json:"method"`
	Target  string  `json:"target"`
	Version string  `json:"version"` // "HTTP/1.1"
	Fields  []Field `json:"fields"`
	// Raw has the bytes of a head that is not written as every browser writes it: one space within the request line,
	// "Name: value" with one space, and CRLF. It is empty for one that is, which the other fields say completely.
	Raw Hex `json:"raw,omitempty"`
}

// Field is one header field, byte for byte. Name keeps the case of the wire. Form is its HPACK representation, zero on
// HTTP/1.1. In JSON, bytes that are not UTF-8 become U+FFFD; a [Capture] keeps them.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Form  Form   `json:"form,omitzero"`
}

// maxHead bounds one request head, in bytes.
const maxHead = 1 << 18

// ParseHead reads one HTTP/1.x request head, up to and including its empty line. Lines may end in CRLF or a bare LF.
func ParseHead(b []byte) (*Head, error) {
	line, rest, ok := cutLine(b)
	if !ok {
		return nil, errors.New("request line without end")
	}
	method, target, ok1 := strings.Cut(line, " ")
	target, version, ok2 := strings.Cut(target, " ")
	if !ok1 || !ok2 || method == "" || !strings.HasPrefix(version, "HTTP/") {
		return nil, fmt.Errorf("%.80q is no request line", line)
	}
	h := &Head{Method: method, Target: target, Version: version, Fields: []Field{}}
	for {
		line, rest, ok = cutLine(rest)
		if !ok {
			return nil, errors.New("head without empty line")
		}
		if line == "" {
			if canonical := h.append(nil); !bytes.HasPrefix(b, canonical) {
				h.Raw = bytes.Clone(b[:len(b)-len(rest)])
			}
			return h, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("%.80q is no field line", line)
		}
		h.Fields = append(h.Fields, Field{Name: name, Value: strings.Trim(value, " \t")})
	}
}

// append writes the head as browsers do.
func (h *Head) append(b []byte) []byte {
	b = append(b, h.Method+" "+h.Target+" "+h.Version+"\r\n"...)
	for _, f := range h.Fields {
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

func cutLine(b []byte) (line string, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return "", nil, false
	}
	return string(bytes.TrimSuffix(b[:i], []byte("\r"))), b[i+1:], true
}

// parseHTTP1 walks heads and bodies. What follows an upgrade belongs to another protocol and is left alone.
func parseHTTP1(c *Capture) (*HTTP1, error) {
	h := &HTTP1{Requests: []Head{}}
	b, e := body{c: c}, error(nil)
	for b.pos < len(c.Client) {
		rest := c.Client[b.pos:]
		if n := len(rest) - len(bytes.TrimLeft(rest, "\r\n")); n > 0 { // RFC 9112 §2.2: empty lines before a head
			b.pos += n
			continue
		}
		n := headLength(rest)
		if n < 0 {
			if len(rest) > maxHead {
				e = errors.New("head too long")
			} else {
				e = errors.New("incomplete head")
			}
			break
		}
		head, err := ParseHead(rest[:n])
		if err != nil {
			e = err
			break
		}
		h.Requests = append(h.Requests, *head)
		b.pos += n
		if !b.skip(head) {
			break
		}
	}
	return h, e
}

// headLength returns the length of the head at the front of b with its empty line, or -1.
func headLength(b []byte) int {
	for i := 0; i < len(b) && i < maxHead; i++ {
		if b[i] != '\n' {
			continue
		}
		switch rest := b[i+1:]; {
		case bytes.HasPrefix(rest, []byte("\n")):
			return i + 2
		case bytes.HasPrefix(rest, []byte("\r\n")):
			return i + 3
		}
	}
	return -1
}

// body walks over request bodies in the client's bytes, some of which may have been elided.
type body struct {
	c      *Capture
	pos    int
	elided int // entries of c.Elided already passed
}

// take moves over n body bytes, kept or elided; false when the capture ends within them.
func (b *body) take(n int64) bool {
	for n > 0 {
		if b.elided < len(b.c.Elided) && b.c.Elided[b.elided].Offset == b.pos {
			n -= b.c.Elided[b.elided].Length
			b.elided++
			continue
		}
		end := len(b.c.Client)
		if b.elided < len(b.c.Elided) {
			end = min(end, b.c.Elided[b.elided].Offset)
		}
		if b.pos >= end {
			return false
		}
		step := int(min(n, int64(end-b.pos)))
		b.pos += step
		n -= int64(step)
	}
	return n == 0
}

func (b *body) line() (string, bool) {
	line, _, ok := cutLine(b.c.Client[b.pos:])
	if ok {
		b.pos += bytes.IndexByte(b.c.Client[b.pos:], '\n') + 1
	}
	return line, ok
}

// skip moves over the body that follows head; false when nothing that can be read as HTTP/1.1 follows.
func (b *body) skip(head *Head) bool {
	length, chunked := int64(0), false
	for _, f := range head.Fields {
		switch strings.ToLower(f.Name) {
		case "content-length":
			n, err := strconv.ParseInt(f.Value, 10, 63)
			if err != nil || n < 0 {
				return false
			}
			length = n
		case "transfer-encoding":
			chunked = strings.HasSuffix(strings.ToLower(f.Value), "chunked")
		case "upgrade":
			return false
		}
	}
	if !chunked {
		return b.take(length)
	}
	for {
		line, ok := b.line()
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(strings.TrimSpace(size), 16, 63)
		if !ok || err != nil || n < 0 {
			return false
		}
		if n == 0 {
			break
		}
		if !b.take(n) {
			return false
		}
		if line, ok = b.line(); !ok || line != "" {
			return false
		}
	}
	for { // trailer section
		line, ok := b.line()
		if !ok {
			return false
		}
		if line == "" {
			return true
		}
	}
}

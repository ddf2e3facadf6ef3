package fpserver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/net/http2"
)

// What a client did wrong shows in two places: in its bytes, and in what net/http has to say about them. The latter is
// noted here, so that a connection which was ended for a flood of good frames, or for a body that never came, tells so.

// note keeps the first fault that the recording does not show by itself.
func (c *Conn) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noteLocked(err)
}

func (c *Conn) noteLocked(err error) {
	if c.noted == nil && !c.rec.sealed {
		c.noted = err
	}
}

// refusal is how net/http's answer to a head that it does not take goes on behind the status, which is 400 or higher. A
// handler may answer in the same form, but not while the connection is between two requests.
var refusal = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

var statusPrefix = []byte("HTTP/1.1 ")

// noteRefusal looks at the beginning of a write over HTTP/1.x. What net/http says of a head that has not come to its end
// is no news: the recording shows it.
func (c *Conn) noteRefusal(p []byte) {
	rest, ok := bytes.CutPrefix(p, statusPrefix)
	if !ok || len(rest) == 0 || rest[0] < '4' {
		return
	}
	status, _, ok := bytes.Cut(rest[:min(len(rest), 200)], refusal)
	if !ok || bytes.IndexByte(status, '\r') >= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.readOut && !c.answering {
		c.noteLocked(fmt.Errorf("http/1.1: a request was refused: %s", status))
	}
}

var (
	errStalledBody = errors.New("http: a request body stalled")
	errCutBody     = errors.New("http/1.1: the connection ended within a request body")
)

// noteEnd looks at an error of reading over HTTP/1.x: was the client in the middle of a body? The caller holds the lock.
// With deadlines net/http also ends reads of its own, but not before the body of the request being served is there.
func (c *Conn) noteEnd(t *headTee, err error) {
	if !c.answering || !errors.Is(err, os.ErrDeadlineExceeded) { // else net/http may read on behind the answer
		c.readOut = true
	}
	switch within := t.state >= inBody && t.state <= inTrailer; {
	case !within:
	case errors.Is(err, os.ErrDeadlineExceeded):
		if c.served == t.count {
			c.noteLocked(errStalledBody)
		}
	case !errors.Is(err, net.ErrClosed): // the client has closed it, not the server
		c.noteLocked(errCutBody)
	}
}

var errCutHTTP2 = errors.New("http/2: the connection ended within the preface, a frame or a header block")

// noteCut looks at an error of reading over HTTP/2: was the client in the middle of something? The caller holds the lock.
func (c *Conn) noteCut(err error) {
	within := c.sniffed > 0
	if t := c.frames; t != nil {
		within = t.n > 0 || t.left > 0 || t.opens
	}
	if within && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.noteLocked(errCutHTTP2)
	}
}

// goAwayTee looks for GOAWAY frames (RFC 9113 §6.8) among those that net/http writes.
type goAwayTee struct {
	head [frameHeader + 8]byte // frame header and, of a GOAWAY frame, the last stream and the error code
	n    int                   // bytes of it
	left int                   // bytes of the payload to come
}

// feed passes over the next bytes and returns the code of an error for which net/http ends the connection.
func (t *goAwayTee) feed(p []byte) (code http2.ErrCode, found bool) {
	for len(p) > 0 {
		if t.n < frameHeader {
			k := copy(t.head[t.n:frameHeader], p)
			t.n += k
			p = p[k:]
			if t.n < frameHeader {
				return code, found
			}
			t.left = int(t.head[0])<<16 | int(t.head[1])<<8 | int(t.head[2])
		}
		if http2.FrameType(t.head[3]) == http2.FrameGoAway && t.n < len(t.head) {
			t.n += copy(t.head[t.n:], p[:min(len(p), t.left)])
			if t.n == len(t.head) {
				if c := http2.ErrCode(binary.BigEndian.Uint32(t.head[frameHeader+4:])); c != http2.ErrCodeNo {
					code, found = c, true
				}
			}
		}
		k := min(len(p), t.left)
		t.left -= k
		p = p[k:]
		if t.left == 0 {
			t.n = 0
		}
	}
	return code, found
}

// noteWrite looks at what net/http is about to write.
func (s *stream) noteWrite(p []byte) {
	switch s.state {
	case speaksHTTP1:
		s.c.noteRefusal(p)
	case speaksHTTP2:
		if code, found := s.goAway.feed(p); found {
			s.c.note(fmt.Errorf("http/2: the connection was ended with GOAWAY %s", code))
		}
	}
}

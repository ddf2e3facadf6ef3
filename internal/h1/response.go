package h1

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/internal/plan"
)

// parseHead reads a response head, which ends with its empty line, into r.
func parseHead(s string, r *plan.Response) error {
	line, rest := cutLine(s)
	// status-line = "HTTP/1." DIGIT SP 3DIGIT [ SP reason ]; the last SP is often left out with an empty reason.
	ok := len(line) >= 12 && line[:7] == "HTTP/1." && isDigit(line[7]) && line[8] == ' ' &&
		line[9] >= '1' && isDigit(line[9]) && isDigit(line[10]) && isDigit(line[11]) && (len(line) == 12 || line[12] == ' ')
	if !ok {
		return &ResponseError{fmt.Sprintf("%.80q is no status line", line)}
	}
	r.Proto, r.Reason = "HTTP/1.1", ""
	if line[7] == '0' {
		r.Proto = "HTTP/1.0"
	}
	r.Status = int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
	if len(line) > 12 {
		r.Reason = line[13:]
	}
	if !isValue(r.Reason) {
		return &ResponseError{"invalid reason phrase"}
	}
	var err error
	r.Fields, err = parseFields(rest)
	return err
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// framing is how the body of a response is delimited.
type framing uint8

const (
	noBody     framing = iota
	fixed              // by its length
	chunked            // by the chunked coding
	untilClose         // by the end of the connection
	tunnel             // not at all: the connection now speaks another protocol
)

// frame decides how the body of r is delimited (RFC 9112 §6.3) and sets r.Length. keep says whether the connection may
// carry another request once the body is read.
func frame(req *plan.Request, r *plan.Response) (kind framing, keep bool, err error) {
	c := scan(r)
	if c.err != nil {
		return 0, false, c.err
	}
	keep = !c.close && (r.Proto == "HTTP/1.1" || c.keepAlive) && !asksClose(req)
	r.Length = c.length
	switch {
	case r.Status == 101:
		if !asksUpgrade(req) {
			return 0, false, &ResponseError{"switch of protocols that was not asked for"}
		}
		r.Length = -1
		return tunnel, false, nil
	case req.Method == "CONNECT" && r.Status/100 == 2:
		r.Length = -1
		return tunnel, false, nil
	case r.Status == 204 || r.Status == 304:
		// Neither has a body. A 304 may tell the length of what it stands for (RFC 9110 §15.4.5); a server that announces
		// anything else may send it, later than the connection is idle.
		keep = keep && !c.coded
		if r.Status == 204 {
			keep = keep && c.length <= 0
			r.Length = 0
		} else if c.coded {
			r.Length = -1
		}
		return noBody, keep, nil
	case req.Method == "HEAD":
		if c.coded {
			r.Length = -1
		}
		return noBody, keep, nil
	// The chunked coding overrides Content-Length. Whoever sends both may be deceiving one of two readers, and HTTP/1.0
	// does not know the coding: neither connection is used again.
	case c.coded && r.Proto == "HTTP/1.1":
		r.Length = -1
		return chunked, keep && c.length < 0, nil
	case c.coded:
		keep = false
	}
	switch {
	case r.Length < 0:
		return untilClose, false, nil
	case r.Length == 0:
		return noBody, keep, nil
	}
	return fixed, keep, nil
}

// control is what the fields of a response say about the connection and the framing.
type control struct {
	length           int64 // -1: not given
	coded            bool  // chunked
	close, keepAlive bool
	err              error
}

func scan(r *plan.Response) control {
	c := control{length: -1}
	for _, f := range r.Fields {
		switch len(f.Name) {
		case len("connection"):
			if same(f.Name, "connection") {
				c.close = c.close || hasToken(f.Value, "close")
				c.keepAlive = c.keepAlive || hasToken(f.Value, "keep-alive")
			}
		case len("content-length"):
			if same(f.Name, "content-length") {
				c.contentLength(f.Value)
			}
		case len("transfer-encoding"):
			if same(f.Name, "transfer-encoding") {
				c.transferEncoding(f.Value)
			}
		}
	}
	return c
}

// contentLength accepts equal values more than once, as a list or in several fields, and refuses all else that is not
// one number (RFC 9112 §6.3, 5).
func (c *control) contentLength(list string) {
	for value := range strings.SplitSeq(list, ",") {
		value = trim(value)
		n, err := strconv.ParseUint(value, 10, 63)
		switch {
		case err != nil:
			c.err = &ResponseError{fmt.Sprintf("Content-Length %.80q", list)}
		case c.length >= 0 && c.length != int64(n):
			c.err = &ResponseError{fmt.Sprintf("Content-Length %d and %d", c.length, n)}
		}
		c.length = int64(n)
	}
}

// transferEncoding accepts chunked and the obsolete identity, which says nothing. No request of ours offers another
// coding (TE), and a body that is chunked twice is a trick.
func (c *control) transferEncoding(list string) {
	for coding := range strings.SplitSeq(list, ",") {
		switch coding = trim(coding); {
		case coding == "" || same(coding, "identity"):
			c.close = true
		case same(coding, "chunked") && !c.coded:
			c.coded = true
		default:
			c.err = &ResponseError{fmt.Sprintf("Transfer-Encoding %.80q", list)}
		}
	}
}

func asksClose(req *plan.Request) bool {
	for _, f := range req.Fields {
		if same(f.Name, "connection") && hasToken(f.Value, "close") {
			return true
		}
	}
	return false
}

func asksUpgrade(req *plan.Request) bool {
	for _, f := range req.Fields {
		if same(f.Name, "upgrade") {
			return true
		}
	}
	return false
}

// readHead reads the next response head, interim ones included.
func (x *exchange) readHead() error {
	ok, err := x.c.in.begins("HTTP/1.")
	if err == nil && !ok { // HTTP/0.9, or another protocol, whose lines need not end
		line, _, _ := strings.Cut(string(x.c.in.peek(80)), "\n")
		return &ResponseError{fmt.Sprintf("%.80q is no status line", strings.TrimSuffix(line, "\r"))}
	}
	var b []byte
	if err == nil {
		b, err = x.c.in.section(maxHead)
	}
	if err != nil {
		if errors.Is(err, errTooLong) {
			return &ResponseError{fmt.Sprintf("head larger than %d bytes", maxHead)}
		}
		return err
	}
	x.resp.Info.HeadReceived = len(b)
	return parseHead(string(b), &x.resp)
}

// readResponse reads the head of the final response and passes over interim ones (RFC 9110 §15.2).
func (x *exchange) readResponse() error {
	for range maxInterim + 1 {
		if err := x.readHead(); err != nil {
			return err
		}
		if x.resp.Status/100 == 1 && x.resp.Status != 101 {
			if err := x.interim(); err != nil {
				return err
			}
			if x.resp.Status == 100 {
				x.out.proceed()
			}
			continue
		}
		kind, keep, err := frame(x.req, &x.resp)
		x.body.kind, x.keep = kind, keep
		return err
	}
	return &ResponseError{fmt.Sprintf("more than %d interim responses", maxInterim)}
}

package h1

import (
	"fmt"
	"io"
	"strconv"

	"github.com/wirelike/wirelike/internal/plan"
)

// mergeSize is the size up to which head and body are written at once, if the body is in memory, in bytes. It is
// Chromium's kMaxMergedHeaderAndBodySize; in all captures (Chromium, Firefox) head and body, up to 900 bytes, share one
// TLS record.
const mergeSize = 1400

// check refuses what would not be the one request that it says it is: bytes that end a line, and fields that frame the
// body in another way than its length does.
func check(req *plan.Request) error {
	if !isToken(req.Method) {
		return &RequestError{fmt.Sprintf("method %.80q", req.Method)}
	}
	if req.Target == "" {
		return &RequestError{"no target"}
	}
	for i := range len(req.Target) {
		if c := req.Target[i]; c <= ' ' || c == 0x7f {
			return &RequestError{fmt.Sprintf("target %.80q", req.Target)}
		}
	}
	if req.Body == nil && req.Length != 0 || req.Length < -1 {
		return &RequestError{fmt.Sprintf("no body of length %d", req.Length)}
	}
	framed := false
	for _, f := range req.Fields {
		switch {
		case !isToken(f.Name):
			return &RequestError{fmt.Sprintf("field name %.80q", f.Name)}
		case !isValue(f.Value):
			return &RequestError{fmt.Sprintf("value of field %q", f.Name)}
		case same(f.Name, "content-length"):
			if framed || f.Value != strconv.FormatInt(req.Length, 10) || req.Length < 0 {
				return &RequestError{fmt.Sprintf("Content-Length %.80q for a body of length %d", f.Value, req.Length)}
			}
			framed = true
		case same(f.Name, "transfer-encoding"):
			if framed || !same(f.Value, "chunked") || req.Length >= 0 {
				return &RequestError{fmt.Sprintf("Transfer-Encoding %.80q for a body of length %d", f.Value, req.Length)}
			}
			framed = true
		}
	}
	if !framed && req.Length != 0 {
		return &RequestError{"body without Content-Length or Transfer-Encoding"}
	}
	return nil
}

// appendHead appends the head exactly as the request has it.
func appendHead(b []byte, req *plan.Request) []byte {
	b = append(b, req.Method...)
	b = append(b, ' ')
	b = append(b, req.Target...)
	b = append(b, " HTTP/1.1\r\n"...)
	for _, f := range req.Fields {
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// appendRequest appends the head to b, and the body if it is to be written together with the head. rest says whether
// there is a body yet to be sent. On errors nothing has been written.
func appendRequest(b []byte, req *plan.Request) (_ []byte, rest bool, err error) {
	if err := check(req); err != nil {
		return b, false, err
	}
	b = appendHead(b, req)
	if req.Body == nil {
		return b, false, nil
	}
	m, ok := req.Body.(plan.InMemory)
	if !ok || req.Length < 0 {
		return b, true, nil
	}
	n := m.InMemory()
	if int64(n) != req.Length {
		return b, false, &BodyError{ErrBodyLength}
	}
	if len(b)+n > mergeSize || expectsContinue(req) {
		return b, true, nil
	}
	// One byte more is asked for, to notice a longer body.
	head := len(b)
	b = append(b, make([]byte, n+1)...)
	got, err := io.ReadFull(m, b[head:])
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		err = nil
	case err != nil:
		return b, false, &BodyError{err}
	}
	if got != n {
		return b, false, &BodyError{ErrBodyLength}
	}
	return b[:head+n], false, nil
}

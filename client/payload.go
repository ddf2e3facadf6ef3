package client

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"strings"
)

// payload is a request body.
type payload struct {
	body   io.ReadCloser // nil: none
	get    func() (io.ReadCloser, error)
	length int64 // -1: unknown
	typ    string
	bytes  []byte // what Bytes, JSON or Form gave
}

// payload returns the body that the call describes, but for forms.
func (c *Call) payload() (payload, error) {
	switch {
	case c.Body != nil:
		return c.reader()
	case c.Bytes != nil:
		return inMemory(c.Bytes, "application/octet-stream"), nil
	case c.JSON != nil:
		b, err := encodeJSON(c.JSON)
		if err != nil {
			return payload{}, invalid(ErrInvalidRequest, "JSON: %w", err)
		}
		return inMemory(b, "application/json"), nil
	}
	return payload{}, nil
}

func encodeJSON(v any) ([]byte, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// memory is a body whose bytes are there, a [plan.InMemory].
type memory struct {
	bytes.Reader
	watch *watch // nil for none
}

func (*memory) Close() error { return nil }

func (m *memory) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.watch.progress(m.Len() == 0)
	return n, err
}

func (m *memory) watched(w *watch) { m.watch = w }

// InMemory implements [plan.InMemory].
func (m *memory) InMemory() int { return m.Len() }

// Certain implements [plan.InMemory].
func (*memory) Certain() bool { return true }

func inMemory(b []byte, typ string) payload {
	get := func() (io.ReadCloser, error) {
		m := &memory{}
		m.Reset(b)
		return m, nil
	}
	p := payload{get: get, length: int64(len(b)), typ: typ, bytes: b}
	if len(b) > 0 {
		p.body, _ = get()
	} else {
		p.typ = "" // nothing that could have a type
	}
	return p
}

// reader returns the body that Body, GetBody and Length describe.
func (c *Call) reader() (payload, error) {
	p := payload{length: -1}
	m, hasLen := c.Body.(interface{ Len() int })
	switch {
	case c.Length == -1:
	case hasLen:
		p.length = int64(m.Len())
		p.get = again(c.Body)
	default:
		p.length = fileLength(c.Body)
	}
	switch {
	case c.Length > 0 && p.length >= 0 && p.length != c.Length:
		return p, invalid(ErrBodyLength, "Length is %d, but Body has %d bytes", c.Length, p.length)
	case c.Length > 0:
		p.length = c.Length
	case p.length == 0:
		closeReader(c.Body)
		return payload{}, nil
	}
	if c.GetBody != nil {
		length := p.length
		p.get = func() (io.ReadCloser, error) {
			rc, err := c.GetBody()
			if err != nil {
				return nil, err
			}
			return &source{r: rc, left: length}, nil
		}
	}
	src := source{r: c.Body, left: p.length}
	if p.length >= 0 && isMemory(c.Body) {
		p.body = &measured{src, m}
	} else {
		p.body = &src
	}
	return p, nil
}

// source is the caller's body. It marks the reader's errors, so that they can be told from the connection's, and holds
// the body to its announced length.
type source struct {
	r     io.Reader
	left  int64  // bytes still to come, negative when unknown
	watch *watch // nil for none
}

func (s *source) watched(w *watch) { s.watch = w }

func (s *source) Read(p []byte) (int, error) {
	s.watch.rest() // the reader may take its time
	n, err := s.read(p)
	s.watch.progress(err != nil || s.left == 0)
	return n, err
}

func (s *source) read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	known := s.left >= 0
	if known {
		s.left -= int64(n)
	}
	switch {
	case known && s.left < 0:
		s.left = 0
		return n, invalid(ErrBodyLength, "the body is longer than announced")
	case err == io.EOF && known && s.left > 0:
		return n, invalid(ErrBodyLength, "%d bytes are missing: %w", s.left, io.ErrUnexpectedEOF)
	case err != nil && err != io.EOF:
		return n, &fault{ErrRequestBody, err}
	}
	return n, err
}

func (s *source) Close() error { return closeReader(s.r) }

// isMemory tells whether r is one of the readers that never wait. A method Len alone does not say so.
func isMemory(r io.Reader) bool {
	switch r.(type) {
	case *bytes.Buffer, *bytes.Reader, *strings.Reader:
		return true
	}
	return false
}

// measured is a source in memory, a [plan.InMemory].
type measured struct {
	source
	len interface{ Len() int }
}

// InMemory implements [plan.InMemory].
func (m *measured) InMemory() int { return m.len.Len() }

// Certain implements [plan.InMemory].
func (*measured) Certain() bool { return true }

// whole is the body of a [http.Request] that can be had again, of n bytes; a [plan.InMemory].
type whole struct {
	io.ReadCloser
	n       int
	certain bool
}

// InMemory implements [plan.InMemory].
func (w *whole) InMemory() int { return w.n }

// Certain implements [plan.InMemory].
func (w *whole) Certain() bool { return w.certain }

// The types that [io.NopCloser] returns, and [http.NewRequest] with it.
var (
	nopCloser         = reflect.TypeOf(io.NopCloser(nil))
	nopCloserWriterTo = reflect.TypeOf(io.NopCloser(struct {
		io.Reader
		io.WriterTo
	}{}))
)

// isWrappedMemory tells whether b is what [http.NewRequest] makes of a reader that never waits.
func isWrappedMemory(b io.ReadCloser) bool {
	if t := reflect.TypeOf(b); t != nopCloser && t != nopCloserWriterTo {
		return false
	}
	v := reflect.ValueOf(b)
	if v.Kind() != reflect.Struct || v.NumField() != 1 || !v.Field(0).CanInterface() {
		return false // not what it was in Go 1.26
	}
	r, ok := v.Field(0).Interface().(io.Reader)
	return ok && isMemory(r)
}

func closeReader(r io.Reader) error {
	if c, ok := r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// again returns a GetBody for the readers whose content can be kept.
func again(r io.Reader) func() (io.ReadCloser, error) {
	switch r := r.(type) {
	case *bytes.Buffer:
		return inMemory(r.Bytes(), "").get
	case *bytes.Reader:
		kept := *r
		return func() (io.ReadCloser, error) {
			c := kept
			return &measured{source{r: &c, left: int64(c.Len())}, &c}, nil
		}
	case *strings.Reader:
		kept := *r
		return func() (io.ReadCloser, error) {
			c := kept
			return &measured{source{r: &c, left: int64(c.Len())}, &c}, nil
		}
	}
	return nil
}

// fileLength returns how many bytes a regular file has from where it stands, -1 for anything else.
func fileLength(r io.Reader) int64 {
	f, ok := r.(*os.File)
	if !ok {
		return -1
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return -1
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1
	}
	return max(info.Size()-at, 0)
}

package client

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Multipart is a multipart/form-data body (RFC 7578): parts in the order in which they were added. The zero value is empty
// and ready to use. Sending one does not change it: it may be sent again, and by several goroutines at the same time as long as
// nobody adds to it.
type Multipart struct{ parts []FormPart }

// FormPart is one part of a [Multipart]. At most one of Path, Data and Open is set; none is empty content.
type FormPart struct {
	// Name is the name of the field. In Name and Filename a quote and line breaks become %22, %0D and %0A, as in browsers.
	Name string
	// Filename is the name that the server is told. Default: the last element of Path; for other content none, which makes
	// it a field and not a file.
	Filename string
	// ContentType is the type of the content. Default: for files that of the extension of Filename (gif, jpg, jpeg, png, svg,
	// txt, htm, html, pdf, xml), else application/octet-stream; for fields the part has no Content-Type.
	ContentType string
	// Path is a file to send. It is opened each time that the body is read, and measured before; if it then has another length,
	// that is an ErrBodyLength.
	Path string
	// Data is the content itself. It is not copied and must not be changed.
	Data []byte
	// Open returns the content from its beginning, each time that the body is read; its reader is closed. Length is how
	// many bytes it has; 0 or less: unknown, so that the whole body is sent without Content-Length.
	Open   func() (io.ReadCloser, error)
	Length int64
}

// AddField adds a field; its value is sent as it is.
func (m *Multipart) AddField(name, value string) error {
	return m.AddPart(FormPart{Name: name, Data: []byte(value)})
}

// AddFile adds a file under its own name; see [FormPart.Path]. One that is not there is an error in which [fs.ErrNotExist] is.
func (m *Multipart) AddFile(name, path string) error {
	return m.AddPart(FormPart{Name: name, Path: path})
}

// AddPart adds a part. What cannot be sent is an ErrInvalidRequest, and is not added.
func (m *Multipart) AddPart(p FormPart) error {
	sources := 0
	for _, set := range []bool{p.Path != "", p.Data != nil, p.Open != nil} {
		if set {
			sources++
		}
	}
	switch {
	case sources > 1:
		return m.refuse(p, "more than one of Path, Data and Open is set")
	case p.Length != 0 && p.Open == nil:
		return m.refuse(p, "Length without Open")
	case !isValue(p.ContentType):
		return m.refuse(p, "ContentType has a control character")
	}
	if p.Path != "" {
		if _, err := measure(p.Path); err != nil {
			return newError("multipart", nil, &fault{ErrInvalidRequest, fmt.Errorf("part %.80q: %w", p.Name, err)})
		}
		if p.Filename == "" {
			p.Filename = filepath.Base(p.Path)
		}
	}
	if p.ContentType == "" && p.Filename != "" {
		p.ContentType = typeOf(p.Filename)
	}
	m.parts = append(m.parts, p)
	return nil
}

func (m *Multipart) refuse(p FormPart, why string) error {
	return newError("multipart", nil, invalid(ErrInvalidRequest, "part %.80q: %s", p.Name, why))
}

// with returns a copy with fields added at the end.
func (m *Multipart) with(fields Pairs) *Multipart {
	c := &Multipart{slices.Clone(m.parts)}
	for _, f := range fields {
		c.parts = append(c.parts, FormPart{Name: f.Name, Data: []byte(f.Value)})
	}
	return c
}

// measure returns the length of a file, -1 for what is no regular file.
func measure(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return 0, err
	case info.IsDir():
		return 0, &fs.PathError{Op: "send", Path: path, Err: fmt.Errorf("is a directory: %w", fs.ErrInvalid)}
	case !info.Mode().IsRegular():
		return -1, nil
	}
	return info.Size(), nil
}

// types are curl's, by extension (lib/mime.c).
var types = []struct{ extension, typ string }{
	{".gif", "image/gif"}, {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"}, {".png", "image/png"}, {".svg", "image/svg+xml"},
	{".txt", "text/plain"}, {".htm", "text/html"}, {".html", "text/html"}, {".pdf", "application/pdf"}, {".xml", "application/xml"},
}

func typeOf(filename string) string {
	for _, t := range types {
		if n := len(filename) - len(t.extension); n >= 0 && strings.EqualFold(filename[n:], t.extension) {
			return t.typ
		}
	}
	return "application/octet-stream"
}

var partEscapes = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

// head appends what stands in front of a part's content.
func (p *FormPart) head(b *bytes.Buffer, boundary string) {
	b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + partEscapes.Replace(p.Name) + `"`)
	if p.Filename != "" {
		b.WriteString(`; filename="` + partEscapes.Replace(p.Filename) + `"`)
	}
	b.WriteString("\r\n")
	if p.ContentType != "" {
		b.WriteString("Content-Type: " + p.ContentType + "\r\n")
	}
	b.WriteString("\r\n")
}

// payload returns the body with a boundary: of known length if all parts are, else of unknown. Each body that comes of it is
// read anew from the beginning.
func (m *Multipart) payload(boundary string) (payload, error) {
	var (
		pieces []piece
		text   bytes.Buffer
		total  int64
		memory = true
	)
	flush := func() {
		if text.Len() > 0 {
			pieces = append(pieces, piece{data: slices.Clone(text.Bytes()), length: int64(text.Len())})
			text.Reset()
		}
	}
	for i := range m.parts {
		p := &m.parts[i]
		p.head(&text, boundary)
		flush()
		if p.Path == "" && p.Open == nil {
			pieces = append(pieces, piece{data: p.Data, length: int64(len(p.Data))})
		} else {
			memory = false
			length, err := p.length()
			if err != nil {
				return payload{}, &fault{ErrRequestBody, fmt.Errorf("part %.80q: %w", p.Name, err)}
			}
			pieces = append(pieces, piece{part: p, length: length})
		}
		text.WriteString("\r\n")
	}
	text.WriteString("--" + boundary + "--\r\n")
	flush()
	for i := range pieces {
		if n := pieces[i].length; n < 0 || total < 0 || n > math.MaxInt64-total {
			total = -1
		} else {
			total += n
		}
	}
	get := func() (io.ReadCloser, error) {
		r := &formReader{pieces: pieces, rest: int(total)}
		src := source{r: r, left: total}
		if memory {
			return &measured{src, r}, nil
		}
		return &src, nil
	}
	body, _ := get()
	return payload{body: body, get: get, length: total, typ: "multipart/form-data; boundary=" + boundary}, nil
}

func (p *FormPart) length() (int64, error) {
	switch {
	case p.Path != "":
		return measure(p.Path)
	case p.Length > 0:
		return p.Length, nil
	}
	return -1, nil
}

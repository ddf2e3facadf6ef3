package fpserver

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wirelike/wirelike/fingerprint"
)

// Upload is the answer of /upload.
type Upload struct {
	ContentType string   `json:"content_type"`
	Body        EchoBody `json:"body"`
	// Boundary is that of a multipart body (RFC 2046 §5.1), empty for others. A multipart body that breaks the rules gets
	// status 400, its parts up to there, and Error.
	Boundary string       `json:"boundary,omitempty"`
	Parts    []UploadPart `json:"parts,omitempty"`
	// Preamble and Epilogue are the bytes before the first and behind the last boundary.
	Preamble int64  `json:"preamble,omitempty"`
	Epilogue int64  `json:"epilogue,omitempty"`
	Error    string `json:"error,omitempty"`
}

// UploadPart is one part of a multipart body.
type UploadPart struct {
	// Fields are in the order and spelling of the wire; bytes that are no UTF-8 are U+FFFD.
	Fields []fingerprint.Field `json:"fields"`
	Body   EchoBody            `json:"body"`
	// Text is the content, if it is UTF-8 and has at most 1 KiB.
	Text string `json:"text,omitempty"`
}

const (
	maxParts     = 1000
	maxPartHead  = 16 << 10
	maxHeads     = 256 << 10 // of all parts together
	maxPartText  = 1 << 10
	maxTypeBytes = 8 << 10
)

// upload tells what a body consists of.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	contentType := r.Header.Get("Content-Type")
	if !readQuery(r).done(w) {
		return
	}
	if len(contentType) > maxTypeBytes {
		fail(w, http.StatusBadRequest, "Content-Type is too long")
		return
	}
	u := Upload{ContentType: contentType}
	body := &uploadBody{in: http.NoBody, hash: sha256.New()}
	if r.ContentLength != 0 {
		body.in = &pacedBody{r.Body, http.NewResponseController(w), s.limits.stall}
	}
	status := http.StatusOK
	if kind, parameters, err := mime.ParseMediaType(contentType); err == nil && strings.HasPrefix(kind, "multipart/") {
		u.Boundary = parameters["boundary"]
		if err := u.read(body); err != nil {
			u.Error, status = err.Error(), http.StatusBadRequest
		}
	}
	io.Copy(io.Discard, body)
	if body.err != io.EOF {
		failBody(w, r, body.err)
		return
	}
	u.Body = EchoBody{Size: body.size, SHA256: fmt.Sprintf("%x", body.hash.Sum(nil))}
	writeJSON(w, status, u)
}

// uploadBody counts and digests what is read.
type uploadBody struct {
	in   io.Reader
	hash hash.Hash
	size int64
	err  error
}

func (b *uploadBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.in.Read(p)
	b.hash.Write(p[:n])
	b.size += int64(n)
	b.err = err
	return n, err
}

// partContent digests the content of a part and keeps its beginning.
type partContent struct {
	hash hash.Hash
	size int64
	text []byte
}

func (c *partContent) Write(p []byte) (int, error) {
	c.hash.Write(p)
	c.size += int64(len(p))
	c.text = append(c.text, p[:min(len(p), maxPartText+1-len(c.text))]...)
	return len(p), nil
}

// finish adds what has been seen to the part.
func (c *partContent) finish(p *UploadPart) {
	p.Body = EchoBody{Size: c.size, SHA256: fmt.Sprintf("%x", c.hash.Sum(nil))}
	if len(c.text) <= maxPartText && utf8.Valid(c.text) {
		p.Text = string(c.text)
	}
}

// read reads the parts of a multipart body.
func (u *Upload) read(body io.Reader) error {
	parts, err := newPartReader(body, u.Boundary)
	if err != nil {
		return err
	}
	preamble := &counter{}
	if err := parts.skipTo(preamble); err != nil {
		return fmt.Errorf("before the first boundary: %w", err)
	}
	u.Preamble = max(preamble.n-2, 0) // the line end before the boundary belongs to it
	for {
		last, err := parts.boundaryEnd()
		if err != nil {
			return fmt.Errorf("behind boundary %d: %w", len(u.Parts)+1, err)
		}
		if last {
			epilogue := &counter{}
			_, err := io.Copy(epilogue, parts.in)
			u.Epilogue = epilogue.n
			return err
		}
		if len(u.Parts) == maxParts {
			return fmt.Errorf("more than %d parts", maxParts)
		}
		part := UploadPart{}
		part.Fields, err = parts.fields()
		if err != nil {
			return fmt.Errorf("fields of part %d: %w", len(u.Parts)+1, err)
		}
		content := &partContent{hash: sha256.New()}
		err = parts.skipTo(content)
		content.finish(&part)
		u.Parts = append(u.Parts, part)
		if err != nil {
			return fmt.Errorf("content of part %d: %w", len(u.Parts), err)
		}
	}
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// pacedBody is a request body whose client may take as long as it likes, but not pause for longer than the limit.
type pacedBody struct {
	io.ReadCloser
	deadline *http.ResponseController
	stall    time.Duration
}

func (b *pacedBody) Read(p []byte) (int, error) {
	b.deadline.SetReadDeadline(time.Now().Add(b.stall))
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.deadline.SetReadDeadline(time.Time{})
	}
	return n, err
}

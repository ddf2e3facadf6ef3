package fpserver

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// coding is one way to make a content coding (RFC 9110 §8.4.1).
type coding struct {
	name  string // in the path
	token string // in Content-Encoding
	// check is how many bytes before the end the checksum begins, 0 without one.
	check int
	open  func(io.Writer) (io.WriteCloser, error)
}

// codings come from the standard library where it has them: what decodes on the other side often is the module that
// has zstd.
var codings = []coding{
	{"gzip", "gzip", 8, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
	{"deflate", "deflate", 4, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }},
	{"deflate-raw", "deflate", 0, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) }},
	{"br", "br", 0, func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, 4), nil }},
	{"zstd", "zstd", 4, func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<17), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(true))
	}},
	{"identity", "identity", 0, func(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil }},
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// codingNames are the names of all but identity.
var codingNames = func() (names []string) {
	for _, c := range codings[:len(codings)-1] {
		names = append(names, c.name)
	}
	return names
}()

func codingNamed(name string) (coding, bool) {
	i := slices.IndexFunc(codings, func(c coding) bool { return c.name == name })
	if i < 0 {
		return coding{}, false
	}
	return codings[i], true
}

// encode returns a content in that coding.
func (c coding) encode(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := c.open(&b)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// codingSlot waits until an answer may be compressed, and breaks off when the request or the server ends before.
func (s *Server) codingSlot(ctx context.Context) (free func()) {
	select {
	case s.labs.coders <- struct{}{}:
		return func() { <-s.labs.coders }
	case <-ctx.Done():
	case <-s.closing:
	}
	panic(http.ErrAbortHandler)
}

// encoded returns the handler of /enc/NAME.
func encoded(name string) handlerFunc {
	c, _ := codingNamed(name)
	return func(s *Server, w http.ResponseWriter, r *http.Request) {
		q := readQuery(r)
		n := q.number("n", 1000, 0, maxLabBody)
		members := int64(1)
		if name == "gzip" {
			members = q.number("members", 1, 1, 16)
		}
		framing := q.word("framing", "length", "chunked")
		if !q.done(w) {
			return
		}
		s.sendEncoded(w, r, c.token, framing, func() (body []byte, err error) {
			content := patternOf(n)
			for i := range members { // RFC 1952 §2.2
				member, err := c.encode(content[n*i/members : n*(i+1)/members])
				if err != nil {
					return nil, err
				}
				body = append(body, member...)
			}
			return body, nil
		})
	}
}

const maxCodings = 10

// encMulti applies several codings one after the other.
func (s *Server) encMulti(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	n := q.number("n", 1000, 0, maxLabBody)
	names := strings.Split(q.text("codings", "deflate,gzip"), ",")
	framing := q.word("framing", "length", "chunked")
	var list []coding
	var tokens []string
	for _, name := range names {
		c, ok := codingNamed(name)
		if !ok || len(names) > maxCodings {
			q.fail("codings must be a list of up to %d of: %s, identity", maxCodings, strings.Join(codingNames, ", "))
			break
		}
		list, tokens = append(list, c), append(tokens, c.token)
	}
	if !q.done(w) {
		return
	}
	s.sendEncoded(w, r, strings.Join(tokens, ", "), framing, func() (body []byte, err error) {
		body = patternOf(n)
		for _, c := range list {
			if body, err = c.encode(body); err != nil {
				return nil, err
			}
		}
		return body, nil
	})
}

// sendEncoded sends what produce returns.
func (s *Server) sendEncoded(w http.ResponseWriter, r *http.Request, tokens, framing string, produce func() ([]byte, error)) {
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	free := s.codingSlot(r.Context())
	body, err := produce()
	free()
	if err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Encoding", tokens)
	h.Set("Cache-Control", "no-store")
	if framing == "length" {
		setLength(h, int64(len(body)))
	}
	w.WriteHeader(http.StatusOK)
	if framing == "chunked" {
		http.NewResponseController(w).Flush()
	}
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

func patternOf(n int64) []byte {
	b := make([]byte, n)
	io.ReadFull(&pattern{size: n}, b)
	return b
}

const (
	defaultBomb = 64 << 20
	bombPiece   = 64 << 10
)

var zeros [bombPiece]byte

// encBomb sends zeros, coded, as fast as they are taken.
func (s *Server) encBomb(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	c, _ := codingNamed(q.word("of", codingNames...))
	n := q.number("n", defaultBomb, 0, maxBytes)
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	defer s.codingSlot(r.Context())()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Encoding", c.token)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	limit := http.NewResponseController(w)
	limit.Flush() // a small bomb has no length either
	if r.Method == http.MethodHead {
		return
	}
	defer limit.SetWriteDeadline(time.Time{})
	to, err := c.open(w)
	for ; err == nil && n > 0; n -= bombPiece {
		limit.SetWriteDeadline(time.Now().Add(s.limits.stall)) // who does not take it must not keep its slot
		_, err = to.Write(zeros[:min(n, bombPiece)])
	}
	if err != nil || to.Close() != nil {
		panic(http.ErrAbortHandler)
	}
}

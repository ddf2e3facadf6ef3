package fpserver

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// Echo is the answer of /get, /post and /echo.
type Echo struct {
	Method string `json:"method"`
	// Path is the request target: path and query.
	Path  string `json:"path"`
	Proto string `json:"proto"`
	// Fields are as in [ReportRequest].
	Fields []fingerprint.Field `json:"fields"`
	Body   EchoBody            `json:"body"`
	// Trailer holds the trailer fields, sorted by nothing: HTTP libraries lose their order.
	Trailer map[string][]string `json:"trailer,omitempty"`
}

// EchoBody tells of a request body.
type EchoBody struct {
	// Size is in bytes.
	Size int64 `json:"size"`
	// SHA256 is in hexadecimal.
	SHA256 string `json:"sha256"`
}

var bodyBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// drain reads the body of a request to its end, into h if there is one, and answers when that fails. A client may take
// as long as it likes, but not pause for longer than the limit.
func (s *Server) drain(w http.ResponseWriter, r *http.Request, h hash.Hash) (int64, error) {
	if r.ContentLength == 0 {
		return 0, nil
	}
	buf := bodyBuffers.Get().(*[32 << 10]byte)
	defer bodyBuffers.Put(buf)
	deadline := http.NewResponseController(w)
	var size int64
	for {
		deadline.SetReadDeadline(time.Now().Add(s.limits.stall))
		n, err := r.Body.Read(buf[:])
		size += int64(n)
		if h != nil {
			h.Write(buf[:n])
		}
		switch {
		case err == io.EOF:
			deadline.SetReadDeadline(time.Time{})
			return size, nil
		case err != nil:
			failBody(w, r, err)
			return size, err
		}
	}
}

// failBody answers to a request whose body cannot be read.
func failBody(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c, _ := FromContext(r.Context())
		c.note(errStalledBody)
		w.Header().Set("Connection", "close")
		fail(w, http.StatusRequestTimeout, "the body stalled")
		return
	}
	fail(w, http.StatusBadRequest, "body: "+err.Error())
}

// echo answers with the request.
func (s *Server) echo(w http.ResponseWriter, r *http.Request) {
	h := sha256.New()
	size, err := s.drain(w, r, h)
	if err != nil {
		return
	}
	_, info := FromContext(r.Context())
	writeJSON(w, http.StatusOK, Echo{
		Method: r.Method, Path: r.RequestURI, Proto: r.Proto, Fields: info.Fields(),
		Body:    EchoBody{Size: size, SHA256: fmt.Sprintf("%x", h.Sum(nil))},
		Trailer: r.Trailer,
	})
}

// status answers with a status and nothing else.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || code < 200 || code > 599 {
		fail(w, http.StatusBadRequest, "the status must be a number from 200 to 599")
		return
	}
	if _, err := s.drain(w, r, nil); err == nil {
		w.WriteHeader(code)
	}
}

// setCookies sets the cookies of the query.
func (s *Server) setCookies(w http.ResponseWriter, r *http.Request) {
	type cookie struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	set := []cookie{}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		k, v, ok := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		c := &http.Cookie{Name: name, Value: value, Path: "/"}
		if !ok || err1 != nil || err2 != nil || c.Valid() != nil {
			fail(w, http.StatusBadRequest, "give cookies as name=value, separated by &")
			return
		}
		w.Header().Add("Set-Cookie", c.String())
		set = append(set, cookie{name, value})
	}
	writeJSON(w, http.StatusOK, struct {
		Set []cookie `json:"set"`
	}{set})
}

// closeConn ends the connection after its answer.
func (s *Server) closeConn(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close") // for HTTP/2, net/http sends a GOAWAY
	s.echo(w, r)
}

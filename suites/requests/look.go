package requests

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// wantBody wants the request that the server saw to have that body.
func wantBody(e fpserver.Echo, text string) {
	ginkgo.GinkgoHelper()
	want := fpserver.EchoBody{Size: int64(len(text)), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(text)))}
	if text == "" {
		want.SHA256 = e.Body.SHA256 // of nothing, or none at all
	}
	gomega.Expect(e.Body).To(gomega.Equal(want), "the body %.100q", text)
}

// pairs makes fields of names and values in turn.
func pairs(namesAndValues ...string) []subject.Field {
	fields := []subject.Field{}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		fields = append(fields, subject.Field{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return fields
}

// producer is a body of pieces that come when they are sent; it ends with an error, or when pieces is closed.
type producer struct {
	pieces chan string
	err    error
	rest   string
	closed atomic.Int32
}

func (p *producer) Read(b []byte) (int, error) {
	if p.rest == "" {
		piece, ok := <-p.pieces
		if !ok {
			return 0, p.err
		}
		p.rest = piece
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *producer) Close() error {
	p.closed.Add(1)
	return nil
}

// tellTarget answers with the target of the request.
var tellTarget = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RequestURI) })

// target makes a request to a server with tellTarget, or to one of fpserver's own paths that tells it.
func target(c *runner.Client, r subject.Request) string {
	ginkgo.GinkgoHelper()
	res := c.Do(r)
	if body := runner.Body(res); strings.HasPrefix(body, "/") {
		return body
	}
	return "/" + strings.TrimPrefix(strings.SplitN(res.URL, "/", 4)[3], "/")
}

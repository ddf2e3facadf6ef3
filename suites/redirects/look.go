package redirects

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// lab returns the URL of /redirect-lab at an origin, with parameters in turn: name, value.
func lab(origin string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return origin + "/redirect-lab?" + q.Encode()
}

// wantBody wants the request that the server saw to have that body.
func wantBody(e fpserver.Echo, text string) {
	ginkgo.GinkgoHelper()
	gomega.Expect(e.Body.Size).To(gomega.BeEquivalentTo(len(text)), "length of the body")
	if text != "" {
		gomega.Expect(e.Body.SHA256).To(gomega.Equal(fmt.Sprintf("%x", sha256.Sum256([]byte(text)))), "the body")
	}
}

// request is what a server was asked for.
type request struct {
	method, target string
	fields         []fingerprint.Field
}

// requestsOf returns all requests to a server, connection by connection.
func requestsOf(s *fpserver.Server) (list []request) {
	ginkgo.GinkgoHelper()
	for _, c := range s.Conns() {
		f, err := c.Fingerprint()
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		switch {
		case f.HTTP2 != nil:
			for _, r := range f.HTTP2.Requests {
				list = append(list, request{value(r.Fields, ":method"), value(r.Fields, ":path"), r.Fields})
			}
		case f.HTTP1 != nil:
			for _, r := range f.HTTP1.Requests {
				list = append(list, request{r.Method, r.Target, r.Fields})
			}
		}
	}
	return list
}

// value returns the values of all fields with the name, "" if there is none.
func value(fields []fingerprint.Field, name string) string {
	var all []string
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			all = append(all, f.Value)
		}
	}
	return strings.Join(all, " + ")
}

// pairs makes fields of names and values in turn.
func pairs(namesAndValues ...string) []subject.Field {
	fields := []subject.Field{}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		fields = append(fields, subject.Field{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return fields
}

// two returns a second origin, of another port, and a client that trusts both.
func two(t *runner.Trial, c subject.Config) (*fpserver.Server, *runner.Client) {
	ginkgo.GinkgoHelper()
	t.Server()
	other := t.Origin(nil)
	return other, t.Client(c)
}

// at returns the host and port of a server.
func at(s *fpserver.Server) string { return strings.TrimPrefix(s.URL, "https://") }

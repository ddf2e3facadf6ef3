package cookies

import (
	"net/url"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// names are those that the servers of a spec have beside "localhost".
var names = []string{"a.test", "sub.a.test", "other.a.test", "xa.test", "b.test", "wirelike.co.uk", "other.co.uk", "github.io"}

// sites are two servers that have all names, one over https and one over http, and a client for them.
type sites struct {
	https, http string // ports
	client      *runner.Client
}

func newSites(t *runner.Trial, c subject.Config) *sites {
	ginkgo.GinkgoHelper()
	s := &sites{}
	s.https = port(t.Origin(func(s *fpserver.Server) { s.Names = names }))
	s.http = port(t.Origin(func(s *fpserver.Server) { s.NoTLS = true }))
	c.Protocol, c.Hosts = "http/1.1", map[string]string{"localhost": "127.0.0.1"}
	for _, name := range names {
		c.Hosts[name] = "127.0.0.1"
	}
	s.client = t.Client(c)
	return s
}

func port(s *fpserver.Server) string {
	_, port, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(s.URL, "https://"), "http://"), ":")
	return port
}

// url returns a URL such as "https://a.test/x" with the port in use, below /cookie-lab.
func (s *sites) url(text string, query ...string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	host, path, _ := strings.Cut(rest, "/")
	ports := map[string]string{"https": s.https, "http": s.http}
	if path != "" {
		path = "/" + path
	}
	return scheme + "://" + host + ":" + ports[scheme] + "/cookie-lab" + path + queryOf(query)
}

// redirect returns the URL of a redirect that sets cookies.
func (s *sites) redirect(text, to string, lines ...string) string {
	at, _, _ := strings.Cut(s.url(text), "/cookie-lab")
	return at + "/redirect-lab" + queryOf([]string{"location", to, "cookie", strings.Join(lines, "\n")})
}

// queryOf encodes names and values in turn.
func queryOf(pairs []string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Add(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// setting encodes Set-Cookie lines for /cookie-lab.
func setting(lines []string) (query []string) {
	for _, l := range lines {
		query = append(query, "set", l)
	}
	return query
}

// set has the server of a URL set cookies.
func (s *sites) set(text string, lines ...string) {
	ginkgo.GinkgoHelper()
	gomega.Expect(s.client.Do(subject.Request{URL: s.url(text, setting(lines)...)}).Status).To(gomega.Equal(200))
}

// sent returns what is sent to a URL.
func (s *sites) sent(text string) string {
	ginkgo.GinkgoHelper()
	return s.cookies(subject.Request{URL: s.url(text)})
}

// cookies returns the Cookie fields of the last request of a call that ends at /cookie-lab.
func (s *sites) cookies(r subject.Request) string {
	ginkgo.GinkgoHelper()
	seen := runner.Decode[struct {
		Cookie []struct{ Text string }
	}](s.client.Do(r))
	var fields []string
	for _, c := range seen.Cookie {
		fields = append(fields, c.Text)
	}
	return strings.Join(fields, " + ")
}

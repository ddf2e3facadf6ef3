package client_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// The vectors of differential_cookies_test.go, differential_engines_test.go, differential_hops_test.go and differential_redirects_test.go are scripts: what
// a client asks for, what the servers answer, and what then arrives there. Every client of [rivals] plays them. What the others
// do otherwise than this module is recorded in testdata/differential.json, and [verdicts] says who is right, and why.
// docs/cookies-redirects.md lists that; [TestDifferentialPage] keeps it true.

// vector is one script, and what this module does.
type vector struct {
	id, name string
	calls    []vectorCall
	answers  []answer // to the requests in the order of their arrival; beyond them comes a plain 200, or the last for ever with loop
	loop     bool
	show     string // the fields that are shown with each request; empty: only the Cookie of the last request
	want     string
}

func (v *vector) String() string { return v.id + " " + v.name }

// pagePath is where each host has a page that does not count.
const pagePath = "/_page"

// vectorCall is one call of a client.
type vectorCall struct {
	Method  string
	URL     string
	Headers [][2]string
	Body    string
	Auth    string // user:password
	Cookies [][2]string
}

// answer is that of a server to one request; the zero value is a 200.
type answer struct {
	status   int
	location []string
	set      []string
}

const longest = 72 // of what is kept of an observation

// vectorServer has the servers of the vectors, of which it plays one at a time: every host is at http port and https port, and
// "host:2" is another origin of the same host over http; ":http" stands for a port where there is no scheme.
type vectorServer struct {
	mu       sync.Mutex
	ports    map[string]string // of "http", "2" and "https"
	current  *vector
	number   int
	requests []string
	cookie   string // of the last request
}

// newVectorServer starts the servers.
func newVectorServer(t *testing.T, ca *testnet.CA) *vectorServer {
	t.Helper()
	s := &vectorServer{ports: map[string]string{}}
	for _, name := range []string{"http", "2", "https"} {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			if r.URL.Path != "/favicon.ico" && r.URL.Path != pagePath {
				s.serve(w, r)
			}
		}))
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		if name == "https" {
			srv.TLS = &tls.Config{NextProtos: []string{"http/1.1"}, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				cert := ca.Leaf(h.ServerName)
				return &cert, nil
			}}
			srv.StartTLS()
		} else {
			srv.Start()
		}
		t.Cleanup(srv.Close)
		_, s.ports[name], _ = net.SplitHostPort(srv.Listener.Addr().String())
	}
	return s
}

// begin starts a vector.
func (s *vectorServer) begin(n int, v *vector) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.number, s.requests, s.cookie = v, n, nil, ""
}

// end returns what has arrived since begin.
func (s *vectorServer) end() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.current
	if v == nil {
		return ""
	}
	if v.show == "" {
		return brief(s.cookie)
	}
	var list []string
	for i := 0; i < len(s.requests); {
		n := i + 1
		for n < len(s.requests) && s.requests[n] == s.requests[i] {
			n++
		}
		if n-i > 1 {
			list = append(list, fmt.Sprintf("%d × %s", n-i, s.requests[i]))
		} else {
			list = append(list, s.requests[i])
		}
		i = n
	}
	return strings.Join(list, ", ")
}

func (s *vectorServer) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.current
	if v == nil {
		return
	}
	at := len(s.requests)
	s.requests = append(s.requests, s.told(r, v.show, string(body)))
	s.cookie = s.short(strings.Join(r.Header["Cookie"], " + "))
	if at >= len(v.answers) && v.loop {
		at = len(v.answers) - 1
	}
	if at >= len(v.answers) {
		return
	}
	a := v.answers[at]
	for _, l := range a.location {
		w.Header().Add("Location", s.full(l))
	}
	for _, l := range a.set {
		w.Header().Add("Set-Cookie", s.full(l))
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
}

// told writes a request down.
func (s *vectorServer) told(r *http.Request, show, body string) string {
	scheme := ""
	if r.TLS != nil {
		scheme = "https://"
	}
	text := r.Method + " " + scheme + s.short(r.Host) + r.RequestURI
	if body != "" {
		text += " " + body
	}
	for _, name := range strings.Fields(show) {
		if v := strings.Join(r.Header.Values(name), " + "); v != "" {
			text += fmt.Sprintf(" [%s: %s]", name, s.short(v))
		}
	}
	return text
}

var (
	authority = regexp.MustCompile(`(https?)://([^/?#\s@]*@)?(\[[^\]]*\]|[^/?#\s:]+)(:2)?`)
	ending    = regexp.MustCompile(`(?i)\.test\b`)
	numbered  = regexp.MustCompile(`-v\d+\.test`)
)

// full writes the names and ports that are in use for those of a vector: each vector has its own hosts below .test, so that a
// client that keeps its cookies plays them all.
func (s *vectorServer) full(text string) string {
	text = authority.ReplaceAllStringFunc(text, func(m string) string {
		scheme, _, _ := strings.Cut(m, "://")
		if plain, ok := strings.CutSuffix(m, ":2"); ok {
			return plain + ":" + s.ports["2"]
		}
		return m + ":" + s.ports[scheme]
	})
	text = strings.ReplaceAll(text, ":http", ":"+s.ports["http"])
	return ending.ReplaceAllString(text, fmt.Sprintf("-v%d.test", s.number))
}

// short undoes full.
func (s *vectorServer) short(text string) string {
	text = strings.NewReplacer(":"+s.ports["http"], "", ":"+s.ports["https"], "", ":"+s.ports["2"], ":2").Replace(text)
	return numbered.ReplaceAllString(text, ".test")
}

// callsOf returns the calls of a vector for a client; see full.
func (s *vectorServer) callsOf(v *vector) []vectorCall {
	list := make([]vectorCall, len(v.calls))
	for i, a := range v.calls {
		a.URL = s.full(a.URL)
		a.Headers = nil
		for _, h := range v.calls[i].Headers {
			a.Headers = append(a.Headers, [2]string{h[0], s.full(h[1])})
		}
		list[i] = a
	}
	return list
}

// hosts returns all names of hosts that the vectors have.
func (s *vectorServer) hosts() []string {
	known := map[string]bool{}
	for n, v := range allVectors() {
		s.begin(n, v)
		text := []string{}
		for _, c := range s.callsOf(v) {
			text = append(text, c.URL)
		}
		for _, a := range v.answers {
			for _, l := range a.location {
				text = append(text, s.full(l))
			}
		}
		for _, m := range authority.FindAllStringSubmatch(strings.ReplaceAll(strings.ToLower(strings.Join(text, " ")), " //", " http://"), -1) {
			if host := m[3]; host != "localhost" && net.ParseIP(strings.Trim(host, "[]")) == nil {
				known[host] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(known))
}

// brief cuts a long observation.
func brief(text string) string {
	if len(text) <= longest {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:20], len(text))
}

func allVectors() []*vector {
	return slices.Concat(cookieVectors(), engineVectors(), hopVectors(), redirectVectors())
}

// TestDifferential plays all vectors with every client. With WIRELIKE_UPDATE=1 it records what those do that are there.
func TestDifferential(t *testing.T) {
	t.Parallel()
	rec := readRecord(t)
	for _, r := range rivals {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			ca := testnet.NewCA(t, time.Now())
			p := r.start(t, newVectorServer(t, ca), ca)
			asked := 0
			for n, v := range allVectors() {
				if r.skip != nil && r.skip(v) {
					continue
				}
				asked++
				t.Run(v.String(), func(t *testing.T) { rec.compare(t, &r, p, v, p.play(t, n, v)) })
			}
			rec.count(t, &r, p, asked)
		})
	}
}

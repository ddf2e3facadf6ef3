package redirects

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

var safe = subject.Redirect{Follow: subject.FollowSafe}

// internals are specs of redirects to addresses that are not for the public.
var internals = []runner.Spec{
	runner.It("REDIR-20", "a redirect to the machine itself is refused, under any name", func(t *runner.Trial) {
		sentinel := t.Origin(nil)
		c := t.Client(subject.Config{Redirect: safe})
		_, port, _ := strings.Cut(at(sentinel), ":")
		for _, host := range []string{"localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"} {
			c.Fails(subject.Request{URL: lab(t.Server().URL, "location", "https://"+host+":"+port+"/echo")}, subject.Internal)
		}
		gomega.Expect(sentinel.Conns()).To(gomega.BeEmpty(), "connections of the sentinel")
	}),
	runner.It("REDIR-20", "nor is it asked under a name that is said to be elsewhere", func(t *runner.Trial) {
		sentinel := t.Origin(func(s *fpserver.Server) { s.Names = []string{"a.localhost"} })
		c := t.Client(subject.Config{Redirect: safe, Hosts: map[string]string{"a.localhost": "127.0.0.1"}})
		_, port, _ := strings.Cut(at(sentinel), ":")
		c.Fails(subject.Request{URL: lab(t.Server().URL, "location", "https://a.localhost:"+port+"/echo")}, subject.Internal)
		for _, c := range sentinel.Conns() {
			gomega.Expect(c.Requests()).To(gomega.BeZero(), "requests to the sentinel")
		}
	}),
	runner.It("REDIR-20", "nor is the last of several redirects followed there", func(t *runner.Trial) {
		for _, hops := range []int{1, 2, 5} {
			c, sentinel, asked := guarded(t, subject.Config{})
			location := sentinel
			for range hops {
				location = lab(t.Server().URL, "location", location)
			}
			c.Fails(subject.Request{URL: lab(t.Server().URL, "location", location)}, subject.Internal)
			gomega.Expect(asked()).To(gomega.BeZero(), "connections of the sentinel after %d redirects", hops)
			gomega.Expect(requestsOf(t.Server())).NotTo(gomega.BeEmpty(), "those before it are followed")
		}
	}),
	runner.It("REDIR-20", "nor one with another method and a body", func(t *runner.Trial) {
		c, sentinel, asked := guarded(t, subject.Config{})
		url := lab(t.Server().URL, "status", "307", "location", lab(t.Server().URL, "status", "308", "location", sentinel))
		c.Fails(subject.Request{Method: "POST", URL: url, Bytes: []byte("content")}, subject.Internal)
		gomega.Expect(asked()).To(gomega.BeZero())
	}),
	runner.It("REDIR-20", "nor does another try reach it", func(t *runner.Trial) {
		var to string
		var n atomic.Int32
		flaky := t.Origin(func(s *fpserver.Server) {
			s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1)%2 == 1 {
					w.WriteHeader(503)
					return
				}
				http.Redirect(w, r, to, http.StatusFound)
			})
		})
		c, sentinel, asked := guarded(t, subject.Config{Retry: subject.Retry{Count: 3, On: func(_, status int, err error) bool {
			return err != nil || status >= 500 // also what another try cannot change
		}}})
		to = sentinel
		c.Fails(subject.Request{URL: flaky.URL + "/x"}, subject.Internal)
		gomega.Expect(n.Load()).To(gomega.BeEquivalentTo(2), "tries before the redirect")
		c.Fails(subject.Request{URL: lab(t.Server().URL, "location", flaky.URL+"/x")}, subject.Internal)
		gomega.Expect(asked()).To(gomega.BeZero())
	}),
	runner.It("REDIR-20", "the call's own URL is free", func(t *runner.Trial) {
		c := t.Client(subject.Config{Redirect: safe})
		gomega.Expect(c.Do(subject.Request{URL: t.URL("/echo")}).Status).To(gomega.Equal(200))
	}),
	runner.It("REDIR-20", "unless that is judged, too", func(t *runner.Trial) {
		c := t.Client(subject.Config{Redirect: subject.Redirect{Follow: subject.FollowSafe, First: true}})
		c.Fails(subject.Request{URL: t.URL("/echo")}, subject.Internal)
		gomega.Expect(t.Server().Conns()).To(gomega.BeEmpty())
	}),
	runner.It("REDIR-21", "what is allowed is reached", func(t *runner.Trial) {
		c := t.Client(subject.Config{Redirect: subject.Redirect{Follow: subject.FollowSafe, Allow: []string{"127.0.0.0/8", "::1/128"}}})
		gomega.Expect(c.Do(subject.Request{URL: lab(t.Server().URL)}).Status).To(gomega.Equal(200))
	}),
}

// guarded returns a client that may be led to the spec's servers but not to the sentinel, and how many connections that has got. All
// have addresses of the machine, of which only the usual ones are allowed.
func guarded(t *runner.Trial, c subject.Config) (client *runner.Client, sentinel string, asked func() int) {
	ginkgo.GinkgoHelper()
	const other = "127.0.0.2"
	l, err := net.Listen("tcp", other+":0")
	if err != nil {
		ginkgo.Skip("the machine has no second address of its own: " + err.Error())
	}
	l.Close()
	s := t.Origin(func(s *fpserver.Server) { s.Addr = other + ":0" })
	c.Redirect = subject.Redirect{Follow: subject.FollowSafe, Allow: []string{"127.0.0.1/32", "::1/128"}}
	return t.Client(c), strings.Replace(s.URL, "localhost", other, 1) + "/echo", func() int { return len(s.Conns()) }
}

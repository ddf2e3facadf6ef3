package redirects

import (
	"strings"

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

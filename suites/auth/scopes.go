package auth

import (
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// scopes are specs of where credentials go along.
var scopes = []runner.Spec{
	runner.It("AUTH-01", "credentials go along with redirects within the origin", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: t.URL("/redirect-lab?n=2"), Credentials: basic("user", "1")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("user", "1")))
	}),
	runner.It("AUTH-02", "so do those in the URL, and not to another origin", func(t *runner.Trial) {
		c, other := two(t)
		e := c.Echo(subject.Request{URL: userinfo(t.URL("/redirect-lab?n=2"), "user:1")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("user", "1")))
		e = c.Echo(subject.Request{URL: userinfo(t.URL("/redirect-lab?origin="+other.URL), "user:1")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.BeEmpty())
	}),
	runner.It("REDIR-12", "they stay behind when the origin changes", func(t *runner.Trial) {
		c, other := two(t)
		for _, there := range []string{other.URL, strings.Replace(t.Server().URL, "localhost", "127.0.0.1", 1)} {
			for _, creds := range []*subject.Credentials{basic("user", "1"), {Scheme: "bearer", Token: "t"}, {Scheme: "digest", User: "user", Password: "1"}} {
				res, err := c.Try(subject.Request{URL: t.URL("/redirect-lab?origin=" + there), Credentials: creds})
				gomega.Expect(err).NotTo(gomega.HaveOccurred())
				gomega.Expect(runner.Sent(runner.Decode[fpserver.Echo](res), "Authorization")).To(gomega.BeEmpty(), "%s at %s", creds.Scheme, there)
			}
		}
	}),
	runner.It("REDIR-12", "and come back with it", func(t *runner.Trial) {
		c, other := two(t)
		e := c.Echo(subject.Request{URL: t.URL("/redirect-lab?origin=" + other.URL + "&origin=" + t.Server().URL), Credentials: basic("user", "1")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("user", "1")))
	}),
	runner.It("AUTH-01", "another origin's 401 does not get them", func(t *runner.Trial) {
		c, other := two(t)
		creds := &subject.Credentials{Scheme: "digest", User: "user", Password: "secret"}
		r := c.Do(subject.Request{URL: t.URL("/redirect-lab?location=" + other.URL + "/auth/digest/MD5/user/secret"), Credentials: creds})
		gomega.Expect(r.Status).To(gomega.Equal(401))
		gomega.Expect(other.Conns()[0].Requests()).To(gomega.Equal(1))
	}),
}

// two returns a client that trusts a second origin, too.
func two(t *runner.Trial) (*runner.Client, *fpserver.Server) {
	t.Server()
	other := t.Origin(nil)
	return t.Client(subject.Config{}), other
}

package redirects

import (
	"errors"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

var errNotThere = errors.New("not there")

// limits are specs of whether redirects are followed, and how many.
var limits = []runner.Spec{
	runner.It("REDIR-01", "redirects are followed, and told", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: lab(t.Server().URL, "status", "301", "status", "302", "status", "308")})
		gomega.Expect(r.Status).To(gomega.Equal(200))
		gomega.Expect(r.URL).To(gomega.ContainSubstring("n=0"))
		gomega.Expect(r.History).To(gomega.HaveLen(3))
		for i, status := range []int{301, 302, 308} {
			gomega.Expect(r.History[i].Status).To(gomega.Equal(status))
		}
	}),
	runner.It("REDIR-01", "not to follow is a choice of the client and of a call", func(t *runner.Trial) {
		no, all := subject.Redirect{Follow: subject.FollowNone}, subject.Redirect{}
		url := lab(t.Server().URL, "n", "2")
		c := t.Client(subject.Config{Redirect: no})
		r := c.Do(subject.Request{URL: url})
		gomega.Expect(r.Status).To(gomega.Equal(302))
		gomega.Expect(r.NextURL).To(gomega.HavePrefix(t.Server().URL + "/redirect-lab?n=1"))
		gomega.Expect(c.Do(subject.Request{URL: url, Redirect: &all}).Status).To(gomega.Equal(200))
		gomega.Expect(t.Do(subject.Request{URL: url, Redirect: &no}).Status).To(gomega.Equal(302))
	}),
	runner.It("REDIR-02", "30 redirects are followed", func(t *runner.Trial) {
		gomega.Expect(t.Do(subject.Request{URL: lab(t.Server().URL, "n", "30")}).Status).To(gomega.Equal(200))
	}),
	runner.It("REDIR-02", "one without end ends", func(t *runner.Trial) {
		t.Fails(subject.Request{URL: lab(t.Server().URL, "form", "self")}, subject.TooManyRedirects)
		gomega.Expect(len(requestsOf(t.Server()))).To(gomega.BeNumerically("<=", 51))
	}),
	runner.It("REDIR-02", "the caller's limit counts redirects, and the error has the last response", func(t *runner.Trial) {
		three := subject.Redirect{Max: 3}
		gomega.Expect(t.Do(subject.Request{URL: lab(t.Server().URL, "n", "3"), Redirect: &three}).Status).To(gomega.Equal(200))
		err := t.Fails(subject.Request{URL: lab(t.Server().URL, "n", "9", "status", "307"), Redirect: &three}, subject.TooManyRedirects)
		runner.Need(err.Response != nil, "responses of errors")
		gomega.Expect(err.Response.Status).To(gomega.Equal(307))
		gomega.Expect(err.Response.URL).To(gomega.ContainSubstring("n=6"))
		gomega.Expect(err.Response.NextURL).To(gomega.ContainSubstring("n=5"))
		gomega.Expect(err.Response.History).To(gomega.HaveLen(3))
	}),
	runner.It("REDIR-02", "without a limit it is the chain that ends", func(t *runner.Trial) {
		any := subject.Redirect{Max: -1}
		gomega.Expect(t.Do(subject.Request{URL: lab(t.Server().URL, "n", "100"), Redirect: &any}).Status).To(gomega.Equal(200))
	}),
	runner.It("REDIR-01", "the caller is asked before each redirect", func(t *runner.Trial) {
		var next []string
		hop := subject.Redirect{Hop: func(r *subject.Response, to string) error {
			if r.Status != 302 || !strings.HasPrefix(to, t.Server().URL) {
				return errNotThere
			}
			if next = append(next, to); len(next) == 3 {
				return errNotThere
			}
			return nil
		}}
		err := t.Fails(subject.Request{URL: lab(t.Server().URL, "n", "9"), Redirect: &hop}, subject.Refused)
		gomega.Expect(errors.Is(err, errNotThere)).To(gomega.BeTrue(), "the cause is the caller's: %v", err)
		gomega.Expect(next).To(gomega.HaveLen(3))
		gomega.Expect(requestsOf(t.Server())).To(gomega.HaveLen(3))
	}),
}

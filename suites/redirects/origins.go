package redirects

import (
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// seen returns the values of a field in all requests to a server, "" where there is none.
func seen(s *fpserver.Server, name string) (values []string) {
	for _, r := range requestsOf(s) {
		values = append(values, value(r.fields, name))
	}
	return values
}

// stays wants a field of the caller to be sent to its origin, not to another one, and again when the chain comes back.
func stays(t *runner.Trial, name, value string) {
	ginkgo.GinkgoHelper()
	other, c := two(t, subject.Config{Protocol: "http/1.1"})
	c.Echo(subject.Request{URL: lab(t.Server().URL, "origin", other.URL, "origin", t.Server().URL), Header: pairs(name, value)})
	gomega.Expect(seen(other, name)).To(gomega.Equal([]string{""}), "%s at another origin", name)
	gomega.Expect(seen(t.Server(), name)).To(gomega.Equal([]string{value, value}), "%s at its origin, before and after", name)
}

// origins are specs of what goes along to another origin, here another port.
var origins = []runner.Spec{
	runner.It("REDIR-12", "Authorization stays within its origin, and comes back with it", func(t *runner.Trial) { stays(t, "Authorization", "Bearer t") }),
	runner.It("REDIR-12", "so does a Cookie field", func(t *runner.Trial) {
		other, c := two(t, subject.Config{Protocol: "http/1.1", NoCookies: true})
		c.Echo(subject.Request{URL: lab(t.Server().URL, "origin", other.URL, "origin", t.Server().URL), Header: pairs("Cookie", "a=1")})
		gomega.Expect(seen(other, "Cookie")).To(gomega.Equal([]string{""}))
		gomega.Expect(seen(t.Server(), "Cookie")).To(gomega.Equal([]string{"a=1", "a=1"}))
	}),
	runner.It("REDIR-12", "the same host under another name is another origin", func(t *runner.Trial) {
		there := strings.Replace(t.Server().URL, "localhost", "127.0.0.1", 1)
		e := t.Echo(subject.Request{URL: lab(t.Server().URL, "origin", there), Header: pairs("Authorization", "Bearer t")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.BeEmpty())
	}),
	runner.It("REDIR-12", "within the origin all goes along", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: lab(t.Server().URL, "n", "2"), Header: pairs("Authorization", "Bearer t", "X-Api-Key", "k")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements("Bearer t"))
		gomega.Expect(runner.Sent(e, "X-Api-Key")).To(gomega.HaveExactElements("k"))
	}),
	runner.It("REDIR-13", "keys and tokens stay within their origin", func(t *runner.Trial) { stays(t, "X-Api-Key", "k") }),
	runner.It("REDIR-13", "so does Proxy-Authorization", func(t *runner.Trial) { stays(t, "Proxy-Authorization", "Basic eDp5") }),
	runner.It("REDIR-13", "other fields of the caller go along", func(t *runner.Trial) {
		other, c := two(t, subject.Config{})
		e := c.Echo(subject.Request{URL: lab(t.Server().URL, "origin", other.URL), Header: pairs("X-Trace", "1", "Accept-Language", "de")})
		gomega.Expect(runner.Sent(e, "X-Trace")).To(gomega.HaveExactElements("1"))
		gomega.Expect(runner.Sent(e, "Accept-Language")).To(gomega.HaveExactElements("de"))
	}),
	runner.It("REDIR-13", "the caller may decide", func(t *runner.Trial) {
		other, c := two(t, subject.Config{})
		var asked []string
		keep := subject.Redirect{Keep: func(name, from, to string) bool {
			asked = append(asked, from+" to "+to)
			return strings.EqualFold(name, "X-Api-Key")
		}}
		e := c.Echo(subject.Request{URL: lab(t.Server().URL, "origin", other.URL), Header: pairs("X-Api-Key", "k", "X-Trace", "1"), Redirect: &keep})
		gomega.Expect(runner.Sent(e, "X-Api-Key")).To(gomega.HaveExactElements("k"))
		gomega.Expect(runner.Sent(e, "X-Trace")).To(gomega.BeEmpty())
		gomega.Expect(asked).To(gomega.ContainElement(gomega.SatisfyAll(gomega.ContainSubstring(t.Server().URL), gomega.ContainSubstring(other.URL))))
	}),
	runner.It("REDIR-14", "credentials in a Location are for that hop", func(t *runner.Trial) {
		c := t.Client(subject.Config{Protocol: "http/1.1"})
		c.Echo(subject.Request{URL: lab(t.Server().URL, "form", "userinfo", "form", "path")})
		gomega.Expect(seen(t.Server(), "Authorization")).To(gomega.Equal([]string{"", "Basic dXNlcjpzZWNyZXQ=", ""}))
	}),
	runner.It("REDIR-14", "and are nowhere to be seen", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: lab(t.Server().URL, "form", "userinfo")})
		gomega.Expect(r.URL).NotTo(gomega.ContainSubstring("secret"))
		no := subject.Redirect{Max: 1}
		err := t.Fails(subject.Request{URL: lab(t.Server().URL, "form", "userinfo", "n", "2"), Redirect: &no}, subject.TooManyRedirects)
		gomega.Expect(err.Error()).NotTo(gomega.ContainSubstring("secret"))
	}),
	runner.It("REDIR-15", "a Host of the caller's stays within its origin", func(t *runner.Trial) {
		other, c := two(t, subject.Config{Protocol: "http/1.1"})
		e := c.Echo(subject.Request{URL: lab(t.Server().URL, "origin", other.URL), Header: pairs("Host", "other.test")})
		gomega.Expect(runner.Sent(e, "Host")).To(gomega.HaveExactElements(at(other)))
	}),
	runner.It("REDIR-22", "each hop has the cookies of its own URL", func(t *runner.Trial) {
		there := strings.Replace(t.Server().URL, "localhost", "127.0.0.1", 1)
		c := t.Client(subject.Config{Protocol: "http/1.1"})
		c.Echo(subject.Request{URL: lab(t.Server().URL, "cookie", "a=1; Path=/", "cookie", "b=2; Path=/", "cookie", "c=3; Path=/",
			"origin", there, "origin", t.Server().URL, "origin", there)})
		gomega.Expect(seen(t.Server(), "Cookie")).To(gomega.ConsistOf("", "", "a=1", "b=2"))
	}),
	runner.It("REDIR-23", "an address that was typed in has no Referer, nor what it leads to", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: lab(t.Server().URL, "n", "2")})
		gomega.Expect(runner.Sent(e, "Referer")).To(gomega.BeEmpty())
	}),
}

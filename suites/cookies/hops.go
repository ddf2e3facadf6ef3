package cookies

import (
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// hops are specs of cookies along redirects, and between hosts and schemes.
var hops = []runner.Spec{
	runner.It("COOKIE-19", "what a redirect sets is sent to its target", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		got := s.cookies(subject.Request{URL: s.redirect(secure, "/cookie-lab", "x=1; Path=/")})
		gomega.Expect(got).To(gomega.Equal("x=1"))
	}),
	runner.It("COOKIE-19", "what a redirect deletes is gone at its target", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Path=/", "y=2; Path=/")
		got := s.cookies(subject.Request{URL: s.redirect(secure, "/cookie-lab", "x=; Max-Age=0; Path=/")})
		gomega.Expect(got).To(gomega.Equal("y=2"))
		gomega.Expect(s.sent(secure)).To(gomega.Equal("y=2"), "and afterwards")
	}),
	runner.It("COOKIE-20", "another host neither gets nor overwrites", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set("https://127.0.0.1/", "x=there; Path=/")
		got := s.cookies(subject.Request{URL: s.redirect("https://localhost/", s.url("https://127.0.0.1/"), "x=here; Path=/")})
		gomega.Expect(got).To(gomega.Equal("x=there"))
		gomega.Expect(s.sent("https://localhost/")).To(gomega.Equal("x=here"))
	}),
	runner.It("COOKIE-50", "a cookie of http does not take the place of a Secure one", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Secure; Path=/")
		s.set(plain, "x=2; Path=/")
		gomega.Expect(s.sent(secure)).To(gomega.Equal("x=1"))
		gomega.Expect(s.sent(plain)).To(gomega.BeEmpty())
	}),
	runner.It("COOKIE-50", "nor hides it with a longer Path", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Secure; Path=/cookie-lab/login")
		s.set(plain, "x=2; Path=/cookie-lab/login/en")
		gomega.Expect(s.sent("https://a.test/login/en")).To(gomega.Equal("x=1"))
	}),
	runner.It("COOKIE-50", "a Path that only begins alike is free", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Secure; Path=/cookie-lab/login")
		s.set(plain, "x=2; Path=/cookie-lab/loginhelper")
		gomega.Expect(s.sent("https://a.test/loginhelper")).To(gomega.Equal("x=2"))
	}),
	runner.It("COOKIE-50", "over https it is replaced as any other", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Secure; Path=/")
		s.set(secure, "x=2; Path=/")
		gomega.Expect(s.sent(plain)).To(gomega.Equal("x=2"))
	}),
	runner.It("COOKIE-25", "the host of the URL counts, not the Host field", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Path=/")
		s.set("https://b.test/", "y=2; Path=/")
		got := s.cookies(subject.Request{URL: s.url(secure), Header: []subject.Field{{Name: "Host", Value: "b.test"}}})
		gomega.Expect(got).To(gomega.Equal("x=1"))
	}),
}

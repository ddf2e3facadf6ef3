package cookies

import (
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

var own = []subject.Field{{Name: "x", Value: "own"}}

// calls are specs of the cookies of one call.
var calls = []runner.Spec{
	runner.It("COOKIE-14", "those of a call stay at the host of its URL", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		to := s.url("https://127.0.0.1/")
		gomega.Expect(s.cookies(subject.Request{URL: s.redirect("https://localhost/", to), Cookies: own})).To(gomega.BeEmpty())
	}),
	runner.It("COOKIE-14", "and follow a redirect there", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		gomega.Expect(s.cookies(subject.Request{URL: s.redirect(secure, "/cookie-lab"), Cookies: own})).To(gomega.Equal("x=own"))
	}),
	runner.It("COOKIE-15", "those of a call are not sent with the next", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		gomega.Expect(s.cookies(subject.Request{URL: s.url(secure), Cookies: own})).To(gomega.Equal("x=own"))
		gomega.Expect(s.sent(secure)).To(gomega.BeEmpty())
		gomega.Expect(s.sent("https://b.test/")).To(gomega.BeEmpty())
	}),
	runner.It("COOKIE-16", "a host without dots and an address have them, too", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		for _, host := range []string{"localhost", "127.0.0.1"} {
			gomega.Expect(s.cookies(subject.Request{URL: s.url("https://" + host + "/"), Cookies: own})).To(gomega.Equal("x=own"), host)
		}
	}),
	runner.It("COOKIE-18", "those of a call come on top, for that call", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Path=/", "y=2; Path=/")
		gomega.Expect(s.cookies(subject.Request{URL: s.url(secure), Cookies: own})).To(gomega.Equal("y=2; x=own"))
		gomega.Expect(s.sent(secure)).To(gomega.Equal("x=1; y=2"))
	}),
	runner.It("COOKIE-21", "what is discarded works within the call, and then is gone", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		r := subject.Request{URL: s.redirect(secure, "/cookie-lab", "x=1; Path=/"), DiscardCookies: true}
		gomega.Expect(s.cookies(r)).To(gomega.Equal("x=1"))
		gomega.Expect(s.sent(secure)).To(gomega.BeEmpty())
	}),
	runner.It("COOKIE-27", "a Cookie field of the caller is in place of all others", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set(secure, "x=1; Path=/")
		r := subject.Request{URL: s.url(secure), Header: []subject.Field{{Name: "Cookie", Value: "z=3"}}}
		gomega.Expect(s.cookies(r)).To(gomega.Equal("z=3"))
	}),
	runner.It("COOKIE-27", "and stays at its origin", func(t *runner.Trial) {
		s := newSites(t, subject.Config{})
		s.set("https://127.0.0.1/", "there=1; Path=/")
		r := subject.Request{URL: s.redirect("https://localhost/", s.url("https://127.0.0.1/")), Header: []subject.Field{{Name: "Cookie", Value: "z=3"}}}
		gomega.Expect(s.cookies(r)).To(gomega.Equal("there=1"))
	}),
	runner.It("COOKIE-19", "without cookies nothing is kept", func(t *runner.Trial) {
		s := newSites(t, subject.Config{NoCookies: true})
		s.set(secure, "x=1; Path=/")
		gomega.Expect(s.sent(secure)).To(gomega.BeEmpty())
	}),
}

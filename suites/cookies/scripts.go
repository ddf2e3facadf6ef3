package cookies

import (
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// here and there are two origins of which the page is at the first.
const here, there = "https://localhost/", "https://127.0.0.1/"

// scripts are specs of the cookies of requests that a script of a page makes: those to its own origin have them, others only if it
// asks for that (Fetch §2.2.5, credentials mode "same-origin" and "include").
func scripts() []runner.Spec {
	var all []runner.Spec
	for _, kind := range []string{"fetch", "xhr"} {
		all = append(all,
			runner.It("COOKIE-20", "a "+kind+" to the origin of its page has cookies, and keeps what is set", func(t *runner.Trial) {
				s := newSites(t, subject.Config{})
				s.set(here, "x=1; Path=/")
				gomega.Expect(s.cookies(script(s, kind, s.url(here, "set", "y=2; Path=/")))).To(gomega.Equal("x=1"))
				gomega.Expect(s.sent(here)).To(gomega.Equal("x=1; y=2"))
			}),
			runner.It("COOKIE-20", "a "+kind+" to another origin has none, and keeps none", func(t *runner.Trial) {
				s := newSites(t, subject.Config{})
				s.set(there, "x=1; Path=/")
				gomega.Expect(s.cookies(script(s, kind, s.url(there, "set", "y=2; Path=/")))).To(gomega.BeEmpty())
				gomega.Expect(s.sent(there)).To(gomega.Equal("x=1"))
			}),
			runner.It("COOKIE-20", "unless a "+kind+" asks for that", func(t *runner.Trial) {
				s := newSites(t, subject.Config{})
				s.set(there, "x=1; Path=/")
				r := script(s, kind, s.url(there, "set", "y=2; Path=/"))
				r.WithCredentials = true
				gomega.Expect(s.cookies(r)).To(gomega.Equal("x=1"))
				gomega.Expect(s.sent(there)).To(gomega.Equal("x=1; y=2"))
			}),
			runner.It("COOKIE-20", "a "+kind+" that is redirected to another origin leaves them behind, also when it comes back", func(t *runner.Trial) {
				s := newSites(t, subject.Config{})
				s.set(here, "x=1; Path=/")
				s.set(there, "y=2; Path=/")
				away := s.redirect(here, s.url(there))
				gomega.Expect(s.cookies(script(s, kind, away))).To(gomega.BeEmpty(), "away")
				back := s.redirect(here, s.redirect(there, s.url(here)))
				gomega.Expect(s.cookies(script(s, kind, back))).To(gomega.BeEmpty(), "and back")
				r := script(s, kind, away)
				r.WithCredentials = true
				gomega.Expect(s.cookies(r)).To(gomega.Equal("y=2"), "unless it asks for them")
			}),
		)
	}
	return all
}

// script is a request that a script of a page at here makes.
func script(s *sites, kind, url string) subject.Request {
	return subject.Request{URL: url, Kind: kind, Referrer: s.url(here)}
}

package redirects

import (
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// targetRows are forms of Location that all lead to the end of the chain, and what the end is asked for.
var targetRows = []struct{ text, form, target string }{
	{"a path", "path", "/redirect-lab?n=0"},
	{"a relative path", "relative", "/redirect-lab?n=0"},
	{"a query", "query", "/redirect-lab?n=0"},
	{"dot segments", "dots", "/redirect-lab?n=0"},
	{"a whole URL", "absolute", "/redirect-lab?n=0"},
	{"a URL without scheme", "network", "/redirect-lab?n=0"},
	{"scheme and host in upper case", "upper", "/redirect-lab?n=0"},
	{"a fragment, which is not sent", "fragment", "/redirect-lab?n=0"},
	{"bytes of UTF-8", "utf8", "/redirect-lab?n=0&note=%C3%A9"},
	{"bytes of Latin-1", "latin1", "/redirect-lab?n=0&note=%E9"},
	{"a blank", "space", "/redirect-lab?n=0&note=a%20b"},
	{"the same Location twice", "same", "/redirect-lab?n=0"},
}

// targets are specs of how a Location is read.
func targets() []runner.Spec {
	var all []runner.Spec
	for _, r := range targetRows {
		all = append(all, runner.It("REDIR-16", "a Location may be "+r.text, func(t *runner.Trial) {
			e := t.Echo(subject.Request{URL: lab(t.Server().URL, "form", r.form)})
			path := e.Path
			if i := strings.Index(path, "&form="); i >= 0 { // what the hop passes on
				rest := path[i+len("&form="):]
				path = path[:i]
				if j := strings.IndexByte(rest, '&'); j >= 0 {
					path += rest[j:]
				}
			}
			gomega.Expect(path).To(gomega.Equal(r.target))
		}))
	}
	for _, form := range []string{"none", "empty"} {
		all = append(all, runner.It("REDIR-04", "with a Location of the form "+form+" the redirect is the response", func(t *runner.Trial) {
			r := t.Do(subject.Request{URL: lab(t.Server().URL, "form", form)})
			gomega.Expect(r.Status).To(gomega.Equal(302))
			gomega.Expect(r.NextURL).To(gomega.BeEmpty())
		}))
	}
	all = append(all, runner.It("REDIR-04", "two different Locations are an error", func(t *runner.Trial) {
		t.Fails(subject.Request{URL: lab(t.Server().URL, "form", "two")}, subject.Protocol)
		gomega.Expect(requestsOf(t.Server())).To(gomega.HaveLen(1))
	}))
	for _, location := range []string{"file:///etc/passwd", "data:,x", "javascript:0", "http://", "gopher://localhost/"} {
		all = append(all, runner.It("REDIR-18", location+" is not followed", func(t *runner.Trial) {
			t.Fails(subject.Request{URL: lab(t.Server().URL, "location", location)}, subject.Invalid)
			gomega.Expect(requestsOf(t.Server())).To(gomega.HaveLen(1))
		}))
	}
	return append(all,
		runner.It("REDIR-17", "the fragment of a Location is that of the response's URL", func(t *runner.Trial) {
			r := t.Do(subject.Request{URL: lab(t.Server().URL, "form", "fragment") + "#mine"})
			gomega.Expect(r.URL).To(gomega.HaveSuffix("#fragment"))
		}),
		runner.It("REDIR-17", "without one the fragment of the request stays (RFC 9110 §10.2.2)", func(t *runner.Trial) {
			r := t.Do(subject.Request{URL: lab(t.Server().URL, "n", "2") + "#mine"})
			gomega.Expect(r.URL).To(gomega.HaveSuffix("#mine"))
			for _, r := range requestsOf(t.Server()) {
				gomega.Expect(r.target).NotTo(gomega.ContainSubstring("#"))
			}
		}),
	)
}

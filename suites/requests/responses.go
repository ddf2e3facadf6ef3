package requests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// responses are specs of what a response tells beside its body.
var responses = []runner.Spec{
	runner.It("RESP-01", "the URL is that of the last request, with the fragment of the Location", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/redirect-lab?n=2&form=path&form=fragment#first")})
		gomega.Expect(r.URL).To(gomega.Equal(t.URL("/redirect-lab?n=0&form=fragment#fragment")))
	}),
	runner.It("RESP-02", "a status below 400 is no error", func(t *runner.Trial) {
		for _, status := range []int{200, 204, 299, 304, 399, 400, 404, 500, 599} {
			r := t.Do(subject.Request{URL: t.URL(fmt.Sprintf("/status/%d", status))})
			runner.Need(r.StatusError != nil, "Response.StatusError")
			gomega.Expect(r.Status).To(gomega.Equal(status))
			gomega.Expect(r.StatusError() != nil).To(gomega.Equal(status >= 400), "%d", status)
		}
	}),
	runner.It("RESP-02", "a redirect is a status of five with a Location", func(t *runner.Trial) {
		c := t.Client(subject.Config{Redirect: subject.Redirect{Follow: subject.FollowNone}})
		for _, status := range []int{300, 301, 302, 303, 304, 305, 306, 307, 308, 399} {
			for _, form := range []string{"path", "none"} {
				r := c.Do(subject.Request{URL: t.URL(fmt.Sprintf("/redirect-lab?status=%d&form=%s", status, form))})
				redirects := slices.Contains([]int{301, 302, 303, 307, 308}, status) && form == "path"
				gomega.Expect(r.NextURL != "").To(gomega.Equal(redirects), "%d %s", status, form)
			}
		}
	}),
	runner.It("RESP-03", "the reason is as it was sent", func(t *runner.Trial) {
		for line, want := range map[string]string{"200 Custom phrase": "Custom phrase", "200 ": "", "200": "", "404 \u00e9": "\u00e9"} {
			r := t.Do(subject.Request{URL: t.Peer(runner.Canned("HTTP/1.1 " + line + "\r\nContent-Length: 0\r\n\r\n"))})
			gomega.Expect(r.Reason).To(gomega.Equal(want), "%q", line)
		}
		gomega.Expect(t.Client(subject.Config{Protocol: "h2"}).Do(subject.Request{URL: t.URL("/get")}).Reason).To(gomega.BeEmpty(), "HTTP/2 has none")
	}),
	runner.It("RESP-04", "the version of HTTP is told", func(t *runner.Trial) {
		for protocol, want := range map[string]string{"http/1.1": "HTTP/1.1", "h2": "HTTP/2.0", "": "HTTP/2.0"} {
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: t.URL("/get")})
			gomega.Expect(r.Protocol).To(gomega.Equal(want), protocol)
		}
		r := t.Do(subject.Request{URL: t.Peer(runner.Canned("HTTP/1.0 200 OK\r\n\r\nbody"))})
		gomega.Expect(r.Protocol).To(gomega.Equal("HTTP/1.0"))
		gomega.Expect(runner.Body(r)).To(gomega.Equal("body"))
	}),
	runner.It("RESP-05", "fields keep order, spelling and duplicates, and a folded line is appended", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.Peer(runner.Canned(
			"HTTP/1.1 200 OK\r\nx-B: 1\r\nX-a: 2\r\nX-Folded: one\r\n  two\r\n\tthree\r\nx-b: 3\r\nContent-Length: 0\r\n\r\n"))})
		gomega.Expect(subject.Values(r.Header, "X-B")).To(gomega.Equal([]string{"1", "3"}))
		gomega.Expect(strings.Fields(r.Get("X-Folded"))).To(gomega.Equal([]string{"one", "two", "three"}))
		runner.Need(!r.Unordered, "the order of fields")
		gomega.Expect(r.Header[:2]).To(gomega.Equal(pairs("x-B", "1", "X-a", "2")))
		gomega.Expect(r.Header[3]).To(gomega.Equal(subject.Field{Name: "x-b", Value: "3"}))
	}),
	runner.It("RESP-05", "fields of interim responses and of redirects are not among those of the last one", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/early-hints?n=2")})
		gomega.Expect(r.Status).To(gomega.Equal(200))
		gomega.Expect(r.Get("Link")).To(gomega.BeEmpty())
		r = t.Do(subject.Request{URL: t.URL("/redirect-lab?n=1")})
		gomega.Expect(r.Get("Location")).To(gomega.BeEmpty())
	}),
	runner.It("RESP-06", "a head that is none is an error", func(t *runner.Trial) {
		for _, head := range []string{
			" HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
			"HTTP/1.1 200 OK\r\n X-Folded: first\r\n\r\n", "HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A\x00: b\r\n\r\n", "junk\r\n\r\n",
		} {
			t.Fails(subject.Request{URL: t.Peer(runner.Canned(head))}, subject.Protocol)
		}
	}),
	runner.It("RESP-07", "trailer fields are apart from the header, and there after the body", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: t.URL("/trailers?trailer=X-One:1&trailer=X-Two:2")})
			runner.Need(r.Trailer != nil, "Response.Trailer")
			gomega.Expect(runner.Body(r)).To(gomega.HaveLen(1000))
			gomega.Expect(subject.Get(r.Trailer(), "X-One") + subject.Get(r.Trailer(), "X-Two")).To(gomega.Equal("12"))
			gomega.Expect(r.Get("X-One")).To(gomega.BeEmpty())
		}
	}),
	runner.It("RESP-08", "the history has each redirect in order", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/redirect-lab?status=301&status=302&status=307")})
		gomega.Expect(r.Status).To(gomega.Equal(200))
		gomega.Expect(r.History).To(gomega.HaveLen(3))
		for i, status := range []int{301, 302, 307} {
			h := r.History[i]
			gomega.Expect(h.Status).To(gomega.Equal(status))
			gomega.Expect(h.Get("Location")).NotTo(gomega.BeEmpty())
			gomega.Expect(h.History).To(gomega.BeEmpty())
		}
		gomega.Expect(r.History[0].URL).To(gomega.Equal(t.URL("/redirect-lab?status=301&status=302&status=307")))
		gomega.Expect(r.History[2].URL).To(gomega.HavePrefix(t.URL("/redirect-lab?n=1")))
	}),
	runner.It("RESP-09", "a redirect that is not followed says where it leads", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/redirect-lab?n=2"), Redirect: &subject.Redirect{Follow: subject.FollowNone}})
		gomega.Expect(r.Status).To(gomega.Equal(302))
		gomega.Expect(r.NextURL).To(gomega.Equal(t.URL("/redirect-lab?n=1")))
		gomega.Expect(r.History).To(gomega.BeEmpty())
		gomega.Expect(t.Do(subject.Request{URL: t.URL("/redirect-lab?n=2")}).NextURL).To(gomega.BeEmpty(), "at the end of a chain")
	}),
	runner.It("RESP-10", "the ends of the connection are told, of a used one, too", func(t *runner.Trial) {
		for range 2 {
			i := told(t.Do(subject.Request{URL: t.URL("/get")}))
			conn := t.Server().Conns()[0]
			gomega.Expect(i.Local).To(gomega.Equal(conn.RemoteAddr.String()))
			gomega.Expect("https://localhost:" + i.Remote[strings.LastIndexByte(i.Remote, ':')+1:]).To(gomega.Equal(t.URL("")))
		}
	}),
	runner.It("RESP-12", "the received size is that of the body as it came", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/enc/gzip?n=10000")})
		gomega.Expect(runner.Body(r)).To(gomega.HaveLen(10000))
		gomega.Expect(told(r).Received).To(gomega.And(gomega.BeNumerically(">", 0), gomega.BeNumerically("<", 5000)))
		gomega.Expect(r.Get("Content-Length")).To(gomega.Equal(fmt.Sprint(told(r).Received)))
	}),
	runner.It("RESP-12", "attempts count the requests of a call", func(t *runner.Trial) {
		gomega.Expect(told(t.Do(subject.Request{URL: t.URL("/redirect-lab?n=3")})).Attempts).To(gomega.Equal(4))
	}),
	runner.It("RESP-21", "a status of 400 and above is an error when it shall be, with the response in it", func(t *runner.Trial) {
		c := t.Client(subject.Config{FailOnStatus: true})
		for _, status := range []int{400, 404, 500, 503} {
			err := c.Fails(subject.Request{URL: t.URL(fmt.Sprintf("/flaky/a%d/9?status=%d", status, status))}, subject.Status)
			gomega.Expect(err.Response).NotTo(gomega.BeNil())
			gomega.Expect(err.Response.Status).To(gomega.Equal(status))
			gomega.Expect(runner.Body(err.Response)).To(gomega.ContainSubstring("attempt"))
		}
		gomega.Expect(c.Do(subject.Request{URL: t.URL("/status/304")}).Status).To(gomega.Equal(304))
		no := false
		gomega.Expect(c.Do(subject.Request{URL: t.URL("/status/404"), FailOnStatus: &no}).Status).To(gomega.Equal(404))
	}),
	runner.It("RESP-38", "interim responses are passed over", func(t *runner.Trial) {
		for _, status := range []int{102, 103, 199} {
			r := t.Do(subject.Request{URL: t.URL(fmt.Sprintf("/early-hints?n=3&status=%d", status))})
			gomega.Expect(r.Status).To(gomega.Equal(200))
		}
		r := t.Do(subject.Request{URL: t.Peer(runner.Canned("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"))})
		gomega.Expect(r.Status).To(gomega.Equal(204))
	}),
	runner.It("RESP-40", "bytes beyond ASCII in a Location are escaped", func(t *runner.Trial) {
		for form, want := range map[string]string{"latin1": "%E9", "utf8": "%C3%A9"} {
			e := t.Echo(subject.Request{URL: t.URL("/redirect-lab?form=" + form)})
			gomega.Expect(e.Path).To(gomega.HaveSuffix("note="+want), form)
		}
	}),
}

// told returns what the client tells about the transfer.
func told(r *subject.Response) subject.Info {
	ginkgo.GinkgoHelper()
	runner.Need(r.Info != nil, "Response.Info")
	return r.Info()
}

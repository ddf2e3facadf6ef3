package redirects

import (
	"fmt"
	"strconv"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// methods are specs of what is a redirect, and which method and body come after it (Fetch §4.4).
func methods() []runner.Spec {
	var all []runner.Spec
	for _, status := range []int{300, 304, 305, 306, 399} {
		all = append(all, runner.It("REDIR-03", fmt.Sprintf("%d is no redirect", status), func(t *runner.Trial) {
			r := t.Do(subject.Request{URL: lab(t.Server().URL, "status", strconv.Itoa(status))})
			gomega.Expect(r.Status).To(gomega.Equal(status))
			gomega.Expect(r.NextURL).To(gomega.BeEmpty())
			gomega.Expect(requestsOf(t.Server())).To(gomega.HaveLen(1))
		}))
	}
	add := func(id, method string, status int, want string, body bool) {
		text := fmt.Sprintf("after %d comes %s with %s", status, want, method)
		if body {
			text += ", and the body"
		}
		all = append(all, runner.It(id, text, func(t *runner.Trial) { after(t, method, status, want, body) }))
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		want, keeps := "GET", status > 303
		if keeps {
			want = "POST"
		}
		add("REDIR-05", "POST", status, want, keeps)
	}
	for _, m := range []string{"PUT", "PATCH", "DELETE", "QUERY"} {
		for _, status := range []int{301, 302, 307, 308} {
			add("REDIR-06", m, status, m, true)
		}
		add("REDIR-06", m, 303, "GET", false)
	}
	add("REDIR-06", "GET", 302, "GET", true)
	for _, status := range []int{301, 302, 303, 307, 308} {
		add("REDIR-09", "HEAD", status, "HEAD", false)
	}
	return all
}

// after makes a request that is redirected.
func after(t *runner.Trial, method string, status int, want string, body bool) {
	r := subject.Request{Method: method, URL: lab(t.Server().URL, "status", strconv.Itoa(status))}
	if method == "HEAD" {
		gomega.Expect(t.Do(r).Status).To(gomega.Equal(200))
		for _, r := range requestsOf(t.Server()) {
			gomega.Expect(r.method).To(gomega.Equal(want), r.target)
		}
		return
	}
	r.Bytes, r.Header = []byte("content"), pairs("Content-Type", "text/x", "Content-Language", "de", "X-Own", "1")
	e := t.Echo(r)
	gomega.Expect(e.Method).To(gomega.Equal(want), "method")
	gomega.Expect(runner.Sent(e, "X-Own")).To(gomega.HaveExactElements("1"))
	if body {
		wantBody(e, "content")
		gomega.Expect(runner.Sent(e, "Content-Type")).To(gomega.HaveExactElements("text/x"))
		gomega.Expect(runner.Sent(e, "Content-Language")).To(gomega.HaveExactElements("de"))
		return
	}
	wantBody(e, "")
	for _, name := range []string{"Content-Type", "Content-Language", "Content-Length", "Transfer-Encoding"} {
		gomega.Expect(runner.Sent(e, name)).To(gomega.BeEmpty(), "REDIR-10: %s without a body", name)
	}
}

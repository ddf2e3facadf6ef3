package redirects

import (
	"io"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// bodies are specs of bodies that are sent again, or not.
var bodies = []runner.Spec{
	runner.It("REDIR-08", "a streamed body goes as one in memory does", func(t *runner.Trial) {
		for status, want := range map[string]string{"302": "GET", "303": "GET", "307": "POST"} {
			text := "content"
			e := t.Echo(subject.Request{
				Method: "POST", URL: lab(t.Server().URL, "status", status), Stream: io.NopCloser(strings.NewReader(text)), Length: int64(len(text)),
				Replay: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
			})
			gomega.Expect(e.Method).To(gomega.Equal(want), status)
			if want == "GET" {
				text = ""
			}
			wantBody(e, text)
		}
	}),
	runner.It("REDIR-11", "a body is sent again with each of several hops", func(t *runner.Trial) {
		e := t.Echo(subject.Request{Method: "POST", URL: lab(t.Server().URL, "status", "308", "n", "3"), Bytes: []byte("content")})
		gomega.Expect(e.Method).To(gomega.Equal("POST"))
		wantBody(e, "content")
	}),
	runner.It("REDIR-11", "one that can be read once only is an error, not an empty body", func(t *runner.Trial) {
		body := io.MultiReader(strings.NewReader("content"))
		err := t.Fails(subject.Request{Method: "POST", URL: lab(t.Server().URL, "status", "307"), Stream: body, Length: 7}, subject.NotReplayable)
		if err.Response != nil {
			gomega.Expect(err.Response.Status).To(gomega.Equal(307))
		}
		gomega.Expect(requestsOf(t.Server())).To(gomega.HaveLen(1))
	}),
	runner.It("REDIR-11", "but may be left behind", func(t *runner.Trial) {
		body := io.MultiReader(strings.NewReader("content"))
		e := t.Echo(subject.Request{Method: "POST", URL: lab(t.Server().URL, "status", "303"), Stream: body, Length: 7})
		gomega.Expect(e.Method).To(gomega.Equal("GET"))
	}),
	runner.It("REDIR-19", "the body of a redirect is passed over, and the connection used again", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			before := len(t.Server().Conns())
			c := t.Client(subject.Config{Protocol: protocol})
			e := c.Echo(subject.Request{URL: lab(t.Server().URL, "size", "1000", "n", "3")})
			gomega.Expect(e.Path).To(gomega.ContainSubstring("n=0"))
			gomega.Expect(len(t.Server().Conns())-before).To(gomega.Equal(1), protocol)
		}
	}),
	runner.It("REDIR-19", "the body of the last response is the caller's", func(t *runner.Trial) {
		no := subject.Redirect{Follow: subject.FollowNone}
		r := t.Do(subject.Request{URL: lab(t.Server().URL, "size", "1000"), Redirect: &no})
		gomega.Expect(r.Status).To(gomega.Equal(302))
		gomega.Expect(runner.Body(r)).To(gomega.HaveLen(1000))
	}),
}

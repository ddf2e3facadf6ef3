package requests

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// methods are specs of the method and of requests without a body.
var methods = []runner.Spec{
	runner.It("REQ-01", "methods are sent in upper case", func(t *runner.Trial) {
		for _, method := range []string{"get", "post", "put", "delete", "options", "trace", "patch", "query"} {
			e := t.Echo(subject.Request{Method: method, URL: t.URL("/echo")})
			gomega.Expect(e.Method).To(gomega.Equal(strings.ToUpper(method)))
		}
	}),
	runner.It("REQ-01", "HEAD has a head and no body", func(t *runner.Trial) {
		r := t.Do(subject.Request{Method: "head", URL: t.URL("/bytes/10")})
		gomega.Expect(r.Status).To(gomega.Equal(200))
		gomega.Expect(r.Get("Content-Length")).To(gomega.Equal("10"))
		gomega.Expect(runner.Body(r)).To(gomega.BeEmpty())
	}),
	runner.It("REQ-02", "any token is a method", func(t *runner.Trial) {
		gomega.Expect(t.Echo(subject.Request{Method: "FOO", URL: t.URL("/echo")}).Method).To(gomega.Equal("FOO"))
	}),
	runner.It("REQ-02", "what is no token is refused before anything is sent", func(t *runner.Trial) {
		for _, method := range []string{"GE T", "A\r\nB", "GET\x00", "G\u00c9T", "A:B"} {
			t.Fails(subject.Request{Method: method, URL: t.URL("/echo")}, subject.Invalid)
		}
		gomega.Expect(len(t.Server().Conns())).To(gomega.BeZero(), "connections")
	}),
	runner.It("REQ-03", "HEAD does not wait for the body that the head announces", func(t *runner.Trial) {
		n := make(chan int, 2)
		url := t.Peer(func(p *runner.Peer) {
			for p.Head() != "" {
				n <- p.N
				p.Say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
			}
		})
		for range 2 {
			gomega.Expect(runner.Body(t.Do(subject.Request{Method: "HEAD", URL: url}))).To(gomega.BeEmpty())
			gomega.Expect(<-n).To(gomega.Equal(1), "the connection is used again")
		}
	}),
	runner.It("REQ-04", "GET, DELETE and OPTIONS may have a body", func(t *runner.Trial) {
		for _, method := range []string{"GET", "DELETE", "OPTIONS"} {
			e := t.Echo(subject.Request{Method: method, URL: t.URL("/echo"), Bytes: []byte("content")})
			gomega.Expect(e.Method).To(gomega.Equal(method))
			wantBody(e, "content")
			gomega.Expect(runner.Sent(e, "Content-Length")).To(gomega.HaveExactElements("7"), method)
		}
	}),
	runner.It("REQ-05", "PATCH without a body announces one of no bytes, which browsers do not", func(t *runner.Trial) {
		e := t.Client(subject.Config{Neutral: true}).Echo(subject.Request{Method: "PATCH", URL: t.URL("/echo")})
		gomega.Expect(runner.Sent(e, "Content-Length")).To(gomega.Equal([]string{"0"}))
	}),
	runner.It("REQ-05", "POST and PUT without a body announce one of no bytes, others say nothing", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			c := t.Client(subject.Config{Protocol: protocol})
			for _, method := range []string{"POST", "PUT", "GET", "DELETE", "OPTIONS"} {
				want := []string{}
				if strings.HasPrefix(method, "P") {
					want = []string{"0"}
				}
				e := c.Echo(subject.Request{Method: method, URL: t.URL("/echo")})
				gomega.Expect(runner.Sent(e, "Content-Length")).To(gomega.Equal(want), "%s over %s", method, protocol)
				gomega.Expect(runner.Sent(e, "Transfer-Encoding")).To(gomega.BeEmpty(), method)
			}
		}
	}),
	runner.It("REQ-06", "there is no Content-Type without a body", func(t *runner.Trial) {
		for _, method := range []string{"POST", "PUT", "PATCH", "GET", "DELETE"} {
			e := t.Echo(subject.Request{Method: method, URL: t.URL("/echo")})
			gomega.Expect(runner.Sent(e, "Content-Type")).To(gomega.BeEmpty(), method)
		}
	}),
	runner.It("REQ-63", "a body does not come back with the next request", func(t *runner.Trial) {
		wantBody(t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Bytes: []byte("content")}), "content")
		for _, method := range []string{"GET", "POST"} {
			e := t.Echo(subject.Request{Method: method, URL: t.URL("/echo")})
			wantBody(e, "")
			gomega.Expect(runner.Sent(e, "Content-Type")).To(gomega.BeEmpty())
		}
	}),
	runner.It("REQ-64", "fields of more than 10,000 bytes arrive", func(t *runner.Trial) {
		var fields []subject.Field
		for i := range 100 {
			fields = append(fields, subject.Field{Name: fmt.Sprintf("X-Field-%d", i), Value: strings.Repeat("x", 120)})
		}
		for _, protocol := range []string{"http/1.1", "h2"} {
			e := t.Client(subject.Config{Protocol: protocol}).Echo(subject.Request{URL: t.URL("/echo"), Header: fields})
			for _, f := range fields {
				gomega.Expect(runner.Sent(e, f.Name)).To(gomega.HaveExactElements(f.Value), "%s over %s", f.Name, protocol)
			}
		}
	}),
	runner.It("REQ-64", "fields of calls that fail do not pile up", func(t *runner.Trial) {
		field := []subject.Field{{Name: "X-Once", Value: "1"}}
		c := t.Client(subject.Config{})
		url := t.Peer(func(p *runner.Peer) { p.Head() })
		for range 3 {
			c.Fails(subject.Request{Method: "POST", URL: url, Header: field})
		}
		gomega.Expect(runner.Sent(c.Echo(subject.Request{URL: t.URL("/echo"), Header: field}), "X-Once")).To(gomega.HaveExactElements("1"))
	}),
}

package requests

import (
	"slices"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// fields are specs of header fields.
var fields = []runner.Spec{
	runner.It("REQ-25", "a field that the client sends by itself can be removed", func(t *runner.Trial) {
		for _, name := range []string{"User-Agent", "accept-encoding"} {
			e := t.Echo(subject.Request{URL: t.URL("/echo"), Remove: []string{name}})
			gomega.Expect(runner.Sent(e, name)).To(gomega.BeEmpty(), name)
		}
	}),
	runner.It("REQ-25", "an empty value is sent", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: t.URL("/echo"), Header: pairs("X-Empty", "", "User-Agent", "")})
		gomega.Expect(runner.Sent(e, "X-Empty")).To(gomega.HaveExactElements(""))
		gomega.Expect(runner.Sent(e, "User-Agent")).To(gomega.HaveExactElements(""))
	}),
	runner.It("REQ-26", "a field of the call takes the place of all of the same name of the client", func(t *runner.Trial) {
		c := t.Client(subject.Config{Protocol: "http/1.1", Header: pairs("X-A", "1", "X-B", "2", "X-b", "3", "X-C", "4")})
		e := c.Echo(subject.Request{URL: t.URL("/echo"), Header: pairs("x-B", "5", "X-D", "6")})
		gomega.Expect(own(e)).To(gomega.Equal(pairs("X-A", "1", "X-C", "4", "x-B", "5", "X-D", "6")))
		gomega.Expect(own(c.Echo(subject.Request{URL: t.URL("/echo")}))).To(gomega.HaveLen(4), "the client keeps its own")
	}),
	runner.It("REQ-26", "a field of the client can be removed for a call", func(t *runner.Trial) {
		c := t.Client(subject.Config{Header: pairs("X-A", "1", "X-B", "2")})
		e := c.Echo(subject.Request{URL: t.URL("/echo"), Remove: []string{"x-a"}})
		gomega.Expect(runner.Sent(e, "X-A")).To(gomega.BeEmpty())
		gomega.Expect(runner.Sent(e, "X-B")).To(gomega.HaveExactElements("2"))
	}),
	runner.It("REQ-26", "fields keep their order, and duplicates are all sent", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			h := pairs("x-z", "1", "x-a", "2", "x-m", "3", "x-a", "4", "x-z", "5")
			e := t.Client(subject.Config{Protocol: protocol}).Echo(subject.Request{URL: t.URL("/echo"), Header: h})
			gomega.Expect(own(e)).To(gomega.Equal(h), protocol)
		}
	}),
	runner.It("REQ-27", "names keep their case of letters over HTTP/1.1", func(t *runner.Trial) {
		h := pairs("X-ABC", "1", "x-Def", "2", "x-ghi", "3")
		e := t.Client(subject.Config{Protocol: "http/1.1"}).Echo(subject.Request{URL: t.URL("/echo"), Header: h})
		gomega.Expect(own(e)).To(gomega.ConsistOf(h))
	}),
	runner.It("REQ-28", "names are in lower case over HTTP/2", func(t *runner.Trial) {
		e := t.Client(subject.Config{Protocol: "h2"}).Echo(subject.Request{URL: t.URL("/echo"), Header: pairs("X-ABC", "1", "User-AGENT", "2")})
		for _, f := range e.Fields {
			gomega.Expect(f.Name).To(gomega.Equal(strings.ToLower(f.Name)))
		}
		gomega.Expect(own(e)).To(gomega.Equal(pairs("x-abc", "1")))
	}),
	runner.It("REQ-29", "what could end a field is refused before anything is sent", func(t *runner.Trial) {
		for _, h := range [][]subject.Field{
			pairs("X-A", "a\r\nX-B: c"), pairs("X-A", "a\nb"), pairs("X-A", "a\rb"), pairs("X-A", "a\x00b"), pairs("X-A\r\nX-B", "c"),
			pairs("X-A: b\nX", "c"), pairs("X A", "b"), pairs("", "b"), pairs("X:A", "b"), pairs("X-\u00c9", "b"),
		} {
			t.Fails(subject.Request{URL: t.URL("/echo"), Header: h}, subject.Invalid)
		}
		gomega.Expect(len(t.Server().Conns())).To(gomega.BeZero(), "connections")
	}),
	runner.It("REQ-30", "values are bytes: UTF-8 and Latin-1 arrive as they are", func(t *runner.Trial) {
		head := make(chan string, 1)
		url := t.Peer(func(p *runner.Peer) {
			head <- p.Head()
			p.Say("HTTP/1.1 204 No Content\r\n\r\n")
		})
		t.Do(subject.Request{URL: url, Header: pairs("X-Utf8", "\u00e9", "X-Latin1", "\xe9")})
		h := <-head
		gomega.Expect(h).To(gomega.ContainSubstring("X-Utf8: \u00e9\r\n"))
		gomega.Expect(h).To(gomega.ContainSubstring("X-Latin1: \xe9\r\n"))
	}),
	runner.It("REQ-33", "without a browser nothing is sent uninvited but Host, User-Agent and Accept-Encoding", func(t *runner.Trial) {
		e := t.Client(subject.Config{Protocol: "http/1.1", Neutral: true}).Echo(subject.Request{URL: t.URL("/echo")})
		for _, name := range runner.Names(e) {
			gomega.Expect([]string{"host", "user-agent", "accept-encoding"}).To(gomega.ContainElement(name))
		}
		gomega.Expect(runner.Sent(e, "Host")).To(gomega.HaveLen(1))
	}),
	runner.It("REQ-38", "a referrer is the whole URL within an origin, without fragment and credentials", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: t.URL("/echo"), Referrer: t.URL("/page?x=1#part")})
		gomega.Expect(runner.Sent(e, "Referer")).To(gomega.HaveExactElements(t.URL("/page?x=1")))
	}),
	runner.It("REQ-38", "to another origin goes only the origin of the referrer, on redirects, too", func(t *runner.Trial) {
		other := t.Origin(nil)
		want := gomega.HaveExactElements(t.URL("/"))
		e := t.Echo(subject.Request{URL: other.URL + "/echo", Referrer: t.URL("/page?x=1")})
		gomega.Expect(runner.Sent(e, "Referer")).To(want)
		e = t.Echo(subject.Request{URL: t.URL("/redirect-lab?origin=" + other.URL), Referrer: t.URL("/page?x=1")})
		gomega.Expect(runner.Sent(e, "Referer")).To(want)
	}),
	runner.It("REQ-38", "a Referer field of the caller's is sent as it is, and on redirects by the same rules", func(t *runner.Trial) {
		other := t.Origin(nil)
		h := pairs("Referer", t.URL("/page?x=1"))
		e := t.Echo(subject.Request{URL: t.URL("/redirect-lab?n=2"), Header: h})
		gomega.Expect(runner.Sent(e, "Referer")).To(gomega.HaveExactElements(t.URL("/page?x=1")), "within the origin")
		e = t.Echo(subject.Request{URL: t.URL("/redirect-lab?origin=" + other.URL), Header: h})
		gomega.Expect(runner.Sent(e, "Referer")).To(gomega.HaveExactElements(t.URL("/")), "at another origin")
	}),
	runner.It("REQ-39", "codings that the client undoes are asked for", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: t.URL("/echo")})
		gomega.Expect(strings.Join(runner.Sent(e, "Accept-Encoding"), ",")).To(gomega.ContainSubstring("gzip"))
	}),
	runner.It("REQ-39", "the caller's Accept-Encoding is the one that is sent", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: t.URL("/echo"), Header: pairs("accept-encoding", "br;q=0.5")})
		gomega.Expect(runner.Sent(e, "Accept-Encoding")).To(gomega.HaveExactElements("br;q=0.5"))
	}),
	runner.It("REQ-40", "a raw body stays encoded, whatever is asked for", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/enc/gzip"), RawBody: true})
		gomega.Expect(runner.Body(r)).To(gomega.HavePrefix("\x1f\x8b"))
		e := t.Echo(subject.Request{URL: t.URL("/echo"), RawBody: true})
		gomega.Expect(runner.Sent(e, "Accept-Encoding")).NotTo(gomega.BeEmpty(), "it is a matter of its own")
	}),
	runner.It("REQ-41", "the caller's Host is sent; the connection follows the URL", func(t *runner.Trial) {
		e := t.Client(subject.Config{Protocol: "http/1.1"}).Echo(subject.Request{URL: t.URL("/echo"), Header: pairs("Host", "other.test")})
		gomega.Expect(runner.Sent(e, "Host")).To(gomega.HaveExactElements("other.test"))
		e = t.Client(subject.Config{Protocol: "h2"}).Echo(subject.Request{URL: t.URL("/echo"), Header: pairs("Host", "other.test")})
		gomega.Expect(runner.Sent(e, ":authority")).To(gomega.HaveExactElements("other.test"))
	}),
	runner.It("REQ-41", "the caller's Host goes along within its origin and not to another", func(t *runner.Trial) {
		c, other := hostClient(t)
		h := pairs("Host", "other.test")
		e := c.Echo(subject.Request{URL: t.URL("/redirect-lab"), Header: h})
		gomega.Expect(runner.Sent(e, "Host")).To(gomega.HaveExactElements("other.test"))
		e = c.Echo(subject.Request{URL: t.URL("/redirect-lab?origin=" + other.URL), Header: h})
		gomega.Expect(runner.Sent(e, "Host")).To(gomega.HaveExactElements(strings.TrimPrefix(other.URL, "https://")))
	}),
}

// hostClient returns a client of HTTP/1.1 and a second origin that it trusts.
func hostClient(t *runner.Trial) (*runner.Client, *fpserver.Server) {
	t.Server()
	other := t.Origin(nil)
	return t.Client(subject.Config{Protocol: "http/1.1"}), other
}

// own returns the fields that begin with X-, as the server saw them.
func own(e fpserver.Echo) []subject.Field {
	out := []subject.Field{}
	for _, f := range e.Fields {
		if strings.HasPrefix(strings.ToLower(f.Name), "x-") {
			out = append(out, subject.Field{Name: f.Name, Value: f.Value})
		}
	}
	return slices.Clip(out)
}

package requests

import (
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// urls are specs of URLs and their queries. /httpbin/anything would tell the same, but not the target as it came: the paths here have
// no route, and the server's handler tells it.
var urls = []runner.Spec{
	runner.It("REQ-42", "URLs are resolved against the base URL (RFC 3986 §5.2)", func(t *runner.Trial) {
		s, c := anywhere(t, "/a/b/c?d")
		for ref, want := range map[string]string{
			"x": "/a/b/x", "/x": "/x", "../x": "/a/x", "?q=1": "/a/b/c?q=1", "./": "/a/b/", "../..": "/", "": "/a/b/c?d", s.URL + "/y": "/y",
		} {
			gomega.Expect(target(c, subject.Request{URL: ref})).To(gomega.Equal(want), "%q", ref)
		}
	}),
	runner.It("REQ-42", "the authority of a reference takes the place of that of the base", func(t *runner.Trial) {
		s, c := anywhere(t, "/a/b/c?d")
		other := strings.Replace(s.URL, "localhost", "127.0.0.1", 1)
		e := runner.Sent(c.Echo(subject.Request{URL: strings.TrimPrefix(other, "https:") + "/echo"}), ":authority")
		gomega.Expect(e).To(gomega.HaveExactElements(strings.TrimPrefix(other, "https://")))
	}),
	runner.It("REQ-42", "a base URL must be absolute", func(t *runner.Trial) {
		for _, base := range []string{"/a", "a.test/b", "//a.test/", "ftp://a.test/", "http://"} {
			_, err := t.TryClient(subject.Config{BaseURL: base})
			runner.WantKind(err, subject.Invalid)
		}
	}),
	runner.It("REQ-43", "pairs are put in before the base comes in: they take the place of its query", func(t *runner.Trial) {
		_, c := anywhere(t, "/a?b=1")
		gomega.Expect(target(c, subject.Request{URL: ""})).To(gomega.Equal("/a?b=1"))
		gomega.Expect(target(c, subject.Request{URL: "", Query: pairs("c", "2")})).To(gomega.Equal("/a?c=2"))
	}),
	runner.It("REQ-44", "a pair replaces the only one of its name, others are appended", func(t *runner.Trial) {
		_, c := anywhere(t, "/")
		for _, row := range []struct {
			ref, want string
			query     []subject.Field
		}{
			{"/?a=1&a=2&foo=z", "/?a=1&a=2&foo=bar", pairs("foo", "bar")},
			{"/?a=1&a=2&foo=z", "/?a=1&a=2&foo=z&foo=1&foo=2", pairs("foo", "1", "foo", "2")},
			{"/?foo=1&foo=2", "/?foo=1&foo=2&foo=3", pairs("foo", "3")},
			{"/", "/?b=1&a=2", pairs("b", "1", "a", "2")},
		} {
			gomega.Expect(target(c, subject.Request{URL: row.ref, Query: row.query})).To(gomega.Equal(row.want))
		}
	}),
	runner.It("REQ-44", "the pairs of the client come before those of the call", func(t *runner.Trial) {
		_, c := anywhere(t, "/", pairs("a", "1", "b", "2")...)
		gomega.Expect(target(c, subject.Request{URL: "/?x=0", Query: pairs("c", "3", "b", "4")})).To(gomega.Equal("/?x=0&a=1&b=4&c=3"))
		gomega.Expect(target(c, subject.Request{URL: "/?x=0"})).To(gomega.Equal("/?x=0&a=1&b=2"))
	}),
	runner.It("REQ-46", "with pairs the query is encoded anew, without it stays as it is", func(t *runner.Trial) {
		_, c := anywhere(t, "/")
		for _, row := range [][2]string{{"/p;q?a=%20&b;c&x&%7e", "/p;q?a=+&b%3Bc=&x=&~=&n=1"}, {"/?y=", "/?y=&n=1"}} {
			gomega.Expect(target(c, subject.Request{URL: row[0], Query: pairs("n", "1")})).To(gomega.Equal(row[1]))
			gomega.Expect(target(c, subject.Request{URL: row[0]})).To(gomega.Equal(row[0]))
		}
	}),
	runner.It("REQ-47", "pairs are encoded as a form", func(t *runner.Trial) {
		s, c := anywhere(t, "/")
		gomega.Expect(target(c, subject.Request{URL: "/", Query: pairs("e", "\u00e9 \u00fc", "s", "a/b?c&d=e")})).
			To(gomega.Equal("/?e=%C3%A9+%C3%BC&s=a%2Fb%3Fc%26d%3De"))
		gomega.Expect(target(c, subject.Request{URL: s.URL, Query: pairs("a", "1")})).To(gomega.Equal("/?a=1"))
	}),
	runner.It("REQ-48", "what may not stand in a URL is escaped, escapes stay", func(t *runner.Trial) {
		_, c := anywhere(t, "/")
		for ref, want := range map[string]string{
			"/a b": "/a%20b", "/\u00e9": "/%C3%A9", "/\"<>": "/%22%3C%3E", "/x%2fy": "/x%2fy", "/!$&'()*+,;=:@-._~": "/!$&'()*+,;=:@-._~",
			"/?a b": "/?a%20b", "/?\u00e9\"<>": "/?%C3%A9%22%3C%3E", "/a/./b/../c": "/a/c", "/x#y": "/x",
		} {
			gomega.Expect(target(c, subject.Request{URL: ref})).To(gomega.Equal(want), "%q", ref)
		}
	}),
	runner.It("REQ-50", "a raw URL is sent as it is written", func(t *runner.Trial) {
		heads := make(chan string, 1)
		url := t.Peer(func(p *runner.Peer) {
			for head := p.Head(); head != ""; head = p.Head() {
				heads <- head
				p.Say("HTTP/1.1 204 No Content\r\n\r\n")
			}
		})
		for _, path := range []string{"/a/../b", "/%41%zz%", "/x\"<>?|\\^", "//y", "/?a=b?c", "/\u00e9"} {
			t.Do(subject.Request{URL: url + path, RawURL: true})
			gomega.Expect(<-heads).To(gomega.HavePrefix("GET " + path + " HTTP/1.1\r\n"))
		}
	}),
	runner.It("REQ-50", "a raw URL that would break the request line is refused", func(t *runner.Trial) {
		for _, path := range []string{"/a b", "/a\r\nX: y", "/\x00"} {
			t.Fails(subject.Request{URL: t.URL(path), RawURL: true}, subject.Invalid)
		}
	}),
	runner.It("REQ-51", "international host names are asked for in ASCII (UTS 46)", func(t *runner.Trial) {
		const name = "xn--exmple-cua.test"
		s := t.Origin(func(s *fpserver.Server) { s.Names = []string{name} })
		port := s.URL[strings.LastIndexByte(s.URL, ':'):]
		c := t.Client(subject.Config{Protocol: "http/1.1", Hosts: map[string]string{name: "127.0.0.1"}})
		for _, host := range []string{"ex\u00e4mple.test", "EX\u00c4MPLE.test", "ex\u00e4mple\u3002test"} {
			e := c.Echo(subject.Request{URL: "https://" + host + port + "/echo"})
			gomega.Expect(runner.Sent(e, "Host")).To(gomega.HaveExactElements(name + port))
		}
	}),
	runner.It("REQ-52", "what is no absolute http or https URL is refused", func(t *runner.Trial) {
		for _, url := range []string{"localhost/x", "//localhost/x", "/x", "", "ftp://localhost/", "file:///etc/hosts", "https://", "https://local host/", "https://localhost:99999/", "https://[::1"} {
			t.Fails(subject.Request{URL: url}, subject.Invalid)
		}
	}),
}

// anywhere starts a server that tells the target of any request, and a client whose base it is.
func anywhere(t *runner.Trial, base string, query ...subject.Field) (*fpserver.Server, *runner.Client) {
	s := t.Origin(func(s *fpserver.Server) { s.Handler = tellTarget })
	return s, t.Client(subject.Config{Protocol: "h2", BaseURL: s.URL + base, Query: query})
}

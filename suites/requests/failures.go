package requests

import (
	"fmt"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// failures are specs of responses that break off, or are none.
var failures = []runner.Spec{
	runner.It("RESP-35", "a body that ends before its announced end is incomplete, and what came is there", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			c := t.Client(subject.Config{Protocol: protocol})
			for _, path := range []string{"/truncate", "/truncate?end=cut"} {
				if protocol == "h2" && path != "/truncate" {
					continue // the whole connection goes then: RESP-37 with a peer
				}
				body, err := runner.Read(c.Do(subject.Request{URL: t.URL(path)}))
				runner.WantKind(err, subject.Incomplete)
				gomega.Expect(body == pattern(500)).To(gomega.BeTrue(), "%s: %d bytes", path, len(body))
			}
		}
	}),
	runner.It("RESP-35", "a chunked body without its last chunk is incomplete", func(t *runner.Trial) {
		c := t.Client(subject.Config{Protocol: "http/1.1"})
		body, err := runner.Read(c.Do(subject.Request{URL: t.URL("/truncate?framing=chunked")}))
		runner.WantKind(err, subject.Incomplete)
		gomega.Expect(body == pattern(500)).To(gomega.BeTrue())
	}),
	runner.It("RESP-35", "a chunk that is none is an error of the protocol", func(t *runner.Trial) {
		for _, chunk := range []string{"xyz\r\n", "-1\r\n", "5\r\nabcdefg\r\n", "ffffffffffffffffff\r\n", "5 5\r\n"} {
			r := t.Do(subject.Request{URL: t.Peer(runner.Canned("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" + chunk))})
			body, err := runner.Read(r)
			runner.WantKind(err, subject.Protocol)
			gomega.Expect(body).To(gomega.HavePrefix("abc"), "%q", chunk)
		}
	}),
	runner.It("RESP-35", "an end before any byte is an empty reply", func(t *runner.Trial) {
		t.Fails(subject.Request{Method: "POST", URL: t.Peer(func(p *runner.Peer) { p.Head() })}, subject.EmptyReply)
	}),
	runner.It("RESP-35", "a connection that is reset under a body is an error of the transfer", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: t.URL("/reset?after=100")})
			_, err := runner.Read(r)
			runner.WantKind(err, subject.Transfer, subject.Incomplete, subject.Protocol)
		}
	}),
	runner.It("RESP-36", "HTTP/0.9 is refused", func(t *runner.Trial) {
		t.Fails(subject.Request{URL: t.Peer(runner.Canned("<html>hello</html>\n"))}, subject.Protocol)
	}),
	runner.It("RESP-36", "lengths that contradict each other are refused, the same one twice is not", func(t *runner.Trial) {
		for _, fields := range []string{"Content-Length: 3\r\nContent-Length: 4", "Content-Length: 3, 4", "Content-Length: -3", "Content-Length: +3", "Content-Length: 3x"} {
			t.Fails(subject.Request{URL: t.Peer(runner.Canned("HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\nabc"))}, subject.Protocol)
		}
		r := t.Do(subject.Request{URL: t.Peer(runner.Canned("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabcd"))})
		gomega.Expect(runner.Body(r)).To(gomega.Equal("abc"))
	}),
	runner.It("RESP-37", "the error of a body has the response as far as it came", func(t *runner.Trial) {
		for _, path := range []string{"/truncate", "/truncate?n=2000&sent=1"} {
			r := t.Do(subject.Request{URL: t.URL(path)})
			runner.Need(r.Bytes != nil, "Response.Bytes")
			b, err := r.Bytes()
			e := runner.WantKind(err, subject.Incomplete)
			gomega.Expect(e.Response).NotTo(gomega.BeNil())
			gomega.Expect(e.Response.Status).To(gomega.Equal(200))
			gomega.Expect(pattern(len(b)) == string(b) && len(b) > 0).To(gomega.BeTrue(), "%d bytes", len(b))
		}
	}),
	runner.It("RESP-37", "the error of too many redirects has the last one and the history", func(t *runner.Trial) {
		err := t.Fails(subject.Request{URL: t.URL("/redirect-lab?n=9"), Redirect: &subject.Redirect{Max: 3}}, subject.TooManyRedirects)
		gomega.Expect(err.Response).NotTo(gomega.BeNil())
		gomega.Expect(err.Response.Status).To(gomega.Equal(302))
		gomega.Expect(err.Response.History).To(gomega.HaveLen(3))
		gomega.Expect(err.Response.NextURL).To(gomega.Equal(t.URL("/redirect-lab?n=5")))
	}),
}

// chunk returns a chunk of a chunked body.
func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }

package retry

import (
	"io"
	"net/http"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// repeats are specs of what a further try has in it, and of those that the client makes by itself.
var repeats = []runner.Spec{
	runner.It("RETRY-07", "a body in memory is sent again from its beginning", func(t *runner.Trial) {
		for _, r := range []subject.Request{
			{Bytes: []byte("content")}, {JSON: "conte"}, {Form: []subject.Field{{Name: "conte", Value: "t"}}}, {Stream: strings.NewReader("content")},
		} {
			s := failing(t, 2, 503)
			r.Method, r.URL = "PUT", s.url
			gomega.Expect(retrying(t, subject.Retry{Count: 3}).Do(r).Status).To(gomega.Equal(200))
			gomega.Expect(s.bodies).To(gomega.HaveLen(3))
			gomega.Expect(s.bodies[0]).To(gomega.HaveLen(7))
			gomega.Expect(s.bodies[1:]).To(gomega.HaveEach(s.bodies[0]))
		}
	}),
	runner.It("RETRY-07", "a stream that can be had once more is", func(t *runner.Trial) {
		s := failing(t, 1, 503)
		r := subject.Request{Method: "PUT", URL: s.url, Stream: oneShot("content"), Replay: func() (io.ReadCloser, error) { return io.NopCloser(oneShot("content")), nil }}
		gomega.Expect(retrying(t, subject.Retry{Count: 3}).Do(r).Status).To(gomega.Equal(200))
		gomega.Expect(s.bodies).To(gomega.Equal([]string{"content", "content"}))
	}),
	runner.It("RETRY-07", "a stream that is read is not sent again, and the error says so beside the first one", func(t *runner.Trial) {
		url, requests := breaking(t, 9)
		err := retrying(t, subject.Retry{Count: 3}).Fails(subject.Request{Method: "PUT", URL: url, Stream: oneShot("content"), Length: 7}, subject.NotReplayable)
		gomega.Expect(requests()).To(gomega.HaveLen(1))
		gomega.Expect(err.Error()).To(gomega.ContainSubstring("EOF"), "why there would have been another try")
	}),
	runner.It("RETRY-08", "what fails in the body of a response is not tried again", func(t *runner.Trial) {
		s := server(t, func(w http.ResponseWriter, _ int) {
			w.Header().Set("Content-Length", "1000")
			w.Write(make([]byte, 500))
		})
		r := retrying(t, subject.Retry{Count: 3}).Do(subject.Request{URL: s.url})
		_, err := runner.Read(r)
		runner.WantKind(err, subject.Incomplete, subject.Transfer, subject.Protocol)
		gomega.Expect(s.count()).To(gomega.Equal(1))
	}),
	runner.It("RETRY-10", "a used connection that ended is replaced by itself, for what is idempotent", func(t *runner.Trial) {
		for method, want := range map[string]subject.Kind{"GET": "", "PUT": "", "POST": subject.EmptyReply} {
			url := t.Peer(func(p *runner.Peer) {
				p.Head()
				p.Say("HTTP/1.1 204 No Content\r\n\r\n")
				if p.N == 1 {
					p.Head() // and ends without an answer
				}
			})
			c := t.Client(subject.Config{})
			c.Do(subject.Request{URL: url})
			_, err := c.Try(subject.Request{Method: method, URL: url})
			gomega.Expect(subject.KindOf(err)).To(gomega.Equal(want), "%s: %v", method, err)
		}
	}),
	runner.It("RETRY-10", "a new connection that ends is not replaced by itself", func(t *runner.Trial) {
		url, requests := breaking(t, 1)
		t.Fails(subject.Request{URL: url}, subject.EmptyReply)
		gomega.Expect(requests()).To(gomega.HaveLen(1))
	}),
	runner.It("RETRY-11", "cookies of a failed try are kept, and go along with the next", func(t *runner.Trial) {
		s := server(t, func(w http.ResponseWriter, n int) {
			if n == 1 {
				w.Header().Set("Set-Cookie", "a=1")
				w.WriteHeader(503)
			}
		})
		gomega.Expect(retrying(t, subject.Retry{Count: 1}).Do(subject.Request{URL: s.url}).Status).To(gomega.Equal(200))
		gomega.Expect(s.heads[1].Get("Cookie")).To(gomega.Equal("a=1"))
	}),
	runner.It("RETRY-11", "a form of parts has each of them once with every try", func(t *runner.Trial) {
		s := failing(t, 2, 503)
		c := retrying(t, subject.Retry{Count: 2})
		c.Do(subject.Request{Method: "PUT", URL: s.url, Parts: []subject.Part{{Name: "a", Data: []byte("one")}}, Form: []subject.Field{{Name: "b", Value: "two"}}})
		gomega.Expect(s.bodies).To(gomega.HaveLen(3))
		for _, body := range s.bodies {
			gomega.Expect(strings.Count(body, "one")).To(gomega.Equal(1))
			gomega.Expect(strings.Count(body, "two")).To(gomega.Equal(1))
		}
	}),
}

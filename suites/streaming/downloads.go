package streaming

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// downloads are specs of bodies of responses.
var downloads = []runner.Spec{
	runner.It("STREAM-01", "each piece of a body is there when it was sent, before the next one", func(t *runner.Trial) {
		for _, protocol := range protocols {
			next := make(chan string, 1)
			url := handler(t, func(w http.ResponseWriter, r *http.Request) { say(w, r, next) })
			next <- "first"
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: url})
			for _, piece := range []string{"first", "second", "third"} {
				if piece != "first" {
					give(t, next, piece)
				}
				b := make([]byte, len(piece))
				_, err := io.ReadFull(r.Body, b)
				gomega.Expect(string(b), err).To(gomega.Equal(piece))
			}
			close(next)
			gomega.Expect(runner.Body(r)).To(gomega.BeEmpty())
		}
	}),
	runner.It("STREAM-02", "a call returns with the head, before any byte of the body", func(t *runner.Trial) {
		for _, protocol := range protocols {
			returned := make(chan struct{})
			url := handler(t, func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				select {
				case <-returned:
					io.WriteString(w, "body")
				case <-r.Context().Done():
				}
			})
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: url})
			close(returned)
			gomega.Expect(runner.Body(r)).To(gomega.Equal("body"))
		}
	}),
	runner.It("STREAM-03", "what fails before the body fails the call", func(t *runner.Trial) {
		t.Fails(subject.Request{URL: t.Peer(func(p *runner.Peer) { p.Head() })}, subject.EmptyReply)
		t.Fails(subject.Request{URL: t.URL("/redirect-lab?form=self")}, subject.TooManyRedirects)
		c := t.Client(subject.Config{Timeouts: subject.Timeouts{Headers: 20 * time.Millisecond}})
		c.Fails(subject.Request{URL: t.URL("/stall?at=head")}, subject.Timeout)
	}),
	runner.It("STREAM-03", "what fails in the body shows at its place", func(t *runner.Trial) {
		for _, path := range []string{"/truncate?n=900000&sent=300000", "/truncate?framing=chunked&n=900000&sent=300000"} {
			r := t.Client(subject.Config{Protocol: "http/1.1"}).Do(subject.Request{URL: t.URL(path)})
			body, err := runner.Read(r)
			runner.WantKind(err, subject.Incomplete)
			gomega.Expect(body).To(gomega.HaveLen(300_000))
		}
	}),
	runner.It("STREAM-03", "a body that stops is a timeout", func(t *runner.Trial) {
		for _, protocol := range protocols {
			c := t.Client(subject.Config{Protocol: protocol, Timeouts: subject.Timeouts{Stall: 50 * time.Millisecond}})
			body, err := runner.Read(c.Do(subject.Request{URL: t.URL("/stall?sent=400")}))
			runner.WantKind(err, subject.Timeout)
			gomega.Expect(body).To(gomega.HaveLen(400))
		}
	}),
	runner.It("STREAM-04", "a reader that does not read stops the server", func(t *runner.Trial) {
		const step, most = 64 << 10, 64 << 20
		for _, protocol := range protocols {
			var written atomic.Int64
			stopped := make(chan struct{})
			url := handler(t, func(w http.ResponseWriter, _ *http.Request) {
				defer close(stopped)
				for piece := make([]byte, step); written.Load() < most; written.Add(step) {
					if _, err := w.Write(piece); err != nil {
						return
					}
				}
			})
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: url})
			for last := int64(-1); last < written.Load(); { // until nothing moves any more
				last = written.Load()
				select {
				case <-time.After(200 * time.Millisecond):
				case <-t.Context.Done():
				}
			}
			gomega.Expect(written.Load()).To(gomega.BeNumerically("<", most), protocol)
			r.Body.Close()
			take(t, stopped)
		}
	}),
	runner.It("STREAM-07", "an empty body is its end, and all else is there", func(t *runner.Trial) {
		for _, path := range []string{"/bytes/0", "/stream/0", "/status/204"} {
			r := t.Do(subject.Request{URL: t.URL("/redirect-lab?location=" + path)})
			gomega.Expect(r.History).To(gomega.HaveLen(1))
			gomega.Expect(runner.Body(r)).To(gomega.BeEmpty(), path)
		}
	}),
	runner.It("STREAM-08", "the response of an error of its status has the beginning of the body, and holds no connection", func(t *runner.Trial) {
		url := handler(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			w.Write(make([]byte, 1<<20))
		})
		c := t.Client(subject.Config{Protocol: "http/1.1", FailOnStatus: true})
		err := c.Fails(subject.Request{URL: url}, subject.Status)
		body, _ := runner.Read(err.Response)
		gomega.Expect(len(body)).To(gomega.And(gomega.BeNumerically(">", 0), gomega.BeNumerically("<", 1<<20)))
	}),
	runner.It("STREAM-09", "a whole body is read at once", func(t *runner.Trial) {
		for _, protocol := range protocols {
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: t.URL("/stream/300000")})
			runner.Need(r.Bytes != nil, "Response.Bytes")
			for range 2 {
				b, err := r.Bytes()
				gomega.Expect(len(b), err).To(gomega.Equal(300_000))
			}
		}
	}),
	runner.It("STREAM-15", "a line is there when its end was sent", func(t *runner.Trial) {
		next := make(chan string, 1)
		url := handler(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			say(w, r, next)
		})
		next <- "data: 1\n"
		r := t.Do(subject.Request{URL: url})
		runner.Need(r.Lines != nil, "Response.Lines")
		n := 1
		for line, err := range r.Lines() {
			gomega.Expect(line, err).To(gomega.Equal(fmt.Sprintf("data: %d", n)))
			if n++; n > 5 {
				close(next)
				continue
			}
			give(t, next, fmt.Sprintf("data: %d\n", n))
		}
		gomega.Expect(n).To(gomega.Equal(6))
	}),
	runner.It("STREAM-16", "sizes are final and trailers are there at the end", func(t *runner.Trial) {
		for _, protocol := range protocols {
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: t.URL("/trailers?n=100000&trailer=X-One:1")})
			runner.Need(r.Trailer != nil, "Response.Trailer")
			gomega.Expect(runner.Body(r)).To(gomega.HaveLen(100_000))
			gomega.Expect(subject.Get(r.Trailer(), "X-One")).To(gomega.Equal("1"))
			runner.Need(r.Info != nil, "Response.Info")
			gomega.Expect(r.Info().Received).To(gomega.Equal(int64(100_000)))
		}
	}),
}

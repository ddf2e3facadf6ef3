package streaming

import (
	"context"
	"io"
	"net/http"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// ends are specs of bodies that are not read to their end.
var ends = []runner.Spec{
	runner.It("STREAM-05", "closing a body ends it for the server, and the next request goes through", func(t *runner.Trial) {
		for _, protocol := range protocols {
			url, gone := endless(t)
			c := t.Client(subject.Config{Protocol: protocol})
			r := c.Do(subject.Request{URL: url})
			_, err := io.ReadFull(r.Body, make([]byte, 100_000))
			gomega.Expect(err).NotTo(gomega.HaveOccurred())
			gomega.Expect(r.Body.Close()).To(gomega.Succeed())
			take(t, gone)
			gomega.Expect(runner.Body(c.Do(subject.Request{URL: t.URL("/bytes/10")}))).To(gomega.HaveLen(10))
		}
	}),
	runner.It("STREAM-05", "many bodies that nobody reads to the end do not hold up others", func(t *runner.Trial) {
		for _, protocol := range protocols {
			c := t.Client(subject.Config{Protocol: protocol})
			for range 20 {
				c.Do(subject.Request{URL: t.URL("/bytes/1000000")}).Body.Close()
			}
			gomega.Expect(runner.Body(c.Do(subject.Request{URL: t.URL("/bytes/10")}))).To(gomega.HaveLen(10))
		}
	}),
	runner.It("STREAM-06", "closing does not wait for the rest of the body", func(t *runner.Trial) {
		for _, protocol := range protocols {
			url, gone := endless(t)
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: url})
			gomega.Expect(r.Body.Close()).To(gomega.Succeed()) // the rest has no end
			gomega.Expect(r.Body.Close()).To(gomega.Succeed(), "again")
			take(t, gone)
		}
	}),
	runner.It("STREAM-06", "the end of the context ends a read that waits", func(t *runner.Trial) {
		for _, protocol := range protocols {
			ctx, cancel := context.WithCancel(t.Context)
			url := handler(t, func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				panic(http.ErrAbortHandler) // else the body would end well, and a client may see that before it is gone
			})
			r := t.Client(subject.Config{Protocol: protocol}).With(ctx).Do(subject.Request{URL: url})
			_, err := io.ReadFull(r.Body, make([]byte, 1))
			gomega.Expect(err).NotTo(gomega.HaveOccurred())
			cancel()
			_, err = r.Body.Read(make([]byte, 1))
			runner.WantKind(err, subject.Canceled)
		}
	}),
	runner.It("STREAM-06", "closing ends a read that waits in another goroutine", func(t *runner.Trial) {
		for _, protocol := range protocols {
			url := handler(t, func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			})
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: url})
			read := make(chan error, 1)
			go func() {
				_, err := r.Body.Read(make([]byte, 1))
				read <- err
			}()
			r.Body.Close()
			gomega.Expect(take(t, read)).To(gomega.HaveOccurred(), protocol)
		}
	}),
	runner.It("RESP-28", "a body that was read leaves its connection to the next request", func(t *runner.Trial) {
		c := t.Client(subject.Config{Protocol: "http/1.1"})
		for range 3 {
			runner.Body(c.Do(subject.Request{URL: t.URL("/bytes/1000")}))
		}
		gomega.Expect(len(t.Server().Conns())).To(gomega.Equal(1), "connections")
	}),
}

// endless starts a server whose body has no end, and tells when the client has gone.
func endless(t *runner.Trial) (url string, gone chan struct{}) {
	gone = make(chan struct{})
	return handler(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		for piece := make([]byte, 32<<10); r.Context().Err() == nil; {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}), gone
}

package streaming

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// uploads are specs of bodies of requests.
var uploads = []runner.Spec{
	runner.It("STREAM-13", "a piece of the body is with the server before the next one is made", func(t *runner.Trial) {
		for _, protocol := range protocols {
			in, out := io.Pipe()
			got := make(chan string)
			url := handler(t, func(_ http.ResponseWriter, r *http.Request) {
				b := make([]byte, 100)
				for {
					n, err := r.Body.Read(b)
					if n > 0 {
						select {
						case got <- string(b[:n]):
						case <-r.Context().Done():
						}
					}
					if err != nil {
						return
					}
				}
			})
			var producer sync.WaitGroup
			var pieces []string
			producer.Go(func() {
				defer ginkgo.GinkgoRecover()
				defer out.Close()
				for _, piece := range []string{"first", "second", "third"} {
					io.WriteString(out, piece)
					pieces = append(pieces, take(t, got))
				}
			})
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{Method: "POST", URL: url, Stream: in})
			gomega.Expect(r.Status).To(gomega.Equal(200))
			producer.Wait()
			gomega.Expect(pieces).To(gomega.Equal([]string{"first", "second", "third"}), protocol)
		}
	}),
	runner.It("STREAM-13", "a long stream arrives whole", func(t *runner.Trial) {
		const size = 8 << 20
		want := sha256.New()
		io.Copy(want, &ramp{left: size})
		for _, protocol := range protocols {
			e := t.Client(subject.Config{Protocol: protocol}).Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Stream: &ramp{left: size}})
			gomega.Expect(e.Body.Size).To(gomega.Equal(int64(size)))
			gomega.Expect(e.Body.SHA256).To(gomega.Equal(fmt.Sprintf("%x", want.Sum(nil))))
		}
	}),
	runner.It("STREAM-14", "a response that comes before the end of the body is read, and the body ends", func(t *runner.Trial) {
		for _, protocol := range protocols {
			body := &endlessBody{closed: make(chan struct{})}
			url := handler(t, func(w http.ResponseWriter, r *http.Request) {
				io.ReadFull(r.Body, make([]byte, 100))
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				io.WriteString(w, "too large")
				w.(http.Flusher).Flush()
			})
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{Method: "POST", URL: url, Stream: body})
			gomega.Expect(r.Status).To(gomega.Equal(413), protocol)
			gomega.Expect(runner.Body(r)).To(gomega.Equal("too large"))
			take(t, body.closed)
		}
	}),
	runner.It("STREAM-14", "the end of the context ends the body", func(t *runner.Trial) {
		for _, protocol := range protocols {
			ctx, cancel := context.WithCancel(t.Context)
			body := &endlessBody{closed: make(chan struct{})}
			url := handler(t, func(_ http.ResponseWriter, r *http.Request) {
				io.ReadFull(r.Body, make([]byte, 100))
				cancel()
				io.Copy(io.Discard, r.Body)
			})
			t.Client(subject.Config{Protocol: protocol}).With(ctx).Fails(subject.Request{Method: "POST", URL: url, Stream: body}, subject.Canceled)
			take(t, body.closed)
		}
	}),
}

// ramp is a body of so many bytes, 0 to 250 and again.
type ramp struct {
	left int
	next byte
}

func (r *ramp) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	b = b[:min(len(b), r.left)]
	for i := range b {
		b[i] = r.next
		r.next = (r.next + 1) % 251
	}
	r.left -= len(b)
	return len(b), nil
}

// endlessBody is a body without end; closed is closed with it.
type endlessBody struct {
	closed chan struct{}
	once   sync.Once
}

func (b *endlessBody) Read(p []byte) (int, error) {
	select {
	case <-b.closed:
		return 0, io.ErrClosedPipe
	default:
		return len(p), nil
	}
}

func (b *endlessBody) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

package streaming

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

var errFull = errors.New("full")

// sinks are specs of bodies that are copied elsewhere, and of how fast bodies go.
var sinks = []runner.Spec{
	runner.It("STREAM-10", "a sink gets the decoded body in order, and its error ends the transfer for the server, too", func(t *runner.Trial) {
		for _, protocol := range protocols {
			c := t.Client(subject.Config{Protocol: protocol})
			whole := &sink{most: 1 << 30}
			n, err := io.Copy(whole, c.Do(subject.Request{URL: t.URL("/enc/gzip?n=300000")}).Body)
			gomega.Expect(n, err).To(gomega.BeEquivalentTo(300_000), protocol)
			plain := &sink{most: 1 << 30}
			io.Copy(plain, c.Do(subject.Request{URL: t.URL("/bytes/300000")}).Body)
			gomega.Expect(whole.text == plain.text).To(gomega.BeTrue(), "%s: the same bytes", protocol)

			url, gone := endless(t)
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: url})
			full := &sink{most: 100_000, err: errFull}
			_, err = io.Copy(full, r.Body)
			gomega.Expect(err).To(gomega.Equal(errFull), "the sink's own error")
			r.Body.Close()
			take(t, gone)
		}
	}),
	runner.It("STREAM-11", "a sink that takes less than it is given is an error", func(t *runner.Trial) {
		for _, protocol := range protocols {
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: t.URL("/bytes/300000")})
			short := &sink{most: 1000}
			n, err := io.Copy(short, r.Body)
			gomega.Expect(err).To(gomega.MatchError(io.ErrShortWrite), protocol)
			gomega.Expect(n).To(gomega.BeEquivalentTo(1000), protocol)
		}
	}),
	runner.It("STREAM-12", "a rate holds the body of a response, on the average", func(t *runner.Trial) {
		for _, protocol := range protocols {
			began := time.Now()
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{URL: t.URL("/bytes/50000"), RecvRate: 100_000})
			gomega.Expect(runner.Body(r)).To(gomega.HaveLen(50_000))
			gomega.Expect(time.Since(began)).To(gomega.BeNumerically(">=", 390*time.Millisecond), protocol) // of the last tenth nobody waits for the end
		}
	}),
	runner.It("STREAM-12", "a rate holds the body of a request, on the average", func(t *runner.Trial) {
		for _, protocol := range protocols {
			began := time.Now()
			e := t.Client(subject.Config{Protocol: protocol}).Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Bytes: make([]byte, 50_000), SendRate: 100_000})
			gomega.Expect(e.Body.Size).To(gomega.BeEquivalentTo(50_000))
			gomega.Expect(time.Since(began)).To(gomega.BeNumerically(">=", 390*time.Millisecond), protocol)
		}
	}),
	runner.It("STREAM-12", "the caller is told how far the bodies are", func(t *runner.Trial) {
		for _, protocol := range protocols {
			var all []subject.Progress
			r := t.Client(subject.Config{Protocol: protocol}).Do(subject.Request{
				Method: "POST", URL: t.URL("/upload"), Bytes: make([]byte, 300_000), Progress: func(p subject.Progress) { all = append(all, p) },
			})
			length := int64(len(runner.Body(r)))
			gomega.Expect(all).NotTo(gomega.BeEmpty(), protocol)
			last := subject.Progress{SendTotal: -1, ReceiveTotal: -1}
			for i, p := range all {
				at := fmt.Sprintf("%s, call %d: %+v after %+v", protocol, i, p, last)
				gomega.Expect(p.Sent).To(gomega.BeNumerically(">=", last.Sent), at)
				gomega.Expect(p.Received).To(gomega.BeNumerically(">=", last.Received), at)
				last = p
			}
			gomega.Expect(last.Sent).To(gomega.BeEquivalentTo(300_000), protocol)
			gomega.Expect(last.SendTotal).To(gomega.BeEquivalentTo(300_000), protocol)
			gomega.Expect(last.Received).To(gomega.Equal(length), protocol)
			gomega.Expect(last.ReceiveTotal).To(gomega.Or(gomega.Equal(length), gomega.BeEquivalentTo(-1)), protocol)
		}
	}),
}

// sink takes most bytes; what comes beyond is the error, or is not taken.
type sink struct {
	most int
	err  error
	text string
}

func (s *sink) Write(p []byte) (int, error) {
	n := min(len(p), s.most-len(s.text))
	s.text += string(p[:n])
	if n < len(p) {
		return n, s.err
	}
	return n, nil
}

package retry

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// choices are specs of what is made again, and what ends it.
var choices = []runner.Spec{
	runner.It("RETRY-05", "of the statuses only 429, 502, 503 and 504 are worth another try", func(t *runner.Trial) {
		for status, want := range map[int]int{429: 2, 502: 2, 503: 2, 504: 2, 200: 1, 304: 1, 400: 1, 401: 1, 404: 1, 408: 1, 409: 1, 425: 1, 500: 1, 501: 1} {
			s := failing(t, 1, status)
			retrying(t, subject.Retry{Count: 3}).Do(subject.Request{URL: s.url})
			gomega.Expect(s.count()).To(gomega.Equal(want), "%d", status)
		}
	}),
	runner.It("RETRY-05", "a connection that does not come about is tried again", func(t *runner.Trial) {
		var n atomic.Int32
		url := t.Peer(func(*runner.Peer) { n.Add(1) }) // ends before the handshake of TLS
		retrying(t, subject.Retry{Count: 2}).Fails(subject.Request{URL: strings.Replace(url, "http:", "https:", 1)}, subject.Connect, subject.TLS)
		gomega.Expect(n.Load()).To(gomega.Equal(int32(3)))
	}),
	runner.It("RETRY-05", "a head that does not come in time is waited for again", func(t *runner.Trial) {
		var n atomic.Int32
		url := t.Peer(func(p *runner.Peer) {
			n.Add(1)
			p.Head()
			p.Head() // until the client goes
		})
		c := t.Client(subject.Config{Retry: subject.Retry{Count: 2}, Timeouts: subject.Timeouts{Headers: 20 * time.Millisecond}})
		c.Fails(subject.Request{URL: url}, subject.Timeout)
		gomega.Expect(n.Load()).To(gomega.Equal(int32(3)))
	}),
	runner.It("RETRY-05", "what another try cannot change is not tried again", func(t *runner.Trial) {
		s := failing(t, 9, 503)
		foreign := t.Client(subject.Config{CA: t.Server().CertPEM(), Retry: subject.Retry{Count: 3}})
		foreign.Fails(subject.Request{URL: s.url}, subject.TLS)
		gomega.Expect(s.count()).To(gomega.BeZero(), "certificate")
		c := retrying(t, subject.Retry{Count: 3, Delay: time.Hour})
		c.Fails(subject.Request{URL: "http://local host/"}, subject.Invalid)
		c.Fails(subject.Request{URL: t.URL("/redirect-lab?form=self"), Redirect: &subject.Redirect{Max: 2}}, subject.TooManyRedirects)
		c.Fails(subject.Request{URL: t.Peer(runner.Canned("junk\r\n\r\n"))}, subject.Protocol)
		yes := true
		c.Fails(subject.Request{URL: t.URL("/status/404"), FailOnStatus: &yes}, subject.Status)
	}),
	runner.It("RETRY-05", "a function decides in place of the rules", func(t *runner.Trial) {
		s := failing(t, 2, 500)
		var numbers, statuses []int
		c := retrying(t, subject.Retry{Count: 5, On: func(number, status int, err error) bool {
			numbers, statuses = append(numbers, number), append(statuses, status)
			return status >= 500
		}})
		gomega.Expect(c.Do(subject.Request{URL: s.url}).Status).To(gomega.Equal(200))
		gomega.Expect(numbers[:2]).To(gomega.Equal([]int{1, 2}))
		gomega.Expect(statuses[:2]).To(gomega.Equal([]int{500, 500}))
		never := failing(t, 9, 503)
		retrying(t, subject.Retry{Count: 5, On: func(int, int, error) bool { return false }}).Do(subject.Request{URL: never.url})
		gomega.Expect(never.count()).To(gomega.Equal(1))
	}),
	runner.It("RETRY-06", "a method that is not idempotent is made again only when it is asked for", func(t *runner.Trial) {
		for method, want := range map[string]int{"GET": 2, "HEAD": 2, "OPTIONS": 2, "PUT": 2, "DELETE": 2, "POST": 1, "PATCH": 1, "FOO": 1} {
			for _, any := range []bool{false, true} {
				if any {
					want = 2
				}
				s := failing(t, 1, 503)
				retrying(t, subject.Retry{Count: 3, NonIdempotent: any}).Do(subject.Request{Method: method, URL: s.url})
				gomega.Expect(s.count()).To(gomega.Equal(want), "%s %v", method, any)
			}
		}
	}),
	runner.It("RETRY-06", "POST is not made again when the server may have processed it", func(t *runner.Trial) {
		url, requests := breaking(t, 9)
		retrying(t, subject.Retry{Count: 3}).Fails(subject.Request{Method: "POST", URL: url, Bytes: []byte("content")}, subject.EmptyReply)
		gomega.Expect(requests()).To(gomega.HaveLen(1))
	}),
	runner.It("RETRY-06", "POST is made again when there was no connection", func(t *runner.Trial) {
		var n atomic.Int32
		url := t.Peer(func(*runner.Peer) { n.Add(1) })
		url = strings.Replace(url, "http:", "https:", 1)
		retrying(t, subject.Retry{Count: 2}).Fails(subject.Request{Method: "POST", URL: url, Bytes: []byte("content")}, subject.Connect, subject.TLS)
		gomega.Expect(n.Load()).To(gomega.Equal(int32(3)))
	}),
	runner.It("RETRY-09", "a pause ends with the context", func(t *runner.Trial) {
		ctx, cancel := context.WithCancel(t.Context)
		c := retrying(t, subject.Retry{Count: 3, Delay: time.Hour, On: func(int, int, error) bool {
			cancel()
			return true
		}})
		err := c.With(ctx).Fails(subject.Request{URL: t.URL("/status/503")}, subject.Canceled)
		gomega.Expect(errors.Is(err, context.Canceled)).To(gomega.BeTrue(), "%v", err)
	}),
	runner.It("RETRY-09", "a pause that would last beyond the deadline is not begun", func(t *runner.Trial) {
		c := t.Client(subject.Config{Retry: subject.Retry{Count: 3, Delay: time.Hour}, Timeouts: subject.Timeouts{Total: 30 * time.Minute}})
		c.Fails(subject.Request{URL: t.URL("/flaky/a/9?fail=close")}, subject.Timeout, subject.EmptyReply)
	}),
}

// oneShot is a body that nobody can rewind.
func oneShot(text string) io.Reader { return io.MultiReader(strings.NewReader(text)) }

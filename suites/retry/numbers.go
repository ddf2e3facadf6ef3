package retry

import (
	"fmt"
	"slices"
	"time"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// numbers are specs of how often a request is made.
var numbers = []runner.Spec{
	runner.It("RETRY-01", "nothing is made again unless it is asked for", func(t *runner.Trial) {
		s := failing(t, 9, 503)
		gomega.Expect(t.Do(subject.Request{URL: s.url}).Status).To(gomega.Equal(503))
		gomega.Expect(s.count()).To(gomega.Equal(1))
	}),
	runner.It("RETRY-01", "a request is made again until it succeeds", func(t *runner.Trial) {
		for _, fail := range []string{"status", "reset", "close", "cut"} {
			c := t.Client(subject.Config{Protocol: "http/1.1", Retry: subject.Retry{Count: 3}}) // a reset ends no connection of HTTP/2
			r := c.Do(subject.Request{URL: t.URL("/flaky/" + fail + "/2?fail=" + fail)})
			gomega.Expect(r.Status).To(gomega.Equal(200), fail)
			gomega.Expect(runner.Body(r)).To(gomega.ContainSubstring(`"attempt": 3`), fail)
		}
	}),
	runner.It("RETRY-02", "numbers below zero are refused", func(t *runner.Trial) {
		for _, bad := range []subject.Retry{{Count: -1}, {Delay: -1}, {Jitter: -1}, {MaxDelay: -1}} {
			_, err := t.TryClient(subject.Config{Retry: bad})
			runner.WantKind(err, subject.Invalid)
			t.Fails(subject.Request{URL: t.URL("/get"), Retry: &bad}, subject.Invalid)
		}
		gomega.Expect(len(t.Server().Conns())).To(gomega.BeZero(), "connections")
	}),
	runner.It("RETRY-03", "there is one try more than retries, and the last response is the one", func(t *runner.Trial) {
		s := failing(t, 9, 503)
		r := retrying(t, subject.Retry{Count: 2}).Do(subject.Request{URL: s.url})
		gomega.Expect(r.Status).To(gomega.Equal(503))
		gomega.Expect(s.count()).To(gomega.Equal(3))
		runner.Need(r.Info != nil, "Response.Info")
		gomega.Expect(r.Info().Attempts).To(gomega.Equal(3))
	}),
	runner.It("RETRY-03", "the last error is the one", func(t *runner.Trial) {
		url, requests := breaking(t, 9)
		retrying(t, subject.Retry{Count: 2}).Fails(subject.Request{URL: url}, subject.EmptyReply)
		gomega.Expect(requests()).To(gomega.HaveLen(3))
	}),
	runner.It("RETRY-03", "retries are counted over all redirects together", func(t *runner.Trial) {
		url := t.URL("/redirect-lab?location=/flaky/a/3")
		r := retrying(t, subject.Retry{Count: 2}).Do(subject.Request{URL: url})
		gomega.Expect(r.Status).To(gomega.Equal(503))
		gomega.Expect(runner.Body(r)).To(gomega.ContainSubstring(`"attempt": 3`))
	}),
	runner.It("RETRY-09", "a call has its own retries, or none", func(t *runner.Trial) {
		for i, retry := range []subject.Retry{{}, {Count: 3}} {
			s := failing(t, 9, 503)
			retrying(t, subject.Retry{Count: 1}).Do(subject.Request{URL: s.url, Retry: &retry})
			gomega.Expect(s.count()).To(gomega.Equal(retry.Count+1), "%d", i)
		}
	}),
}

// pauses are specs of the time between two tries.
var pauses = []runner.Spec{
	runner.It("RETRY-04", "pauses grow linearly", func(t *runner.Trial) {
		wantPauses(t, subject.Retry{Count: 3, Delay: 10 * time.Millisecond}, 10, 20, 30)
	}),
	runner.It("RETRY-04", "and not more than that", func(t *runner.Trial) {
		const most = 4 * time.Second // 11 pauses are 330 ms; if they doubled, 10 s
		began := time.Now()
		wantPauses(t, subject.Retry{Count: 11, Delay: 5 * time.Millisecond}, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55)
		gomega.Expect(time.Since(began)).To(gomega.BeNumerically("<", most))
	}),
	runner.It("RETRY-04", "pauses double", func(t *runner.Trial) {
		wantPauses(t, subject.Retry{Count: 4, Delay: 10 * time.Millisecond, Exponential: true}, 10, 20, 40, 80)
	}),
	runner.It("RETRY-04", "a pause has an upper bound, beyond which nothing grows", func(t *runner.Trial) {
		s := failing(t, 9, 503)
		retrying(t, subject.Retry{Count: 3, Delay: time.Hour, MaxDelay: 10 * time.Millisecond}).Do(subject.Request{URL: s.url})
		for _, gap := range s.gaps() {
			gomega.Expect(gap).To(gomega.And(gomega.BeNumerically(">=", 10*time.Millisecond), gomega.BeNumerically("<", time.Minute)))
		}
		gomega.Expect(s.count()).To(gomega.Equal(4))
	}),
	runner.It("RETRY-04", "jitter adds to a pause, by chance", func(t *runner.Trial) {
		// That each of 8 pauses is by chance within the first tenth happens once in 10⁸ times, that they all are within a tenth once in 10⁶.
		const jitter = 100 * time.Millisecond
		s := failing(t, 9, 503)
		retrying(t, subject.Retry{Count: 8, Jitter: jitter}).Do(subject.Request{URL: s.url})
		gaps, sum := s.gaps(), time.Duration(0)
		gomega.Expect(gaps).To(gomega.HaveLen(8))
		for _, gap := range gaps {
			sum += gap
		}
		gomega.Expect(slices.Max(gaps)).To(gomega.BeNumerically(">", jitter/10), "the longest pause")
		gomega.Expect(slices.Max(gaps)-slices.Min(gaps)).To(gomega.BeNumerically(">", jitter/10), "they differ")
		gomega.Expect(sum).To(gomega.BeNumerically("<", 8*jitter+10*time.Second), "together")
	}),
	runner.It("RETRY-04", "jitter comes on top of the delay", func(t *runner.Trial) {
		wantPauses(t, subject.Retry{Count: 3, Delay: 10 * time.Millisecond, Jitter: time.Millisecond}, 10, 20, 30)
	}),
	runner.It("RETRY-04", "a server's Retry-After is kept to, in seconds and as a date", func(t *runner.Trial) {
		for i, query := range []string{"seconds=0", "date=-5", "date=0"} {
			url := t.URL(fmt.Sprintf("/retry-after?key=a%d&%s", i, query))
			gomega.Expect(retrying(t, subject.Retry{Count: 1}).Do(subject.Request{URL: url}).Status).To(gomega.Equal(200), query)
		}
		began := time.Now()
		r := retrying(t, subject.Retry{Count: 1}).Do(subject.Request{URL: t.URL("/retry-after?key=b&seconds=1")})
		gomega.Expect(r.Status).To(gomega.Equal(200))
		gomega.Expect(time.Since(began)).To(gomega.BeNumerically(">=", time.Second))
	}),
	runner.It("RETRY-04", "a Retry-After beyond the bound ends the tries at once", func(t *runner.Trial) {
		for _, query := range []string{"key=a&seconds=3600", "key=b&date=3600"} {
			r := retrying(t, subject.Retry{Count: 5, MaxDelay: time.Second}).Do(subject.Request{URL: t.URL("/retry-after?n=9&" + query)})
			gomega.Expect(r.Status).To(gomega.Equal(503), query)
			gomega.Expect(runner.Body(r)).To(gomega.ContainSubstring(`"attempt": 1`), query)
		}
	}),
	runner.It("RETRY-04", "Retry-After is passed over when it shall be", func(t *runner.Trial) {
		c := retrying(t, subject.Retry{Count: 1, IgnoreRetryAfter: true})
		gomega.Expect(c.Do(subject.Request{URL: t.URL("/retry-after?key=a&seconds=3600")}).Status).To(gomega.Equal(200))
	}),
}

// wantPauses wants the tries of a call to be that many milliseconds apart at least.
func wantPauses(t *runner.Trial, r subject.Retry, milliseconds ...int) {
	s := failing(t, 99, 503)
	retrying(t, r).Do(subject.Request{URL: s.url})
	gaps := s.gaps()
	gomega.Expect(gaps).To(gomega.HaveLen(len(milliseconds)))
	for i, ms := range milliseconds {
		gomega.Expect(gaps[i]).To(gomega.BeNumerically(">=", time.Duration(ms)*time.Millisecond), "pause %d", i+1)
	}
}

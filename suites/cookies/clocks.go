package cookies

import (
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// clock is a clock that stands until it is moved.
type clock struct{ now atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.now.Store(time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).Unix())
	return c
}

func (c *clock) Now() time.Time { return time.Unix(c.now.Load(), 0) }

func (c *clock) move(d time.Duration) { c.now.Add(int64(d / time.Second)) }

const day = 24 * time.Hour

// clocks are specs of the end of cookies.
var clocks = []runner.Spec{
	runner.It("COOKIE-44", "Max-Age and Expires count from the client's time", func(t *runner.Trial) {
		c := newClock()
		s := newSites(t, subject.Config{Now: c.Now})
		s.set(secure, "a=1; Max-Age=60", "b=2; Expires=Wed, 01 Jul 2026 12:02:00 GMT", "c=3")
		for _, step := range []struct {
			d    time.Duration
			want string
		}{{0, "a=1; b=2; c=3"}, {59 * time.Second, "a=1; b=2; c=3"}, {time.Second, "b=2; c=3"}, {time.Minute, "c=3"}, {1000 * day, "c=3"}} {
			c.move(step.d)
			gomega.Expect(s.sent(secure)).To(gomega.Equal(step.want), "%s", c.Now())
		}
	}),
	runner.It("COOKIE-45", "no cookie lives longer than 400 days", func(t *runner.Trial) {
		c := newClock()
		s := newSites(t, subject.Config{Now: c.Now})
		s.set(secure, "a=1; Max-Age=99999999", "b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT")
		c.move(400*day - time.Second)
		gomega.Expect(s.sent(secure)).To(gomega.Equal("a=1; b=2"))
		c.move(2 * time.Second)
		gomega.Expect(s.sent(secure)).To(gomega.BeEmpty())
	}),
	runner.It("COOKIE-54", "one that has ended makes way, and begins anew", func(t *runner.Trial) {
		c := newClock()
		s := newSites(t, subject.Config{Now: c.Now})
		s.set(secure, "a=1; Max-Age=60", "b=2")
		c.move(time.Minute)
		s.set(secure, "a=3")
		gomega.Expect(s.sent(secure)).To(gomega.Equal("b=2; a=3"))
	}),
}

package fpserver

import (
	"io"
	"net/http"
	"testing"
	"time"
)

func TestLabDrip(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			query  string
			n      int
			length int64
			least  time.Duration
		}{
			{"?every=0s", 10, 10, 0}, {"?n=5&every=10ms", 5, 5, 40 * time.Millisecond}, {"?n=1000&piece=300&every=10ms&framing=chunked", 1000, -1, 30 * time.Millisecond},
			{"?n=0&framing=chunked", 0, -1, 0}, {"?n=1&delay=20ms", 1, 1, 20 * time.Millisecond}, {"?n=10000&every=0s", 10000, 10000, 0},
		} {
			before := time.Now()
			resp, b := fetch(t, c, "GET", s.URL+"/drip"+row.query, nil)
			if took := time.Since(before); string(b) != patternText(0, row.n) || resp.ContentLength != row.length || took < row.least {
				t.Errorf("%s: %d bytes, length %d, %v", row.query, len(b), resp.ContentLength, took)
			}
		}
		// Each piece arrives by itself: the second one is 29 s away.
		resp, err := c.Get(s.URL + "/drip?n=2&every=29s")
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		var b [1]byte
		if _, err := io.ReadFull(resp.Body, b[:]); err != nil || b[0] != 0 || time.Since(before) > 20*time.Second {
			t.Errorf("%v, %v", b, err)
		}
		resp.Body.Close()
	})
}

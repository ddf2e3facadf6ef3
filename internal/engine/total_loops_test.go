package engine_test

import (
	"io"
	"sync"
	"testing"

	"github.com/wirelike/wirelike/internal/engine"
)

// TestMaxConnsLoops: two origins that ask again and again share the one connection that there may be: none goes on for
// long while the other waits.
func TestMaxConnsLoops(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		a, b := newServer(t, http2, echoProto), newServer(t, http2, echoProto)
		e := newEngine(t, &engine.Config{MaxConns: 1, InsecureSkipVerify: true})
		turns := make(chan string, 200)
		var wg sync.WaitGroup
		for _, s := range []*server{a, b} {
			wg.Go(func() {
				for range 100 {
					r, err := e.RoundTrip(request(t, t.Context(), "GET", s.url, nil))
					if err != nil {
						t.Error(err)
						return
					}
					if _, err = io.Copy(io.Discard, r.Body); err != nil {
						t.Error(err)
					}
					r.Body.Close()
					turns <- s.url
				}
			})
		}
		wg.Wait()
		close(turns)
		longest, run, last := 0, 0, ""
		changes := 0
		for url := range turns {
			if url != last {
				run, last = 0, url
				changes++
			}
			run++
			longest = max(longest, run)
		}
		if changes < 20 {
			t.Errorf("http2 %t: the connection changed hands %d times, one origin had it for %d requests", http2, changes, longest)
		}
	}
}

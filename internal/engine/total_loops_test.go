package engine_test

import (
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/internal/engine"
)

// TestMaxConnsLoops: of two origins that ask again and again for the one connection that there may be, each gets its turns
// while the other goes on.
func TestMaxConnsLoops(t *testing.T) {
	t.Parallel()
	const turns, most = 20, 20_000
	for _, http2 := range []bool{false, true} {
		servers := []*server{newServer(t, http2, echoProto), newServer(t, http2, echoProto)}
		e := newEngine(t, &engine.Config{MaxConns: 1, InsecureSkipVerify: true})
		var done [2]atomic.Int32
		var wg sync.WaitGroup
		for i, s := range servers {
			wg.Go(func() {
				for done[i].Load() < turns || done[1-i].Load() < turns {
					r, err := e.RoundTrip(request(t, t.Context(), "GET", s.url, nil))
					if err != nil {
						t.Error(err)
						return
					}
					if _, err = io.Copy(io.Discard, r.Body); err != nil {
						t.Error(err)
					}
					r.Body.Close()
					if done[i].Add(1) > most {
						t.Errorf("http2 %t: %d requests of one origin while the other got %d answers", http2, most, done[1-i].Load())
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

package h2

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
)

// ladders returns what each run of small steps gave back in a recorded download of Firefox. The recorded server had used
// up the stream's window before each of its updates; a run of one frame and then three times two frames is what the
// client gives back while it gets nothing new, and ends when more than its low mark is open again.
func ladders(frames []bodyFrame) (totals []int64) {
	steps, _ := increments(frames, "/big/30000000")
	run := []int64{16384, 32768, 32768, 32768}
	for i := range steps {
		if k := i + len(run); k < len(steps) && slices.Equal(steps[i:k], run) && steps[k] > 2*32768 {
			totals = append(totals, 16384+3*32768)
		}
	}
	return totals
}

// TestReplayLowWindow: of a stream whose window is used up, Firefox gives back as much as the recordings show before it
// waits for DATA again. That bounds its low mark: above 81920, where a step still came, and below 114688.
func TestReplayLowWindow(t *testing.T) {
	var want []int64
	for _, build := range []string{"firefox 153", "firefox 159"} {
		want = append(want, ladders(capturedBodies(t, build))...)
	}
	if len(want) < 7 {
		t.Fatalf("%d runs recorded, which is too little evidence", len(want))
	}
	synctest.Test(t, func(t *testing.T) {
		cfg := firefoxConfig()
		c, p := connect(t, cfg)
		p.Settings()
		r := start(t.Context(), c, request(nil))
		p.Got()
		p.Headers(c.first, false, ":status", "200")
		body := r.ok(t).Body
		for left := c.streamWindow; left > 0; left -= 16384 {
			p.Data(c.first, false, make([]byte, min(left, 16384)))
			p.Got() // updates of the connection
		}
		if _, err := io.CopyN(io.Discard, body, 786432); err != nil { // what one drained pipe of the recorded page took
			t.Fatal(err)
		}
		total := int64(0)
		for _, text := range p.Got() {
			var id uint32
			var n int64
			if k, _ := fmt.Sscanf(text, "WINDOW_UPDATE %d %d", &id, &n); k == 2 && id == c.first {
				total += n
			}
		}
		for _, w := range want {
			if total != w {
				t.Errorf("%d bytes given back, recorded %d", total, w)
			}
		}
	})
}

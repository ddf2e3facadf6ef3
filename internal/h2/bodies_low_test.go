package h2

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
)

// ladder is a run of small steps, of two frames at most, by which a client gave the window of a stream back.
type ladder struct {
	steps int
	total int64 // bytes
	last  bool  // no other one came in the download
}

// ladders returns the short runs of a recorded download of Firefox, whatever their steps. The recorded server had used up
// the stream's window before each update; a short run is what the client gives back while it gets nothing new, and ends when
// more than its low mark is open again. In those of more than eight steps DATA kept coming.
func ladders(frames []bodyFrame) (short []ladder) {
	steps, _ := increments(frames, "/big/30000000")
	var run ladder
	end := func() {
		if run.steps > 0 && run.steps <= 8 {
			short = append(short, run)
		}
		run = ladder{}
	}
	for _, n := range steps {
		if n > 2*16384 {
			end()
			continue
		}
		run.steps++
		run.total += n
	}
	if end(); len(short) > 0 {
		short[len(short)-1].last = true
	}
	return short
}

// TestReplayLowWindow: of a stream whose window is used up, Firefox gives back as much as most recorded runs show before it
// waits for DATA again. That bounds its low mark: above 81920, where a step still came, and below 114688. Two runs are
// others: in one a frame of DATA came meanwhile, and one is the last of its download, which needed no more.
func TestReplayLowWindow(t *testing.T) {
	var want []ladder
	for _, build := range []string{"firefox 153", "firefox 159"} {
		want = append(want, ladders(capturedBodies(t, build))...)
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
		same, more, less := 0, 0, 0
		for _, w := range want {
			switch {
			case w.total == total:
				same++
			case w.total == total+16384:
				more++
			case w.total < total && w.last:
				less++
			default:
				t.Errorf("%d bytes given back, recorded %d in %d steps", total, w.total, w.steps)
			}
		}
		if same != 5 || more != 1 || less != 1 {
			t.Errorf("%d bytes given back: %d recorded runs are the same, %d of a frame more, %d shorter; all are %+v", total, same, more, less, want)
		}
	})
}

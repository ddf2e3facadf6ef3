package h2

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// bodyFrame is a frame that a browser sent while it loaded large bodies; see internal/corpus.
type bodyFrame struct {
	Type      string
	Stream    uint32
	Path      string
	Length    int
	Increment int64
	End       bool
}

// capturedBodies returns the frames of a build, "chromium 156".
func capturedBodies(t *testing.T, build string) []bodyFrame {
	t.Helper()
	raw, err := os.ReadFile("testdata/bodies.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Browser string
		Frames  []bodyFrame
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if strings.HasPrefix(b.Browser, build+".") {
			return b.Frames
		}
	}
	t.Fatalf("no capture of %s", build)
	return nil
}

// increments returns those of the WINDOW_UPDATEs on the stream of a path, or on the connection, among the frames before
// the first parallel download: until then one follows from the other.
func increments(frames []bodyFrame, path string) (stream, conn []int64) {
	var id uint32
	for _, f := range frames[1:] { // behind that of the opening
		switch {
		case strings.HasPrefix(f.Path, "/big/3000000?"):
			return stream, conn
		case f.Path == path:
			id = f.Stream
		case f.Type != "WINDOW_UPDATE":
		case f.Stream == 0:
			conn = append(conn, f.Increment)
		case f.Stream == id && f.Increment != 12451840: // what Firefox says behind each HEADERS
			stream = append(stream, f.Increment)
		}
	}
	return stream, conn
}

// pageSize is what the page of the recording and its icon had, as the first increment of Firefox' connection tells: all
// other frames of the server's are 16384 bytes or the rest of a body.
const pageSize = 816

// replayDownloads loads the bodies of the recording, one after the other, and returns what the client sent.
func replayDownloads(t *testing.T, cfg *Config) (frames []bodyFrame) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, cfg)
		p.Settings()
		p.Got()
		frames = append(frames, bodyFrame{Type: "WINDOW_UPDATE"})
		id := c.first
		for _, size := range []int{pageSize, 20_000, 1_000_000, 30_000_000, 12_000_000} {
			r := start(t.Context(), c, request(nil))
			frames = append(frames, bodyFrame{Type: "HEADERS", Stream: id, Path: "/big/" + strconv.Itoa(size)})
			p.Headers(id, false, ":status", "200")
			body := r.ok(t).Body
			go io.CopyBuffer(io.Discard, struct{ io.Reader }{body}, make([]byte, 32<<10))
			payload := make([]byte, 16384)
			for left := size; left > 0; left -= len(payload) {
				payload = payload[:min(left, len(payload))]
				p.Data(id, left == len(payload), payload)
				for _, text := range p.Got() {
					f := bodyFrame{Type: "WINDOW_UPDATE"}
					if n, _ := fmt.Sscanf(text, "WINDOW_UPDATE %d %d", &f.Stream, &f.Increment); n == 2 {
						frames = append(frames, f)
					}
				}
			}
			id += 2
		}
	})
	return frames
}

// TestReplayDownloads: windows are given back as browsers gave them back in recorded downloads. What depends on how fast a
// page reads is compared as far as the recordings of two builds agree.
func TestReplayDownloads(t *testing.T) {
	for _, build := range []string{"chromium 156", "chromium 131"} {
		t.Run(build, func(t *testing.T) {
			captured, replayed := capturedBodies(t, build), replayDownloads(t, chromiumConfig())
			for _, path := range []string{"/big/30000000", "/big/12000000"} {
				want, wantConn := increments(captured, path)
				got, gotConn := increments(replayed, path)
				// More than half a window each time, by what one read brought.
				inRange(t, "recorded, stream", want, 6291456/2)
				inRange(t, "recorded, connection", wantConn, 15728640/2)
				inRange(t, "stream", got, 6291456/2)
				inRange(t, "connection", gotConn, 15728640/2)
				if d := len(got) - len(want); d < 0 || d > 1 || len(gotConn) != len(wantConn) { // the last may come when all has arrived
					t.Errorf("%s: %d and %d updates, recorded %d and %d", path, len(got), len(gotConn), len(want), len(wantConn))
				}
			}
		})
	}
	for _, build := range []string{"firefox 153", "firefox 159"} {
		t.Run(build, func(t *testing.T) {
			captured, replayed := capturedBodies(t, build), replayDownloads(t, firefoxConfig())
			_, want := increments(captured, "none")
			_, got := increments(replayed, "none")
			if len(want) < 9 || len(got) < len(want) || !slices.Equal(got[:len(want)], want) || len(got)-len(want) > 1 {
				t.Errorf("increments of the connection\n%d, recorded\n%d", got, want)
			}
			// 4 MiB and a frame more is the least from 4 MiB up that the recordings have; one of them came while there was
			// still window, the others may have come late.
			const refill = 4<<20 + 16384
			least := int64(0)
			for _, path := range []string{"/big/30000000", "/big/12000000"} {
				stream, _ := increments(captured, path)
				for _, n := range stream {
					if n >= 4<<20 && (least == 0 || n < least) {
						least = n
					}
				}
				stream, _ = increments(replayed, path)
				for _, n := range stream {
					if n != refill {
						t.Errorf("%s: increment %d, want %d", path, n, refill)
					}
				}
				if len(stream) < 2 {
					t.Errorf("%s: increments %d", path, stream)
				}
			}
			if least != refill {
				t.Errorf("the least recorded increment from 4 MiB up is %d", least)
			}
		})
	}
}

func inRange(t *testing.T, what string, increments []int64, half int64) {
	t.Helper()
	for _, n := range increments {
		if n <= half || n > half+16384 {
			t.Errorf("%s: increment %d, half a window is %d", what, n, half)
		}
	}
	if len(increments) == 0 {
		t.Errorf("%s: no increments", what)
	}
}

// uploads returns the lengths of the DATA frames of a body of that many bytes, and whether END_STREAM is on the last.
func uploads(frames []bodyFrame, size int) (lengths []int, ended bool) {
	var id uint32
	for i, f := range frames {
		if f.Type != "DATA" {
			continue
		}
		if f.Stream != id {
			if id = f.Stream; total(frames[i:], id) != size {
				continue
			}
		}
		if total(frames, id) == size {
			lengths, ended = append(lengths, f.Length), f.End
		}
	}
	return lengths, ended
}

func total(frames []bodyFrame, stream uint32) (n int) {
	for _, f := range frames {
		if f.Type == "DATA" && f.Stream == stream {
			n += f.Length
		}
	}
	return n
}

// TestReplayUploads: DATA frames have the lengths of recorded uploads. Firefox also ends a frame where one of its
// buffers ends, at places that depend on the head of the request; that is not imitated, only its largest frame.
func TestReplayUploads(t *testing.T) {
	for _, row := range []struct {
		build string
		cfg   *Config
		exact bool
	}{
		{"chromium 156", chromiumConfig(), true},
		{"chromium 131", chromiumConfig(), true},
		{"firefox 153", firefoxConfig(), false},
	} {
		for _, size := range []int{300, 300_000} {
			for kind, make := range map[string]func(int) *plan.Request{"streamed": post, "in memory": directPost} {
				t.Run(fmt.Sprint(row.build, " ", size, " ", kind), func(t *testing.T) {
					want, ended := uploads(capturedBodies(t, row.build), size)
					if len(want) == 0 || !ended || want[len(want)-1] == 0 {
						t.Fatalf("recorded frames %d", want)
					}
					var got []int
					synctest.Test(t, func(t *testing.T) {
						c, p := connect(t, row.cfg)
						p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
						p.WindowUpdate(0, 1<<20)
						p.Got()
						start(t.Context(), c, make(size))
						frames := p.Got()
						for _, f := range frames {
							var id, n int
							if k, _ := fmt.Sscanf(f, "DATA %d %d", &id, &n); k == 2 {
								got = append(got, n)
							}
						}
						if len(frames) == 0 || !strings.HasSuffix(frames[len(frames)-1], " end") {
							t.Errorf("ends with %s", frames)
						}
					})
					if len(got) == 0 || row.exact && !slices.Equal(got, want) || slices.Max(got) != slices.Max(want) {
						t.Errorf("frames of %d bytes, recorded %d", got, want)
					}
				})
			}
		}
	}
}

// TestConfigsAreProfiles ties the numbers that these tests use to those of the profiles.
func TestConfigsAreProfiles(t *testing.T) {
	for name, cfg := range map[string]*Config{"chromium156": chromiumConfig(), "firefox153_linux": firefoxConfig()} {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.HTTP2 != p.HTTP2 {
			t.Errorf("%s: %+v, tests use %+v", name, p.HTTP2, cfg.HTTP2)
		}
		after := slices.Clone(p.First.HTTP2.Requests[0].After)
		for i := range after {
			after[i].Stream = 0 // is that of the request
		}
		if !reflect.DeepEqual(cfg.Opening, p.First.HTTP2.Opening) || !reflect.DeepEqual(cfg.After, after) {
			t.Errorf("%s: tests use another opening", name)
		}
	}
}

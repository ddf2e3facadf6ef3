package fpserver

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/iotest"
)

// TestSeeded checks the noise against the published vectors of SplitMix64 for the seed 1234567, and that it can be read from
// any place.
func TestSeeded(t *testing.T) {
	t.Parallel()
	whole, err := io.ReadAll(&seeded{seed: 1234567, size: 1001})
	if err != nil {
		t.Fatal(err)
	}
	// 6457827717110365317, 3203168211198807973, 9817491932198370423
	if got := hex.EncodeToString(whole[:24]); got != "85fc08fb17d09e59a50f545884f0732c777cf2a3e5bc3e88" {
		t.Errorf("%s", got)
	}
	if err := iotest.TestReader(&seeded{seed: 1234567, size: 1001}, whole); err != nil {
		t.Error(err)
	}
	if _, err := (&seeded{}).Seek(-1, io.SeekStart); err == nil {
		t.Error("a place before the start")
	}
}

func TestLabBytes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			path, tag string
			content   io.Reader
		}{
			{"/bytes/3000", `"3000"`, &pattern{size: 3000}}, {"/bytes/3000?seed=0", `"3000-0"`, &seeded{size: 3000}},
			{"/bytes/3000?seed=18446744073709551615", `"3000-18446744073709551615"`, &seeded{seed: 1<<64 - 1, size: 3000}},
		} {
			want, _ := io.ReadAll(row.content)
			resp, b := fetch(t, c, "GET", s.URL+row.path, nil)
			if resp.StatusCode != 200 || !bytes.Equal(b, want) || resp.ContentLength != 3000 || resp.Header.Get("Etag") != row.tag || resp.Header.Get("Accept-Ranges") != "bytes" {
				t.Errorf("%s: %s %v", row.path, resp.Status, resp.Header)
			}
			for _, q := range []struct {
				fields   []string
				status   int
				from, to int
				reason   string
			}{
				{[]string{"Range", "bytes=1001-1999"}, 206, 1001, 2000, "a part"},
				{[]string{"Range", "bytes=2990-"}, 206, 2990, 3000, "the end"},
				{[]string{"Range", "bytes=-7"}, 206, 2993, 3000, "from behind"},
				{[]string{"Range", "bytes=5-", "If-Range", row.tag}, 206, 5, 3000, "the same content"},
				{[]string{"Range", "bytes=5-", "If-Range", `"other"`}, 200, 0, 3000, "another content"},
				{[]string{"If-None-Match", row.tag}, 304, 0, 0, "known"},
				{[]string{"If-Match", `"other"`}, 412, 0, 0, "precondition"},
			} {
				resp, b := fetch(t, c, "GET", s.URL+row.path, nil, q.fields...)
				if resp.StatusCode != q.status || !bytes.Equal(b, want[q.from:q.to]) {
					t.Errorf("%s %q (%s): %s, %d bytes", row.path, q.fields, q.reason, resp.Status, len(b))
				}
				if cr := fmt.Sprintf("bytes %d-%d/3000", q.from, q.to-1); q.status == 206 && resp.Header.Get("Content-Range") != cr {
					t.Errorf("%q: %v", q.fields, resp.Header)
				}
			}
			if resp, _ := fetch(t, c, "GET", s.URL+row.path, nil, "Range", "bytes=3000-"); resp.StatusCode != 416 {
				t.Errorf("a range behind the end: %s", resp.Status)
			}
		}
	})
}

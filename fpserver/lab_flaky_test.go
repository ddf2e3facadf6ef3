package fpserver

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLabFlaky(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		key := fmt.Sprint("k", h2)
		for i, want := range []int{503, 503, 200, 200} {
			resp, b := fetch(t, c, "POST", s.URL+"/flaky/"+key+"/2", strings.NewReader("body"))
			text := fmt.Sprintf("{\"key\": %q, \"attempt\": %d, \"failures\": 2, \"ok\": %t}\n", key, i+1, want == 200)
			if resp.StatusCode != want || string(b) != text {
				t.Errorf("attempt %d: %s %s", i+1, resp.Status, b)
			}
		}
		if resp, _ := fetch(t, c, "GET", s.URL+"/flaky/other"+key+"/1?status=429", nil); resp.StatusCode != 429 {
			t.Errorf("status: %s", resp.Status)
		}
		for _, how := range []string{"reset", "close", "cut"} {
			url := s.URL + "/flaky/" + how + key + "/1?fail=" + how
			if resp, err := tryFetch(t, c, "POST", url); err == nil { // net/http does not repeat a POST
				t.Errorf("%s: %s", how, resp.Status)
			}
			if resp, b := fetch(t, c, "POST", url, nil); resp.StatusCode != 200 || decode[flakyAnswer](t, b).Attempt != 2 {
				t.Errorf("%s: then %s %s", how, resp.Status, b)
			}
		}
	})
}

// TestLabFlakyConcurrent checks that each attempt is counted once.
func TestLabFlakyConcurrent(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	failed, attempts := 0, map[int]bool{}
	for range 50 {
		wg.Go(func() {
			resp, err := s.Client().Get(s.URL + "/flaky/many/20")
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			var b [1000]byte
			n, _ := resp.Body.Read(b[:])
			mu.Lock()
			defer mu.Unlock()
			attempts[decode[flakyAnswer](t, b[:n]).Attempt] = true
			if resp.StatusCode == 503 {
				failed++
			}
		})
	}
	wg.Wait()
	if failed != 20 || len(attempts) != 50 || !attempts[1] || !attempts[50] {
		t.Errorf("%d failed, %d different attempts", failed, len(attempts))
	}
}

// TestLabFlakyPerServer checks that two servers share nothing, and that a server forgets.
func TestLabFlakyPerServer(t *testing.T) {
	t.Parallel()
	s, other := start(t, nil), start(t, nil)
	fetch(t, s.Client(), "GET", s.URL+"/flaky/a/1", nil)
	if _, b := fetch(t, other.Client(), "GET", other.URL+"/flaky/a/1", nil); decode[flakyAnswer](t, b).Attempt != 1 {
		t.Errorf("%s", b)
	}
	for i := range maxKeys {
		s.attempt("flaky/", fmt.Sprint("key", i))
	}
	if n := len(s.labs.flaky.byKey); n != maxKeys {
		t.Errorf("%d keys", n)
	}
	if _, b := fetch(t, s.Client(), "GET", s.URL+"/flaky/a/1", nil); decode[flakyAnswer](t, b).Attempt != 1 {
		t.Errorf("the oldest key is remembered: %s", b)
	}
}

func TestLabRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	s := start(t, func(s *Server) { s.Time = func() time.Time { return now } })
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			query  string
			status int
			want   string
		}{
			{"", 503, "1"}, {"?seconds=120&status=429", 429, "120"}, {"?date=60", 503, now.Add(time.Minute).UTC().Format(http.TimeFormat)},
			{"?date=-60", 503, now.Add(-time.Minute).UTC().Format(http.TimeFormat)}, {"?value=soon%2C+1.5", 503, "soon, 1.5"}, {"?value=&status=301", 301, ""},
		} {
			resp, b := fetch(t, c, "GET", s.URL+"/retry-after"+row.query, nil)
			got, ok := resp.Header["Retry-After"]
			if resp.StatusCode != row.status || !ok || got[0] != row.want || string(b) != "{\"ok\": false}\n" {
				t.Errorf("%s: %s, %q, %s", row.query, resp.Status, got, b)
			}
		}
		for i, want := range []int{503, 503, 200} {
			resp, b := fetch(t, c, "GET", fmt.Sprint(s.URL, "/retry-after?n=2&key=", h2), nil)
			if resp.StatusCode != want || (resp.Header.Get("Retry-After") == "") != (want == 200) || decode[flakyAnswer](t, b).Attempt != i+1 {
				t.Errorf("request %d: %s %v %s", i, resp.Status, resp.Header, b)
			}
		}
	})
}

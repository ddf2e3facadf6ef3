package fpserver

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// overBoth runs a test over HTTP/2 and over HTTP/1.1, each with a client that follows no redirects and decodes nothing.
func overBoth(t *testing.T, s *Server, test func(t *testing.T, c *http.Client, h2 bool)) {
	t.Helper()
	for _, h2 := range []bool{true, false} {
		t.Run(map[bool]string{true: "h2", false: "http1"}[h2], func(t *testing.T) {
			transport := &http.Transport{ForceAttemptHTTP2: h2, DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}
			defer transport.CloseIdleConnections()
			test(t, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, h2)
		})
	}
}

// patternText is what the labs send as content.
func patternText(from, to int) string {
	b := make([]byte, 0, to-from)
	for i := from; i < to; i++ {
		b = append(b, byte(i%251))
	}
	return string(b)
}

// TestLabRefusals checks the limits of what a client decides, and that nothing is ignored.
func TestLabRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for path, reason := range map[string]string{
			"/flaky/a/1001": "failures", "/flaky/a/-1": "failures", "/flaky/a/x": "failures", "/flaky/a/1?status=200": "not a failure",
			"/flaky/" + strings.Repeat("k", 65) + "/1": "key", "/flaky/a/1?fail=x": "word", "/flaky/a/1?x=1": "unknown",
			"/flaky/a/1?status=500&status=501": "twice", "/flaky/a/1?%zz": "no query",
			"/retry-after?seconds=-1": "number", "/retry-after?n=2": "n without key", "/retry-after?value=a%0d%0ab": "line end",
			"/retry-after?seconds=1&value=2": "two values", "/retry-after?date=1&seconds=1": "two values", "/retry-after?key=" + strings.Repeat("k", 65): "key",
			"/reset?after=1048577": "body", "/reset?end=x": "word", "/truncate?n=10&sent=11": "more than announced", "/truncate?n=1048577": "body",
			"/stall?for=31s": "duration", "/stall?for=-1s": "duration", "/stall?for=1": "no unit", "/stall?at=tail": "word",
			"/drip?n=1048577": "bytes", "/drip?n=100000&every=0s": "pieces", "/drip?n=32&every=1s": "31 pauses", "/drip?delay=20s&n=12&every=1s": "sum",
			"/drip?piece=0": "no progress", "/enc/gzip?n=1048577": "body", "/enc/gzip?members=17": "members", "/enc/br?members=1": "only gzip has them",
			"/enc/multi?codings=gzip,x": "unknown coding", "/enc/multi?codings=gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip": "11",
			"/enc/bad?how=checksum&of=br": "no checksum", "/enc/bad?of=identity": "coding", "/enc/bomb?n=1073741825": "bytes",
			"/cookie-lab?set=a%3d1%0a": "line end", "/cookie-lab?" + strings.Repeat("set=a&", 257): "lines", "/cookie-lab?set=" + strings.Repeat("a", 9000) + "&set=%00": "NUL",
			"/redirect-lab?n=101": "hops", "/redirect-lab?status=299": "status", "/redirect-lab?status=400": "status", "/redirect-lab?form=x": "form",
			"/redirect-lab?origin=https://example.org": "elsewhere", "/redirect-lab?origin=ftp://localhost": "scheme", "/redirect-lab?origin=https://localhost/x": "more than an origin",
			"/redirect-lab?origin=https://localhost&form=query": "form", "/redirect-lab?location=//example.org/": "elsewhere", "/redirect-lab?cookie=a%3d1%0db": "CR",
			"/charset/x": "unknown", "/charset/replacement": "cannot be written", "/charset/utf-8?as=x": "word", "/charset/utf-8?label=%0a": "line end",
			"/trailers?trailer=Content-Length:1": "name", "/trailers?trailer=X-A": "no value", "/trailers?trailer=X-A%20b:1": "token", "/trailers?trailer=X-:1": "short",
			"/trailers?trailer=X-A:a%0ab": "line end", "/trailers?" + strings.Repeat("trailer=X-A:1&", 17): "many",
			"/early-hints?n=11": "many", "/early-hints?status=101": "switches", "/early-hints?status=200": "final", "/early-hints?link=a%0d": "line end",
			"/auth/basic/a/b?x=1": "unknown", "/auth/bearer/a?x=1": "unknown", "/auth/digest/MD4/a/b": "algorithm", "/auth/digest/MD5/a/b?qop=x": "qop", "/auth/digest/MD5-sess/a/b?qop=none": "no cnonce", "/auth/digest/MD5/a/b?uses=1001": "uses",
			"/bytes/1?seed=x": "number", "/bytes/1?seed=18446744073709551616": "64 bits", "/bytes/1?x=1": "unknown",
		} {
			if resp, b := fetch(t, c, "GET", s.URL+path, nil); resp.StatusCode != 400 || decode[struct{ Error string }](t, b).Error == "" {
				t.Errorf("%.60s (%s): %s %.100s", path, reason, resp.Status, b)
			}
		}
		if h2 { // net/http would drop the field
			if resp, _ := fetch(t, c, "GET", s.URL+"/cookie-lab?set=a%3d%01", nil); resp.StatusCode != 400 {
				t.Errorf("a control character: %s", resp.Status)
			}
		}
	})
}

// TestLabPaths checks patterns of several segments and of trees.
func TestLabPaths(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for path, status := range map[string]int{
		"/flaky/a": 404, "/flaky//1": 404, "/flaky/a/": 404, "/flaky/a/0/0": 404, "/flaky/a/0": 200, "/flaky/a%2Fb/0": 404, "/enc/x": 404, "/enc": 404,
		"/auth/basic/a": 404, "/auth/basic/a/b/c": 404, "/auth/bearer/a/b": 404, "/cookie-lab/": 200, "/cookie-lab/a/b/c": 200, "/cookie-labx": 404,
		"/httpbin": 404, "/httpbin/nope": 404, "/httpbin/": 200, "/a/httpbin/get": 404,
	} {
		if resp, _ := fetch(t, s.Client(), "GET", s.URL+path, nil); resp.StatusCode != status {
			t.Errorf("%s: %s, want %d", path, resp.Status, status)
		}
	}
}

func TestRecent(t *testing.T) {
	t.Parallel()
	r := newRecent[int](3)
	count := func(key string) int { return r.update(key, func(n int, _ bool) int { return n + 1 }) }
	for i, row := range []struct {
		key  string
		want int
	}{{"a", 1}, {"b", 1}, {"c", 1}, {"a", 2}, {"d", 1}, {"b", 1}, {"a", 3}, {"d", 2}, {"c", 1}} { // d drives b out, b drives c out
		if got := count(row.key); got != row.want || len(r.byKey) > 3 || r.order.Len() != len(r.byKey) {
			t.Errorf("step %d, %s: %d, want %d; %d keys", i, row.key, got, row.want, len(r.byKey))
		}
	}
	if _, ok := r.get("b"); ok {
		t.Error("b was driven out by c")
	}
	r.get("a")
	count("e")
	if n, ok := r.get("a"); !ok || n != 3 {
		t.Error("asking for a key does not keep it")
	}
}

// TestRecentConcurrent checks that no count is lost.
func TestRecentConcurrent(t *testing.T) {
	t.Parallel()
	r := newRecent[int](10)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() { r.update(fmt.Sprint(i%10), func(n int, _ bool) int { return n + 1 }) })
	}
	wg.Wait()
	for i := range 10 {
		if n, _ := r.get(fmt.Sprint(i)); n != 100 {
			t.Errorf("%d: %d", i, n)
		}
	}
}

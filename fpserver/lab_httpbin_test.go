package fpserver

import (
	"net/http"
	"strings"
	"testing"
)

func TestLabHTTPBin(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			method, path, body string
			status             int
			part               string
		}{
			{"GET", "/httpbin/get?a=1", "", 200, `"url": "` + s.URL + `/get?a=1"`}, {"POST", "/httpbin/post", "hello", 200, `;base64,aGVsbG8="`},
			{"GET", "/httpbin/status/418", "", 418, ""}, {"GET", "/httpbin/base64/aGVsbG8=", "", 200, "hello"}, {"GET", "/httpbin/redirect-to?url=/x", "", 302, ""},
			{"GET", "/httpbin/redirect-to?url=https://localhost/x", "", 302, ""}, {"GET", "/httpbin/redirect-to?url=https://example.org/", "", 403, "Forbidden"},
			{"GET", "/httpbin/delay/11", "", 400, ""},
		} {
			resp, b := fetch(t, c, row.method, s.URL+row.path, strings.NewReader(row.body))
			if resp.StatusCode != row.status || !strings.Contains(string(b), row.part) {
				t.Errorf("%s: %s %.300s", row.path, resp.Status, b)
			}
		}
		if resp, _ := fetch(t, c, "POST", s.URL+"/httpbin/post", strings.NewReader(strings.Repeat("x", maxLabBody+1))); resp.StatusCode == 200 {
			t.Errorf("a body over the limit: %s", resp.Status)
		}
	})
}

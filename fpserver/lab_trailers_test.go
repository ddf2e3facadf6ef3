package fpserver

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

func TestLabTrailers(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte(patternText(0, 1000))))
		for _, row := range []struct {
			query     string
			n         int
			announced bool
			want      http.Header
		}{
			{"", 1000, true, http.Header{"X-Sha256": {sum}}}, {"?announce=0", 1000, false, http.Header{"X-Sha256": {sum}}},
			{"?n=0&trailer=X-B:2&trailer=x-a:%201&trailer=X-B:3%3b%20x", 0, true, http.Header{"X-B": {"2", "3; x"}, "X-A": {"1"}}},
			{"?n=70000&announce=0&trailer=X-Empty:", 70_000, false, http.Header{"X-Empty": {""}}},
		} {
			resp, err := c.Get(s.URL + "/trailers" + row.query)
			if err != nil {
				t.Fatal(err)
			}
			announced := slices.Sorted(maps.Keys(resp.Trailer))
			var b strings.Builder
			resp.Write(&b) // reads to the end
			resp.Body.Close()
			if want := slices.Sorted(maps.Keys(row.want)); row.announced != slices.Equal(announced, want) {
				t.Errorf("%s: announced %q", row.query, announced)
			}
			if !maps.EqualFunc(resp.Trailer, row.want, slices.Equal) {
				t.Errorf("%s: %v", row.query, resp.Trailer)
			}
			if _, body := fetch(t, c, "GET", s.URL+"/trailers"+row.query, nil); string(body) != patternText(0, row.n) {
				t.Errorf("%s: %d bytes", row.query, len(body))
			}
		}
	})
}

func TestLabEarlyHints(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			query  string
			n      int
			status int
			links  []string
		}{
			{"", 1, 103, []string{"</style.css>; rel=preload; as=style"}}, {"?n=0", 0, 0, nil},
			{"?n=5&link=%3C/a%3E;rel=preload&link=b", 5, 103, []string{"</a>;rel=preload", "b"}}, {"?status=102&n=2&link=", 2, 102, []string{""}},
		} {
			if strings.Contains(row.query, ";") {
				row.query = strings.ReplaceAll(row.query, ";", "%3B")
			}
			got := 0
			trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
				if got++; code != row.status || !slices.Equal(h["Link"], row.links) {
					t.Errorf("%s: %d %v", row.query, code, h)
				}
				return nil
			}}
			r, _ := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", s.URL+"/early-hints"+row.query, nil)
			resp, err := c.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got != row.n || resp.StatusCode != 200 || resp.Header["Link"] != nil {
				t.Errorf("%s: %d hints, %s %v", row.query, got, resp.Status, resp.Header)
			}
		}
	})
	conn := dial(t, s, "http/1.1")
	fmt.Fprint(conn, "GET /early-hints HTTP/1.0\r\nHost: x\r\n\r\n")
	var b [12]byte
	if conn.Read(b[:]); string(b[:]) != "HTTP/1.0 200" && string(b[:]) != "HTTP/1.1 200" {
		t.Errorf("HTTP/1.0: %q", b)
	}
}

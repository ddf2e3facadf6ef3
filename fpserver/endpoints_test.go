package fpserver

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestEveryRoute fetches every row of the route table, over both protocols.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, h2 := range []bool{true, false} {
		client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: h2, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
		for _, row := range routes {
			path, method := row.try, "GET"
			if path == "" {
				path = row.pattern
			}
			if row.methods != nil {
				method = row.methods[0]
			}
			if row.pattern == "/setcookies" {
				path += "?a=1&b=2"
			}
			if row.breaks() {
				if resp, err := tryFetch(t, client, method, s.URL+path); err == nil {
					t.Errorf("%s: a whole answer, %s", path, resp.Status)
				}
				continue
			}
			resp, b := fetch(t, client, method, s.URL+path, nil)
			if resp.StatusCode/100 != row.class(resp) || (resp.ProtoMajor == 2) != h2 {
				t.Errorf("%s %s: %s %s", method, path, resp.Proto, resp.Status)
			}
			if resp.Header.Get("Access-Control-Allow-Origin") != "*" || row.doc == "" {
				t.Errorf("%s: fields %v, doc %q", path, resp.Header, row.doc)
			}
			if resp.Header.Get("Content-Type") == "application/json" && !json.Valid(b) {
				t.Errorf("%s is no JSON: %s", path, b)
			}
			if _, body := fetch(t, client, "HEAD", s.URL+path, nil); len(body) != 0 {
				t.Errorf("HEAD %s has a body", path)
			}
			resp, _ = fetch(t, client, "OPTIONS", s.URL+path, nil, "Origin", "https://example.org", "Access-Control-Request-Method", method)
			if resp.StatusCode != 204 || !strings.Contains(resp.Header.Get("Access-Control-Allow-Methods"), method) {
				t.Errorf("preflight of %s: %s %v", path, resp.Status, resp.Header)
			}
		}
		client.CloseIdleConnections()
	}
}

// class returns the first digit of the status that a plain request to the route gets.
func (row *route) class(resp *http.Response) int {
	switch {
	case row.pattern == "/retry-after":
		return 5
	case strings.HasPrefix(row.pattern, "/auth/"):
		return 4 // no credentials
	case row.pattern != "/ws/echo":
		return 2
	case resp.ProtoMajor == 2:
		return 5 // no WebSocket over HTTP/2
	}
	return 4 // no handshake
}

// breaks tells whether a plain request to the route gets no whole answer.
func (row *route) breaks() bool {
	return row.pattern == "/reset" || row.pattern == "/truncate" || row.pattern == "/enc/bad"
}

// tryFetch does a request and returns the error of it or of its body.
func tryFetch(t testing.TB, c *http.Client, method, url string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp, err
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, row := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/nope", 404, ""}, {"GET", "/fp/", 404, ""}, {"GET", "//fp", 404, ""}, {"GET", "/bytes/", 404, ""}, {"GET", "/bytes/1/2", 404, ""},
		{"POST", "/get", 405, "HEAD, GET"}, {"GET", "/post", 405, "POST"}, {"HEAD", "/post", 405, "POST"}, {"DELETE", "/bytes/3", 405, "HEAD, GET"},
		{"GET", "/bytes/-1", 400, ""}, {"GET", "/bytes/x", 400, ""}, {"GET", "/bytes/1073741825", 400, ""}, {"GET", "/stream/1e3", 400, ""},
		{"GET", "/status/199", 400, ""}, {"GET", "/status/600", 400, ""}, {"GET", "/status/x", 400, ""},
		{"GET", "/setcookies", 400, ""}, {"GET", "/setcookies?a=1&=2", 400, ""}, {"GET", "/setcookies?a=%zz", 400, ""},
	} {
		resp, b := fetch(t, s.Client(), row.method, s.URL+row.path, nil)
		if resp.StatusCode != row.status || resp.Header.Get("Allow") != row.allow {
			t.Errorf("%s %s: %s, Allow %q", row.method, row.path, resp.Status, resp.Header.Get("Allow"))
		}
		if row.method != "HEAD" && decode[struct{ Error string }](t, b).Error == "" {
			t.Errorf("%s %s: %s", row.method, row.path, b)
		}
	}
}

func TestHandlerGetsTheRest(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) {
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "mine ", r.URL.Path) })
	})
	for _, path := range []string{"/mine", "/a/../b", "//fp", "/fp/"} {
		if _, b := fetch(t, s.Client(), "GET", s.URL+path, nil); string(b) != "mine "+path {
			t.Errorf("%s: %s", path, b)
		}
	}
	if resp, _ := fetch(t, s.Client(), "GET", s.URL+"/get", nil); resp.Header.Get("Content-Type") != "application/json" {
		t.Error("the handler has taken a route of the server")
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	_, page := fetch(t, s.Client(), "GET", s.URL+"/", nil)
	_, list := fetch(t, s.Client(), "GET", s.URL+"/", nil, "Accept", "application/json")
	got := decode[struct{ Routes []indexRow }](t, list).Routes
	if len(got) != len(routes) {
		t.Errorf("%d routes listed", len(got))
	}
	for _, row := range routes {
		if !bytes.Contains(page, []byte(">"+row.pattern+"<")) {
			t.Errorf("the page lacks %s", row.pattern)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	client := s.Client()
	for n := range 20 {
		_, b := fetch(t, client, "GET", s.URL+"/fp?x", nil, "X-One", "1")
		r := decode[Report](t, b)
		conn := s.Conns()[0]
		f, err := conn.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		if r.Schema != "wirelike/report/1" || r.Connection.ID != 1 || r.Connection.Remote != conn.RemoteAddr.String() || r.Error != "" {
			t.Errorf("%+v", r.Connection)
		}
		want := ReportTLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Group: "X25519MLKEM768", ALPN: "h2"}
		if *r.Connection.TLS != want {
			t.Errorf("tls %+v", r.Connection.TLS)
		}
		q := r.Request
		if q.Index != n || q.Stream != uint32(2*n+1) || q.Method != "GET" || q.Path != "/fp?x" || q.Proto != "HTTP/2.0" || !slices.Equal(q.Fields, f.HTTP2.Requests[n].Fields) {
			t.Errorf("request %d: %+v", n, q)
		}
		if got := len(r.Fingerprint.HTTP2.Requests); got != min(n+1, reportRequests) {
			t.Errorf("request %d: report with %d requests", n, got)
		}
		f.HTTP2.Requests = f.HTTP2.Requests[:min(n+1, reportRequests)]
		if d := fingerprint.Diff(f, r.Fingerprint, nil); len(d) > 0 {
			t.Errorf("the report differs from the connection: %v", d)
		}
		if len(r.Sums) != len(fingerprint.Algorithms) || len(r.Raw.Hellos) != 1 || !bytes.Equal(r.Raw.Hellos[0], conn.Capture().Hellos[0]) || len(r.Raw.Records) == 0 || r.Raw.Head != nil {
			t.Errorf("sums %v, raw %v", r.Sums, r.Raw)
		}
	}
}

func TestEchoBodies(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, h2 := range []bool{true, false} {
		client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: h2, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
		for _, size := range []int64{0, 1, 4096, 100_000, 5 << 20} {
			for _, known := range []bool{true, false} {
				h := sha256.New()
				body := io.TeeReader(&pattern{size: size}, h)
				r, _ := http.NewRequest("PUT", s.URL+"/echo", body)
				if r.ContentLength = size; !known {
					r.ContentLength = -1
				}
				resp, err := client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				got := decode[Echo](t, b)
				if got.Method != "PUT" || got.Body.Size != size || size > 0 && got.Body.SHA256 != fmt.Sprintf("%x", h.Sum(nil)) {
					t.Errorf("HTTP/2 %t, %d bytes, known %t: %+v", h2, size, known, got.Body)
				}
			}
		}
		client.CloseIdleConnections()
		conn := s.Conns()[len(s.Conns())-1]
		k := conn.Capture()
		if len(k.Client) > 200_000 || k.Error != "" {
			t.Errorf("HTTP/2 %t: %d bytes recorded, error %q", h2, len(k.Client), k.Error)
		}
		if f, err := fingerprint.Parse(&k); err != nil || f.HTTP1 != nil && len(f.HTTP1.Requests) != 10 || f.HTTP2 != nil && len(f.HTTP2.Requests) != 10 {
			t.Errorf("HTTP/2 %t: %v", h2, err)
		}
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	want := make([]byte, 200_000)
	for i := range want {
		want[i] = byte(i % 251)
	}
	for _, path := range []string{"/bytes/", "/stream/"} {
		for _, n := range []int{0, 1, 250, 251, 252, 16384, 16385, 200_000} {
			resp, b := fetch(t, s.Client(), "GET", fmt.Sprint(s.URL, path, n), nil)
			length := int64(n)
			if path == "/stream/" {
				length = -1
			}
			if resp.StatusCode != 200 || !bytes.Equal(b, want[:n]) || resp.ContentLength != length {
				t.Errorf("%s%d: %s, %d bytes, length %d", path, n, resp.Status, len(b), resp.ContentLength)
			}
		}
	}
	resp, b := fetch(t, s.Client(), "GET", s.URL+"/bytes/1073741824", nil, "Range", "bytes=1073741000-1073741099")
	for i, x := range b {
		if x != byte((1073741000+i)%251) {
			t.Fatalf("byte %d is %d", i, x)
		}
	}
	if resp.StatusCode != 206 || len(b) != 100 {
		t.Errorf("range: %s, %d bytes", resp.Status, len(b))
	}
}

func TestCloseRoute(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for i, h2 := range []bool{true, false} {
		client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: h2, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
		resp, b := fetch(t, client, "GET", s.URL+"/close", nil)
		if decode[Echo](t, b).Path != "/close" || resp.Close == h2 {
			t.Errorf("HTTP/2 %t: close %t, %s", h2, resp.Close, b)
		}
		fetch(t, client, "GET", s.URL+"/get", nil)
		if all := conns(t, s, 2*i+2); len(all) != 2*i+2 {
			t.Errorf("HTTP/2 %t: %d connections", h2, len(all))
		}
		client.CloseIdleConnections()
	}
	await(t, s.Conns()[0])
}

func TestSetCookies(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	resp, b := fetch(t, s.Client(), "GET", s.URL+"/setcookies?z=1&a=b%20c&z=2", nil)
	want := []string{"z=1; Path=/", `a="b c"; Path=/`, "z=2; Path=/"}
	if got := resp.Header["Set-Cookie"]; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if !strings.Contains(string(b), `"set": [{"name": "z", "value": "1"}, {"name": "a", "value": "b c"}, {"name": "z", "value": "2"}]`) {
		t.Errorf("%s", b)
	}
}

package client_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

func newTransport(t testing.TB, tr *client.Transport) *client.Transport {
	t.Helper()
	t.Cleanup(func() { tr.Close() })
	return tr
}

// TestInHTTPClient: redirects, cookies and timeouts are those of net/http.
func TestInHTTPClient(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, profile := range profilesInUse {
			t.Run(fmt.Sprint(profile, " h2=", http2), func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case "/start":
						http.SetCookie(w, &http.Cookie{Name: "k", Value: "v"})
						http.Redirect(w, r, "/end?x=1", http.StatusTemporaryRedirect)
					case "/end":
						b, _ := io.ReadAll(r.Body)
						fmt.Fprint(w, r.Method, " ", r.URL.RawQuery, " ", r.Header.Get("Cookie"), " ", string(b))
					}
				})
				jar, _ := cookiejar.New(nil)
				c := &http.Client{Transport: newTransport(t, &client.Transport{Profile: profile, RootCAs: srv.ca.Pool()}), Jar: jar, Timeout: 10 * time.Second}
				res, err := c.Post(srv.url+"/start", "text/plain", strings.NewReader("hello"))
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				b, err := io.ReadAll(res.Body)
				if want := "POST x=1 k=v hello"; string(b) != want || err != nil {
					t.Errorf("got %q, %v; want %q", b, err, want)
				}
				if res.ProtoMajor != map[bool]int{false: 1, true: 2}[http2] || res.Status != "200 OK" || res.TLS == nil || res.Request.URL.Path != "/end" {
					t.Errorf("response %+v", res)
				}
				c.CloseIdleConnections()
			})
		}
	}
}

func TestHTTPClientTimeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) { <-release })
	defer close(release)
	c := &http.Client{Transport: newTransport(t, &client.Transport{RootCAs: srv.ca.Pool()}), Timeout: 100 * time.Millisecond}
	_, err := c.Get(srv.url)
	var e *url.Error // what net/http makes of ours
	if !errors.As(err, &e) || !e.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestTransportOrder: map keys go to the browser's slots in the browser's spelling, the rest sorted to its place; WithHeader
// comes first.
func TestTransportOrder(t *testing.T) {
	t.Parallel()
	for _, profile := range profilesInUse[1:] {
		srv := fpserver.NewServer(t)
		tr := newTransport(t, &client.Transport{Profile: profile, RootCAs: srv.CertPool(), HTTPVersion: client.HTTP1})
		ctx := client.WithHeader(t.Context(), client.Header{{Name: "z-Own", Value: "1"}, {Name: "b-own", Value: "2"}})
		r, err := http.NewRequestWithContext(ctx, "GET", srv.URL+"/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"User-Agent": {"me"}, "X-B": {"b"}, "X-A": {"a1", "a2"}, "B-Own": {"loses"}, "Accept-Language": nil}
		res, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.Request != r {
			t.Error("Response.Request is not the request")
		}
		host := strings.TrimPrefix(srv.URL, "https://")
		want := expected(t, profile, true, host, "", map[string]string{"user-agent": "me"},
			[]string{"z-Own: 1", "b-own: 2", "X-A: a1", "X-A: a2", "X-B: b"}, "accept-language")
		if got := sent(t, srv.Conns()[0]); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// TestTransparentDecoding: what the transport asked for it undoes, what the caller asked for the caller gets.
func TestTransparentDecoding(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "plain text")
	z.Close()
	var asked atomic.Value
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(zipped.Bytes())
	})
	for _, row := range []struct {
		name, profile, method string
		header                http.Header
		asked                 string
		decoded               bool
	}{
		{"neutral", "", "GET", nil, "gzip, deflate, br, zstd", true},
		{"browser", "chromium156", "GET", nil, "gzip, deflate, br, zstd", true},
		{"own", "chromium156", "GET", http.Header{"Accept-Encoding": {"gzip"}}, "gzip", false},
		{"own, neutral", "", "GET", http.Header{"Accept-Encoding": {"gzip"}}, "gzip", false},
		{"removed", "chromium156", "GET", http.Header{"Accept-Encoding": nil}, "", false},
		{"range", "", "GET", http.Header{"Range": {"bytes=0-1"}}, "", true},
		{"head", "", "HEAD", nil, "", false},
		{"browser's head", "chromium156", "HEAD", nil, "gzip, deflate, br, zstd", false},
	} {
		tr := newTransport(t, &client.Transport{Profile: row.profile, RootCAs: srv.ca.Pool()})
		r, err := http.NewRequestWithContext(t.Context(), row.method, srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = row.header
		res, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if a := asked.Load(); a != row.asked {
			t.Errorf("%s: asked for %q, want %q", row.name, a, row.asked)
		}
		want := zipped.String()
		if row.decoded {
			want = "plain text"
		}
		if row.method == "HEAD" {
			want = ""
		}
		if string(b) != want || res.Uncompressed != row.decoded || (res.Header.Get("Content-Encoding") == "") != row.decoded || (res.Header.Get("Content-Length") == "") != row.decoded {
			t.Errorf("%s: %q, uncompressed %v, header %v", row.name, b, res.Uncompressed, res.Header)
		}
		if length := map[bool]int64{true: -1, false: int64(zipped.Len())}[row.decoded]; res.ContentLength != length {
			t.Errorf("%s: length %d", row.name, res.ContentLength)
		}
	}
}

func TestTransportTrailer(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Announced")
			io.WriteString(w, "body")
			w.(http.Flusher).Flush()
			w.Header().Set("X-Announced", "1")
			w.Header().Set(http.TrailerPrefix+"X-Surprise", "2")
		})
		tr := newTransport(t, &client.Transport{RootCAs: srv.ca.Pool()})
		r, _ := http.NewRequestWithContext(t.Context(), "GET", srv.url, nil)
		res, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := res.Trailer["X-Announced"]; !ok || v != nil || res.Header.Get("Trailer") != "" {
			t.Errorf("before the end: trailer %v, header %v", res.Trailer, res.Header)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if fmt.Sprint(res.Trailer) != "map[X-Announced:[1] X-Surprise:[2]]" {
			t.Errorf("trailer %v", res.Trailer)
		}
	}
}

func TestTransportRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		edit func(r *http.Request) *http.Request
		want *client.Kind
	}{
		{"scheme", func(r *http.Request) *http.Request { r.URL.Scheme = "gopher"; return r }, client.ErrUnsupportedScheme},
		{"no URL", func(r *http.Request) *http.Request { r.URL = nil; return r }, client.ErrInvalidURL},
		{"no host", func(r *http.Request) *http.Request { r.URL.Host = ""; return r }, client.ErrInvalidURL},
		{"method", func(r *http.Request) *http.Request { r.Method = "A B"; return r }, client.ErrInvalidRequest},
		{"value", func(r *http.Request) *http.Request { r.Header.Set("A", "\x00"); return r }, client.ErrInvalidHeader},
		{"name", func(r *http.Request) *http.Request { r.Header["A "] = []string{"1"}; return r }, client.ErrInvalidHeader},
		{"trailer", func(r *http.Request) *http.Request { r.Trailer = http.Header{"A": nil}; return r }, client.ErrInvalidHeader},
		{"kind", func(r *http.Request) *http.Request {
			return r.WithContext(client.WithKind(r.Context(), "telepathy"))
		}, client.ErrImpersonate},
		{"credentials", func(r *http.Request) *http.Request { r.URL.Host = "h"; r.URL.User = nil; return withUser(r) }, client.ErrInvalidURL},
		{"ordered field", func(r *http.Request) *http.Request {
			return r.WithContext(client.WithHeader(r.Context(), client.Header{{Name: "\n"}}))
		}, client.ErrInvalidHeader},
	} {
		tr := newTransport(t, &client.Transport{Profile: "chromium156"})
		body := &closeCounter{Reader: strings.NewReader("x")}
		r, err := http.NewRequestWithContext(t.Context(), "POST", "https://a.test/", body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.RoundTrip(row.edit(r)); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", row.name, err)
		}
		if n := body.n.Load(); n != 1 {
			t.Errorf("%s: body closed %d times", row.name, n)
		}
	}
	tr := newTransport(t, &client.Transport{Profile: "netscape4"})
	r, _ := http.NewRequestWithContext(t.Context(), "GET", "https://a.test/", nil)
	var unknown *profiles.UnknownError
	if _, err := tr.RoundTrip(r); !errors.Is(err, client.ErrImpersonate) || !errors.As(err, &unknown) {
		t.Errorf("unknown profile: %v", err)
	}
}

func withUser(r *http.Request) *http.Request {
	u, err := r.URL.Parse("https://user:secret@a.test/")
	if err != nil {
		panic(err)
	}
	r.URL = u
	return r
}

// TestTransportLeavesRequest: a RoundTripper must not change the request.
func TestTransportLeavesRequest(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, echo)
	tr := newTransport(t, &client.Transport{Profile: "chromium156", RootCAs: srv.ca.Pool()})
	body := io.NopCloser(strings.NewReader("x"))
	r, _ := http.NewRequestWithContext(t.Context(), "POST", strings.Replace(srv.url, "localhost", "LOCALHOST", 1), body)
	r.Header.Set("X", " y ")
	before, header, from := *r, r.Header.Clone(), *r.URL
	res, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	var e echoed
	if err := json.NewDecoder(res.Body).Decode(&e); err != nil || e.Host != strings.TrimPrefix(srv.url, "https://") {
		t.Errorf("host %q, %v", e.Host, err)
	}
	res.Body.Close()
	if r.Method != before.Method || r.Body != before.Body || r.Host != before.Host || *r.URL != from || fmt.Sprint(r.Header) != fmt.Sprint(header) || r.Context() != before.Context() {
		t.Errorf("changed: %+v", r)
	}
}

// TestTransportFraming: what a http.Request says about its connection and the length of its body.
func TestTransportFraming(t *testing.T) {
	t.Parallel()
	srv := newServer(t, false, echo)
	for _, row := range []struct {
		name    string
		edit    func(r *http.Request)
		length  int64
		chunked bool
		close   string
	}{
		{"in memory", func(*http.Request) {}, 3, false, "keep-alive"},
		{"chunked by wish", func(r *http.Request) { r.TransferEncoding = []string{"chunked"} }, -1, true, "keep-alive"},
		{"stream", func(r *http.Request) {
			r.Body, r.GetBody, r.ContentLength = io.NopCloser(strings.NewReader("abc")), nil, 0
		}, -1, true, "keep-alive"},
		{"stream of known length", func(r *http.Request) { r.Body, r.GetBody = io.NopCloser(strings.NewReader("abc")), nil }, 3, false, "keep-alive"},
		{"no body", func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }, 0, false, "keep-alive"},
		{"last request", func(r *http.Request) { r.Close = true }, 3, false, "close"},
		{"stale Content-Length field", func(r *http.Request) { r.Header.Set("Content-Length", "17") }, 3, false, "keep-alive"},
	} {
		tr := newTransport(t, &client.Transport{Profile: "chromium156", RootCAs: srv.ca.Pool()})
		r, err := http.NewRequestWithContext(t.Context(), "POST", srv.url, strings.NewReader("abc"))
		if err != nil {
			t.Fatal(err)
		}
		row.edit(r)
		res, err := tr.RoundTrip(r)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		var e echoed
		if err := json.NewDecoder(res.Body).Decode(&e); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		res.Body.Close()
		if e.Length != row.length || e.Chunked != row.chunked || e.Header.Get("Connection") != row.close || len(e.Body) != 3 && row.length != 0 {
			t.Errorf("%s: length %d, chunked %v, connection %q, body %q", row.name, e.Length, e.Chunked, e.Header.Get("Connection"), e.Body)
		}
	}
}

// TestUpgrade: the body of a 101 response is the connection, of a transport and of a session that is made for it.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	addr := testnet.Serve(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		if r, err := http.ReadRequest(br); err != nil || r.Header.Get("Upgrade") != "echo" {
			return
		}
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(c, br)
	})
	tr := newTransport(t, &client.Transport{})
	r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+addr, nil)
	r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"echo"}}
	res, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	pinged(t, res.StatusCode, res.Body)
	once, err := client.Get(t.Context(), "http://"+addr, nil, &client.Call{Header: h("Connection", "Upgrade", "Upgrade", "echo")})
	if err != nil {
		t.Fatal(err)
	}
	pinged(t, once.StatusCode, once.Body)
}

// pinged speaks through the body of a 101 with a server that echoes, and closes it.
func pinged(t *testing.T, status int, body io.ReadCloser) {
	t.Helper()
	defer body.Close()
	c, ok := body.(io.ReadWriteCloser)
	if !ok || status != 101 {
		t.Fatalf("%d with %T", status, body)
	}
	buf := make([]byte, 4)
	io.WriteString(c, "ping")
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "ping" {
		t.Errorf("%q, %v", buf, err)
	}
}

func TestTransportClosed(t *testing.T) {
	t.Parallel()
	tr := &client.Transport{}
	for range 2 {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), "GET", "https://a.test/", nil)
	if _, err := tr.RoundTrip(r); !errors.Is(err, client.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

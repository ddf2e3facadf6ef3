package client_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestRespRows: what a response tells, under the row of the behaviours that it is about.
func TestRespRows(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"RESP-01", "the last URL, with the fragment of its Location", testRespURL},
		{"RESP-02", "OK, and what is a redirect", testRespOK},
		{"RESP-03", "reason as sent", testRespReason},
		{"RESP-04", "version", testRespProto},
		{"RESP-05", "fields of the last head", testRespHeader},
		{"RESP-06", "malformed heads", testRespMalformed},
		{"RESP-07", "trailer", testRespTrailer},
		{"RESP-08", "history", testRespHistory},
		{"RESP-09", "next URL", testRespNext},
		{"RESP-10", "addresses", testRespAddresses},
		{"RESP-11", "times", testRespTimes},
		{"RESP-14", "cookies", testRespCookies},
		{"RESP-21", "statuses that are errors", testRespStatus},
		{"RESP-23", "text for logs", testRespString},
		{"RESP-38", "interim responses", testRespInterim},
		{"RESP-40", "a redirect with bytes of Latin-1", testRespLatin1},
	})
}

// scripted serves clear text with one answer to each request.
func scripted(t *testing.T, answer string) string {
	t.Helper()
	return testnet.ServeBytes(t, nil, says(answer)).URL
}

// page gets a URL with a session of its own, and reads the body.
func page(t *testing.T, url string, c *client.Call) (*client.Response, string) {
	t.Helper()
	return pageOf(t, newSession(t, nil), url, c)
}

func pageOf(t *testing.T, s *client.Session, url string, c *client.Call) (*client.Response, string) {
	t.Helper()
	r, err := s.Get(t.Context(), url, c)
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return r, string(b)
}

var unfollowed = &client.Call{Redirect: client.Some(client.Redirect{Follow: client.FollowNone})}

func testRespURL(t *testing.T) {
	srv, _ := origin(t)
	r, _ := page(t, srv.URL+redirected(302, redirected(307, "/end?x=1#part")), nil)
	if got, want := r.URL.String(), srv.URL+"/end?x=1#part"; got != want || r.Method != "GET" {
		t.Errorf("%s, want %s", got, want)
	}
}

func testRespOK(t *testing.T) {
	for _, row := range []struct {
		status       int
		ok, redirect bool
	}{
		{200, true, false}, {204, true, false}, {299, true, false}, {300, true, false}, {301, true, true}, {302, true, true}, {303, true, true},
		{304, true, false}, {305, true, false}, {307, true, true}, {308, true, true}, {399, true, false}, {400, false, false}, {404, false, false},
		{500, false, false}, {599, false, false}, {999, false, false},
	} {
		r, _ := page(t, scripted(t, fmt.Sprintf("HTTP/1.1 %d x\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", row.status)), unfollowed)
		if r.StatusCode != row.status || r.OK() != row.ok || (r.NextURL != nil) != row.redirect || (r.Err() == nil) != row.ok {
			t.Errorf("%d: OK %t, next %v, %v", row.status, r.OK(), r.NextURL, r.Err())
		}
	}
	if r, _ := page(t, scripted(t, "HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n"), unfollowed); r.NextURL != nil {
		t.Errorf("a redirect without Location leads to %s", r.NextURL)
	}
}

func testRespReason(t *testing.T) {
	const rest = "\r\nContent-Length: 0\r\n\r\n"
	for _, row := range []struct{ line, reason, status string }{
		{"HTTP/1.1 200", "", "200 OK"}, {"HTTP/1.1 200 ", "", "200 OK"}, {"HTTP/1.1 200 Custom phrase", "Custom phrase", "200 Custom phrase"},
		{"HTTP/1.1 404 Not  Here", "Not  Here", "404 Not  Here"}, {"HTTP/1.1 799", "", "799"}, {"HTTP/1.0 200 OK", "OK", "200 OK"},
	} {
		if r, _ := page(t, scripted(t, row.line+rest), nil); r.Reason != row.reason || r.Status() != row.status {
			t.Errorf("%q: reason %q, status %q", row.line, r.Reason, r.Status())
		}
	}
	srv := newServer(t, true, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	if r, _ := pageOf(t, srv.session(t, ""), srv.url, nil); r.Reason != "" || r.Status() != "404 Not Found" {
		t.Errorf("HTTP/2: reason %q, status %q", r.Reason, r.Status())
	}
}

func testRespProto(t *testing.T) {
	for _, version := range []string{"HTTP/1.0", "HTTP/1.1"} {
		if r, _ := page(t, scripted(t, version+" 200 OK\r\nContent-Length: 0\r\n\r\n"), nil); r.Proto != version {
			t.Errorf("%s: %s", version, r.Proto)
		}
	}
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]
		for _, profile := range profilesInUse {
			if r, _ := pageOf(t, srv.session(t, profile), srv.url, nil); r.Proto != want || r.Info.TLS == nil {
				t.Errorf("%q: %s, want %s", profile, r.Proto, want)
			}
		}
	}
}

func testRespHeader(t *testing.T) {
	first := true
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		for p.Head() != "" {
			if first {
				first = false
				p.Send("HTTP/1.1 302 Found\r\nX-Hop: 1\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n")
				continue
			}
			p.Send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nb: 2\r\nX-A: one\r\n  two\r\n\tthree \r\na:1\r\nB:  3\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	r, body := page(t, srv.URL, nil)
	var got []string
	for name, value := range r.Header.All() {
		got = append(got, name+": "+value)
	}
	want := []string{"b: 2", "X-A: one two three", "a: 1", "B: 3", "Content-Length: 2"}
	if !slices.Equal(got, want) || body != "ok" {
		t.Errorf("got %q, want %q", got, want)
	}
	if values := r.Header.Values("B"); !slices.Equal(values, []string{"2", "3"}) || r.Header.Get("b") != "2, 3" {
		t.Errorf("values of B: %q", values)
	}
}

func testRespMalformed(t *testing.T) {
	for _, row := range []struct{ name, answer string }{
		{"fold first", "HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n"},
		{"fold behind the status line of an interim response", "HTTP/1.1 103 x\r\n\tfolded\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"},
		{"no status", "HTTP/1.1 OK\r\n\r\n"}, {"status with a letter", "HTTP/1.1 20x OK\r\n\r\n"},
		{"no colon", "HTTP/1.1 200 OK\r\nServer\r\n\r\n"}, {"no name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"},
	} {
		err := get(t, nil, scripted(t, row.answer), nil)
		var e *client.Error
		if !errors.As(err, &e) || e.Kind != client.ErrProtocol || e.Code != client.CodeWeirdServerReply || e.Response != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func testRespTrailer(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nX-A: head\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nX-A: tail\r\nX-Sum: 2\r\n\r\n"
	http1 := func(t *testing.T) (*client.Session, string) { return newSession(t, nil), scripted(t, answer) }
	http2 := func(t *testing.T) (*client.Session, string) {
		srv := newServer(t, true, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-A", "head")
			io.WriteString(w, "ok")
			w.(http.Flusher).Flush()
			w.Header()[http.TrailerPrefix+"X-Sum"] = []string{"1", "2"}
			w.Header()[http.TrailerPrefix+"X-A"] = []string{"tail"}
		})
		return srv.session(t, "chromium156"), srv.url
	}
	for i, serve := range []func(*testing.T) (*client.Session, string){http1, http2} {
		s, url := serve(t)
		r, err := s.Get(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Trailer() != nil {
			t.Errorf("HTTP/%d: a trailer before the end: %v", i+1, r.Trailer())
		}
		if b, err := r.Bytes(); string(b) != "ok" || err != nil {
			t.Errorf("HTTP/%d: %q, %v", i+1, b, err)
		}
		if got := r.Trailer(); !slices.Equal(got.Values("x-sum"), []string{"1", "2"}) || got.Get("X-A") != "tail" || len(got) != 3 {
			t.Errorf("HTTP/%d: trailer %v", i+1, got)
		}
		if r.Header.Has("X-Sum") || !slices.Equal(r.Header.Values("X-A"), []string{"head"}) {
			t.Errorf("HTTP/%d: the trailer is in the header: %v", i+1, r.Header)
		}
	}
}

func testRespHistory(t *testing.T) {
	srv, _ := origin(t)
	r, body := page(t, srv.URL+redirected(301, redirected(307, redirected(303, "/end"))), nil)
	if len(r.History) != 3 || body != "arrived" {
		t.Fatalf("%d redirects, body %q", len(r.History), body)
	}
	for i, status := range []int{301, 307, 303} {
		h := r.History[i]
		next := r.URL
		if i < 2 {
			next = r.History[i+1].URL
		}
		if h.StatusCode != status || h.Reason != http.StatusText(status) || !h.OK() || h.URL.Path != fmt.Sprintf("/%d", status) || h.Header.Get("Location") == "" {
			t.Errorf("%d: %s, %v", i, h, h.Header)
		}
		if h.NextURL == nil || h.NextURL.String() != next.String() || h.History != nil || h.Cookies() != nil || h.Info.Attempts != i+1 {
			t.Errorf("%d: leads to %v, has history %v", i, h.NextURL, h.History)
		}
		if b, err := h.Bytes(); len(b) != 0 || err != nil && !errors.Is(err, client.ErrClosed) {
			t.Errorf("%d: body %q, %v", i, b, err)
		}
	}
}

func testRespNext(t *testing.T) {
	srv, _ := origin(t)
	if r, _ := page(t, srv.URL+redirected(302, redirected(302, "/end")), nil); r.NextURL != nil || len(r.History) != 2 {
		t.Errorf("followed: %v, %d redirects", r.NextURL, len(r.History))
	}
	if r, _ := page(t, srv.URL+redirected(302, "/end"), unfollowed); r.NextURL == nil || r.NextURL.String() != srv.URL+"/end" || r.History != nil {
		t.Errorf("not followed: %v", r.NextURL)
	}
	err := get(t, nil, srv.URL+redirected(302, redirected(302, "/end")), &client.Call{Redirect: client.Some(client.Redirect{Max: 1})})
	var e *client.Error
	if !errors.As(err, &e) || e.Response == nil || e.Response.NextURL.String() != srv.URL+"/end" || len(e.Response.History) != 1 || e.Attempts != 2 {
		t.Errorf("at the limit: %v", err)
	}
}

func testRespAddresses(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) })
		s := srv.session(t, "")
		for i := range 2 {
			r, peer := pageOf(t, s, srv.url, nil)
			if got := r.Info.LocalAddr.String(); got != peer || r.Info.RemoteAddr.String() != srv.Listener.Addr().String() || r.Info.Reused != (i == 1) {
				t.Errorf("h2=%t, request %d: from %s to %s, the server sees %s", http2, i, got, r.Info.RemoteAddr, peer)
			}
		}
	}
}

// overPipes serves what the script does on the other end of pipes, within a bubble of testing/synctest, and returns the options
// of a session that reaches it.
func overPipes(t *testing.T, script func(*testnet.Peer)) *client.Options {
	t.Helper()
	return &client.Options{DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			script(testnet.NewPeer(t, far))
		}()
		return near, nil
	}}
}

func testRespTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, overPipes(t, func(p *testnet.Peer) {
			for i := 0; p.Head() != ""; i++ {
				time.Sleep(time.Second)
				if i == 0 {
					p.Send("HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n")
					continue
				}
				p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
				time.Sleep(3 * time.Second)
				p.Send("k")
			}
		}))
		r, err := s.Get(t.Context(), "http://a.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Info.FirstByte != time.Second || r.Info.Elapsed != 0 || r.Info.Received != 0 {
			t.Errorf("before the body: first byte after %v, elapsed %v, %d bytes", r.Info.FirstByte, r.Info.Elapsed, r.Info.Received)
		}
		if _, err := r.Bytes(); err != nil || r.Info.Elapsed != 5*time.Second || r.Info.Received != 2 {
			t.Errorf("elapsed %v, %d bytes, %v", r.Info.Elapsed, r.Info.Received, err)
		}
	})
}

func testRespInterim(t *testing.T) {
	const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	var got []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		got = append(got, fmt.Sprint(code, h.Get("Link")))
		return nil
	}})
	r, err := newSession(t, nil).Get(ctx, scripted(t, interim+abc), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Bytes(); string(b) != "abc" || err != nil || r.StatusCode != 200 || !slices.Equal(got, []string{"100", "103</a>"}) {
		t.Errorf("HTTP/1.1: %d %q, %v, told of %q", r.StatusCode, b, err, got)
	}
	got = nil
	srv := newServer(t, true, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</b>")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "abc")
	})
	if r, err = srv.session(t, "chromium156").Get(ctx, srv.url, nil); err != nil {
		t.Fatal(err)
	}
	if b, err := r.Bytes(); string(b) != "abc" || err != nil || !slices.Equal(got, []string{"103</b>"}) {
		t.Errorf("HTTP/2: %q, %v, told of %q", b, err, got)
	}
	err = get(t, nil, scripted(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), nil)
	if !errors.Is(err, client.ErrProtocol) {
		t.Errorf("101 that nobody asked for: %v", err)
	}
}

func testRespLatin1(t *testing.T) {
	addr := testnet.Serve(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			if r.URL.Path == "/" {
				io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /caf\xe9?x=\xe9#\xe9\r\nContent-Length: 0\r\n\r\n")
				continue
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(r.RequestURI), r.RequestURI)
		}
	})
	r, target := page(t, "http://"+addr+"/", nil)
	if target != "/caf%E9?x=%E9" || r.URL.RequestURI() != target || r.URL.Fragment != "\xe9" || r.History[0].Header.Get("Location") != "/caf\xe9?x=\xe9#\xe9" {
		t.Errorf("asked for %q, URL %q", target, r.URL)
	}
}

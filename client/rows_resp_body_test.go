package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestRespBodyRows: what becomes of a body, under the row of the behaviours that it is about.
func TestRespBodyRows(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"RESP-24", "as it comes", testBodyAsItComes},
		{"RESP-25", "after its end", testBodyAfterEnd},
		{"RESP-28", "closed early", testBodyClosed},
		{"RESP-29", "codings", testBodyCodings},
		{"RESP-30", "codings that are errors", testBodyBadCodings},
		{"RESP-31", "gzip cut, in members, padded", testBodyGzip},
		{"RESP-32", "no body, no decoding", testNothingToDecode},
		{"RESP-33", "raw", testBodyRaw},
		{"RESP-34", "limit", testBodyLimit},
		{"RESP-35", "cut", testBodyCut},
		{"RESP-36", "no HTTP/1, and two lengths", testNoHTTP},
		{"RESP-37", "what an error has of the response", testErrorResponse},
	})
}

// testBodyAsItComes: each piece is there when it has come, whatever its chunk; the error stands where the body broke off.
func testBodyAsItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := make(chan struct{})
		s := newSession(t, overPipes(t, func(p *testnet.Peer) {
			p.Head()
			p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for _, piece := range []string{"3\r\nabc\r\n", "4\r\nde", "fg\r\n2\r\nhi\r\n", "5\r\njk"} {
				<-next
				p.Send(piece)
			}
			<-next
		}))
		r, err := s.Get(t.Context(), "http://a.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"abc", "de", "fghi", "jk"} {
			next <- struct{}{}
			b := make([]byte, len(want))
			if n, err := io.ReadFull(r.Body, b); string(b[:n]) != want || err != nil {
				t.Errorf("%q, %v, want %q", b[:n], err, want)
			}
		}
		next <- struct{}{}
		n, err := r.Body.Read(make([]byte, 10))
		var e *client.Error
		if n != 0 || !errors.As(err, &e) || e.Kind != client.ErrIncompleteRead || !errors.Is(err, io.ErrUnexpectedEOF) || e.Op != "read" {
			t.Errorf("at its end: %d bytes, %v", n, err)
		}
		if _, again := r.Body.Read(make([]byte, 10)); again != err {
			t.Errorf("then %v", again)
		}
	})
}

func testBodyAfterEnd(t *testing.T) {
	for _, body := range []string{"abc", ""} {
		url := scripted(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		s := newSession(t, nil)
		r, err := s.Get(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r.Body); string(b) != body || err != nil {
			t.Errorf("%q: %q, %v", body, b, err)
		}
		for range 2 {
			if n, err := r.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%q, read to its end: %d, %v", body, n, err)
			}
		}
		if r, err = s.Get(t.Context(), url, nil); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if n, err := r.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, client.ErrClosed) {
			t.Errorf("%q, closed: %d, %v", body, n, err)
		}
		if b, err := r.Bytes(); len(b) != 0 || !errors.Is(err, client.ErrClosed) {
			t.Errorf("%q, closed: %q, %v", body, b, err)
		}
	}
}

// testBodyClosed: Close ends an endless body, more than once, and the server learns of it; it does nothing to one that was read.
func testBodyClosed(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		gone := make(chan struct{})
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/short" {
				io.WriteString(w, "abc")
				return
			}
			defer close(gone)
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		})
		s := srv.session(t, "chromium156")
		r, err := s.Get(t.Context(), srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := r.Close(); err != nil {
				t.Errorf("h2=%t: %v", http2, err)
			}
		}
		<-gone
		r, body := pageOf(t, s, srv.url+"/short", nil)
		if err := r.Close(); err != nil || body != "abc" {
			t.Errorf("h2=%t: %q, %v", http2, body, err)
		}
		if b, err := r.Bytes(); string(b) != "abc" || err != nil {
			t.Errorf("h2=%t, read and closed: %q, %v", http2, b, err)
		}
	}
}

// coded serves a body with a Content-Encoding.
func coded(t *testing.T, coding, body string) string {
	t.Helper()
	return scripted(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", coding, len(body), body))
}

func testBodyCodings(t *testing.T) {
	for _, row := range []struct {
		coding, body string
		names        []string
	}{
		{"gzip", gzipped("hello"), []string{"gzip"}}, {"x-gzip", gzipped("hello"), []string{"x-gzip"}}, {"GZIP", gzipped("hello"), []string{"gzip"}},
		{"deflate", deflated("hello"), []string{"deflate"}}, {"deflate", rawDeflated("hello"), []string{"deflate"}},
		{"br", brotlied("hello"), []string{"br"}}, {"zstd", zstded("hello"), []string{"zstd"}},
		{"deflate, gzip", gzipped(deflated("hello")), []string{"deflate", "gzip"}}, {"identity, ,br", brotlied("hello"), []string{"br"}},
		{"identity", "hello", nil},
	} {
		r, body := page(t, coded(t, row.coding, row.body), nil)
		if body != "hello" || r.Header.Get("Content-Encoding") != row.coding || r.Header.Get("Content-Length") != fmt.Sprint(len(row.body)) {
			t.Errorf("%s: %q, %v", row.coding, body, r.Header)
		}
		if !slices.Equal(r.Info.Encodings, row.names) || r.Info.Received != int64(len(row.body)) {
			t.Errorf("%s: encodings %q, %d bytes received", row.coding, r.Info.Encodings, r.Info.Received)
		}
	}
	r, body := page(t, scripted(t, "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"+
		chunk(gzipped(deflated("hello")))+"0\r\n\r\n"), nil)
	if body != "hello" || !slices.Equal(r.Info.Encodings, []string{"deflate", "gzip"}) {
		t.Errorf("two fields: %q, %q", body, r.Info.Encodings)
	}
}

func testBodyBadCodings(t *testing.T) {
	six := "hello"
	for range 6 {
		six = gzipped(six)
	}
	for _, row := range []struct{ name, coding, body string }{
		{"six", "gzip,gzip,gzip,gzip,gzip,gzip", six}, {"unknown", "compress", "x"}, {"unknown and known", "gzip, compress", gzipped("x")},
		{"corrupt gzip", "gzip", "hello, this is none"}, {"corrupt deflate", "deflate", "\xff\xff\xff"}, {"corrupt br", "br", "\xff\xff\xff\xff"},
		{"corrupt zstd", "zstd", "hello, this is none"}, {"checksum", "gzip", wrongSum(gzipped("hello"))},
	} {
		err := get(t, nil, coded(t, row.coding, row.body), nil)
		var e *client.Error
		if !errors.As(err, &e) || e.Kind != client.ErrContentDecoding || e.Code != client.CodeBadContentEncoding || int(e.Code) != 61 {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func testBodyGzip(t *testing.T) {
	whole := gzipped(strings.Repeat("hello ", 1000))
	for n := 1; n < len(whole); n++ {
		if err := get(t, nil, coded(t, "gzip", whole[:n]), nil); !errors.Is(err, client.ErrContentDecoding) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	for _, row := range []struct{ name, body string }{
		{"members", gzipped("hel") + gzipped("") + gzipped("lo")}, {"padded", gzipped("hello") + "\x00\x00"}, {"garbage", gzipped("hello") + "<!-- cached -->"},
	} {
		if _, body := page(t, coded(t, "gzip", row.body), nil); body != "hello" {
			t.Errorf("%s: %q", row.name, body)
		}
	}
}

func testNothingToDecode(t *testing.T) {
	const gz = "Content-Encoding: gzip\r\n"
	for _, row := range []struct{ name, method, answer string }{
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\n" + gz + "Content-Length: 100\r\n\r\n"},
		{"204", "GET", "HTTP/1.1 204 No Content\r\n" + gz + "\r\n"},
		{"304", "GET", "HTTP/1.1 304 Not Modified\r\n" + gz + "\r\n"},
		{"length 0", "GET", "HTTP/1.1 200 OK\r\n" + gz + "Content-Length: 0\r\n\r\n"},
		{"no chunk", "GET", "HTTP/1.1 200 OK\r\n" + gz + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	} {
		r, err := newSession(t, nil).Do(t.Context(), row.method, scripted(t, row.answer), nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := r.Bytes(); len(b) != 0 || err != nil {
			t.Errorf("%s: %q, %v", row.name, b, err)
		}
	}
}

func testBodyRaw(t *testing.T) {
	whole := gzipped("hello")
	r, body := page(t, coded(t, "gzip", whole), &client.Call{Raw: true})
	if body != whole || r.Info.Encodings != nil || r.Length != int64(len(whole)) {
		t.Errorf("%q, decoded %q, length %d", body, r.Info.Encodings, r.Length)
	}
	if _, body := page(t, coded(t, "compress", "as it is"), &client.Call{Raw: true}); body != "as it is" {
		t.Errorf("unknown coding: %q", body)
	}
}

func testBodyLimit(t *testing.T) {
	const limit = 1 << 20
	bomb := coded(t, "gzip", gzipped(strings.Repeat("\x00", 10<<20)))
	s := newSession(t, &client.Options{MaxBody: limit})
	r, err := s.Get(t.Context(), bomb, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Bytes()
	var e *client.Error
	if len(b) != limit || !errors.As(err, &e) || e.Kind != client.ErrTooLarge || e.Response != r {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if err := r.JSON(new(any)); !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("JSON: %v", err)
	}
	if err := get(t, &client.Options{MaxBody: limit}, scripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"), nil); !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("announced: %v", err) // nothing is waited for
	}
}

func testBodyCut(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, row := range []struct {
		name, answer string
		kind         *client.Kind
		code         client.Code
		data         string
	}{
		{"shorter than announced", ok + "Content-Length: 10\r\n\r\nabc", client.ErrIncompleteRead, client.CodePartialFile, "abc"},
		{"within a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc", client.ErrIncompleteRead, client.CodePartialFile, "abc"},
		{"no last chunk", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", client.ErrIncompleteRead, client.CodePartialFile, "abc"},
		{"no number of a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n", client.ErrProtocol, client.CodeWeirdServerReply, "abc"},
		{"nothing at all", "", client.ErrEmptyReply, client.CodeGotNothing, ""},
		{"within the head", ok + "Content-Le", client.ErrIncompleteRead, client.CodePartialFile, ""},
	} {
		r, err := newSession(t, nil).Get(t.Context(), raw(t, row.answer), nil)
		var b []byte
		if err == nil {
			b, err = r.Bytes()
		}
		var e *client.Error
		if !errors.As(err, &e) || e.Kind != row.kind || e.Code != row.code || string(b) != row.data {
			t.Errorf("%s: %q, %v", row.name, b, err)
		}
	}
}

func testNoHTTP(t *testing.T) {
	for _, row := range []struct{ name, answer string }{
		{"HTTP/0.9", "<html>hello</html>"}, {"HTTP/0.9, lines", "<html>\r\n\r\nhello</html>"}, {"another protocol", "220 smtp.test ESMTP\r\n"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"},
		{"two lengths in one field", "HTTP/1.1 200 OK\r\nContent-Length: 5, 3\r\n\r\nabcde"},
		{"no number", "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nabcde"},
	} {
		err := get(t, nil, raw(t, row.answer), nil)
		var e *client.Error
		if !errors.As(err, &e) || e.Kind != client.ErrProtocol || e.Code != client.CodeWeirdServerReply {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if _, body := page(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), nil); body != "abc" {
		t.Errorf("twice the same length: %q", body)
	}
}

// testErrorResponse: an error has the response as far as it came, and what of its body came by a method that reads it all.
func testErrorResponse(t *testing.T) {
	r, err := newSession(t, nil).Get(t.Context(), raw(t, "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 10\r\n\r\nabc"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Text()
	var e *client.Error
	if !errors.As(err, &e) || e.Kind != client.ErrIncompleteRead || e.Response != r || e.Response.Header.Get("x-a") != "1" {
		t.Fatal(err)
	}
	if b, again := e.Response.Bytes(); string(b) != "abc" || again != err {
		t.Errorf("%q, %v", b, again)
	}
	srv, _ := origin(t)
	err = get(t, nil, srv.URL+redirected(302, redirected(303, redirected(302, "/end"))), &client.Call{Redirect: client.Some(client.Redirect{Max: 2})})
	if !errors.As(err, &e) || e.Response == nil || e.Response.StatusCode != 302 || len(e.Response.History) != 2 || e.Response.History[1].StatusCode != 303 {
		t.Errorf("too many redirects: %v", err)
	}
	if b, err := e.Response.Bytes(); string(b) != "a redirect" || err != nil {
		t.Errorf("the redirect's body: %q, %v", b, err)
	}
	if err = get(t, nil, "http://"+closedPort(t), nil); !errors.As(err, &e) || e.Response != nil || e.Attempts != 1 {
		t.Errorf("no connection: %v", err)
	}
}

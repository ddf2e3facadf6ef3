package client_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestRequestBodies has the rows about bodies; those about parts are in TestMultipart and the tests beside it.
func TestRequestBodies(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"REQ-03", "HEAD", testHeadHasNoBody},
		{"REQ-04", "a body with any method", testBodyWithAnyMethod},
		{"REQ-05", "no body", testNoBody},
		{"REQ-06", "no type of nothing", testNoTypeOfNothing},
		{"REQ-07", "one body", testOneBody},
		{"REQ-08", "JSON", testJSONBody},
		{"REQ-09", "form", testFormBody},
		{"REQ-10", "several values", testFormValues},
		{"REQ-11", "bytes", testLargeBody},
		{"REQ-13", "stream", testStreamedBody},
		{"REQ-14", "file", testFileBody},
		{"REQ-15", "announced length", testAnnouncedLength},
		{"REQ-16", "a reader that fails", testFailingReader},
		{"REQ-17", "closed once", testClosedOnce},
		{"REQ-19", "type of JSON", testTypeOfJSON},
		{"REQ-20", "types", testTypes},
		{"REQ-21", "the kind of body decides", testTypes},
		{"REQ-22", "removed type", testRemovedType},
		{"REQ-23", "empty type", testEmptyType},
		{"REQ-61", "body of the request", testSentBody},
	})
}

// testHeadHasNoBody: whatever length the peer announces, and the connection goes on.
func testHeadHasNoBody(t *testing.T) {
	srv := testnet.ServeBytes(t, nil, says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"))
	s := newSession(t, nil)
	for i := range 2 {
		res, err := s.Head(t.Context(), srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := res.Bytes()
		if len(b) != 0 || err != nil || res.Header.Get("Content-Length") != "10" || res.Info.Reused != (i == 1) {
			t.Errorf("%d: %q, %v, reused %v", i, b, err, res.Info.Reused)
		}
	}
}

func testBodyWithAnyMethod(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		s := srv.session(t, "chromium156")
		for _, method := range []string{"GET", "DELETE", "OPTIONS", "QUERY", "PATCH"} {
			if e := ask(t, s, method, srv.url, &client.Call{JSON: 1}); e.Method != method || string(e.Body) != "1" || e.Length != 1 {
				t.Errorf("%s: %+v", method, e)
			}
		}
	}
}

func testNoBody(t *testing.T) {
	r := newRecorder(t)
	for _, profile := range profilesInUse {
		s := newSession(t, &client.Options{Profile: profile})
		patch := "" // of browsers; see golden's TestLiveEmpty and Fetch §4.6
		if profile == "" {
			patch = "0"
		}
		for method, length := range map[string]string{"POST": "0", "PUT": "0", "PATCH": patch, "GET": "", "DELETE": "", "OPTIONS": ""} {
			got := r.exchange(t, s, method, "/", nil)
			if fieldOf(got, "Content-Length") != length || strings.Contains(got, "Transfer-Encoding") || strings.Contains(got, "Content-Type") {
				t.Errorf("%s %s: %q", profile, method, got)
			}
		}
	}
}

func testNoTypeOfNothing(t *testing.T) {
	r := newRecorder(t)
	s := newSession(t, nil)
	for name, c := range map[string]*client.Call{"none": nil, "bytes": {Bytes: []byte{}}, "form": {Form: client.Pairs{}}, "reader": {Body: strings.NewReader("")}} {
		if got := r.exchange(t, s, "POST", "/", c); strings.Contains(strings.ToLower(got), "content-type") || fieldOf(got, "Content-Length") != "0" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func testOneBody(t *testing.T) {
	s := newSession(t, &client.Options{DialContext: refuseToDial(t)})
	for name, c := range map[string]*client.Call{
		"Bytes and JSON": {Bytes: []byte{}, JSON: 1}, "Form and JSON": {Form: client.Pairs{}, JSON: 1}, "Body and Bytes": {Body: strings.NewReader("x"), Bytes: []byte("x")},
		"Multipart and JSON": {Multipart: &client.Multipart{}, JSON: 1},
	} {
		if _, err := s.Post(t.Context(), "http://localhost/", c); !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := newRecorder(t)
	for want, v := range map[string]any{"{}": map[string]any{}, "[]": []int{}} {
		if got := r.exchange(t, newSession(t, nil), "POST", "/", &client.Call{JSON: v}); !strings.HasSuffix(got, "\r\n\r\n"+want) {
			t.Errorf("%s: %q", want, got)
		}
	}
}

func testJSONBody(t *testing.T) {
	r := newRecorder(t)
	got := r.exchange(t, newSession(t, nil), "POST", "/", &client.Call{JSON: struct {
		A int    `json:"a"`
		B string `json:"b"`
		C []int  `json:"c"`
	}{1, "é<>&", []int{1, 2}}})
	if !strings.HasSuffix(got, "\r\n\r\n"+`{"a":1,"b":"é<>&","c":[1,2]}`) {
		t.Errorf("%q", got)
	}
	if got := r.exchange(t, newSession(t, nil), "POST", "/", &client.Call{JSON: json.RawMessage(`{ "a" : 1 }`)}); !strings.HasSuffix(got, "\r\n\r\n"+`{ "a" : 1 }`) {
		t.Errorf("raw: %q", got)
	}
	if _, err := newSession(t, nil).Post(t.Context(), r.URL, &client.Call{JSON: func() {}}); !errors.Is(err, client.ErrInvalidRequest) {
		t.Errorf("what is no JSON: %v", err)
	}
}

func testFormBody(t *testing.T) {
	r := newRecorder(t)
	for want, form := range map[string]client.Pairs{
		"foo%5B%5D=a+b&z=1&foo%5B%5D=%C3%BC&e=": client.Q("foo[]", "a b", "z", "1", "foo[]", "ü", "e", ""),
		"a=1&a=0&b=%26":                         client.PairsOf(url.Values{"b": {"&"}, "a": {"1", "0"}}),
	} {
		if got := r.exchange(t, newSession(t, nil), "POST", "/", &client.Call{Form: form}); !strings.HasSuffix(got, "\r\n\r\n"+want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := newSession(t, nil).Post(t.Context(), r.URL, &client.Call{Form: client.Q("a")}); !errors.Is(err, client.ErrInvalidRequest) {
		t.Errorf("a name without value: %v", err)
	}
}

func testFormValues(t *testing.T) {
	r := newRecorder(t)
	if got := r.exchange(t, newSession(t, nil), "PUT", "/", &client.Call{Form: client.PairsOf(url.Values{"a": {"x", "y"}})}); !strings.HasSuffix(got, "\r\n\r\na=x&a=y") {
		t.Errorf("%q", got)
	}
}

func testLargeBody(t *testing.T) {
	big := make([]byte, 4<<20)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(big)
	want := sha256.Sum256(big)
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			sum := sha256.New()
			io.Copy(sum, r.Body)
			w.Write(sum.Sum(nil))
		})
		res, err := srv.session(t, "chromium156").Post(t.Context(), srv.url, &client.Call{Bytes: big})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := res.Bytes(); err != nil || !bytes.Equal(b, want[:]) {
			t.Errorf("http2 %v: another body, %v", http2, err)
		}
	}
	if bytes.IndexByte(big, 0) < 0 {
		t.Error("no NUL in the body")
	}
}

// testStreamedBody: the first piece is there while the second one is not.
func testStreamedBody(t *testing.T) {
	got, goOn := make(chan string), make(chan struct{})
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		head := p.Head()
		got <- fieldOf(head, "Transfer-Encoding") + " " + p.Take(len("5\r\nfirst\r\n"))
		p.Head()
		p.Send(abc)
	})
	in, out := io.Pipe()
	go func() {
		io.WriteString(out, "first")
		<-goOn
		out.Close()
	}()
	done := make(chan error, 1)
	go func() {
		res, err := newSession(t, nil).Post(t.Context(), srv.URL, &client.Call{Body: in})
		if err == nil {
			res.Close()
		}
		done <- err
	}()
	if first := <-got; first != "chunked 5\r\nfirst\r\n" {
		t.Errorf("%q", first)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func testFileBody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("01234abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() *os.File {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		f.Seek(5, io.SeekStart)
		return f
	}
	r := newRecorder(t)
	s := newSession(t, nil)
	if got := r.exchange(t, s, "PUT", "/", &client.Call{Body: open()}); fieldOf(got, "Content-Length") != "3" || !strings.HasSuffix(got, "\r\n\r\nabc") {
		t.Errorf("%q", got)
	}
	// A wrong length of the caller's is refused, as it would be a request that another reads differently.
	if _, err := s.Put(t.Context(), r.URL, &client.Call{Body: open(), Header: h("Content-Length", "999")}); !errors.Is(err, client.ErrInvalidRequest) {
		t.Errorf("a wrong Content-Length: %v", err)
	}
}

func testAnnouncedLength(t *testing.T) {
	r := newRecorder(t)
	s := newSession(t, nil)
	if got := r.exchange(t, s, "PUT", "/", &client.Call{Body: stream("abc"), Header: h("Content-Length", "3")}); !strings.HasSuffix(got, "\r\n\r\nabc") || strings.Contains(got, "chunked") {
		t.Errorf("%q", got)
	}
	closed := make(chan string, 2)
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		p.Head()
		closed <- p.Take(6)
	})
	for body, want := range map[string]string{"abc": "abc", "abcdefgh": ""} {
		_, err := s.Put(t.Context(), srv.URL, &client.Call{Body: stream(body), Length: 5})
		if !errors.Is(err, client.ErrBodyLength) {
			t.Errorf("%q announced with 5: %v", body, err)
		}
		if got := <-closed; len(got) > 5 || want != "" && got != want {
			t.Errorf("%q announced with 5: the server has %q", body, got)
		}
	}
}

// stream is a reader whose length nobody can know.
func stream(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) }

func testFailingReader(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		_, err := srv.session(t, "").Post(t.Context(), srv.url, &client.Call{Body: io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(errBoom))})
		if !errors.Is(err, errBoom) || !errors.Is(err, client.ErrRequestBody) {
			t.Errorf("http2 %v: %v", http2, err)
		}
	}
}

func testTypeOfJSON(t *testing.T) {
	srv := newServer(t, false, echo)
	s := srv.session(t, "")
	for want, header := range map[string]client.Header{"application/json": nil, "application/x": h("content-TYPE", "application/x")} {
		if e := ask(t, s, "POST", srv.url, &client.Call{JSON: 1, Header: header}); len(e.Header["Content-Type"]) != 1 || e.Header.Get("Content-Type") != want {
			t.Errorf("%q, want %q", e.Header["Content-Type"], want)
		}
	}
}

// testTypes: what a body is decides about its type, whatever the method.
func testTypes(t *testing.T) {
	srv := newServer(t, true, echo)
	s := srv.session(t, "firefox153_linux")
	for _, method := range []string{"POST", "PUT", "PATCH", "GET", "DELETE"} {
		for _, row := range []struct {
			name, want string
			call       client.Call
		}{
			{"form", "application/x-www-form-urlencoded", client.Call{Form: client.Q("a", "1", "a", "2")}},
			{"bytes", "application/octet-stream", client.Call{Bytes: []byte("x")}},
			{"json", "application/json", client.Call{JSON: "x"}},
			{"bytes.Reader", "", client.Call{Body: bytes.NewReader([]byte("x"))}},
			{"stream", "", client.Call{Body: stream("x")}},
			{"empty", "", client.Call{Bytes: []byte{}}},
		} {
			if e := ask(t, s, method, srv.url, &row.call); e.Header.Get("Content-Type") != row.want {
				t.Errorf("%s, %s: %q", method, row.name, e.Header.Get("Content-Type"))
			}
		}
	}
}

func testRemovedType(t *testing.T) {
	r := newRecorder(t)
	for name, c := range map[string]*client.Call{"json": {JSON: 1}, "form": {Form: client.Q("a", "1")}, "bytes": {Bytes: []byte("x")}} {
		c.Remove = []string{"content-type"}
		if got := r.exchange(t, newSession(t, nil), "POST", "/", c); strings.Contains(strings.ToLower(got), "content-type") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func testEmptyType(t *testing.T) {
	r := newRecorder(t)
	got := r.exchange(t, newSession(t, nil), "POST", "/", &client.Call{JSON: 1, Header: h("Content-Type", "")})
	if n := strings.Count(strings.ToLower(got), "content-type"); n != 1 || fieldOf(got, "Content-Type") != "" {
		t.Errorf("%q", got)
	}
}

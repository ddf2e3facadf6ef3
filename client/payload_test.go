package client_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("01234abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := func() io.Reader {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Seek(5, io.SeekStart)
		return f
	}
	const unknown = -1
	rows := []struct {
		name, method string
		call         func() *client.Call
		body, typ    string
		length       int64 // unknown: chunked on HTTP/1.1
		reason       string
	}{
		{"none", "GET", func() *client.Call { return nil }, "", "", 0, ""},
		{"post without body", "POST", func() *client.Call { return nil }, "", "", 0, "Content-Length: 0, no type"},
		{"bytes", "POST", func() *client.Call { return &client.Call{Bytes: []byte("a\x00b")} }, "a\x00b", "application/octet-stream", 3, ""},
		{"no bytes", "PUT", func() *client.Call { return &client.Call{Bytes: []byte{}} }, "", "", 0, "empty, and no type of nothing"},
		{"json", "POST", func() *client.Call {
			return &client.Call{JSON: struct {
				A int    `json:"a"`
				B string `json:"b"`
			}{1, "é<>&"}}
		}, `{"a":1,"b":"é<>&"}`, "application/json", 19, "compact, no escapes for HTML"},
		{"empty json", "POST", func() *client.Call { return &client.Call{JSON: map[string]any{}} }, `{}`, "application/json", 2, "still a body"},
		{"raw json", "POST", func() *client.Call { return &client.Call{JSON: json.RawMessage(`{ "x":1 }`)} }, `{ "x":1 }`, "application/json", 9, "as it is"},
		{"form", "POST", func() *client.Call { return &client.Call{Form: client.Q("foo[]", "a b", "foo[]", "ü", "e", "")} },
			"foo%5B%5D=a+b&foo%5B%5D=%C3%BC&e=", "application/x-www-form-urlencoded", 33, "order and repetition kept"},
		{"get with body", "GET", func() *client.Call { return &client.Call{JSON: 1} }, "1", "application/json", 1, "a body on any method"},
		{"own type", "POST", func() *client.Call {
			return &client.Call{JSON: 1, Header: client.Header{{Name: "content-TYPE", Value: "application/x"}}}
		}, "1", "application/x", 1, "the caller's is the only one"},
		{"no type", "POST", func() *client.Call { return &client.Call{JSON: 1, Remove: []string{"Content-Type"}} }, "1", "", 1, "removed"},
		{"reader", "POST", func() *client.Call {
			return &client.Call{Body: io.MultiReader(strings.NewReader("ab"), strings.NewReader("c"))}
		},
			"abc", "", unknown, "streams have no type"},
		{"reader of announced length", "POST", func() *client.Call { return &client.Call{Body: io.MultiReader(strings.NewReader("abc")), Length: 3} },
			"abc", "", 3, ""},
		{"reader with own Content-Length", "POST", func() *client.Call {
			return &client.Call{Body: io.MultiReader(strings.NewReader("abc")), Header: client.Header{{Name: "Content-Length", Value: "3"}}}
		}, "abc", "", 3, "announced by the field"},
		{"measured reader", "POST", func() *client.Call { return &client.Call{Body: strings.NewReader("abc")} }, "abc", "", 3, "has Len"},
		{"measured bytes", "POST", func() *client.Call { return &client.Call{Body: bytes.NewReader([]byte("abc"))} }, "abc", "", 3, "has Len"},
		{"measured buffer", "POST", func() *client.Call { return &client.Call{Body: bytes.NewBufferString("abc")} }, "abc", "", 3, "has Len"},
		{"empty reader", "POST", func() *client.Call { return &client.Call{Body: strings.NewReader("")} }, "", "", 0, "has Len"},
		{"unmeasured", "POST", func() *client.Call { return &client.Call{Body: strings.NewReader("abc"), Length: -1} }, "abc", "", unknown, "at the caller's wish"},
		{"file", "PUT", func() *client.Call { return &client.Call{Body: file()} }, "abc", "", 3, "from where it stands to its end"},
	}
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		for _, profile := range profilesInUse {
			s := srv.session(t, profile)
			for _, row := range rows {
				e := ask(t, s, row.method, srv.url, row.call())
				if string(e.Body) != row.body || e.Header.Get("Content-Type") != row.typ || e.Method != row.method {
					t.Errorf("%s %s (%s): %q of type %q", e.Proto, row.name, row.reason, e.Body, e.Header.Get("Content-Type"))
				}
				if e.Length != row.length || e.Chunked != (row.length == unknown && !http2) {
					t.Errorf("%s %s (%s): length %d, chunked %v", e.Proto, row.name, row.reason, e.Length, e.Chunked)
				}
				if n, ok := e.Header["Content-Length"]; ok != (row.length >= 0 && (row.length > 0 || row.method != "GET")) {
					t.Errorf("%s %s (%s): Content-Length %q", e.Proto, row.name, row.reason, n)
				}
			}
		}
	}
}

// TestBodySentAgain: bodies that can be produced again survive a connection that the server has given up.
func TestBodySentAgain(t *testing.T) {
	t.Parallel()
	var conns atomic.Int32
	url := "http://" + testnet.Serve(t, func(c net.Conn) {
		first := conns.Add(1)%2 == 1 // every other connection serves one request only
		br := bufio.NewReader(c)
		for n := 0; ; n++ {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			b, err := io.ReadAll(r.Body)
			if err != nil || first && n == 1 {
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(b), b)
			if !first && n == 0 {
				return
			}
		}
	})
	for _, row := range []struct {
		name string
		call *client.Call
		ok   bool
	}{
		{"bytes", &client.Call{Bytes: []byte("abc")}, true},
		{"json", &client.Call{JSON: "a"}, true},
		{"form", &client.Call{Form: client.Q("a", "b")}, true},
		{"strings.Reader", &client.Call{Body: strings.NewReader("abc")}, true},
		{"bytes.Reader", &client.Call{Body: bytes.NewReader([]byte("abc"))}, true},
		{"bytes.Buffer", &client.Call{Body: bytes.NewBufferString("abc")}, true},
		{"GetBody", &client.Call{Body: io.MultiReader(strings.NewReader("abc")), Length: 3, GetBody: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("abc")), nil
		}}, true},
		{"GetBody fails", &client.Call{Body: io.MultiReader(strings.NewReader("abc")), GetBody: func() (io.ReadCloser, error) { return nil, errBoom }}, false},
		{"stream", &client.Call{Body: io.MultiReader(strings.NewReader("abc"))}, false},
	} {
		s := newSession(t, nil)
		warm, err := s.Get(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		warm.Bytes()
		r, err := s.Put(t.Context(), url, row.call)
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", row.name, err)
		}
		if err != nil {
			conns.Add(1) // there was no second connection
			continue
		}
		if b, err := r.Bytes(); err != nil || len(b) != 3 || r.Info.Reused {
			t.Errorf("%s: %q, %v", row.name, b, err)
		}
	}
}

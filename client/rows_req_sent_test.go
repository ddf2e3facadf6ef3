package client_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/client"
)

func testSentBody(t *testing.T) {
	var hops atomic.Int32
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/303" && hops.Add(1) == 1 {
			http.Redirect(w, r, "/end", http.StatusSeeOther)
			return
		}
		redirecting(w, r)
	})
	s := srv.session(t, "")
	var form client.Multipart
	form.AddField("a", "1")
	for _, row := range []struct {
		name, path, want string
		call             client.Call
	}{
		{"bytes", "/", "abc", client.Call{Bytes: []byte("abc")}},
		{"json", "/", `{"a":1}`, client.Call{JSON: map[string]int{"a": 1}}},
		{"form", "/to/end", "a=1", client.Call{Form: client.Q("a", "1")}},
		{"taken away by a redirect", "/303", "", client.Call{JSON: 1}},
		{"stream", "/", "", client.Call{Body: stream("abc")}},
		{"reader", "/", "", client.Call{Body: strings.NewReader("abc")}},
		{"multipart", "/", "", client.Call{Multipart: &form}},
		{"none", "/", "", client.Call{}},
	} {
		res, err := s.Post(t.Context(), srv.url+row.path, &row.call)
		if err != nil {
			t.Fatal(err)
		}
		res.Close()
		if got := res.Info.SentBody; string(got) != row.want || (got == nil) != (row.want == "") {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}

func testClosedOnce(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			started <- struct{}{}
			<-release
			return
		}
		echo(w, r)
	})
	defer close(release)
	s := srv.session(t, "")
	for _, row := range []struct {
		name, url string
		cancel    bool
	}{{"success", srv.url, false}, {"refused", "nonsense", false}, {"no connection", "http://127.0.0.1:1/", false}, {"cancelled", srv.url + "/hang", true}} {
		ctx, cancel := context.WithCancel(t.Context())
		in, out := io.Pipe()
		if !row.cancel {
			go func() { out.CloseWithError(io.EOF) }()
		}
		body := &closeCounter{Reader: in}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if res, err := s.Post(ctx, row.url, &client.Call{Body: body}); err == nil {
				res.Bytes()
			}
		}()
		if row.cancel {
			go func() { _, _ = out.Write([]byte("x")) }()
			<-started
			cancel()
			eventually(t, "the body is closed", func() bool { return body.n.Load() > 0 })
			in.CloseWithError(errBoom)
		}
		<-done
		cancel()
		eventually(t, row.name+": the body is closed", func() bool { return body.n.Load() > 0 })
		if n := body.n.Load(); n != 1 {
			t.Errorf("%s: closed %d times", row.name, n)
		}
	}
}

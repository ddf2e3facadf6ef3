package client_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestProgress: what is told of a call, in order.
func TestProgress(t *testing.T) {
	t.Parallel()
	var failures atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		case "/flaky":
			if failures.Add(1) == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(gzipText("0123456789"))
		case "/unknown":
			io.WriteString(w, "a")
			http.NewResponseController(w).Flush()
		case "/empty":
		default:
			w.Write(b)
		}
	}))
	defer srv.Close()
	packed := int64(len(gzipText("0123456789")))
	for _, row := range []struct {
		name, path string
		call       client.Call
		method     string
		want       []client.Progress // without repetitions
	}{
		{"both ways", "/", client.Call{Bytes: []byte("hello")}, "POST", []client.Progress{{5, 5, 0, -1}, {5, 5, 0, 5}, {5, 5, 5, 5}}},
		{"unknown length", "/", client.Call{Body: stream("hello")}, "POST", []client.Progress{{5, -1, 0, -1}, {5, -1, 0, 5}, {5, -1, 5, 5}}},
		{"unknown length of the response", "/unknown", client.Call{}, "GET", []client.Progress{{0, 0, 0, -1}, {0, 0, 1, -1}}},
		{"nothing", "/empty", client.Call{}, "GET", []client.Progress{{0, 0, 0, 0}}},
		{"no body after HEAD", "/gzip", client.Call{}, "HEAD", []client.Progress{{0, 0, 0, 0}}},
		{"as it is encoded", "/gzip", client.Call{}, "GET", []client.Progress{{0, 0, 0, packed}, {0, 0, packed, packed}}},
		{"sent again over a redirect", "/redirect", client.Call{Bytes: []byte("hello")}, "PUT",
			[]client.Progress{{5, 5, 0, -1}, {5, 5, 0, -1}, {5, 5, 0, 5}, {5, 5, 5, 5}}},
		{"sent again by a retry", "/flaky", client.Call{Bytes: []byte("hello"), Retry: client.Some(client.Retry{Count: 1, NonIdempotent: true})}, "POST",
			[]client.Progress{{5, 5, 0, -1}, {5, 5, 0, -1}, {5, 5, 0, 0}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSession(t, &client.Options{Redirect: client.Redirect{}})
			var got []client.Progress
			row.call.Progress = func(p client.Progress) { got = append(got, p) }
			res, err := s.Do(t.Context(), row.method, srv.URL+row.path, &row.call)
			if err != nil {
				t.Fatal(err)
			}
			res.Bytes()
			if fmt.Sprint(got) != fmt.Sprint(row.want) {
				t.Errorf("got  %v\nwant %v", got, row.want)
			}
		})
	}
}

// TestProgressEnds: nobody is told any more when the body of the response has ended, though that of the request goes on.
func TestProgressEnds(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	srv := testnet.ServeFrames(t, ca.Server("h2"), func(p *testnet.FramePeer) {
		p.Settings()
		p.Respond(p.Request().Stream, "early")
		p.Ignore("SETTINGS", "WINDOW_UPDATE", "PRIORITY", "DATA", "RST_STREAM")
		p.Gone()
	})
	in, out := io.Pipe()
	defer out.Close()
	var over atomic.Bool
	// Without timeouts nothing ends the body of the request but the server.
	s := newSession(t, &client.Options{RootCAs: ca.Pool(), Timeouts: client.Timeouts{Headers: -1, Stall: -1}})
	res, err := s.Post(t.Context(), srv.URL, &client.Call{Body: in, Progress: func(client.Progress) {
		if over.Load() {
			t.Error("told after the end")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close() // which would end the body of the request
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "early" {
		t.Errorf("%q, %v", b, err)
	}
	over.Store(true)
	for range 3 { // each but the last has been counted when the next one is taken
		if _, err := io.WriteString(out, "piece"); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	srv.Wait()
}

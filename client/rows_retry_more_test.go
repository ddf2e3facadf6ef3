package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// testRetryEnd: a pause ends with the context and with the session, and does not begin when a deadline comes first.
func testRetryEnd(t *testing.T) {
	t.Run("what is kept", testRetryEndKeeps)
	hour := client.Options{Retry: client.Retry{Count: 1, Delay: time.Hour}}
	for _, row := range []struct {
		name  string
		do    func(*testing.T, *client.Session) error
		after time.Duration
		want  error
	}{
		{"cancelled", func(t *testing.T, s *client.Session) error {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, cancel)
			_, err := s.Get(ctx, "http://a.test/", nil)
			return err
		}, time.Minute, client.ErrCanceled},
		{"deadline", func(t *testing.T, s *client.Session) error {
			ctx, cancel := context.WithTimeout(t.Context(), 59*time.Minute)
			defer cancel()
			_, err := s.Get(ctx, "http://a.test/", nil)
			return err
		}, 0, context.DeadlineExceeded},
		{"total timeout", func(t *testing.T, s *client.Session) error {
			_, err := s.Get(t.Context(), "http://a.test/", &client.Call{Timeouts: client.Some(client.Timeouts{Total: time.Minute})})
			return err
		}, 0, client.ErrTimeout},
		{"session closed", func(t *testing.T, s *client.Session) error {
			time.AfterFunc(time.Minute, func() { s.Close() })
			_, err := s.Get(t.Context(), "http://a.test/", nil)
			return err
		}, time.Minute, client.ErrClosed},
	} {
		attempts(t, hour, []string{hang}, make([]time.Duration, 1), func(t *testing.T, s *client.Session) {
			start := time.Now()
			err := row.do(t, s)
			if !errors.Is(err, row.want) || time.Since(start) != row.after {
				t.Errorf("%s: %v after %v", row.name, err, time.Since(start))
			}
			if !errors.Is(err, client.ErrEmptyReply) {
				t.Errorf("%s: what failed before is lost: %v", row.name, err)
			}
		})
	}
}

// testRetryEndKeeps: what the last attempt was answered is in the error; when no pause begins, with the body.
func testRetryEndKeeps(t *testing.T) {
	const busy = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"
	for _, row := range []struct {
		name  string
		total time.Duration
		body  string
		kind  *client.Kind
	}{{"no time", time.Minute, "busy", client.ErrTimeout}, {"cancelled", 2 * time.Hour, "", client.ErrCanceled}} {
		o := client.Options{Retry: client.Retry{Count: 1, Delay: time.Hour}, Timeouts: client.Timeouts{Total: row.total}}
		attempts(t, o, []string{busy}, make([]time.Duration, 1), func(t *testing.T, s *client.Session) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, cancel)
			_, err := s.Get(ctx, "http://a.test/", nil)
			e := (*client.Error)(nil)
			if !errors.As(err, &e) || !errors.Is(err, row.kind) || e.Attempts != 1 || e.Response == nil || e.Response.StatusCode != 503 || !strings.Contains(err.Error(), "503 Busy") {
				t.Fatalf("%s: %v", row.name, err)
			}
			if b, _ := e.Response.Bytes(); string(b) != row.body {
				t.Errorf("%s: body %q", row.name, b)
			}
		})
	}
}

// testReconnects: a used connection that ends without an answer is replaced, once the server cannot have acted on the request;
// these are no retries of [client.Retry].
func testReconnects(t *testing.T) {
	t.Run("HTTP/1.1", func(t *testing.T) {
		for _, row := range []struct {
			method string
			call   *client.Call
			ok     bool
		}{
			{"GET", nil, true}, {"PUT", &client.Call{Bytes: []byte("hello")}, true}, {"POST", &client.Call{Bytes: []byte("hello")}, false},
			{"PUT", &client.Call{Body: io.MultiReader(strings.NewReader("hello"))}, false},
		} {
			srv := testnet.ServeBytes(t, nil, firstThen(func(p *testnet.Peer) {
				p.Head()
				p.Send(abc)
				p.Head()
			}))
			s := newSession(t, nil)
			if r, _ := pageOf(t, s, srv.URL, nil); r.Info.Reconnects != 0 || r.Info.Attempts != 1 {
				t.Errorf("the first: %+v", r.Info)
			}
			r, err := s.Do(t.Context(), row.method, srv.URL, row.call)
			if !row.ok {
				if err == nil || !errors.Is(err, client.ErrEmptyReply) && !errors.Is(err, client.ErrBodyNotReplayable) {
					t.Errorf("%s: %v, %v", row.method, r, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if b, err := r.Bytes(); string(b) != "again" || err != nil || r.Info.Reconnects != 1 || r.Info.Attempts != 1 || r.Info.Reused {
				t.Errorf("%s: %q, %v, %d reconnects, %d attempts", row.method, b, err, r.Info.Reconnects, r.Info.Attempts)
			}
		}
	})
	t.Run("REFUSED_STREAM", func(t *testing.T) {
		ca := testnet.NewCA(t, time.Now())
		srv := testnet.ServeFrames(t, ca.Server("h2"), func(p *testnet.FramePeer) {
			p.Settings()
			q := p.Request()
			p.RST(q.Stream, http2.ErrCodeRefusedStream)
			if q = p.Request(); q.Stream != 0 {
				p.Respond(q.Stream, p.Body(q.Stream))
			}
			for p.Next() != "" {
			}
		})
		s := newSession(t, &client.Options{RootCAs: ca.Pool()})
		r, err := s.Post(t.Context(), srv.URL, &client.Call{Bytes: []byte("hello")})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := r.Bytes(); string(b) != "hello" || err != nil || r.Info.Reconnects != 1 {
			t.Errorf("%q, %v, %d reconnects", b, err, r.Info.Reconnects)
		}
		s.Close()
	})
}

// testRetryTraces: cookies of attempts that failed are kept and sent with the next one; a form has its parts once each time.
func testRetryTraces(t *testing.T) {
	var n atomic.Int32
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := n.Add(1)
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
			return
		}
		got = append(got, fmt.Sprint(r.MultipartForm.Value, len(r.MultipartForm.File["f"]), " / ", r.Header.Get("Cookie")))
		w.Header().Add("Set-Cookie", fmt.Sprintf("try=%d", i))
		w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=1", i))
		if i < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer srv.Close()
	s := newSession(t, &client.Options{Retry: client.Retry{Count: 2, NonIdempotent: true}})
	m := &client.Multipart{}
	if err := errors.Join(m.AddField("a", "1"), m.AddPart(client.FormPart{Name: "f", Filename: "f.txt", Data: []byte("content")})); err != nil {
		t.Fatal(err)
	}
	r, err := s.Post(t.Context(), srv.URL, &client.Call{Multipart: m})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	want := "[map[a:[1]] 1 /  map[a:[1]] 1 / try=1; c1=1 map[a:[1]] 1 / try=2; c1=1; c2=1]"
	if fmt.Sprint(got) != want || r.StatusCode != 200 {
		t.Errorf("%s, want %s", got, want)
	}
	if v, err := s.Jar().Value("try"); v != "3" || err != nil || s.Jar().Len() != 4 {
		t.Errorf("the jar has %q, %v and %d cookies", v, err, s.Jar().Len())
	}
}

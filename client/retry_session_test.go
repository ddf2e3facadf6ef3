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

	"github.com/wirelike/wirelike/client"
)

// flaky is a server that fails the first n requests in some way.
func flaky(t *testing.T, n int64, fail func(http.ResponseWriter)) (url string, count *atomic.Int64) {
	t.Helper()
	count = &atomic.Int64{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if count.Add(1) <= n {
			fail(w)
			return
		}
		fmt.Fprintf(w, "%s %s", r.Method, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, count
}

func unavailable(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }

// hangUp ends the connection without an answer.
func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func after(value string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", value)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// TestRetries: what is made again, how often, and what comes of it.
func TestRetries(t *testing.T) {
	t.Parallel()
	twice := client.Retry{Count: 2}
	for _, row := range []struct {
		name   string
		retry  client.Retry
		fails  int64
		fail   func(http.ResponseWriter)
		method string
		call   client.Call
		status int
		kind   *client.Kind
		want   int64 // requests
	}{
		{name: "RETRY-03", retry: twice, fails: 2, fail: unavailable, method: "GET", status: 200, want: 3},
		{name: "RETRY-03 the last one counts", retry: twice, fails: 9, fail: unavailable, method: "GET", status: 503, want: 3},
		{name: "RETRY-01 none by default", fails: 9, fail: unavailable, method: "GET", status: 503, want: 1},
		{name: "RETRY-05 no answer", retry: twice, fails: 1, fail: hangUp, method: "GET", status: 200, want: 2},
		{name: "RETRY-06 no answer to POST", retry: twice, fails: 9, fail: hangUp, method: "POST", kind: client.ErrTransfer, want: 1},
		{name: "RETRY-06 NonIdempotent", retry: client.Retry{Count: 2, NonIdempotent: true}, fails: 1, fail: hangUp, method: "POST",
			call: client.Call{Bytes: []byte("hello")}, status: 200, want: 2},
		{name: "RETRY-05 On", retry: client.Retry{Count: 2, On: func(a client.Attempt) bool { return a.Response.StatusCode == 418 }}, fails: 1,
			fail: func(w http.ResponseWriter) { w.WriteHeader(418) }, method: "GET", status: 200, want: 2},
		{name: "RETRY-05 On says no", retry: client.Retry{Count: 2, On: func(client.Attempt) bool { return false }}, fails: 1, fail: unavailable, method: "GET", status: 503, want: 1},
		{name: "Retry-After at once", retry: twice, fails: 1, fail: after("0"), method: "GET", status: 200, want: 2},
		{name: "Retry-After too late", retry: client.Retry{Count: 2, MaxDelay: time.Second}, fails: 1, fail: after("3600"), method: "GET", status: 429, want: 1},
		{name: "Retry-After ignored", retry: client.Retry{Count: 2, IgnoreRetryAfter: true}, fails: 1, fail: after("3600"), method: "GET", status: 200, want: 2},
		{name: "RETRY-07 seekable", retry: client.Retry{Count: 1, NonIdempotent: true}, fails: 1, fail: unavailable, method: "POST",
			call: client.Call{Body: seekable{strings.NewReader("hello")}}, status: 200, want: 2},
		{name: "RETRY-07 one-shot, a response", retry: client.Retry{Count: 1, NonIdempotent: true}, fails: 1, fail: unavailable, method: "POST",
			call: client.Call{Body: io.MultiReader(strings.NewReader("hello"))}, status: 503, want: 1},
		{name: "RETRY-07 one-shot, no answer", retry: client.Retry{Count: 1, NonIdempotent: true}, fails: 1, fail: hangUp, method: "POST",
			call: client.Call{Body: io.MultiReader(strings.NewReader("hello"))}, kind: client.ErrBodyNotReplayable, want: 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			url, count := flaky(t, row.fails, row.fail)
			s := newSession(t, &client.Options{Retry: row.retry})
			res, err := s.Do(t.Context(), row.method, url, &row.call)
			if got := count.Load(); got != row.want {
				t.Errorf("%d requests, want %d", got, row.want)
			}
			if row.kind != nil {
				if !errors.Is(err, row.kind) || !errors.Is(err, client.ErrTransfer) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := res.Text()
			if res.StatusCode != row.status || err != nil || res.Info.Attempts != int(row.want) {
				t.Errorf("%d %q, %v, %d attempts", res.StatusCode, text, err, res.Info.Attempts)
			}
			if res.StatusCode == 200 && strings.Contains(text, "POST") && text != "POST hello" {
				t.Errorf("the body of the last request is another: %q", text)
			}
		})
	}
}

// TestRetryBudget: redirects share the retries of the call.
func TestRetryBudget(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch k := n.Add(1); {
		case k == 2:
			http.Redirect(w, r, "/next", http.StatusFound)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer srv.Close()
	res, err := newSession(t, &client.Options{Retry: client.Retry{Count: 2}}).Get(t.Context(), srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	if res.StatusCode != 503 || n.Load() != 4 { // 503, redirect, 503, 503
		t.Errorf("%d after %d requests", res.StatusCode, n.Load())
	}
}

// TestRetryCancel: a cancelled context ends a pause at once; a call may switch the session's retries off.
func TestRetryCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	url, _ := flaky(t, 9, unavailable)
	s := newSession(t, &client.Options{Retry: client.Retry{Count: 2, Delay: time.Hour, On: func(client.Attempt) bool {
		cancel()
		return true
	}}})
	if _, err := s.Get(ctx, url, nil); !errors.Is(err, context.Canceled) || !errors.Is(err, client.ErrCanceled) {
		t.Errorf("RETRY-09: %v", err)
	}
	late, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := s.Get(late, url, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("RETRY-09: %v", err)
	}
	res, err := s.Get(t.Context(), url, &client.Call{Retry: client.Some(client.Retry{})})
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	if res.StatusCode != 503 {
		t.Errorf("SESS-04: %d", res.StatusCode)
	}
}

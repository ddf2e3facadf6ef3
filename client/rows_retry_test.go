package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestRetryRows: retries, under the row of the behaviours that it is about. More failures are in TestRetries and TestRetryable.
func TestRetryRows(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"RETRY-01", "how many", testRetryCount},
		{"RETRY-02", "what is refused", testRetryInvalid},
		{"RETRY-03", "the last error counts", testRetryLastError},
		{"RETRY-04", "pauses", testRetryPauses},
		{"RETRY-05", "what is made again", testRetryPolicy},
		{"RETRY-06", "methods", testRetryMethods},
		{"RETRY-07", "bodies", testRetryBodies},
		{"RETRY-08", "up to the head", testRetryHeadOnly},
		{"RETRY-09", "the end of a pause", testRetryEnd},
		{"RETRY-10", "what the transport does by itself", testReconnects},
		{"RETRY-11", "what failed attempts leave", testRetryTraces},
	})
}

const (
	busy  = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
	hang  = "" // the connection ends without an answer
	wrong = "nonsense\r\n\r\n"
)

// attempts runs f in a bubble with a session whose requests get these answers, the last one for ever, and wants them to come
// after these times.
func attempts(t *testing.T, o client.Options, answers []string, want []time.Duration, f func(*testing.T, *client.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		dial := overPipes(t, func(p *testnet.Peer) {
			for p.Head() != "" {
				at = append(at, time.Since(start))
				answer := answers[min(len(at), len(answers))-1]
				if answer == hang {
					return
				}
				p.Send(answer)
			}
		}).DialContext
		o := o
		o.DialContext = dial
		s := newSession(t, &o)
		f(t, s)
		if !slices.Equal(at, want) {
			t.Errorf("%+v: requests after %v, want %v", o.Retry, at, want)
		}
	})
}

// status wants a call to end with a status.
func status(code int, c *client.Call) func(*testing.T, *client.Session) {
	return func(t *testing.T, s *client.Session) {
		t.Helper()
		r, err := s.Get(t.Context(), "http://a.test/", c)
		if err != nil {
			t.Fatal(err)
		}
		if r.Close(); r.StatusCode != code {
			t.Errorf("status %d, want %d", r.StatusCode, code)
		}
	}
}

func testRetryCount(t *testing.T) {
	twice := client.Options{Retry: client.Retry{Count: 2}}
	now := time.Duration(0)
	attempts(t, client.Options{}, []string{busy}, []time.Duration{now}, status(503, nil))
	attempts(t, twice, []string{busy}, []time.Duration{now, now, now}, status(503, nil))
	attempts(t, twice, []string{busy, busy, abc}, []time.Duration{now, now, now}, status(200, nil))
	attempts(t, twice, []string{busy, abc}, []time.Duration{now, now}, status(200, nil))
	attempts(t, twice, []string{busy}, []time.Duration{now}, status(503, &client.Call{Retry: client.Some(client.Retry{})}))
	attempts(t, client.Options{}, []string{busy, abc}, []time.Duration{now, now}, status(200, &client.Call{Retry: client.Some(client.Retry{Count: 1})}))
}

func testRetryInvalid(t *testing.T) {
	for name, r := range map[string]client.Retry{
		"Count": {Count: -1}, "Delay": {Count: 1, Delay: -1}, "MaxDelay": {Count: 1, MaxDelay: -1}, "Jitter": {Count: 1, Jitter: -1},
		"Backoff": {Count: 1, Backoff: 9},
	} {
		_, err := client.New(&client.Options{Retry: r})
		if !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), "Retry."+name) {
			t.Errorf("session, %s: %v", name, err)
		}
		err = get(t, nil, "http://a.test/", &client.Call{Retry: client.Some(r)})
		if !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), "Retry."+name) {
			t.Errorf("call, %s: %v", name, err)
		}
	}
}

func testRetryLastError(t *testing.T) {
	three := client.Options{Retry: client.Retry{Count: 3}}
	for _, row := range []struct {
		answers []string
		kind    *client.Kind
	}{
		{[]string{hang}, client.ErrEmptyReply}, {[]string{hang, hang, wrong}, client.ErrProtocol},
		{[]string{hang, strings.Replace(busy, "\r\n", "\r\nConnection: close\r\n", 1), hang}, client.ErrEmptyReply},
	} {
		n := 4
		if row.kind == client.ErrProtocol {
			n = 3 // which is not made again
		}
		attempts(t, three, row.answers, make([]time.Duration, n), func(t *testing.T, s *client.Session) {
			_, err := s.Get(t.Context(), "http://a.test/", nil)
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != row.kind || e.Attempts != n || strings.Count(err.Error(), "client:") != 1 {
				t.Errorf("%q: %v, %d attempts", row.answers, err, e.Attempts)
			}
		})
	}
}

// most is a source of random bytes that are all ones: jitter is at its end.
type most struct{}

func (most) Read(b []byte) (int, error) { return copy(b, bytes.Repeat([]byte{0xff}, len(b))), nil }

func testRetryPauses(t *testing.T) {
	const s = time.Second
	after := func(v string) string { return "HTTP/1.1 503 x\r\nContent-Length: 0\r\nRetry-After: " + v + "\r\n\r\n" }
	date := time.Date(2000, 1, 1, 0, 0, 30, 0, time.UTC).Format(http.TimeFormat) // 30 s into the bubble
	for _, row := range []struct {
		name    string
		retry   client.Retry
		answers []string
		want    []time.Duration
		status  int
	}{
		{"none", client.Retry{Count: 2}, []string{busy, busy, abc}, []time.Duration{0, 0, 0}, 200},
		{"linear", client.Retry{Count: 3, Delay: s}, []string{busy, busy, busy, abc}, []time.Duration{0, 1 * s, 3 * s, 6 * s}, 200},
		{"exponential", client.Retry{Count: 3, Delay: s, Backoff: client.Exponential}, []string{busy, busy, busy, abc}, []time.Duration{0, 1 * s, 3 * s, 7 * s}, 200},
		{"bound", client.Retry{Count: 3, Delay: s, Backoff: client.Exponential, MaxDelay: 2 * s}, []string{busy}, []time.Duration{0, 1 * s, 3 * s, 5 * s}, 503},
		{"Retry-After", client.Retry{Count: 1, Delay: s}, []string{after("20"), abc}, []time.Duration{0, 20 * s}, 200},
		{"Retry-After, a date", client.Retry{Count: 1, Delay: s}, []string{after(date), abc}, []time.Duration{0, 30 * s}, 200},
		{"Retry-After, sooner", client.Retry{Count: 1, Delay: 3 * s}, []string{after("1"), abc}, []time.Duration{0, 3 * s}, 200},
		{"Retry-After, nonsense", client.Retry{Count: 1, Delay: s}, []string{after("soon"), abc}, []time.Duration{0, s}, 200},
		{"Retry-After, beyond the bound", client.Retry{Count: 1, MaxDelay: 10 * s}, []string{after("20"), abc}, []time.Duration{0}, 503},
		{"Retry-After, all that a server gets", client.Retry{Count: 1}, []string{after("60"), abc}, []time.Duration{0, client.DefaultMaxRetryAfter}, 200},
		{"Retry-After, more than that", client.Retry{Count: 1}, []string{after("61"), abc}, []time.Duration{0}, 503},
		{"Retry-After, longer by word of the caller", client.Retry{Count: 1, MaxDelay: 90 * s}, []string{after("61"), abc}, []time.Duration{0, 61 * s}, 200},
		{"Retry-After, in a pause that is longer anyway", client.Retry{Count: 1, Delay: 90 * s}, []string{after("61"), abc}, []time.Duration{0, 90 * s}, 200},
		{"Retry-After, not heeded", client.Retry{Count: 1, Delay: s, IgnoreRetryAfter: true}, []string{after("20"), abc}, []time.Duration{0, s}, 200},
	} {
		attempts(t, client.Options{Retry: row.retry}, row.answers, row.want, status(row.status, nil))
	}
	synctest.Test(t, func(t *testing.T) { // jitter: at most all of it
		o := overPipes(t, func(p *testnet.Peer) { p.Head(); p.Send(busy) })
		o.Rand, o.Retry = most{}, client.Retry{Count: 1, Delay: s, Jitter: 4 * s}
		start := time.Now()
		if status(503, nil)(t, newSession(t, o)); time.Since(start) <= 4*s || time.Since(start) > 5*s {
			t.Errorf("with jitter after %v", time.Since(start))
		}
	})
}

func testRetryPolicy(t *testing.T) {
	once := client.Options{Retry: client.Retry{Count: 1}}
	for code, again := range map[int]bool{429: true, 502: true, 503: true, 504: true, 400: false, 404: false, 408: false, 425: false, 500: false, 501: false} {
		answer := fmt.Sprintf("HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", code)
		n, last := 1, code
		if again {
			n, last = 2, 200
		}
		attempts(t, once, []string{answer, abc}, make([]time.Duration, n), status(last, nil))
	}
	attempts(t, client.Options{Retry: client.Retry{Count: 1}, FailOnStatus: true}, []string{busy, abc}, make([]time.Duration, 2), status(200, nil))
	for _, row := range []struct {
		name  string
		err   error // of the dialer
		dials int32
	}{
		{"no connection", &net.OpError{Op: "dial", Err: errBoom}, 3}, {"no such name", &net.DNSError{Err: "no such host", IsNotFound: true}, 3},
		{"cancelled", context.Canceled, 1},
	} {
		var dials atomic.Int32
		ctx, cancel := context.WithCancel(t.Context())
		s := newSession(t, &client.Options{Retry: client.Retry{Count: 2}, DialContext: func(context.Context, string, string) (net.Conn, error) {
			if dials.Add(1); row.dials == 1 {
				cancel()
			}
			return nil, row.err
		}})
		if _, err := s.Post(ctx, "http://a.test/", nil); err == nil || dials.Load() != row.dials {
			t.Errorf("%s: %d dials, %v", row.name, dials.Load(), err)
		}
		cancel()
	}
	srv := newServer(t, true, echo)
	var asked []client.Attempt
	s := newSession(t, &client.Options{Retry: client.Retry{Count: 3, On: func(a client.Attempt) bool { asked = append(asked, a); return a.Number < 2 }}})
	_, err := s.Get(t.Context(), srv.url, nil) // its certificate is nobody's
	if !errors.Is(err, client.ErrCertificate) || len(asked) != 2 || asked[0].Retryable || asked[0].Err.Kind != client.ErrCertificate || asked[1].Number != 2 {
		t.Errorf("certificate: %v, asked %+v", err, asked)
	}
	if asked[0].Method != "GET" || strings.TrimSuffix(asked[0].URL, "/") != srv.url || asked[0].Response != nil {
		t.Errorf("%+v", asked[0])
	}
}

func testRetryMethods(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "QUERY"} {
		for _, non := range []bool{false, true} {
			again := method != "POST" && method != "PATCH" && method != "QUERY" || non
			for _, answer := range []string{busy, hang} {
				n := 1
				if again {
					n = 2
				}
				o := client.Options{Retry: client.Retry{Count: 1, NonIdempotent: non}}
				attempts(t, o, []string{answer, "HTTP/1.1 204 x\r\n\r\n"}, make([]time.Duration, n), func(t *testing.T, s *client.Session) {
					r, err := s.Do(t.Context(), method, "http://a.test/", nil)
					if done := err == nil && r.StatusCode == 204; done != again {
						t.Errorf("%s, NonIdempotent %t, %.12q: %v, %v", method, non, answer, r, err)
					}
					if err == nil {
						r.Close()
					}
				})
			}
		}
	}
}

func testRetryBodies(t *testing.T) {
	file := func() *client.Call {
		f := strings.NewReader("skip hello")
		f.Seek(5, io.SeekStart)
		return &client.Call{Body: seekable{f}}
	}
	for _, row := range []struct {
		name string
		call *client.Call
		ok   bool
	}{
		{"memory", &client.Call{Bytes: []byte("hello")}, true}, {"from where it stood", file(), true},
		{"GetBody", &client.Call{Body: io.MultiReader(strings.NewReader("hello")), GetBody: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("hello")), nil
		}}, true},
		{"one-shot", &client.Call{Body: io.MultiReader(strings.NewReader("hello"))}, false},
	} {
		url, count := flaky(t, 1, hangUp)
		r, err := newSession(t, &client.Options{Retry: client.Retry{Count: 1}}).Put(t.Context(), url, row.call)
		if !row.ok {
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != client.ErrBodyNotReplayable || int(e.Code) != 65 || !errors.Is(err, client.ErrEmptyReply) || count.Load() != 1 {
				t.Errorf("%s: %v, want the first failure, too", row.name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if text, err := r.Text(); text != "PUT hello" || err != nil || count.Load() != 2 || r.Info.Attempts != 2 {
			t.Errorf("%s: %q, %v", row.name, text, err)
		}
	}
}

func testRetryHeadOnly(t *testing.T) {
	o := client.Options{Retry: client.Retry{Count: 5, NonIdempotent: true}}
	attempts(t, o, []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n"}, make([]time.Duration, 1), func(t *testing.T, s *client.Session) {
		r, err := s.Get(t.Context(), "http://a.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := r.Bytes(); string(b) != "abc" || !errors.Is(err, client.ErrProtocol) {
			t.Errorf("%q, %v", b, err)
		}
	})
}

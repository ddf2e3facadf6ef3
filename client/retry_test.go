package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetryDelays: how the pause grows.
func TestRetryDelays(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		r      Retry
		random float64
		want   [4]time.Duration
	}{
		{"RETRY-04 linear", Retry{Delay: time.Second}, 0, [4]time.Duration{1e9, 2e9, 3e9, 4e9}},
		{"RETRY-04 exponential", Retry{Delay: time.Second, Backoff: Exponential}, 0, [4]time.Duration{1e9, 2e9, 4e9, 8e9}},
		{"RETRY-04 jitter", Retry{Delay: time.Second, Jitter: time.Second}, 0.5, [4]time.Duration{15e8, 25e8, 35e8, 45e8}},
		{"RETRY-04 bound", Retry{Delay: time.Second, Backoff: Exponential, MaxDelay: 3 * time.Second}, 0, [4]time.Duration{1e9, 2e9, 3e9, 3e9}},
		{"no delay", Retry{}, 1, [4]time.Duration{}},
	} {
		for k, want := range row.want {
			if got := row.r.delay(k+1, row.random); got != want {
				t.Errorf("%s, retry %d: %v, want %v", row.name, k+1, got, want)
			}
		}
	}
	if d := (&Retry{Delay: time.Hour, Backoff: Exponential}).delay(1000, 0); d <= 0 {
		t.Errorf("after 1000 retries the pause is %v", d)
	}
}

// TestRetryAfter: seconds and dates; what is neither is no pause.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"0", 0, true}, {"120", 2 * time.Minute, true}, {"Thu, 26 Nov 2026 12:01:00 GMT", time.Minute, true},
		{"Thu, 26 Nov 2026 11:00:00 GMT", 0, true}, {"-1", 0, false}, {"", 0, false}, {"1.5", 0, false}, {"99999999999999999999", 0, false},
	} {
		if got, ok := retryAfter(row.value, now); got != row.want || ok != row.ok {
			t.Errorf("%q: %v, %t", row.value, got, ok)
		}
	}
}

// TestRetryValidate: each field that is wrong is named.
func TestRetryValidate(t *testing.T) {
	t.Parallel()
	err := (&Retry{Count: -1, Delay: -1, MaxDelay: -1, Jitter: -1, Backoff: 7}).validate()
	for _, name := range []string{"Retry.Count", "Retry.Delay", "Retry.MaxDelay", "Retry.Jitter", "Retry.Backoff"} {
		if err == nil || !errors.Is(err, ErrInvalidRequest) || !strings.Contains(err.Error(), name) {
			t.Errorf("RETRY-02: %s is not named by %v", name, err)
		}
	}
	if err := (&Retry{Count: 3, Delay: 1, Backoff: Exponential}).validate(); err != nil {
		t.Error(err)
	}
}

// TestPause: a pause lasts as long as it should, ends with the context, and does not begin when a deadline comes first.
func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := sleep(t.Context(), time.Minute, nil); err != nil || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		boom := errors.New("boom")
		time.AfterFunc(time.Second, func() { cancel(boom) })
		start = time.Now()
		if err := sleep(ctx, time.Minute, nil); !errors.Is(err, boom) || time.Since(start) != time.Second {
			t.Errorf("RETRY-09: %v after %v", err, time.Since(start))
		}
		late, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := tooLate(late, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("RETRY-09: %v", err)
		}
		if err := errors.Join(tooLate(late, time.Second), tooLate(t.Context(), time.Hour)); err != nil {
			t.Errorf("RETRY-09: %v", err)
		}
	})
}

// TestRetryable: which failures are worth another attempt.
func TestRetryable(t *testing.T) {
	t.Parallel()
	failed := func(k *Kind) *Error { return newError("GET", nil, &fault{k, fmt.Errorf("x")}) }
	for _, row := range []struct {
		name   string
		a      Attempt
		always bool // also with NonIdempotent unset
		any    bool // with NonIdempotent set
	}{
		{"503", Attempt{Method: "GET", Response: &Response{StatusCode: 503}}, true, true},
		{"429", Attempt{Method: "PUT", Response: &Response{StatusCode: 429}}, true, true},
		{"RETRY-06 503", Attempt{Method: "POST", Response: &Response{StatusCode: 503}}, false, true},
		{"RETRY-05 500", Attempt{Method: "GET", Response: &Response{StatusCode: 500}}, false, false},
		{"RETRY-05 404", Attempt{Method: "GET", Response: &Response{StatusCode: 404}}, false, false},
		{"RETRY-05 connect", Attempt{Method: "POST", Err: failed(ErrConnect)}, true, true},
		{"RETRY-05 DNS", Attempt{Method: "POST", Err: failed(ErrDNS)}, true, true},
		{"RETRY-05 connect timeout", Attempt{Method: "POST", Err: failed(ErrConnectTimeout)}, true, true},
		{"RETRY-05 certificate", Attempt{Method: "GET", Err: failed(ErrCertificate)}, false, false},
		{"RETRY-05 negotiation", Attempt{Method: "GET", Err: failed(ErrNegotiation)}, false, false},
		{"RETRY-05 internal", Attempt{Method: "GET", Err: failed(ErrInternalAddress)}, false, false},
		{"RETRY-05 profile", Attempt{Method: "GET", Err: failed(ErrImpersonate)}, false, false},
		{"RETRY-05 redirects", Attempt{Method: "GET", Err: failed(ErrTooManyRedirects)}, false, false},
		{"RETRY-05 cancelled", Attempt{Method: "GET", Err: failed(ErrCanceled)}, false, false},
		{"RETRY-06 timeout", Attempt{Method: "POST", Err: failed(ErrReadTimeout)}, false, true},
		{"RETRY-05 timeout", Attempt{Method: "DELETE", Err: failed(ErrReadTimeout)}, true, true},
		{"RETRY-05 empty reply", Attempt{Method: "GET", Err: failed(ErrEmptyReply)}, true, true},
		{"RETRY-05 protocol", Attempt{Method: "GET", Err: failed(ErrProtocol)}, false, false},
	} {
		for _, non := range []bool{false, true} {
			want := row.always
			if non {
				want = row.any
			}
			if got := (&Retry{NonIdempotent: non}).retryable(&row.a); got != want {
				t.Errorf("%s, NonIdempotent %t: %t", row.name, non, got)
			}
		}
	}
}

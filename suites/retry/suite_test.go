package retry_test

import (
	"testing"

	"github.com/wirelike/wirelike/suites/nethttp"
	"github.com/wirelike/wirelike/suites/retry"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
	"github.com/wirelike/wirelike/suites/wirelike"
)

// subjects are the clients that the suite is run for.
var subjects = map[string]subject.Adapter{
	"": wirelike.Adapter{}, "net/http": nethttp.Adapter{},
	"chromium156": wirelike.As("chromium156"), "firefox153_linux": wirelike.As("firefox153_linux"),
}

func TestRetry(t *testing.T) { retry.Run(t, subjects[runner.Subject()]) }

// TestBrowsers: all holds for browsers, too.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	for _, browser := range []string{"chromium156", "firefox153_linux"} {
		t.Run(browser, func(t *testing.T) {
			t.Parallel()
			runner.WantPassing(t, "TestRetry", browser, nil)
		})
	}
}

// TestNetHTTP: net/http retries nothing but what it does by itself, so that most is skipped, and for fewer methods.
func TestNetHTTP(t *testing.T) {
	t.Parallel()
	runner.WantFailing(t, "TestRetry", "net/http", []runner.Failing{
		{ID: "RETRY-10", Part: "PUT", Reason: "PUT and DELETE are not made again although they are idempotent (RFC 9110 §9.2.2); it may leave that to its caller"},
	})
}

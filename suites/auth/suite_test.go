package auth_test

import (
	"testing"

	"github.com/wirelike/wirelike/suites/auth"
	"github.com/wirelike/wirelike/suites/nethttp"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
	"github.com/wirelike/wirelike/suites/wirelike"
)

// subjects are the clients that the suite is run for.
var subjects = map[string]subject.Adapter{
	"": wirelike.Adapter{}, "net/http": nethttp.Adapter{}, "chromium156": wirelike.As("chromium156"), "firefox153_linux": wirelike.As("firefox153_linux"),
}

func TestAuth(t *testing.T) { auth.Run(t, subjects[runner.Subject()]) }

// TestBrowsers: all holds for browsers, too.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	for _, browser := range []string{"chromium156", "firefox153_linux"} {
		t.Run(browser, func(t *testing.T) {
			t.Parallel()
			runner.WantPassing(t, "TestAuth", browser, nil)
		})
	}
}

// TestSuiteFails: what net/http does otherwise is found. The reasons say who is right.
func TestSuiteFails(t *testing.T) {
	runner.WantFailing(t, "TestAuth", "net/http", []runner.Failing{
		{ID: "AUTH-02", Part: "the response's URL", Reason: "shows the password of the URL; RFC 9110 §4.2.4 warns of it"},
		{ID: "AUTH-04", Part: "status 200, want an error", Reason: "sends a user with a colon, which the server reads as another user; RFC 7617 §2"},
		{ID: "REDIR-12", Part: "basic at https://localhost", Reason: "another port of a host is no other origin for it; Fetch §4.4"},
	})
}

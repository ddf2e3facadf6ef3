package auth_test

import (
	"testing"

	"github.com/wirelike/wirelike/suites/auth"
	"github.com/wirelike/wirelike/suites/nethttp"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/wirelike"
)

func TestAuth(t *testing.T) {
	if runner.Subject() == "net/http" {
		auth.Run(t, nethttp.Adapter{})
		return
	}
	auth.Run(t, wirelike.Adapter{})
}

// TestSuiteFails: what net/http does otherwise is found. The reasons say who is right.
func TestSuiteFails(t *testing.T) {
	runner.WantFailing(t, "TestAuth", "net/http", []runner.Failing{
		{ID: "AUTH-02", Part: "the response's URL", Reason: "shows the password of the URL; RFC 9110 §4.2.4 warns of it"},
		{ID: "AUTH-04", Part: "status 200, want an error", Reason: "sends a user with a colon, which the server reads as another user; RFC 7617 §2"},
		{ID: "REDIR-12", Part: "basic at https://localhost", Reason: "another port of a host is no other origin for it; Fetch §4.4"},
	})
}

package redirects_test

import (
	"testing"

	"github.com/wirelike/wirelike/suites/nethttp"
	"github.com/wirelike/wirelike/suites/redirects"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
	"github.com/wirelike/wirelike/suites/wirelike"
)

// subjects are the clients that the suite is run for.
var subjects = map[string]subject.Adapter{
	"": wirelike.Adapter{}, "net/http": nethttp.Adapter{}, "chromium156": wirelike.As("chromium156"), "firefox153_linux": wirelike.As("firefox153_linux"),
}

func TestRedirects(t *testing.T) { redirects.Run(t, subjects[runner.Subject()]) }

// TestBrowsers: all holds for browsers, too.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	for _, browser := range []string{"chromium156", "firefox153_linux"} {
		t.Run(browser, func(t *testing.T) {
			t.Parallel()
			runner.WantPassing(t, "TestRedirects", browser, nil)
		})
	}
}

// TestSuiteFails: what net/http does otherwise is found. The reasons say who is right.
func TestSuiteFails(t *testing.T) {
	const method = "<string>: GET\nto equal\n    <string>: "
	runner.WantFailing(t, "TestRedirects", "net/http", []runner.Failing{
		{ID: "REDIR-02", Part: "n=30: too-many-redirects", Reason: "follows 10 by itself; Fetch §4.4 allows 20, curl_cffi 30: a choice"},
		{ID: "REDIR-04", Part: "status 200", Reason: "takes the first of two Locations; RFC 9110 §10.2.2 has one"},
		{ID: "REDIR-06", Part: method + "PUT", Reason: "any method but HEAD becomes GET; Fetch §4.4 changes POST only"},
		{ID: "REDIR-06", Part: method + "PATCH", Reason: "the same"},
		{ID: "REDIR-06", Part: method + "DELETE", Reason: "the same"},
		{ID: "REDIR-06", Part: method + "QUERY", Reason: "the same"},
		{ID: "REDIR-06", Part: "length of the body", Reason: "a GET loses its body; Fetch §4.4 takes it away with the method only"},
		{ID: "REDIR-11", Part: "status 307, want an error", Reason: "returns the redirect instead of an error, so that nobody notices"},
		{ID: "REDIR-12", Part: "Authorization at another origin", Reason: "another port of a host is none for it; Fetch §4.4 goes by origins"},
		{ID: "REDIR-12", Part: "a=1", Reason: "the same with Cookie"},
		{ID: "REDIR-13", Part: "X-Api-Key at another origin", Reason: "knows no names but a few; ours is the safe choice"},
		{ID: "REDIR-13", Part: "Proxy-Authorization at another origin", Reason: "the same; RFC 9110 §11.7.2 has it for the next proxy only"},
		{ID: "REDIR-14", Part: "secret", Reason: "its URL shows the credentials"},
		{ID: "REDIR-14", Part: "dXNlcjpzZWNyZXQ", Reason: "what a Location brings is sent with the hops behind it, too"},
		{ID: "REDIR-16", Part: "note=a%20b", Reason: "sends blanks in a query as they are; WHATWG URL §4.4 encodes them"},
		{ID: "REDIR-16", Part: "note=%E9", Reason: "sends bytes in a query as they are; WHATWG URL §4.4"},
		{ID: "REDIR-16", Part: "note=%C3%A9", Reason: "the same"},
		{ID: "REDIR-17", Part: "#mine", Reason: "loses the fragment; RFC 9110 §10.2.2"},
		{ID: "REDIR-23", Part: "n=1", Reason: "says where it comes from; a browser has no referrer for an address that was typed in"},
	})
}

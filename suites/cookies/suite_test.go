package cookies_test

import (
	"testing"

	"github.com/wirelike/wirelike/suites/cookies"
	"github.com/wirelike/wirelike/suites/nethttp"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
	"github.com/wirelike/wirelike/suites/wirelike"
)

// subjects are the clients that the suite is run for.
var subjects = map[string]subject.Adapter{
	"": wirelike.Adapter{}, "net/http": nethttp.Adapter{}, "chromium156": wirelike.As("chromium156"), "firefox153_linux": wirelike.As("firefox153_linux"),
}

func TestCookies(t *testing.T) { cookies.Run(t, subjects[runner.Subject()]) }

// TestBrowsers: what a script of a page may do with cookies is asked of them only, and they send no cookies over plain http but to their own machine.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	for _, browser := range []string{"chromium156", "firefox153_linux"} {
		t.Run(browser, func(t *testing.T) {
			t.Parallel()
			runner.WantPassing(t, "TestCookies", browser, map[string]int{
				"the client does not support http to another host, as " + browser: 6, "the client does not support Config.Neutral as " + browser: 1,
			})
		})
	}
}

// TestSuiteFails: what net/http with its jar does otherwise is found, and is its doing: RFC 6265bis is with the specs.
func TestSuiteFails(t *testing.T) {
	runner.WantFailing(t, "TestCookies", "net/http", []runner.Failing{
		{ID: "COOKIE-18", Part: "x=own; x=1; y=2", Reason: "what a call adds stands beside the jar's, and before it; ours is curl_cffi's way"},
		{ID: "COOKIE-22", Part: "x y,z(w)", Reason: "puts values with blanks and commas in quotes; §5.8.3 sends them as they were set"},
		{ID: "COOKIE-23", Part: "to equal\n    <string>: a=\\\"x", Reason: "reads no backslash; §5.6 has user agents read what servers must not send"},
		{ID: "COOKIE-25", Part: "<string>: y=2", Reason: "cookies of the Host field; §5.8.3 has those of the request's URL"},
		{ID: "COOKIE-27", Part: "z=3; x=1", Reason: "the jar's stand beside the caller's own; ours is what the caller wrote"},
		{ID: "COOKIE-40", Part: "(4103 bytes)", Reason: "has no limit; §5.6 has 4096 bytes"},
		{ID: "COOKIE-41", Part: "to equal\n    <string>: a b=1; c=2", Reason: "reads no name but tokens; §5.6"},
		{ID: "COOKIE-41", Part: "to equal\n    <string>: a=x", Reason: "reads no backslash and no quote; §5.6"},
		{ID: "COOKIE-41", Part: "to equal\n    <string>: a=é; c=2", Reason: "reads no bytes beyond ASCII; §5.6"},
		{ID: "COOKIE-43", Part: "wirelike.co.uk", Reason: "knows public suffixes only if it is given a list, which is not in the standard library; §5.7"},
		{ID: "COOKIE-43", Part: "other.co.uk", Reason: "the same, and so a site can set cookies for its neighbours"},
		{ID: "COOKIE-44", Part: "<string>: a=1; b=2\nto equal\n    <string>: b=2", Reason: "reads dates of four forms only; §5.1.1"},
		{ID: "COOKIE-46", Part: "<string>: a=1\nto equal", Reason: "takes Secure over http; §5.7"},
		{ID: "COOKIE-47", Part: "__Secure-a=1; c=3", Reason: "knows no prefixes; §5.7"},
		{ID: "COOKIE-47", Part: "__Host-a=1; c=3", Reason: "knows no prefixes; §5.7"},
		{ID: "COOKIE-47", Part: "__host-a=1; c=3", Reason: "knows no prefixes; §5.7, whatever their case"},
		{ID: "COOKIE-50", Part: "<string>: x=2", Reason: "takes the place of the Secure one; §5.7"},
		{ID: "COOKIE-50", Part: "<string>: x=2; x=1", Reason: "stands before the Secure one; §5.7"},
		{ID: "COOKIE-51", Part: "<string>: a=2\nto equal", Reason: "the host-only-flag does not tell cookies apart; §5.7"},
	})
}

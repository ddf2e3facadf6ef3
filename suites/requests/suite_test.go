package requests_test

import (
	"testing"

	"github.com/wirelike/wirelike/suites/nethttp"
	"github.com/wirelike/wirelike/suites/requests"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
	"github.com/wirelike/wirelike/suites/wirelike"
)

// subjects are the clients that the suite is run for.
var subjects = map[string]subject.Adapter{
	"": wirelike.Adapter{}, "net/http": nethttp.Adapter{},
	"chromium156": wirelike.As("chromium156"), "firefox153_linux": wirelike.As("firefox153_linux"),
}

func TestRequests(t *testing.T) { requests.Run(t, subjects[runner.Subject()]) }

// TestBrowsers: what is sent without a browser is not asked of them.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	for _, browser := range []string{"chromium156", "firefox153_linux"} {
		t.Run(browser, func(t *testing.T) {
			t.Parallel()
			runner.WantPassing(t, "TestRequests", browser, map[string]int{"the client does not support Config.Neutral as " + browser: 2})
		})
	}
}

// TestNetHTTP: the suite can fail, and what it says of net/http is known.
func TestNetHTTP(t *testing.T) {
	t.Parallel()
	runner.WantFailing(t, "TestRequests", "net/http", netHTTP)
}

// netHTTP are the specs that net/http fails. Where nothing is said of who is right, the client is within its rights: the suite asks for more.
var netHTTP = []runner.Failing{
	runner.Known("REQ-01", "405", "methods are sent as they are written; methods have case (RFC 9110 §9.1), but nobody means another one by get"),
	runner.Known("REQ-01", "to equal", "the same"),
	runner.Known("REQ-08", "the body", "json.Marshal escapes for HTML, also what is made already"),
	runner.Known("REQ-09", "the body", "url.Values sorts the fields; the order is the form's (WHATWG HTML §4.10.22.4)"),
	runner.Known("REQ-14", "the missing elements", "a file is not measured"),
	runner.Known("REQ-15", "want an error", "a body that is too short is only an error of the server's over HTTP/2: RFC 9113 §8.1.1 calls such a request malformed"),
	runner.Known("REQ-17", "invalid", "the body of a request that cannot be made stays open"),
	runner.Known("REQ-20", "POST", "bytes have no Content-Type; RFC 9110 §8.3 wants one that is known, and application/octet-stream is what it may be taken for"),
	runner.Known("REQ-25", "the missing elements", "an empty User-Agent is none"),
	runner.Known("REQ-26", "http/1.1", "fields are sorted"),
	runner.Known("REQ-27", "the missing elements", "names are in canonical form"),
	runner.Known("REQ-38", "at another origin", "a field of the caller's goes along whole; Referrer Policy §8.3 has strict-origin-when-cross-origin"),
	runner.Known("REQ-51", "xn--EXMPLE-xna", "capitals of other letters are not mapped; UTS 46 and WHATWG URL §3.5 are right"),
	runner.Known("REQ-52", "invalid port", "a port that is none is found when it is dialled"),
	runner.Known("RESP-03", "HTTP/2 has none", "a reason is made up for HTTP/2, which has none (RFC 9113 §8.3.2)"),
	runner.Known("RESP-06", "status 200", "a name with a blank in it is read; RFC 9110 §5.1 wants a token"),
	runner.Known("RESP-29", "gzip", "with an Accept-Encoding of the caller's nothing is undone, without one only gzip"),
	runner.Known("RESP-29", "deflate,gzip", "several codings are not undone"),
	runner.Known("RESP-29", "content", "x-gzip is not gzip; RFC 9110 §8.4.1.3 is right"),
	runner.Known("RESP-30", "want an error", "codings that are unknown are left as they are"),
	runner.Known("RESP-31", "invalid header", "what follows gzip is an error; browsers pass over it"),
	runner.Known("RESP-31", "want an error", "br and zstd are not undone"),
	runner.Known("RESP-40", "to have suffix", "a byte beyond ASCII in a Location becomes U+FFFD; WHATWG URL and RFC 3986 §2.1 escape it"),
}

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
var subjects = map[string]subject.Adapter{"": wirelike.Adapter{}, "net/http": nethttp.Adapter{}}

func TestRequests(t *testing.T) { requests.Run(t, subjects[runner.Subject()]) }

// TestNetHTTP: the suite can fail, and what it says of net/http is known.
func TestNetHTTP(t *testing.T) {
	t.Parallel()
	runner.WantFailing(t, "TestRequests", "net/http", nil)
}

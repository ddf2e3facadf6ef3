// Package cookies is the suite of what a client keeps of the cookies that servers set, and what it sends of them, by RFC 6265bis.
// Its specs are named by the rows COOKIE of docs/behaviours.md. Where clients of good standing differ without either being wrong,
// as curl and browsers do about quotes around a Path, there is no spec; docs/cookies-redirects.md lists such cases.
//
// Importing it registers nothing: the specs are made by [Specs], which [Run] calls.
package cookies

import (
	"testing"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// Specs makes the specs for the client of an adapter. It must be called while Ginkgo builds its tree, and makes nothing but
// containers and specs.
func Specs(a subject.Adapter) {
	runner.Describe("cookies", a, settings(), hops, calls, clocks, scripts())
}

// Run runs the suite as one test. A suite in which no spec ran fails; a process can run one suite.
func Run(t *testing.T, a subject.Adapter) {
	t.Helper()
	runner.Run(t, "cookies", func() { Specs(a) })
}

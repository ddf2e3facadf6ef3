// Package redirects is the suite of how a client follows redirects: which, with what method and body, where to, and what goes along
// to another origin, by the Fetch standard and RFC 9110. Its specs are named by the rows REDIR of docs/behaviours.md.
//
// Importing it registers nothing: the specs are made by [Specs], which [Run] calls.
package redirects

import (
	"testing"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// Specs makes the specs for the client of an adapter. It must be called while Ginkgo builds its tree, and makes nothing but
// containers and specs.
func Specs(a subject.Adapter) {
	runner.Describe("redirects", a, methods(), bodies, targets(), origins, limits, internals)
}

// Run runs the suite as one test. A suite in which no spec ran fails; a process can run one suite.
func Run(t *testing.T, a subject.Adapter) {
	t.Helper()
	runner.Run(t, "redirects", func() { Specs(a) })
}

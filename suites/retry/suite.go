// Package retry is the suite of requests that are made again: how often, after which pause, which of them, and with which body. Its
// specs are named by the rows RETRY of docs/behaviours.md. Pauses are of milliseconds, and only their least length is looked at.
//
// Importing it registers nothing: the specs are made by [Specs], which [Run] calls.
package retry

import (
	"testing"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// Specs makes the specs for the client of an adapter. It must be called while Ginkgo builds its tree, and makes nothing but
// containers and specs.
func Specs(a subject.Adapter) {
	runner.Describe("retry", a, numbers, pauses, choices, repeats)
}

// Run runs the suite as one test. A suite in which no spec ran fails; a process can run one suite.
func Run(t *testing.T, a subject.Adapter) {
	t.Helper()
	runner.Run(t, "retry", func() { Specs(a) })
}

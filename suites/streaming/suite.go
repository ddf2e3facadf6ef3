// Package streaming is the suite of bodies that come and go piece by piece: when a call returns, where errors show, what a slow reader
// does to the server, and what an early end costs. Its specs are named by the rows STREAM of docs/behaviours.md, and those rows RESP and
// REQ that are about the same.
//
// Importing it registers nothing: the specs are made by [Specs], which [Run] calls.
package streaming

import (
	"testing"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// Specs makes the specs for the client of an adapter. It must be called while Ginkgo builds its tree, and makes nothing but
// containers and specs.
func Specs(a subject.Adapter) {
	runner.Describe("streaming", a, downloads, ends, uploads, sinks)
}

// Run runs the suite as one test. A suite in which no spec ran fails; a process can run one suite.
func Run(t *testing.T, a subject.Adapter) {
	t.Helper()
	runner.Run(t, "streaming", func() { Specs(a) })
}

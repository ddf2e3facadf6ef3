// Package requests is the suite of what a client makes of a call and of its response: methods, URLs, fields, bodies; status,
// fields, text, codings, failures. Its specs are named by the rows REQ and RESP of docs/behaviours.md.
//
// Importing it registers nothing: the specs are made by [Specs], which [Run] calls.
package requests

import (
	"testing"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// Specs makes the specs for the client of an adapter. It must be called while Ginkgo builds its tree, and makes nothing but
// containers and specs.
func Specs(a subject.Adapter) {
	runner.Describe("requests", a, methods, bodies, types, fields, urls, forms, responses, contents, codings, failures)
}

// Run runs the suite as one test. A suite in which no spec ran fails; a process can run one suite.
func Run(t *testing.T, a subject.Adapter) {
	t.Helper()
	runner.Run(t, "requests", func() { Specs(a) })
}

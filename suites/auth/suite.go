// Package auth is the suite of credentials: Basic (RFC 7617), Bearer (RFC 6750) and Digest (RFC 7616), where they go and where not.
// Its specs are named by the rows AUTH of docs/behaviours.md.
//
// Importing it registers nothing: the specs are made by [Specs], which [Run] calls.
package auth

import (
	"testing"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// Specs makes the specs for the client of an adapter. It must be called while Ginkgo builds its tree, and makes nothing but
// containers and specs.
func Specs(a subject.Adapter) {
	runner.Describe("auth", a, basics, scopes, digests())
}

// Run runs the suite as one test. A suite in which no spec ran fails; a process can run one suite.
func Run(t *testing.T, a subject.Adapter) {
	t.Helper()
	runner.Run(t, "auth", func() { Specs(a) })
}

// Package runner runs the suites with Ginkgo and has what their specs share: servers, clients, and what is looked at. Authors of
// adapters need it not: they call the Run of each suite.
package runner

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/subject"
)

// SpecTimeout is how long one spec may take, its servers included.
const SpecTimeout = 20 * time.Second

// Spec is one behaviour that a client is tried for.
type Spec struct {
	// ID is the row of docs/behaviours.md that it belongs to; several specs may have one.
	ID string
	// Text says what holds, in the present tense.
	Text string
	// Body fails the spec by Ginkgo's or Gomega's means.
	Body func(*Trial)
}

// It returns a Spec, so that tables of them are short.
func It(id, text string, body func(*Trial)) Spec { return Spec{id, text, body} }

// Describe makes a container with the specs, each named by its ID and text, for the client of an adapter. It must be called
// while Ginkgo builds its tree.
func Describe(name string, a subject.Adapter, specs ...[]Spec) {
	ginkgo.Describe(name, func() {
		for _, s := range slices.Concat(specs...) {
			ginkgo.It(s.ID+" "+s.Text, func(ctx ginkgo.SpecContext) { s.Body(newTrial(ctx, a)) }, ginkgo.NodeTimeout(SpecTimeout))
		}
	})
}

// Run runs the suite that specs builds, as one test. A suite in which no spec ran fails; those that were skipped are counted, with
// their reasons, in the output of the test. Ginkgo runs one suite in a process: a second Run in it fails.
func Run(t *testing.T, name string, specs func()) {
	t.Helper()
	gomega.RegisterFailHandler(ginkgo.Fail)
	specs()
	ran := 0
	skipped := map[string]int{}
	ginkgo.ReportAfterEach(func(r ginkgo.SpecReport) {
		switch {
		case !r.State.Is(types.SpecStateSkipped | types.SpecStatePending):
			ran++
		case r.State == types.SpecStateSkipped && r.Failure.Message != "":
			skipped[r.Failure.Message]++
		}
	})
	ginkgo.RunSpecs(t, name)
	if len(skipped) > 0 {
		t.Log(tell(skipped))
	}
	if ran == 0 {
		t.Error("no spec ran: a suite of nothing cannot fail")
	}
}

// tell counts what was skipped, reason by reason.
func tell(skipped map[string]int) string {
	sum := 0
	var lines []string
	for reason, n := range skipped {
		sum += n
		lines = append(lines, fmt.Sprintf("%4d × %s", n, reason))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d specs skipped:\n%s", sum, strings.Join(lines, "\n"))
}

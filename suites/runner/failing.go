package runner

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/types"
)

// subjectEnv names the client that a test shall run its suite for.
const subjectEnv = "WIRELIKE_SUITE_SUBJECT"

// Subject returns the name of the client that the running process tries a suite with; see [WantFailing]. Empty: the usual one.
func Subject() string { return os.Getenv(subjectEnv) }

// Failing is a spec that a client fails.
type Failing struct {
	// ID is the row of the spec.
	ID string
	// Part is in the text of its failure.
	Part string
	// Reason says what the client does, and who is right.
	Reason string
}

// Known returns a Failing, so that tables of them are short.
func Known(id, part, reason string) Failing { return Failing{id, part, reason} }

// WantFailing runs a test of the running binary, which runs a suite, in a process of its own for another client: the one that
// [Subject] is the name of there. It wants exactly the given specs to fail, so that a suite that cannot fail is found, and one
// that another client passes by now, too. The test must have run others, and may skip some.
func WantFailing(t *testing.T, test, subject string, want []Failing) {
	t.Helper()
	specs := elsewhere(t, test, subject)
	unseen := slices.Clone(want)
	passed := 0
	for _, s := range specs {
		if s.State == types.SpecStatePassed {
			passed++
		}
		if !s.State.Is(types.SpecStateFailureStates) {
			continue
		}
		id, _, _ := strings.Cut(s.LeafNodeText, " ")
		matches := func(f Failing) bool { return f.ID == id && strings.Contains(s.Failure.Message, f.Part) }
		if !slices.ContainsFunc(want, matches) {
			t.Errorf("%s fails with %s: %s", s.LeafNodeText, subject, s.Failure.Message)
		}
		unseen = slices.DeleteFunc(unseen, matches)
	}
	for _, f := range unseen {
		t.Errorf("%s does not fail with %s because of %q (%s)", f.ID, subject, f.Part, f.Reason)
	}
	if passed == 0 {
		t.Errorf("%s passes nothing of %s", subject, test)
	}
}

// WantPassing runs a test as [WantFailing] does and wants no spec to fail and exactly those to be skipped that are counted, by the
// reason: a client that supports less than it did fails nothing else.
func WantPassing(t *testing.T, test, subject string, skipped map[string]int) {
	t.Helper()
	got := map[string]int{}
	passed := 0
	for _, s := range elsewhere(t, test, subject) {
		switch {
		case s.LeafNodeType != types.NodeTypeIt:
		case s.State == types.SpecStatePassed:
			passed++
		case s.State == types.SpecStateSkipped:
			got[s.Failure.Message]++
		default:
			t.Errorf("%s fails with %s: %s", s.LeafNodeText, subject, s.Failure.Message)
		}
	}
	if passed == 0 {
		t.Errorf("%s passes nothing of %s", subject, test)
	}
	if !maps.Equal(got, skipped) {
		t.Errorf("skipped with %s:\n%s\nwant\n%s", subject, tell(got), tell(skipped))
	}
}

// WantPeer skips the test where a program is missing; with WIRELIKE_REQUIRE_PEERS=1 that is a failure.
func WantPeer(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("WIRELIKE_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skipf("%v", err)
	}
}

// elsewhere runs the test in another process and returns what became of its specs.
func elsewhere(t *testing.T, test, subject string) types.SpecReports {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.CommandContext(t.Context(), os.Args[0], fmt.Sprintf("-test.run=^%s$", test), "-ginkgo.json-report="+file)
	cmd.Env = append(os.Environ(), subjectEnv+"="+subject)
	out, err := cmd.CombinedOutput()
	data, readErr := os.ReadFile(file)
	var reports []types.Report
	if readErr != nil || json.Unmarshal(data, &reports) != nil || len(reports) != 1 {
		t.Fatalf("no report of %s with %s: %v, %v\n%s", test, subject, err, readErr, out)
	}
	return reports[0].SpecReports
}

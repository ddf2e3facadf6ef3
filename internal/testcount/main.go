// Command testcount reads the output of go test -json, tells it in words and closes with a count:
//
//	go test -json ./... | go run ./internal/testcount
//
// It prints one line for each package, the output of each test that failed, the reason of each test that was skipped,
// what passed with the word "DRIFT: " in its output, one line for each test that logged scores ("mutants N, killed N", itself
// or its subtests), and at last the line "N passed, N failed, N skipped", which counts tests with their subtests. A package that failed
// although none of its tests did (it does not build, a test ended the process) counts as one failure. The exit status
// is 1 if something failed, or if nothing passed: a run of no tests proves nothing.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	os.Exit(run(os.Stdin, os.Stdout, os.Stderr))
}

func run(in io.Reader, out, errs io.Writer) int {
	c := &counter{out: out, packages: map[string]*pkg{}}
	err := c.read(in)
	if err != nil {
		fmt.Fprintln(errs, "testcount:", err)
		c.failed++
	}
	c.finish()
	for _, s := range c.scores {
		c.print(fmt.Sprintf("SCORE %s: mutants %d, killed %d; parts %d, smallest %d\n", s.test, s.mutants, s.killed, s.lines, s.smallest))
	}
	if _, err := fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", c.passed, c.failed, c.skipped); err != nil {
		return 1
	}
	if c.failed > 0 || c.passed == 0 {
		return 1
	}
	return 0
}

// event is one line of go test -json; see go doc test2json, and "build-output" in go help buildjson.
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string
}

// pkg is what is still to be told about a package under test.
type pkg struct {
	failed int
	output map[string][]string // by test, "" for the package itself; of tests that have not passed
}

type counter struct {
	out                     io.Writer
	passed, failed, skipped int
	packages                map[string]*pkg // those that have not ended
	scores                  []score         // in the order of their first lines
}

// score sums up the lines "mutants N, killed N" of a test and its subtests.
type score struct {
	test                             string // with its package
	lines, mutants, killed, smallest int
}

func (c *counter) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			c.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *counter) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		c.print(string(line)) // of the go command itself
		return
	}
	if e.Package == "" { // of a build
		if e.Action == "build-output" {
			c.print(e.Output)
		}
		return
	}
	p := c.packages[e.Package]
	if p == nil {
		p = &pkg{output: map[string][]string{}}
		c.packages[e.Package] = p
	}
	switch {
	case e.Action == "output":
		p.output[e.Test] = append(p.output[e.Test], e.Output)
		c.score(e)
	case e.Test != "":
		c.test(p, e)
	case e.Action == "pass" || e.Action == "fail" || e.Action == "skip":
		c.pkg(p, e)
	}
}

// test counts a test that has ended.
func (c *counter) test(p *pkg, e event) {
	switch e.Action {
	case "pass":
		c.passed++
		for _, line := range p.output[e.Test] {
			if strings.Contains(line, "DRIFT: ") { // a browser that has moved on, see golden
				c.print(line)
			}
		}
	case "fail":
		c.failed++
		p.failed++
		c.print(p.output[e.Test]...)
	case "skip":
		c.skipped++
		c.print(fmt.Sprintf("SKIP %s %s: %s\n", e.Package, e.Test, reason(p.output[e.Test])))
	default:
		return // run, pause, cont, bench
	}
	delete(p.output, e.Test)
}

// score counts a line of output that is one.
func (c *counter) score(e event) {
	_, text, found := strings.Cut(e.Output, "mutants ")
	var mutants, killed int
	if n, _ := fmt.Sscanf(text, "%d, killed %d", &mutants, &killed); !found || n < 2 {
		return
	}
	test, _, _ := strings.Cut(e.Test, "/")
	test = e.Package + " " + test
	i := slices.IndexFunc(c.scores, func(s score) bool { return s.test == test })
	if i < 0 {
		i = len(c.scores)
		c.scores = append(c.scores, score{test: test, smallest: mutants})
	}
	s := &c.scores[i]
	s.lines++
	s.mutants += mutants
	s.killed += killed
	s.smallest = min(s.smallest, mutants)
}

// reason is what a skipped test said: its output without the frame that the test runner puts around it.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = append(said, line)
		}
	}
	return cmp.Or(strings.Join(said, " "), "no reason")
}

// pkg tells of a package that has ended.
func (c *counter) pkg(p *pkg, e event) {
	switch e.Action {
	case "pass":
		c.print(fmt.Sprintf("ok    %s  %.1fs\n", e.Package, e.Elapsed))
	case "skip":
		c.print(fmt.Sprintf("none  %s: no tests\n", e.Package))
	case "fail":
		if p.failed == 0 {
			c.failed++
		}
		c.rest(p)
		why := fmt.Sprintf("%.1fs", e.Elapsed)
		if e.FailedBuild != "" {
			why = "does not build"
		}
		c.print(fmt.Sprintf("FAIL  %s  %s\n", e.Package, why))
	}
	delete(c.packages, e.Package)
}

// rest prints the output of the tests that did not get to their end, and of the package but for its verdict.
func (c *counter) rest(p *pkg) {
	tests := make([]string, 0, len(p.output))
	for test := range p.output {
		tests = append(tests, test)
	}
	slices.Sort(tests)
	for _, test := range tests {
		for _, line := range p.output[test] {
			if test != "" || !strings.HasPrefix(line, "FAIL") {
				c.print(line)
			}
		}
	}
}

// finish counts the packages whose end was never told: the run was cut off.
func (c *counter) finish() {
	names := make([]string, 0, len(c.packages))
	for name := range c.packages {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.failed++
		c.rest(c.packages[name])
		c.print(fmt.Sprintf("FAIL  %s  did not end\n", name))
	}
}

// print writes text as it is. A failure to write shows at the last line, see run.
func (c *counter) print(text ...string) {
	for _, t := range text {
		_, _ = io.WriteString(c.out, t)
	}
}

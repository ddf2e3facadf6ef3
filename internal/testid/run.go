package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// result is what became of a test or a spec.
type result struct {
	state, name, output string
}

// tags are those of the Makefile, without which some tests are not built.
const tags = "-tags=ja3_disable_gopacket"

// run runs the tests of a place.
func (p *place) run(id string) (results []result, err error) {
	if p.suite != "" {
		return p.specs(id)
	}
	whole := p.whole
	if len(p.rows) > 0 {
		events, err := p.test("^(" + strings.Join(p.rows, "|") + ")$/^" + id + "([^0-9]|$)")
		if err != nil {
			return nil, err
		}
		results = named(events, id)
		for _, test := range p.rows {
			if !begins(results, test+"/") {
				whole = append(whole, test) // its rows are no subtests, or deeper ones
			}
		}
	}
	if len(whole) > 0 {
		events, err := p.test("^(" + strings.Join(whole, "|") + ")$")
		if err != nil {
			return results, err
		}
		results = append(results, wholeOf(events, whole, id)...)
	}
	return results, nil
}

// test runs go test and returns what it tells.
func (p *place) test(pattern string) ([]event, error) {
	cmd := exec.Command("go", "test", tags, "-count=1", "-json", "-run", pattern, "./"+p.dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	events, readErr := readEvents(bytes.NewReader(out))
	switch {
	case readErr != nil:
		return nil, readErr
	case err != nil && !failedTest(events):
		return nil, fmt.Errorf("%s: %w\n%s%s", p.dir, err, outputOf(events, ""), stderr.String())
	}
	return events, nil
}

// event is a line of go test -json.
type event struct{ Action, Test, Output string }

func readEvents(r io.Reader) (events []event, err error) {
	for d := json.NewDecoder(r); ; {
		var e event
		switch err := d.Decode(&e); err {
		case nil:
			events = append(events, e)
		case io.EOF:
			return events, nil
		default:
			return nil, err
		}
	}
}

// named returns the results of tests of which an element of the name begins with the ID, without those that have others within.
func named(events []event, id string) (results []result) {
	pattern := regexp.MustCompile(`/` + id + `([^0-9]|$)`)
	for _, e := range events {
		inner := func(o event) bool { return ended(o) && strings.HasPrefix(o.Test, e.Test+"/") }
		if ended(e) && pattern.MatchString(e.Test) && !slices.ContainsFunc(events, inner) {
			results = append(results, result{e.Action, e.Test, outputOf(events, e.Test)})
		}
	}
	return results
}

// wholeOf returns the results of subtests that are named by the ID, for each test that has some, or of the test itself.
func wholeOf(events []event, tests []string, id string) (results []result) {
	rows := named(events, id)
	for _, e := range events {
		if !ended(e) || strings.Contains(e.Test, "/") || !slices.Contains(tests, e.Test) {
			continue
		}
		if own := beginning(rows, e.Test+"/"); len(own) > 0 {
			results = append(results, own...)
		} else {
			results = append(results, result{e.Action, e.Test, outputOf(events, e.Test)})
		}
	}
	return results
}

func ended(e event) bool {
	return e.Test != "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip")
}

func failedTest(events []event) bool {
	for _, e := range events {
		if e.Test != "" && e.Action == "fail" {
			return true
		}
	}
	return false
}

// outputOf returns the output of a test and of those within it; of everything without a name.
func outputOf(events []event, test string) string {
	var b strings.Builder
	for _, e := range events {
		if test == "" || e.Test == test || strings.HasPrefix(e.Test, test+"/") {
			b.WriteString(e.Output)
		}
	}
	return b.String()
}

func begins(results []result, prefix string) bool { return len(beginning(results, prefix)) > 0 }

func beginning(results []result, prefix string) (out []result) {
	for _, r := range results {
		if strings.HasPrefix(r.name, prefix) {
			out = append(out, r)
		}
	}
	return out
}

// subjectEnv says which client a suite is run for, and browser is the one that what the neutral client skips is asked of.
const (
	subjectEnv = "WIRELIKE_SUITE_SUBJECT"
	browser    = "chromium156"
)

// specs runs the specs of a suite that are named by the ID; those that are skipped, as a script's are without a browser, again with one.
func (p *place) specs(id string) ([]result, error) {
	results, err := p.specsOf(id, "")
	skipped := func(r result) bool { return r.state == "skip" }
	if err != nil || !slices.ContainsFunc(results, skipped) {
		return results, err
	}
	more, err := p.specsOf(id, browser)
	for i, r := range results {
		same := func(m result) bool { return m.name == r.name && m.state != "skip" }
		if j := slices.IndexFunc(more, same); skipped(r) && j >= 0 {
			results[i] = more[j]
			results[i].name += " (as " + browser + ")"
		}
	}
	return results, err
}

// specsOf is specs with one client.
func (p *place) specsOf(id, subject string) ([]result, error) {
	dir, err := os.MkdirTemp("", "testid")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "report.json")
	cmd := exec.Command("go", "test", tags, "-count=1", "-run", "^"+p.suite+"$", "./"+p.dir, "-args",
		"-ginkgo.focus= "+id+" ", "-ginkgo.no-color", "-ginkgo.json-report="+file)
	cmd.Env = append(os.Environ(), subjectEnv+"="+subject)
	out, runErr := cmd.CombinedOutput()
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", p.dir, runErr, out)
	}
	return readReport(data)
}

// readReport reads Ginkgo's report, with the specs that ran.
func readReport(data []byte) (results []result, err error) {
	var reports []struct {
		SpecReports []struct {
			LeafNodeType, LeafNodeText, State string
			Failure                           struct {
				Message  string
				Location struct {
					FileName   string
					LineNumber int
				}
			}
		}
	}
	if err := json.Unmarshal(data, &reports); err != nil {
		return nil, err
	}
	for _, r := range reports {
		for _, s := range r.SpecReports {
			state := map[string]string{"passed": "pass", "skipped": "skip", "pending": "skip"}[s.State]
			if state == "" {
				state = "fail"
			}
			if s.LeafNodeType != "It" || state == "skip" && s.Failure.Message == "" {
				continue // not in the focus
			}
			at := s.Failure.Location
			results = append(results, result{state, s.LeafNodeText, fmt.Sprintf("%s:%d: %s", at.FileName, at.LineNumber, s.Failure.Message)})
		}
	}
	return results, nil
}

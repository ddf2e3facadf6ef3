package main

import (
	"strings"
	"testing"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		x    []float64
		want spread
	}{
		{"one", []float64{3}, spread{3, 3, 3, 3, 3}},
		{"odd, unsorted", []float64{5, 1, 4, 2, 3}, spread{1, 2, 3, 4, 5}},
		{"even: between the two in the middle", []float64{1, 2, 3, 4}, spread{1, 1.75, 2.5, 3.25, 4}},
		{"an outlier does not move the median", []float64{1, 1, 1, 1, 100}, spread{1, 1, 1, 1, 100}},
	} {
		if got := newSpread(row.x); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		ratio, target float64
		want          string
	}{{2, 0, ""}, {0.8, 0.8, "met"}, {0.8049, 0.8, "met"}, {0.8051, 0.8, "missed"}, {0.5, 0.8, "met"}} {
		if got := mark(row.ratio, row.target); got != row.want {
			t.Errorf("%v of %v: %q, want %q", row.ratio, row.target, got, row.want)
		}
	}
}

// TestSummarize: ratios are taken within a round, so that rounds under load do not distort them.
func TestSummarize(t *testing.T) {
	t.Parallel()
	r := &result{scenario: scenario{Name: "x", Requests: 1, Target: 0.75}}
	for _, load := range []float64{1, 10, 2} {
		a := &measuring{proof: "p", total: sample{CPU: 2e3 * load, Wall: 1, Allocs: 4, Bytes: 1000}}
		b := &measuring{proof: "p", total: sample{CPU: 1e3 * load, Wall: 3, Allocs: 2, Bytes: 1500}}
		if err := r.add(a, b); err != nil {
			t.Fatal(err)
		}
	}
	r.summarize()
	if got, want := r.Ratio.CPU, (spread{0.5, 0.5, 0.5, 0.5, 0.5}); got != want {
		t.Errorf("CPU ratio %+v, want %+v", got, want)
	}
	if r.Standard.CPU.Median != 4e3 || r.Ours.CPU.Median != 2e3 || r.Ratio.Wall.Median != 3 || r.Ratio.Allocs.Median != 0.5 || r.Ratio.Bytes.Median != 1.5 {
		t.Errorf("%+v\n%+v\n%+v", r.Standard.quantities, r.Ours.quantities, r.Ratio)
	}
	var table strings.Builder
	if err := (&report{Rounds: quotable, Scenarios: []result{*r}}).print(&table, true); err != nil {
		t.Fatal(err)
	}
	want := "| x | 4.0 | 2.0 | 0.50 (0.50–0.50) | ≤ 0.75 | met | 3.00 (3.00–3.00) | 4.0 → 2.0: 0.50 | 1.0 → 1.5: 1.50 | 0% |\n"
	if got := table.String(); !strings.HasSuffix(got, want) {
		t.Errorf("%swant at the end\n%s", got, want)
	}
}

func TestSidesMustDoTheSame(t *testing.T) {
	t.Parallel()
	r := &result{scenario: scenario{Requests: 1}}
	err := r.add(&measuring{proof: "GET\nAccept: */*"}, &measuring{proof: "GET\nAccept: text/html"})
	if err == nil || !strings.Contains(err.Error(), "Accept: text/html") {
		t.Errorf("different requests are compared: %v", err)
	}
}

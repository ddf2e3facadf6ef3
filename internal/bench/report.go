package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// report is what a run of the program has to say: the schema of the file that -out writes.
type report struct {
	Schema    string   `json:"schema"`
	Go        string   `json:"go"`
	OS        string   `json:"os"`
	Arch      string   `json:"arch"`
	CPU       string   `json:"cpu"`
	CPUs      int      `json:"cpus"`
	Load      float64  `json:"load"` // average of the minute before
	Browser   string   `json:"browser"`
	Rounds    int      `json:"rounds"`
	Quick     bool     `json:"quick,omitempty"`
	Scenarios []result `json:"scenarios"`
}

// result is one scenario.
type result struct {
	scenario
	TLS    string   `json:"tls"`    // what every handshake agreed on
	Proof  []string `json:"proof"`  // what both sides sent, or agreed on, as the other end saw it
	Others float64  `json:"others"` // which part of the machine was used by others, 0 to 1

	Standard side `json:"net/http"`
	Ours     side `json:"wirelike"`
	// Ratio has the quantities of wirelike ÷ those of net/http in the same round.
	Ratio quantities `json:"ratio"`
}

// side is what the scenario cost one side, per request or handshake.
type side struct {
	quantities
	Rounds []sample `json:"rounds"`
}

// quantities are the quantities of samples over all rounds.
type quantities struct {
	CPU    spread `json:"cpu"`
	Wall   spread `json:"wall"`
	Allocs spread `json:"allocs"`
	Bytes  spread `json:"bytes"`
}

func (r *result) summarize() {
	pick := func(x func(sample) float64) (a, b, ratio spread) {
		var as, bs, ratios []float64
		for i := range r.Standard.Rounds {
			a, b := x(r.Standard.Rounds[i]), x(r.Ours.Rounds[i])
			as, bs, ratios = append(as, a), append(bs, b), append(ratios, b/a)
		}
		return newSpread(as), newSpread(bs), newSpread(ratios)
	}
	r.Standard.CPU, r.Ours.CPU, r.Ratio.CPU = pick(func(s sample) float64 { return s.CPU })
	r.Standard.Wall, r.Ours.Wall, r.Ratio.Wall = pick(func(s sample) float64 { return s.Wall })
	r.Standard.Allocs, r.Ours.Allocs, r.Ratio.Allocs = pick(func(s sample) float64 { return s.Allocs })
	r.Standard.Bytes, r.Ours.Bytes, r.Ratio.Bytes = pick(func(s sample) float64 { return s.Bytes })
}

// save writes the report to a file, if there is a name.
func (r *report) save(name string) error {
	if name == "" {
		return nil
	}
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}

var columns = []string{"scenario", standard + " µs", ours + " µs", "CPU ratio", "target", "", "wall ratio", "allocations", "KB", "others"}

// print writes the table. Ratios have their quartiles behind them.
func (r *report) print(w io.Writer, markdown bool) error {
	fmt.Fprintf(w, "%s %s/%s, %d × %s, load %.1f; profile %s; medians of %d rounds, per request or handshake: CPU time in µs, "+
		"allocations, allocated KB; others: their part of the machine\n\n",
		r.Go, r.OS, r.Arch, r.CPUs, cmp.Or(r.CPU, "unknown CPU"), r.Load, r.Browser, r.Rounds)
	rows := [][]string{columns}
	for i := range r.Scenarios {
		rows = append(rows, r.Scenarios[i].row())
	}
	if markdown {
		for i, row := range rows {
			fmt.Fprintln(w, "| "+strings.Join(row, " | ")+" |")
			if i == 0 {
				fmt.Fprintln(w, strings.Repeat("|---", len(row))+"|")
			}
		}
	} else {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, row := range rows {
			fmt.Fprintln(t, strings.Join(row, "\t"))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	note := ""
	if r.Quick || r.Rounds < quotable {
		note = "\nToo few rounds to be quoted.\n"
	}
	_, err := io.WriteString(w, note)
	return err
}

// quotable is from how many rounds on a result may be quoted.
const quotable = 9

func (r *result) row() []string {
	target := ""
	if r.Target > 0 {
		target = fmt.Sprintf("≤ %.2f", r.Target)
	}
	a, b := &r.Standard, &r.Ours
	return []string{
		r.Name,
		fmt.Sprintf("%.1f", a.CPU.Median/1e3), fmt.Sprintf("%.1f", b.CPU.Median/1e3), r.Ratio.CPU.String(),
		target, mark(r.Ratio.CPU.Median, r.Target), r.Ratio.Wall.String(),
		strings.TrimSpace(fmt.Sprintf("%.1f → %.1f: %.2f %s", a.Allocs.Median, b.Allocs.Median, r.Ratio.Allocs.Median,
			mark(r.Ratio.Allocs.Median, r.AllocsTarget))),
		fmt.Sprintf("%.1f → %.1f: %.2f", a.Bytes.Median/1e3, b.Bytes.Median/1e3, r.Ratio.Bytes.Median),
		fmt.Sprintf("%.0f%%", 100*r.Others),
	}
}

// mark says whether a ratio is within its target; what is printed like the target is within it.
func mark(ratio, target float64) string {
	switch {
	case target == 0:
		return ""
	case ratio < target+0.005:
		return "met"
	}
	return "missed"
}

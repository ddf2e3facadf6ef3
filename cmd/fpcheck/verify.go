package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

var verifyCommand = command{
	name: "verify", args: "[-v] [--json] [--connections N] [--requests N] [profile…]", short: "check what the client sends for each profile against the goldens",
	long: `
Starts a server, sends each profile (all of them without arguments) through the real client, and compares every
evidenced field with the golden, and the connections with each other. Prints a row per profile, the sums of its goldens
(GOLDENS of them: one per situation and protocol), and each mismatch with the golden that it breaks; -v a row per golden.
Of most browsers there are: first, resumed, resumed12 (with a ticket of TLS 1.3 or 1.2), hrr (a HelloRetryRequest), no-alpn
(a server without ALPN), page (a request of every kind, on one connection), plain (the same over http), redirect and
websocket. Nobody has seen WebKit over HTTP/1.1, nor make other requests than navigations: it has the first four.

LEAVES is the number of evidenced fields of the golden, COMPARISONS that of all comparisons made (leaves × connections,
the later requests of each connection, what must differ between connections), UNEVIDENCED the fields whose source is a
guess: they are not compared.

JSON: {"schema":"wirelike/verify/1","results":[{"profile","situation","protocol","connections","leaves","comparisons",
"unevidenced","mismatches":[{"connection","path","offset","rule","want","got"}]}],
"summary":{"profiles","leaves","comparisons","mismatches"}}. A connection of -1 is a difference between connections.

Exit codes: 0 equal, 1 a mismatch, 2 wrong usage, or something could not be set up or connected.`,
	run: verify,
}

type verifyReport struct {
	Schema  string          `json:"schema"`
	Results []golden.Result `json:"results"`
	Summary verifySummary   `json:"summary"`
}

type verifySummary struct {
	Profiles    int `json:"profiles"`
	Leaves      int `json:"leaves"`
	Comparisons int `json:"comparisons"`
	Mismatches  int `json:"mismatches"`
}

func verify(ctx context.Context, e *env, c *command, args []string) (int, error) {
	f := c.flags(e)
	asJSON := f.Bool("json", false, "print JSON")
	verbose := f.Bool("v", false, "print a row per golden")
	connections := f.Int("connections", 3, "connections per golden")
	requests := f.Int("requests", 3, "requests per connection")
	names, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if *verbose && *asJSON {
		return exitUsage, errors.New("-v is text; --json always has each golden")
	}
	if *connections < 1 || *requests < 1 {
		return exitUsage, errors.New("--connections and --requests must be at least 1")
	}
	if len(names) == 0 {
		names = profiles.Names()
	}
	for _, n := range names {
		if _, err := profiles.Lookup(n); err != nil {
			return exitUsage, err
		}
	}
	report := verifyReport{Schema: "wirelike/verify/1", Results: []golden.Result{}}
	o := &golden.Options{Connections: *connections, Requests: *requests, Progress: progress(e.stderr)}
	for _, n := range names {
		results, err := golden.Run(ctx, clientSubject{n, e}, n, o)
		if err != nil {
			return exitUsage, err
		}
		report.Summary.Profiles++
		report.Results = append(report.Results, results...)
		for _, r := range results {
			if r.Skipped != "" {
				return exitUsage, fmt.Errorf("%s, %s over %s: %s", r.Profile, r.Situation, r.Protocol, r.Skipped)
			}
			report.Summary.Leaves += r.Leaves
			report.Summary.Comparisons += r.Comparisons
			report.Summary.Mismatches += len(r.Mismatches)
		}
	}
	if report.Summary.Leaves == 0 {
		return exitUsage, errors.New("nothing was compared")
	}
	if *asJSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetEscapeHTML(false)
		err = enc.Encode(report)
	} else {
		err = report.print(e.stdout, *verbose)
	}
	if report.Summary.Mismatches > 0 {
		return exitMismatch, err
	}
	return exitEqual, err
}

// quiet is how long a run may take before its progress is told, and how often after that.
const quiet = 2 * time.Second

// progress tells on w how far a long run is.
func progress(w io.Writer) func(string, golden.Situation, string, int, int) {
	last := time.Now()
	return func(profile string, s golden.Situation, protocol string, done, total int) {
		if time.Since(last) < quiet {
			return
		}
		last = time.Now()
		fmt.Fprintf(w, "%s, %s over %s: connection %d of %d\n", profile, s, protocol, done, total)
	}
}

func (r *verifyReport) print(w io.Writer, verbose bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if verbose {
		r.single(t)
	} else {
		r.summed(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, x := range r.Results {
		for _, m := range x.Group() {
			fmt.Fprintf(w, "%s, %s over %s, %s\n", x.Profile, x.Situation, x.Protocol, m)
		}
	}
	s := r.Summary
	_, err := fmt.Fprintf(w, "%d profiles, %d leaves, %d comparisons, %d mismatches\n", s.Profiles, s.Leaves, s.Comparisons, s.Mismatches)
	return err
}

// single writes a line for each golden.
func (r *verifyReport) single(t io.Writer) {
	fmt.Fprint(t, "PROFILE\tSITUATION\tPROTOCOL\tCONNECTIONS\tLEAVES\tCOMPARISONS\tUNEVIDENCED\tMISMATCHES\t\n")
	for _, x := range r.Results {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t\n", x.Profile, x.Situation, x.Protocol, x.Connections, x.Leaves, x.Comparisons, x.Unevidenced, len(x.Mismatches))
	}
}

// summed writes a line for each profile, with the sums of its goldens, which stand together.
func (r *verifyReport) summed(t io.Writer) {
	fmt.Fprint(t, "PROFILE\tGOLDENS\tCONNECTIONS\tLEAVES\tCOMPARISONS\tUNEVIDENCED\tMISMATCHES\t\n")
	for i := 0; i < len(r.Results); {
		name, first := r.Results[i].Profile, i
		var connections, leaves, comparisons, unevidenced, mismatches int
		for ; i < len(r.Results) && r.Results[i].Profile == name; i++ {
			x := &r.Results[i]
			connections += x.Connections
			leaves += x.Leaves
			comparisons += x.Comparisons
			unevidenced += x.Unevidenced
			mismatches += len(x.Mismatches)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, i-first, connections, leaves, comparisons, unevidenced, mismatches)
	}
}

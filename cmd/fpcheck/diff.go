package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
)

var diffCommand = command{
	name: "diff", args: "[--json | --hex] [--store DIR] A B", short: "compare two profiles, reports or hellos field by field",
	long: `
Compares two of what fpcheck show reads and prints the path, the rule and both values of each field that differs; of a
file with several hellos the first counts. GREASE values, host and path belong to the connection and do not count.
Where one is a profile, what it varies by design (permuted extensions, ECH lengths) is allowed in the other.
Layers that A does not have, and requests beyond those of A, are not compared.

--hex adds the bytes of both hellos, side by side around the first difference in them, as fpcheck show --hex has them.

JSON: {"schema":"wirelike/diff/1","a","b","leaves","mismatches":[{"path","offset","rule","want","got"}]}.
Exit code 1 when there is a difference.`,
	run: diff,
}

func diff(ctx context.Context, e *env, c *command, args []string) (int, error) {
	f := c.flags(e)
	asJSON := f.Bool("json", false, "print JSON")
	asHex := f.Bool("hex", false, "show the bytes around the first difference of the hellos, too")
	var from storeFlag
	from.register(f)
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if len(rest) != 2 {
		return exitUsage, errors.New("name two things to compare")
	}
	if *asHex && *asJSON {
		return exitUsage, errors.New("--hex is text, not --json")
	}
	source := from.source(e, c)
	a, err := first(source, rest[0])
	if err != nil {
		return exitUsage, err
	}
	b, err := first(source, rest[1])
	if err != nil {
		return exitUsage, err
	}
	golden.Normalize(a.Fingerprint)
	if a.Vary == nil || b.Vary != nil { // else the values of b are judged by what the profile says of their variation
		golden.Normalize(b.Fingerprint)
	}
	leaves := len(a.Fingerprint.Leaves())
	if leaves == 0 {
		return exitUsage, fmt.Errorf("%s: nothing to compare", a.Name)
	}
	vary := a.Vary
	if vary == nil && b.Vary != nil { // what a profile varies by design may vary on either side
		vary = &fingerprint.Vary{Permute: b.Vary.Permute, Padded: b.Vary.Padded, OneOf: b.Vary.OneOf}
	}
	if b.Vary != nil && a.Vary != nil { // two models: their placeholders do not correlate as values do
		vary = &fingerprint.Vary{Permute: vary.Permute, Padded: vary.Padded, OneOf: vary.OneOf}
	}
	list := fingerprint.Diff(a.Fingerprint, b.Fingerprint, vary)
	if *asJSON {
		if list == nil {
			list = []fingerprint.Mismatch{}
		}
		err = json.NewEncoder(e.stdout).Encode(map[string]any{"schema": "wirelike/diff/1", "a": a.Name, "b": b.Name, "leaves": leaves, "mismatches": list})
	} else {
		err = printDiff(e.stdout, a.Name, b.Name, leaves, list)
	}
	if *asHex && err == nil {
		err = diffHex(ctx, e, a, b, list)
	}
	if len(list) > 0 {
		return exitMismatch, err
	}
	return exitEqual, err
}

// first reads the first fingerprint of an argument.
func first(source *ingest.Source, arg string) (*ingest.Item, error) {
	items, err := source.Read(arg)
	if err != nil {
		return nil, err
	}
	if items[0].Err != nil {
		return nil, fmt.Errorf("%s: %w", items[0].Name, items[0].Err)
	}
	item := items[0]
	item.Fingerprint = item.Fingerprint.Clone()
	return &item, nil
}

func printDiff(w io.Writer, a, b string, leaves int, list []fingerprint.Mismatch) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(list) > 0 {
		fmt.Fprintf(t, "PATH\tRULE\t%s\t%s\n", a, b)
	}
	for _, m := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", m.Path, m.Rule, m.Want, m.Got)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d differences, %d fields compared\n", len(list), leaves)
	return err
}

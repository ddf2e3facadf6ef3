package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

var listCommand = command{
	name: "list", args: "[-v] [--json]", short: "list the built-in profiles and how well each is evidenced",
	long: `
Lists the built-in profiles: name, browser, version, system, and the number of leaves of its goldens by source: CAPTURE
of that very build, of another one of the ENGINE, a published SIGNATURE, the REFERENCE library, NONE for a guess. A row per
profile, with the sums of its goldens; -v a row per golden.

JSON: {"schema":"wirelike/list/1","profiles":[{"name","browser","version","os","engine","kinds":["navigate"],
"goldens":[{"situation","protocol","leaves","unevidenced","sources":{"capture":N,…}}]}]}`,
	run: list,
}

type listed struct {
	Name    string          `json:"name"`
	Browser string          `json:"browser"`
	Version string          `json:"version"`
	OS      string          `json:"os"`
	Engine  string          `json:"engine"`
	Kinds   []profiles.Kind `json:"kinds"`
	Goldens []listedGolden  `json:"goldens"`
}

type listedGolden struct {
	Situation   golden.Situation        `json:"situation"`
	Protocol    string                  `json:"protocol"`
	Leaves      int                     `json:"leaves"`
	Unevidenced int                     `json:"unevidenced"`
	Sources     map[profiles.Source]int `json:"sources"`
}

func list(_ context.Context, e *env, c *command, args []string) (int, error) {
	f := c.flags(e)
	asJSON := f.Bool("json", false, "print JSON")
	verbose := f.Bool("v", false, "print a row per golden")
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if len(rest) > 0 {
		return exitUsage, fmt.Errorf("it takes no arguments, not %q", rest)
	}
	if *verbose && *asJSON {
		return exitUsage, errors.New("-v is text; --json always has each golden")
	}
	var all []listed
	for _, name := range profiles.Names() {
		l, err := describe(name)
		if err != nil {
			return exitUsage, err
		}
		all = append(all, *l)
	}
	if *asJSON {
		return exitEqual, json.NewEncoder(e.stdout).Encode(map[string]any{"schema": "wirelike/list/1", "profiles": all})
	}
	return exitEqual, printList(e.stdout, all, *verbose)
}

// printList writes a row per profile, or per golden.
func printList(out io.Writer, all []listed, verbose bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(l *listed, about string, g *listedGolden) {
		s := g.Sources
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", l.Name, l.Browser, l.Version, l.OS, about,
			g.Leaves, s[profiles.Capture], s[profiles.Engine], s[profiles.Signature], s[profiles.Reference], g.Unevidenced)
	}
	about := "GOLDENS"
	if verbose {
		about = "GOLDEN"
	}
	fmt.Fprintf(w, "PROFILE\tBROWSER\tVERSION\tSYSTEM\t%s\tLEAVES\tCAPTURE\tENGINE\tSIGNATURE\tREFERENCE\tNONE\n", about)
	for i := range all {
		l := &all[i]
		sum := listedGolden{Sources: map[profiles.Source]int{}}
		for j := range l.Goldens {
			g := &l.Goldens[j]
			if verbose {
				row(l, fmt.Sprintf("%s over %s", g.Situation, g.Protocol), g)
			}
			sum.Leaves += g.Leaves
			sum.Unevidenced += g.Unevidenced
			for source, n := range g.Sources {
				sum.Sources[source] += n
			}
		}
		if !verbose {
			row(l, strconv.Itoa(len(l.Goldens)), &sum)
		}
	}
	return w.Flush()
}

func describe(name string) (*listed, error) {
	p, err := profiles.Lookup(name)
	if err != nil {
		return nil, err
	}
	l := &listed{Name: p.Name, Browser: p.Browser.Name, Version: p.Browser.Version, OS: p.Browser.OS, Engine: p.Browser.Engine, Kinds: p.Kinds()}
	goldens, err := golden.All(name)
	if err != nil {
		return nil, err
	}
	for _, g := range goldens {
		leaves, none := g.Leaves()
		x := listedGolden{Situation: g.Situation, Protocol: g.Protocol, Leaves: len(leaves), Unevidenced: none, Sources: map[profiles.Source]int{}}
		for _, leaf := range leaves {
			x.Sources[g.Source(leaf.Path)]++
		}
		l.Goldens = append(l.Goldens, x)
	}
	return l, nil
}

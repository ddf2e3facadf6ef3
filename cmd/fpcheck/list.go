package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

var listCommand = command{
	name: "list", args: "[--json]", short: "list the built-in profiles and how well each is evidenced",
	long: `
Lists the built-in profiles: name, browser, version, system, and the number of leaves of its goldens by source.

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
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if len(rest) > 0 {
		return exitUsage, fmt.Errorf("it takes no arguments, not %q", rest)
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
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tBROWSER\tVERSION\tSYSTEM\tGOLDEN\tLEAVES\tCAPTURE\tENGINE\tSIGNATURE\tREFERENCE\tNONE")
	for _, l := range all {
		for _, g := range l.Goldens {
			s := g.Sources
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s over %s\t%d\t%d\t%d\t%d\t%d\t%d\n", l.Name, l.Browser, l.Version, l.OS, g.Situation, g.Protocol,
				g.Leaves, s[profiles.Capture], s[profiles.Engine], s[profiles.Signature], s[profiles.Reference], g.Unevidenced)
		}
	}
	return exitEqual, w.Flush()
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

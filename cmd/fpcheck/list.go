package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

var listCommand = command{
	name: "list", args: "[-v] [--json] [--store DIR]", short: "list the profiles and how well each is evidenced",
	long: `
Lists the profiles, built-in and of the store (see fpcheck store --help): name, type (builtin, or custom for one of the
store, which hides a built-in one of its name), browser, version, system, and the number of leaves of its goldens by source: CAPTURE
of that very build, of another one of the ENGINE, a published SIGNATURE, the REFERENCE library, NONE for a guess. A row per
profile, with the sums of its goldens; -v a row per golden. Profiles of a store have no goldens. A broken one is told on
stderr, with exit code 1, and has its error in the JSON.

JSON: {"schema":"wirelike/list/1","profiles":[{"type","name","browser","version","os","os_version","engine","kinds":["navigate"],
"goldens":[{"situation","protocol","leaves","unevidenced","sources":{"capture":N,…}}],"ignored":["MEMBER"],"error"}]}: ignored are the members of
a stored profile that have no effect.`,
	run: list,
}

type listed struct {
	Type      string          `json:"type"`
	Name      string          `json:"name"`
	Browser   string          `json:"browser"`
	Version   string          `json:"version"`
	OS        string          `json:"os"`
	OSVersion string          `json:"os_version"`
	Engine    string          `json:"engine"`
	Kinds     []profiles.Kind `json:"kinds"`
	Goldens   []listedGolden  `json:"goldens"`
	Ignored   []string        `json:"ignored"`
	Error     string          `json:"error"`
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
	var from storeFlag
	from.register(f)
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
	rows, err := rows(from.open(e, c))
	if err != nil {
		return exitUsage, err
	}
	all, code := make([]listed, len(rows)), broken(e, c, rows)
	for i := range rows {
		if all[i], err = describe(&rows[i]); err != nil {
			return exitUsage, err
		}
	}
	if *asJSON {
		return code, json.NewEncoder(e.stdout).Encode(map[string]any{"schema": "wirelike/list/1", "profiles": all})
	}
	return code, printList(e.stdout, all, *verbose)
}

// rows lists the profiles of a store, which may be nil, and the built-in ones, sorted by name.
func rows(s *profiles.Store) ([]profiles.Listed, error) {
	if s == nil {
		return profiles.List()
	}
	return s.List()
}

// printList writes a row per profile, or per golden.
func printList(out io.Writer, all []listed, verbose bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(l *listed, about string, g *listedGolden) {
		s := g.Sources
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", l.Name, l.Type, l.Browser, l.Version, strings.TrimSpace(l.OS+" "+l.OSVersion), about,
			g.Leaves, s[profiles.Capture], s[profiles.Engine], s[profiles.Signature], s[profiles.Reference], g.Unevidenced)
	}
	about := "GOLDENS"
	if verbose {
		about = "GOLDEN"
	}
	fmt.Fprintf(w, "PROFILE\tTYPE\tBROWSER\tVERSION\tSYSTEM\t%s\tLEAVES\tCAPTURE\tENGINE\tSIGNATURE\tREFERENCE\tNONE\n", about)
	for i := range all {
		l := &all[i]
		if l.Error != "" {
			continue // it is told on stderr
		}
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
		if !verbose || len(l.Goldens) == 0 {
			row(l, strconv.Itoa(len(l.Goldens)), &sum)
		}
	}
	return w.Flush()
}

// describe adds the goldens that a built-in profile has.
func describe(r *profiles.Listed) (listed, error) {
	l := listed{
		Type: r.Type, Name: r.Name, Browser: r.Browser, Version: r.Version, OS: r.OS, OSVersion: r.OSVersion, Engine: r.Engine,
		Kinds: append([]profiles.Kind{}, r.Kinds...), Goldens: []listedGolden{}, Ignored: append([]string{}, r.Ignored...),
	}
	if r.Err != nil {
		l.Error = r.Err.Error()
	}
	if r.Type != profiles.BuiltIn {
		return l, nil
	}
	goldens, err := golden.All(r.Name)
	if err != nil {
		return listed{}, err
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

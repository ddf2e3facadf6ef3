package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
	"github.com/wirelike/wirelike/profiles"
)

var lintCommand = command{
	name: "lint", args: "[--json] [--store DIR] PROFILE|REPORT|FILE.har|-…", short: "say where a profile, a connection or an archive contradicts itself",
	long: `
Looks for what the browser that is claimed does not send, or not together: the user agent with the client hints, the
hello, the HTTP/2 opening, and the fields, their order and case, by protocol and kind of request.
  PROFILE   the name of a profile, built-in or stored, or a profile file: all its header lists
  REPORT    a report of fpserver, a golden or an evidence file: its requests are judged by their own user agent
  FILE.har  an HTTP archive: values only, since archives keep neither order nor case
What versions have is judged by recordings alone. A version between two recorded ones may have what either has.

Each finding is one line: path, message, [rule], and a hint. JSON:
{"schema":"wirelike/lint/1","subjects":[{"name","findings":[{"path","rule","message","hint"}]}]}.
Exit code 1 with findings, 2 for input that cannot be read or has no request in it.`,
	run: lint,
}

// subject is one thing that was judged.
type subject struct {
	Name     string             `json:"name"`
	Findings []profiles.Finding `json:"findings"`
}

func lint(_ context.Context, e *env, c *command, args []string) (int, error) {
	f := c.flags(e)
	asJSON := f.Bool("json", false, "print JSON")
	var from storeFlag
	from.register(f)
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if len(rest) == 0 {
		return exitUsage, errors.New("name a profile, a report, an HTTP archive, or - for stdin")
	}
	var list []subject
	source := from.source(e, c)
	for _, arg := range rest {
		one, err := lintArgument(source, arg)
		if err != nil {
			return exitUsage, err
		}
		list = append(list, one...)
	}
	found := 0
	for i := range list {
		if found += len(list[i].Findings); list[i].Findings == nil {
			list[i].Findings = []profiles.Finding{} // [] in JSON
		}
	}
	if *asJSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetEscapeHTML(false)
		err = enc.Encode(map[string]any{"schema": "wirelike/lint/1", "subjects": list})
	} else {
		err = printFindings(e.stdout, list, found)
	}
	if found > 0 {
		return exitMismatch, err
	}
	return exitEqual, err
}

func printFindings(w io.Writer, list []subject, found int) error {
	for _, s := range list {
		for _, x := range s.Findings {
			if _, err := fmt.Fprintf(w, "%s: %s\n", s.Name, x); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "findings: %d, profiles, connections and archives judged: %d\n", found, len(list))
	return err
}

// lintArgument judges what an argument names.
func lintArgument(source *ingest.Source, arg string) ([]subject, error) {
	in, err := source.Open(arg)
	if err != nil {
		return nil, err
	}
	if in.Profile != nil {
		return []subject{{Name: arg, Findings: profiles.Lint(in.Profile)}}, nil
	}
	return lintFile(in)
}

// lintFile judges the content of a file.
func lintFile(in *ingest.Input) ([]subject, error) {
	name, b := in.Name, in.Bytes
	var kind struct {
		Schema string          `json:"schema"`
		Log    json.RawMessage `json:"log"`
	}
	if json.Unmarshal(b, &kind) == nil {
		switch {
		case kind.Schema == profiles.Schema:
			p, err := profiles.Parse(b)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return []subject{{Name: name, Findings: profiles.Lint(p)}}, nil
		case kind.Log != nil:
			list, err := lintArchive(name, b)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return list, nil
		}
	}
	items, err := in.Items()
	if err != nil {
		return nil, err
	}
	return lintItems(name, items)
}

// lintItems judges connections. Those without a request, which browsers open to spare, are passed over.
func lintItems(name string, items []ingest.Item) (list []subject, err error) {
	for _, item := range items {
		if item.Err != nil {
			return nil, fmt.Errorf("%s: %w", item.Name, item.Err)
		}
		f := item.Fingerprint
		if (f.HTTP1 == nil || len(f.HTTP1.Requests) == 0) && (f.HTTP2 == nil || len(f.HTTP2.Requests) == 0) {
			continue
		}
		list = append(list, subject{Name: item.Name, Findings: profiles.LintFingerprint(f, item.Vary)})
	}
	if list == nil {
		return nil, fmt.Errorf("%s: no request in it, so that nothing says which browser it should be", name)
	}
	return list, nil
}

// Command convert turns the raw captures of real browsers and of the reference library, and the published signatures that
// the project collects outside of this repository into the evidence files below golden/captures (it joins recorded frames and heads to the bytes
// of their connection, says what is missing, and interprets nothing),
// and writes the embedded profiles.
//
//	go run . -data DATA                        evidence        (make data DATA=…)
//	go run . -profiles ../../profiles/data     profiles, from goldens and evidence     (make profiles)
//
// DATA holds captures/tcp/*.json (whole sessions), captures/tls/*/*/*.bin (TLS records as sent), curl_cffi/targets.json and
// curl_cffi/tcp/*.json (sessions of the reference library) and signatures/*.yaml.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

func main() {
	data := flag.String("data", "", "directory with captures/ and signatures/")
	out := flag.String("out", filepath.Join("..", "..", "golden", "captures"), "directory of the evidence files")
	embedded := flag.String("profiles", "", "write the embedded profiles into this directory, from goldens and evidence, and nothing else")
	flag.Parse()
	err := errors.New("-data is missing: the directory that holds captures/ and signatures/")
	switch {
	case *embedded != "":
		err = writeProfiles(filepath.Dir(*out), *embedded)
	case *data != "":
		err = run(*data, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

// again says which builds were recorded twice; the second run stands beside the first, as h2-2.json.
var again = []string{"chromium156", "firefox153"}

// library says which situations of the reference library's sessions are kept, for targets of which no build was captured
// or that are compared with it; and how many connections of each.
var library = []struct {
	situation   string
	connections int
}{{"first", 1}, {"h2-resumed", 2}, {"tls12-server", 2}, {"hrr-p384", 1}, {"websocket-h2-server", 1}, {"websocket-h1-server", 1}}

// records says which directories of raw TLS records become which evidence file.
var records = []struct{ browser, dir, file string }{
	{"chromium156", "chromium156/page", "records.json"},
	{"chromium156", "chromium156/tls12-server", "records-tls12.json"},
	{"firefox153", "firefox153/page", "records.json"},
	{"firefox153", "firefox153/tls12-server", "records-tls12.json"},
}

func run(data, out string) error {
	if err := writeSessions(data, out); err != nil {
		return err
	}
	if err := writeLibrary(data, filepath.Join(out, "library")); err != nil {
		return err
	}
	for _, r := range records {
		e, err := convertRecords(filepath.Join(data, "captures", "tls", filepath.FromSlash(r.dir)))
		if err != nil {
			return fmt.Errorf("%s: %w", r.dir, err)
		}
		e.Source = "captures/tls/" + r.dir
		if err := write(filepath.Join(out, r.browser, r.file), e); err != nil {
			return err
		}
	}
	names, err := filepath.Glob(filepath.Join(data, "signatures", "*.yaml"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no signatures: %w", os.ErrNotExist)
	}
	for _, name := range names {
		sig, err := convertSignature(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		file := strings.TrimSuffix(filepath.Base(name), ".yaml") + ".json"
		if err := write(filepath.Join(out, "signatures", file), sig); err != nil {
			return err
		}
	}
	return nil
}

// writeSessions writes every situation of every captured build, and the cross-site sessions.
func writeSessions(data, out string) error {
	names, err := filepath.Glob(filepath.Join(data, "captures", "tcp", "*.json"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no captures: %w", os.ErrNotExist)
	}
	for _, name := range names {
		source := strings.TrimSuffix(filepath.Base(name), ".json")
		build, suffix := source, ""
		switch first, number, numbered := strings.Cut(source, "-"); {
		case first == "bodies":
			continue // internal/corpus has those
		case first == "cross":
			build = number
		case numbered && number == "2" && slices.Contains(again, first):
			build, suffix = first, "-2"
		case numbered:
			build = first
		}
		for _, situation := range []string{"h2", "h1", "tls12", "hrr", "plain", "cross-h2", "cross-h1"} {
			err := writeSession(data, "captures/tcp/"+source+".json", situation, filepath.Join(out, build, situation+suffix+".json"), 0)
			if err != nil && !errors.Is(err, errNoConnections) {
				return err
			}
		}
	}
	return nil
}

// writeLibrary writes the kept situations of every target of the reference library.
func writeLibrary(data, out string) error {
	var list struct{ Targets []struct{ Name string } }
	b, err := os.ReadFile(filepath.Join(data, "curl_cffi", "targets.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	for _, t := range list.Targets {
		target := t.Name
		for _, l := range library {
			err := writeSession(data, "curl_cffi/tcp/"+target+".json", l.situation, filepath.Join(out, target, l.situation+".json"), l.connections)
			if err != nil && !errors.Is(err, errNoConnections) {
				return err
			}
		}
	}
	return nil
}

// writeSession writes one situation of a recorded session, source below data, as an evidence file: all its connections,
// or the first few.
func writeSession(data, source, situation, file string, connections int) error {
	e, err := convertSession(filepath.Join(data, filepath.FromSlash(source)), situation)
	if err != nil {
		return fmt.Errorf("%s, situation %s: %w", source, situation, err)
	}
	if connections > 0 && len(e.Connections) > connections {
		e.Connections = e.Connections[:connections]
	}
	e.Source = source + ", situation " + situation
	return write(file, e)
}

func write(name string, v any) error {
	b, err := fingerprint.FormatJSON(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, b, 0o644)
}

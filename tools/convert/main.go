// Command convert turns the raw captures of real browsers and the published signatures that the project collects
// outside of this repository into the evidence files below golden/captures (it joins recorded frames and heads to the bytes
// of their connection, says what is missing, and interprets nothing),
// and writes the embedded profiles.
//
//	go run . -data DATA                        evidence        (make data DATA=…)
//	go run . -profiles ../../profiles/data     profiles, from goldens and evidence     (make profiles)
//
// DATA holds captures/tcp/*.json (whole sessions), captures/tls/*/*/*.bin (TLS records as sent) and signatures/*.yaml.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

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
		err = writeProfiles(*out, *embedded)
	case *data != "":
		err = run(*data, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

// sessions says which parts of which capture become which evidence file.
var sessions = []struct{ browser, source, situation, file string }{
	{"chromium156", "chromium156-1", "h2", "h2.json"},
	{"chromium156", "chromium156-2", "h2", "h2-2.json"},
	{"chromium156", "chromium156-1", "h1", "h1.json"},
	{"chromium156", "chromium156-2", "h1", "h1-2.json"},
	{"chromium150", "chromium150-1", "h2", "h2.json"},
	{"chromium150", "chromium150-1", "h1", "h1.json"},
	{"chromium150", "chromium150-1", "tls12", "tls12.json"},
	{"firefox153", "firefox153-1", "h2", "h2.json"},
	{"firefox153", "firefox153-2", "h2", "h2-2.json"},
	{"firefox153", "firefox153-1", "h1", "h1.json"},
	{"firefox153", "firefox153-2", "h1", "h1-2.json"},
}

// records says which directories of raw TLS records become which evidence file.
var records = []struct{ browser, dir, file string }{
	{"chromium156", "chromium156/page", "records.json"},
	{"chromium156", "chromium156/tls12-server", "tls12.json"},
	{"firefox153", "firefox153/page", "records.json"},
	{"firefox153", "firefox153/tls12-server", "tls12.json"},
}

// signatures says which published signature becomes which evidence file.
var signatures = []struct{ profile, source string }{
	{"chrome150", "chrome_150.0.7871.127_macOS.yaml"},
}

func run(data, out string) error {
	for _, s := range sessions {
		e, err := convertSession(filepath.Join(data, "captures", "tcp", s.source+".json"), s.situation)
		if err != nil {
			return fmt.Errorf("%s, situation %s: %w", s.source, s.situation, err)
		}
		e.Source = "captures/tcp/" + s.source + ".json, situation " + s.situation
		if err := write(filepath.Join(out, s.browser, s.file), e); err != nil {
			return err
		}
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
	for _, s := range signatures {
		sig, err := convertSignature(filepath.Join(data, "signatures", s.source))
		if err != nil {
			return fmt.Errorf("%s: %w", s.source, err)
		}
		if err := write(filepath.Join(out, s.profile, "signature.json"), sig); err != nil {
			return err
		}
	}
	return nil
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

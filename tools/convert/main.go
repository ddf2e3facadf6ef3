// Command convert turns the raw captures of real browsers and of the reference library, and the published signatures that
// the project collects outside of this repository into the evidence files below golden/captures (it joins recorded frames and heads to the bytes
// of their connection, says what is missing, and interprets nothing),
// and writes the embedded profiles.
//
//	go run . -data DATA                        evidence        (make data DATA=…)
//	go run . -profiles ../../profiles/data     profiles, from goldens and evidence     (make profiles)
//
// DATA holds captures/tcp/*.json (whole sessions), captures/tls/*/*/*.bin (TLS records as sent), curl_cffi/tcp/*.json
// (sessions of the reference library) and signatures/*.yaml.
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
	{"chromium156", "cross-chromium156", "cross-h2", "cross-h2.json"},
	{"chromium156", "cross-chromium156", "cross-h1", "cross-h1.json"},
	{"chromium150", "chromium150-1", "h2", "h2.json"},
	{"chromium150", "chromium150-1", "h1", "h1.json"},
	{"chromium150", "chromium150-1", "tls12", "tls12.json"},
	{"firefox140", "firefox140-1", "h2", "h2.json"},
	{"firefox140", "firefox140-1", "h1", "h1.json"},
	{"firefox153", "firefox153-1", "h2", "h2.json"},
	{"firefox153", "firefox153-2", "h2", "h2-2.json"},
	{"firefox153", "firefox153-1", "h1", "h1.json"},
	{"firefox153", "firefox153-2", "h1", "h1-2.json"},
	{"firefox153", "cross-firefox153", "cross-h2", "cross-h2.json"},
	{"firefox153", "cross-firefox153", "cross-h1", "cross-h1.json"},
}

// library says which parts of which session of the reference library become which evidence file: for browsers that were
// not captured.
var library = []struct{ profile, target, situation, file string }{
	{"firefox147", "firefox147", "first", "library/first.json"},
	{"firefox147", "firefox147", "tls12-server", "library/tls12.json"},
	{"safari2601", "safari2601", "first", "library/first.json"},
	{"safari2601", "safari2601", "h2-resumed", "library/resumed.json"},
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
	{"safari2601", "safari_26.0.1_macOS.yaml"},
}

func run(data, out string) error {
	for _, s := range sessions {
		if err := writeSession(data, "captures/tcp/"+s.source+".json", s.situation, filepath.Join(out, s.browser, s.file)); err != nil {
			return err
		}
	}
	for _, s := range library {
		if err := writeSession(data, "curl_cffi/tcp/"+s.target+".json", s.situation, filepath.Join(out, s.profile, filepath.FromSlash(s.file))); err != nil {
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

// writeSession writes one situation of a recorded session, source below data, as an evidence file.
func writeSession(data, source, situation, file string) error {
	e, err := convertSession(filepath.Join(data, filepath.FromSlash(source)), situation)
	if err != nil {
		return fmt.Errorf("%s, situation %s: %w", source, situation, err)
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

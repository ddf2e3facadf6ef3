// Command corpus makes test data from the project's raw captures:
//
//	go run ./internal/corpus -data DIR [-out .]
//
// DIR holds vectors/, captures/ and curl_cffi/. Below the root of the module it writes fingerprint/testdata/vectors.json
// (whole hellos with every name that they have) and hellos.jsonl.gz (one hello of each shape, with the JA4 that its source
// states), and internal/h2/testdata/bodies.json (what browsers do to windows and DATA frames). It decides nothing: every
// value comes from DIR, and the same DIR gives the same content.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	data := flag.String("data", "", "directory with the captures")
	out := flag.String("out", ".", "root of the module to write to")
	flag.Parse()
	if *data == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*data, *out); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	names := filepath.Join(out, "fingerprint", "testdata")
	frames := filepath.Join(out, "internal", "h2", "testdata")
	for _, dir := range []string{names, frames} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := writeVectors(data, filepath.Join(names, "vectors.json")); err != nil {
		return err
	}
	if err := writeHellos(data, filepath.Join(names, "hellos.jsonl.gz")); err != nil {
		return err
	}
	return writeBodies(data, filepath.Join(frames, "bodies.json"))
}

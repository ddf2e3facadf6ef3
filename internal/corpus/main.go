// Command corpus makes the test data of package fingerprint from the project's raw captures:
//
//	go run ./internal/corpus -data DIR [-out fingerprint/testdata]
//
// DIR holds vectors/, captures/ and curl_cffi/. It writes vectors.json (whole hellos with every name that they have)
// and hellos.jsonl.gz (one hello of each shape, with the JA4 that its source states). It decides nothing: every value
// comes from DIR, and the same DIR gives the same content.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	data := flag.String("data", "", "directory with the captures")
	out := flag.String("out", filepath.FromSlash("fingerprint/testdata"), "directory to write to")
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
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := writeVectors(data, filepath.Join(out, "vectors.json")); err != nil {
		return err
	}
	return writeHellos(data, filepath.Join(out, "hellos.jsonl.gz"))
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wirelike/wirelike/fingerprint"
)

// maxLine bounds one line of a script, in bytes.
const maxLine = 16 << 20

// readScript reads one request per line.
func readScript(name string, stdin io.Reader) ([]sendRequest, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	var out []sendRequest
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var r sendRequest
		if err := fingerprint.DecodeStrict(line, &r); err != nil {
			return nil, fmt.Errorf("script line %d: %w", n, err)
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("script line %d: %w", n, err)
		}
		out = append(out, r)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	if out == nil {
		return nil, errors.New("script: no request in it")
	}
	return out, nil
}

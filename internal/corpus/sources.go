package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

type connection struct {
	Hellos []fingerprint.Hex
	// HTTP/3 files have one hello, and its names.
	ClientHello    struct{ Hex fingerprint.Hex } `json:"client_hello"`
	ClientHelloHex fingerprint.Hex               `json:"client_hello_hex"`
	Fingerprints   struct{ JA4 string }
}

// targets gives the JA4 values that curl_cffi/targets.json has for the first connection of each target.
func targets(data string) (map[string][]string, error) {
	var list struct {
		Targets []struct {
			Name string
			JA4  []string
		}
	}
	if err := readJSON(filepath.Join(data, "curl_cffi", "targets.json"), &list); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, t := range list.Targets {
		out[t.Name] = t.JA4
	}
	return out, nil
}

// tcpFiles reads what browsers (captures/tcp) and the reference library (curl_cffi/tcp, custom.json) sent over TCP.
func tcpFiles(data string) ([]hello, error) {
	stated, err := targets(data)
	if err != nil {
		return nil, err
	}
	var out []hello
	for _, dir := range []string{"captures/tcp", "curl_cffi/tcp"} {
		err := situations(data, dir, func(s, target, situation string, conns []connection) {
			for _, c := range conns {
				for _, msg := range c.Hellos {
					h := hello{Source: s, Transport: "tcp", Hello: msg}
					if dir == "curl_cffi/tcp" && situation == "first" {
						h.JA4 = stated[target]
					}
					out = append(out, h)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	var cases []struct {
		Case        string
		Connections []connection
	}
	if err := readJSON(filepath.Join(data, "curl_cffi", "custom.json"), &cases); err != nil {
		return nil, err
	}
	for _, c := range cases {
		for _, conn := range c.Connections {
			for _, msg := range conn.Hellos {
				out = append(out, hello{Source: "curl_cffi/custom.json " + c.Case, Transport: "tcp", Hello: msg})
			}
		}
	}
	return out, nil
}

// quicFiles reads what browsers (captures/h3-builds) and the reference library (curl_cffi/h3) sent over QUIC.
func quicFiles(data string) ([]hello, error) {
	var out []hello
	for _, dir := range []string{"captures/h3-builds", "curl_cffi/h3"} {
		err := situations(data, dir, func(s, _, _ string, conns []connection) {
			for _, c := range conns {
				h := hello{Source: s, Transport: "quic", Hello: c.ClientHello.Hex}
				if len(h.Hello) == 0 {
					h.Hello = c.ClientHelloHex
				}
				if c.Fingerprints.JA4 != "" {
					h.JA4 = []string{c.Fingerprints.JA4}
				}
				if len(h.Hello) > 0 {
					out = append(out, h)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// situations calls f for every situation of every file of a directory.
func situations(data, dir string, f func(source, target, situation string, conns []connection)) error {
	files, err := filepath.Glob(filepath.Join(data, filepath.FromSlash(dir), "*.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no files in %s: %v", dir, err)
	}
	for _, file := range files {
		var capture struct {
			Target     string
			Situations map[string][]connection
			MoreFirst  []connection `json:"more_first"`
		}
		if err := readJSON(file, &capture); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(capture.Situations)) {
			f(source(data, file)+" "+name, capture.Target, name, capture.Situations[name])
		}
		f(source(data, file)+" more_first", capture.Target, "more_first", capture.MoreFirst)
	}
	return nil
}

func readJSON(file string, v any) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// vector is one entry of vectors.json; Sums has text and hash by name of the algorithm.
type vector struct {
	Name      string               `json:"name"`
	Transport string               `json:"transport"`
	Sums      map[string][2]string `json:"sums"`
	Hello     fingerprint.Hex      `json:"hello"`
}

// writeVectors keeps of each vector the hello and its names.
func writeVectors(data, out string) error {
	var vectors []vector
	for _, file := range []string{"real.json", "synthetic.json"} {
		b, err := os.ReadFile(filepath.Join(data, "vectors", file))
		if err != nil {
			return err
		}
		var list []struct {
			Name, Proto string
			Hello       fingerprint.Hex
			JA3         string `json:"ja3"`
			JA3Hash     string `json:"ja3_hash"`
			JA3N        string `json:"ja3n"`
			JA3NHash    string `json:"ja3n_hash"`
			JA4         string `json:"ja4"`
			JA4R        string `json:"ja4_r"`
			JA4O        string `json:"ja4_o"`
			JA4RO       string `json:"ja4_ro"`
			Peet        string `json:"peet"`
			PeetHash    string `json:"peet_hash"`
		}
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		for _, v := range list {
			transport := "tcp"
			if v.Proto == "q" {
				transport = "quic"
			}
			_, name, _ := strings.Cut(v.Name, ":")
			vectors = append(vectors, vector{Name: name, Transport: transport, Hello: v.Hello, Sums: map[string][2]string{
				"ja3": {v.JA3, v.JA3Hash}, "ja3n": {v.JA3N, v.JA3NHash}, "ja4": {v.JA4R, v.JA4},
				"ja4_o": {v.JA4RO, v.JA4O}, "peetprint": {v.Peet, v.PeetHash},
			}})
		}
	}
	b, err := fingerprint.FormatJSON(vectors)
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

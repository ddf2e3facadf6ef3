package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

// hello is one line of hellos.jsonl.gz. JA4 holds the values that the source states for it, if it states any.
type hello struct {
	Source    string          `json:"source"`
	Transport string          `json:"transport"`
	JA4       []string        `json:"ja4,omitempty"`
	Hello     fingerprint.Hex `json:"hello"`
}

// writeHellos writes the first hello of each shape: hellos that differ only in GREASE values, in the order of the
// extensions, in lengths or in what the model does not keep are the same test.
func writeHellos(data, out string) error {
	var hellos []hello
	for _, read := range []func(data string) ([]hello, error){tlsFiles, tcpFiles, quicFiles} {
		list, err := read(data)
		if err != nil {
			return err
		}
		hellos = append(hellos, list...)
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	seen := map[string]bool{}
	for _, h := range hellos {
		s, err := shape(h)
		if err != nil {
			return fmt.Errorf("%s: %w", h.Source, err)
		}
		if seen[s] {
			continue
		}
		seen[s] = true
		if err := enc.Encode(h); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text.Bytes()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	fmt.Printf("%d hellos, %d shapes, %d bytes\n", len(hellos), len(seen), b.Len())
	return os.WriteFile(out, b.Bytes(), 0o644)
}

func shape(h hello) (string, error) {
	m, err := fingerprint.ParseClientHello(h.Hello)
	if err != nil {
		return "", err
	}
	plain(m.CipherSuites)
	for i := range m.Extensions {
		e := &m.Extensions[i]
		plain(e.List)
		if e.Type.IsGREASE() {
			e.Type = fingerprint.GREASE
		}
		for j := range e.Shares {
			if e.Shares[j].Group.IsGREASE() {
				e.Shares[j].Group = fingerprint.GREASE
			}
		}
		e.Length, e.PSK = 0, nil // lengths of padding and tickets
		if e.ECH != nil {
			e.ECH.PayloadLength = 0
		}
		if e.Type == fingerprint.ExtQUICTransportParameters { // random order and values
			e.Data = nil
		}
	}
	slices.SortStableFunc(m.Extensions, func(a, b fingerprint.Extension) int { return cmp.Compare(a.Type, b.Type) })
	b, err := json.Marshal([]any{h.Transport, h.JA4, m})
	return string(b), err
}

func plain(ids []fingerprint.ID) {
	for i := range ids {
		if ids[i].IsGREASE() {
			ids[i] = fingerprint.GREASE
		}
	}
}

// tlsFiles reads captures/tls: what browsers sent, as TLS records.
func tlsFiles(data string) ([]hello, error) {
	var out []hello
	files, err := filepath.Glob(filepath.Join(data, "captures", "tls", "*", "*", "*.bin"))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		msgs, err := clientHellos(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, m := range msgs {
			out = append(out, hello{Source: source(data, file), Transport: "tcp", Hello: m})
		}
	}
	return out, err
}

// clientHellos takes the ClientHello messages out of a stream of TLS records.
func clientHellos(b []byte) ([][]byte, error) {
	var stream []byte
	for len(b) >= 5 && (b[0] == 22 || b[0] == 20) {
		n := 5 + int(b[3])<<8 + int(b[4])
		if n > len(b) {
			return nil, errors.New("record cut short")
		}
		if b[0] == 22 {
			stream = append(stream, b[5:n]...)
		}
		b = b[n:]
	}
	var out [][]byte
	for len(stream) >= 4 && stream[0] == 1 {
		n := 4 + int(stream[1])<<16 + int(stream[2])<<8 + int(stream[3])
		if n > len(stream) {
			return nil, errors.New("message cut short")
		}
		out = append(out, stream[:n])
		stream = stream[n:]
	}
	if len(out) == 0 {
		return nil, errors.New("no ClientHello")
	}
	return out, nil
}

func source(data, file string) string {
	s, err := filepath.Rel(data, file)
	if err != nil {
		s = file
	}
	return filepath.ToSlash(s)
}

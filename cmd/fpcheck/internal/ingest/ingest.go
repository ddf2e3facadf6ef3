// Package ingest turns what a user names on the command line into fingerprints: profiles, reports of a server, captures,
// and hellos in several forms.
package ingest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// Item is one fingerprint that was read, or the error that it gave.
type Item struct {
	// Name says where it comes from: "chrome150", "hellos.txt:3".
	Name        string
	Fingerprint *fingerprint.Fingerprint
	// Vary is what a profile says of its variation; nil for observed traffic.
	Vary *fingerprint.Vary
	// Hellos holds the raw handshake messages, also of a hello that gives an Err; nil for what is a model only.
	Hellos []fingerprint.Hex
	// Profile is the profile that was found by its name, nil for anything else.
	Profile *profiles.Profile
	Err     error
}

// maxInput bounds what is read from one file, in bytes.
const maxInput = 64 << 20

// Source is where arguments lead to.
type Source struct {
	Stdin io.Reader
	// Lookup finds profiles by name.
	Lookup func(name string) (*profiles.Profile, error)
}

// Read reads one argument: "-" is stdin; the name of an existing file is the file; otherwise it names a profile.
// A broken item does not hide the others: its error is in the Item. An error of Read means that nothing could be read.
func (s *Source) Read(arg string) ([]Item, error) {
	in, err := s.Open(arg)
	if err != nil {
		return nil, err
	}
	if p := in.Profile; p != nil {
		return []Item{{Name: p.Name, Fingerprint: &p.First, Vary: &p.Vary, Profile: p}}, nil
	}
	return in.Items()
}

// Profile reads one argument that can only be a profile: the name of a file with one, or its own name.
func (s *Source) Profile(arg string) (*profiles.Profile, error) {
	in, err := s.Open(arg)
	if err != nil {
		return nil, err
	}
	p := in.Profile
	if p == nil {
		if p, err = profiles.Parse(in.Bytes); err != nil {
			return nil, fmt.Errorf("%s: %w", in.Name, err)
		}
	}
	return p, nil
}

// Input is what an argument names: a profile, or the content of a file.
type Input struct {
	// Name is the argument, "stdin" for "-".
	Name string
	// Profile is nil for a file.
	Profile *profiles.Profile
	// Bytes is the content of the file, without a byte order mark.
	Bytes []byte
}

// Open reads one argument as [Source.Read] does, but leaves open what it means.
func (s *Source) Open(arg string) (*Input, error) {
	in, r := &Input{Name: arg}, s.Stdin
	if arg == "-" {
		in.Name = "stdin"
	} else {
		f, err := openFile(arg)
		if errors.Is(err, os.ErrNotExist) {
			return s.named(arg)
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	if in.Bytes = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")); len(in.Bytes) > maxInput { // some editors put the mark in front
		return nil, fmt.Errorf("%s: longer than %d bytes", in.Name, maxInput)
	}
	return in, nil
}

// openFile opens a file. A directory is none: it may well have the name of a profile.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, os.ErrNotExist
	}
	return f, nil
}

// named looks for the profile of that name.
func (s *Source) named(arg string) (*Input, error) {
	p, err := s.Lookup(arg)
	var unknown *profiles.UnknownError
	switch {
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("%s is neither a file nor a profile: %w", arg, err)
	case err != nil:
		return nil, err
	}
	return &Input{Name: arg, Profile: p}, nil
}

// Items reads the fingerprints in a file.
func (in *Input) Items() ([]Item, error) {
	name, b := in.Name, in.Bytes
	switch t := bytes.TrimSpace(b); {
	case len(t) == 0:
		return nil, fmt.Errorf("%s: empty", name)
	case t[0] == '{':
		return readJSON(name, t)
	case b[0] == 0x16 || b[0] == 0x01:
		return []Item{hello(name, b)}, nil
	case !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0:
		return nil, fmt.Errorf("%s: neither a ClientHello (which begins with 01 or 16), nor hexadecimal lines, nor JSON", name)
	}
	return readLines(name, string(b))
}

// hello parses a ClientHello: a handshake message, or the TLS records that carry one.
func hello(name string, b []byte) Item {
	c := fingerprint.Capture{Hellos: []fingerprint.Hex{b}}
	if b[0] == 0x16 {
		msg, version, err := unwrap(b)
		if err != nil {
			return Item{Name: name, Hellos: []fingerprint.Hex{msg}, Err: err}
		}
		c.Hellos[0] = msg
		c.Records = []fingerprint.Record{{Type: 22, Version: version, Length: len(msg)}}
	}
	f, err := fingerprint.Parse(&c)
	return Item{Name: name, Fingerprint: f, Hellos: c.Hellos, Err: err}
}

// unwrap joins the handshake records at the front of b into the first handshake message; with an error, into what there
// is of it.
func unwrap(b []byte) (msg []byte, version fingerprint.ID, err error) {
	for len(b) >= 5 && b[0] == 0x16 {
		n := 5 + (int(b[3])<<8 | int(b[4]))
		if len(b) < n {
			msg = append(msg, b[5:]...)
			break
		}
		if version == 0 {
			version = fingerprint.ID(b[1])<<8 | fingerprint.ID(b[2])
		}
		msg = append(msg, b[5:n]...)
		if len(msg) >= 4 {
			if want := 4 + (int(msg[1])<<16 | int(msg[2])<<8 | int(msg[3])); len(msg) >= want {
				return msg[:want], version, nil
			}
		}
		b = b[n:]
	}
	return msg, 0, errors.New("the TLS records end within the handshake message")
}

// readLines reads one hexadecimal hello per line; empty lines and lines that begin with # are passed over.
func readLines(name, text string) ([]Item, error) {
	var out []Item
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		at := fmt.Sprintf("%s:%d", name, i+1)
		b, err := hex.DecodeString(line)
		switch {
		case err != nil:
			out = append(out, Item{Name: at, Err: fmt.Errorf("not a hexadecimal handshake message: %w", err)})
		case len(b) == 0 || b[0] != 0x16 && b[0] != 0x01:
			out = append(out, Item{Name: at, Err: errors.New("not a ClientHello: it begins with neither 01 (handshake message) nor 16 (TLS record)")})
		default:
			out = append(out, hello(at, b))
		}
	}
	if out == nil {
		return nil, fmt.Errorf("%s: no hello in it", name)
	}
	return out, nil
}

// readJSON reads whatever JSON of this module holds a fingerprint: a report of fpserver, a profile, a golden, a
// snapshot, an evidence file; and the raw hello of fpserver's /api/raw.
func readJSON(name string, b []byte) ([]Item, error) {
	var v struct {
		Schema      string          `json:"schema"`
		Fingerprint json.RawMessage `json:"fingerprint"`
		Raw         json.RawMessage `json:"raw"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	items, err := readSchema(name, v.Schema, b, v.Fingerprint)
	if err == nil && items == nil {
		var raw string
		if json.Unmarshal(v.Raw, &raw) == nil && raw != "" {
			return readLines(name, raw)
		}
		return nil, fmt.Errorf("%s: no fingerprint in it (schema %q); fpserver's /fp and /api/raw, a profile, a golden and an evidence file have one", name, v.Schema)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range items {
		if f := items[i].Fingerprint; items[i].Err == nil && (f == nil || f.TLS == nil && f.HTTP1 == nil && f.HTTP2 == nil) {
			items[i].Err = errors.New("no layer was seen")
		}
	}
	return items, nil
}

// readSchema reads a file of a known schema, strictly; nil for another one that has no fingerprint either.
func readSchema(name, schema string, b []byte, part json.RawMessage) ([]Item, error) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(schema, "wirelike/"), "/")
	switch kind {
	case "profile":
		p, err := profiles.Parse(b)
		if err != nil {
			return nil, err
		}
		return []Item{{Name: name, Fingerprint: &p.First, Vary: &p.Vary}}, nil
	case "golden":
		var s golden.Sheet
		err := fingerprint.DecodeStrict(b, &s)
		return []Item{{Name: name, Fingerprint: &s.First, Vary: &s.Vary}}, err
	case "evidence":
		var e golden.Evidence
		if err := fingerprint.DecodeStrict(b, &e); err != nil {
			return nil, err
		}
		if len(e.Connections) == 0 {
			return nil, errors.New("no connection in it")
		}
		var out []Item
		for i := range e.Connections {
			f, err := fingerprint.Parse(&e.Connections[i])
			out = append(out, Item{Name: fmt.Sprintf("%s:%d", name, i), Fingerprint: f, Hellos: e.Connections[i].Hellos, Err: err})
		}
		return out, nil
	}
	if part == nil {
		return nil, nil
	}
	f := &fingerprint.Fingerprint{}
	if err := fingerprint.DecodeStrict(part, f); err != nil {
		return nil, fmt.Errorf("fingerprint: %w", err)
	}
	return []Item{{Name: name, Fingerprint: f}}, nil
}

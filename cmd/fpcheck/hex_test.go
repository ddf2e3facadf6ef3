package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestDumpColours: colours are there on demand only, and say what the text says, too.
func TestDumpColours(t *testing.T) {
	for _, c := range []struct {
		note fingerprint.Note
		code string
	}{
		{fingerprint.Note{GREASE: true}, "\x1b[33m"},
		{fingerprint.Note{Opaque: true}, "\x1b[90m"},
		{fingerprint.Note{Err: errors.New("x")}, "\x1b[31m"},
		{fingerprint.Note{}, ""},
	} {
		want := c.code + "x"
		if c.code != "" {
			want += "\x1b[0m"
		}
		if got := (&dumper{color: true}).paint("x", &c.note); got != want {
			t.Errorf("%+v: got %q, want %q", c.note, got, want)
		}
		if got := (&dumper{}).paint("x", &c.note); got != "x" {
			t.Errorf("%+v without colours: %q", c.note, got)
		}
	}
	if newDumper(&strings.Builder{}, false).color {
		t.Error("colours for what is no terminal")
	}
}

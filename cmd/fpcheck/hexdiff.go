package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
	"github.com/wirelike/wirelike/fingerprint"
)

// recordVersion is the one path of TLS that names nothing within the hello.
const recordVersion = "tls.record_version"

// around is how many notes before and behind the first difference are shown.
const around = 3

// diffHex writes the bytes of two hellos side by side around the first difference that the list names in them.
func diffHex(ctx context.Context, e *env, a, b *ingest.Item, list []fingerprint.Mismatch) error {
	within := func(m fingerprint.Mismatch) bool { return strings.HasPrefix(m.Path, "tls.") && m.Path != recordVersion }
	i := slices.IndexFunc(list, within)
	if i < 0 {
		i = slices.IndexFunc(list, func(m fingerprint.Mismatch) bool { return m.Path == recordVersion })
	}
	if i < 0 {
		_, err := fmt.Fprintln(e.stdout, "\nthe hellos do not differ")
		return err
	}
	var sides [2]hexSide
	for k, item := range []*ingest.Item{a, b} {
		raw, err := hellos(ctx, item)
		if err != nil {
			return fmt.Errorf("--hex: %s: %w", item.Name, err)
		}
		sides[k] = hexSide{name: item.Name, msg: raw[0], notes: fingerprint.Annotate(raw[0])}
	}
	if list[i].Path == recordVersion {
		_, err := fmt.Fprintf(e.stdout, "\nfirst difference: %s %s and %s, in the header of the record, which is not part of the hello\n", recordVersion, list[i].Want, list[i].Got)
		return err
	}
	sides[0].find(list[i].Path, &sides[1])
	sides[1].find(list[i].Path, &sides[0])
	fmt.Fprintf(e.stdout, "\nfirst difference in the hello: %s\n", list[i].Path)
	return sideBySide(newDumper(e.stdout, false), &sides[0], &sides[1])
}

// hexSide is one of the two hellos, with the notes [first, last) that are the difference: none where the path is absent.
type hexSide struct {
	name        string
	msg         []byte
	notes       []fingerprint.Note
	first, last int
}

// find sets the notes of a path; where there are none, the place behind what stands before it on the other side.
func (s *hexSide) find(path string, other *hexSide) {
	if s.first, s.last = span(s.notes, path); s.first >= 0 {
		return
	}
	i, _ := span(other.notes, path)
	for i--; i >= 0; i-- {
		if _, last := span(s.notes, other.notes[i].Path); last >= 0 && other.notes[i].Path != "" {
			s.first, s.last = last, last
			return
		}
	}
	s.first, s.last = 0, 0
}

// span returns the notes at or under a path, -1 where there are none. The order of the extensions is that of all of
// them.
func span(notes []fingerprint.Note, path string) (first, last int) {
	path = strings.TrimSuffix(path, ".order")
	first, last = -1, -1
	for i, n := range notes {
		rest, ok := strings.CutPrefix(n.Path, path)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			if first < 0 {
				first = i
			}
			last = i + 1
		}
	}
	return first, last
}

// column lays out the neighbourhood of the difference: before, in it and behind.
func (s *hexSide) column(d *dumper) (parts [3][]row) {
	for k, r := range [][2]int{{max(s.first-around, 0), s.first}, {s.first, s.last}, {s.last, min(s.last+around, len(s.notes))}} {
		for i := r[0]; i < r[1]; i++ {
			parts[k] = append(parts[k], d.rows(s.msg, &s.notes[i])...)
		}
	}
	if s.first == s.last {
		parts[1] = []row{{text: "(absent)"}}
	}
	return parts
}

// sideBySide writes both columns, the difference marked by ">".
func sideBySide(d *dumper, a, b *hexSide) error {
	left, right := a.column(d), b.column(d)
	width := utf8.RuneCountInString(a.name)
	for _, part := range left {
		for _, r := range part {
			width = max(width, utf8.RuneCountInString(r.text))
		}
	}
	line := func(mark string, l, r row) error {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(l.text))
		text := mark + " " + d.paint(l.text, l.note) + pad + " | " + d.paint(r.text, r.note)
		_, err := fmt.Fprintln(d.w, strings.TrimRight(text, " "))
		return err
	}
	if err := line(" ", row{text: a.name}, row{text: b.name}); err != nil {
		return err
	}
	for k, mark := range []string{" ", ">", " "} {
		n := max(len(left[k]), len(right[k]))
		gap := func(rows []row, i int) row {
			if k == 0 { // what leads to the difference ends beside each other
				i -= n - len(rows)
			}
			if i < 0 || i >= len(rows) {
				return row{}
			}
			return rows[i]
		}
		for i := range n {
			if err := line(mark, gap(left[k], i), gap(right[k], i)); err != nil {
				return err
			}
		}
	}
	return nil
}

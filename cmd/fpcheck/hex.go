package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/task"
	"github.com/wirelike/wirelike/profiles"
)

// dumper writes annotated dumps. A line has at most perLine bytes.
type dumper struct {
	w     io.Writer
	color bool
	full  bool // opaque bytes, too, are written to the last
}

const (
	perLine  = 8
	abridged = 32 // opaque runs above this are abridged
)

// newDumper writes colours if w is a terminal and the user does not mind (https://no-color.org).
func newDumper(w io.Writer, full bool) *dumper {
	d := &dumper{w: w, full: full}
	if f, ok := w.(*os.File); ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		s, err := f.Stat()
		d.color = err == nil && s.Mode()&os.ModeCharDevice != 0
	}
	return d
}

// row is one line of a dump, without colour.
type row struct {
	text string
	note *fingerprint.Note
}

// rows lays out a note: offset, bytes, and the meaning beside the first bytes.
func (d *dumper) rows(msg []byte, n *fingerprint.Note) (out []row) {
	b := msg[n.Offset : n.Offset+n.Length]
	hidden := 0
	if n.Opaque && !d.full && len(b) > abridged {
		b, hidden = b[:perLine], len(b)-perLine
	}
	meaning := strings.Repeat("  ", n.Depth) + n.Text
	if n.Err != nil {
		meaning = strings.Repeat("  ", n.Depth) + "ERROR: " + n.Text
	}
	for i := 0; i == 0 || i < len(b); i += perLine {
		line := fmt.Sprintf("%05x  %-*s  %s", n.Offset+i, 3*perLine-1, fmt.Sprintf("% x", b[i:min(i+perLine, len(b))]), meaning)
		out = append(out, row{strings.TrimRight(line, " "), n})
		meaning = ""
	}
	if hidden > 0 {
		out = append(out, row{fmt.Sprintf("%05x  … %d more bytes (--full)", n.Offset+perLine, hidden), n})
	}
	return out
}

// paint gives a line the colour of its note: red for errors, yellow for GREASE, grey for opaque bytes.
func (d *dumper) paint(text string, n *fingerprint.Note) string {
	code := ""
	switch {
	case !d.color || n == nil:
	case n.Err != nil:
		code = "31"
	case n.GREASE:
		code = "33"
	case n.Opaque:
		code = "90"
	}
	if code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// dump writes a whole hello; ok is false when there is an error in it.
func (d *dumper) dump(msg []byte) (ok bool, err error) {
	ok = true
	notes := fingerprint.Annotate(msg)
	for i := range notes {
		ok = ok && notes[i].Err == nil
		for _, r := range d.rows(msg, &notes[i]) {
			if _, err := fmt.Fprintln(d.w, d.paint(r.text, r.note)); err != nil {
				return ok, err
			}
		}
	}
	return ok, nil
}

// hellos returns the raw hellos of an item; those of a profile that was named are what the client sends for it.
func hellos(ctx context.Context, item *ingest.Item) ([]fingerprint.Hex, error) {
	switch {
	case len(item.Hellos) > 0:
		return item.Hellos, nil
	case item.Profile != nil:
		return sent(ctx, item.Profile)
	case item.Err != nil:
		return nil, item.Err
	}
	return nil, errors.New("a model without raw bytes; give the name of a built-in profile, an evidence file, fpserver's /api/raw, or the hello itself")
}

// sent returns the hello of a first visit that the client sends with a profile.
func sent(ctx context.Context, profile *profiles.Profile) ([]fingerprint.Hex, error) {
	srv := fpserver.NewUnstartedServer(nil)
	if err := srv.Start(); err != nil {
		return nil, err
	}
	defer srv.Close()
	t := golden.Task{URL: srv.URL, CAFile: srv.CAFile(), Requests: []golden.TaskRequest{{URL: srv.URL + "/get", Kind: profiles.Navigate}}}
	if err := (task.Client{Options: client.Options{Custom: profile}}).Do(ctx, t); err != nil {
		return nil, err
	}
	return srv.Conns()[0].Capture().Hellos, nil
}

// showHex writes the annotated dump of each hello of an item.
func showHex(ctx context.Context, e *env, item *ingest.Item, full bool) (ok bool, err error) {
	list, err := hellos(ctx, item)
	if err != nil {
		_, werr := fmt.Fprintf(e.stdout, "%s\n  error      %v\n", item.Name, err)
		return false, werr
	}
	d := newDumper(e.stdout, full)
	ok = true
	for i, msg := range list {
		what := ""
		switch {
		case len(list) > 1:
			what = fmt.Sprintf(", hello %d of %d", i+1, len(list))
		case item.Profile != nil && item.Hellos == nil:
			what = ", as the client sends it now to https://localhost"
		}
		fmt.Fprintf(e.stdout, "%s%s, %d bytes\n", item.Name, what, len(msg))
		good, err := d.dump(msg)
		if err != nil {
			return false, err
		}
		ok = ok && good
	}
	return ok, nil
}

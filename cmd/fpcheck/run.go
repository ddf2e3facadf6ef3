package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/shorthand"
)

var runCommand = command{
	name: "run", args: "[FLAGS] FILE.http|FILE.har", short: "send the requests of a .http file or of an archive",
	long: `
Sends the requests of a file in order, through one session, or with --no-session each through one of its own. In front of each, a line
"--- [i] METHOD URL" on stderr; then, on stdout, what --headers, --body, --print and so on say, by default status line, header
and body on a terminal, else the body.

FILE.http, FILE.rest  requests as text, as the REST clients of editors have them:
  ### separates requests; a name may stand behind it
  # or // begins a comment, in front of the empty line that ends the fields
  METHOD URL HTTP/1.1   METHOD is GET if it is not there; HTTP/1.1 and HTTP/2 insist on that version
  Name: value           'Name:' removes a field of the browser

  the body, up to the next ###, without the empty lines at its end; a line "< FILE" stands for the content of that file, whose
  name counts from the directory of FILE.http; a line that begins with "> " or "<> " ends the body
  URLs are written as with fpcheck send. Variables and a query over several lines are errors.
FILE.har  an archive of a browser's developer tools: method, URL, fields and body of each entry, without the fields that a connection
  makes by itself: pseudo-header fields, Host, Content-Length, Transfer-Encoding, Connection and the like. An entry without URL is
  passed over, and told. ws:// and wss:// URLs are of kind websocket. Archives do not say how a browser made a request: --kind
  says it, of all of them.

--json prints one line per response, as fpcheck send does.

Exit codes: 0 all requests got a response with a status below 400; 1 otherwise, or the file cannot be read; 2 wrong flags. With
--fail=false any status is a success.`,
	run: runFile,
}

type runFlags struct {
	kind      string
	lines     bool
	noSession bool
	sessionFlags
	outputFlags
}

func runFile(ctx context.Context, e *env, c *command, args []string) (int, error) {
	var o runFlags
	f := c.flags(e)
	f.StringVar(&o.kind, "kind", "", "`KIND` of all requests; default navigate, or websocket for the URL of one")
	f.BoolVar(&o.lines, "json", false, "print one JSON object per response")
	f.BoolVar(&o.noSession, "no-session", false, "a session of its own for each request: other connections, no cookies of those before")
	o.sessionFlags.register(f)
	o.outputFlags.register(f, true)
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if len(rest) != 1 {
		return exitUsage, errors.New("name one file, FILE.http or FILE.har")
	}
	if o.noSession && o.jar != "" {
		return exitUsage, errors.New("--no-session keeps no cookies, and --cookie-jar does: choose one")
	}
	what, err := o.selection(o.lines, o.usual(e))
	if err != nil {
		return exitUsage, err
	}
	if o.file != "" && o.file != "-" {
		return exitUsage, errors.New("--output is one file; --download names the files itself")
	}
	opts, err := o.options(o.source(e, c))
	if err != nil {
		return exitUsage, err
	}
	requests, err := readFile(e, rest[0])
	if err != nil {
		return exitMismatch, err
	}
	o.limit(requests)
	p := &printer{outputFlags: o.outputFlags, env: e, name: c.name, what: what, lines: o.lines}
	o.warn(p)
	return o.send(ctx, p, opts, requests)
}

// usual is what is printed when no flag says it.
func (o *runFlags) usual(e *env) string {
	switch {
	case o.download:
		return "h"
	case e.terminal && o.file == "":
		return "hb"
	}
	return "b"
}

// send sends the requests and counts those that fail.
func (o *runFlags) send(ctx context.Context, p *printer, opts *client.Options, requests []sendRequest) (int, error) {
	var err error
	if p.session, err = client.New(opts); err != nil {
		return exitUsage, err
	}
	defer func() { p.session.Close() }()
	failed := 0
	for i := range requests {
		r := &requests[i]
		if o.noSession && i > 0 {
			p.session.Close()
			opts.Cookies = o.newJar(opts)
			if p.session, err = client.New(opts); err != nil {
				return exitUsage, err
			}
		}
		if o.kind != "" {
			r.Kind = o.kind
		}
		if !p.silent {
			fmt.Fprintf(p.env.stderr, "--- [%d] %s %s\n", i+1, r.method(), shorthand.Redacted(r.URL))
		}
		if p.send(ctx, r) != exitEqual {
			failed++
		}
	}
	if err := o.save(p.session); err != nil {
		return exitMismatch, err
	}
	if failed == 0 {
		return exitEqual, nil
	}
	if !p.silent {
		fmt.Fprintf(p.env.stderr, "%d request(s) failed.\n", failed)
	}
	return exitMismatch, nil
}

// readFile reads the requests of a file, whose name says what it is.
func readFile(e *env, name string) ([]sendRequest, error) {
	var read func(*env, string, []byte) ([]sendRequest, error)
	switch strings.ToLower(filepath.Ext(name)) {
	case ".http", ".rest":
		read = readHTTPFile
	case ".har":
		read = readArchive
	default:
		return nil, fmt.Errorf("unsupported file format: %s; it is .http, .rest or .har", name)
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("file not found: %s", name)
	}
	if err != nil {
		return nil, err
	}
	requests, err := read(e, filepath.Dir(name), b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(requests) == 0 {
		return nil, fmt.Errorf("%s: no request in it", name)
	}
	return requests, nil
}

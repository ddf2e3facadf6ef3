package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/saving"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/shorthand"
)

// printer sends requests and prints what comes of them.
type printer struct {
	outputFlags
	env     *env
	name    string // of the command, for messages
	session *client.Session
	what    string // of "HBhb"
	lines   bool   // a line of JSON per response instead
}

// responseLine is a line of --json.
type responseLine struct {
	Status  int    `json:"status"`
	Proto   string `json:"proto"`
	URL     string `json:"url"`
	Resumed bool   `json:"resumed"`
	Error   string `json:"error"`
}

// send sends a request, prints the response and returns the exit code.
func (p *printer) send(ctx context.Context, r *sendRequest) int {
	line := responseLine{URL: shorthand.Redacted(r.URL)}
	res, err := r.do(ctx, p.session)
	status := 0
	if res != nil {
		status = res.StatusCode
		line.Status, line.Proto, line.Resumed, line.URL = status, res.Proto, res.Info.Resumed, shorthand.Redacted(res.URL.String())
		err = errors.Join(err, p.response(r, res), res.Close())
	}
	if err != nil {
		line.Error = err.Error()
	}
	if p.lines {
		if werr := p.line(line); werr != nil {
			return exitMismatch
		}
	}
	switch {
	case err != nil:
		if !p.lines {
			p.tell("%v", err)
		}
		return exitMismatch
	case p.fail && status >= 400:
		if !p.lines {
			p.tell("%s: %s", shorthand.Redacted(r.URL), res.Status())
		}
		return exitStatus
	}
	return exitEqual
}

func (p *printer) line(line responseLine) error {
	enc := json.NewEncoder(p.env.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(line)
}

// tell writes a message, unless nobody wants to hear it.
func (p *printer) tell(format string, args ...any) {
	if !p.silent {
		fmt.Fprintf(p.env.stderr, "fpcheck %s: %s\n", p.name, harmless(fmt.Sprintf(format, args...)))
	}
}

func (p *printer) wants(part string) bool { return strings.Contains(p.what, part) }

// response prints the parts that are wanted, in the order of the exchange, and sees to the body.
func (p *printer) response(r *sendRequest, res *client.Response) error {
	hops := []*client.Response{res}
	if p.verbose {
		hops = append(res.History[:len(res.History):len(res.History)], res)
	}
	for i, hop := range hops {
		if err := p.exchange(r, hop, i == 0 || hop.Method == r.method()); err != nil {
			return err
		}
	}
	switch {
	case p.saves():
		return p.save(res)
	case p.wants("b"):
		return p.printBody(res)
	}
	_, err := io.Copy(io.Discard, res.Body) // what breaks off is a failure all the same
	return err
}

// exchange prints a request and the head of its response.
func (p *printer) exchange(r *sendRequest, res *client.Response, body bool) error {
	var b strings.Builder
	if p.wants("H") {
		sent := res.Info.Sent
		if len(sent) == 0 || !strings.HasPrefix(sent[0].Name, ":") { // else :method and :path are fields
			fmt.Fprintf(&b, "%s %s HTTP/1.1\n", res.Method, res.URL.RequestURI())
		}
		p.fields(&b, sent)
		b.WriteByte('\n')
	}
	if text := r.bodyText(); p.wants("B") && body && text != "" {
		b.WriteString(strings.TrimSuffix(text, "\n") + "\n\n")
	}
	if p.wants("h") {
		fmt.Fprintf(&b, "%s %s\n", res.Proto, res.Status())
		p.fields(&b, res.Header)
		b.WriteByte('\n')
	}
	_, err := io.WriteString(p.env.stdout, b.String())
	return err
}

// fields writes one field a line. With --verbose, whose output people show each other, credentials are hidden.
func (p *printer) fields(b *strings.Builder, h client.Header) {
	if p.verbose {
		b.WriteString(h.String())
		return
	}
	for name, value := range h.All() {
		fmt.Fprintf(b, "%s: %s\n", name, value)
	}
}

// printBody writes the body to stdout as it comes, or for people.
func (p *printer) printBody(res *client.Response) error {
	typ, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case p.env.terminal && strings.HasPrefix(typ, "image/"):
		n, err := io.Copy(io.Discard, res.Body)
		p.tell("%s is %s, %d bytes; save it with --output or --download", res.URL.Redacted(), typ, n)
		return err
	case (p.env.terminal || p.pretty) && (typ == "application/json" || strings.HasSuffix(typ, "+json")):
		b, err := res.Bytes()
		if err != nil {
			return errors.Join(p.write(b), err)
		}
		return p.write(indentJSON(b))
	}
	_, err := io.Copy(p.env.stdout, res.Body)
	return err
}

func (p *printer) write(b []byte) error {
	_, err := p.env.stdout.Write(b)
	return err
}

func (p *printer) saves() bool { return p.download || p.file != "" && p.file != "-" }

// save writes the body to its file.
func (p *printer) save(res *client.Response) error {
	if p.fail && res.StatusCode >= 400 || res.StatusCode == http.StatusSwitchingProtocols {
		_, err := io.Copy(io.Discard, res.Body)
		return err
	}
	var f *saving.File
	var err error
	if p.file != "" {
		f, err = saving.Create(p.file)
	} else {
		f, err = saving.New(saving.Name(res.Header.Get("Content-Disposition"), res.URL))
	}
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, res.Body); err != nil {
		return errors.Join(err, f.Discard())
	}
	if err := f.Commit(); err != nil {
		return err
	}
	if p.download {
		p.tell("downloaded to %s", f.Name())
	}
	return nil
}

// harmless returns a message without what could steer a terminal: parts of it come from servers.
func harmless(message string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, message)
}

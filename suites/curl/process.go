package curl

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wirelike/wirelike/suites/subject"
)

// process is one call.
type process struct {
	ctx    context.Context
	stop   func()
	cmd    *exec.Cmd
	errs   *strings.Builder
	source io.Reader // the body of the request
	heads  *os.File

	once sync.Once
	err  error
}

// response reads the heads that the program tells, up to the last one.
func (p *process) response(out io.Reader, rawURL string, follow bool) (*subject.Response, error) {
	in := bufio.NewReader(p.heads)
	var history []*subject.Response
	for at := rawURL; ; {
		r, err := readHead(in)
		if err != nil {
			if err := p.wait(); err != nil {
				return nil, err
			}
			return nil, &subject.Error{Kind: subject.Protocol, Err: fmt.Errorf("what curl tells: %w", err)}
		}
		r.URL = at
		next := ""
		if slices.Contains([]int{301, 302, 303, 307, 308}, r.Status) && r.Get("Location") != "" {
			next = resolve(at, r.Get("Location"))
		}
		if next != "" && follow && another(in) {
			history, at = append(history, r), next
			continue
		}
		if r.Status/100 == 1 {
			continue
		}
		if next != "" && follow { // it would have gone on
			if err := p.wait(); subject.KindOf(err) == subject.TooManyRedirects {
				r.History, r.NextURL = history, next
				return nil, &subject.Error{Kind: subject.TooManyRedirects, Response: r, Err: err}
			}
		}
		r.History, r.NextURL, r.Body = history, next, &body{out, p}
		return r, nil
	}
}

// another tells whether a further head follows.
func another(in *bufio.Reader) bool {
	b, _ := in.Peek(5)
	return string(b) == "HTTP/"
}

func resolve(base, ref string) string {
	b, err1 := url.Parse(base)
	u, err2 := url.Parse(ref)
	if err1 != nil || err2 != nil {
		return ref
	}
	return b.ResolveReference(u).String()
}

// readHead reads one head.
func readHead(in *bufio.Reader) (*subject.Response, error) {
	r := &subject.Response{}
	for first := true; ; first = false {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, cmp.Or(err, io.ErrUnexpectedEOF)
		}
		line = strings.TrimRight(line, "\r\n")
		switch name, value, ok := strings.Cut(line, ":"); {
		case line == "":
			return r, nil
		case first:
			proto, rest, _ := strings.Cut(line, " ")
			code, reason, _ := strings.Cut(rest, " ")
			if r.Status, err = strconv.Atoi(code); err != nil {
				return nil, err
			}
			r.Protocol, r.Reason = map[string]string{"HTTP/2": "HTTP/2.0"}[proto], reason
			r.Protocol = cmp.Or(r.Protocol, proto)
		case ok:
			r.Header = append(r.Header, subject.Field{Name: name, Value: strings.TrimSpace(value)})
		}
	}
}

// body is what follows the last head, up to the end of the process.
type body struct {
	out io.Reader
	p   *process
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.out.Read(p)
	if err != nil {
		err = cmp.Or(b.p.wait(), io.EOF)
	}
	return n, err
}

// Close ends the process.
func (b *body) Close() error {
	b.p.once.Do(func() {
		b.p.err = &subject.Error{Kind: subject.Closed, Err: errors.New("the body was closed")}
		b.p.stop()
		b.p.cmd.Wait()
		b.p.release()
	})
	return nil
}

// wait waits for the end of the process and returns its error.
func (p *process) wait() error {
	p.once.Do(func() {
		err := p.cmd.Wait()
		ctxErr := context.Cause(p.ctx)
		p.stop()
		p.release()
		if err != nil {
			p.err = failed(err, ctxErr, p.errs.String())
		}
	})
	return p.err
}

func (p *process) release() {
	p.heads.Close()
	closeSource(p.source)
}

// kinds are curl's exit codes (man curl) in the suites' terms.
var kinds = map[int]subject.Kind{
	1: subject.Invalid, 3: subject.Invalid, 6: subject.Connect, 7: subject.Connect, 8: subject.Protocol, 16: subject.Protocol,
	18: subject.Incomplete, 28: subject.Timeout, 35: subject.TLS, 47: subject.TooManyRedirects, 52: subject.EmptyReply, 55: subject.Transfer,
	56: subject.Transfer, 60: subject.TLS, 61: subject.Decoding, 65: subject.NotReplayable, 92: subject.Protocol,
}

func failed(err, ctxErr error, text string) error {
	kind := subject.Other
	var exit *exec.ExitError
	switch {
	case errors.Is(ctxErr, context.DeadlineExceeded):
		kind = subject.Timeout
	case ctxErr != nil:
		kind = subject.Canceled
	case errors.As(err, &exit) && kinds[exit.ExitCode()] != "":
		kind = kinds[exit.ExitCode()]
	}
	return &subject.Error{Kind: kind, Err: fmt.Errorf("%w: %s", cmp.Or(ctxErr, err), strings.TrimSpace(text))}
}

// Package curl puts the program curl into the suites: a process for each call. It is the model of an adapter for a client that is a
// program.
package curl

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/wirelike/wirelike/suites/subject"
)

// Adapter is curl. The zero value is the one that is found by its name.
type Adapter struct {
	// Path is the program. Empty: "curl".
	Path string
}

// New implements [subject.Adapter].
func (a Adapter) New(c subject.Config) (subject.Client, error) {
	if err := subject.Only(c, "CA", "Hosts", "Protocol", "NoCookies", "Redirect.Follow", "Redirect.Max", "Timeouts.Total", "Timeouts.Connect",
		"Credentials"); err != nil {
		return nil, err
	}
	if c.Redirect.Follow == subject.FollowSafe {
		return nil, &subject.Unsupported{What: "FollowSafe"}
	}
	if _, err := c.Pool(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "suites-curl")
	if err != nil {
		return nil, err
	}
	s := &session{program: cmp.Or(a.Path, "curl"), dir: dir, config: c}
	if err := os.WriteFile(s.file("ca.pem"), c.CA, 0o600); err != nil {
		return nil, err
	}
	return s, nil
}

// session is what the processes of a client share: a directory with the cookies.
type session struct {
	program, dir string
	config       subject.Config
}

func (s *session) file(name string) string { return filepath.Join(s.dir, name) }

// Close implements [subject.Client].
func (s *session) Close() error { return os.RemoveAll(s.dir) }

// Do implements [subject.Client].
func (s *session) Do(ctx context.Context, r subject.Request) (*subject.Response, error) {
	if err := subject.Only(r, "Method", "URL", "Header", "Remove", "Bytes", "Stream", "RawURL", "RawBody", "Redirect.Follow", "Redirect.Max"); err != nil {
		return nil, err
	}
	redirect := s.config.Redirect
	if r.Redirect != nil {
		redirect = *r.Redirect
	}
	ctx, stop := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, s.program, s.arguments(&r, &redirect)...)
	cmd.WaitDelay = time.Second // for a body whose reader does not return
	switch {
	case r.Stream != nil:
		cmd.Stdin = r.Stream
	case r.Bytes != nil:
		cmd.Stdin = strings.NewReader(string(r.Bytes))
	}
	errs := &strings.Builder{}
	cmd.Stderr = errs
	out, heads, err := start(cmd)
	if err != nil {
		stop()
		closeSource(r.Stream)
		return nil, &subject.Error{Kind: subject.Other, Err: err}
	}
	p := &process{ctx: ctx, stop: stop, cmd: cmd, errs: errs, source: r.Stream, heads: heads}
	if cmp.Or(r.Method, "GET") == "HEAD" {
		out = strings.NewReader("") // where a body would be, curl tells the head again
	}
	return p.response(out, r.URL, redirect.Follow == subject.FollowAll)
}

// start starts the process and returns its output, and what it tells of heads: that is not buffered, as it would be among the output.
func start(cmd *exec.Cmd) (out io.Reader, heads *os.File, err error) {
	if out, err = cmd.StdoutPipe(); err != nil {
		return nil, nil, err
	}
	heads, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.ExtraFiles = []*os.File{w} // 3
	err = cmd.Start()
	w.Close()
	if err != nil {
		heads.Close()
		return nil, nil, err
	}
	return out, heads, nil
}

// arguments returns the command line of a call.
func (s *session) arguments(r *subject.Request, redirect *subject.Redirect) []string {
	args := []string{"--disable", "--silent", "--show-error", "--dump-header", "/dev/fd/3", "--no-buffer", "--globoff", "--cacert", s.file("ca.pem")}
	add := func(more ...string) { args = append(args, more...) }
	switch s.config.Protocol {
	case "http/1.1":
		add("--http1.1")
	case "h2":
		add("--http2")
	}
	for host, addr := range s.config.Hosts {
		add("--connect-to", host+"::"+addr+":")
	}
	if !s.config.NoCookies {
		add("--cookie", s.file("cookies"), "--cookie-jar", s.file("cookies"))
	}
	if redirect.Follow == subject.FollowAll {
		add("--location")
		if redirect.Max != 0 {
			add("--max-redirs", strconv.Itoa(max(redirect.Max, -1)))
		}
	}
	for name, d := range map[string]time.Duration{"--max-time": s.config.Timeouts.Total, "--connect-timeout": s.config.Timeouts.Connect} {
		if d > 0 {
			add(name, strconv.FormatFloat(d.Seconds(), 'f', 3, 64))
		}
	}
	args = append(args, credentials(s.config.Credentials)...)
	for _, f := range r.Header {
		if f.Value == "" {
			add("--header", f.Name+";") // curl's way to say an empty value
			continue
		}
		add("--header", f.Name+": "+f.Value)
	}
	for _, name := range r.Remove {
		add("--header", name+":")
	}
	if !r.RawBody {
		add("--compressed")
	}
	if r.RawURL {
		add("--path-as-is")
	}
	method := cmp.Or(r.Method, "GET")
	switch {
	case r.Stream != nil:
		add("--upload-file", "-")
	case r.Bytes != nil:
		add("--data-binary", "@-")
	case method == "HEAD":
		add("--head")
	}
	if method != "HEAD" {
		add("--request", method)
	}
	return append(args, "--url", r.URL)
}

func credentials(c *subject.Credentials) []string {
	switch {
	case c == nil || c.Scheme == "":
		return nil
	case c.Scheme == "bearer":
		return []string{"--oauth2-bearer", c.Token}
	}
	return []string{"--" + c.Scheme, "--user", c.User + ":" + c.Password}
}

// closeSource ends the body of a request.
func closeSource(r io.Reader) {
	if c, ok := r.(io.Closer); ok {
		c.Close()
	}
}

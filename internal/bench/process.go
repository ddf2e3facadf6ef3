package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// process is this program, executing itself in another role: it reads lines and answers each with one.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	in     *json.Encoder
	out    *json.Decoder
	stderr strings.Builder
}

func startProcess(ctx context.Context, role string) (*process, error) {
	name, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, name, role)}
	p.cmd.Stderr = &p.stderr
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = json.NewEncoder(p.stdin), json.NewDecoder(out)
	return p, p.cmd.Start()
}

// ask writes a question, if there is one, and reads the answer. On an error the process is over.
func (p *process) ask(question, answer any) error {
	var err error
	if question != nil {
		err = p.in.Encode(question)
	}
	if err == nil {
		err = p.out.Decode(answer)
	}
	if err == nil {
		return nil
	}
	if stopped := p.stop(); stopped != nil {
		return stopped // says more than that a pipe was closed
	}
	return err
}

// stop ends the input of the process and waits for its end. It may be called again.
func (p *process) stop() error {
	p.stdin.Close()
	if p.cmd.ProcessState != nil {
		return nil
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(p.stderr.String()))
	}
	return nil
}

// serving is the server's process.
type serving struct {
	*process
	endpoint
}

func startServer(ctx context.Context) (*serving, error) {
	p, err := startProcess(ctx, serveRole)
	if err != nil {
		return nil, err
	}
	s := &serving{process: p}
	return s, p.ask(nil, &s.endpoint)
}

// measuring is a measuring process, ready to measure.
type measuring struct {
	*process
	proof string
	total sample
}

func (t *task) start(ctx context.Context) (*measuring, error) {
	p, err := startProcess(ctx, measureRole)
	if err != nil {
		return nil, err
	}
	var ready prepared
	if err := p.ask(t, &ready); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Side, err)
	}
	return &measuring{process: p, proof: ready.Proof}, nil
}

// run measures n more requests.
func (m *measuring) run(n int) error {
	var s sample
	if err := m.ask(n, &s); err != nil {
		return err
	}
	m.total.add(s)
	return nil
}

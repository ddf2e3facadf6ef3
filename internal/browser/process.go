package browser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// tailSize bounds what is kept of a browser's output, in bytes.
const tailSize = 4 << 10

// grace bounds the time that the processes of a killed browser may take to go away.
const grace = 10 * time.Second

// process is a running browser: the program and all processes that it started.
type process struct {
	cmd       *exec.Cmd
	addresses chan string   // gets the address of the remote protocol, once
	exited    chan struct{} // closed when the program itself has ended; then err is set
	silent    chan struct{} // closed when no process holds the output any more: all have ended
	err       error

	mu   sync.Mutex
	tail []byte
}

// environment is all that a browser sees of the caller's environment: a proxy, a key log or another profile named there
// would change what it sends. dir becomes its home, and the place of its temporary files.
func environment(dir string) []string {
	env := []string{"HOME=" + dir, "TMPDIR=" + dir, "LANG=en_US.UTF-8", "LANGUAGE=en_US", "MOZ_CRASHREPORTER_DISABLE=1"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func startProcess(dir, path string, args []string) (*process, error) {
	output, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := &process{addresses: make(chan string, 1), exited: make(chan struct{}), silent: make(chan struct{})}
	p.cmd = exec.Command(path, args...)
	p.cmd.Env, p.cmd.Dir = environment(dir), dir
	p.cmd.Stdout, p.cmd.Stderr = w, w
	p.cmd.SysProcAttr = processAttr()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, w.Close(), output.Close())
	}
	_ = w.Close() // the browser has its own
	go p.read(output)
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// listening is what both browsers print when the remote protocol can be spoken: "DevTools listening on ws://…",
// "WebDriver BiDi listening on ws://…".
var listening = regexp.MustCompile(`listening on (ws://\S+)`)

// noise is what headless browsers say on every machine without a desktop.
var noise = regexp.MustCompile(`:ERROR:dbus/|You are running in headless mode|unexpected operator`)

func (p *process) read(output io.ReadCloser) {
	defer close(p.silent)
	defer output.Close()
	lines := bufio.NewReaderSize(output, tailSize)
	for {
		line, err := lines.ReadSlice('\n') // a longer line comes in pieces
		if m := listening.FindSubmatch(line); m != nil {
			select {
			case p.addresses <- string(m[1]):
			default:
			}
		} else if !noise.Match(line) {
			p.keep(line)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

func (p *process) keep(line []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tail = append(p.tail, line...)
	if extra := len(p.tail) - tailSize; extra > 0 {
		p.tail = append(p.tail[:0], p.tail[extra:]...)
	}
}

// output returns the end of what the browser printed.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(bytes.TrimSpace(p.tail))
}

// address waits until the browser says where its remote protocol is spoken.
func (p *process) address(ctx context.Context) (string, error) {
	select {
	case address := <-p.addresses:
		return address, nil
	case <-p.silent:
		<-p.exited
		return "", fmt.Errorf("ended before it could be steered: %w", p.exitError())
	case <-ctx.Done():
		return "", fmt.Errorf("does not listen: %w", context.Cause(ctx))
	}
}

// exitError is the reason of the end, never nil: a browser that ends by itself is wrong even when it is content.
func (p *process) exitError() error {
	if p.err == nil {
		return errors.New("exit status 0")
	}
	return p.err
}

// kill ends all processes of the browser and returns when they have.
func (p *process) kill() error {
	killTree(p.cmd.Process)
	timeout := time.NewTimer(grace)
	defer timeout.Stop()
	for _, done := range []chan struct{}{p.exited, p.silent} {
		select {
		case <-done:
		case <-timeout.C:
			return fmt.Errorf("browser: processes of %s are still running %v after they were killed", filepath.Base(p.cmd.Path), grace)
		}
	}
	return nil
}

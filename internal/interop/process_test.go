package interop

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 20 * time.Second // until a server accepts connections
	stopTimeout  = 10 * time.Second // until it has ended after a signal
)

// program is one that Debian has a package for.
type program struct{ name, pkg string }

// need returns the path of a program for a test that cannot do without it, and logs its version. Where it is not
// installed the test is skipped, or fails if WIRELIKE_REQUIRE_PEERS is "1".
func (p program) need(t *testing.T, versionArgs ...string) string {
	t.Helper()
	path, err := exec.LookPath(p.name)
	if err != nil {
		// Where Debian has its servers, which only root has in PATH.
		path, err = exec.LookPath(filepath.Join("/usr/sbin", p.name))
	}
	if err != nil {
		say := t.Skipf
		if os.Getenv("WIRELIKE_REQUIRE_PEERS") == "1" {
			say = t.Fatalf
		}
		say("%s is not in PATH (Debian: apt-get install %s)", p.name, p.pkg)
	}
	out, err := exec.Command(path, versionArgs...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", path, strings.Join(versionArgs, " "), err, out)
	}
	version, _, _ := strings.Cut(string(bytes.TrimSpace(out)), "\n")
	t.Logf("%s: %s", p.name, version)
	return path
}

// start starts a server and returns its port once it accepts connections. args gets the port and returns what follows
// the program on the command line. When the test ends the server is stopped, with all that it started, and awaited; what
// it said is logged if the test has failed.
func start(t *testing.T, path string, args func(port string) []string) (port string) {
	t.Helper()
	return startAs(t, processAttr(), path, args)
}

// startAs is start with attributes of the process.
func startAs(t *testing.T, attr *syscall.SysProcAttr, path string, args func(port string) []string) (port string) {
	t.Helper()
	deadline := time.Now().Add(startTimeout)
	for {
		port = freePort(t)
		p := newProcess(t, attr, path, args(port))
		err := p.listening(port, deadline)
		if err == nil {
			t.Cleanup(func() {
				p.stop(t)
				if t.Failed() {
					t.Logf("%s said:\n%s", filepath.Base(path), p.output())
				}
			})
			return port
		}
		p.stop(t)
		// Somebody may have been faster to take the port.
		if out := p.output(); !strings.Contains(strings.ToLower(out), "in use") || time.Now().After(deadline) {
			t.Fatalf("%s does not start: %v\n%s", path, err, out)
		}
	}
}

// freePort returns a port of the loopback interface that is free, for a server that must be told one. It is none of those
// that the system gives to connections and to listeners on port 0, so that nobody else gets it before the server does.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := fmt.Sprint(15000 + rand.IntN(15000))
		free := true
		for _, host := range []string{"", "127.0.0.1"} {
			l, err := net.Listen("tcp", net.JoinHostPort(host, port))
			if err != nil {
				free = false
				break
			}
			l.Close()
		}
		if free {
			return port
		}
	}
	t.Fatal("no free port")
	return ""
}

// process is a running server.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the program itself has ended
	silent chan struct{} // closed when nobody holds its output any more: all its processes have ended

	mu   sync.Mutex
	said bytes.Buffer
}

func newProcess(t *testing.T, attr *syscall.SysProcAttr, path string, args []string) *process {
	t.Helper()
	output, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(path, args...), exited: make(chan struct{}), silent: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C", "HOME=/nonexistent"}
	p.cmd.SysProcAttr = attr
	err = p.cmd.Start()
	w.Close()
	if err != nil {
		output.Close()
		t.Fatal(err)
	}
	go func() {
		defer close(p.silent)
		defer output.Close()
		io.Copy(p, output)
	}()
	go func() {
		p.cmd.Wait()
		close(p.exited)
	}()
	return p
}

// Write keeps what the server says.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.said.Len() < 64<<10 {
		p.said.Write(b)
	}
	return len(b), nil
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// listening waits until the server accepts connections.
func (p *process) listening(port string, deadline time.Time) error {
	look := time.NewTicker(5 * time.Millisecond) // nothing tells when a foreign process listens
	defer look.Stop()
	for {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
		if err == nil {
			c.Close()
		}
		select {
		case <-p.exited: // then it was somebody else's port, or none's
			return fmt.Errorf("ended: %v", p.cmd.ProcessState)
		default:
		}
		if err == nil {
			return nil
		}
		select {
		case <-look.C:
		case <-p.exited:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("does not listen: %w", err)
		}
	}
}

// stop ends all processes of the server and waits for them: by asking, so that it can clean up, then by force.
func (p *process) stop(t *testing.T) {
	terminate(p.cmd.Process)
	timeout := time.NewTimer(stopTimeout)
	defer timeout.Stop()
	for _, done := range []chan struct{}{p.exited, p.silent} {
		select {
		case <-done:
		case <-timeout.C:
			t.Errorf("%s still runs %v after it was told to stop", p.cmd.Path, stopTimeout)
			kill(p.cmd.Process)
			<-done
		}
	}
}

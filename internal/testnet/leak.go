package testnet

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// grace is how long a goroutine or a descriptor may need to go away after the tests, which closed it just now.
const grace = 5 * time.Second

// Main runs the tests of a package and exits; it is all that a TestMain needs:
//
//	func TestMain(m *testing.M) { testnet.Main(m) }
//
// When the tests pass but leave goroutines or descriptors behind, it lists them and exits with 1.
func Main(m *testing.M) {
	before := Take()
	code := m.Run()
	if code == 0 {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if err := before.Leaks(grace); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// LeakCheck fails the test when, after its other cleanups, goroutines or descriptors are left that were not there at
// the call. Not for parallel tests, which would see each other's.
func LeakCheck(tb testing.TB) {
	tb.Helper()
	before := Take()
	tb.Cleanup(func() {
		if err := before.Leaks(grace); err != nil {
			tb.Error(err)
		}
	})
}

// Snapshot is what runs and what is open in this process at one moment.
type Snapshot struct {
	goroutines  map[string]bool   // by "goroutine 7"
	descriptors map[string]string // number to target; nil where /proc is missing
}

// Take takes a snapshot.
func Take() *Snapshot {
	s := &Snapshot{goroutines: make(map[string]bool), descriptors: descriptors()}
	for _, g := range stacks() {
		id, _, _ := strings.Cut(g, " [")
		s.goroutines[id] = true
	}
	return s
}

// LeakError lists what a [Snapshot] does not have.
type LeakError struct {
	Goroutines  []string // stacks as the runtime prints them; the same stack only once, with "N × " in front
	Descriptors []string // "7 -> socket:[4711]"
}

func (e *LeakError) Error() string {
	var b strings.Builder
	b.WriteString("testnet: leaked:")
	for _, g := range e.Goroutines {
		b.WriteString("\n\n" + g)
	}
	if len(e.Descriptors) > 0 {
		b.WriteString("\n\ndescriptors:")
	}
	for _, d := range e.Descriptors {
		b.WriteString("\n\t" + d)
	}
	return b.String()
}

// Leaks waits until nothing is left that the snapshot does not have, at most as long as wait, and returns what is left
// as a *[LeakError]. Goroutines of the runtime and of package testing do not count, nor does its caller.
func (s *Snapshot) Leaks(wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		e := s.leaks()
		if len(e.Goroutines) == 0 && len(e.Descriptors) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return e
		}
		time.Sleep(pause) // nothing tells when a foreign goroutine ends
	}
}

// system marks the stacks of goroutines that no test started.
var system = regexp.MustCompile(`(?m)^(created by testing\.|os/signal\.|runtime\.ensureSigM|runtime/pprof\.|runtime/trace\.|internal/fuzz\.|testing\.\(\*M\))`)

// volatile matches what differs between two goroutines with the same stack.
var volatile = regexp.MustCompile(`0x[0-9a-f]+\??|goroutine \d+|, \d+ minutes`)

func (s *Snapshot) leaks() *LeakError {
	e := &LeakError{}
	first, count := map[string]string{}, map[string]int{}
	for _, g := range stacks() {
		id, _, _ := strings.Cut(g, " [")
		if s.goroutines[id] || system.MatchString(g) {
			continue
		}
		shape := volatile.ReplaceAllString(g, "")
		if count[shape]++; count[shape] == 1 {
			first[shape] = g
		}
	}
	for shape, g := range first {
		if n := count[shape]; n > 1 {
			g = fmt.Sprintf("%d × %s", n, g)
		}
		e.Goroutines = append(e.Goroutines, g)
	}
	slices.Sort(e.Goroutines)
	if s.descriptors != nil {
		for n, target := range descriptors() {
			if s.descriptors[n] != target {
				e.Descriptors = append(e.Descriptors, n+" -> "+target)
			}
		}
		slices.Sort(e.Descriptors)
	}
	return e
}

// stacks returns the stack of every goroutine but the calling one, which the runtime prints first.
func stacks() []string {
	for buf := make([]byte, 1<<16); ; buf = make([]byte, 2*len(buf)) {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return strings.Split(strings.TrimSpace(string(buf[:n])), "\n\n")[1:]
		}
	}
}

// descriptors returns the open sockets, pipes and files; the runtime's own poller ("anon_inode:") is left out. It is
// nil on systems without /proc.
func descriptors() map[string]string {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	out := make(map[string]string)
	for _, e := range entries {
		// The descriptor of the directory itself is closed by now, so its link is gone.
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && !strings.HasPrefix(target, "anon_inode:") {
			out[e.Name()] = target
		}
	}
	return out
}

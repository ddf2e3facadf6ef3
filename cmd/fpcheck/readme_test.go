package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"go/format"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// This file holds the Go code of README.md word for word, and runs it; the first program it takes from there.

const readme = "../../README.md"

// mine stands for the client of a reader.
var mine = struct {
	New     func(*x509.CertPool) http.RoundTripper
	Session func(*x509.CertPool) *http.Client
}{
	New: func(p *x509.CertPool) http.RoundTripper {
		return &client.Transport{Profile: "chrome150", RootCAs: p}
	},
	Session: func(p *x509.CertPool) *http.Client {
		return &http.Client{Transport: &client.Transport{Profile: "firefox153_linux", RootCAs: p}}
	},
}

func TestMyClient(t *testing.T) {
	golden.Verify(t, "chrome150", func(srv *fpserver.Server) http.RoundTripper {
		return mine.New(srv.CertPool()) // trust the server's CA
	})
}

func TestReadmePin(t *testing.T) {
	srv := fpserver.NewServer(t) // https://localhost:PORT, cleans up itself
	resp, err := mine.Session(srv.CertPool()).Get(srv.URL + "/fp")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	golden.Snapshot(t, srv.Conns()[0], "testdata/mine.json") // WIRELIKE_UPDATE=1 writes it
}

func TestReadmeClient(t *testing.T) {
	srv := fpserver.NewServer(t)
	var text string
	get := func(ctx context.Context, roots *x509.CertPool, url string) error {
		s, err := client.New(&client.Options{Profile: "chrome150", RootCAs: roots}) // nil: those of the system
		if err != nil {
			return err
		}
		defer s.Close()
		r, err := s.Get(ctx, url, &client.Call{Query: client.Q("page", "2")})
		if err != nil {
			return err // *client.Error: errors.Is(err, client.ErrConnect), curl's number in Code
		}
		text, err = r.Text()
		return err
	}
	if err := get(t.Context(), srv.CertPool(), srv.URL+"/get"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "/get?page=2") {
		t.Errorf("got %q, want an echo of the query", text)
	}
}

// TestReadmeCode wants each line of each Go block of the README in this file, in order; its first program is run, and its suite is
// the one of the documentation of package subject.
func TestReadmeCode(t *testing.T) {
	t.Parallel()
	text, source := read(t, readme), read(t, "readme_test.go")+read(t, "../../suites/subject/testdata/stranger/mine_test.go")
	blocks := strings.Split(text, "```go\n")[1:]
	if len(blocks) != 5 {
		t.Fatalf("%d blocks of Go, want 5", len(blocks))
	}
	for _, b := range blocks[1:] {
		b, _, _ = strings.Cut(b, "```")
		from := source
		for _, line := range strings.Split(strings.TrimSpace(b), "\n") {
			line = strings.TrimSpace(strings.Replace(line, "text, err :=", "text, err =", 1))
			_, rest, ok := strings.Cut(from, line)
			if !ok {
				t.Errorf("the README has a line that is not tested, or not in this order: %s", line)
				break
			}
			from = rest
		}
	}
}

// TestReadmeProgram runs the first program of the README, with another address, as a program of its own.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	_, program, _ := strings.Cut(read(t, readme), "```go\n")
	program, _, _ = strings.Cut(program, "```")
	const address = `"https://example.org/"`
	if formatted, err := format.Source([]byte(program)); err != nil || string(formatted) != program || !strings.Contains(program, address) {
		t.Fatalf("%v: want a program as gofmt writes it, with the address %s", err, address)
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the system's authorities cannot be replaced for a process")
	}
	srv := fpserver.NewServer(t)
	file := filepath.Join(t.TempDir(), "main.go")
	program = strings.Replace(program, address, strconv.Quote(srv.URL+"/fp"), 1)
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", file) // in this directory, so that it finds the module
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+srv.CAFile(), "SSL_CERT_DIR="+t.TempDir(), "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	if err != nil || !regexp.MustCompile(`"nearest": *\{\s*"name": *"chrome156"`).Match(out) || !strings.HasSuffix(string(out), " <nil>\n") {
		t.Errorf("%v, want a report of chrome156 and no error:\n%s", err, out)
	}
}

// TestReadmeLinks: what the README links to is there, and it stays short.
func TestReadmeLinks(t *testing.T) {
	t.Parallel()
	text := read(t, readme)
	links := regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(text, -1)
	if len(links) < 10 {
		t.Errorf("only %d links were found", len(links))
	}
	for _, l := range links {
		if _, err := os.Stat(filepath.Join("../..", l[1])); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(text, "\n"); n > 260 {
		t.Errorf("%d lines, at most 260", n)
	}
}

// TestReadmeOutput wants the output of verify, and the beginning of what net/http gets told, as the README has them; of
// the latter not the values, which depend on the version of Go and on the processor.
func TestReadmeOutput(t *testing.T) {
	if testnet.Race {
		t.Skip("takes minutes under the race detector, and runs without")
	}
	text := read(t, readme)
	for _, format := range []string{"\n%d profiles; `fpcheck list` has them all", "<summary>What it prints: %d profiles, 0 mismatches</summary>"} {
		if want := fmt.Sprintf(format, len(profiles.Names())); !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"verify"}, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s%s", code, stdout.String(), stderr.String())
	}
	r := &recorder{T: t}
	golden.Verify(r, "chrome150", func(srv *fpserver.Server) http.RoundTripper { return srv.Client().Transport })
	lines := strings.Split(r.failure, "\n")
	fails := strings.Join(lines[:min(8, len(lines))], "\n") + "\n"
	if os.Getenv("WIRELIKE_UPDATE") == "1" {
		text = replaceBlock(t, replaceBlock(t, text, "verify", stdout.String()), "fails", fails)
		if err := os.WriteFile(filepath.FromSlash(readme), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if block(t, text, "verify") != stdout.String() {
		t.Errorf("verify prints something else than the README (WIRELIKE_UPDATE=1 rewrites it):\n%s", stdout.String())
	}
	values := regexp.MustCompile(`got .*|offset [0-9]+|[0-9]+ differences`)
	if values.ReplaceAllString(block(t, text, "fails"), "") != values.ReplaceAllString(fails, "") {
		t.Errorf("net/http gets told something else than the README (WIRELIKE_UPDATE=1 rewrites it):\n%s", fails)
	}
}

// block returns the fenced block behind the comment <!-- name -->.
func block(t *testing.T, text, name string) string {
	t.Helper()
	_, after, ok := strings.Cut(text, "<!-- "+name+" -->\n```\n")
	if !ok {
		t.Fatalf("the README has no block %q", name)
	}
	content, _, _ := strings.Cut(after, "```\n")
	return content
}

// replaceBlock replaces the fenced block behind the comment <!-- name -->.
func replaceBlock(t *testing.T, text, name, content string) string {
	t.Helper()
	mark := "<!-- " + name + " -->\n```\n"
	return strings.Replace(text, mark+block(t, text, name), mark+content, 1)
}

// recorder is a test that is allowed to fail.
type recorder struct {
	*testing.T
	failure string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = strings.TrimSpace(fmt.Sprintf(format, args...))
}
func (r *recorder) Failed() bool { return r.failure != "" }

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

package subject_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const stranger = "testdata/stranger/mine_test.go"

// TestDoc: the example in the documentation is the one that is tested.
func TestDoc(t *testing.T) {
	t.Parallel()
	doc, err1 := os.ReadFile("doc.go")
	source, err2 := os.ReadFile(stranger)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for line := range strings.Lines(string(source)) {
		want.WriteString(strings.TrimSuffix("//\t"+line, "\t\n"))
		if line == "\n" {
			want.WriteString("\n")
		}
	}
	if !strings.Contains(string(doc), want.String()) {
		t.Errorf("doc.go has not the text of %s, each line behind //:\n%s", stranger, want.String())
	}
}

// TestStranger: a module that is not this one runs a suite for a client of its own, with nothing but public packages: the example of
// the package's documentation. The go command needs nothing from the network, as all that is needed has been built already.
func TestStranger(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, source := range map[string]string{"mine_test.go": stranger, "go.mod": "", "go.sum": "../../go.sum"} {
		text := []byte("module stranger.test/mine\n\ngo 1.26\n\nrequire github.com/wirelike/wirelike v0.0.0\n\nreplace github.com/wirelike/wirelike => " + root + "\n")
		if source != "" {
			if text, err = os.ReadFile(source); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-count=1", "-v", "-ginkgo.no-color")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "PWD="+dir)
	out, err := cmd.CombinedOutput()
	for _, part := range []string{"--- PASS: TestStreaming", "specs skipped", "the client does not support Config.FailOnStatus"} {
		if err != nil || !strings.Contains(string(out), part) {
			t.Fatalf("%v, want %q in\n%s", err, part, out)
		}
	}
}

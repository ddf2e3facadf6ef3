package main

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// excuse is what the linter finds in evidence, and why it is right to.
type excuse struct {
	// build is a pattern of [path.Match] for the directory or file below captures/.
	build string
	rule  string
	// path is the beginning of the finding's.
	path   string
	reason string
}

var excuses = []excuse{
	{"chromium*", "headless", "", "all captures are of headless browsers"},
	{"chromium*", "user-agent", "", "a headless_shell tells its full version"},
	{"chromium92", "brands", "", "the brand list of a headless_shell before 116 is empty"},
	{"chromium1[01]?", "brands", "", "the brand list of a headless_shell before 116 is empty"},
	{"chromium1[01]?", "platform", "", "so is its platform"},
	{"chromium92", "missing", "", "its navigations have no client hints"},
	{"chromium1[01]?", "missing", "", "its navigations have no client hints"},
	{"library/*", "", "http1.", "HTTP/1.1 heads of the library are no browser's"},
	{"library/firefox*", "key-reuse", "tls.extensions.key_share[1].reuses", "the library draws two X25519 keys, Firefox one"},
	{"library/firefox*", "stream", "http2.requests[0].stream", "the library opens stream 1, Firefox 3"},
	{"library/tor145", "stream", "http2.requests[0].stream", "the library opens stream 1, Firefox 3"},
	{"library/firefox1[34]?", "extensions", "tls.extensions.session_ticket", "missing in the library's hello of a WebSocket; Firefox 159 has it"},
	{"library/firefox15[35]", "accept", "http2.requests[", "the fields of a fetch with what a navigation accepts"},
	{"signatures", "weight", "http2.requests[0].priority", "signatures do not tell priorities"},
	{"signatures", "stream", "http2.requests[0].stream", "nor, the old ones, streams"},
	{"signatures", "key-reuse", "tls.extensions.key_share[1].reuses", "nor keys"},
	{"signatures", "permutation", "tls.extensions.order", "some have shuffled extensions sorted"},
	{"library/chrome152*", "grease", "tls.extensions.signature_algorithms[0]", "Chromium 152 has GREASE there, the library's does not"},
	{"library/chrome152*", "header-order", "http2.requests[", "the library appends cache-control to navigations"},
}

// excused returns the index of the first excuse for a finding, or -1.
func excused(build string, f profiles.Finding) int {
	for i, x := range excuses {
		if ok, err := path.Match(x.build, build); err == nil && ok && (x.rule == "" || x.rule == f.Rule) && strings.HasPrefix(f.Path, x.path) {
			return i
		}
	}
	return -1
}

// TestLintEvidence: of what real browsers have sent, of what is published of them, and of the reference library, the
// linter finds only what is known to be wrong with it.
func TestLintEvidence(t *testing.T) {
	t.Parallel()
	fsys := os.DirFS("../../golden/captures")
	connections, used := 0, map[int]bool{}
	judge := func(name string, f *fingerprint.Fingerprint) {
		connections++
		for _, x := range profiles.LintFingerprint(f, nil) {
			i := excused(path.Dir(name), x)
			if i < 0 {
				t.Errorf("%s: %s", name, x)
			}
			used[i] = true
		}
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		if s, err := golden.ReadSignature(fsys, name); err == nil {
			judge(name, &s.Fingerprint)
			return nil
		}
		e, err := golden.ReadEvidence(fsys, name)
		if err != nil {
			return nil // a recipe
		}
		for i := range e.Connections {
			f, err := fingerprint.Parse(&e.Connections[i])
			if err != nil {
				t.Errorf("%s:%d: %v", name, i, err)
				continue
			}
			judge(name, f)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if connections < 100 {
		t.Errorf("only %d connections", connections)
	}
	for i, x := range excuses {
		if !used[i] {
			t.Errorf("excuse %+v is needed no more", x)
		}
	}
	t.Logf("%d connections", connections)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// planted are bugs that a client may have. Each is planted in a process of its own, where it spoils what the client knows
// of its profile, and not what the check knows of the golden.
var planted = []struct {
	name, reason string
	profile      string
	paths        []string // the mismatches that are wanted, no others
	connections  string
	plant        func(*profiles.Profile) // nil: the randomness is always the same
}{
	{"settings-order", "SETTINGS are a list", "chromium156", []string{"http2.opening[0].settings"}, "3", func(p *profiles.Profile) {
		s := p.First.HTTP2.Opening[0].Settings
		s[1], s[2] = s[2], s[1]
	}},
	{"settings-value", "INITIAL_WINDOW_SIZE of another version", "chromium156", []string{"http2.opening[0].settings[INITIAL_WINDOW_SIZE]"}, "3", func(p *profiles.Profile) {
		p.First.HTTP2.Opening[0].Settings[2].Value = 65535
	}},
	{"window-update", "the connection's window is the browser's", "chromium156", []string{"http2.opening[1].increment"}, "3", func(p *profiles.Profile) {
		p.First.HTTP2.Opening[1].Increment++
	}},
	{"cipher-order", "a browser's order does not change", "chromium156", []string{"tls.cipher_suites"}, "3", func(p *profiles.Profile) {
		c := p.First.TLS.CipherSuites
		c[1], c[2] = c[2], c[1]
	}},
	{"constant-order", "a permutation that does not permute", "chromium156", []string{"tls.extensions.order"}, "3", func(p *profiles.Profile) {
		p.Vary.Permute = nil
	}},
	{"signature-missing", "an algorithm left out", "chromium156", []string{"tls.extensions.signature_algorithms"}, "3", func(p *profiles.Profile) {
		x := p.First.TLS.Extension(fingerprint.ExtSignatureAlgorithms)
		x.List = x.List[:len(x.List)-1]
	}},
	{"header-missing", "one name of the list", "chromium156", []string{"http1.requests[0].fields", "http2.requests[0].fields"}, "3", func(p *profiles.Profile) {
		spoil(p, func(list []fingerprint.Field) []fingerprint.Field {
			return slices.DeleteFunc(list, func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, "sec-fetch-user") })
		})
	}},
	{"header-value", "a value of another build", "chromium156", []string{"http1.requests[0].fields[user-agent].value", "http2.requests[0].fields[user-agent].value"}, "3", func(p *profiles.Profile) {
		spoil(p, func(list []fingerprint.Field) []fingerprint.Field {
			for i := range list {
				if strings.EqualFold(list[i].Name, "user-agent") {
					list[i].Value = strings.Replace(list[i].Value, "Chrome", "HeadlessChrome", 1)
				}
			}
			return list
		})
	}},
	{"lower-case-h1", "HTTP/1.1 names as HTTP/2 has them", "chromium156", []string{"http1.requests[0].fields"}, "3", func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		for i := range set.H1 {
			set.H1[i].Name = strings.ToLower(set.H1[i].Name)
		}
	}},
	{"pseudo-order", ":path before :scheme", "chromium156", []string{"http2.requests[0].fields"}, "3", func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		i := slices.IndexFunc(set.H2, func(f fingerprint.Field) bool { return f.Name == ":scheme" })
		set.H2[i], set.H2[i+1] = set.H2[i+1], set.H2[i]
	}},
	{"weight", "a navigation has the highest", "chromium156", []string{"http2.requests[0].priority.weight"}, "3", func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		prio := *set.Priority
		prio.Weight = 220
		set.Priority = &prio
		p.Headers[profiles.Navigate] = set
	}},
	{"exclusive", "the flag is on the wire", "chromium156", []string{"http2.requests[0].priority.exclusive"}, "3", func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		prio := *set.Priority
		prio.Exclusive = false
		set.Priority = &prio
		p.Headers[profiles.Navigate] = set
	}},
	{"hpack-policy", "another engine's compressor", "firefox153_linux", []string{"http2.requests[0].fields", "http2.requests[0].table_size_updates"}, "3", func(p *profiles.Profile) {
		p.HTTP2.HPACK = "chromium"
	}},
	{"first-stream", "Firefox begins with 3", "firefox153_linux", []string{"http2.requests[0].stream", "http2.requests[0].after[0].stream"}, "3", func(p *profiles.Profile) {
		p.First.HTTP2.Requests[0].Stream = 15
	}},
	{"constant-randomness", "GREASE, order and keys come from a generator with a constant seed", "chromium156", sameAlways, "3", nil},
	{"alpn-order", "http/1.1 first", "firefox153_linux", []string{"tls.extensions.alpn"}, "3", func(p *profiles.Profile) {
		x := p.First.TLS.Extension(fingerprint.ExtALPN)
		slices.Reverse(x.Protocols)
	}},
}

// spoil changes the header lists of a navigation, over both protocols.
func spoil(p *profiles.Profile, f func([]fingerprint.Field) []fingerprint.Field) {
	set := p.Headers[profiles.Navigate]
	set.H1, set.H2 = f(set.H1), f(set.H2)
	p.Headers[profiles.Navigate] = set
}

// sameAlways is what two connections may not share.
var sameAlways = []string{"tls.random", "tls.session_id", "tls.extensions.key_share", "tls.extensions.encrypted_client_hello", "tls.extensions.order", "tls.grease"}

// runPlanted is fpcheck with the bug that the first argument names.
func runPlanted() {
	for _, bug := range planted {
		if bug.name != os.Args[1] {
			continue
		}
		p, err := profiles.Lookup(bug.profile)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitUsage)
		}
		e := &env{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
		if bug.plant != nil {
			bug.plant(p)
		} else {
			e.rand = func() io.Reader { return &locked{r: rand.NewChaCha8([32]byte{})} }
		}
		os.Exit(e.run(context.Background(), os.Args[2:]))
	}
	os.Exit(exitUsage)
}

type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(b)
}

// TestPlantedBugs: fpcheck verify names each bug by its path, and nothing else.
func TestPlantedBugs(t *testing.T) {
	t.Parallel()
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Args = []string{"fpcheck-planted", bug.name, "verify", "--json", "--connections", bug.connections, bug.profile}
			out, err := cmd.Output()
			if code := cmd.ProcessState.ExitCode(); code != exitMismatch {
				t.Fatalf("exit code %d: %v", code, err)
			}
			var report verifyReport
			if err := json.Unmarshal(out, &report); err != nil {
				t.Fatal(err)
			}
			var strange []string
			named := map[string]bool{}
			for _, r := range report.Results {
				for _, m := range r.Mismatches {
					i := slices.IndexFunc(bug.paths, func(path string) bool { return atOrBelow(firstRequest(m.Path), path) })
					if i < 0 {
						strange = append(strange, m.Path)
					} else {
						named[bug.paths[i]] = true
					}
				}
			}
			if len(named) != len(bug.paths) || len(strange) > 0 {
				t.Errorf("named %v of %q, and also %q", named, bug.paths, strange)
			}
		})
	}
}

// firstRequest makes the path of a later request that of the first one: they are alike.
func firstRequest(path string) string {
	head, rest, ok := strings.Cut(path, ".requests[")
	if !ok {
		return path
	}
	_, rest, _ = strings.Cut(rest, "]")
	return head + ".requests[0]" + rest
}

func atOrBelow(path, node string) bool {
	rest, ok := strings.CutPrefix(path, node)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

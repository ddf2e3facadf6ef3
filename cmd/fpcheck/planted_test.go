package main

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
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
	paths        []string // the leaves that are to be named, no others; [n] stands for each of the three requests
	plant        any      // func(*profiles.Profile), or func() io.Reader: the randomness of a session
}{
	{"settings-order", "SETTINGS are a list", "chromium156", []string{"http2.opening[0].settings.order"}, func(p *profiles.Profile) {
		s := p.First.HTTP2.Opening[0].Settings
		s[1], s[2] = s[2], s[1]
	}},
	{"settings-value", "INITIAL_WINDOW_SIZE of another version", "chromium156", []string{"http2.opening[0].settings[INITIAL_WINDOW_SIZE]"}, func(p *profiles.Profile) {
		p.First.HTTP2.Opening[0].Settings[2].Value = 65535
	}},
	{"window-update", "the connection's window is the browser's", "chromium156", []string{"http2.opening[1].increment"}, func(p *profiles.Profile) {
		p.First.HTTP2.Opening[1].Increment++
	}},
	{"cipher-order", "a browser's order does not change", "chromium156", []string{"tls.cipher_suites[1]", "tls.cipher_suites[2]"}, func(p *profiles.Profile) {
		c := p.First.TLS.CipherSuites
		c[1], c[2] = c[2], c[1]
	}},
	{"constant-order", "a permutation that does not permute", "chromium156", []string{"tls.extensions.order"}, func(p *profiles.Profile) {
		p.Vary.Permute = nil
	}},
	{"signature-missing", "an algorithm left out", "chromium156", []string{"tls.extensions.signature_algorithms[11]"}, func(p *profiles.Profile) {
		x := p.First.TLS.Extension(fingerprint.ExtSignatureAlgorithms)
		x.List = x.List[:len(x.List)-1]
	}},
	{"header-missing", "one name of the list", "chromium156", []string{"http1.requests[n].fields[sec-fetch-user]", "http2.requests[n].fields[sec-fetch-user]"}, func(p *profiles.Profile) {
		spoil(p, func(list []fingerprint.Field) []fingerprint.Field {
			return slices.DeleteFunc(list, func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, "sec-fetch-user") })
		})
	}},
	{"header-value", "a value of another build", "chromium156", []string{"http1.requests[n].fields[user-agent].value", "http2.requests[n].fields[user-agent].value"}, func(p *profiles.Profile) {
		spoil(p, func(list []fingerprint.Field) []fingerprint.Field {
			for i := range list {
				if strings.EqualFold(list[i].Name, "user-agent") {
					list[i].Value = strings.Replace(list[i].Value, "Chrome", "HeadlessChrome", 1)
				}
			}
			return list
		})
	}},
	{"lower-case-h1", "HTTP/1.1 names as HTTP/2 has them", "chromium156", lowerCase, func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		for i := range set.H1 {
			set.H1[i].Name = strings.ToLower(set.H1[i].Name)
		}
	}},
	{"pseudo-order", ":path before :scheme", "chromium156", []string{"http2.requests[n].fields.order"}, func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		i := slices.IndexFunc(set.H2, func(f fingerprint.Field) bool { return f.Name == ":scheme" })
		set.H2[i], set.H2[i+1] = set.H2[i+1], set.H2[i]
	}},
	{"weight", "a navigation has the highest", "chromium156", []string{"http2.requests[n].priority.weight"}, func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		prio := *set.Priority
		prio.Weight = 220
		set.Priority = &prio
		p.Headers[profiles.Navigate] = set
	}},
	{"exclusive", "the flag is on the wire", "chromium156", []string{"http2.requests[n].priority.exclusive"}, func(p *profiles.Profile) {
		set := p.Headers[profiles.Navigate]
		prio := *set.Priority
		prio.Exclusive = false
		set.Priority = &prio
		p.Headers[profiles.Navigate] = set
	}},
	{"hpack-policy", "another engine's compressor", "firefox153_linux", otherForms, func(p *profiles.Profile) {
		p.HTTP2.HPACK = "chromium"
	}},
	{"first-stream", "Firefox begins with 3", "firefox153_linux", []string{"http2.requests[n].stream", "http2.requests[n].after[0].stream"}, func(p *profiles.Profile) {
		p.First.HTTP2.Requests[0].Stream = 15
	}},
	{"constant-randomness", "GREASE, order and keys come from a generator with a constant seed", "chromium156", sameAlways, func() io.Reader {
		return &locked{r: rand.NewChaCha8([32]byte{})}
	}},
	{"constant-grease", "the GREASE of ciphers and groups, all else is random", "chromium156", sameGREASE{}.slots(), func() io.Reader { return &locked{r: sameGREASE{}} }},
	{"alpn-order", "http/1.1 first", "firefox153_linux", []string{"tls.extensions.alpn[0]", "tls.extensions.alpn[1]"}, func(p *profiles.Profile) {
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

var (
	// lowerCase are the names that Chromium writes with capitals.
	lowerCase = []string{
		"http1.requests[n].fields[host].name", "http1.requests[n].fields[connection].name",
		"http1.requests[n].fields[upgrade-insecure-requests].name", "http1.requests[n].fields[user-agent].name",
		"http1.requests[n].fields[accept].name", "http1.requests[n].fields[sec-fetch-site].name",
		"http1.requests[n].fields[sec-fetch-mode].name", "http1.requests[n].fields[sec-fetch-user].name",
		"http1.requests[n].fields[sec-fetch-dest].name", "http1.requests[n].fields[accept-encoding].name",
		"http1.requests[n].fields[accept-language].name",
	}
	// otherForms is where Chromium's compressor leaves Firefox'. It indexes what that one does not; later requests refer to
	// the table that there is by then. Only the one of Firefox answers a table size of the server's.
	otherForms = []string{
		"http2.requests[n].fields[:path].form", "http2.requests[0].fields[sec-fetch-user].form", "http2.requests[0].fields[te].form",
		"http2.requests[0].fields[upgrade-insecure-requests].form", "http2.requests[1].table_size_updates",
	}
	// sameAlways is what two connections may not share.
	sameAlways = []string{
		"tls.random", "tls.session_id", "tls.extensions.key_share[1].key", "tls.extensions.key_share[2].key", "tls.extensions.order",
		"tls.extensions.encrypted_client_hello.enc", "tls.extensions.encrypted_client_hello.payload", "tls.grease", "tls.cipher_suites[0]",
		"tls.extensions.grease.type", "tls.extensions.grease#2.type", "tls.extensions.key_share[0].group",
		"tls.extensions.signature_algorithms[0]", "tls.extensions.supported_groups[0]", "tls.extensions.supported_versions[0]",
	}
)

// sameGREASE is random, but each of its reads of 32 bytes is a seed from which the generator of a hello draws the same first
// two values, which are the GREASE of cipher suites and groups.
type sameGREASE struct{}

// slots are the leaves with these values.
func (sameGREASE) slots() []string {
	return []string{"tls.cipher_suites[0]", "tls.extensions.supported_groups[0]", "tls.extensions.key_share[0].group"}
}

func (sameGREASE) Read(b []byte) (int, error) {
	if len(b) != 32 {
		return crand.Read(b)
	}
	for {
		crand.Read(b)
		r := rand.New(rand.NewChaCha8([32]byte(b)))
		if r.Uint32N(16) == 3 && r.Uint32N(16) == 7 {
			return len(b), nil
		}
	}
}

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
		switch plant := bug.plant.(type) {
		case func(*profiles.Profile):
			plant(p)
		case func() io.Reader:
			e.rand = plant
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

// TestPlantedBugs: fpcheck verify names each bug by its path, and nothing else. The goldens of whole pages, which have the
// same navigation and many other requests, name it, too.
func TestPlantedBugs(t *testing.T) {
	t.Parallel()
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			connections := "3"
			if _, ok := bug.plant.(func() io.Reader); ok {
				connections = "10" // so many show that a single slot does not vary
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Args = []string{"fpcheck-planted", bug.name, "verify", "--json", "--connections", connections, bug.profile}
			out, err := cmd.Output()
			if code := cmd.ProcessState.ExitCode(); code != exitMismatch {
				t.Fatalf("exit code %d: %v", code, err)
			}
			var report verifyReport
			if err := json.Unmarshal(out, &report); err != nil {
				t.Fatal(err)
			}
			named := map[string]bool{}
			navigations := []profiles.Situation{profiles.First, profiles.Resumed, profiles.Resumed12, profiles.HRR}
			pages := 0
			for _, r := range report.Results {
				if !slices.Contains(navigations, r.Situation) {
					pages += len(r.Mismatches)
					continue
				}
				for _, m := range r.Mismatches {
					named[m.Path] = true
				}
			}
			if pages == 0 {
				t.Error("no golden of a page sees it")
			}
			if got, want := slices.Sorted(maps.Keys(named)), leaves(bug.paths); !slices.Equal(got, want) {
				t.Errorf("named %q, want %q", got, want)
			}
		})
	}
}

// leaves returns the paths with each [n] written out.
func leaves(paths []string) (all []string) {
	for _, path := range paths {
		if !strings.Contains(path, "[n]") {
			all = append(all, path)
			continue
		}
		for n := range 3 {
			all = append(all, strings.Replace(path, "[n]", fmt.Sprintf("[%d]", n), 1))
		}
	}
	slices.Sort(all)
	return all
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test binary take the program's other roles, because the program executes itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && (os.Args[1] == serveRole || os.Args[1] == measureRole) {
		main()
	}
	os.Exit(m.Run())
}

// bench runs the program.
func bench(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// TestRun makes one short round of each kind of work, as it is: processes, server, both clients.
func TestRun(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "bench.json")
	const names = "^(handshake/firefox153_linux|get/20KB/h1/16|post/100KB/h2/16|bytes/200KB/h2/1|cookies/1KB/h1/16|redirect/1KB/h2/16|serve/h1/1|serve/h2/16)$"
	status, stdout, stderr := bench(t, "-rounds", "1", "-requests", "20", "-run", names, "-out", out)
	if status != 0 {
		t.Fatalf("status %d\n%s", status, stderr)
	}
	if !strings.Contains(stdout, "Too few rounds to be quoted.") {
		t.Errorf("one round is presented as if it meant something:\n%s", stdout)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Scenarios) != 8 || r.Rounds != 1 || r.Browser != "chromium156" {
		t.Errorf("%d scenarios, %d rounds, browser %s", len(r.Scenarios), r.Rounds, r.Browser)
	}
	for _, s := range r.Scenarios {
		if !strings.Contains(stdout, s.Name+" ") {
			t.Errorf("%s is not in the table", s.Name)
		}
		if want := "TLS 1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768, retried false, resumed false"; s.TLS != want {
			t.Errorf("%s: TLS %q, want %q", s.Name, s.TLS, want)
		}
		for name, side := range map[string]side{standard: s.Standard, ours: s.Ours} {
			if len(side.Rounds) != 1 || side.CPU.Min <= 0 || side.Wall.Min <= 0 || side.Allocs.Min < 1 || side.Bytes.Min < 1 {
				t.Errorf("%s, %s: %+v", s.Name, name, side)
			}
		}
	}
	const cookie = "Cookie: sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e4f; theme=dark"
	for do, lines := range map[string][]string{
		doPost:     {"POST HTTP/2.0, 102400 bytes", "Content-Type: application/octet-stream", "Sec-Fetch-Mode: navigate"},
		doCookies:  {"GET HTTP/1.1, 0 bytes", cookie, "Sec-Fetch-Site: none"},
		doRedirect: {"GET HTTP/2.0, 0 bytes", cookie, "Sec-Fetch-Site: none"},
	} {
		s := r.Scenarios[slices.IndexFunc(r.Scenarios, func(s result) bool { return s.Do == do })]
		for _, line := range lines {
			if !slices.Contains(s.Proof, line) {
				t.Errorf("%s: the server did not see %q:\n%s", s.Name, line, strings.Join(s.Proof, "\n"))
			}
		}
	}
}

// TestServeCounts checks that the work of a server is measured, and not that of its client.
func TestServeCounts(t *testing.T) {
	t.Parallel()
	for _, side := range []string{standard, ours} {
		s := newServes(&task{scenario: scenario{Do: doServe, Profile: "chromium156", Protocol: "h1", Size: 1 << 10, Workers: 2}, Side: side})
		proof, err := s.prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		before := s.server.served.Load()
		if err := s.run(t.Context(), 30); err != nil {
			t.Fatal(err)
		}
		if n := s.server.served.Load() - before; n != 30 {
			t.Errorf("%s: %d requests were served, want 30", side, n)
		}
		if !strings.HasPrefix(proof, "GET HTTP/1.1, 0 bytes\n") || !strings.HasSuffix(proof, "\nTLS 1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768, retried false, resumed false") {
			t.Errorf("%s: %s", side, proof)
		}
		if err := s.finish(); err != nil {
			t.Error(err)
		}
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if status, _, stderr := bench(t, "-rounds", "1", "-requests", "10", "-run", "^get/1KB/h2/1$", "-pprof", dir); status != 0 {
		t.Fatalf("status %d\n%s", status, stderr)
	}
	for _, side := range []string{"net-http", "wirelike"} {
		for _, kind := range []string{".cpu.pprof", ".allocs.pprof"} {
			if info, err := os.Stat(filepath.Join(dir, "get-1KB-h2-1-"+side+kind)); err != nil || info.Size() == 0 {
				t.Errorf("profile: %v", err)
			}
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		args   []string
		status int
		stderr string
	}{
		{"nothing matches: a run of nothing is no success", []string{"-run", "^nothing$"}, 1, "no scenario matches"},
		{"bad pattern", []string{"-run", "("}, 2, "missing closing"},
		{"unknown profile", []string{"-browser", "netscape4"}, 2, "netscape4"},
		{"no rounds", []string{"-rounds", "0"}, 2, "must be positive"},
		{"argument instead of a flag", []string{"get"}, 2, `unexpected argument "get"`},
		{"help", []string{"-h"}, 0, "-rounds"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			status, _, stderr := bench(t, row.args...)
			if status != row.status || !strings.Contains(stderr, row.stderr) {
				t.Errorf("status %d, want %d; %q, want %q in it", status, row.status, stderr, row.stderr)
			}
		})
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	status, stdout, _ := bench(t, "-list", "-run", "bytes/.*/h2")
	if want := "bytes/200KB/h2/1\nbytes/200KB/h2/16\n"; status != 0 || stdout != want {
		t.Errorf("status %d\n%swant\n%s", status, stdout, want)
	}
}

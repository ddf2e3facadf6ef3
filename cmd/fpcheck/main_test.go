package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) {
	testscript.Main(withoutStore{m}, map[string]func(){
		"fpcheck":         func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"fpcheck-planted": runPlanted,
	})
}

// withoutStore keeps tests in this process from the store of whoever runs them.
type withoutStore struct{ m *testing.M }

func (w withoutStore) Run() int {
	os.Setenv("IMPERSONATE_CONFIG_DIR", filepath.Join(os.TempDir(), "no", "such", "store"))
	return w.m.Run()
}

// TestScripts runs the transcripts in testdata. $URL and $CA are those of a running server, $H1 and $H1CA those of one
// that speaks HTTP/1.1 only.
func TestScripts(t *testing.T) {
	both := fpserver.NewServer(t)
	h1 := fpserver.NewUnstartedServer(t)
	h1.HTTP1Only = true
	if err := h1.Start(); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Condition: func(name string) (bool, error) {
			if name != "race" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return testnet.Race, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"envsubst": envsubst, "body": body},
		Setup: func(e *testscript.Env) error {
			e.Setenv("URL", both.URL)
			e.Setenv("CA", both.CAFile())
			data, err := filepath.Abs("../../profiles/data")
			if err != nil {
				return err
			}
			e.Setenv("DATA", data)
			e.Setenv("H1", h1.URL)
			e.Setenv("H1CA", h1.CAFile())
			return os.WriteFile(filepath.Join(e.WorkDir, "binary"), []byte{0x7f, 0, 1, 2, 0xff, 10, 10}, 0o644)
		},
	})
}

// envsubst puts the values of the script's variables into a file.
func envsubst(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// body writes the body of a printed response, what follows the first empty line, to a file.
func body(ts *testscript.TestScript, _ bool, args []string) {
	_, text, _ := strings.Cut(ts.ReadFile(args[0]), "\n\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

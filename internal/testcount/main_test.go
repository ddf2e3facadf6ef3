package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, in, out string
		code          int
	}{
		{
			"all pass",
			`{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestA"}
{"Action":"output","Package":"m/a","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"m/a","Test":"TestA/sub","Output":"    a_test.go:3: DRIFT: newer\n"}
{"Action":"pass","Package":"m/a","Test":"TestA/sub","Elapsed":0}
{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"m/a","Output":"PASS\n"}
{"Action":"pass","Package":"m/a","Elapsed":1.25}
{"Action":"skip","Package":"m/b","Elapsed":0}
`,
			"    a_test.go:3: DRIFT: newer\nok    m/a  1.2s\nnone  m/b: no tests\n2 passed, 0 failed, 0 skipped\n", 0,
		},
		{
			"scores",
			`{"Action":"output","Package":"m/a","Test":"TestA/x","Output":"    a_test.go:3: first: mutants 120, killed 120 (3 of them refused)\n"}
{"Action":"pass","Package":"m/a","Test":"TestA/x"}
{"Action":"output","Package":"m/a","Test":"TestA/y","Output":"    a_test.go:3: mutants 90, killed 89\n"}
{"Action":"fail","Package":"m/a","Test":"TestA/y"}
{"Action":"output","Package":"m/a","Test":"TestB","Output":"    a_test.go:3: mutants 7, killed 7\n"}
{"Action":"output","Package":"m/a","Test":"TestB","Output":"    a_test.go:4: 8 mutants were tried\n"}
{"Action":"pass","Package":"m/a","Test":"TestB"}
{"Action":"fail","Package":"m/a","Elapsed":0}
`,
			"    a_test.go:3: mutants 90, killed 89\nFAIL  m/a  0.0s\n" +
				"SCORE m/a TestA: mutants 210, killed 209; parts 2, smallest 90\n" +
				"SCORE m/a TestB: mutants 7, killed 7; parts 1, smallest 7\n2 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"a failure tells its output, a skip its reason",
			`{"Action":"output","Package":"m/a","Test":"TestA","Output":"    a_test.go:3: got 1\n"}
{"Action":"fail","Package":"m/a","Test":"TestA"}
{"Action":"output","Package":"m/a","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"m/a","Test":"TestB","Output":"    b_test.go:3: not here\n"}
{"Action":"output","Package":"m/a","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"m/a","Test":"TestB"}
{"Action":"output","Package":"m/a","Test":"TestC","Output":"quiet\n"}
{"Action":"pass","Package":"m/a","Test":"TestC"}
{"Action":"fail","Package":"m/a","Elapsed":0}
`,
			"    a_test.go:3: got 1\nSKIP m/a TestB: b_test.go:3: not here\nFAIL  m/a  0.0s\n1 passed, 1 failed, 1 skipped\n", 1,
		},
		{
			"a test that ends the process",
			`{"Action":"pass","Package":"m/a","Test":"TestA"}
{"Action":"output","Package":"m/a","Test":"TestB","Output":"panic: oh\n"}
{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\n"}
{"Action":"fail","Package":"m/a","Elapsed":0}
`,
			"panic: oh\nFAIL  m/a  0.0s\n1 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"a package that does not build",
			`{"ImportPath":"m/a","Action":"build-output","Output":"a.go:1: undefined: x\n"}
{"ImportPath":"m/a","Action":"build-fail"}
{"Action":"pass","Package":"m/b","Test":"TestB"}
{"Action":"pass","Package":"m/b","Elapsed":0}
{"Action":"fail","Package":"m/a","Elapsed":0,"FailedBuild":"m/a"}
`,
			"a.go:1: undefined: x\nok    m/b  0.0s\nFAIL  m/a  does not build\n1 passed, 1 failed, 0 skipped\n", 1,
		},
		{
			"a run that was cut off",
			`{"Action":"start","Package":"m/a"}
{"Action":"pass","Package":"m/a","Test":"TestA"}
`,
			"FAIL  m/a  did not end\n1 passed, 1 failed, 0 skipped\n", 1,
		},
		{"no tests", `{"Action":"skip","Package":"m/a"}` + "\n", "none  m/a: no tests\n0 passed, 0 failed, 0 skipped\n", 1},
		{"no run", "", "0 passed, 0 failed, 0 skipped\n", 1},
		{"not JSON", "go: cannot find it\n", "go: cannot find it\n0 passed, 0 failed, 0 skipped\n", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var out, errs strings.Builder
			if code := run(strings.NewReader(row.in), &out, &errs); code != row.code || out.String() != row.out {
				t.Errorf("got %d and:\n%swant %d and:\n%s", code, out.String(), row.code, row.out)
			}
			if errs.Len() > 0 {
				t.Errorf("got %q on stderr", errs.String())
			}
		})
	}
}

// TestRealOutput: what this version of the go command prints is what the rows above say it prints.
func TestRealOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":        "module m\n\ngo 1.26\n",
		"a/a_test.go":   "package a\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Run(\"s\", func(t *testing.T) { t.Skip(\"not here\") }) }\n",
		"b/b_test.go":   "package b\nimport \"testing\"\nfunc TestB(t *testing.T) { panic(\"oh\") }\n",
		"c/c_test.go":   "package c\nvar x = undefined\n",
		"d/d.go":        "package d\n",
		"e/e_test.go":   "package e\nimport \"testing\"\nfunc TestE(t *testing.T) { t.Error(\"wrong\") }\n",
		"f/f_test.go":   "package f\nimport (\"os\"; \"testing\")\nfunc TestMain(m *testing.M) { m.Run(); os.Exit(1) }\nfunc TestF(t *testing.T) {}\n",
		"testdata/x.go": "not Go",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", "-vet=off", "./...")
	cmd.Dir = dir
	in, _ := cmd.Output() // fails, as it must
	var out, errs strings.Builder
	if code := run(strings.NewReader(string(in)), &out, &errs); code != 1 {
		t.Errorf("got exit status %d, want 1", code)
	}
	for _, want := range []string{
		"ok    m/a  ", "SKIP m/a TestA/s: a_test.go:3: not here\n", "panic: oh", "FAIL  m/b  ", "undefined: undefined",
		"FAIL  m/c  does not build\n", "none  m/d: no tests\n", "e_test.go:3: wrong", "FAIL  m/f  ",
		// passed: TestA, TestF; failed: TestB, c, TestE, f; skipped: TestA/s
		"\n2 passed, 4 failed, 1 skipped\n",
	} {
		if !strings.Contains("\n"+out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}

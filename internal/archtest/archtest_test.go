package archtest

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestLaw is the law, applied to this module.
func TestLaw(t *testing.T) {
	t.Parallel()
	r, err := Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if r.Packages == 0 {
		t.Fatal("no package was checked")
	}
	for _, v := range r.Violations {
		t.Error(v)
	}
	for _, n := range r.Notes {
		t.Log("note:", n)
	}
}

const module = "example.org/m"

// check applies the law to a module of these files, beside a go.mod.
func check(t *testing.T, files map[string]string) *Report {
	t.Helper()
	tree := fstest.MapFS{"go.mod": {Data: []byte("module " + module + "\n\ngo 1.26\n")}}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r, err := Check(tree)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// importing is a source that imports the packages, on lines 3, 4, …
func importing(packages ...string) string {
	text := "package p\n\n"
	for _, p := range packages {
		text += `import _ "` + p + "\"\n"
	}
	return text
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, file, text string
		want             []string // beginnings of the violations
	}{
		{"a lower level", "client/a.go", importing(module+"/internal/plan", "net/http"), nil},
		{"a higher level", "internal/h2/a.go", importing("io", module+"/client"),
			[]string{"internal/h2/a.go:4: level: internal/h2 (level 3) imports client (level 5)"}},
		{"a sibling", "internal/h2/a.go", importing(module + "/internal/h1"),
			[]string{"internal/h2/a.go:3: level: internal/h2 (level 3) imports internal/h1 (level 3)"}},
		{"a higher level in a test", "fingerprint/a_test.go", importing(module + "/profiles"),
			[]string{"fingerprint/a_test.go:3: level:"}},
		{"the package itself, in a test", "client/a_test.go", importing(module + "/client"), nil},
		{"test help in a test", "fingerprint/a_test.go", importing(module + "/internal/testnet"), nil},
		{"test help in the product", "client/a.go", importing(module + "/internal/testnet"),
			[]string{"client/a.go:3: level: internal/testnet is for test files only"}},
		{"test help with a product in it", "internal/testnet/a.go", importing(module + "/fingerprint"),
			[]string{"internal/testnet/a.go:3: level: internal/testnet is test help"}},
		{"the witness and the accused", "fpserver/a.go", importing(module + "/internal/plan"),
			[]string{"fpserver/a.go:3: limit: fpserver imports internal/plan: the witness"}},
		{"the witness's test", "fpserver/a_test.go", importing(module+"/internal/testnet", module+"/internal/plan"), nil},
		{"a command's own packages", "cmd/fpcheck/a.go", importing(module+"/cmd/fpcheck/internal/report", module+"/client"), nil},
		{"a command's own package looks up", "cmd/fpcheck/internal/report/a.go", importing(module + "/cmd/fpcheck"),
			[]string{"cmd/fpcheck/internal/report/a.go:3: level:"}},
		{"a package without level", "internal/misplaced/a.go", importing("io"),
			[]string{"internal/misplaced: level: the package has no level: add a row to levels in internal/archtest/levels.go"}},
		{"the root is a package without level", "a.go", importing("io"), []string{".: level:"}},
		{"a name that says nothing", "cmd/x/internal/utils/a.go", importing("io"), []string{"cmd/x/internal/utils: name:"}},
		{"another module inside", "tools/x/a.go", importing(module+"/client", "gopkg.in/yaml.v3"), nil},
		{"behind a build tag", "internal/h2/a_windows.go", "//go:build never\n\n" + importing(module+"/client"),
			[]string{"internal/h2/a_windows.go:5: level:"}},
		{"testdata", "client/testdata/a.go", importing("gopkg.in/yaml.v3"), nil},
		{"not Go", "client/a.go", "pakage client", []string{"client/a.go: parse: client/a.go:1:1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			expect(t, check(t, map[string]string{row.file: row.text, "tools/go.mod": "module " + module + "/tools\n"}), row.want)
		})
	}
}

func TestModules(t *testing.T) {
	t.Parallel()
	const ja3 = "github.com/dreadl0ck/ja3"
	for _, row := range []struct {
		name, file, text string
		want             []string
	}{
		{"an allowed importer", "internal/tlsdial/a.go", importing("github.com/refraction-networking/utls"), nil},
		{"its test", "internal/tlsdial/a_test.go", importing("github.com/refraction-networking/utls"), nil},
		{"anybody else", "fpserver/a.go", importing("github.com/refraction-networking/utls"),
			[]string{"fpserver/a.go:3: module: github.com/refraction-networking/utls (a TLS stack"}},
		{"anybody else's test", "client/a_test.go", importing("github.com/refraction-networking/utls"), []string{"client/a_test.go:3: module:"}},
		{"a package of the module", "internal/h2/a.go", importing("golang.org/x/net/http2/hpack"), nil},
		{"another package of it", "internal/h2/a.go", importing("golang.org/x/net/html"),
			[]string{"internal/h2/a.go:3: module: golang.org/x/net/html is not in the table"}},
		{"no prefix of a name", "client/a.go", importing("github.com/coder/websocketry"), []string{"client/a.go:3: module:"}},
		{"any test", "golden/a_test.go", importing("github.com/quic-go/quic-go/http3"), nil},
		{"but not the product", "golden/a.go", importing("github.com/quic-go/quic-go/http3"), []string{"golden/a.go:3: module:"}},
		{"tests of commands", "cmd/fpcheck/a_test.go", importing("github.com/rogpeppe/go-internal/testscript"), nil},
		{"not the command", "cmd/fpcheck/a.go", importing("github.com/rogpeppe/go-internal/testscript"), []string{"cmd/fpcheck/a.go:3: module:"}},
		{"with its tag", "fingerprint/a_test.go", "//go:build linux && ja3_disable_gopacket\n\n" + importing(ja3), nil},
		{"without its tag", "fingerprint/a_test.go", importing(ja3), []string{"fingerprint/a_test.go:3: module: " + ja3 + " needs"}},
		{"with a tag that does not help", "fingerprint/a_test.go", "//go:build linux || ja3_disable_gopacket\n\n" + importing(ja3),
			[]string{"fingerprint/a_test.go:5: module: " + ja3 + " needs"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			expect(t, check(t, map[string]string{row.file: row.text}), row.want)
		})
	}
}

func TestHouse(t *testing.T) {
	t.Parallel()
	long := func(lines int) string { return "package client\n" + strings.Repeat("\n", lines-1) }
	for _, row := range []struct {
		name, file, text string
		want             []string
	}{
		{"long enough", "client/a.go", long(maxLines), nil},
		{"too long", "client/a.go", long(maxLines + 1), []string{"client/a.go: length: 701 lines"}},
		{"sleep", "client/a.go", "package client\nimport \"time\"\nfunc f() {\n\ttime.Sleep(1)\n}\n", []string{"client/a.go:4: sleep:"}},
		{"sleep in a test", "client/a_test.go", "package client\nimport \"time\"\nvar wait = time.Sleep\n", []string{"client/a_test.go:3: sleep:"}},
		{"sleep by another name", "client/a.go", "package client\nimport t \"time\"\nfunc f() { t.Sleep(1) }\n", []string{"client/a.go:3: sleep:"}},
		{"sleep between two looks", "internal/testnet/leak.go", "package testnet\nimport \"time\"\nfunc f() { time.Sleep(1) }\n", nil},
		{"sleep of somebody else", "client/a.go", "package client\nvar time struct{ Sleep func(int) }\nfunc f() { time.Sleep(1) }\n", nil},
		{"a fake clock", "client/a_test.go", "package client\nimport (\n\t\"testing\"\n\t\"testing/synctest\"\n\t\"time\"\n)\nfunc f(t *testing.T) {\n\tsynctest.Test(t, func(t *testing.T) { time.Sleep(1) })\n\ttime.Sleep(2)\n}\n",
			[]string{"client/a_test.go:9: sleep:"}},
		{"another module inside", "tools/x/a.go", "package x\nimport \"time\"\nfunc f() { time.Sleep(1) }\n", []string{"tools/x/a.go:3: sleep:"}},
		{"a note to oneself", "client/a.go", "package client\n// TO" + "DO: all\n", []string{"client/a.go:2: unfinished:"}},
		{"a note to oneself in the recipes", "Makefile", "all: # FIX" + "ME\n", []string{"Makefile:1: unfinished:"}},
		{"a word with it inside", "client/a.go", "package client\n// ex" + "TO" + "DOs\n", nil},
		{"data", "golden/captures/x.json", "{\"base64\":\"TO" + "DO\"}\n", nil},
		{"the path of a machine", "README.md", "see /ho" + "me/me/x\n", []string{"README.md:1: path:"}},
		{"the path of a machine in a string", "client/a.go", "package client\nconst d = \"/wo" + "rk/main\"\n", []string{"client/a.go:2: path:"}},
		{"the path of an address", "README.md", "https://example.org/ho" + "me/\n", nil},
		{"binary", "client/x.bin", "\x00 /ho" + "me/me", nil},
		{"large", "golden/captures/x.bin", strings.Repeat("x", maxFileBytes+1), []string{"golden/captures/x.bin: size: 1048577 bytes"}},
		{"ignored file", "client/prof.out", strings.Repeat("x", maxFileBytes+1), nil},
		{"ignored directory", "bin/x.go", "not Go", nil},
		{"of that name elsewhere", "client/bin", "/ro" + "ot/x", []string{"client/bin:1: path:"}},
		{"git's own", ".git/config", "/ro" + "ot/x", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			expect(t, check(t, map[string]string{
				row.file: row.text, "tools/go.mod": "module " + module + "/tools\n", ".gitignore": "# results\n/bin/\n*.out\n",
			}), row.want)
		})
	}
}

// expect compares the violations with the beginnings of their text.
func expect(t *testing.T, r *Report, want []string) {
	t.Helper()
	ok := slices.EqualFunc(r.Violations, want, func(got Finding, want string) bool { return strings.HasPrefix(got.String(), want) })
	if !ok {
		t.Errorf("got:\n%swant:\n%s", r, strings.Join(want, "\n"))
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	r := check(t, map[string]string{
		"client/a.go": "package client\n" + strings.Repeat("\n", aimLines),
		"client/b.go": "package client\n\nfunc f() {\n" + strings.Repeat("\n", aimFunction) + "}\n",
	})
	expect(t, r, nil)
	want := []string{
		"client/a.go: length: 401 lines, the aim is 400",
		"client/b.go:3: length: function f has 62 lines, the aim is 60",
	}
	if !slices.EqualFunc(r.Notes, want, func(got Finding, want string) bool { return got.String() == want }) {
		t.Errorf("got %v, want %v", r.Notes, want)
	}
	if r.Packages != 1 {
		t.Errorf("got %d packages, want 1", r.Packages)
	}
}

// TestTables: each row says why, and is well formed.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, m := range modules {
		if m.reason == "" || len(m.importers) == 0 {
			t.Errorf("%s: no reason, or nobody may import it", m.prefix)
		}
	}
	for pkg, l := range limits {
		own, ok := level(pkg)
		if !ok || l.reason == "" {
			t.Errorf("%s: no level or no reason", pkg)
		}
		for _, below := range l.only {
			if other, ok := level(below); !ok || other >= own {
				t.Errorf("%s may import %s, which the levels forbid", pkg, below)
			}
		}
	}
	for _, exempt := range []map[string]string{tables, pollers} {
		for file, reason := range exempt {
			if _, err := os.Stat("../../" + file); err != nil || reason == "" {
				t.Errorf("%s: no such file (%v), or no reason", file, err)
			}
		}
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, tree := range map[string]fstest.MapFS{
		"no go.mod":   {"a.go": {Data: []byte("package a")}},
		"no module":   {"go.mod": {Data: []byte("go 1.26\n")}},
		"no contents": {},
	} {
		if _, err := Check(tree); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// TestLintExitCodes: 0 without findings, 1 with, 2 for what cannot be read.
func TestLintExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const request = `{"log":{"entries":[{"request":{"method":"GET","url":"https://localhost/","httpVersion":"h2","headers":[{"name":"user-agent","value":"%"}]}}]}}`
	headless := write("headless.har", strings.Replace(request, "%", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/150.0.0.0 Safari/537.36", 1))
	foreign := write("foreign.har", strings.Replace(request, "%", "curl/8.5.0", 1))
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"chrome150"}, exitEqual},
		{[]string{foreign}, exitEqual},
		{[]string{headless}, exitMismatch},
		{[]string{"chrome150", headless}, exitMismatch},
		{[]string{headless, "chrome1"}, exitUsage},
		{[]string{write("empty", "")}, exitUsage},
		{[]string{write("other.json", `{"x":1}`)}, exitUsage},
		{[]string{dir}, exitUsage},
		{[]string{"--no-such-flag"}, exitUsage},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), append([]string{"lint"}, c.args...), strings.NewReader(""), &stdout, &stderr)
		if code != c.want || (code == exitUsage) != (stderr.Len() > 0) {
			t.Errorf("%q: %d, want %d\n%s%s", c.args, code, c.want, &stdout, &stderr)
		}
	}
}

// TestLintForeignHello: requests of Chrome 150 on the hello of a Chromium 131, as it was recorded.
func TestLintForeignHello(t *testing.T) {
	t.Parallel()
	p, err := profiles.Lookup("chrome150")
	if err != nil {
		t.Fatal(err)
	}
	e, err := golden.ReadEvidence(os.DirFS("../../golden/captures"), "chromium131/h2.json")
	if err != nil {
		t.Fatal(err)
	}
	old, err := fingerprint.Parse(&e.Connections[0])
	if err != nil {
		t.Fatal(err)
	}
	f := p.First.Clone()
	f.TLS = old.TLS
	var got []string
	for _, x := range profiles.LintFingerprint(f, nil) {
		got = append(got, x.Path+" "+x.Rule)
		if x.Rule == "signature-algorithms" && x.Hint != "recorded in chromium 92 to 149" {
			t.Errorf("hint: %q", x.Hint)
		}
	}
	slices.Sort(got)
	if want := []string{"tls.extensions.application_settings_old alps", "tls.extensions.signature_algorithms[0] signature-algorithms"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

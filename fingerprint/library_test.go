package fingerprint

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// published returns the Akamai fingerprints of the published signatures of the browser that a target of the reference
// library is named after, such as safari172_ios.
func published(t *testing.T, target string) (out []string) {
	t.Helper()
	name, system, _ := strings.Cut(target, "_")
	browser := strings.TrimRight(name, "0123456789a")
	version := strings.TrimRight(name[len(browser):], "a")
	files, err := filepath.Glob("../golden/captures/signatures/" + browser + "_*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		_, rest, _ := strings.Cut(filepath.Base(file), "_")
		digits, os, _ := strings.Cut(strings.ToLower(rest), "_")
		mobile := strings.Contains(os, "ios") || strings.Contains(os, "android")
		if !strings.HasPrefix(strings.ReplaceAll(digits, ".", ""), version) || mobile != (system != "") {
			continue
		}
		var signature struct{ Fingerprint Fingerprint }
		readJSONFile(t, file, &signature)
		if len(signature.Fingerprint.HTTP2.Opening) == 0 {
			continue // the old ones do not tell
		}
		text, _, err := Akamai(signature.Fingerprint.HTTP2)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		out = append(out, text)
	}
	return out
}

func readJSONFile(t *testing.T, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// TestParseLibrary parses what the reference library sent as each of its targets, and compares the openings of HTTP/2 with
// the published signatures.
func TestParseLibrary(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("../golden/captures/library/*")
	if err != nil {
		t.Fatal(err)
	}
	connections, compared := 0, 0
	for _, dir := range dirs {
		want := published(t, filepath.Base(dir))
		if len(want) > 0 {
			compared++
		}
		files, err := filepath.Glob(dir + "/*.json")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, file := range files {
			var evidence struct{ Connections []Capture }
			readJSONFile(t, file, &evidence)
			for i, c := range evidence.Connections {
				connections++
				name := fmt.Sprintf("%s, connection %d", file, i)
				f, err := Parse(&c)
				if err != nil || f.TLS == nil {
					t.Errorf("%s: %+v, %v", name, f, err)
					continue
				}
				checkRoundTrip(t, name, f)
				if err := checkLeaves(c.Hellos[0], f.Leaves()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if f.HTTP2 == nil || len(f.HTTP2.Requests) == 0 {
					continue
				}
				text, _, err := Akamai(f.HTTP2)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for _, w := range want {
					if text != w {
						t.Errorf("%s: Akamai %s, published is %s", name, text, w)
					}
				}
			}
		}
	}
	if len(dirs) < 47 || connections < 300 || compared < 23 {
		t.Errorf("%d targets, %d connections, %d targets with a signature: the evidence is not complete", len(dirs), connections, compared)
	}
	t.Logf("%d connections, %d targets with a signature", connections, compared)
}

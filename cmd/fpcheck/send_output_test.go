package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fpserver"
)

func TestSendOutput(t *testing.T) {
	t.Parallel()
	ca := " | --ca | $CA"
	head, body := "^HTTP/2.0 200 OK$", `"path": "/get"`
	runCommands(t, false, []commandRow{
		{"CLI-05", "send", "send | $URL/get" + ca, "", 0, []string{head, body}, nil, "head and body, in scripts, too, which read them"},
		{"CLI-05", "piped", "get | $URL/get" + ca, "", 0, []string{"! ^HTTP", body}, nil, "the body alone"},
		{"CLI-05", "headers", "get | $URL/get | --headers" + ca, "", 0, []string{head, "! " + body}, nil, "h"},
		{"CLI-05", "body", "send | $URL/get | --body" + ca, "", 0, []string{"! ^HTTP", body}, nil, "b"},
		{"CLI-05", "quiet", "send | $URL/get | -q" + ca, "", 0, []string{"! ."}, nil, "nothing"},
		{"CLI-05", "print", "post | $URL/get | -d | text | -p | HB" + ca, "", 3, []string{"^:method: POST$", "^text$", "! ^HTTP"}, nil, "the request"},
		{"CLI-05", "print over HTTP/1.1", "get | $URL/get?a | --http | 1.1 | -p | H" + ca, "", 0, []string{"^GET /get\\?a HTTP/1.1$", "^Host: "}, nil, "a request line"},
		{"CLI-05", "verbose", "send | $URL/post | -v | a=1 | +s=secret | -u | u:secret" + ca, "", 0,
			[]string{"^:method: POST$", `^\{"a":"1"\}$`, head, "^authorization: .hidden.$", "^cookie: .hidden.$"}, nil, "the exchange, without secrets in heads"},
		{"CLI-05", "verbose redirects", "send | -v | -L | $URL/redirect-lab?n=1" + ca, "", 0, []string{"^HTTP/2.0 302", head, `:path: /redirect-lab`}, nil, "each hop"},
		{"CLI-05", "HEAD", "send | -I | $URL/get" + ca, "", 0, []string{head, "! path"}, nil, "--head"},
		{"CLI-05", "contradiction", "send | $URL/get | --headers | --body", "", 2, nil, []string{"--headers and --body contradict"}, "exclusive"},
		{"CLI-05", "quiet lines", "send | $URL/get | -q | --json", "", 2, nil, []string{"--quiet and --json contradict"}, "exclusive"},
		{"CLI-05", "unknown part", "send | $URL/get | -p | hx", "", 2, nil, []string{"made of H, B, h and b"}, "nothing is sent"},
		{"CLI-06", "as it came", "get | $URL/httpbin/base64/eyJhIjoiXHUwMGU5In0=" + ca, "", 0, []string{`^\{"a":"\\u00e9"\}$`}, nil, "a pipe gets the bytes"},
		{"CLI-06", "pretty", "get | $URL/httpbin/response-headers?a=%C3%A9 | --pretty" + ca, "", 0, []string{"^  \"a\": \\[\n    \"é\"\n  \\]"}, nil, "indented by two"},
		{"CLI-06", "image", "get | $URL/httpbin/image/png" + ca, "", 0, []string{"PNG"}, []string{"! ."}, "a pipe gets it"},
		{"CLI-07", "output", "send | $URL/get | -o | $DIR/out" + ca, "", 0, []string{"! ."}, []string{"! ."}, "nothing is printed"},
		{"CLI-07", "stdout", "send | $URL/get | -o | -" + ca, "", 0, []string{"! ^HTTP", body}, nil, "the body alone"},
		{"CLI-07", "two into one", "send | $URL/get | $URL/get | -o | $DIR/out", "", 2, nil, []string{"--output is one file"}, "the second would replace the first"},
		{"CLI-07", "no directory", "send | $URL/get | -o | $DIR/no/out" + ca, "", 1, nil, []string{"no such file|cannot find"}, "a failure"},
		{"CLI-08", "insecure", "send | -k | -q | $URL/get", "", 0, nil, nil, "--no-verify of the reference library"},
		{"CLI-08", "unknown authority", "send | -q | $URL/get", "", 1, nil, []string{"certificate"}, "verified by default"},
		{"CLI-08", "two words", "send | -k | $URL/get" + ca, "", 2, nil, []string{"contradict"}, "one of them would be ignored"},
		{"CLI-08", "empty output", "send | $URL/get | --output | ", "", 2, []string{"! ."}, []string{"-output is empty"}, "a variable of the shell that is not set"},
		{"CLI-08", "empty authorities", "send | $URL/get | --ca | ", "", 2, nil, []string{"-ca is empty"}, "others would be trusted"},
		{"CLI-08", "empty user", "send | $URL/get | -u | ", "", 2, nil, []string{"-u is empty"}, "it would be ignored"},
		{"CLI-08", "empty data", "send | $URL/upload | -d | " + ca, "", 0, []string{`"size": 0`}, nil, "a body without content is one"},
		{"CLI-08", "digest", "get | --digest | -u | user:secret | $URL/auth/digest/SHA-256/user/secret" + ca, "", 0, nil, nil, "proven"},
		{"CLI-08", "basic", "get | -u | user:wrong | $URL/auth/basic/user/secret" + ca, "", 3, nil, nil, "refused by the server"},
		{"CLI-08", "digest alone", "get | --digest | $URL/get", "", 2, nil, []string{"without --user"}, "it would be ignored"},
		{"CLI-08", "profile", "get | --profile | firefox153_linux | $URL/echo" + ca, "", 0, []string{"Firefox/153"}, nil, "--impersonate of the reference library"},
		{"CLI-08", "referrer", "get | --referrer | https://example.org/a | $URL/echo" + ca, "", 0, []string{`"https://example.org/"`}, nil, "as a browser tells it"},
		{"CLI-08", "redirects", "get | -L | --max-redirects | 1 | $URL/redirect-lab?n=2" + ca, "", 1, nil, []string{"too many redirects"}, "30 by default"},
		{"CLI-09", "status", "send | $URL/status/404" + ca, "", 0, nil, []string{"! ."}, "a response is a response"},
		{"CLI-09", "fail", "send | $URL/status/404 | --fail" + ca, "", 3, []string{"404"}, []string{"^fpcheck send: https://localhost:[0-9]+/status/404: 404 Not Found$"}, "unless --fail says otherwise"},
		{"CLI-09", "verb", "get | $URL/status/500" + ca, "", 3, nil, []string{"500 Internal"}, "verbs fail"},
		{"CLI-09", "verb without", "get | $URL/status/500 | --fail=false" + ca, "", 0, nil, []string{"! ."}, "or not"},
		{"CLI-09", "last fine", "send | --fail | $URL/status/400 | $URL/get | --json" + ca, "", 3, []string{`"status":400.*"error":""`, `"status":200`}, nil, "one is enough"},
		{"CLI-09", "transport", "send | --fail | $URL/status/400 | http://localhost:1/ | -q | --profile | none" + ca, "", 1, nil, nil, "no response tells more than a status"},
		{"CLI-09", "silent", "send | -s | http://localhost:1/ | --profile | none", "", 1, []string{"! ."}, []string{"! ."}, "only the exit code tells"},
		{"CLI-09", "credentials of a URL", "send | --fail | https://u:sesame@$HOST/status/404" + ca, "", 3, []string{"! sesame"}, []string{"^fpcheck send: https://localhost.*/status/404: 404", "! sesame"}, "messages are shown around"},
		{"CLI-09", "credentials in lines", "send | --json | https://u:sesame@$HOST/status/404 | https://u:sesame@localhost:1/" + ca, "", 1,
			[]string{`"url":"https://localhost:[0-9]+/status/404"`, `"url":"https://localhost:1/"`, "! sesame"}, []string{"! sesame"}, "nor there"},
		{"CLI-09", "credentials of no URL", "send | u:sesame@a.test:x/y", "", 2, nil, []string{`URL "a.test:x/y"`, "! sesame"}, "nor there"},
		{"CLI-05", "verbose credentials", "send | -v | $URL/httpbin/response-headers?Location=https://u:p@a.test/ | X-Api-Key:sesame" + ca, "", 0,
			[]string{"^location: https://.hidden.@a.test/$", "^x-api-key: .hidden.$"}, nil, "of a URL in a field, and more than Authorization"},
		{"CLI-09", "usage", "send | --no-such-flag", "", 2, nil, []string{"not defined"}, "nothing is sent"},
	})
}

func TestSendTerminal(t *testing.T) {
	t.Parallel()
	ca := " | --ca | $CA"
	runCommands(t, true, []commandRow{
		{"CLI-05", "terminal", "get | $URL/get" + ca, "", 0, []string{"^HTTP/2.0 200 OK$", "^  \"path\": \"/get\""}, nil, "head and body"},
		{"CLI-06", "JSON", "get | $URL/httpbin/response-headers?a=1" + ca, "", 0, []string{"^  \"a\": \\["}, nil, "indented by two"},
		{"CLI-06", "image", "get | $URL/httpbin/image/png" + ca, "", 0, []string{"^HTTP/2.0 200", "! PNG"}, []string{"is image/png, [0-9]+ bytes; save it"}, "a note instead"},
		{"CLI-06", "text", "get | $URL/charset/utf-8 | --body" + ca, "", 0, []string{"."}, nil, "as it came"},
		{"CLI-15", "no colours", "get | $URL/get | -v" + ca, "", 0, []string{"! \x1b"}, []string{"! \x1b"}, "not even on a terminal"},
	})
}

func TestIndentJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, name, in, want, why string }{
		{"CLI-06", "object", `{"b":1.0,"a":[],"b":{}}`, "{\n  \"b\": 1.0,\n  \"a\": [],\n  \"b\": {}\n}\n", "order, numbers and repetitions stay"},
		{"CLI-06", "escapes", `"\u00e9\ud83d\ude00\n\u0041"`, "\"é😀\\nA\"\n", "the characters themselves"},
		{"CLI-06", "controls", `"\u0007\u001b[31m\u202e\u009b"`, "\"\\u0007\\u001b[31m\\u202e\\u009b\"\n", "a terminal would obey them"},
		{"CLI-06", "syntax", `"\u0022\u005c\\u00e9\""`, "\"\\u0022\\u005c\\\\u00e9\\\"\"\n", "still the same string"},
		{"CLI-06", "half a pair", `"\ud83d\ud83dx\udc00"`, "\"\\ud83d\\ud83dx\\udc00\"\n", "no character"},
		{"CLI-06", "no JSON", "{\n", "{\n", "stays"},
		{"CLI-06", "scalar", " 7 \n", "7\n", "blanks around it go"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			if got := string(indentJSON([]byte(c.in))); got != c.want {
				t.Errorf("%s: got %q, want %q", c.why, got, c.want)
			}
		})
	}
}

// TestSendSave: what is saved, and under which name.
func TestSendSave(t *testing.T) {
	srv := fpserver.NewServer(t)
	for _, c := range []struct {
		id, name, path, flags string
		before, want          map[string]int // files and their length
		code                  int
		out, err              []string
		why                   string
	}{
		{"CLI-07", "URL", "/bytes/1000", "-O", nil, map[string]int{"1000": 1000}, 0, []string{"^HTTP/2.0 200", "! \x00"}, []string{"downloaded to 1000$"}, "the last segment"},
		{"CLI-07", "taken", "/bytes/7", "-O", map[string]int{"7": 3}, map[string]int{"7": 3, "7-1": 7}, 0, nil, []string{"downloaded to 7-1$"}, "no other file is lost"},
		{"CLI-07", "disposition", "/httpbin/response-headers?Content-Disposition=attachment%3B%20filename%3D%22..%2Fa%20b.json%22", "-O -s", nil,
			map[string]int{"a_b.json": -1}, 0, nil, []string{"! ."}, "made safe"},
		{"CLI-07", "no name", "/", "-O", nil, map[string]int{"download": -1}, 0, nil, nil, "nothing tells one"},
		{"CLI-07", "own name", "/bytes/5", "-O -o sub/x", nil, map[string]int{"sub/x": 5}, 0, []string{"^HTTP/2.0 200"}, []string{"downloaded to sub.x$"}, "with its directory"},
		{"CLI-07", "replaced", "/bytes/5", "-o sub/old", map[string]int{"sub/old": 9}, map[string]int{"sub/old": 5}, 0, []string{"! ."}, nil, "the user said which file"},
		{"CLI-07", "cut off", "/truncate?n=1000&sent=500", "-o sub/old", map[string]int{"sub/old": 9}, map[string]int{"sub/old": 9}, 1, nil, []string{"incomplete|EOF"}, "half a file replaces nothing"},
		{"CLI-07", "cut off download", "/truncate?n=1000&sent=500", "-O", nil, map[string]int{}, 1, nil, nil, "no trace"},
		{"CLI-07", "error page", "/status/404", "-O --fail", nil, map[string]int{}, 3, nil, nil, "not what was asked for"},
		{"CLI-07", "two", "/bytes/3 /bytes/4", "-O -q", nil, map[string]int{"3": 3, "4": 4}, 0, []string{"! ."}, nil, "each its own"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			if err := os.Mkdir("sub", 0o700); err != nil {
				t.Fatal(err)
			}
			for name, n := range c.before {
				write(t, name, strings.Repeat("o", n))
			}
			args := []string{"send", "--ca", srv.CAFile()}
			for path := range strings.FieldsSeq(c.path) {
				args = append(args, srv.URL+path)
			}
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), append(args, strings.Fields(c.flags)...), strings.NewReader(""), &stdout, &stderr)
			if code != c.code {
				t.Errorf("%s: exit code %d, want %d; stderr:\n%s", c.why, code, c.code, stderr.String())
			}
			match(t, "stdout", stdout.String(), c.out)
			match(t, "stderr", stderr.String(), c.err)
			checkFiles(t, dir, c.want, c.why)
		})
	}
}

// checkFiles compares names and lengths of the files below a directory; -1 is any length but 0.
func checkFiles(t *testing.T, dir string, want map[string]int, why string) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found++
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		n, ok := want[filepath.ToSlash(name)]
		if !ok || n >= 0 && info.Size() != int64(n) || info.Size() == 0 {
			t.Errorf("%s: there is %s with %d bytes", why, name, info.Size())
		}
		return nil
	})
	if err != nil || found != len(want) {
		t.Errorf("%s: %d files, %v, want %v", why, found, err, want)
	}
}

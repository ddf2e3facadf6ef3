package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fpserver"
)

// commandRow is one run of the program against a server.
type commandRow struct {
	id, name string
	// args are separated by " | ". In them and in stdin, $URL, $HOST, $CA and $DIR are those of the server and of a directory of the row's own.
	args  string
	stdin string
	code  int
	// out and err are regular expressions, of which each must match stdout and stderr; one that begins with "! " must not.
	out, err []string
	why      string
}

// fixtures are the files that each row finds in its directory.
var fixtures = map[string]string{
	"note.txt": "a note", "data.json": `{"from":"file"}`, "pixel.png": "\x89PNG", "broken.json": "{", "sub/body.txt": "file\n",
	"netrc": "machine localhost login user password secret\n",
}

// runCommands runs rows, each in a directory of its own; tty says whether stdout is a terminal. A row may have a file, "name=text",
// in which what is replaced in args is replaced, too.
func runCommands(t *testing.T, tty bool, rows []commandRow, files ...string) {
	t.Helper()
	srv := fpserver.NewServer(t)
	for i, c := range rows {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range fixtures {
				write(t, filepath.Join(dir, name), text)
			}
			expand := strings.NewReplacer("$URL", srv.URL, "$HOST", strings.TrimPrefix(srv.URL, "https://"), "$CA", srv.CAFile(), "$DIR", dir).Replace
			if i < len(files) {
				name, text, _ := strings.Cut(files[i], "=")
				write(t, filepath.Join(dir, name), expand(text))
			}
			var args []string
			for arg := range strings.SplitSeq(c.args, " | ") {
				args = append(args, expand(arg))
			}
			var stdout, stderr bytes.Buffer
			e := &env{stdin: strings.NewReader(expand(c.stdin)), stdout: &stdout, stderr: &stderr, terminal: tty}
			code := e.run(t.Context(), args)
			if code != c.code {
				t.Errorf("%s: exit code %d, want %d", c.why, code, c.code)
			}
			match(t, "stdout", stdout.String(), c.out)
			match(t, "stderr", stderr.String(), c.err)
			if t.Failed() {
				t.Logf("%s\nstdout:\n%s\nstderr:\n%s", c.why, stdout.String(), stderr.String())
			}
		})
	}
}

// match holds a text to regular expressions.
func match(t *testing.T, what, text string, expressions []string) {
	t.Helper()
	for _, e := range expressions {
		e, not := strings.CutPrefix(e, "! ")
		if regexp.MustCompile("(?m)"+e).MatchString(text) == not {
			t.Errorf("%s: %q, want match: %v", what, e, !not)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSendURL(t *testing.T) {
	t.Parallel()
	ca := " | --ca | $CA"
	runCommands(t, false, []commandRow{
		{"CLI-01", "verb", "post | $URL/echo | a=1" + ca, "", 0, []string{`"method": "POST"`}, []string{"! ."}, "a method is a command"},
		{"CLI-01", "upper case", "DELETE | $URL/echo" + ca, "", 0, []string{`"method": "DELETE"`}, nil, "as it is written on the wire"},
		{"CLI-01", "query", "query | $URL/echo | -d | x" + ca, "", 0, []string{`"method": "QUERY"`}, nil, "a method with a body"},
		{"CLI-01", "head", "head | $URL/get" + ca, "", 0, []string{`^HTTP/2.0 200 OK$`, "! path"}, nil, "it has nothing but a head"},
		{"CLI-01", "mixed case", "Get | $URL/get" + ca, "", 2, nil, []string{"no command"}, "neither lower nor upper"},
		{"CLI-01", "help", "get | -h", "", 0, []string{"^Usage: fpcheck get ", "name:=JSON", "-print"}, []string{"! ."}, "every command has help"},
		{"CLI-01", "top help", "-h", "", 0, []string{"get, post, put", "doctor", "run "}, []string{"! ."}, "lists the commands"},
		{"CLI-01", "two methods", "get | -X | PUT | $URL/echo", "", 2, nil, []string{"method is GET"}, "one of them is wrong"},
		{"CLI-02", "no URL", "get | /x", "", 2, nil, []string{"no host"}, "nothing is sent"},
		{"CLI-02", "no port", "get | host:port/x", "", 2, nil, []string{`"port" is no port`}, "nothing is sent"},
		{"CLI-02", "shorthand", "send | --profile | none | --json | localhost:1/x", "", 1, []string{`"url":"http://localhost:1/x"`}, nil, "a port other than 443"},
		{"CLI-02", "second URL", "send | $URL/get | $URL/echo | --json" + ca, "", 0, []string{`/get"`, `/echo"`}, nil, "several URLs with their schemes"},
	})
}

func TestSendItems(t *testing.T) {
	t.Parallel()
	ca := " | --ca | $CA"
	runCommands(t, false, []commandRow{
		{"CLI-03", "field", "get | $URL/echo | Accept:text/plain" + ca, "", 0, []string{`"accept", "value": "text/plain"`}, nil, "takes the browser's place"},
		{"CLI-03", "field with =", "get | $URL/echo | Authorization:Bearer a=b" + ca, "", 0, []string{`"authorization", "value": "Bearer a=b"`, `"method": "GET"`}, nil,
			"no data: the earliest separator counts"},
		{"CLI-03", "removal", "get | $URL/echo | Accept-Language:" + ca, "", 0, []string{"! accept-language"}, nil, "applied"},
		{"CLI-03", "cookie", "get | $URL/echo | +a=b | +c=d" + ca, "", 0, []string{`"cookie", "value": "a=b(; |.*\n.*)c=d`}, nil, "in one field, or in crumbs"},
		{"CLI-03", "cookie and jar", "get | $URL/cookie-lab?set=x%3D1 | $URL/cookie-lab | +a=b" + ca, "", 0, []string{`"text": "x=1.*"text": "a=b"`}, nil, "beside those that are kept"},
		{"CLI-03", "cookie and field", "get | $URL/echo | +a=b | Cookie:c=d", "", 2, nil, []string{"both set"}, "contradiction"},
		{"CLI-03", "broken cookie", "get | $URL/echo | +a=b;c" + ca, "", 1, nil, []string{"cookie"}, "refused by the client"},
		{"CLI-03", "query", "get | $URL/echo?a=0 | a==1 | b==x y" + ca, "", 0, []string{`/echo\?a=1&b=x\+y"`}, nil, "merged into the URL"},
		{"CLI-03", "file", "put | $URL/upload | @$DIR/note.txt" + ca, "", 0, []string{`"size": 6`}, nil, "the body"},
		{"CLI-03", "stdin", "post | $URL/upload | @-" + ca, "seven b", 0, []string{`"size": 7`}, nil, "the body"},
		{"CLI-03", "file with type", "post | $URL/echo | @$DIR/note.txt | Content-Type:text/plain" + ca, "", 0,
			[]string{`"content-type", "value": "text/plain"`, "! octet"}, nil, "the user's type"},
		{"CLI-03", "missing file", "post | $URL/echo | @$DIR/none" + ca, "", 1, nil, []string{"no such file|cannot find"}, "that request fails"},
		{"CLI-03", "no item", "get | $URL/echo | word" + ca, "", 2, nil, []string{`item "word": it has no separator`}, "nothing is sent"},
		{"CLI-04", "JSON", `post | $URL/httpbin/post | a=1 | n:=[1,{"x":null}]` + ca, "", 0,
			[]string{`"application/json"`, `"json": \{\n\s+"a": "1",\n\s+"n": \[`}, nil, "items are a JSON object"},
		{"CLI-04", "form", "post | $URL/httpbin/post | --items | form | a=1 | b=x y&" + ca, "", 0,
			[]string{`"application/x-www-form-urlencoded"`, `"form": \{\n\s+"a": \[\n\s+"1"`, `"x y&"`}, nil, "items are a form"},
		{"CLI-04", "flag form", "post | $URL/httpbin/post | --form | a=1=2 | b=3" + ca, "", 0, []string{`"1=2"`, `"b": \[\n\s+"3"`}, nil, "items join the form"},
		{"CLI-04", "parts", "post | $URL/upload | --multipart | a=1 | --multipart | f=@$DIR/pixel.png;type=image/x;filename=q.png | g=@$DIR/note.txt" + ca, "", 0,
			[]string{`form-data; name=\\"a\\""`, `filename=\\"q.png\\"`, `image/x`, `filename=\\"note.txt\\"`}, nil, "a real multipart, unlike the reference library's"},
		{"CLI-04", "items of parts", "post | $URL/upload | --items | multipart | a=1 | f=@$DIR/note.txt" + ca, "", 0, []string{`filename=\\"note.txt\\"`}, nil, "without a flag"},
		{"CLI-04", "two bodies", "post | $URL/echo | -d | x | --form | a=1", "", 2, nil, []string{"-d and --form are more than one body"}, "exclusive"},
		{"CLI-04", "form and parts", "post | $URL/echo | --multipart | x=1 | --form | a=1", "", 2, nil, []string{"more than one body"}, "exclusive"},
		{"CLI-04", "JSON in a form", "post | $URL/echo | --form | a=1 | n:=1", "", 2, nil, []string{"the body is no JSON"}, "a form has texts"},
		{"CLI-04", "JSON text", `send | --json | {"a": 1} | $URL/httpbin/post` + ca, "", 0, []string{`"data": "\{\\"a\\": ?1\}"`, "^HTTP/2.0 200"}, nil, "with --json"},
		{"CLI-04", "JSON file", "send | $URL/httpbin/post | --json | @$DIR/data.json | --json" + ca, "", 0, []string{`^\{"status":200,`}, nil, "and a line per response"},
		{"CLI-04", "JSON number", "send | $URL/httpbin/post | --json=7" + ca, "", 0, []string{`"json": 7`}, nil, "with an equals sign"},
		{"CLI-04", "broken JSON", "send | --json | {a | $URL/echo", "", 2, nil, []string{"no JSON in it"}, "nothing is sent"},
		{"CLI-04", "broken JSON file", "send | --json | @$DIR/broken.json | $URL/echo", "", 2, nil, []string{"no JSON in it"}, "nothing is sent"},
		{"CLI-04", "missing part", "send | --multipart | a=@$DIR/none | $URL/echo", "", 2, nil, []string{"none"}, "told before anything is sent"},
		{"CLI-04", "unknown items", "send | --items | xml | $URL/echo | a=b", "", 2, nil, []string{"json, form or multipart"}, "a word that means nothing"},
		{"CLI-04", "no items", "send | --items | form | $URL/echo", "", 2, nil, []string{"without an item"}, "it would be ignored"},
		{"CLI-04", "head with body", "send | -I | -d | x | $URL/echo", "", 2, nil, []string{"no body"}, "contradiction"},
	})
}

// TestRunProcess: what main calls knows by itself that a buffer is no terminal.
func TestRunProcess(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"help"}, strings.NewReader(""), &stdout, &stderr); code != 0 || stderr.Len() > 0 || stdout.Len() == 0 {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if terminal(&stdout) || !terminal(null) {
		t.Error("a buffer is a terminal, or a device is none")
	}
}

package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// httpFile has a request with everything, one that fails by its status, and one whose cookie comes from the first.
const httpFile = `# a file
### first
POST $URL/cookie-lab?set=a%3D1 HTTP/2
Content-Type: text/plain
// a comment
Accept-Language:

https://example.org
// no comment
###

$URL/status/418

### cookies
GET $URL/cookie-lab
> {% client.test() %}
### body
PUT $URL/upload
Content-Type: text/x

< sub/body.txt
`

func TestRun(t *testing.T) {
	t.Parallel()
	const ca = " | --ca | $CA"
	file := func(name, text string) string { return name + "=" + text }
	entry := func(request string) string { return `{"log":{"entries":[` + request + `]}}` }
	rows := []struct {
		commandRow
		file string
	}{
		{commandRow{"CLI-10", "session", "run | $DIR/a.http" + ca, "", 1, []string{`"cookie": \[\{"text": "a=1"`},
			[]string{`\A--- \[1\] POST https://localhost:[0-9]+/cookie-lab\?set=a%3D1$`, `^--- \[2\] GET .*418$`, `418 I'm a teapot`, `^--- \[4\] PUT `, `^1 request\(s\) failed\.\n\z`},
			"one session, a count of failures"}, file("a.http", httpFile)},
		{commandRow{"CLI-10", "no session", "run | --no-session | $DIR/a.http" + ca, "", 1, []string{`"path": "/cookie-lab", "cookie": \[\]`}, []string{`^1 request\(s\) failed`}, "no cookie goes along"}, file("a.http", httpFile)},
		{commandRow{"CLI-10", "credentials", "run | $DIR/a.http" + ca, "", 1, nil, []string{`^--- \[1\] GET https://localhost:`, `^fpcheck run: https://localhost.*/status/418: 418`, "! sesame"}, "no line has the password"},
			file("a.http", "https://u:sesame@$HOST/status/418\n###\nPOST https://u:sesame@$HOST/x\n\nx\n< none.txt\n")},
		{commandRow{"CLI-10", "no session, one jar", "run | --no-session | --cookie-jar | x | $DIR/a.http", "", 2, nil, []string{"choose one"}, "contradiction"}, file("a.http", httpFile)},
		{commandRow{"CLI-10", "any status", "run | --fail=false | --json | $DIR/a.http" + ca, "", 0, []string{`"status":418`}, []string{"! failed"}, "asked for"}, file("a.http", httpFile)},
		{commandRow{"CLI-10", "silent", "run | -s | -q | $DIR/a.http" + ca, "", 1, []string{"! ."}, []string{"! ."}, "only the exit code tells"}, file("a.http", httpFile)},
		{commandRow{"CLI-10", "rest", "run | --headers | $DIR/a.REST" + ca, "", 0, []string{"^HTTP/2.0 200 OK$"}, nil, "the reference library documents and refuses it"}, file("a.REST", "$URL/get")},
		{commandRow{"CLI-10", "format", "run | $DIR/a.txt", "", 1, nil, []string{"unsupported file format"}, "nothing is sent"}, file("a.txt", "$URL/get")},
		{commandRow{"CLI-10", "missing", "run | $DIR/b.http", "", 1, nil, []string{"file not found: .*b.http"}, "nothing is sent"}, file("a.http", "")},
		{commandRow{"CLI-10", "empty", "run | $DIR/a.http", "", 1, nil, []string{"no request in it"}, "nothing is sent"}, file("a.http", "# only this\n")},
		{commandRow{"CLI-10", "no file", "run", "", 2, nil, []string{"name one file"}, "usage"}, file("a.http", "")},
		{commandRow{"CLI-10", "output", "run | -o | x | $DIR/a.http", "", 2, nil, []string{"--output is one file"}, "several bodies"}, file("a.http", "$URL/get")},
		{commandRow{"CLI-11", "request", "run | $DIR/a.http | -p | HBb | --fail=false" + ca, "", 0,
			[]string{"^:method: POST$", "^content-type: text/plain$", "^https://example.org\n// no comment$", `"size": 5`}, nil,
			"fields, and the body as it is"}, file("a.http", httpFile)},
		{commandRow{"CLI-11", "removal", "run | $DIR/a.http" + ca, "", 0, []string{`"path": "/echo"`, "! accept-language"}, nil, "a field without value"}, file("a.http", "GET $URL/echo\nAccept-Language:\n")},
		{commandRow{"CLI-11", "HTTP/1.1", "run | $DIR/a.http | --headers" + ca, "", 0, []string{"^HTTP/1.1 200 OK$"}, nil, "the request line insists"}, file("a.http", "GET $URL/get HTTP/1.1")},
		{commandRow{"CLI-11", "HTTP/3", "run | $DIR/a.http", "", 1, nil, []string{"line 1: HTTP/3 is not spoken"}, "nothing is sent"}, file("a.http", "GET $URL/get HTTP/3")},
		{commandRow{"CLI-11", "URL", "run | $DIR/a.http", "", 1, nil, []string{"line 2: URL \"/x\": it has no host"}, "nothing is sent"}, file("a.http", "\nGET /x")},
		{commandRow{"CLI-11", "grammar", "run | $DIR/a.http", "", 1, nil, []string{"a.http: line 1: variables are not supported"}, "nothing is sent"}, file("a.http", "GET {{host}}/x")},
		{commandRow{"CLI-11", "missing body", "run | --json | $DIR/a.http" + ca, "", 1, []string{`"status":0.*not sent.*none.txt`, `"status":200`}, []string{`^1 request`},
			"that request is not sent, and counts"}, file("a.http", "POST $URL/upload\n\nx\n< none.txt\n###\n$URL/get")},
		{commandRow{"CLI-11", "missing body of a type", "run | --json | $DIR/a.http" + ca, "", 1, []string{`"status":0.*none.txt`}, nil, "nor is this one"},
			file("a.http", "POST $URL/upload\nContent-Type: a/b\n\n< none.txt")},
		{commandRow{"CLI-11", "WebSocket", "run | --json | --profile | none | $DIR/a.http" + ca, "", 0, []string{`"status":101`}, nil, "its URL says so"}, file("a.http", "wss://$HOST/ws/echo")},
		{commandRow{"CLI-12", "archive", "run | $DIR/a.har | -p | HBb" + ca, "", 0,
			[]string{"^:method: PATCH$", "^x-one: 1$", "^text$", "! x-length", "! chunked", "^content-type: text/plain$", `"path": "/echo"`}, []string{`entries\[1\] has no URL and is passed over`, "! failed"},
			"method, fields and body"}, file("a.har", entry(`{"request":{"method":"PATCH","url":"$URL/echo","headers":[{"name":":path","value":"/x-length"},{"name":"Host","value":"x-length"},
				{"name":"content-length","value":"99"},{"name":"Transfer-Encoding","value":"chunked"},{"name":"X-One","value":"1"}],
				"postData":{"mimeType":"text/plain","text":"text"}}},{"request":{"method":"GET","headers":[]}}`))},
		{commandRow{"CLI-12", "byte order mark", "run | $DIR/a.har | --headers" + ca, "", 0, []string{"^HTTP/2.0 200 OK$"}, nil, "some exporters write one"},
			file("a.har", "\xef\xbb\xbf"+entry(`{"request":{"method":"GET","url":"$URL/get","headers":[]}}`))},
		{commandRow{"CLI-12", "no body", "run | $DIR/a.har | --headers" + ca, "", 0, []string{"^HTTP/2.0 200 OK$"}, nil, "some exporters write an empty one"},
			file("a.har", entry(`{"request":{"method":"GET","url":"$URL/get","headers":[],"postData":{"mimeType":"","text":""}}}`))},
		{commandRow{"CLI-12", "form", "run | $DIR/a.har" + ca, "", 0, []string{`"x y"`, `"Content-Type": \[\n\s+"application/x-www-form-urlencoded"`}, nil, "without text"},
			file("a.har", entry(`{"request":{"method":"POST","url":"$URL/httpbin/post","headers":[],"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"x y"}]}}}`))},
		{commandRow{"CLI-12", "lost body", "run | $DIR/a.har", "", 1, nil, []string{"not sent: the archive does not have the body"}, "it would be another request"},
			file("a.har", entry(`{"request":{"method":"POST","url":"$URL/post","headers":[],"postData":{"mimeType":"multipart/form-data","params":[{"name":"a","fileName":"b"}]}}}`))},
		{commandRow{"CLI-12", "WebSocket", "run | --json | --profile | chromium156 | $DIR/a.har" + ca, "", 0, []string{`"status":101`}, nil, "with a key of its own"},
			file("a.har", entry(`{"request":{"method":"GET","url":"wss://$HOST/ws/echo","headers":[{"name":"Sec-WebSocket-Key","value":"x"},{"name":"Upgrade","value":"websocket"}]}}`))},
		{commandRow{"CLI-12", "kind", "run | --kind | fetch | --profile | chromium156 | $DIR/a.har" + ca, "", 0, []string{`"sec-fetch-mode", "value": "cors"`}, nil, "archives do not say it"},
			file("a.har", entry(`{"request":{"method":"GET","url":"$URL/echo","headers":[]}}`))},
		{commandRow{"CLI-12", "no JSON", "run | $DIR/a.har", "", 1, nil, []string{"no HTTP archive"}, "nothing is sent"}, file("a.har", "<har>")},
		{commandRow{"CLI-12", "no entries", "run | $DIR/a.har", "", 1, nil, []string{"log.entries"}, "nothing is sent"}, file("a.har", entry(""))},
		{commandRow{"CLI-12", "no URLs", "run | $DIR/a.har", "", 1, nil, []string{"no request in it"}, "nothing is sent"}, file("a.har", entry("{}"))},
	}
	var commands []commandRow
	var files []string
	for _, r := range rows {
		commands, files = append(commands, r.commandRow), append(files, r.file)
	}
	runCommands(t, false, commands, files...)
}

// TestRunTerminal: on a terminal the heads are shown, too.
func TestRunTerminal(t *testing.T) {
	t.Parallel()
	runCommands(t, true, []commandRow{
		{"CLI-10", "terminal", "run | $DIR/a.http | --ca | $CA", "", 0, []string{"^HTTP/2.0 200 OK$", `"path": "/get"`}, nil, "head and body"},
	}, "a.http=$URL/get")
}

func TestDoctor(t *testing.T) {
	for name, value := range map[string]string{
		"HTTPS_PROXY": "http://user:pass@proxy.test:8080", "http_proxy": "user:p@ss@proxy.test", "IMPERSONATE_API_ROOT": "https://u:pass@api.test/v1?key=pass",
		"IMPERSONATE_API_KEY": "imp_pass", "SSL_CERT_FILE": "", "CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
	rows := []commandRow{
		{"CLI-13", "keys", "doctor | --store | $DIR", "", 0, []string{"^go: go1", "^executable: /?.", "^platform: ", "^machine: ", "^wirelike: ", "^profiles: 83$", "^api_root: https://hidden@api.test/v1$",
			"^config_present: false$", "^api_key_configured: true$", "^fingerprint_present: false$", "^fingerprint_count: 0$", "^ca: system",
			"^HTTPS_PROXY: http://hidden@proxy.test:8080 \\(not used\\)$", "^http_proxy: hidden@proxy.test \\(not used\\)$", "! pass", "! ss@"}, []string{"! ."}, "and no secret"},
		{"CLI-13", "store", "doctor | --store | testdata/doctor", "", 0, []string{"^fingerprint_present: true$", "^fingerprint_count: 2$", "^fingerprint_broken: 1$"}, nil, "what is in it"},
		{"CLI-13", "broken store", "doctor | --store | testdata/doctor/broken", "", 0, []string{"^fingerprint_error: .*fingerprints.json"}, nil, "why it cannot be read"},
		{"CLI-13", "no store", "doctor | --store | none", "", 0, []string{"^store: none$", "! fingerprint"}, nil, "asked for"},
		{"CLI-13", "JSON", "doctor | --json", "", 0, []string{`^\{"facts":\[\{"key":"wirelike"`, `"schema":"wirelike/doctor/1"`}, nil, "the same"},
		{"CLI-13", "arguments", "doctor | x", "", 2, nil, []string{"no arguments"}, "usage"},
	}
	runCommands(t, false, rows)
}

// TestCommandsOfStore: what the reference library has as update and config. Its list is in testdata/list.txt: it reads all goldens.
func TestCommandsOfStore(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs("testdata/doctor")
	if err != nil {
		t.Fatal(err)
	}
	runCommands(t, false, []commandRow{
		{"CLI-14", "update", "store | update | --store | $DIR/s | --from | " + source + " | --sha256 | " + sum(t, filepath.Join(source, "fingerprints.json")), "", 1,
			[]string{"^2 profiles in "}, []string{"broken"}, "one of them cannot be used"},
		{"CLI-14", "failure", "store | update | --store | $DIR/s | --root | http://localhost:1", "", 1, nil, []string{"localhost:1"}, "the reference library exits with 0"},
		{"CLI-14", "key", "store | key | --store | $DIR/s", "imp_abc\n", 0, []string{"config.json$"}, nil, "where it is"},
		{"CLI-14", "no key", "store | key | --store | $DIR/s", "abc\n", 2, nil, []string{"imp_"}, "another prefix"},
	})
}

// TestScriptLine: a line that has everything survives strict decoding, and its JSON is what help says.
func TestScriptLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, line string }{
		{"defaults", `{"url":"https://a.test/"}`},
		{"all", `{"method":"POST","url":"https://a.test/","kind":"form","referrer":"https://b.test/","headers":[["A","b"]],"remove":["C"],"cookies":[["d","e"]],` +
			`"multipart":[["f","g"]],"auth":["h","i"],"accept_encoding":"br","scripted":true,"with_credentials":false}`},
	} {
		var v map[string]any
		if err := json.Unmarshal([]byte(c.line), &v); err != nil {
			t.Fatal(err)
		}
		for key := range v {
			if !strings.Contains(sendCommand.long, `"`+key+`"`) {
				t.Errorf("%s: help does not know %q", c.name, key)
			}
		}
	}
}

// sum returns the SHA-256 of a file.
func sum(t *testing.T, name string) string {
	t.Helper()
	return fmt.Sprintf("%x", sha256.Sum256([]byte(read(t, name))))
}

package main

import (
	"testing"
)

// TestSendScript: what lines of a script may say of parts, credentials and content codings.
func TestSendScript(t *testing.T) {
	t.Parallel()
	const script = "send | --ca | $CA | --script | -"
	basic := `/auth/basic/user/secret"`
	rows := []commandRow{
		{"multipart", "pair", script, `{"url":"$URL/upload","multipart":[["a","1"],["b","é"]]}`, 0, []string{`name=\\"a\\"`, `"text": "é"`}, nil, "fields"},
		{"multipart", "file", script, `{"url":"$URL/upload","multipart":[{"name":"f","local_path":"$DIR/note.txt"}]}`, 0,
			[]string{`filename=\\"note.txt\\"`, "text/plain", `"a note"`}, nil, "its name and type"},
		{"multipart", "data", script, `{"url":"$URL/upload","multipart":[{"name":"f","data":"x","filename":"q.bin","content_type":"a/b"}]}`, 0,
			[]string{`filename=\\"q.bin\\"`, `"a/b"`}, nil, "a file from memory"},
		{"multipart", "bytes", script, `{"url":"$URL/upload","multipart":[{"name":"f","base64":"/wA="}]}`, 0, []string{`"size": 2`}, nil, "not UTF-8"},
		{"multipart", "with form", script, `{"url":"$URL/upload","multipart":[["a","1"]],"form":[["b","2"]]}`, 0, []string{`name=\\"b\\"`}, nil, "its fields follow"},
		{"multipart", "with body", script, `{"url":"$URL/upload","multipart":[["a","1"]],"body":"x"}`, 1, nil, []string{"more than one body"}, "contradiction"},
		{"multipart", "no name", script, `{"url":"$URL/upload","multipart":[{"data":"1"}]}`, 2, nil, []string{"line 1: multipart.0.: a part has a name"}, "nothing is sent"},
		{"multipart", "two sources", script, `{"url":"$URL/upload","multipart":[{"name":"a","data":"1","local_path":"x"}]}`, 2, nil, []string{"one of data, base64 and local_path"}, "nothing is sent"},
		{"multipart", "three", script, `{"url":"$URL/upload","multipart":[["a","1","2"]]}`, 2, nil, []string{`a part is`}, "nothing is sent"},
		{"multipart", "unknown", script, `{"url":"$URL/upload","multipart":[{"name":"a","Data":"1"}]}`, 2, nil, []string{"Data: unknown field"}, "strict"},
		{"multipart", "bad base64", script, `{"url":"$URL/upload","multipart":[{"name":"a","base64":"?"}]}`, 2, nil, []string{"base64"}, "nothing is sent"},
		{"auth", "pair", script, `{"url":"$URL` + basic + `,"auth":["user","secret"]}`, 0, []string{"^HTTP/2.0 200"}, nil, "Basic"},
		{"auth", "basic", script, `{"url":"$URL` + basic + `,"auth":{"scheme":"basic","user":"user","password":"secret"}}`, 0, []string{"^HTTP/2.0 200"}, nil, "by name"},
		{"auth", "digest", script, `{"url":"$URL/auth/digest/MD5/user/secret","auth":{"scheme":"digest","user":"user","password":"secret"}}`, 0, []string{"^HTTP/2.0 200"}, nil, "proven"},
		{"auth", "bearer", script, `{"url":"$URL/auth/bearer/tok","auth":{"scheme":"bearer","token":"tok"}}`, 0, []string{"^HTTP/2.0 200"}, nil, "a token"},
		{"auth", "null", script + " | -u | user:secret", `{"url":"$URL` + basic + `,"auth":null}`, 0, []string{"^HTTP/2.0 401"}, nil, "none, where the session has some"},
		{"auth", "absent", script + " | -u | user:secret", `{"url":"$URL` + basic + `}`, 0, []string{"^HTTP/2.0 200"}, nil, "those of the session"},
		{"auth", "scheme", script, `{"url":"$URL/","auth":{"scheme":"ntlm","user":"a","password":"b"}}`, 2, nil, []string{"line 1: auth: credentials have the scheme"}, "not spoken"},
		{"auth", "no password", script, `{"url":"$URL/","auth":{"scheme":"basic","user":"a"}}`, 2, nil, []string{"user and password"}, "incomplete"},
		{"auth", "one", script, `{"url":"$URL/","auth":["a"]}`, 2, nil, []string{`line 1: auth: credentials are`}, "incomplete"},
		{"auth", "twice", script, `{"url":"$URL/","auth":["a","b"],"headers":[["authorization","x"]]}`, 2, nil, []string{"both set"}, "contradiction"},
		{"accept_encoding", "value", script, `{"url":"$URL/echo","accept_encoding":"br;q=1"}`, 0, []string{`"accept-encoding", "value": "br;q=1"`, "! zstd"}, nil, "in place of the browser's"},
		{"accept_encoding", "all", script + " | --profile | none", `{"url":"$URL/echo","accept_encoding":""}`, 0, []string{`"gzip, deflate, br, zstd"`}, nil, "what is decoded"},
		{"accept_encoding", "null", script, `{"url":"$URL/echo","accept_encoding":null}`, 0, []string{"! accept-encoding"}, nil, "no field"},
		{"accept_encoding", "decoded", script, `{"url":"$URL/enc/gzip?n=3","accept_encoding":"gzip"}`, 0, []string{"^\x00\x01\x02$"}, nil, "as the browser does"},
		{"accept_encoding", "not decoded", script, `{"url":"$URL/enc/gzip?n=3","accept_encoding":null}`, 0, []string{"! ^\x00\x01\x02$"}, nil, "as it came"},
		{"accept_encoding", "number", script, `{"url":"$URL/echo","accept_encoding":1}`, 2, nil, []string{"line 1: accept_encoding"}, "no text"},
		{"accept_encoding", "twice", script, `{"url":"$URL/echo","accept_encoding":"br","remove":["Accept-Encoding"]}`, 2, nil, []string{"both set"}, "contradiction"},
		{"script", "stdin twice", script + " | $URL/echo | @-", `{"url":"$URL/"}`, 2, nil, []string{"cannot both read stdin"}, "one reads it"},
		{"script", "flags", script + " | --form | a=b", `{"url":"$URL/"}`, 2, nil, []string{"write them into the script"}, "they would be ignored"},
	}
	runCommands(t, false, rows)
}

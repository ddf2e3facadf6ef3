package fingerprint

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseHead(t *testing.T) {
	for _, test := range []struct {
		name, reason, in string
		want             *Head
		irregular        bool // in is kept as Raw
	}{
		{"fields", "order and case are kept, white space around a value is not",
			"GET /a?b=c HTTP/1.1\r\nHost: h\r\nX-ABC:  v w\t \r\nx-abc:\r\n\r\n",
			&Head{Method: "GET", Target: "/a?b=c", Version: "HTTP/1.1", Fields: []Field{{Name: "Host", Value: "h"}, {Name: "X-ABC", Value: "v w"}, {Name: "x-abc"}}}, true},
		{"no fields", "HTTP/1.0 allows that", "GET / HTTP/1.0\r\n\r\n", &Head{Method: "GET", Target: "/", Version: "HTTP/1.0", Fields: []Field{}}, false},
		{"bare LF", "RFC 9112 §2.2", "GET / HTTP/1.1\nA: b\n\n", &Head{Method: "GET", Target: "/", Version: "HTTP/1.1", Fields: []Field{{Name: "A", Value: "b"}}}, true},
		{"colon in a value", "only the first one separates", "GET / HTTP/1.1\r\nHost: h:8\r\n\r\n", &Head{Method: "GET", Target: "/", Version: "HTTP/1.1", Fields: []Field{{Name: "Host", Value: "h:8"}}}, false},
		{"space in a name", "what was sent is shown", "GET / HTTP/1.1\r\nA : b\r\n\r\n", &Head{Method: "GET", Target: "/", Version: "HTTP/1.1", Fields: []Field{{Name: "A ", Value: "b"}}}, false},
		{"rest", "what follows the empty line is not the head's", "GET / HTTP/1.1\r\n\r\nrest", &Head{Method: "GET", Target: "/", Version: "HTTP/1.1", Fields: []Field{}}, false},
		{"not even a line", "cut", "GET / HTTP/1.1", nil, false},
		{"no empty line", "cut", "GET / HTTP/1.1\r\nA: b\r\n", nil, false},
		{"two words", "HTTP/0.9 is not read", "GET /\r\n\r\n", nil, false},
		{"no HTTP", "another protocol", "GET / ICY/1.0\r\n\r\n", nil, false},
		{"no method", "an empty word", " / HTTP/1.1\r\n\r\n", nil, false},
		{"space in the target", "no request line", "GET /a b HTTP/1.1\r\n\r\n", nil, false},
		{"no colon", "no field line", "GET / HTTP/1.1\r\nabc\r\n\r\n", nil, false},
		{"empty name", "no field line", "GET / HTTP/1.1\r\n: v\r\n\r\n", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseHead([]byte(test.in))
			if test.irregular && test.want != nil {
				test.want.Raw = Hex(test.in)
			}
			if (err == nil) != (test.want != nil) || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s: got %+v, %v", test.reason, got, err)
			}
		})
	}
}

// targets parses a capture of HTTP/1.x and returns the targets of its requests.
func targets(t *testing.T, c *Capture) ([]string, error) {
	t.Helper()
	f, err := Parse(c)
	if f.HTTP1 == nil || f.HTTP2 != nil {
		t.Fatalf("not read as HTTP/1.x: %+v, %v", f, err)
	}
	list := []string{}
	for _, h := range f.HTTP1.Requests {
		list = append(list, h.Target)
	}
	return list, err
}

func TestHTTP1Connections(t *testing.T) {
	const post = "POST /p HTTP/1.1\r\n"
	for _, test := range []struct {
		name, reason, client string
		elided               []Elision
		want                 string
		err                  string
	}{
		{"one", "no body", "GET /1 HTTP/1.1\r\n\r\n", nil, "/1", ""},
		{"pipelined", "a request without length has no body", "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", nil, "/1 /2", ""},
		{"empty lines", "RFC 9112 §2.2: ignored before a request line", "\r\nGET /1 HTTP/1.1\r\n\r\n\r\n\r\nGET /2 HTTP/1.1\r\n\r\n\r\n", nil, "/1 /2", ""},
		{"length", "a body that looks like a head is none", post + "Content-Length: 20\r\n\r\nGET /x HTTP/1.1\r\n\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", nil, "/p /2", ""},
		{"chunked", "extensions and trailers", post + "Transfer-Encoding: gzip, chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", nil, "/p /2", ""},
		{"chunked over length", "RFC 9112 §6.3: chunked wins", post + "Content-Length: 1000\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", nil, "/p /2", ""},
		{"elided", "the missing bytes belong to the body", post + "Content-Length: 1000000\r\n\r\nabGET /2 HTTP/1.1\r\n\r\n",
			[]Elision{{Offset: 46, Length: 999998}}, "/p /2", ""},
		{"elided at the front", "the kept bytes may come last", post + "Content-Length: 7\r\n\r\nabGET /2 HTTP/1.1\r\n\r\n",
			[]Elision{{Offset: 39, Length: 5}}, "/p /2", ""},
		{"elided twice", "each with its own mark", post + "Content-Length: 7\r\n\r\nabPOST /q HTTP/1.1\r\nContent-Length: 9\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
			[]Elision{{Offset: 40, Length: 5}, {Offset: 80, Length: 9}}, "/p /q /2", ""},
		{"elided chunk", "within its chunk", post + "Transfer-Encoding: chunked\r\n\r\nf4240\r\n\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
			[]Elision{{Offset: 55, Length: 1000000}}, "/p /2", ""},
		{"elided too much", "the mark does not fit: stop", post + "Content-Length: 7\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", []Elision{{Offset: 39, Length: 9}}, "/p", ""},
		{"elided at a wrong place", "the mark was passed: stop", post + "Content-Length: 3\r\n\r\nabcdefGET /2 HTTP/1.1\r\n\r\n", []Elision{{Offset: 2, Length: 3}}, "/p", ""},
		{"body cut", "the client went away", post + "Content-Length: 9\r\n\r\nabc", nil, "/p", ""},
		{"chunk cut", "the client went away", post + "Transfer-Encoding: chunked\r\n\r\n5\r\nab", nil, "/p", ""},
		{"upgrade", "what follows is another protocol", "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n\x81\x80GET /2 HTTP/1.1\r\n\r\n", nil, "/ws", ""},
		{"bad length", "no next request can be found", post + "Content-Length: x\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", nil, "/p", ""},
		{"negative length", "no next request can be found", post + "Content-Length: -1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", nil, "/p", ""},
		{"huge length", "does not fit 63 bits", post + "Content-Length: 9223372036854775808\r\n\r\n", nil, "/p", ""},
		{"bad chunk", "no next request can be found", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", nil, "/p", ""},
		{"negative chunk", "no next request can be found", post + "Transfer-Encoding: chunked\r\n\r\n-5\r\n", nil, "/p", ""},
		{"chunk without end", "data behind it", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", nil, "/p", ""},
		{"head cut", "an error, with what came before", "GET /1 HTTP/1.1\r\n\r\nGET /2 HT", nil, "/1", "fingerprint: http/1.1: incomplete head"},
		{"head too long", "memory is bounded", "GET /1 HTTP/1.1\r\nA: " + strings.Repeat("x", maxHead), nil, "", "head too long"},
		{"garbage", "an error", "\x16\x03\x01\n\n", nil, "", "is no request line"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := targets(t, &Capture{Client: Hex(test.client), Elided: test.elided})
			if strings.Join(got, " ") != test.want {
				t.Errorf("%s: got %v, want %s", test.reason, got, test.want)
			}
			if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", test.reason, err, test.err)
			}
		})
	}
}

// TestTruncatedHTTP1 cuts a connection at every byte: never more requests than were complete.
func TestTruncatedHTTP1(t *testing.T) {
	client := "POST /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nabPOST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET /3 HTTP/1.1\r\n\r\n"
	last := 0
	for n := 1; n <= len(client); n++ {
		got, _ := targets(t, &Capture{Client: Hex(client[:n]), ALPN: "http/1.1"})
		if len(got) < last {
			t.Fatalf("%d requests in the first %d bytes, %d before", len(got), n, last)
		}
		last = len(got)
	}
	if last != 3 {
		t.Errorf("%d requests in all", last)
	}
}

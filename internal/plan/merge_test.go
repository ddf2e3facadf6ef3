package plan

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// fields makes a list from lines "Name: value"; a line without colon is a slot.
func fields(lines string) []fingerprint.Field {
	var out []fingerprint.Field
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, _ := strings.Cut(line[1:], ":") // a pseudo-header field begins with one
		out = append(out, fingerprint.Field{Name: line[:1] + name, Value: strings.TrimPrefix(value, " ")})
	}
	return out
}

func text(list []fingerprint.Field) string {
	var b strings.Builder
	for _, f := range list {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return b.String()
}

// The lists follow the navigations of Chromium 156 and Firefox 153, shortened.
const (
	chromiumH1 = `Host: *
		Connection: keep-alive
		Content-Length
		Cache-Control
		sec-ch-ua-mobile: ?0
		Content-Type
		User-Agent: Chromium
		Origin
		Accept: text/html
		Sec-Fetch-Site: none
		Referer
		Accept-Language: en
		*
		Cookie`
	chromiumH2 = `:method: GET
		:authority: *
		:scheme: https
		:path: *
		content-length
		cache-control
		sec-ch-ua-mobile: ?0
		content-type
		user-agent: Chromium
		origin
		accept: text/html
		sec-fetch-site: none
		referer
		accept-language: en
		*
		cookie
		priority: u=0, i`
	firefoxH1 = `Host: *
		User-Agent: Firefox
		Accept: text/html
		Content-Type
		Content-Length
		Origin
		Connection: keep-alive
		Referer
		*
		Cookie
		Sec-Fetch-Dest: document
		Priority: u=0, i`
	firefoxH2 = `:method: GET
		:path: *
		:authority: *
		:scheme: https
		user-agent: Firefox
		accept: text/html
		content-type
		content-length
		origin
		referer
		*
		cookie
		sec-fetch-dest: document
		te: trailers`
)

var (
	get   = Input{Method: "GET", Scheme: "https", Authority: "localhost:1", Target: "/html"}
	post  = Input{Method: "POST", Scheme: "https", Authority: "localhost:1", Target: "/posted", Length: 15}
	empty = Input{Method: "POST", Scheme: "https", Authority: "localhost:1", Target: "/posted"}
	form  = fields("Content-Type: form\nOrigin: https://localhost:1\nReferer: https://localhost:1/html\nCookie: alpha=1; beta=22")
)

func with(in Input, length int64, list ...fingerprint.Field) Input {
	in.Length, in.Fields = length, list
	return in
}

var mergeRows = []struct {
	name, reason string
	list         string
	proto        Proto
	in           Input
	own          string
	remove       []string
	want         string
}{
	{"chromium h1 get", "slots without value are left out", chromiumH1, HTTP1, get, "", nil, `
		Host: localhost:1
		Connection: keep-alive
		sec-ch-ua-mobile: ?0
		User-Agent: Chromium
		Accept: text/html
		Sec-Fetch-Site: none
		Accept-Language: en`},
	{"chromium h1 form", "the order of the captured POST /posted", chromiumH1, HTTP1, with(post, 15, form...),
		"Cache-Control: max-age=0", nil, `
		Host: localhost:1
		Connection: keep-alive
		Content-Length: 15
		Cache-Control: max-age=0
		sec-ch-ua-mobile: ?0
		Content-Type: form
		User-Agent: Chromium
		Origin: https://localhost:1
		Accept: text/html
		Sec-Fetch-Site: none
		Referer: https://localhost:1/html
		Accept-Language: en
		Cookie: alpha=1; beta=22`},
	{"chromium h2 form", "pseudo values come from the request, cookies are split", chromiumH2, HTTP2, with(post, 15, form...), "", nil, `
		:method: POST
		:authority: localhost:1
		:scheme: https
		:path: /posted
		content-length: 15
		sec-ch-ua-mobile: ?0
		content-type: form
		user-agent: Chromium
		origin: https://localhost:1
		accept: text/html
		sec-fetch-site: none
		referer: https://localhost:1/html
		accept-language: en
		cookie: alpha=1
		cookie: beta=22
		priority: u=0, i`},
	{"firefox h1 form", "as captured: type before length, Connection behind Origin", firefoxH1, HTTP1, with(post, 15, form...), "", nil, `
		Host: localhost:1
		User-Agent: Firefox
		Accept: text/html
		Content-Type: form
		Content-Length: 15
		Origin: https://localhost:1
		Connection: keep-alive
		Referer: https://localhost:1/html
		Cookie: alpha=1; beta=22
		Sec-Fetch-Dest: document
		Priority: u=0, i`},
	{"firefox h2 form", "Firefox splits cookies as well", firefoxH2, HTTP2, with(post, 15, form...), "", nil, `
		:method: POST
		:path: /posted
		:authority: localhost:1
		:scheme: https
		user-agent: Firefox
		accept: text/html
		content-type: form
		content-length: 15
		origin: https://localhost:1
		referer: https://localhost:1/html
		cookie: alpha=1
		cookie: beta=22
		sec-fetch-dest: document
		te: trailers`},
	{"own value", "an own field takes the browser's slot and spelling", chromiumH1, HTTP1, get, "user-agent: mine\nSEC-CH-UA-MOBILE: ?1", nil, `
		Host: localhost:1
		Connection: keep-alive
		sec-ch-ua-mobile: ?1
		User-Agent: mine
		Accept: text/html
		Sec-Fetch-Site: none
		Accept-Language: en`},
	{"own unknown", "unknown fields stand at the star in the caller's order and spelling", firefoxH1, HTTP1, with(get, 0, form[3]), "X-b: 2\nx-A: 1\nX-b: 3", nil, `
		Host: localhost:1
		User-Agent: Firefox
		Accept: text/html
		Connection: keep-alive
		X-b: 2
		x-A: 1
		X-b: 3
		Cookie: alpha=1; beta=22
		Sec-Fetch-Dest: document
		Priority: u=0, i`},
	{"own unknown h2", "names are lower-case on HTTP/2 (RFC 9113 §8.2.1)", firefoxH2, HTTP2, get, "X-B: 2\nUser-Agent: mine", nil, `
		:method: GET
		:path: /html
		:authority: localhost:1
		:scheme: https
		user-agent: mine
		accept: text/html
		x-b: 2
		sec-fetch-dest: document
		te: trailers`},
	{"own repeated", "fields of one name stay together and in order", "Host: *\nAccept: a\nZ: z", HTTP1, get, "accept: 1\nY: y\nAccept: 2", nil, `
		Host: localhost:1
		Accept: 1
		Accept: 2
		Z: z
		Y: y`},
	{"listed twice", "the caller's value replaces both", "Host: *\nAccept: a\nZ: z\nAccept: b", HTTP1, get, "accept: 1", nil, `
		Host: localhost:1
		Accept: 1
		Z: z`},
	{"listed twice, untouched", "the browser's own list is kept as it is", "Host: *\nAccept: a\nZ: z\nAccept: b", HTTP1, get, "", nil, `
		Host: localhost:1
		Accept: a
		Z: z
		Accept: b`},
	{"no star", "unknown fields come behind the last value, before the empty slots", "Host: *\nAccept: a\nReferer\nCookie", HTTP1, with(get, 0, form[3]), "X: 1", nil, `
		Host: localhost:1
		Accept: a
		X: 1
		Cookie: alpha=1; beta=22`},
	{"no star, no slot at the end", "unknown fields come last", "Host: *\nAccept: a", HTTP1, get, "X: 1", nil, `
		Host: localhost:1
		Accept: a
		X: 1`},
	{"only slots", "Host stays in front", "Host\nCookie", HTTP1, with(get, 0, form[3]), "X: 1", nil, `
		Host: localhost:1
		X: 1
		Cookie: alpha=1; beta=22`},
	{"own name is a star", "the mark is no name", "Host: *\n*\nAccept: a", HTTP1, get, "*: 1", nil, `
		Host: localhost:1
		*: 1
		Accept: a`},
	{"empty value", "an empty own value is sent", chromiumH2, HTTP2, get, "accept:", []string{"sec-ch-ua-mobile", "sec-fetch-site", "user-agent", "priority"}, `
		:method: GET
		:authority: localhost:1
		:scheme: https
		:path: /html
		accept:` + " " + `
		accept-language: en`},
	{"removed", "in any case, fields of the client, too", firefoxH1, HTTP1, with(get, 0, form...), "", []string{"ACCEPT", "origin", "cookie", "Content-Type"}, `
		Host: localhost:1
		User-Agent: Firefox
		Connection: keep-alive
		Referer: https://localhost:1/html
		Sec-Fetch-Dest: document
		Priority: u=0, i`},
	{"removed and own", "what the caller gives is sent", "Host: *\nAccept: a\nZ: z", HTTP1, get, "accept: 1", []string{"Accept"}, `
		Host: localhost:1
		Accept: 1
		Z: z`},
	{"removed length", "an empty body needs no length", "Host: *", HTTP1, empty, "", []string{"Content-Length"}, `
		Host: localhost:1`},
	{"own host", "the caller's Host is what the server sees", "Host: *\nAccept: a", HTTP1, get, "host: other.test", nil, `
		Host: other.test
		Accept: a`},
	{"own host h2", "Host becomes :authority (RFC 9113 §8.3.1)", ":path: *\n:authority: *\naccept: a", HTTP2, get, "Host: other.test", nil, `
		:path: /html
		:authority: other.test
		:method: GET
		:scheme: https
		accept: a`},
	{"list without host", "HTTP/1.1 needs it; first is where most have it", "Accept: a", HTTP1, get, "", nil, `
		Host: localhost:1
		Accept: a`},
	{"own cookie", "the caller's cookies replace the client's", chromiumH2, HTTP2, with(get, 0, form[3]), "Cookie: x=1;y=2; z=3;", []string{"accept", "sec-ch-ua-mobile", "sec-fetch-site", "user-agent", "priority"}, `
		:method: GET
		:authority: localhost:1
		:scheme: https
		:path: /html
		accept-language: en
		cookie: x=1
		cookie: y=2
		cookie: z=3`},
	{"own cookies", "HTTP/1.1 has one Cookie field (RFC 6265 §5.4)", "Host: *\nCookie\nA: a", HTTP1, get, "cookie: x=1\nB: b\ncookie: y=2; z=3", nil, `
		Host: localhost:1
		Cookie: x=1; y=2; z=3
		A: a
		B: b`},
	{"cookie without slot", "treated alike at the star", "Host: *\nA: a", HTTP1, get, "cookie: x=1\nB: b\ncookie: y=2", nil, `
		Host: localhost:1
		A: a
		cookie: x=1; y=2
		B: b`},
	{"cookie without slot h2", "treated alike at the star", ":method: *\n:authority: *\n:scheme: *\n:path: *\na: a", HTTP2, with(get, 0, form[3]), "", nil, `
		:method: GET
		:authority: localhost:1
		:scheme: https
		:path: /html
		a: a
		cookie: alpha=1
		cookie: beta=22`},
	{"empty cookie", "an empty field stays one field", ":method: *\n:authority: *\n:scheme: *\n:path: *\ncookie", HTTP2, get, "cookie:", nil, `
		:method: GET
		:authority: localhost:1
		:scheme: https
		:path: /html
		cookie:` + " "},
	{"chunked", "an unknown length has Transfer-Encoding in the slot", chromiumH1, HTTP1, with(post, -1), "", []string{"sec-ch-ua-mobile", "sec-fetch-site", "user-agent", "accept", "accept-language"}, `
		Host: localhost:1
		Connection: keep-alive
		Transfer-Encoding: chunked`},
	{"chunked by the caller", "the caller may say it, too, and it is said once", "Host: *\nAccept: a\nContent-Length", HTTP1, with(post, -1), "transfer-encoding: Chunked", nil, `
		Host: localhost:1
		Accept: a
		Transfer-Encoding: chunked`},
	{"unknown length h2", "HTTP/2 frames bodies itself", "content-length\naccept: a", HTTP2, with(post, -1), "Transfer-Encoding: chunked", nil, `
		:authority: localhost:1
		:method: POST
		:path: /posted
		:scheme: https
		accept: a`},
	{"slot for transfer-encoding only", "it serves as the slot of the body's length", "Host: *\nTransfer-Encoding\nAccept: a", HTTP1, post, "", nil, `
		Host: localhost:1
		Content-Length: 15
		Accept: a`},
	{"slot for transfer-encoding only, chunked", "and keeps its spelling", "Host: *\ntransfer-encoding\nAccept: a", HTTP1, with(post, -1), "", nil, `
		Host: localhost:1
		transfer-encoding: chunked
		Accept: a`},
	{"slots for both", "the body's length is said once", "Host: *\nContent-Length\nTransfer-Encoding\nAccept: a", HTTP1, post, "", nil, `
		Host: localhost:1
		Content-Length: 15
		Accept: a`},
	{"length without slot", "it follows the own fields", "Host: *\n*\nAccept: a", HTTP1, post, "X: 1", nil, `
		Host: localhost:1
		X: 1
		Content-Length: 15
		Accept: a`},
	{"empty post", "RFC 9110 §8.6: a zero length is announced", "Host: *\nAccept: a\nContent-Length", HTTP1, empty, "", nil, `
		Host: localhost:1
		Accept: a
		Content-Length: 0`},
	{"empty delete", "methods without meaning for a body announce none", "Host: *\nContent-Length", HTTP1, with(Input{Method: "DELETE", Authority: "localhost:1"}, 0), "", nil, `
		Host: localhost:1`},
	{"own length", "the caller may announce zero with any method", "Host: *\nContent-Length", HTTP1, get, "content-length: 0", nil, `
		Host: localhost:1
		Content-Length: 0`},
	{"connection-specific h2", "left out (RFC 9113 §8.2.2)", ":method: *\n:authority: *\n:scheme: *\n:path: *\nte: trailers\nconnection: keep-alive", HTTP2, get,
		"Connection: close\nKeep-Alive: 1\nProxy-Connection: x\nUpgrade: x\nTE: gzip\nX: 1", nil, `
		:method: GET
		:authority: localhost:1
		:scheme: https
		:path: /html
		te: trailers
		x: 1`},
	{"te trailers h2", "the one value that HTTP/2 allows", "accept: a", HTTP2, get, "TE: trailers", nil, `
		:authority: localhost:1
		:method: GET
		:path: /html
		:scheme: https
		accept: a
		te: trailers`},
	{"connection h1", "HTTP/1.1 has them all", "Host: *\nConnection: keep-alive", HTTP1, get, "connection: Upgrade\nUpgrade: websocket\nTE: gzip", nil, `
		Host: localhost:1
		Connection: Upgrade
		Upgrade: websocket
		TE: gzip`},
	{"neutral h1", "no profile: a plain Go client", "", HTTP1, with(post, 15, form[0]), "X-b: 2\nx-A: 1", nil, `
		Host: localhost:1
		User-Agent: Go-http-client/1.1
		X-b: 2
		x-A: 1
		Content-Type: form
		Content-Length: 15`},
	{"neutral h1 own", "without profile the caller's spelling stays", "", HTTP1, post, "user-agent: mine\nhost: other.test\ncontent-length: 15", nil, `
		host: other.test
		user-agent: mine
		content-length: 15`},
	{"neutral h1 removed", "the neutral user agent can be removed", "", HTTP1, get, "", []string{"User-Agent"}, `
		Host: localhost:1`},
	{"neutral h2", "the pseudo-header order of net/http", "", HTTP2, post, "X-B: 2", nil, `
		:authority: localhost:1
		:method: POST
		:path: /posted
		:scheme: https
		user-agent: Go-http-client/2.0
		x-b: 2
		content-length: 15`},
}

func TestAppendFields(t *testing.T) {
	t.Parallel()
	for _, row := range mergeRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := &Plan{Own: fields(row.own), Remove: row.remove}
			if row.proto == HTTP2 {
				p.H2 = fields(row.list)
			} else {
				p.H1 = fields(row.list)
			}
			list, own := slices.Clone(fields(row.list)), slices.Clone(p.Own)
			front := []fingerprint.Field{{Name: "front"}}
			got, err := p.AppendFields(front, row.proto, &row.in)
			if err != nil {
				t.Fatal(err)
			}
			if got[0].Name != "front" {
				t.Fatal("did not append")
			}
			if got, want := text(got[1:]), text(fields(row.want)); got != want {
				t.Errorf("%s\ngot\n%swant\n%s", row.reason, got, want)
			}
			if text(p.Own) != text(own) || text(append(p.H1, p.H2...)) != text(list) {
				t.Error("the shared lists were written to")
			}
		})
	}
}

func TestAppendFieldsRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		proto        Proto
		in           Input
		own          string
		remove       string
		field        string
	}{
		{"pseudo", "the request gives the pseudo-header fields", HTTP2, get, ":path: /x", "", ":path"},
		{"two hosts", "two Hosts are two opinions about the target (RFC 9112 §3.2)", HTTP1, get, "Host: a\nhost: b", "", "host"},
		{"wrong length", "the body decides", HTTP1, post, "Content-Length: 16", "", "Content-Length"},
		{"wrong length h2", "also where frames carry the body", HTTP2, post, "Content-Length: 16", "", "Content-Length"},
		{"length of a chunked body", "never both (RFC 9112 §6.2)", HTTP1, with(post, -1), "Content-Length: -1", "", "Content-Length"},
		{"chunked with length", "never both (RFC 9112 §6.2)", HTTP1, post, "Transfer-Encoding: chunked", "", "Transfer-Encoding"},
		{"other coding", "nothing would encode it", HTTP1, with(post, -1), "Transfer-Encoding: gzip, chunked", "", "Transfer-Encoding"},
		{"host removed", "HTTP/1.1 needs it", HTTP1, get, "", "HOST", "HOST"},
		{"pseudo removed", "HTTP/2 needs them", HTTP2, get, "", ":scheme", ":scheme"},
		{"length removed", "the body would be taken for the next request", HTTP1, post, "", "content-length", "content-length"},
		{"coding removed", "the body would be taken for the next request", HTTP1, with(post, -1), "", "transfer-encoding", "transfer-encoding"},
	} {
		p := &Plan{Own: fields(row.own)}
		if row.remove != "" {
			p.Remove = []string{row.remove}
		}
		_, err := p.AppendFields(nil, row.proto, &row.in)
		var e *FieldError
		if !errors.As(err, &e) || e.Name != row.field {
			t.Errorf("%s (%s): %v", row.name, row.reason, err)
		}
	}
}

// TestAppendFieldsNoH1: where there is no list for HTTP/1.1 the request is not sent in some other order.
func TestAppendFieldsNoH1(t *testing.T) {
	t.Parallel()
	want := errors.New("no list")
	p := &Plan{H2: fields(chromiumH2), NoH1: want}
	if got, err := p.AppendFields(nil, HTTP1, &get); err != want || len(got) > 0 {
		t.Errorf("over HTTP/1.1: %q, %v", text(got), err)
	}
	if got, err := p.AppendFields(nil, HTTP2, &get); err != nil || len(got) == 0 {
		t.Errorf("over HTTP/2: %q, %v", text(got), err)
	}
}

func TestAppendFieldsNilPlan(t *testing.T) {
	t.Parallel()
	got, err := (*Plan)(nil).AppendFields(nil, HTTP1, &get)
	if want := "Host: localhost:1\nUser-Agent: Go-http-client/1.1\n"; err != nil || text(got) != want {
		t.Errorf("got %q, %v", text(got), err)
	}
}

func TestAppendFieldsAllocates(t *testing.T) {
	p := &Plan{H1: fields(chromiumH1), H2: fields(chromiumH2), Own: fields("user-agent: mine\nx-a: 1")}
	dst := make([]fingerprint.Field, 0, 32)
	for _, proto := range []Proto{HTTP1, HTTP2} {
		in := with(post, 15, form...)
		if n := testing.AllocsPerRun(100, func() { p.AppendFields(dst, proto, &in) }); n > 0 {
			t.Errorf("%s: %v allocations", proto, n)
		}
	}
}

func BenchmarkAppendFields(b *testing.B) {
	p := &Plan{H1: fields(chromiumH1), H2: fields(chromiumH2), Own: fields("user-agent: mine\nx-a: 1")}
	dst := make([]fingerprint.Field, 0, 32)
	for _, proto := range []Proto{HTTP1, HTTP2} {
		b.Run(string(proto), func(b *testing.B) {
			b.ReportAllocs()
			in := with(post, 15, form...)
			for b.Loop() {
				p.AppendFields(dst, proto, &in)
			}
		})
	}
}

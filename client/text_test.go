package client

import (
	"errors"
	"io"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
)

// canned is a response that did not come from a network.
func canned(contentType, body string) *Response {
	r := &Response{StatusCode: 200, URL: &url.URL{Scheme: "https", Host: "a.test"}, Body: io.NopCloser(strings.NewReader(body)), Length: -1, max: 1 << 20}
	if contentType != "" {
		r.Header = Header{{Name: "Content-Type", Value: contentType}}
	}
	return r
}

func encode16(s string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		hi, lo := byte(u>>8), byte(u)
		if !big {
			hi, lo = lo, hi
		}
		b.WriteByte(hi)
		b.WriteByte(lo)
	}
	return b.String()
}

func encode32(s string, big bool) string {
	var b strings.Builder
	for _, r := range s {
		u := []byte{byte(r >> 24), byte(r >> 16), byte(r >> 8), byte(r)}
		if !big {
			u[0], u[1], u[2], u[3] = u[3], u[2], u[1], u[0]
		}
		b.Write(u)
	}
	return b.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, typ, body, want string }{
		{"no type", "", "é", "é"},
		{"no charset", "text/html", "é", "é"},
		{"utf-8", "text/html; charset=utf-8", "é", "é"},
		{"quoted, in capitals", `text/html; Charset="GBK"`, "\xc4\xe3", "你"},
		{"latin-1 is windows-1252", "text/plain; charset=iso-8859-1", "\xe9\x80", "é€"},
		{"big5", "text/plain; charset=big5", "\xa7\x41", "你"},
		{"bad bytes", "text/plain", "a\xffb", "a\uFFFDb"},
		{"mark", "text/plain", "\xef\xbb\xbfé", "é"},
		{"a mark overrules", "text/plain; charset=big5", "\xef\xbb\xbfé", "é"},
		{"utf-16 mark", "text/plain", "\xff\xfe" + encode16("é", false), "é"},
		{"utf-16be mark", "text/plain", "\xfe\xff" + encode16("é", true), "é"},
		{"utf-16be", "text/plain; charset=utf-16be", encode16("é", true), "é"},
		{"empty", "text/plain; charset=gbk", "", ""},
	} {
		got, err := canned(row.typ, row.body).Text()
		if got != row.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", row.name, got, err, row.want)
		}
	}
	for _, row := range []struct {
		typ  string
		want *Kind
	}{{"text/plain; charset=klingon", ErrUnknownCharset}, {"text/html; charset=gbk, text/plain; charset=klingon", ErrUnknownCharset}} {
		r := canned(row.typ, "x")
		_, err := r.Text()
		var e *Error
		if !errors.As(err, &e) || e.Kind != row.want || e.Response != r {
			t.Errorf("%s: %v", row.typ, err)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	const doc = `{"a":"é你"}`
	want := map[string]any{"a": "é你"}
	for _, row := range []struct{ name, typ, body string }{
		{"no type", "", doc},
		{"utf-8", "application/json; charset=utf-8", doc},
		{"mark", "application/json", "\xef\xbb\xbf" + doc},
		{"utf-16le", "application/json", encode16(doc, false)},
		{"utf-16be", "application/json; charset=utf-16", encode16(doc, true)},
		{"utf-16le with mark", "application/json", "\xff\xfe" + encode16(doc, false)},
		{"utf-16be with mark", "application/json", "\xfe\xff" + encode16(doc, true)},
		{"utf-32le", "application/json", encode32(doc, false)},
		{"utf-32be", "application/json", encode32(doc, true)},
		{"utf-32le with mark", "application/json", "\xff\xfe\x00\x00" + encode32(doc, false)},
		{"utf-32be with mark", "application/json", "\x00\x00\xfe\xff" + encode32(doc, true)},
		{"unknown charset", "application/json; charset=klingon", doc},
		{"unknown charset, utf-16", "application/json; charset=klingon", encode16(doc, true)},
		{"malformed type", "application/json; charset=utf-8,", doc},
		{"type twice", "application/json, application/json", doc},
		{"gbk", "application/json; charset=gbk", "{\"a\":\"\xa8\xa6\xc4\xe3\"}"},
	} {
		var got map[string]any
		if err := canned(row.typ, row.body).JSON(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", row.name, got, err)
		}
	}
	for _, row := range []struct{ name, typ, body string }{
		{"cut", "", `{"a":`}, {"empty", "", ""}, {"two", "", "{} {}"}, {"odd utf-32", "", "\x00\x00\xfe\xff\x00"}, {"charset", "a/b; charset=x-x", "{"},
	} {
		var v any
		if err := canned(row.typ, row.body).JSON(&v); !errors.Is(err, ErrDecode) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestBytesKeepsItsResult(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	r := canned("", "")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("abc"), failing{boom}))
	for range 2 {
		b, err := r.Bytes()
		var e *Error
		if string(b) != "abc" || !errors.Is(err, boom) || !errors.As(err, &e) || e.Response != r {
			t.Errorf("%q, %v", b, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		code   int
		reason string
		ok     bool
		want   string
	}{
		{200, "OK", true, "200 OK"}, {200, "", true, "200 OK"}, {200, "Custom", true, "200 Custom"}, {304, "", true, "304 Not Modified"},
		{399, "", true, "399"}, {400, "", false, "400 Bad Request"}, {599, "x", false, "599 x"}, {101, "", false, "101 Switching Protocols"},
	} {
		r := canned("", "")
		r.StatusCode, r.Reason = row.code, row.reason
		if r.OK() != row.ok || (r.Err() == nil) != row.ok || r.Status() != row.want {
			t.Errorf("%d %q: %v, %v, %q", row.code, row.reason, r.OK(), r.Err(), r.Status())
		}
	}
}

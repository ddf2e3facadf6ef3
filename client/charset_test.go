package client

import (
	"encoding/json"
	"errors"
	"testing"
)

// TestCharsets: which charset is taken, and what comes of it.
func TestCharsets(t *testing.T) {
	t.Parallel()
	const gbk = "\xc4\xe3" // 你
	detect := func(label string) func([]byte) string { return func([]byte) string { return label } }
	for _, row := range []struct {
		name, typ, body string
		o               *TextOptions
		want            string
		err             *Kind
	}{
		{"RESP-15 the caller's word", "text/plain; charset=utf-8", gbk, &TextOptions{Charset: "GBK", Default: "big5"}, "你", nil},
		{"RESP-15 the server's word", "text/plain; charset=gbk", gbk, &TextOptions{Default: "big5", Detect: detect("big5")}, "你", nil},
		{"RESP-15 default", "text/plain", "\xa7A", &TextOptions{Default: "big5"}, "你", nil},
		{"RESP-15 by the body", "text/plain", gbk, &TextOptions{Default: "big5", Detect: detect("GB18030")}, "你", nil},
		{"RESP-15 not by the body", "text/plain", "\xa7A", &TextOptions{Default: "big5", Detect: detect("")}, "你", nil},
		{"RESP-15 UTF-8", "", "你", &TextOptions{}, "你", nil},
		{"RESP-15 none", "", "你", nil, "你", nil},
		{"RESP-16 case and quotes", `text/plain; Charset="GBK"`, gbk, nil, "你", nil},
		{"RESP-16 not the value of another parameter", `text/plain; x="charset=gbk"`, "é", nil, "é", nil},
		{"RESP-17 bad sequences", "text/plain", "a\xff\xc3b", nil, "a\uFFFD\uFFFDb", nil},
		{"RESP-17 unknown to the caller", "", "x", &TextOptions{Charset: "klingon"}, "", ErrUnknownCharset},
		{"RESP-17 unknown default", "", "x", &TextOptions{Default: "klingon"}, "", ErrUnknownCharset},
		{"RESP-17 unknown to the server", "text/plain; charset=klingon", "x", &TextOptions{}, "", ErrUnknownCharset},
		{"RESP-17 mark", "text/plain", "\xef\xbb\xbfé", nil, "é", nil},
		{"RESP-17 mark of the caller's charset", "", "\xff\xfe\xe9\x00", &TextOptions{Charset: "utf-16le"}, "é", nil},
		{"RESP-17 mark of another", "", "\xff\xfe", &TextOptions{Charset: "windows-1252"}, "ÿþ", nil},
		{"RESP-17 UTF-32", "text/plain; charset=utf-32be", encode32("é你", true), nil, "é你", nil},
		{"RESP-17 UTF-32 with mark", "text/plain; charset=utf-32", "\xff\xfe\x00\x00" + encode32("é", false), nil, "é", nil},
		{"RESP-18 empty", "text/plain; charset=gbk", "", &TextOptions{Default: "big5"}, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := canned(row.typ, row.body)
			for range 2 { // RESP-18: again and again
				got, err := r.TextAs(row.o)
				var e *Error
				switch {
				case row.err != nil && (!errors.As(err, &e) || e.Kind != row.err || !errors.Is(err, ErrDecode) || e.Response != r):
					t.Errorf("%q, %v", got, err)
				case row.err == nil && (got != row.want || err != nil):
					t.Errorf("%q, %v; want %q", got, err, row.want)
				}
			}
		})
	}
	for typ, want := range map[string]string{"": "", "text/html": "", `text/html;CHARSET="UTF-8"`: "utf-8", "text/html; charset=\"": ""} {
		if got := canned(typ, "").Charset(); got != want {
			t.Errorf("%q: %q", typ, got)
		}
	}
}

// TestJSONCharsets: RESP-19 in full is TestJSON; here are its rows by name.
func TestJSONCharsets(t *testing.T) {
	t.Parallel()
	const doc = `["你"]`
	for _, row := range []struct{ name, typ, body string }{
		{"RESP-19 mark", "application/json", "\xef\xbb\xbf" + doc},
		{"RESP-19 UTF-16LE", "application/json", encode16(doc, false)},
		{"RESP-19 UTF-16BE in spite of the label", "application/json; charset=utf-8", encode16(doc, true)},
		{"RESP-19 UTF-32", "application/json; charset=utf-32", encode32(doc, true)},
		{"RESP-19 GBK", "application/json; charset=GBK", "[\"\xc4\xe3\"]"},
		{"RESP-20 UTF-16 with mark", "application/json", "\xff\xfe" + encode16(doc, false)},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			if err := canned(row.typ, row.body).JSON(&got); err != nil || len(got) != 1 || got[0] != "你" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	t.Run("RESP-20 one error", func(t *testing.T) {
		var v any
		var syntax *json.SyntaxError
		if err := canned("", "{]").JSON(&v); !errors.Is(err, ErrDecode) || !errors.As(err, &syntax) {
			t.Errorf("%v", err)
		}
	})
}

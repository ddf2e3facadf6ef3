package fpserver

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

func TestLabCharset(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			name string
			part string // of the content, in hexadecimal
			has  string // the same as text
		}{
			{"utf-8", "5a77c3b66c66", "Zw\u00f6lf"}, {"latin1", "5a77f66c66", "Zw\u00f6lf"}, {"windows-1252", "5a77f66c66", "Zw\u00f6lf"}, {"iso-8859-2", "67eab66cb1", "g\u0119\u015bl\u0105"},
			{"windows-1251", "d1fae5f8fc", "\u0421\u044a\u0435\u0448\u044c"}, {"koi8-r", "f3dfc5dbd8", "\u0421\u044a\u0435\u0448\u044c"}, {"shift_jis", "93fa967b8cea", "\u65e5\u672c\u8a9e"},
			{"euc-jp", "c6fccbdcb8ec", "\u65e5\u672c\u8a9e"}, {"gbk", "d6d0cec4cdf8d2b3", "\u4e2d\u6587\u7f51\u9875"}, {"gb18030", "d6d0cec4cdf8d2b3", "\u4e2d\u6587\u7f51\u9875"},
			{"big5", "a4a4a4e5baf4adb6", "\u4e2d\u6587\u7db2\u9801"}, {"euc-kr", "c7d1b1b9beee", "\ud55c\uad6d\uc5b4"}, {"windows-1255", "e3e220f1f7f8ef", "\u05d3\u05d2 \u05e1\u05e7\u05e8\u05df"},
			{"iso-2022-jp", "1b2442467c4b5c386c1b2842", "\u65e5\u672c\u8a9e"}, {"utf-16le", "e5652c679e8a", "\u65e5\u672c\u8a9e"}, {"UTF-16BE", "65e5672c8a9e", "\u65e5\u672c\u8a9e"},
			{"utf-32", "e56500002c6700009e8a0000", "\u65e5\u672c\u8a9e"}, {"utf-32be", "000065e50000672c00008a9e", "\u65e5\u672c\u8a9e"},
		} {
			resp, b := fetch(t, c, "GET", s.URL+"/charset/"+row.name, nil)
			if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/plain; charset="+row.name || !strings.Contains(hex.EncodeToString(b), row.part) || resp.ContentLength != int64(len(b)) {
				t.Errorf("%s: %s %v, %x", row.name, resp.Status, resp.Header, b)
			}
			if e, err := htmlindex.Get(row.name); err == nil {
				if text, err := e.NewDecoder().Bytes(b); err != nil || !strings.Contains(string(text), row.has) || !strings.HasPrefix(string(text), samples[0]+"\n") || strings.ContainsRune(string(text), utf8.RuneError) {
					t.Errorf("%s: %q, %v", row.name, text, err)
				}
			}
		}
		for _, row := range []struct{ query, contentType, begin string }{
			{"", "text/plain; charset=utf-8", "plain"}, {"?bom=1", "text/plain; charset=utf-8", "\ufeffplain"}, {"?label=%22GBK%22", `text/plain; charset="GBK"`, "plain"},
			{"?label=", "text/plain", "plain"}, {"?type=text/html;%20Charset=x", "text/html; Charset=x", "plain"}, {"?type=", "", "plain"}, {"?as=json", "application/json; charset=utf-8", `{"text": "plain`},
		} {
			if row.query == "?type=text/html;%20Charset=x" {
				row.query = "?type=text/html%3B%20Charset=x"
			}
			resp, b := fetch(t, c, "GET", s.URL+"/charset/utf-8"+row.query, nil)
			if got := resp.Header.Get("Content-Type"); got != row.contentType || !strings.HasPrefix(string(b), row.begin) {
				t.Errorf("%s: %q, %.40q", row.query, got, b)
			}
			if strings.Contains(row.query, "json") {
				var v struct{ Text string }
				if err := json.Unmarshal(b, &v); err != nil || v.Text != strings.Join(samples, "\n")+"\n" {
					t.Errorf("%v in %s", err, b)
				}
			}
		}
		if _, b := fetch(t, c, "GET", s.URL+"/charset/utf-16?bom=1", nil); !strings.HasPrefix(string(b), "\xff\xfep\x00") {
			t.Errorf("byte order mark: %.10q", b)
		}
	})
}

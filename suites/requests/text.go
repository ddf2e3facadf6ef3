package requests

import (
	"io"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// contents are specs of what becomes of the bytes of a body.
var contents = []runner.Spec{
	runner.It("RESP-15", "text is decoded as the Content-Type says", func(t *runner.Trial) {
		for charset, want := range map[string]string{
			"gbk": "\u4e2d\u6587", "big5": "\u4e2d\u6587", "shift_jis": "\u65e5\u672c\u8a9e", "windows-1251": "\u0421\u044a\u0435", "latin1": "Zw\u00f6lf",
			"utf-16le": "\u65e5\u672c\u8a9e", "euc-kr": "\ud55c\uad6d\uc5b4",
		} {
			gomega.Expect(text(t, t.URL("/charset/"+charset))).To(gomega.ContainSubstring(want), charset)
		}
	}),
	runner.It("RESP-15", "text without a charset is UTF-8", func(t *runner.Trial) {
		gomega.Expect(text(t, t.URL("/charset/utf-8?type=text/plain"))).To(gomega.ContainSubstring("Zw\u00f6lf"))
	}),
	runner.It("RESP-16", "the charset may be in quotes and in any case of letters", func(t *runner.Trial) {
		gomega.Expect(text(t, t.URL("/charset/gbk?type=text/plain%3B+Charset%3D%22GBK%22"))).To(gomega.ContainSubstring("\u4e2d\u6587"))
	}),
	runner.It("RESP-17", "bytes that are no text become U+FFFD, and a byte order mark is dropped", func(t *runner.Trial) {
		gomega.Expect(text(t, said(t, "text/plain; charset=utf-8", "a\xffb"))).To(gomega.Equal("a\ufffdb"))
		gomega.Expect(text(t, said(t, "text/plain; charset=utf-8", "\xef\xbb\xbfa"))).To(gomega.Equal("a"))
	}),
	runner.It("RESP-17", "a charset that nobody knows is an error", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: said(t, "text/plain; charset=klingon", "a")})
		runner.Need(r.Text != nil, "Response.Text")
		_, err := r.Text()
		runner.WantKind(err, subject.Content)
	}),
	runner.It("RESP-18", "text of nothing is empty, and stays the same when it is asked for again", func(t *runner.Trial) {
		gomega.Expect(text(t, said(t, "text/plain; charset=gbk", ""))).To(gomega.BeEmpty())
		r := t.Do(subject.Request{URL: said(t, "text/plain", "abc")})
		for range 2 {
			s, err := r.Text()
			gomega.Expect(s, err).To(gomega.Equal("abc"))
		}
	}),
	runner.It("RESP-19", "JSON is found in UTF-8, UTF-16 and UTF-32, with and without mark, and in the charset of the server", func(t *runner.Trial) {
		for _, path := range []string{
			"/charset/utf-8?as=json", "/charset/utf-8?as=json&bom=1", "/charset/utf-16le?as=json&type=application/json", "/charset/utf-16be?as=json&bom=1&type=application/json",
			"/charset/utf-32?as=json&type=application/json", "/charset/utf-16le?as=json&label=utf-8", "/charset/gbk?as=json",
		} {
			r := t.Do(subject.Request{URL: t.URL(path)})
			runner.Need(r.JSON != nil, "Response.JSON")
			var v struct{ Text string }
			gomega.Expect(r.JSON(&v)).To(gomega.Succeed(), path)
			gomega.Expect(v.Text).To(gomega.ContainSubstring("\u4e2d\u6587"), path)
		}
	}),
	runner.It("RESP-20", "what is no JSON is an error of one kind", func(t *runner.Trial) {
		for _, body := range []string{"", "{", "{} {}", "\xff\xfe{\x00", "<html>"} {
			r := t.Do(subject.Request{URL: said(t, "application/json", body)})
			runner.Need(r.JSON != nil, "Response.JSON")
			var v any
			runner.WantKind(r.JSON(&v), subject.Content)
		}
	}),
	runner.It("RESP-25", "behind the end of a body is its end, behind Close an error", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/bytes/100")})
		b, err := io.ReadAll(r.Body)
		gomega.Expect(len(b), err).To(gomega.Equal(100))
		_, err = r.Body.Read(make([]byte, 1))
		gomega.Expect(err).To(gomega.Equal(io.EOF))
		r = t.Do(subject.Request{URL: t.URL("/bytes/100")})
		gomega.Expect(r.Body.Close()).To(gomega.Succeed())
		n, err := r.Body.Read(make([]byte, 1))
		gomega.Expect(n).To(gomega.BeZero())
		gomega.Expect(err).To(gomega.HaveOccurred())
		gomega.Expect(err).NotTo(gomega.Equal(io.EOF))
		gomega.Expect(r.Body.Close()).To(gomega.Succeed(), "again")
	}),
	runner.It("RESP-26", "lines end with LF, CR or CRLF, and the last one may lack its end", func(t *runner.Trial) {
		wantLines(t, []string{"a", "b", "", "c\u2028d", "e"}, "a\r\nb\n\nc\u2028d\re")
		wantLines(t, []string{"a", "bc", "d"}, "a\nb", "c\n", "d\n")
		wantLines(t, nil)
	}),
	runner.It("RESP-27", "CR and LF in different chunks are one line end", func(t *runner.Trial) {
		wantLines(t, []string{"a", "b"}, "a\r", "\nb")
		wantLines(t, []string{"a", "", "b"}, "a\n", "\r\n", "b")
	}),
}

// said returns the URL of a peer that answers once, with that body.
func said(t *runner.Trial, contentType, body string) string {
	return t.Peer(runner.Canned("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + contentType + "\r\n\r\n" + body))
}

// text fetches a URL as text.
func text(t *runner.Trial, url string) string {
	r := t.Do(subject.Request{URL: url})
	runner.Need(r.Text != nil, "Response.Text")
	s, err := r.Text()
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), url)
	return s
}

// wantLines fetches a body of chunks line by line.
func wantLines(t *runner.Trial, want []string, chunks ...string) {
	var answer strings.Builder
	answer.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	for _, c := range chunks {
		answer.WriteString(chunk(c))
	}
	r := t.Do(subject.Request{URL: t.Peer(runner.Canned(answer.String() + "0\r\n\r\n"))})
	runner.Need(r.Lines != nil, "Response.Lines")
	var got []string
	for line, err := range r.Lines() {
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		got = append(got, line)
	}
	gomega.Expect(got).To(gomega.Equal(want), "%q", chunks)
}

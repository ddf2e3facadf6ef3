package requests

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// codings are specs of content codings.
var codings = []runner.Spec{
	runner.It("RESP-29", "gzip, deflate of both kinds, br and zstd are undone", func(t *runner.Trial) {
		for _, coding := range []string{"gzip", "deflate", "deflate-raw", "br", "zstd"} {
			for _, query := range []string{"", "?framing=chunked", "?n=100000", "?n=0"} {
				r := t.Do(subject.Request{URL: t.URL("/enc/" + coding + query), Header: pairs("Accept-Encoding", "gzip, deflate, br, zstd")})
				want := pattern(map[string]int{"?n=100000": 100000, "?n=0": 0, "": 1000, "?framing=chunked": 1000}[query])
				gomega.Expect(runner.Body(r) == want).To(gomega.BeTrue(), coding+query)
				gomega.Expect(r.Get("Content-Encoding")).To(gomega.Equal(strings.TrimSuffix(coding, "-raw")), "the field stays")
			}
		}
	}),
	runner.It("RESP-29", "x-gzip is gzip, identity and empty members are nothing", func(t *runner.Trial) {
		for _, coding := range []string{"x-gzip", "GZIP", "identity, gzip", " , gzip,", "gzip, identity"} {
			gomega.Expect(runner.Body(t.Do(subject.Request{URL: coded(t, coding, zip("content"))}))).To(gomega.Equal("content"), coding)
		}
	}),
	runner.It("RESP-29", "several codings are undone from the last to the first", func(t *runner.Trial) {
		for _, list := range []string{"deflate,gzip", "gzip,br,zstd", "gzip,gzip,gzip,gzip,gzip"} {
			r := t.Do(subject.Request{URL: t.URL("/enc/multi?codings=" + list)})
			gomega.Expect(runner.Body(r) == pattern(1000)).To(gomega.BeTrue(), list)
			gomega.Expect(strings.Join(told(r).Encodings, ",")).To(gomega.Equal(list))
		}
	}),
	runner.It("RESP-30", "more than five codings, an unknown one and corrupt content are errors", func(t *runner.Trial) {
		for _, path := range []string{"/enc/multi?codings=gzip,gzip,gzip,gzip,gzip,gzip", "/enc/bad?how=unknown", "/enc/bad?how=corrupt", "/enc/bad?how=checksum", "/enc/bad?how=plain",
			"/enc/bad?of=br&how=corrupt", "/enc/bad?of=zstd&how=corrupt", "/enc/bad?of=deflate&how=corrupt"} {
			broken(t, t.URL(path), subject.Decoding)
		}
	}),
	runner.It("RESP-31", "truncated content is an error", func(t *runner.Trial) {
		for _, of := range []string{"gzip", "deflate", "br", "zstd"} {
			broken(t, t.URL("/enc/bad?how=truncated&of="+of), subject.Decoding, subject.Incomplete)
		}
	}),
	runner.It("RESP-31", "gzip of several members is one content, and what follows it is passed over, as in browsers", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/enc/gzip?members=3")})
		gomega.Expect(runner.Body(r) == pattern(1000)).To(gomega.BeTrue())
		r = t.Do(subject.Request{URL: t.URL("/enc/bad?how=trailing")})
		gomega.Expect(runner.Body(r) == pattern(1000)).To(gomega.BeTrue())
	}),
	runner.It("RESP-32", "without a body nothing is undone", func(t *runner.Trial) {
		for _, r := range []subject.Request{
			{Method: "HEAD", URL: t.URL("/enc/gzip")}, {URL: t.URL("/enc/bad?how=empty")},
			{URL: t.Peer(runner.Canned("HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"))},
			{URL: t.Peer(runner.Canned("HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n"))},
			{URL: t.Peer(runner.Canned("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))},
		} {
			gomega.Expect(runner.Body(t.Do(r))).To(gomega.BeEmpty(), r.URL)
		}
	}),
	runner.It("RESP-33", "a body that shall stay encoded does", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: coded(t, "gzip", zip("content")), RawBody: true})
		gomega.Expect(runner.Body(r)).To(gomega.Equal(zip("content")))
	}),
	runner.It("RESP-34", "a small body that becomes a large one ends at the limit", func(t *runner.Trial) {
		c := t.Client(subject.Config{MaxBody: 1 << 17})
		for _, of := range []string{"gzip", "br", "zstd"} {
			r := c.Do(subject.Request{URL: t.URL("/enc/bomb?n=1048576&of=" + of)})
			runner.Need(r.Bytes != nil, "Response.Bytes")
			b, err := r.Bytes()
			runner.WantKind(err, subject.TooLarge)
			gomega.Expect(len(b)).To(gomega.BeNumerically("<=", 1<<17))
		}
	}),
	runner.It("RESP-34", "the limit is on the content, not on what is announced", func(t *runner.Trial) {
		c := t.Client(subject.Config{MaxBody: 1000})
		for n, want := range map[int]subject.Kind{1000: "", 1001: subject.TooLarge} {
			for _, path := range []string{"/bytes/%d", "/stream/%d", "/enc/gzip?n=%d"} {
				r := c.Do(subject.Request{URL: t.URL(fmt.Sprintf(path, n))})
				runner.Need(r.Bytes != nil, "Response.Bytes")
				_, err := r.Bytes()
				gomega.Expect(subject.KindOf(err)).To(gomega.Equal(want), path, n)
			}
		}
	}),
}

// broken fetches what must fail with one of the kinds, at once or while the body is read.
func broken(t *runner.Trial, url string, kinds ...subject.Kind) {
	r, err := t.Try(subject.Request{URL: url})
	if err == nil {
		_, err = runner.Read(r)
	}
	runner.WantKind(err, kinds...)
}

// coded returns the URL of a peer that answers once, with a body in that coding.
func coded(t *runner.Trial, coding, body string) string {
	return t.Peer(runner.Canned(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", coding, len(body), body)))
}

func zip(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.String()
}

// pattern is the content that fpserver sends: byte i is i mod 251.
func pattern(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return string(b)
}

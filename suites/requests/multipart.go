package requests

import (
	"os"
	"path/filepath"
	"regexp"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// forms are specs of multipart/form-data.
var forms = []runner.Spec{
	runner.It("REQ-54", "the fields of a form are parts behind the others", func(t *runner.Trial) {
		u := upload(t, subject.Request{Parts: []subject.Part{{Name: "a", Data: []byte("1")}}, Form: pairs("b", "2", "b", "3")})
		gomega.Expect(texts(u)).To(gomega.Equal([]string{"1", "2", "3"}))
		gomega.Expect(disposition(u, 2)).To(gomega.Equal(`form-data; name="b"`))
	}),
	runner.It("REQ-55", "what is sent again has each part once", func(t *runner.Trial) {
		r := subject.Request{Parts: []subject.Part{{Name: "a", Data: []byte("1")}}, Form: pairs("b", "2")}
		for range 2 {
			gomega.Expect(texts(upload(t, r))).To(gomega.Equal([]string{"1", "2"}))
		}
		r.Method, r.URL = "POST", t.URL("/redirect-lab?status=307&location=/upload")
		gomega.Expect(texts(runner.Decode[fpserver.Upload](t.Do(r)))).To(gomega.Equal([]string{"1", "2"}))
	}),
	runner.It("REQ-56", "a field has no Content-Type, a file that of its extension", func(t *runner.Trial) {
		dir := ginkgo.GinkgoT().TempDir()
		types := map[string]string{
			"a.gif": "image/gif", "a.jpg": "image/jpeg", "a.jpeg": "image/jpeg", "a.png": "image/png", "a.svg": "image/svg+xml", "a.txt": "text/plain",
			"a.htm": "text/html", "a.html": "text/html", "a.pdf": "application/pdf", "a.xml": "application/xml", "a.xyz": anyType, "a": anyType,
		}
		for name, want := range types {
			path := filepath.Join(dir, name)
			gomega.Expect(os.WriteFile(path, []byte("content"), 0o600)).To(gomega.Succeed())
			u := upload(t, subject.Request{Parts: []subject.Part{{Name: "f", Path: path}, {Name: "n", Data: []byte("x")}}})
			gomega.Expect(disposition(u, 0)).To(gomega.Equal(`form-data; name="f"; filename="` + name + `"`))
			gomega.Expect(partField(u, 0, "Content-Type")).To(gomega.HaveExactElements(want), name)
			gomega.Expect(partField(u, 1, "Content-Type")).To(gomega.BeEmpty())
			gomega.Expect(texts(u)).To(gomega.Equal([]string{"content", "x"}))
		}
	}),
	runner.It("REQ-56", "the caller's file name and type are sent", func(t *runner.Trial) {
		u := upload(t, subject.Request{Parts: []subject.Part{{Name: "f", Data: []byte("x"), Filename: "x.bin", ContentType: "a/b"}}})
		gomega.Expect(disposition(u, 0)).To(gomega.Equal(`form-data; name="f"; filename="x.bin"`))
		gomega.Expect(partField(u, 0, "Content-Type")).To(gomega.HaveExactElements("a/b"))
	}),
	runner.It("REQ-57", "a file that is not there is an error before anything is sent", func(t *runner.Trial) {
		path := filepath.Join(ginkgo.GinkgoT().TempDir(), "none")
		_, err := t.Try(subject.Request{Method: "POST", URL: t.URL("/upload"), Parts: []subject.Part{{Name: "f", Path: path}}})
		gomega.Expect(err).To(gomega.MatchError(os.ErrNotExist))
		gomega.Expect(len(t.Server().Conns())).To(gomega.BeZero(), "connections")
	}),
	runner.It("REQ-57", "a file and data in one part are refused", func(t *runner.Trial) {
		path := filepath.Join(ginkgo.GinkgoT().TempDir(), "file")
		gomega.Expect(os.WriteFile(path, nil, 0o600)).To(gomega.Succeed())
		t.Fails(subject.Request{Method: "POST", URL: t.URL("/upload"), Parts: []subject.Part{{Name: "f", Path: path, Data: []byte("x")}}}, subject.Invalid)
	}),
	runner.It("REQ-58", "quotes and line ends in names are escaped as in browsers, and a name may come twice", func(t *runner.Trial) {
		u := upload(t, subject.Request{Parts: []subject.Part{
			{Name: "a\"b\r\nc", Data: []byte("1"), Filename: "\"\u00e9\n"}, {Name: "a\"b\r\nc", Data: []byte("2")},
		}})
		gomega.Expect(disposition(u, 0)).To(gomega.Equal("form-data; name=\"a%22b%0D%0Ac\"; filename=\"%22\u00e9%0A\""))
		gomega.Expect(disposition(u, 1)).To(gomega.Equal(`form-data; name="a%22b%0D%0Ac"`))
		gomega.Expect(texts(u)).To(gomega.Equal([]string{"1", "2"}))
	}),
	runner.It("REQ-59", "the boundary is another one each time, and of letters and digits", func(t *runner.Trial) {
		seen := map[string]bool{}
		for range 3 {
			u := upload(t, subject.Request{Parts: []subject.Part{{Name: "a", Data: []byte("1")}}})
			gomega.Expect(regexp.MustCompile(`^-{0,30}[A-Za-z0-9]{16,60}$`).MatchString(u.Boundary)).To(gomega.BeTrue(), u.Boundary)
			gomega.Expect(u.Preamble+u.Epilogue).To(gomega.BeNumerically("<=", 2), "bytes before and behind the parts")
			seen[u.Boundary] = true
		}
		gomega.Expect(seen).To(gomega.HaveLen(3))
	}),
	runner.It("REQ-60", "the length is announced when it is known", func(t *runner.Trial) {
		c := t.Client(subject.Config{Protocol: "http/1.1"})
		e := c.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Parts: []subject.Part{{Name: "a", Data: make([]byte, 100_000)}}})
		gomega.Expect(runner.Sent(e, "Content-Length")).To(gomega.HaveLen(1))
		gomega.Expect(runner.Sent(e, "Transfer-Encoding")).To(gomega.BeEmpty())
		gomega.Expect(e.Body.Size).To(gomega.BeNumerically(">", 100_000))
	}),
}

// upload posts the request to /upload.
func upload(t *runner.Trial, r subject.Request) fpserver.Upload {
	ginkgo.GinkgoHelper()
	r.Method, r.URL = "POST", t.URL("/upload")
	return runner.Decode[fpserver.Upload](t.Do(r))
}

// texts returns the contents of the parts.
func texts(u fpserver.Upload) (all []string) {
	for _, p := range u.Parts {
		all = append(all, p.Text)
	}
	return all
}

// partField returns the values of a field of the i-th part.
func partField(u fpserver.Upload, i int, name string) (values []string) {
	ginkgo.GinkgoHelper()
	gomega.Expect(len(u.Parts)).To(gomega.BeNumerically(">", i), "parts")
	return runner.Sent(fpserver.Echo{Fields: u.Parts[i].Fields}, name)
}

// disposition returns the Content-Disposition of the i-th part.
func disposition(u fpserver.Upload, i int) string {
	ginkgo.GinkgoHelper()
	values := partField(u, i, "Content-Disposition")
	gomega.Expect(values).To(gomega.HaveLen(1))
	return values[0]
}

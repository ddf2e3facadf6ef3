package requests

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
	anyType  = "application/octet-stream"
)

// types are specs of Content-Type, and of the other fields that come with a body.
var types = []runner.Spec{
	runner.It("REQ-19", "JSON has its Content-Type", func(t *runner.Trial) {
		wantTypes(t, subject.Request{JSON: 1}, jsonType)
	}),
	runner.It("REQ-19", "the caller's Content-Type wins over that of JSON, in any case of letters", func(t *runner.Trial) {
		wantTypes(t, subject.Request{JSON: 1, Header: pairs("cONTENT-tYPE", "a/b")}, "a/b")
	}),
	runner.It("REQ-20", "the Content-Type depends on the kind of body, whatever the method: form", func(t *runner.Trial) {
		wantTypes(t, subject.Request{Form: pairs("a", "b")}, formType)
	}),
	runner.It("REQ-20", "the Content-Type depends on the kind of body, whatever the method: bytes", func(t *runner.Trial) {
		wantTypes(t, subject.Request{Bytes: []byte("x")}, anyType)
	}),
	runner.It("REQ-21", "a stream has no Content-Type, whatever the method", func(t *runner.Trial) {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET"} {
			for _, r := range []io.Reader{strings.NewReader("x"), io.MultiReader(strings.NewReader("x"))} {
				e := t.Echo(subject.Request{Method: method, URL: t.URL("/echo"), Stream: r})
				gomega.Expect(runner.Sent(e, "Content-Type")).To(gomega.BeEmpty(), method)
			}
		}
	}),
	runner.It("REQ-22", "a Content-Type that is removed stays away, also with JSON", func(t *runner.Trial) {
		wantTypes(t, subject.Request{JSON: json.RawMessage("{}"), Remove: []string{"content-type"}})
		wantTypes(t, subject.Request{Form: pairs("a", "b"), Remove: []string{"Content-Type"}})
	}),
	runner.It("REQ-23", "an empty Content-Type is one", func(t *runner.Trial) {
		wantTypes(t, subject.Request{JSON: 1, Header: pairs("Content-Type", "")}, "")
	}),
	runner.It("REQ-24", "there is no Expect, however long the body is", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			e := t.Client(subject.Config{Protocol: protocol}).Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Bytes: make([]byte, 5<<20)})
			gomega.Expect(runner.Sent(e, "Expect")).To(gomega.BeEmpty())
			gomega.Expect(e.Body.Size).To(gomega.Equal(int64(5 << 20)))
		}
	}),
}

// wantTypes makes the request with all methods that may have a body, and wants these values of Content-Type.
func wantTypes(t *runner.Trial, r subject.Request, want ...string) {
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET"} {
		r.Method, r.URL = method, t.URL("/echo")
		gomega.Expect(runner.Sent(t.Echo(r), "Content-Type")).To(gomega.HaveExactElements(want), method)
	}
}

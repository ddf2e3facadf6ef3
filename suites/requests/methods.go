package requests

import (
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// methods are specs of the method and of what goes with it.
var methods = []runner.Spec{
	runner.It("REQ-01", "methods are sent in upper case", func(t *runner.Trial) {
		for _, method := range []string{"get", "post", "put", "delete", "options", "trace", "patch", "query"} {
			e := t.Echo(subject.Request{Method: method, URL: t.URL("/echo")})
			gomega.Expect(e.Method).To(gomega.Equal(strings.ToUpper(method)))
		}
	}),
}

package runner

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/subject"
)

// Read reads the body of a response to its end and closes it.
func Read(r *subject.Response) (string, error) {
	b, err := io.ReadAll(r.Body)
	r.Body.Close()
	return string(b), err
}

// Body is Read for bodies that must be whole.
func Body(r *subject.Response) string {
	ginkgo.GinkgoHelper()
	text, err := Read(r)
	if err != nil {
		ginkgo.Fail(fmt.Sprintf("the body: %v", err))
	}
	return text
}

// Decode decodes the body of a response of fpserver.
func Decode[T any](r *subject.Response) (v T) {
	ginkgo.GinkgoHelper()
	text := Body(r)
	if err := json.Unmarshal([]byte(text), &v); err != nil || r.Status != 200 {
		ginkgo.Fail(fmt.Sprintf("status %d, %v: %.1000s", r.Status, err, text))
	}
	return v
}

// Echo makes a request and returns it as the server's /echo saw it.
func (c *Client) Echo(r subject.Request) fpserver.Echo {
	ginkgo.GinkgoHelper()
	return Decode[fpserver.Echo](c.Do(r))
}

// Sent returns the values of all fields with the name that the server saw.
func Sent(e fpserver.Echo, name string) []string {
	values := []string{}
	for _, f := range e.Fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Names returns the names of the fields that the server saw, in order, in lower case, without pseudo-header fields.
func Names(e fpserver.Echo) (names []string) {
	for _, f := range e.Fields {
		if !strings.HasPrefix(f.Name, ":") {
			names = append(names, strings.ToLower(f.Name))
		}
	}
	return names
}

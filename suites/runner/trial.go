package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/subject"
)

// Trial is what one spec has: a client that is tried, and servers to try it against, all of which end with the spec.
type Trial struct {
	// Context ends with the spec.
	Context context.Context

	adapter subject.Adapter
	server  *fpserver.Server
	ca      []byte // of all servers so far
	client  *Client
}

func newTrial(ctx context.Context, a subject.Adapter) *Trial {
	return &Trial{Context: ctx, adapter: a}
}

// Server returns the server of the spec, which is started at the first call.
func (t *Trial) Server() *fpserver.Server {
	if t.server == nil {
		t.server = t.Origin(nil)
	}
	return t.server
}

// URL returns the URL of a path at [Trial.Server].
func (t *Trial) URL(path string) string { return t.Server().URL + path }

// Origin starts a further server, as configured by the function if it is not nil. Clients that are made after it trust its authority.
func (t *Trial) Origin(configure func(*fpserver.Server)) *fpserver.Server {
	ginkgo.GinkgoHelper()
	s := fpserver.NewUnstartedServer(ginkgo.GinkgoTB())
	if configure != nil {
		configure(s)
	}
	if err := s.Start(); err != nil {
		ginkgo.Fail(err.Error())
	}
	t.ca = append(t.ca, s.CertPEM()...)
	return s
}

// Client returns a client with the settings, which trusts all servers of the spec so far unless it has a CA of its own. The spec is
// skipped when the settings are unsupported.
func (t *Trial) Client(c subject.Config) *Client {
	ginkgo.GinkgoHelper()
	client, err := t.TryClient(c)
	if err != nil {
		ginkgo.Fail(err.Error())
	}
	return client
}

// TryClient is Client for settings that may be refused.
func (t *Trial) TryClient(c subject.Config) (*Client, error) {
	ginkgo.GinkgoHelper()
	t.Server()
	if c.CA == nil {
		c.CA = slices.Clone(t.ca)
	}
	client, err := t.adapter.New(c)
	skipUnsupported(err)
	if err != nil {
		return nil, err
	}
	ginkgo.DeferCleanup(client.Close)
	return &Client{t.Context, client}, nil
}

// Do makes a request with a client of default settings, one for the whole spec, and wants a response.
func (t *Trial) Do(r subject.Request) *subject.Response {
	ginkgo.GinkgoHelper()
	return t.plain().Do(r)
}

// Try is Do for requests that may fail.
func (t *Trial) Try(r subject.Request) (*subject.Response, error) {
	ginkgo.GinkgoHelper()
	return t.plain().Try(r)
}

// Fails is Do for requests that must fail, with one of the kinds.
func (t *Trial) Fails(r subject.Request, kinds ...subject.Kind) *subject.Error {
	ginkgo.GinkgoHelper()
	return t.plain().Fails(r, kinds...)
}

// Echo is Do, and returns the request as it came to the server's /echo or to the end of /redirect-lab.
func (t *Trial) Echo(r subject.Request) fpserver.Echo {
	ginkgo.GinkgoHelper()
	return t.plain().Echo(r)
}

func (t *Trial) plain() *Client {
	ginkgo.GinkgoHelper()
	if t.client == nil {
		t.client = t.Client(subject.Config{})
	}
	return t.client
}

// skipUnsupported skips the spec when the client cannot do what is asked.
func skipUnsupported(err error) {
	ginkgo.GinkgoHelper()
	var un *subject.Unsupported
	if errors.As(err, &un) {
		ginkgo.Skip(un.Error())
	}
}

// Need skips the spec unless the client has what is needed; what is "Response.Text" or the like.
func Need(has bool, what string) {
	ginkgo.GinkgoHelper()
	if !has {
		skipUnsupported(&subject.Unsupported{What: what})
	}
}

// Client is a client under trial. Its requests end with the spec.
type Client struct {
	ctx     context.Context
	subject subject.Client
}

// Close closes the client before the spec ends.
func (c *Client) Close() error { return c.subject.Close() }

// With returns the client with another context.
func (c *Client) With(ctx context.Context) *Client { return &Client{ctx, c.subject} }

// Try makes a request. The body of its response is closed with the spec. It skips the spec when the request is unsupported.
func (c *Client) Try(r subject.Request) (*subject.Response, error) {
	ginkgo.GinkgoHelper()
	res, err := c.subject.Do(c.ctx, r)
	skipUnsupported(err)
	if res != nil && res.Body != nil {
		ginkgo.DeferCleanup(func() { res.Body.Close() })
	}
	return res, err
}

// Do makes a request and wants a response.
func (c *Client) Do(r subject.Request) *subject.Response {
	ginkgo.GinkgoHelper()
	res, err := c.Try(r)
	if err != nil {
		ginkgo.Fail(fmt.Sprintf("%s %s: %v", r.Method, r.URL, err))
	}
	return res
}

// Fails makes a request and wants a failure of one of the kinds, of any when none is given.
func (c *Client) Fails(r subject.Request, kinds ...subject.Kind) *subject.Error {
	ginkgo.GinkgoHelper()
	res, err := c.Try(r)
	if err == nil {
		ginkgo.Fail(fmt.Sprintf("%s %s: status %d, want an error of the kinds %q", r.Method, r.URL, res.Status, kinds))
	}
	return WantKind(err, kinds...)
}

// WantKind wants an error of one of the kinds, and returns it.
func WantKind(err error, kinds ...subject.Kind) *subject.Error {
	ginkgo.GinkgoHelper()
	var e *subject.Error
	if !errors.As(err, &e) || len(kinds) > 0 && !slices.Contains(kinds, e.Kind) {
		ginkgo.Fail(fmt.Sprintf("%v, want an error of the kinds %q", err, kinds))
	}
	return e
}

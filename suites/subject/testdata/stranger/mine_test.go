package mine_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/suites/streaming"
	"github.com/wirelike/wirelike/suites/subject"
)

// A process runs one suite: with several, give each a package, or run go test -run for one.
func TestStreaming(t *testing.T) { streaming.Run(t, subject.Func(open)) }

// mine is the client under test, here one that is net/http in disguise.
type mine struct{ http.Client }

// open makes a client as the suite asks. What it does not honour is Unsupported, also what the suites come to ask for later.
func open(c subject.Config) (subject.Client, error) {
	if err := subject.Only(c, "CA", "Protocol"); err != nil {
		return nil, err
	}
	pool, err := c.Pool()
	if err != nil {
		return nil, err
	}
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, Protocols: new(http.Protocols)}
	t.Protocols.SetHTTP1(c.Protocol != "h2")
	t.Protocols.SetHTTP2(c.Protocol != "http/1.1")
	return &mine{http.Client{Transport: t}}, nil
}

// Close implements subject.Client.
func (m *mine) Close() error {
	m.CloseIdleConnections()
	return nil
}

// Do implements subject.Client.
func (m *mine) Do(ctx context.Context, r subject.Request) (*subject.Response, error) {
	if err := subject.Only(r, "Method", "URL", "Stream"); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, "GET"), r.URL, r.Stream)
	if err != nil {
		return nil, &subject.Error{Kind: subject.Invalid, Err: err}
	}
	res, err := m.Client.Do(req)
	if err != nil {
		return nil, failed(err)
	}
	out := &subject.Response{Status: res.StatusCode, Protocol: res.Proto, URL: res.Request.URL.String(), Body: body{res.Body}, Unordered: true}
	for name, values := range res.Header {
		for _, v := range values {
			out.Header = append(out.Header, subject.Field{Name: name, Value: v})
		}
	}
	for via := res.Request.Response; via != nil; via = via.Request.Response {
		out.History = append([]*subject.Response{{Status: via.StatusCode}}, out.History...)
	}
	return out, nil
}

// body has the suite's errors.
type body struct{ io.ReadCloser }

func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = failed(err)
	}
	return n, err
}

// failed says the client's errors in the suite's words.
func failed(err error) error {
	kind := subject.Other
	switch {
	case errors.Is(err, context.Canceled):
		kind = subject.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		kind = subject.Timeout
	case errors.Is(err, io.ErrUnexpectedEOF):
		kind = subject.Incomplete
	case errors.Is(err, io.EOF):
		kind = subject.EmptyReply
	case strings.Contains(err.Error(), "stopped after 10 redirects"):
		kind = subject.TooManyRedirects
	}
	return &subject.Error{Kind: kind, Err: err}
}

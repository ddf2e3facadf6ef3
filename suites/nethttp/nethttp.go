// Package nethttp puts net/http with its cookie jar into the suites, as most Go programs use them. It is the model of an adapter
// for another client, and shows that the specs can fail: its tests say which do, and why.
package nethttp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"github.com/wirelike/wirelike/suites/subject"
)

// Adapter is a new [http.Client] with a [cookiejar.Jar] for each [subject.Config].
type Adapter struct{}

// New implements [subject.Adapter].
func (Adapter) New(c subject.Config) (subject.Client, error) {
	if err := subject.Only(c, "CA", "Hosts", "Protocol", "NoCookies", "Neutral", "Redirect.Follow", "Redirect.Max", "Redirect.Hop", "Timeouts.Total",
		"Timeouts.Headers", "Credentials"); err != nil {
		return nil, err
	}
	if err := supported(&c.Redirect, c.Credentials); err != nil {
		return nil, err
	}
	pool, err := c.Pool()
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, ResponseHeaderTimeout: c.Timeouts.Headers,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if host, port, err := net.SplitHostPort(addr); err == nil {
				addr = net.JoinHostPort(cmp.Or(c.Hosts[host], host), port)
			}
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		},
	}
	switch c.Protocol {
	case "":
	case "http/1.1":
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
	case "h2":
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP2(true)
	default:
		return nil, &subject.Unsupported{What: "the protocol " + c.Protocol}
	}
	s := &session{transport: t, config: c}
	if !c.NoCookies {
		if s.jar, err = cookiejar.New(nil); err != nil { // without a list of public suffixes, as most programs have it
			return nil, err
		}
	}
	return s, nil
}

// supported tells what of the settings net/http has no like of.
func supported(r *subject.Redirect, c *subject.Credentials) error {
	switch {
	case r != nil && r.Follow == subject.FollowSafe:
		return &subject.Unsupported{What: "FollowSafe"}
	case c != nil && c.Scheme != "" && c.Scheme != "basic":
		return &subject.Unsupported{What: "credentials of the scheme " + c.Scheme}
	}
	return nil
}

type session struct {
	transport *http.Transport
	jar       http.CookieJar
	config    subject.Config
}

// Close implements [subject.Client].
func (s *session) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// Do implements [subject.Client].
func (s *session) Do(ctx context.Context, r subject.Request) (*subject.Response, error) {
	if err := subject.Only(r, "Method", "URL", "Header", "Cookies", "Bytes", "JSON", "Form", "Stream", "Length", "Replay", "Redirect.Follow",
		"Redirect.Max", "Redirect.Hop", "Timeouts.Total", "Credentials"); err != nil {
		return nil, err
	}
	if err := supported(r.Redirect, r.Credentials); err != nil {
		return nil, err
	}
	redirect := s.config.Redirect
	if r.Redirect != nil {
		redirect = *r.Redirect
	}
	req, err := s.request(ctx, &r)
	if err != nil {
		var un *subject.Unsupported
		if errors.As(err, &un) {
			return nil, un
		}
		return nil, failed(err)
	}
	c := &http.Client{Transport: s.transport, Jar: s.jar, Timeout: s.config.Timeouts.Total}
	if r.Timeouts != nil {
		c.Timeout = r.Timeouts.Total
	}
	c.CheckRedirect = func(next *http.Request, via []*http.Request) error { return check(&redirect, next, via) }
	res, err := c.Do(req)
	if err != nil {
		out := failed(err)
		if res != nil {
			out.Response = response(res)
		}
		return nil, out
	}
	return response(res), nil
}

// defaultRedirects is how many redirects http.Client follows by itself.
const defaultRedirects = 10

// check decides about a redirect.
func check(r *subject.Redirect, next *http.Request, via []*http.Request) error {
	most := cmp.Or(r.Max, defaultRedirects)
	switch {
	case r.Follow == subject.FollowNone:
		return http.ErrUseLastResponse
	case most >= 0 && len(via) > most:
		return errRedirects
	case r.Hop != nil:
		if err := r.Hop(response(next.Response), next.URL.String()); err != nil {
			return &refused{err}
		}
	}
	return nil
}

// setAuth sets the Basic credentials of a request; those of its URL are net/http's own affair.
func (s *session) setAuth(req *http.Request, own *subject.Credentials) {
	c := s.config.Credentials
	if own != nil {
		c = own
	}
	if c != nil && c.Scheme != "" && req.Header.Get("Authorization") == "" {
		req.SetBasicAuth(c.User, c.Password)
	}
}

// values loses the order of the fields, as url.Values has none.
func values(fields []subject.Field) url.Values {
	v := url.Values{}
	for _, f := range fields {
		v.Add(f.Name, f.Value)
	}
	return v
}

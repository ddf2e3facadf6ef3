// Package wirelike puts this module's client into the suites.
package wirelike

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
	"github.com/wirelike/wirelike/suites/subject"
)

// Adapter is this module's client. The zero value is its neutral form.
//
// With a profile, what its browser does not do, or what there is no evidence of, is Unsupported: plain http to other hosts than
// the machine itself, and kinds of requests that it was not seen to make. Without one that are all kinds but navigations.
type Adapter struct {
	// Options are the base of each session; what a [subject.Config] sets comes on top. RootCAs, DialContext, Guard and Cookies
	// always come from there.
	Options client.Options
}

// As returns the client as the browser of a profile.
func As(profile string) Adapter { return Adapter{client.Options{Profile: profile}} }

// New implements [subject.Adapter].
func (a Adapter) New(c subject.Config) (subject.Client, error) {
	o := a.Options
	if c.Neutral && (o.Profile != "" || o.Custom != nil) {
		return nil, &subject.Unsupported{What: "Config.Neutral as " + cmp.Or(o.Profile, "a browser of the caller's")}
	}
	pool, err := c.Pool()
	if err != nil {
		return nil, err
	}
	o.RootCAs = pool
	o.Cookies = nil
	if o.NoCookies = c.NoCookies; !c.NoCookies {
		engine := ""
		if p, err := profiles.Lookup(o.Profile); err == nil { // else it is for New to say so
			engine = p.Browser.Engine
		}
		o.Cookies = client.NewJar(&client.JarOptions{Now: c.Now, Rules: client.RulesFor(engine)})
	}
	if len(c.Hosts) > 0 {
		o.DialContext = dialer(c.Hosts)
	}
	switch c.Protocol {
	case "":
	case "http/1.1":
		o.HTTPVersion = client.HTTP1
	case "h2":
		o.HTTPVersion = client.HTTP2
	default:
		return nil, &subject.Unsupported{What: "the protocol " + c.Protocol}
	}
	if o.Guard, err = guard(c.Redirect.Allow); err != nil {
		return nil, err
	}
	o.Header = append(o.Header.Clone(), header(c.Header)...)
	o.BaseURL, o.Query, o.FailOnStatus = c.BaseURL, pairs(c.Query), c.FailOnStatus
	o.Redirect, o.Retry, o.Timeouts = redirect(&c.Redirect), retry(&c.Retry), timeouts(&c.Timeouts)
	o.ConnectTimeout = cmp.Or(c.Timeouts.Connect, o.ConnectTimeout)
	if o.Auth, err = auth(c.Credentials); err != nil {
		return nil, err
	}
	o.MaxBody = cmp.Or(c.MaxBody, o.MaxBody)
	s, err := client.New(&o)
	if err != nil {
		return nil, failed(err)
	}
	return &session{s}, nil
}

// dialer connects to the addresses that hosts have.
func dialer(hosts map[string]string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(addr); err == nil && hosts[host] != "" {
			addr = net.JoinHostPort(hosts[host], port)
		}
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}
}

// guard returns what lets the prefixes through.
func guard(allow []string) (*client.Guard, error) {
	g := &client.Guard{}
	for _, text := range allow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("Redirect.Allow: %w", err)
		}
		g.Allow = append(g.Allow, p)
	}
	return g, nil
}

type session struct{ s *client.Session }

// Close implements [subject.Client].
func (s *session) Close() error { return s.s.Close() }

// Do implements [subject.Client].
func (s *session) Do(ctx context.Context, r subject.Request) (*subject.Response, error) {
	c, err := call(&r)
	if err != nil {
		return nil, err
	}
	res, err := s.s.Do(ctx, cmp.Or(r.Method, "GET"), r.URL, c)
	if err != nil {
		return nil, failed(err)
	}
	return response(res), nil
}

// call returns a request in the client's terms.
func call(r *subject.Request) (*client.Call, error) {
	c := &client.Call{
		Kind: profiles.Kind(r.Kind), Referrer: r.Referrer, WithCredentials: r.WithCredentials,
		RawURL: r.RawURL, Query: pairs(r.Query), Header: header(r.Header), Remove: r.Remove,
		DiscardCookies: r.DiscardCookies, Raw: r.RawBody,
		Bytes: r.Bytes, JSON: r.JSON, Form: pairs(r.Form), Body: r.Stream, Length: r.Length, GetBody: r.Replay,
		SendRate: r.SendRate, RecvRate: r.RecvRate,
	}
	if tell := r.Progress; tell != nil {
		c.Progress = func(p client.Progress) { tell(subject.Progress(p)) }
	}
	for _, f := range r.Cookies {
		c.Cookies = append(c.Cookies, client.Cookie{Name: f.Name, Value: f.Value})
	}
	if r.Parts != nil {
		c.Multipart = &client.Multipart{}
		for _, p := range r.Parts {
			part := client.FormPart{Name: p.Name, Filename: p.Filename, ContentType: p.ContentType, Path: p.Path, Data: p.Data}
			if err := c.Multipart.AddPart(part); err != nil {
				return nil, failed(err)
			}
		}
	}
	return c, settings(r, c)
}

// settings sets what a request says in place of the session.
func settings(r *subject.Request, c *client.Call) error {
	if r.Redirect != nil {
		if len(r.Redirect.Allow) > 0 {
			return &subject.Unsupported{What: "Request.Redirect.Allow"} // the guard is the transport's
		}
		c.Redirect = client.Some(redirect(r.Redirect))
	}
	if r.Retry != nil {
		c.Retry = client.Some(retry(r.Retry))
	}
	if r.Timeouts != nil {
		if r.Timeouts.Connect != 0 {
			return &subject.Unsupported{What: "Request.Timeouts.Connect"} // a connection may serve other requests
		}
		c.Timeouts = client.Some(timeouts(r.Timeouts))
	}
	if r.Credentials != nil {
		a, err := auth(r.Credentials)
		if err != nil {
			return err
		}
		c.Auth = client.Some(a)
	}
	if r.FailOnStatus != nil {
		c.FailOnStatus = client.Some(*r.FailOnStatus)
	}
	return nil
}

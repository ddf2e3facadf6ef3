package wirelike

import (
	"net/url"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/suites/subject"
)

func header(fields []subject.Field) client.Header {
	var h client.Header
	for _, f := range fields {
		h.Add(f.Name, f.Value)
	}
	return h
}

// pairs keeps the difference between nothing and an empty list.
func pairs(fields []subject.Field) client.Pairs {
	if fields == nil {
		return nil
	}
	p := client.Pairs{}
	for _, f := range fields {
		p.Add(f.Name, f.Value)
	}
	return p
}

func redirect(r *subject.Redirect) client.Redirect {
	out := client.Redirect{
		Follow: map[subject.Follow]client.Follow{
			subject.FollowAll: client.FollowAll, subject.FollowNone: client.FollowNone, subject.FollowSafe: client.FollowSafe,
		}[r.Follow],
		Max: r.Max, GuardFirst: r.First,
	}
	if keep := r.Keep; keep != nil {
		out.Keep = func(name string, from, to *url.URL) bool { return keep(name, from.String(), to.String()) }
	}
	if hop := r.Hop; hop != nil {
		out.Hop = func(res *client.Response, next *url.URL) error { return hop(response(res), next.String()) }
	}
	return out
}

func retry(r *subject.Retry) client.Retry {
	out := client.Retry{
		Count: r.Count, Delay: r.Delay, MaxDelay: r.MaxDelay, Jitter: r.Jitter,
		IgnoreRetryAfter: r.IgnoreRetryAfter, NonIdempotent: r.NonIdempotent,
	}
	if r.Exponential {
		out.Backoff = client.Exponential
	}
	if on := r.On; on != nil {
		out.On = func(a client.Attempt) bool {
			if a.Response != nil {
				return on(a.Number, a.Response.StatusCode, nil)
			}
			return on(a.Number, 0, failed(a.Err))
		}
	}
	return out
}

func timeouts(t *subject.Timeouts) client.Timeouts {
	return client.Timeouts{Total: t.Total, Headers: t.Headers, Stall: t.Stall}
}

// auth returns nil for nil, and for credentials without a scheme.
func auth(c *subject.Credentials) (client.Auth, error) {
	switch {
	case c == nil || c.Scheme == "":
		return nil, nil
	case c.Scheme == "basic":
		return client.Basic{User: c.User, Password: c.Password}, nil
	case c.Scheme == "digest":
		return &client.Digest{User: c.User, Password: c.Password}, nil
	case c.Scheme == "bearer":
		return client.Bearer{Token: c.Token}, nil
	}
	return nil, &subject.Unsupported{What: "credentials of the scheme " + c.Scheme}
}

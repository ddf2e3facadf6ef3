package client

import (
	"io"
	"net/http"
	"net/url"
)

// authorization returns the value of the field Authorization that the session's credentials, or those in the call's URL, give a
// request: for requests to the call's origin only. Those in the URL of a redirect are for that one request, those of a .netrc file
// for their host if there are no others. The caller's own field takes their place.
func (x *chain) authorization(r *http.Request) (string, error) {
	a := x.auth
	switch {
	case x.userinfo != nil:
		a = basicAuth(x.userinfo)
	case a == nil:
		login, ok := x.login()
		if !ok {
			return "", nil
		}
		a = login
	case x.abroad(x.url):
		return "", nil
	}
	if Header(x.plan.Own).Has("Authorization") {
		return "", nil
	}
	if _, ok := a.(*Digest); ok {
		r = x.digested(r)
	}
	return a.authorize(r)
}

// digested returns the request as a Digest needs it: with the target that goes on the wire, and with its body to read it before
// it is sent, at full speed.
func (x *chain) digested(r *http.Request) *http.Request {
	q := r.WithContext(x.ctx)
	q.RequestURI = x.plan.Target
	if !x.bodiless && x.up.body != nil {
		q.Body = x.up.body
		if x.up.repeatable() {
			q.GetBody = func() (io.ReadCloser, error) { return x.up.apart(x.ctx, x.s.done) }
		}
	}
	return q
}

// login returns what [Options.Netrc] has for the request.
func (x *chain) login() (Basic, bool) {
	netrc := x.s.options.Netrc
	if _, set := x.c.Auth.Set(); set || netrc == nil {
		return Basic{}, false
	}
	if !x.abroad(x.url) {
		return netrc.Lookup(x.url.Hostname())
	}
	for _, hop := range x.plan.Via {
		if hop.URL.Scheme == "https" && x.url.Scheme == "http" {
			return Basic{}, false
		}
	}
	return netrc.machine(x.url.Hostname())
}

// challenged tells whether a 401 asks for what the credentials can give on a second try.
func (x *chain) challenged(res *Response) bool {
	if x.auth == nil || x.abroad(x.url) || Header(x.plan.Own).Has("Authorization") || !x.replayable() {
		return false
	}
	return x.auth.challenged(x.url, res.Header)
}

// refererFor returns the caller's own Referer as it goes to another origin than that of the call: cut to its origin, and
// nothing from https to http (Referrer Policy, strict-origin-when-cross-origin).
func refererFor(referer string, u *url.URL) string {
	page, err := url.Parse(referer)
	switch {
	case err != nil || page.Scheme != "http" && page.Scheme != "https" || page.Scheme == "https" && u.Scheme == "http":
		return ""
	case siteOf(page, u) == siteSame:
		return referer
	}
	return originOf(page) + "/"
}

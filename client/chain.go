package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// chain is one call: the request, and those that redirects, retries and challenges make of it.
type chain struct {
	rules
	s       *Session
	c       *Call
	ctx     context.Context
	cancel  context.CancelFunc // ends ctx; nil when it is the caller's own
	leave   func()             // gives back the place of [Options.MaxInFlight]; nil for none
	up      upload
	report  *report     // nil for none
	own     Header      // the caller's fields, as of the first request
	implied bool        // Accept-Encoding among them is the session's
	remove  []string    // those that are not sent
	first   *url.URL    // of the call
	auth    Auth        // nil: none
	crumbs  *Jar        // the cookies of the call alone; nil without
	extra   http.Header // what makes it the handshake of a WebSocket

	history []*Response
	tries   int // requests so far

	// The request that is made now.
	method   string
	url      *url.URL
	plan     *plan.Plan
	bodiless bool          // a redirect has taken the body away
	userinfo *url.Userinfo // came with the URL of a redirect
	started  time.Time     // of the call
	retried  int           // so far
}

// rules are the settings of one call: its own in place of the session's.
type rules struct {
	redirect Redirect
	retry    Retry
	timeouts Timeouts
	jar      *Jar
	failing  bool // a status of 400 or more is an error
	text     TextOptions
}

// run makes requests until there is a response that leads nowhere else.
func (x *chain) run() (*Response, error) {
	for {
		res, err := x.hop()
		if err != nil {
			return nil, x.failed(err, res)
		}
		next, err := nextURL(res.StatusCode, res.Header, x.url)
		if err != nil && x.redirect.Follow != FollowNone {
			return nil, x.failed(err, res)
		}
		if res.NextURL = next; next == nil || x.redirect.Follow == FollowNone {
			return x.done(res)
		}
		if err := x.follow(res, next); err != nil {
			return nil, x.failed(err, res)
		}
		x.history = append(x.history, res)
	}
}

// follow makes the request that a redirect asks for the next one.
func (x *chain) follow(res *Response, next *url.URL) error {
	if n := x.redirect.max(); x.redirect.Follow == FollowError || n >= 0 && len(x.history) >= n {
		return &fault{ErrTooManyRedirects, fmt.Errorf("%s leads to %s, after %d redirects", res.Status(), redact(next), len(x.history))}
	}
	x.leaveBehind(res)
	if x.redirect.Hop != nil {
		if err := x.redirect.Hop(res, next); err != nil {
			return &fault{ErrRedirect, err}
		}
	}
	method, body := methodAfter(res.StatusCode, x.method)
	x.bodiless = x.bodiless || !body
	via := append(slices.Clip(x.plan.Via), plan.Hop{Method: x.method, URL: x.url})
	x.method = method
	x.userinfo = next.User
	if next.User != nil {
		bare := *next
		bare.User = nil
		next = &bare
	}
	return x.aim(next, via)
}

// aim makes the plan of the request for u; via is what has led there.
func (x *chain) aim(u *url.URL, via []plan.Hop) error {
	p, err := x.s.transport.basePlan(x.c.Kind, x.s.version(x.c), u)
	if err != nil {
		return err
	}
	if x.plan != nil {
		p.Initiator = x.plan.Initiator
	}
	p.Via, p.Remove, p.Raw = via, x.remove, x.c.Raw
	p.Own = x.fields(u)
	p.Guarded = x.redirect.Follow == FollowSafe && (len(via) > 0 || x.redirect.GuardFirst)
	x.url, x.plan = u, p
	return nil
}

// abroad tells whether u is of another origin than the URL of the call.
func (x *chain) abroad(u *url.URL) bool { return u != x.first && siteOf(x.first, u) != siteSame }

// fields returns the caller's fields that go along to u.
func (x *chain) fields(u *url.URL) Header {
	abroad := x.abroad(u)
	if !abroad && !x.bodiless {
		return x.own
	}
	own := make(Header, 0, len(x.own))
	for _, f := range x.own {
		implied := x.implied && strings.EqualFold(f.Name, "Accept-Encoding")
		if x.bodiless && bodyField(f.Name) || abroad && !implied && !x.redirect.crosses(f.Name, x.first, u) {
			continue
		}
		if abroad && strings.EqualFold(f.Name, "Referer") {
			if f.Value = refererFor(f.Value, u); f.Value == "" {
				continue
			}
		}
		own = append(own, f)
	}
	return own
}

// hop makes the request as often as it takes. With an error comes the response of the last attempt, if it had one and the time
// for another was up.
func (x *chain) hop() (*Response, error) {
	answered := false // a challenge was
	for {
		res, err := x.send()
		if err == nil && res.StatusCode == http.StatusUnauthorized && !answered && x.challenged(res) {
			answered = true
			res.drain()
			continue
		}
		wait, again := x.again(res, err)
		if again && err != nil && !x.replayable() {
			return nil, &fault{ErrBodyNotReplayable, fmt.Errorf("%w, after %w", errConsumed, err)}
		}
		if !again || !x.replayable() {
			return res, err
		}
		answered = false
		if e := x.rest(wait, res); e != nil {
			if err != nil {
				return nil, fmt.Errorf("%w; before that: %w", e, err)
			}
			return res, fmt.Errorf("%w; before that: %s", e, res.Status())
		}
	}
}

// rest pauses before a retry, and is done with the response that makes it necessary unless there will be no retry.
func (x *chain) rest(wait time.Duration, res *Response) error {
	if err := tooLate(x.ctx, wait); err != nil {
		return err
	}
	if res != nil {
		res.drain()
	}
	x.s.witness.retry(x, wait)
	return sleep(x.ctx, wait, x.s.done)
}

// send makes the request once.
func (x *chain) send() (*Response, error) {
	r, w, err := x.request()
	if err != nil {
		return nil, err
	}
	x.tries++
	res, err := x.s.next.RoundTrip(r)
	if err != nil {
		err = overdue(r.Context(), err)
		w.stop()
		x.s.witness.failure(x, err)
		return nil, err
	}
	x.slow(r.Context(), res)
	out := x.s.response(res)
	out.Info.Attempts, out.text = x.tries, x.text
	if !x.bodiless {
		out.Info.SentBody = x.up.bytes
	}
	if x.jar != nil && x.credentials() {
		if lines := out.Header.Values("Set-Cookie"); len(lines) > 0 {
			x.jar.Store(x.url, lines)
		}
	}
	if d, ok := x.auth.(*Digest); ok && !x.abroad(x.url) {
		d.informed(x.url, out.Header)
	}
	w.head()
	out.keep(&hold{ctx: r.Context(), watch: w, started: x.started, witness: x.s.witness})
	x.s.witness.response(x, out)
	return out, nil
}

// request makes the request, with what watches over it.
func (x *chain) request() (*http.Request, *watch, error) {
	r := &http.Request{
		Method: x.method, URL: x.url, Host: x.url.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	var err error
	if r.Header, err = x.ownFields(r); err != nil { // which may have to read the body before it is sent
		return nil, nil, err
	}
	ctx, w := newWatch(x.ctx, x.timeouts)
	if !x.bodiless && x.up.body != nil {
		body, err := x.up.next(x.ctx, x.s.done)
		if err != nil {
			w.stop()
			return nil, nil, err
		}
		r.Body, r.ContentLength = x.paced(ctx, body), x.up.length
		if x.up.repeatable() {
			r.GetBody = x.pacedAgain(ctx)
		}
	}
	p := x.plan
	if w != nil {
		p = watching(p, w, r)
	}
	return r.WithContext(plan.With(ctx, p)), w, nil
}

// ownFields returns the fields that the session itself adds: the type of the body, cookies and credentials.
func (x *chain) ownFields(r *http.Request) (http.Header, error) {
	h := http.Header{}
	for name, values := range x.extra {
		h[name] = values
	}
	if x.up.typ != "" && !x.bodiless {
		h["Content-Type"] = []string{x.up.typ}
	}
	if c := x.cookies(); c != "" {
		h["Cookie"] = []string{c}
	}
	a, err := x.authorization(r)
	if a != "" {
		h["Authorization"] = []string{a}
	}
	return h, err
}

// cookies returns the value of the field Cookie: of the session's cookies, and those of the call, which take the place of
// others of the same name.
func (x *chain) cookies() string {
	switch {
	case !x.credentials():
		return ""
	case x.jar == nil && x.crumbs == nil:
		return ""
	case x.crumbs == nil:
		return x.jar.Header(x.url)
	case x.jar == nil:
		return x.crumbs.Header(x.url)
	}
	return x.jar.Header(x.url, x.crumbs.For(x.url)...)
}

// credentials tells whether the request takes cookies along, and takes in those that it gets (Fetch, "credentials mode"):
// a script's request to another origin does only if it asks for that.
func (x *chain) credentials() bool {
	switch kind := traitsOf(x.c.Kind); {
	case kind.origin && !kind.cookies: // a preflight
		return false
	case !kind.choice || x.c.WithCredentials:
		return true
	}
	page := x.first
	if i := x.plan.Initiator; i != nil && i.Page != nil {
		page = i.Page
	}
	for _, hop := range x.plan.Via {
		if siteOf(page, hop.URL) != siteSame {
			return false
		}
	}
	return siteOf(page, x.url) == siteSame
}

// replayable tells whether the request can be made again.
func (x *chain) replayable() bool { return x.bodiless || x.up.body == nil || x.up.repeatable() }

// again tells whether the attempt is followed by another, and after which pause.
func (x *chain) again(res *Response, err error) (time.Duration, bool) {
	if x.retry.Count <= 0 || x.ctx.Err() != nil {
		return 0, false
	}
	a := Attempt{Number: x.tries, Method: x.method, URL: redact(x.url), Response: res}
	if err != nil {
		a.Err = x.error(err)
	}
	a.Retryable = x.retry.retryable(&a)
	if x.retry.On != nil {
		a.Retryable = x.retry.On(a)
	}
	if !a.Retryable {
		return 0, false
	}
	x.retried++
	x.retry.Count--
	wait := x.retry.delay(x.retried, x.s.random())
	if res == nil || x.retry.IgnoreRetryAfter {
		return wait, true
	}
	if after, ok := retryAfter(res.Header.Get("Retry-After"), x.s.now()); ok {
		if after > cmp.Or(x.retry.MaxDelay, max(wait, DefaultMaxRetryAfter)) {
			return 0, false
		}
		wait = max(wait, after)
	}
	return wait, true
}

// done ends a call that has a response: the rest of it ends with the body.
func (x *chain) done(res *Response) (*Response, error) {
	if x.failing && !res.OK() {
		return nil, x.failed(&fault{ErrStatus, errors.New(res.Status())}, res)
	}
	res.History = x.history
	x.up.finish()
	x.tellOf(res)
	if x.cancel != nil || x.leave != nil || x.report != nil {
		res.hold.last(x.end)
	}
	return res, nil
}

// failed ends a call with an error, which has the response in it if there is one.
func (x *chain) failed(err error, res *Response) error {
	x.up.finish()
	e := x.error(overdue(x.ctx, err))
	e.Attempts = x.tries
	if res != nil {
		res.History = x.history
		res.clip(maxSnippet)
		e.Response = res
	}
	x.end()
	return e
}

// end gives back what the call holds.
func (x *chain) end() {
	x.report.end()
	if x.cancel != nil {
		x.cancel()
	}
	if x.leave != nil {
		x.leave()
	}
}

// error makes the package's error of err.
func (x *chain) error(err error) *Error {
	var e *Error
	if errors.As(err, &e) && error(e) == err {
		return e
	}
	return newError(x.method, x.url, err)
}

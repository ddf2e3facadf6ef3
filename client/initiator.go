package client

import (
	"net/http"
	"net/url"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// initiator says where the request of c comes from; page is its referrer, or nil. It returns nil when there is nothing to
// add to the lists: they are those of an address that was typed in.
func (t *Transport) initiator(c *Call, page *url.URL) *plan.Initiator {
	kind := traitsOf(c.Kind)
	switch {
	case page != nil:
		return &plan.Initiator{Page: page, Credentials: c.WithCredentials}
	case t.profile == nil:
		return nil
	case !kind.typed || c.Scripted:
		return &plan.Initiator{Credentials: c.WithCredentials}
	case c.Kind == profiles.Reload:
		return &plan.Initiator{Typed: true}
	}
	return nil
}

// parseReferrer reads Call.Referrer; nil for none.
func parseReferrer(referrer string) (*url.URL, error) {
	if referrer == "" {
		return nil, nil
	}
	page, err := parseWeb(referrer)
	if err != nil {
		return nil, invalid(ErrInvalidRequest, "Referrer %.80q is no http or https URL: %v", redactRaw(referrer), err)
	}
	return page, nil
}

// tell returns the request with what a browser says about where it comes from. A field that the request has already
// stays as it is. Sec-Fetch fields are given to browsers that have a place for them.
func tell(r *http.Request, p *plan.Plan) *http.Request {
	kind := traitsOf(profiles.Kind(p.Kind))
	o := originate(p.Initiator, kind, p.Via, r.Method, r.URL)
	ctx := r.Context()
	if o.late != p.Late {
		q := *p
		q.Late = o.late
		ctx = plan.With(ctx, &q)
	}
	sent := r.WithContext(ctx)
	sent.Header = make(http.Header, len(r.Header)+4)
	for name, values := range r.Header {
		sent.Header[name] = values
	}
	set := func(name, value string) {
		if _, ok := sent.Header[name]; !ok && value != "" {
			sent.Header[name] = []string{value}
		}
	}
	set("Origin", o.origin)
	set("Referer", o.referer)
	if p.Lists("Sec-Fetch-Site") {
		set("Sec-Fetch-Site", o.site)
	}
	if kind.user && p.Lists("Sec-Fetch-User") {
		set("Sec-Fetch-User", "?1")
	}
	if o.site == siteAcross && (kind.cookies || p.Initiator.Credentials) && p.Lists("Sec-Fetch-Storage-Access") {
		set("Sec-Fetch-Storage-Access", storageAccess)
	}
	return sent
}

// storageAccess says that the request has no cookies of another site, whether or not it may ask for them: a site that
// nobody was at yet, as all captures show it.
const storageAccess = "none"

// origins is what a request says about where it comes from. Empty fields are not sent.
type origins struct {
	origin, referer, site string
	late                  bool // the origin was added by a redirect
}

// originate follows a request through the redirects that brought it to u, by the rules of Fetch (§3.2, §4.3 and §4.4),
// Referrer Policy and Fetch Metadata. The policy is strict-origin-when-cross-origin, or no-referrer when there is no page
// to tell of.
func originate(from *plan.Initiator, kind traits, via []plan.Hop, method string, u *url.URL) origins {
	if from.Typed {
		return origins{site: siteNone}
	}
	j := journey{kind: kind, page: from.Page, secret: from.Page == nil, origins: origins{site: siteSame}}
	if j.page == nil {
		j.page = u
		if len(via) > 0 {
			j.page = via[0].URL
		}
	}
	for i := range via {
		j.visit(via[i].Method, via[i].URL)
	}
	j.visit(method, u)
	j.referer = j.whatToRefer()
	return j.origins
}

// journey is a request on its way.
type journey struct {
	kind    traits
	page    *url.URL // where it comes from, of which only the origin counts if it is secret
	secret  bool
	method  string   // of the last visit
	last    *url.URL // nil before the first one
	tainted bool     // it has been to another origin, in mode "cors"
	null    bool     // another origin has sent it to a third one, so that its own is worth nothing
	cut     bool     // the Referer is cut to its origin, and stays so
	hidden  bool     // there is no Referer, and there will be none
	origins
}

func (j *journey) visit(method string, u *url.URL) {
	site := siteOf(j.page, u)
	away := site != siteSame
	downgrade := away && j.page.Scheme == "https" && u.Scheme == "http"
	j.site = farther(j.site, site)
	j.cut, j.hidden = j.cut || away, j.hidden || downgrade
	j.tainted = j.tainted || away && j.kind.cors
	if j.last != nil && siteOf(j.last, u) != siteSame && siteOf(j.page, j.last) != siteSame {
		j.null = true
	}
	kept := j.origin != "" && method == j.method
	policy := !j.kind.origin && !j.kind.cors // the referrer policy has a say about the origin
	switch {
	case !j.kind.origin && !j.tainted && !changes(method):
		j.origin = ""
	case j.null || policy && (downgrade || j.secret):
		j.origin = "null"
	default:
		j.origin = originOf(j.page)
	}
	if !kept {
		j.late = j.origin != "" && j.last != nil
	}
	j.method, j.last = method, u
}

// maxReferrer is the length in bytes above which a Referer is cut to its origin (Referrer Policy §8.3).
const maxReferrer = 4096

func (j *journey) whatToRefer() string {
	if j.secret || j.hidden || j.kind.quiet {
		return ""
	}
	if !j.cut {
		page := *j.page
		page.User, page.Host = nil, trimDefaultPort(j.page)
		if s := page.String(); len(s) <= maxReferrer {
			return s
		}
	}
	return originOf(j.page) + "/"
}

func originOf(u *url.URL) string { return u.Scheme + "://" + trimDefaultPort(u) }

// changes tells whether a method is one that has an Origin with any kind of request.
func changes(method string) bool {
	return method != "" && method != http.MethodGet && method != http.MethodHead
}

package client

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// basePlan returns a plan with what the profile says about requests of that kind to u.
func (t *Transport) basePlan(kind profiles.Kind, version HTTPVersion, u *url.URL) (*plan.Plan, error) {
	if kind == "" {
		kind = profiles.Navigate
	}
	p := &plan.Plan{Kind: string(kind), Proto: version.proto()}
	if t.profile == nil {
		if kind != profiles.Navigate {
			return nil, &fault{ErrImpersonate, &KindError{Kind: kind}}
		}
		return p, nil
	}
	set, ok := t.profile.Headers[kind]
	if kind == profiles.WebSocket && version == HTTPAuto {
		version = HTTP1 // a WebSocket over HTTP/2 needs a server's leave (RFC 8441), which none of the captures shows
		p.Proto = version.proto()
	}
	switch secure := u.Scheme == "https"; {
	case !ok:
		return nil, t.noKind(kind, "")
	case t.isBrowser() && !trustworthy(u):
		return nil, &fault{ErrImpersonate, &SchemeError{t.profile.Name, kind, u.Hostname()}}
	case len(set.H1) == 0 && (!secure || version == HTTP1):
		return nil, t.noKind(kind, plan.HTTP1)
	case len(set.H2) == 0 && secure && version != HTTP1:
		return nil, t.noKind(kind, plan.HTTP2)
	}
	p.OneCookie = t.profile.HTTP2.JoinCookies
	p.H1, p.H2, p.Shapes, p.Priority = set.H1, set.H2, t.shapes[kind], set.Priority
	p.Script = traitsOf(kind).choice
	p.LateLength = t.profile.Browser.Engine == "firefox" // golden's empty-h2.json and empty-h1.json of Firefox 153
	if len(set.H1) == 0 {
		p.NoH1 = t.noKind(kind, plan.HTTP1) // the server chooses
	}
	return p, nil
}

func (t *Transport) noKind(kind profiles.Kind, proto plan.Proto) error {
	return &fault{ErrImpersonate, &KindError{t.profile.Name, kind, string(proto), t.profile.Kinds()}}
}

// KindError says that a profile does not know how its browser sends requests of a kind. It is an ErrImpersonate.
type KindError struct {
	Profile string // empty for a neutral client, which has no kinds
	Kind    profiles.Kind
	Proto   string          // "http/1.1" or "h2" when it is only unknown over that protocol
	Kinds   []profiles.Kind // those that the profile has
}

func (e *KindError) Error() string {
	if e.Profile == "" {
		return "requests of kind " + string(e.Kind) + " need a profile"
	}
	var b strings.Builder
	b.WriteString("profile " + e.Profile + " has no requests of kind " + string(e.Kind))
	if e.Proto != "" {
		b.WriteString(" over " + e.Proto)
	}
	b.WriteString("; it has:")
	for _, k := range e.Kinds {
		b.WriteString(" " + string(k))
	}
	return b.String()
}

// shapesOf returns the shapes of the profile's kinds as plans have them.
func shapesOf(p *profiles.Profile) map[profiles.Kind][]plan.Shape {
	if p == nil {
		return nil
	}
	shapes := make(map[profiles.Kind][]plan.Shape, len(p.Headers))
	for kind, set := range p.Headers {
		list := []plan.Shape{{H1: set.H1, H2: set.H2}}
		for _, x := range set.Shapes {
			list = append(list, plan.Shape{When: plan.Condition(x.When), H1: x.H1, H2: x.H2})
		}
		if moves := func(m profiles.Move) bool { return slices.Contains(m.Kinds, kind) }; slices.ContainsFunc(p.Moves, moves) {
			for _, x := range slices.Clone(list) {
				x.Followed, x.H1, x.H2 = true, p.Followed(kind, "http/1.1", x.H1), p.Followed(kind, "h2", x.H2)
				list = append(list, x)
			}
		}
		shapes[kind] = list[1:]
	}
	return shapes
}

// traits is how a kind of request deals with origins, in the terms of the Fetch standard.
type traits struct {
	typed   bool // its address may be typed in
	user    bool // it is a navigation of the top level, which the user starts unless a script does
	cors    bool // mode "cors": it has an Origin once it has been to another origin
	origin  bool // it always has an Origin
	quiet   bool // it never has a Referer
	choice  bool // a script makes it, and chooses whether it takes cookies along to other origins
	cookies bool // it takes them along, and says how (Sec-Fetch-Storage-Access)
}

func traitsOf(kind profiles.Kind) traits {
	switch kind {
	case profiles.Navigate, profiles.Reload, "":
		return traits{typed: true, user: true}
	case profiles.Form:
		return traits{user: true}
	case profiles.Iframe, profiles.Style, profiles.Script, profiles.Image, profiles.Favicon:
		return traits{cookies: true}
	case profiles.Fetch, profiles.XHR:
		return traits{cors: true, choice: true}
	case profiles.NoCORS:
		return traits{choice: true}
	case profiles.Preflight:
		return traits{origin: true}
	case profiles.WebSocket:
		return traits{origin: true, quiet: true, cookies: true}
	}
	return traits{}
}

// requestMethod is the field that a preflight cannot do without.
const requestMethod = "Access-Control-Request-Method"

// checkMethod refuses a preflight that is none (Fetch §4.8); asks says whether it has an Access-Control-Request-Method.
func checkMethod(kind profiles.Kind, method string, asks bool) error {
	switch {
	case kind != profiles.Preflight:
	case method != http.MethodOptions:
		return invalid(ErrInvalidRequest, "a preflight has the method OPTIONS, not %.40q", method)
	case !asks:
		return invalid(ErrInvalidRequest, "a preflight needs the field "+requestMethod)
	}
	return nil
}

package client_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// The sites of the recordings: the second is another site on the same server.
const (
	home = "localhost"
	away = "wire.test"
)

// part is what a request was in the recorded session, as far as its caller knows and its wire does not say.
type part struct {
	kind        profiles.Kind
	page        string // where it came from, "host/path", empty for nowhere
	scripted    bool
	credentials bool
	via         string // "host/path" that redirected it
}

// fetchParts are the fetches from the first page, one after the other.
const fetchParts = "/setcookies /get /post-json /post-form /post-multipart /put /delete /custom /redirect /close /after-close"

// parts has the requests of the recorded pages by host and path; see data/captures/tcp.
var parts = func() map[string]part {
	const page, cross = home + "/html", home + "/cross"
	m := map[string]part{
		home + "/html":    {kind: profiles.Navigate},
		home + "/s.css":   {kind: profiles.Style, page: page},
		home + "/s.js":    {kind: profiles.Script, page: page},
		home + "/i.png":   {kind: profiles.Image, page: page},
		home + "/frame":   {kind: profiles.Iframe, page: page},
		home + "/no-cors": {kind: profiles.NoCORS, page: page},
		home + "/xhr":     {kind: profiles.XHR, page: page},
		home + "/landed":  {kind: profiles.Fetch, page: page, via: home + "/redirect"},
		home + "/ws":      {kind: profiles.WebSocket, page: page},
		home + "/posted":  {kind: profiles.Form, page: page, scripted: true},

		home + "/cross":         {kind: profiles.Navigate},
		away + "/x/cors":        {kind: profiles.Fetch, page: cross},
		away + "/x/preflight":   {kind: profiles.Fetch, page: cross},
		away + "/x/nocors":      {kind: profiles.NoCORS, page: cross},
		away + "/x/post":        {kind: profiles.Fetch, page: cross},
		away + "/x/credentials": {kind: profiles.Fetch, page: cross, credentials: true},
		away + "/x/img.png":     {kind: profiles.Image, page: cross},
		home + "/x/out":         {kind: profiles.Fetch, page: cross},
		away + "/x/landed":      {kind: profiles.Fetch, page: cross, via: home + "/x/out"},
		home + "/own":           {kind: profiles.Fetch},
		away + "/x/frame":       {kind: profiles.Iframe, page: cross},
		away + "/x/nav":         {kind: profiles.Navigate, page: cross, scripted: true},
		home + "/back":          {kind: profiles.Navigate, page: away + "/x/nav", scripted: true},
		away + "/x/posted":      {kind: profiles.Form, page: home + "/back", scripted: true},

		// Somebody clicks, but for the last.
		home + "/g/typed":     {kind: profiles.Navigate},
		home + "/g/link":      {kind: profiles.Navigate, page: home + "/g/typed"},
		home + "/g/form":      {kind: profiles.Form, page: home + "/g/link"},
		home + "/g/query?a=1": {kind: profiles.Navigate, page: home + "/g/form"},
		away + "/g/away":      {kind: profiles.Navigate, page: home + "/g/query?a=1"},
		home + "/g/again":     {kind: profiles.Navigate},
		away + "/g/abroad":    {kind: profiles.Form, page: home + "/g/again"},
		away + "/g/scripted":  {kind: profiles.Form, page: away + "/g/abroad", scripted: true},
	}
	// Requests whose bodies are empty; see golden's TestLiveEmpty.
	const bare = home + "/e/typed"
	m[bare] = part{kind: profiles.Navigate}
	m[home+"/e/xhr"] = part{kind: profiles.XHR, page: bare}
	m[home+"/e/form"] = part{kind: profiles.Form, page: bare, scripted: true}
	for method := range strings.FieldsSeq("post put patch delete query") {
		for _, body := range []string{"none", "text"} {
			m[home+"/e/"+method+"-"+body] = part{kind: profiles.Fetch, page: bare}
		}
	}
	for path := range strings.FieldsSeq(fetchParts) {
		m[home+path] = part{kind: profiles.Fetch, page: page}
	}
	// The pages of captures/*/redirects-*.json, where /r/NAME is answered with a redirect to /end/NAME.
	const typed, link = home + "/end/typed", home + "/end/link"
	for name, p := range map[string]part{
		"typed":  {kind: profiles.Navigate},
		"style":  {kind: profiles.Style, page: typed},
		"script": {kind: profiles.Script, page: typed},
		"image":  {kind: profiles.Image, page: typed},
		"iframe": {kind: profiles.Iframe, page: typed},
		"fetch":  {kind: profiles.Fetch, page: typed},
		"link":   {kind: profiles.Navigate, page: typed, scripted: true},
		"form":   {kind: profiles.Form, page: link, scripted: true},
	} {
		m[home+"/r/"+name] = p
	}
	return m
}()

// recorded is one request of a recording.
type recorded struct {
	method, scheme, authority, target string
	fields                            []fingerprint.Field
	body                              []byte
	stream, dependsOn                 uint32   // over HTTP/2
	lines                             []string // of the head, over HTTP/1.1
}

func (r *recorded) field(name string) (value string, ok bool) {
	for _, f := range r.fields {
		if !strings.EqualFold(f.Name, name) {
			continue
		}
		if ok {
			value += "; " // crumbs of cookies
		}
		value, ok = value+f.Value, true
	}
	return value, ok
}

// actor plays the requests of one connection.
type actor struct {
	transport *client.Transport
	session   *client.Session
	profile   *profiles.Profile
	authority string          // of the first request
	seen      map[string]bool // navigations so far
	// excepted tells what is excepted of a request.
	excepted func(r *recorded, what string) bool
}

// play makes the request as its caller did: r says its method, URL, body, and what a script gave it; the profile,
// the session's cookies and what the part says must give the rest.
func (a *actor) play(ctx context.Context, t *testing.T, r *recorded) (*client.Response, error) {
	t.Helper()
	return a.prepare(t, r)(ctx)
}

// prepare returns the function that makes the request.
func (a *actor) prepare(t *testing.T, r *recorded) func(context.Context) (*client.Response, error) {
	t.Helper()
	host, _, _ := strings.Cut(r.authority, ":")
	p, ok := parts[host+r.target]
	if port := strings.TrimPrefix(r.authority, host); port != "" {
		p.page, p.via = withPort(p.page, port), withPort(p.via, port)
	}
	switch {
	case r.target == "/favicon.ico": // of whatever page it was
		referer, _ := r.field("Referer")
		p = part{kind: profiles.Favicon, page: strings.TrimPrefix(referer, r.scheme+"://")}
	case !ok:
		t.Fatalf("%s %s%s is no part of a recorded page", r.method, host, r.target)
	case r.method == http.MethodOptions:
		p.kind = profiles.Preflight
	case p.kind == profiles.Navigate && a.seen[host+r.target]: // see data/captures/tcp: the script reloads this page
		p.kind = profiles.Reload
		if a.profile.Browser.Engine == "chromium" { // says that the page reloads itself; Firefox says again where it came from
			p.page = r.authority + r.target
		}
	}
	a.seen[host+r.target] = true
	c := &client.Call{Kind: p.kind, Scripted: p.scripted || p.kind == profiles.Reload, WithCredentials: p.credentials}
	if p.page != "" {
		c.Referrer = r.scheme + "://" + p.page
	}
	if _, typed := r.field("Content-Type"); typed { // also one that is empty
		c.Bytes = append([]byte{}, r.body...)
	}
	for _, f := range r.fields {
		if name := strings.ToLower(f.Name); strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "access-control-request-") ||
			strings.HasPrefix(name, "sec-ch-ua") && f.Value == "" && a.excepted(r, "hint") ||
			name == "content-type" || name == "sec-websocket-key" || name == "accept" && r.target == "/custom" {
			c.Header.Add(f.Name, f.Value)
		}
	}
	if value, ok := r.field("Priority"); ok && value != usual(a.profile, p.kind) && a.excepted(r, "priority") {
		c.Header.Add("Priority", value)
	}
	var sent client.Part
	if p.via != "" {
		u, err := http.NewRequest(http.MethodGet, r.scheme+"://"+p.via, nil)
		if err != nil {
			t.Fatal(err)
		}
		sent.Via = []client.Hop{{Method: u.Method, URL: u.URL}}
	}
	if a.authority == "" {
		a.authority = r.authority
	}
	if r.authority != a.authority && a.excepted(r, "connection") {
		sent.Onto = a.authority
	}
	if a.session.Play(nil); sent.Via != nil || sent.Onto != "" {
		a.session.Play(&sent)
	}
	return func(ctx context.Context) (*client.Response, error) {
		return a.session.Do(ctx, r.method, r.scheme+"://"+r.authority+r.target, c)
	}
}

// withPort puts a port behind the host of "host/path".
func withPort(page, port string) string {
	host, path, ok := strings.Cut(page, "/")
	if !ok {
		return page
	}
	return host + port + "/" + path
}

// usual returns the value of the field Priority for a kind.
func usual(p *profiles.Profile, kind profiles.Kind) string {
	for _, f := range p.Headers[kind].H2 {
		if f.Name == "priority" {
			return f.Value
		}
	}
	return ""
}

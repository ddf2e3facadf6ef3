package golden

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// Subject is anything that can make requests: this module's client, any http.RoundTripper, a command, a browser.
type Subject interface {
	// Do makes the requests of the task, in order, one after the other, over one connection that it opens for this
	// task, and reads each response to its end. If the server ends the connection, the rest goes over another one, in the
	// same session. All are navigations without fields of their own.
	Do(ctx context.Context, t Task) error
}

// KindSubject is a [Subject] that makes requests of every kind, as [TaskRequest] tells.
type KindSubject interface {
	Subject
	// DoKinds is Do for requests of any kind. A WebSocket has a connection of its own, which it leaves once the handshake is
	// made. The error [ErrKinds] says that it cannot.
	DoKinds(ctx context.Context, t Task) error
}

// ErrKinds says that a subject makes navigations only.
var ErrKinds = errors.New("golden: the subject makes navigations only")

// Task is what a [Subject] is asked to do.
type Task struct {
	// URL is the server's base URL, "https://localhost:PORT".
	URL string
	// CAFile is a PEM file with the certificate that the server's own one is signed with.
	CAFile   string
	Requests []TaskRequest
	// Resume says that the server ends the connection after the first request, and that the next connection is to resume
	// the TLS session of that one.
	Resume bool

	server *fpserver.Server // for Verify's builder
}

// TaskRequest is one request of a task. The zero values are those of a navigation: a GET without fields of its own, of an
// address that was typed in. The URL of a WebSocket begins with https, too.
type TaskRequest struct {
	URL  string
	Kind profiles.Kind
	// Method is GET if empty.
	Method string
	// Referrer is the URL of the page that the request comes from, with the policy strict-origin-when-cross-origin.
	Referrer string
	// Scripted says that a script began the navigation, Credentials that a script's request takes cookies to other sites.
	Scripted, Credentials bool
	// Header has what a page, a script or a cookie store gives the request: Cookie, Content-Type, fields of its own.
	Header []fingerprint.Field
	Body   []byte
	// Follows says that the server redirects the request before this one here. One that follows redirects has made it by then.
	Follows bool
}

// server returns a server that brings about the situation.
func (g *Golden) server() *fpserver.Server {
	srv := fpserver.NewUnstartedServer(nil)
	srv.HTTP1Only = g.Protocol == protoH1
	srv.SessionTickets = g.resumes()
	switch g.Situation {
	case Resumed12:
		srv.TLS = &tls.Config{MaxVersion: tls.VersionTLS12}
	case HRR:
		srv.TLS = &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveID(profiles.RetryGroup)}}
	case Plain:
		srv.HTTP1Only, srv.NoTLS = false, true
	case NoALPN:
		srv.HTTP1Only, srv.NoALPN = false, true
	case ForWebSocket:
		srv.HTTP1Only = false // its page is there over HTTP/2
	case Redirect:
		srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/echo?"+r.URL.RawQuery, http.StatusFound)
		})
	}
	return srv
}

// resumes tells whether the situation is about a connection that resumes the session of another one.
func (g *Golden) resumes() bool { return g.Situation == Resumed || g.Situation == Resumed12 }

// spares is how often a browser is asked to resume. Chromium sometimes opens a second connection beside the first one,
// when there is no ticket yet, and uses it when the server ends the first: that is another situation.
const spares = 5

// do lets the subject make one connection and returns it.
func (r *run) do(ctx context.Context, srv *fpserver.Server, n, again int) (*fpserver.Conn, error) {
	t := Task{URL: srv.URL, CAFile: srv.CAFile(), server: srv, Resume: r.g.resumes()}
	switch {
	case t.Resume:
		t.Requests = append(t.Requests, TaskRequest{URL: fmt.Sprintf("%s/close?connection=%d", srv.URL, n), Kind: profiles.Navigate})
	case r.g.Situation == ForWebSocket:
		t.Requests = append(t.Requests, TaskRequest{URL: fmt.Sprintf("%s/get?connection=%d", srv.URL, n), Kind: profiles.Navigate})
	}
	first := len(t.Requests)
	for k := range r.o.Requests {
		query := fmt.Sprintf("?connection=%d&request=%d", n, k)
		if again > 0 {
			query += fmt.Sprintf("&again=%d", again)
		}
		if r.g.steps != nil {
			t.Requests = append(t.Requests, r.request(srv.URL, query, k))
		} else {
			t.Requests = append(t.Requests, TaskRequest{URL: srv.URL + "/get" + query, Kind: profiles.Navigate})
		}
		if last := len(t.Requests) - 1; t.Requests[last].Follows {
			_, query, _ = strings.Cut(t.Requests[last-1].URL, "?")
			t.Requests[last].URL = srv.URL + "/echo?" + query
		}
	}
	if err := r.subject(ctx, t); err != nil {
		return nil, err
	}
	return r.find(srv, strings.TrimPrefix(t.Requests[first].URL, srv.URL))
}

// request returns the request of a step, with those of its fields that the golden has.
func (r *run) request(base, query string, k int) TaskRequest {
	s := &r.g.steps[k]
	q := TaskRequest{URL: base + "/echo" + query, Kind: s.kind, Method: s.method, Scripted: s.scripted, Credentials: s.credentials, Follows: s.follows}
	switch {
	case s.kind == profiles.WebSocket:
		q.URL = base + "/ws/echo" + query
	case s.redirect:
		q.URL = base + "/redirect" + query
	}
	if q.Referrer = s.page; s.page != "" && !s.cross() {
		q.Referrer = base + s.page
	}
	if s.body != "" {
		q.Body = []byte(s.body)
	}
	var wanted []fingerprint.Field
	if f := &r.g.Fingerprint; f.HTTP2 != nil {
		wanted = f.HTTP2.Requests[k].Fields
	} else {
		wanted = f.HTTP1.Requests[k].Fields
	}
	for _, f := range slices.Concat([]fingerprint.Field{{Name: "Cookie", Value: s.cookie}, {Name: "Content-Type", Value: s.content}, {Name: "Accept", Value: s.accept}}, s.own) {
		if f.Value != "" && indexOf(wanted, f.Name) >= 0 {
			q.Header = append(q.Header, f)
		}
	}
	return q
}

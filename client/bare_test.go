package client_test

import (
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// names are the fields of a request in order, without values.
func names(h client.Header) string {
	var out []string
	for name := range h.All() {
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// testNoDefaultHeader: of the browser's fields none is left, and the caller's own stand in its places.
func testNoDefaultHeader(t *testing.T) {
	own := client.Header{{Name: "X-Own", Value: "1"}, {Name: "Cookie", Value: "a=1"}, {Name: "user-agent", Value: "me"}, {Name: "sec-fetch-site", Value: "none"}}
	const chromeH2, firefoxH2 = ":method :authority :scheme :path", ":method :path :authority :scheme"
	for _, row := range []struct {
		profile string
		http2   bool
		method  string
		call    client.Call
		want    string
	}{
		{"chrome150", true, "GET", client.Call{}, chromeH2},
		{"firefox153_linux", true, "GET", client.Call{}, firefoxH2},
		{"chrome150", false, "GET", client.Call{}, "Host"},
		{"firefox153_linux", false, "GET", client.Call{}, "Host"},
		{"", true, "GET", client.Call{}, ":authority :method :path :scheme"},
		{"", false, "GET", client.Call{}, "Host"},
		{"chrome150", true, "GET", client.Call{Header: own}, chromeH2 + " user-agent sec-fetch-site x-own cookie"},
		{"chrome150", false, "GET", client.Call{Header: own}, "Host User-Agent Sec-Fetch-Site X-Own Cookie"},
		{"chrome150", true, "POST", client.Call{JSON: 1}, chromeH2 + " content-length content-type"},
		{"chrome150", false, "POST", client.Call{Kind: profiles.Form, Form: client.Q("a", "1")}, "Host Content-Length Content-Type"},
		{"chrome150", true, "GET", client.Call{Kind: profiles.Image}, chromeH2},
		{"chrome150", true, "GET", client.Call{Scripted: true}, chromeH2},
	} {
		srv := newServer(t, row.http2, echo)
		s := newSession(t, &client.Options{Profile: row.profile, NoDefaultHeader: true, RootCAs: srv.ca.Pool()})
		res, err := s.Do(t.Context(), row.method, srv.url, &row.call)
		if err != nil {
			t.Fatal(err)
		}
		res.Close()
		if got := names(res.Info.Sent); got != row.want {
			t.Errorf("%s, h2 %v, %s %+v: sent %q, want %q", row.profile, row.http2, row.method, row.call, got, row.want)
		}
	}
}

// testNoDefaultHeaderKinds: a page that is named is told, without Fetch Metadata; preflights and handshakes stay what they are.
func testNoDefaultHeaderKinds(t *testing.T) {
	srv := fpserver.NewServer(t)
	o := &client.Options{Profile: "chromium156", NoDefaultHeader: true, RootCAs: srv.CertPool()}
	s := newSession(t, o)
	asked := client.Header{{Name: asks, Value: "PUT"}}
	for _, row := range []struct {
		method string
		call   client.Call
		want   string
	}{
		{"GET", client.Call{Kind: profiles.Fetch, Referrer: anotherPage, WithCredentials: true}, "origin referer"},
		{"DELETE", client.Call{Kind: profiles.Fetch}, ""},
		{"OPTIONS", client.Call{Kind: profiles.Preflight, Header: asked}, "access-control-request-method origin"},
	} {
		res, err := s.Do(t.Context(), row.method, srv.URL+"/get", &row.call)
		if err != nil {
			t.Fatal(err)
		}
		res.Close()
		if got := strings.TrimSpace(strings.TrimPrefix(names(res.Info.Sent), ":method :authority :scheme :path")); got != row.want {
			t.Errorf("%s %s: sent %q, want %q", row.method, row.call.Kind, got, row.want)
		}
	}
	for _, profile := range []string{"", "chromium156"} {
		o := *o
		o.Profile = profile
		u, err := newSession(t, &o).WebSocket(t.Context(), srv.URL+"/ws/echo", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(u.Response.Info.Sent); strings.Contains(got, "User-Agent") || strings.Contains(got, "Extensions") || !strings.Contains(got, "Sec-WebSocket-Key") {
			t.Errorf("%q: the handshake has %q", profile, got)
		}
		if err := u.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// testNoDefaultHeaderConnection: hello and HTTP/2 frames are those of the same browser with its header.
func testNoDefaultHeaderConnection(t *testing.T) {
	for _, profile := range []string{"chrome150", "firefox153_linux", "safari2601"} {
		srv := fpserver.NewServer(t)
		for _, bare := range []bool{false, true} {
			visit(t, newSession(t, &client.Options{Profile: profile, NoDefaultHeader: bare, RootCAs: srv.CertPool()}), 1, srv.URL+"/get")
		}
		conns := srv.Conns()
		a, b := sums(t, conns[0]), sums(t, conns[1])
		for _, name := range []string{"ja3n", "ja4", "peetprint", "akamai"} {
			if a[name] == "" || a[name] != b[name] {
				t.Errorf("%s: %s is %q, and without header %q", profile, name, a[name], b[name])
			}
		}
		with, err := conns[0].Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		without, err := conns[1].Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []*fingerprint.Fingerprint{with, without} {
			f.HTTP2.Requests[0].Fields = nil
			f.HTTP2.Requests[0].TableSizeUpdates = nil // it is there if the server's SETTINGS were faster than the request
		}
		if list := fingerprint.Diff(&fingerprint.Fingerprint{HTTP2: with.HTTP2}, &fingerprint.Fingerprint{HTTP2: without.HTTP2}, nil); len(list) > 0 {
			t.Errorf("%s: %v", profile, list)
		}
	}
}

package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// toldFields are those by which a request says where it comes from.
var toldFields = []string{"Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", "Sec-Fetch-Storage-Access"}

const (
	anotherPage = "https://a.example/page?q=1" // of another site
	asks        = "Access-Control-Request-Method"
)

// kindRows has requests of every kind and what they tell, in the order of toldFields and without their names; "-" is for
// none, "$" the server's origin. Where the recordings do not show it, it is by the standards that toldFields are from.
var kindRows = []struct {
	reason string
	method string
	call   client.Call
	want   string
}{
	{"an address typed in", "GET", client.Call{}, "- - none navigate document ?1 -"},
	{"a link followed", "GET", client.Call{Referrer: anotherPage}, "- https://a.example/ cross-site navigate document ?1 -"},
	{"a script's navigation", "GET", client.Call{Referrer: anotherPage, Scripted: true}, "- https://a.example/ cross-site navigate document - -"},
	{"one from a page that refers to nothing", "GET", client.Call{Scripted: true}, "- - same-origin navigate document - -"},
	{"a POST to an address typed in", "POST", client.Call{Bytes: []byte("x")}, "- - none navigate document ?1 -"},
	{"a reload of what was typed in", "GET", client.Call{Kind: profiles.Reload}, "- - none navigate document - -"},
	{"a reload of what was linked", "GET", client.Call{Kind: profiles.Reload, Referrer: anotherPage}, "- https://a.example/ cross-site navigate document - -"},
	{"a form", "POST", client.Call{Kind: profiles.Form, Form: client.Q("a", "1"), Referrer: "$/form"}, "$ $/form same-origin navigate document ?1 -"},
	{"a form of another site", "POST", client.Call{Kind: profiles.Form, Form: client.Q("a", "1"), Referrer: anotherPage}, "https://a.example https://a.example/ cross-site navigate document ?1 -"},
	{"a form of a page that refers to nothing", "POST", client.Call{Kind: profiles.Form, Form: client.Q("a", "1")}, "null - same-origin navigate document ?1 -"},
	{"a form that a script sends", "POST", client.Call{Kind: profiles.Form, Form: client.Q("a", "1"), Referrer: "$/form", Scripted: true}, "$ $/form same-origin navigate document - -"},
	{"an iframe", "GET", client.Call{Kind: profiles.Iframe, Referrer: anotherPage}, "- https://a.example/ cross-site navigate iframe - none"},
	{"an iframe of its own origin", "GET", client.Call{Kind: profiles.Iframe, Referrer: "$/"}, "- $/ same-origin navigate iframe - -"},
	{"a stylesheet", "GET", client.Call{Kind: profiles.Style, Referrer: "$/"}, "- $/ same-origin no-cors style - -"},
	{"a script", "GET", client.Call{Kind: profiles.Script, Referrer: anotherPage}, "- https://a.example/ cross-site no-cors script - none"},
	{"an image", "GET", client.Call{Kind: profiles.Image, Referrer: anotherPage}, "- https://a.example/ cross-site no-cors image - none"},
	{"an icon", "GET", client.Call{Kind: profiles.Favicon}, "- - same-origin no-cors image - -"},
	{"a fetch", "GET", client.Call{Kind: profiles.Fetch, Referrer: "$/"}, "- $/ same-origin cors empty - -"},
	{"a fetch with another method", "DELETE", client.Call{Kind: profiles.Fetch}, "$ - same-origin cors empty - -"},
	{"a fetch from another site", "GET", client.Call{Kind: profiles.Fetch, Referrer: anotherPage}, "https://a.example https://a.example/ cross-site cors empty - -"},
	{"with credentials", "GET", client.Call{Kind: profiles.Fetch, Referrer: anotherPage, WithCredentials: true}, "https://a.example https://a.example/ cross-site cors empty - none"},
	{"with credentials that nobody asks about", "GET", client.Call{Kind: profiles.Fetch, Referrer: "$/", WithCredentials: true}, "- $/ same-origin cors empty - -"},
	{"XMLHttpRequest", "GET", client.Call{Kind: profiles.XHR, Referrer: anotherPage}, "https://a.example https://a.example/ cross-site cors empty - -"},
	{"no-cors", "GET", client.Call{Kind: profiles.NoCORS, Referrer: anotherPage}, "- https://a.example/ cross-site no-cors empty - -"},
	{"no-cors POST", "POST", client.Call{Kind: profiles.NoCORS, Referrer: anotherPage, Bytes: []byte("x")}, "https://a.example https://a.example/ cross-site no-cors empty - -"},
	{"a preflight", "OPTIONS", client.Call{Kind: profiles.Preflight, Referrer: anotherPage, Header: client.Header{{Name: asks, Value: "PUT"}}},
		"https://a.example https://a.example/ cross-site cors empty - -"},
	{"the caller knows better", "GET", client.Call{Kind: profiles.Fetch, Referrer: anotherPage, Header: client.Header{{Name: "origin", Value: "null"}}, Remove: []string{"referer"}},
		"null - cross-site cors empty - -"},
}

func TestKinds(t *testing.T) {
	t.Parallel()
	builds := replayedBuilds(t)
	for _, name := range []string{"chromium156", "firefox153"} {
		b := builds[slices.IndexFunc(builds, func(b *replayed) bool { return b.name == name })]
		p := b.makeProfile(t, builds)
		for _, http2 := range []bool{false, true} {
			srv := newServer(t, http2, func(http.ResponseWriter, *http.Request) {})
			tr := &client.Transport{RootCAs: srv.ca.Pool()}
			tr.UseProfile(p)
			t.Cleanup(func() { tr.Close() })
			s := newSession(t, &client.Options{Transport: tr})
			for _, row := range kindRows {
				t.Run(name+"/"+map[bool]string{false: "h1", true: "h2"}[http2]+"/"+row.reason, func(t *testing.T) {
					c := row.call
					c.Referrer = strings.Replace(c.Referrer, "$", srv.url, 1)
					res, err := s.Do(t.Context(), row.method, srv.url+"/x", &c)
					if err != nil {
						t.Fatal(err)
					}
					res.Close()
					var got []string
					for _, name := range toldFields {
						value := "-"
						if v := res.Info.Sent.Values(name); len(v) > 0 {
							value = strings.Join(v, "|")
						}
						got = append(got, value)
					}
					if want := strings.ReplaceAll(row.want, "$", srv.url); strings.Join(got, " ") != want {
						t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
					}
				})
			}
		}
	}
}

// TestKindRefuses: contradictions are errors, and nothing is sent.
func TestKindRefuses(t *testing.T) {
	t.Parallel()
	s := newSession(t, &client.Options{Profile: "chromium156"})
	for _, row := range []struct {
		reason, method string
		call           client.Call
	}{
		{"no user starts a fetch", "GET", client.Call{Kind: profiles.Fetch, Scripted: true}},
		{"nor an iframe", "GET", client.Call{Kind: profiles.Iframe, Scripted: true}},
		{"a navigation has credentials anyway", "GET", client.Call{WithCredentials: true}},
		{"a preflight never has", "OPTIONS", client.Call{Kind: profiles.Preflight, WithCredentials: true}},
		{"a preflight is an OPTIONS request", "GET", client.Call{Kind: profiles.Preflight, Header: client.Header{{Name: asks, Value: "PUT"}}}},
		{"a preflight asks for something", "OPTIONS", client.Call{Kind: profiles.Preflight}},
		{"the referrer is no URL", "GET", client.Call{Referrer: "page"}},
	} {
		if _, err := s.Do(t.Context(), row.method, "https://localhost:1/", &row.call); !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%s: %v", row.reason, err)
		}
	}
}

// TestTransportKinds: requests of [client.WithKind] come from a page of the origin that refers to nothing, and what their
// header has counts.
func TestTransportKinds(t *testing.T) {
	t.Parallel()
	builds := replayedBuilds(t)
	b := builds[slices.IndexFunc(builds, func(b *replayed) bool { return b.name == "firefox153" })]
	srv := newServer(t, true, echo)
	tr := &client.Transport{RootCAs: srv.ca.Pool()}
	tr.UseProfile(b.makeProfile(t, builds))
	t.Cleanup(func() { tr.Close() })
	do := func(method string, kind profiles.Kind, h http.Header) (http.Header, error) {
		r, err := http.NewRequestWithContext(client.WithKind(t.Context(), kind), method, srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = h
		res, err := tr.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		var e echoed
		err = json.NewDecoder(res.Body).Decode(&e)
		return e.Header, err
	}
	h, err := do("DELETE", profiles.Fetch, nil)
	if err != nil || h.Get("Origin") != srv.url || h.Get("Sec-Fetch-Site") != "same-origin" || h.Get("Sec-Fetch-Mode") != "cors" {
		t.Errorf("fetch: %v, %v", h, err)
	}
	mine := http.Header{"Origin": {"https://mine.example"}}
	h, err = do("POST", profiles.NoCORS, mine)
	if err != nil || h.Get("Origin") != "https://mine.example" || h.Get("Sec-Fetch-Mode") != "no-cors" || len(mine) != 1 {
		t.Errorf("no-cors: %v, %v; the caller's header %v", h, err, mine)
	}
	if h, err = do("OPTIONS", profiles.Preflight, http.Header{asks: {"PUT"}}); err != nil || h.Get(asks) != "PUT" || h.Get("Origin") != srv.url {
		t.Errorf("preflight: %v, %v", h, err)
	}
	if _, err = do("OPTIONS", profiles.Preflight, nil); !errors.Is(err, client.ErrInvalidRequest) {
		t.Errorf("a preflight for nothing: %v", err)
	}
	if h, err = do("GET", profiles.WebSocket, nil); err != nil || h.Get("Origin") != srv.url || h.Get("Sec-Fetch-Mode") != "websocket" || h.Get("Referer") != "" {
		t.Errorf("websocket: %v, %v", h, err)
	}
}

// TestKindWebSocketProtocol: the handshake is made over HTTP/1.1, whatever the server offers, and not over HTTP/2.
func TestKindWebSocketProtocol(t *testing.T) {
	t.Parallel()
	builds := replayedBuilds(t)
	srv := newServer(t, true, echo)
	for _, b := range builds {
		if b.name != "chromium156" && b.name != "firefox153" {
			continue
		}
		tr := &client.Transport{RootCAs: srv.ca.Pool()}
		tr.UseProfile(b.makeProfile(t, builds))
		t.Cleanup(func() { tr.Close() })
		s := newSession(t, &client.Options{Transport: tr})
		if e := ask(t, s, "GET", srv.url, &client.Call{Kind: profiles.WebSocket}); e.Proto != "HTTP/1.1" {
			t.Errorf("%s: over %s", b.name, e.Proto)
		}
		var unknown *client.KindError
		_, err := s.Get(t.Context(), srv.url, &client.Call{Kind: profiles.WebSocket, HTTPVersion: client.HTTP2})
		if !errors.As(err, &unknown) || unknown.Proto != "h2" {
			t.Errorf("%s over HTTP/2: %v", b.name, err)
		}
	}
}

package client_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestCookieRows: cookies on the wire, under the row of the behaviours that it is about. What is the jar's alone is in
// TestJarVectors and TestJarEdit.
func TestCookieRows(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"COOKIE-14", "one that is preset stays with its host", testCookiePreset},
		{"COOKIE-15", "none without a host", testCookieBound},
		{"COOKIE-16", "hosts without dots, and addresses", testCookieHosts},
		{"COOKIE-17", "one of a domain", testCookieDomain},
		{"COOKIE-18", "the call's", testCookieOfCall},
		{"COOKIE-19", "of every hop", testCookieHops},
		{"COOKIE-21", "discarded", testCookieDiscard},
		{"COOKIE-22", "special characters", testCookieVerbatim},
		{"COOKIE-26", "split over HTTP/2", testCookieSplit},
		{"COOKIE-27", "the caller's own field", testCookieField},
		{"COOKIE-28", "of the response and of the session", testCookieObjects},
		{"COOKIE-46", "secure ones and http", testCookieSecure},
		{"COOKIE-50", "no overlay of secure ones", testCookieOverlay},
		{"COOKIE-52", "order", testCookieOrder},
		{"COOKIE-54", "expiry", testCookieExpiry},
	})
}

// anyHost serves all hosts, http and https, with the handler of cookieServer.
func anyHost(t *testing.T) *client.Options {
	t.Helper()
	o := cookieServer(t)
	plain := o.DialContext
	ca := testnet.NewCA(t, time.Now())
	srv := httptest.NewUnstartedServer(http.HandlerFunc(showCookies))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Leaf("a.test", "*.a.test", "b.test")}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	o.RootCAs = ca.Pool()
	o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if strings.HasSuffix(addr, ":443") {
			return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
		}
		return plain(ctx, network, addr)
	}
	return o
}

func preset(t *testing.T, s *client.Session, host string, c client.Cookie) {
	t.Helper()
	if err := s.Jar().SetFor(&url.URL{Scheme: "http", Host: host, Path: "/"}, c); err != nil {
		t.Fatal(err)
	}
}

// wantCookies wants the last request of a call to have gone to a host with these cookies: "a.test|x=1".
func wantCookies(t *testing.T, s *client.Session, url string, c *client.Call, want string) {
	t.Helper()
	if got := seen(t, s, url, c); got != want {
		t.Errorf("%s: %q, want %q", url, got, want)
	}
}

func testCookiePreset(t *testing.T) {
	s := newSession(t, cookieServer(t))
	preset(t, s, "a.test", client.Cookie{Name: "x", Value: "1"})
	wantCookies(t, s, "http://a.test/", nil, "a.test|x=1")
	wantCookies(t, s, setting("a.test", "http://b.test/"), nil, "b.test")
	wantCookies(t, s, setting("b.test", "http://a.test/"), nil, "a.test|x=1")
	wantCookies(t, s, setting("a.test", "http://b.test/"), &client.Call{Cookies: []client.Cookie{{Name: "y", Value: "2"}}}, "b.test")
	wantCookies(t, s, setting("b.test", "http://a.test/"), &client.Call{Cookies: []client.Cookie{{Name: "y", Value: "2"}}}, "a.test|x=1")
}

func testCookieBound(t *testing.T) {
	s := newSession(t, cookieServer(t))
	if err := s.Jar().Set(client.Cookie{Name: "x", Value: "1"}); !errors.Is(err, client.ErrCookieDomain) {
		t.Errorf("a cookie for nobody: %v", err)
	}
	wantCookies(t, s, "http://a.test/", &client.Call{Cookies: []client.Cookie{{Name: "x", Value: "1"}}}, "a.test|x=1")
	wantCookies(t, s, "http://b.test/", nil, "b.test")
	wantCookies(t, s, "http://a.test/", nil, "a.test")
}

// testCookieHosts: what is set for a host is sent to it, on real sockets.
func testCookieHosts(t *testing.T) {
	listeners := 0
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil && listeners > 0 {
			continue // no IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		listeners++
		srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(showCookies)}}
		srv.Start()
		t.Cleanup(srv.Close)
		host := l.Addr().String()
		_, port, _ := net.SplitHostPort(host)
		hosts := []string{host, strings.Replace(host, "127.0.0.1", "localhost", 1), strings.Replace(host, "[::1]", "[0:0::1]", 1)}
		for _, host := range slices.Compact(hosts) {
			s := newSession(t, nil)
			preset(t, s, host, client.Cookie{Name: "p", Value: "1"})
			seen(t, s, "http://user:secret@"+host+"/?set=s%3D2", nil)
			got := seen(t, s, "http://"+host+"/", &client.Call{Cookies: []client.Cookie{{Name: "c", Value: "3"}}})
			if _, cookies, _ := strings.Cut(got, "|"); cookies != "p=1; s=2; c=3" {
				t.Errorf("%s: %q", host, got)
			}
			for c := range s.Jar().All() {
				if strings.ContainsAny(c.Domain, "[]@:") && c.Domain != "::1" || !c.HostOnly {
					t.Errorf("%s: domain %q", host, c.Domain)
				}
			}
			if got := s.Jar().Header(&url.URL{Scheme: "http", Host: "localhost.local:" + port, Path: "/"}); got != "" {
				t.Errorf("%s: %q goes elsewhere", host, got)
			}
		}
	}
}

func testCookieDomain(t *testing.T) {
	for _, domain := range []string{"a.test", ".a.test", ".A.Test"} {
		s := newSession(t, cookieServer(t))
		if err := s.Jar().Set(client.Cookie{Name: "x", Value: "1", Domain: domain}); err != nil {
			t.Fatal(err)
		}
		for host, want := range map[string]string{"a.test": "|x=1", "sub.a.test": "|x=1", "x.sub.a.test": "|x=1", "xa.test": "", "b.test": "", "test": ""} {
			wantCookies(t, s, "http://"+host+"/", nil, host+want)
		}
	}
}

func testCookieOfCall(t *testing.T) {
	s := newSession(t, cookieServer(t))
	seen(t, s, setting("a.test", "", "x=1", "y=2"), nil)
	own := &client.Call{Cookies: []client.Cookie{{Name: "x", Value: "own"}, {Name: "z", Value: "3"}, {Name: "deep", Value: "4", Path: "/deep"}}}
	wantCookies(t, s, "http://a.test/", own, "a.test|y=2; x=own; z=3")
	wantCookies(t, s, "http://a.test/", nil, "a.test|x=1; y=2")
	wantCookies(t, s, "http://a.test/", own, "a.test|y=2; x=own; z=3") // a Call is not used up
	if n := s.Jar().Len(); n != 2 {
		t.Errorf("%d cookies", n)
	}
	bad := &client.Call{Cookies: []client.Cookie{{Name: "x", Value: "a\r\nX-Evil: 1"}}}
	if _, err := s.Get(t.Context(), "http://a.test/", bad); !errors.Is(err, client.ErrInvalidCookie) {
		t.Errorf("a line break: %v", err)
	}
}

func testCookieHops(t *testing.T) {
	s := newSession(t, cookieServer(t))
	seen(t, s, setting("a.test", "", "gone=1", "stays=2"), nil)
	last := setting("b.test", "http://a.test/", "b=3")
	first := setting("a.test", last, "gone=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "new=4")
	wantCookies(t, s, first, nil, "a.test|stays=2; new=4")
	wantCookies(t, s, "http://b.test/", nil, "b.test|b=3")
}

func testCookieDiscard(t *testing.T) {
	o := cookieServer(t)
	s := newSession(t, o)
	seen(t, s, setting("a.test", "", "kept=1"), nil)
	discard := &client.Call{DiscardCookies: true}
	wantCookies(t, s, setting("a.test", "http://a.test/", "x=1", "kept=; Max-Age=0"), discard, "a.test|x=1")
	wantCookies(t, s, "http://a.test/", nil, "a.test|kept=1")
	r, err := s.Get(t.Context(), setting("a.test", "", "y=2"), discard)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if c := r.Cookies(); len(c) != 1 || c[0].Value != "2" || s.Jar().Len() != 1 {
		t.Errorf("%v, and the session has %v", c, s.Jar())
	}
}

func testCookieVerbatim(t *testing.T) {
	srv := fpserver.NewServer(t)
	for _, profile := range profilesInUse {
		for _, value := range []string{"x y", `"x"`, `"x\"y\\z"`, "a=b&c=%20", "é", "\xe9", `{"k":[1,2]}`, "'", "x,y", "", "==", "\\"} {
			for _, version := range []client.HTTPVersion{client.HTTP1, client.HTTP2} {
				s := newSession(t, &client.Options{Profile: profile, RootCAs: srv.CertPool(), HTTPVersion: version})
				labCookies(t, s, srv.URL+"/cookie-lab?set="+url.QueryEscape("a="+value))
				if got := labCookies(t, s, srv.URL+"/cookie-lab"); !slices.Equal(got, []string{"a=" + value}) {
					t.Errorf("%q over %v: %q came back as %q", profile, version, value, got)
				}
				s.Close()
			}
		}
	}
}

// labCookies returns the Cookie fields that /cookie-lab got.
func labCookies(t *testing.T, s *client.Session, url string) (fields []string) {
	t.Helper()
	r, err := s.Get(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Cookie []struct{ Hex hexBytes } }
	if err := r.JSON(&answer); err != nil {
		t.Fatal(err)
	}
	for _, c := range answer.Cookie {
		fields = append(fields, string(c.Hex))
	}
	return fields
}

// hexBytes are bytes that JSON has as hexadecimal digits.
type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	_, err := fmt.Sscanf(s, "%x", (*[]byte)(h))
	if s == "" {
		return nil
	}
	return err
}

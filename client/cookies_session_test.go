package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// cookieServer serves every name: /set sets what the query says, /to redirects, all show the Cookie that came.
func cookieServer(t *testing.T) *client.Options {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(showCookies))
	t.Cleanup(srv.Close)
	return &client.Options{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}}
}

func showCookies(w http.ResponseWriter, r *http.Request) {
	if r.TLS != nil {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	for _, line := range r.URL.Query()["set"] {
		w.Header().Add("Set-Cookie", line)
	}
	if to := r.URL.Query().Get("to"); to != "" {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	fmt.Fprintf(w, "%s%s", r.Host, strings.Join(append([]string{""}, r.Header["Cookie"]...), "|"))
}

// seen returns host and cookies of the last request of a call.
func seen(t *testing.T, s *client.Session, rawURL string, c *client.Call) string {
	t.Helper()
	res, err := s.Get(t.Context(), rawURL, c)
	if err != nil {
		t.Fatal(err)
	}
	text, err := res.Text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func setting(host string, to string, lines ...string) string {
	q := url.Values{"set": lines}
	if to != "" {
		q.Set("to", to)
	}
	return "http://" + host + "/?" + q.Encode()
}

// TestCookies: what a session keeps and sends, by row.
func TestCookies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id    string
		calls []string // URLs; the last one's cookies are looked at
		last  client.Call
		want  string
	}{
		{"COOKIE-19 set, then sent", []string{setting("a.test", "", "x=1"), "http://a.test/"}, client.Call{}, "a.test|x=1"},
		{"COOKIE-19 set by a redirect", []string{setting("a.test", "http://a.test/", "x=1")}, client.Call{}, "a.test|x=1"},
		{"COOKIE-19 deleted by a redirect", []string{setting("a.test", "", "x=1"), setting("a.test", "http://a.test/", "x=; Max-Age=0")}, client.Call{}, "a.test"},
		{"COOKIE-20 another host's", []string{setting("a.test", "http://b.test/", "x=1")}, client.Call{}, "b.test"},
		{"COOKIE-20 its own", []string{setting("b.test", "", "y=2"), setting("a.test", "http://b.test/", "x=1")}, client.Call{}, "b.test|y=2"},
		{"COOKIE-17 domain", []string{setting("sub.a.test", "", "x=1; Domain=a.test"), "http://other.a.test/"}, client.Call{}, "other.a.test|x=1"},
		{"COOKIE-17 no suffix of letters", []string{setting("a.test", "", "x=1; Domain=a.test"), "http://xa.test/"}, client.Call{}, "xa.test"},
		{"COOKIE-18 the call's", []string{setting("a.test", "", "x=1", "y=2"), "http://a.test/"}, client.Call{Cookies: []client.Cookie{{Name: "x", Value: "own"}, {Name: "z", Value: "3"}}}, "a.test|y=2; x=own; z=3"},
		{"COOKIE-14 the call's, on another host", []string{setting("a.test", "http://b.test/")}, client.Call{Cookies: []client.Cookie{{Name: "x", Value: "own"}}}, "b.test"},
		{"COOKIE-21 discarded, but there within the call", []string{setting("a.test", "http://a.test/", "x=1")}, client.Call{DiscardCookies: true}, "a.test|x=1"},
		{"COOKIE-27 the caller's own field", []string{setting("a.test", "", "x=1"), "http://a.test/"}, client.Call{Header: client.Header{{Name: "Cookie", Value: "own=1"}}}, "a.test|own=1"},
		{"COOKIE-25 a Host field", []string{setting("a.test", "", "x=1"), "http://a.test/"}, client.Call{Header: client.Header{{Name: "Host", Value: "b.test"}}}, "b.test|x=1"},
		{"COOKIE-23 quotes", []string{setting("a.test", "", `x="1 2"`), "http://a.test/"}, client.Call{}, `a.test|x="1 2"`},
		{"COOKIE-16 localhost", []string{setting("localhost", "", "x=1"), "http://localhost/"}, client.Call{}, "localhost|x=1"},
		{"COOKIE-16 an address", []string{setting("[::1]", "", "x=1"), "http://[::1]/"}, client.Call{}, "[::1]|x=1"},
	} {
		t.Run(row.id, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, cookieServer(t))
			for _, u := range row.calls[:len(row.calls)-1] {
				seen(t, s, u, nil)
			}
			if got := seen(t, s, row.calls[len(row.calls)-1], &row.last); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if row.last.DiscardCookies || len(row.last.Cookies) > 0 {
				if got := seen(t, s, "http://a.test/", nil); strings.Contains(got, "own") || row.last.DiscardCookies && got != "a.test" {
					t.Errorf("the session kept %q", got)
				}
			}
		})
	}
	t.Run("COOKIE-15 bound to the host", func(t *testing.T) {
		t.Parallel()
		s := newSession(t, cookieServer(t))
		seen(t, s, "http://a.test/", &client.Call{Cookies: []client.Cookie{{Name: "x", Value: "1"}}})
		if got := seen(t, s, "http://b.test/", nil); got != "b.test" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("no cookies", func(t *testing.T) {
		t.Parallel()
		o := cookieServer(t)
		o.NoCookies = true
		s := newSession(t, o)
		seen(t, s, setting("a.test", "", "x=1"), nil)
		if got := seen(t, s, "http://a.test/", nil); got != "a.test" || s.Jar() != nil {
			t.Errorf("got %q", got)
		}
	})
}

// TestInvalidCallCookies: nothing is sent, and the error says so.
func TestInvalidCallCookies(t *testing.T) {
	t.Parallel()
	s := newSession(t, nil)
	for _, row := range []struct {
		name   string
		cookie client.Cookie
		want   *client.Kind
		why    string
	}{
		{"semicolon", client.Cookie{Name: "a", Value: "b;c"}, client.ErrInvalidCookie, "it would be two"},
		{"domain", client.Cookie{Name: "a", Domain: "b.test"}, client.ErrCookieDomain, "another host"},
		{"Secure", client.Cookie{Name: "a", Secure: true}, client.ErrInvalidCookie, "the URL is not"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Get(t.Context(), "http://a.test/", &client.Call{Cookies: []client.Cookie{row.cookie}})
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != row.want || !errors.Is(err, client.ErrInvalidRequest) || errors.Is(err, client.ErrTransfer) {
				t.Errorf("%s: %v", row.why, err)
			}
			if strings.Count(fmt.Sprint(err), "client: ") != 1 {
				t.Errorf("%v: said twice", err)
			}
		})
	}
}

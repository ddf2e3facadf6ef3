package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// seenRequest is what an origin of a redirect test got.
type seenRequest struct {
	Method, Target, Host, Body string
	Header                     http.Header
}

// origin is a server that records requests. /status/path answers with that status and a Location of ?to.
func origin(t *testing.T) (*httptest.Server, func() []seenRequest) {
	t.Helper()
	requests := make(chan seenRequest, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests <- seenRequest{r.Method, r.RequestURI, r.Host, string(body), r.Header}
		status := 0
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &status); err != nil {
			fmt.Fprint(w, "arrived")
			return
		}
		for _, to := range r.URL.Query()["to"] {
			w.Header().Add("Location", to)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, "a redirect")
	}))
	t.Cleanup(srv.Close)
	return srv, func() (list []seenRequest) {
		for {
			select {
			case r := <-requests:
				list = append(list, r)
			default:
				return list
			}
		}
	}
}

// redirected is the path that answers with a status and a Location.
func redirected(status int, to string) string {
	return fmt.Sprintf("/%d?to=%s", status, url.QueryEscape(to))
}

// TestRedirectMethods: which method and body come after which status (Fetch §4.4).
func TestRedirectMethods(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id, method string
		status     int
		want       string
		body       bool
	}{
		{"REDIR-05", "POST", 301, "GET", false}, {"REDIR-05", "POST", 302, "GET", false}, {"REDIR-05", "POST", 303, "GET", false},
		{"REDIR-05", "POST", 307, "POST", true}, {"REDIR-05", "POST", 308, "POST", true},
		{"REDIR-06", "PUT", 301, "PUT", true}, {"REDIR-06", "PUT", 302, "PUT", true}, {"REDIR-06", "PUT", 303, "GET", false},
		{"REDIR-06", "DELETE", 302, "DELETE", true}, {"REDIR-06", "PATCH", 307, "PATCH", true}, {"REDIR-06", "GET", 302, "GET", true},
		{"REDIR-06", "QUERY", 303, "GET", false}, {"REDIR-06", "GET", 303, "GET", true},
		{"REDIR-09", "HEAD", 303, "HEAD", true}, {"REDIR-09", "HEAD", 301, "HEAD", true},
	} {
		for kind, call := range map[string]func() *client.Call{
			"memory":   func() *client.Call { return &client.Call{Bytes: []byte("hello")} },
			"REDIR-08": func() *client.Call { return &client.Call{Body: seekable{strings.NewReader("hello")}} },
		} {
			t.Run(fmt.Sprintf("%s/%s/%s %d", row.id, kind, row.method, row.status), func(t *testing.T) {
				t.Parallel()
				srv, seen := origin(t)
				s := newSession(t, nil)
				c := call()
				c.Header = client.Header{{Name: "Content-Language", Value: "de"}, {Name: "X-Own", Value: "1"}}
				res, err := s.Do(t.Context(), row.method, srv.URL+redirected(row.status, "/end"), c)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Close()
				list := seen()
				if len(list) != 2 {
					t.Fatalf("%d requests", len(list))
				}
				got, want := list[1], ""
				if row.body {
					want = "hello"
				}
				if got.Method != row.want || got.Body != want || list[0].Body != "hello" {
					t.Errorf("%s with %q after %q, want %s with %q", got.Method, got.Body, list[0].Body, row.want, want)
				}
				if has := got.Header.Get("Content-Language") != "" || got.Header.Get("Content-Type") != ""; has != row.body && kind == "memory" {
					t.Errorf("REDIR-10: fields of the body: %v", got.Header)
				}
				if got.Header.Get("X-Own") != "1" {
					t.Errorf("own field is gone: %v", got.Header)
				}
			})
		}
	}
}

// seekable hides that a body is in memory.
type seekable struct{ r *strings.Reader }

func (s seekable) Read(p []byte) (int, error)                { return s.r.Read(p) }
func (s seekable) Seek(off int64, whence int) (int64, error) { return s.r.Seek(off, whence) }

// TestRedirectFile: a file is sent again from where it stood, and closed once.
func TestRedirectFile(t *testing.T) {
	t.Parallel()
	t.Run("REDIR-11", func(t *testing.T) {
		t.Parallel()
		name := filepath.Join(t.TempDir(), "body")
		content := bytes.Repeat([]byte("0123456789"), 20_000)
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(5, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		srv, seen := origin(t)
		s := newSession(t, nil)
		res, err := s.Post(t.Context(), srv.URL+redirected(308, redirected(307, "/end")), &client.Call{Body: f})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Close()
		list := seen()
		if len(list) != 3 {
			t.Fatalf("%d requests", len(list))
		}
		for i, r := range list {
			if r.Body != string(content[5:]) {
				t.Errorf("request %d had %d bytes", i, len(r.Body))
			}
		}
		if err := f.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the file was not closed: %v", err)
		}
	})
	t.Run("REDIR-11 one-shot", func(t *testing.T) {
		t.Parallel()
		srv, _ := origin(t)
		s := newSession(t, nil)
		_, err := s.Post(t.Context(), srv.URL+redirected(307, "/end"), &client.Call{Body: io.MultiReader(strings.NewReader("x"))})
		if !errors.Is(err, client.ErrBodyNotReplayable) {
			t.Errorf("got %v", err)
		}
	})
}

// TestRedirectStatus: what is a redirect, and what its Location may be.
func TestRedirectStatus(t *testing.T) {
	t.Parallel()
	srv, seen := origin(t)
	s := newSession(t, nil)
	for _, status := range []int{300, 304, 305, 306, 399} {
		res, err := s.Get(t.Context(), srv.URL+redirected(status, "/end"), nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Close()
		if res.StatusCode != status || res.NextURL != nil || len(seen()) != 1 {
			t.Errorf("REDIR-03: %d is followed", status)
		}
	}
	for _, row := range []struct {
		id, query string
		status    int
		kind      *client.Kind
	}{
		{"REDIR-04 none", "", 302, nil},
		{"REDIR-04 empty", "to=", 302, nil},
		{"REDIR-04 twice the same", "to=/end&to=/end", 200, nil},
		{"REDIR-04 different", "to=/end&to=/other", 0, client.ErrProtocol},
		{"REDIR-18 file", "to=file:///etc/passwd", 0, client.ErrUnsupportedScheme},
		{"REDIR-18 data", "to=data:,x", 0, client.ErrInvalidURL},
		{"REDIR-18 no host", "to=http://", 0, client.ErrInvalidURL},
	} {
		res, err := s.Get(t.Context(), srv.URL+"/302?"+row.query, nil)
		switch {
		case row.kind != nil:
			var e *client.Error
			if !errors.Is(err, row.kind) || !errors.As(err, &e) || e.Response == nil || e.Response.StatusCode != 302 {
				t.Errorf("%s: %v", row.id, err)
			}
		case err != nil:
			t.Errorf("%s: %v", row.id, err)
		default:
			if res.Close(); res.StatusCode != row.status {
				t.Errorf("%s: status %d", row.id, res.StatusCode)
			}
		}
	}
}

// TestRedirectTarget: how a Location is read (WHATWG URL), and what the URL of the response is.
func TestRedirectTarget(t *testing.T) {
	t.Parallel()
	srv, _ := origin(t)
	host := strings.TrimPrefix(srv.URL, "http://")
	s := newSession(t, nil)
	res, err := s.Get(t.Context(), srv.URL+redirected(302, "/end")+"#f", &client.Call{Redirect: client.Some(client.Redirect{Follow: client.FollowNone})})
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	if res.StatusCode != 302 || res.NextURL == nil || res.NextURL.String() != srv.URL+"/end#f" || res.URL.Fragment != "f" {
		t.Errorf("RESP-09, REDIR-17: %s leads to %v", res.URL, res.NextURL)
	}
	for _, row := range []struct{ location, target, fragment string }{
		{"x", "/d/x", "f"}, {"/x", "/x", "f"}, {"../x", "/x", "f"}, {"?q", "/d/302?q", "f"}, {"//" + host + "/y", "/y", "f"},
		{srv.URL + "/abs?a=b", "/abs?a=b", "f"}, {"/a b", "/a%20b", "f"}, {"/\xe9", "/%E9", "f"}, {"/ü", "/%C3%BC", "f"},
		{"/a/./b/../c", "/a/c", "f"}, {`\x\y`, "/x/y", "f"}, {"/x#own", "/x", "own"}, {"/x#", "/x", ""}, {"/%7e", "/%7e", "f"}, {"  /trim  ", "/trim", "f"},
		{"http:x", "/d/x", "f"}, {"HTTP:?q", "/d/302?q", "f"},
	} {
		next, err := client.NextURL(302, client.Header{{Name: "Location", Value: row.location}}, mustURL(t, srv.URL+"/d/302#f"))
		if err != nil {
			t.Errorf("REDIR-16 %q: %v", row.location, err)
			continue
		}
		if got := next.RequestURI(); got != row.target || next.Fragment != row.fragment || next.Host != host {
			t.Errorf("REDIR-16 %q: %s, fragment %q at %s, want %s, %q", row.location, got, next.Fragment, next.Host, row.target, row.fragment)
		}
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestRedirectOrigins: what stays behind when the origin changes, and comes back with it.
func TestRedirectOrigins(t *testing.T) {
	t.Parallel()
	a, seenA := origin(t)
	b, seenB := origin(t)
	s := newSession(t, nil)
	c := &client.Call{Header: client.Header{
		{Name: "Authorization", Value: "Bearer x"}, {Name: "Cookie", Value: "a=1"}, {Name: "X-Api-Key", Value: "k"}, {Name: "X-Trace", Value: "t"},
		{Name: "Host", Value: "other.test"}, {Name: "Proxy-Authorization", Value: "p"}, {Name: "Referer", Value: a.URL + "/secret?x"},
	}}
	res, err := s.Get(t.Context(), a.URL+redirected(302, b.URL+redirected(302, a.URL+"/end")), c)
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	first, abroad := seenA(), seenB()
	if len(first) != 2 || len(abroad) != 1 {
		t.Fatalf("%d and %d requests", len(first), len(abroad))
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Proxy-Authorization"} {
		if abroad[0].Header.Get(name) != "" {
			t.Errorf("REDIR-12, REDIR-13: %s went to another origin", name)
		}
		for i, r := range first {
			if r.Header.Get(name) == "" {
				t.Errorf("REDIR-12: request %d to the origin lacks %s", i, name)
			}
		}
	}
	if abroad[0].Host == "other.test" || first[0].Host != "other.test" || first[1].Host != "other.test" {
		t.Errorf("REDIR-15: Host is %q, %q, %q", first[0].Host, abroad[0].Host, first[1].Host)
	}
	if abroad[0].Header.Get("X-Trace") != "t" {
		t.Error("REDIR-13: a field that is no secret stayed behind")
	}
	if got := abroad[0].Header.Get("Referer"); got != a.URL+"/" {
		t.Errorf("REQ-38: Referer is %q", got)
	}
	if res.URL.String() != a.URL+"/end" || len(res.History) != 2 || res.History[0].StatusCode != 302 || res.History[1].URL.Host != strings.TrimPrefix(b.URL, "http://") {
		t.Errorf("RESP-01, RESP-08: %s, %v", res.URL, res.History)
	}
	keep := client.Redirect{Keep: func(name string, from, to *url.URL) bool { return strings.EqualFold(name, "X-Api-Key") }}
	c.Redirect = client.Some(keep)
	if res, err = s.Get(t.Context(), a.URL+redirected(302, b.URL+"/end"), c); err != nil {
		t.Fatal(err)
	}
	res.Close()
	if r := seenB()[0]; r.Header.Get("X-Api-Key") != "k" || r.Header.Get("X-Trace") != "" {
		t.Errorf("REDIR-13: Keep is not asked: %v", r.Header)
	}
}

// TestRedirectLimit: how many redirects there may be, and what the error says.
func TestRedirectLimit(t *testing.T) {
	t.Parallel()
	requests := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, fmt.Sprintf("/n/%d", requests), http.StatusFound)
	}))
	defer srv.Close()
	s := newSession(t, nil)
	for _, row := range []struct {
		name     string
		redirect client.Redirect
		want     int // requests
	}{
		{"REDIR-02 default", client.Redirect{}, 31},
		{"REDIR-02 three", client.Redirect{Max: 3}, 4},
		{"REDIR-02 none", client.Redirect{Follow: client.FollowError}, 1},
	} {
		requests = 0
		_, err := s.Get(t.Context(), srv.URL, &client.Call{Redirect: client.Some(row.redirect)})
		var e *client.Error
		if !errors.Is(err, client.ErrTooManyRedirects) || !errors.As(err, &e) || e.Code != client.CodeTooManyRedirects {
			t.Fatalf("%s: %v", row.name, err)
		}
		if requests != row.want || e.Response == nil || len(e.Response.History) != row.want-1 || e.Response.NextURL == nil {
			t.Errorf("%s: %d requests, response %v", row.name, requests, e.Response)
		}
	}
	refuse := errors.New("not there")
	var asked []string
	_, err := s.Get(t.Context(), srv.URL, &client.Call{Redirect: client.Some(client.Redirect{Hop: func(res *client.Response, next *url.URL) error {
		if asked = append(asked, next.Path); len(asked) == 2 {
			return refuse
		}
		return nil
	}})})
	if !errors.Is(err, refuse) || !errors.Is(err, client.ErrRedirect) || len(asked) != 2 {
		t.Errorf("Hop: %v after %v", err, asked)
	}
}

// TestRedirectDrain: the connection of a redirect is used again, if its body is short and comes at once.
func TestRedirectDrain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		body  int
		conns int
	}{{"REDIR-19 short", 1000, 1}, {"REDIR-19 long", 1 << 20, 2}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/end" {
					fmt.Fprint(w, r.RemoteAddr)
					return
				}
				w.Header().Set("Location", "/end")
				w.WriteHeader(302)
				_, _ = w.Write(make([]byte, row.body))
			}))
			defer srv.Close()
			s := newSession(t, nil)
			res, err := s.Get(t.Context(), srv.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Close()
			if reused := res.Info.Reused; reused != (row.conns == 1) {
				t.Errorf("reused %t", reused)
			}
		})
	}
}

// TestRedirectCredentialsInURL: those in front of a host are Basic credentials, for the request whose URL has them.
func TestRedirectCredentialsInURL(t *testing.T) {
	t.Parallel()
	a, seenA := origin(t)
	b, seenB := origin(t)
	s := newSession(t, nil)
	withUser := func(u string) string { return strings.Replace(u, "http://", "http://us%65r:p%40ss@", 1) }
	res, err := s.Get(t.Context(), withUser(a.URL)+redirected(302, withUser(b.URL)+redirected(302, b.URL+"/end")), nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	const want = "Basic dXNlcjpwQHNz"
	if got := seenA()[0].Header.Get("Authorization"); got != want {
		t.Errorf("AUTH-02: %q", got)
	}
	list := seenB()
	if got := []string{list[0].Header.Get("Authorization"), list[1].Header.Get("Authorization")}; !slices.Equal(got, []string{want, ""}) {
		t.Errorf("REDIR-14: %q", got)
	}
	if text, _ := json.Marshal(res.URL.String()); strings.Contains(string(text), "user") {
		t.Errorf("the URL shows credentials: %s", text)
	}
}

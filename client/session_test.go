package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// sent returns the fields of the only request of a connection, as "name: value", with those of the pseudo-header.
func sent(t *testing.T, c *fpserver.Conn) []string {
	t.Helper()
	f, err := c.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if f.HTTP2 != nil {
		for _, x := range f.HTTP2.Requests[0].Fields {
			list = append(list, x.Name+": "+x.Value)
		}
		return list
	}
	for _, x := range f.HTTP1.Requests[0].Fields {
		list = append(list, x.Name+": "+x.Value)
	}
	return list
}

// expected is what the profile's list makes of a navigation, with changes.
func expected(t *testing.T, profile string, http1 bool, host, path string, replace map[string]string, own []string, drop ...string) []string {
	t.Helper()
	p, err := profiles.Lookup(profile)
	if err != nil {
		t.Fatal(err)
	}
	list := p.Headers[profiles.Navigate].H2
	if http1 {
		list = p.Headers[profiles.Navigate].H1
	}
	var out []string
	for _, f := range list {
		name := strings.ToLower(f.Name)
		if v, ok := replace[name]; ok {
			f.Value = v
		}
		switch {
		case name == ":authority" || name == "host":
			f.Value = host
		case name == ":path":
			f.Value = path
		case name == "*":
			out = append(out, own...)
			continue
		}
		if f.Value != "" && !slices.Contains(drop, name) {
			out = append(out, f.Name+": "+f.Value)
		}
	}
	return out
}

func TestHeaderOrder(t *testing.T) {
	t.Parallel()
	for _, profile := range profilesInUse[1:] {
		for _, http1 := range []bool{true, false} {
			t.Run(fmt.Sprint(profile, " http1=", http1), func(t *testing.T) {
				t.Parallel()
				srv := fpserver.NewServer(t)
				s := newSession(t, &client.Options{Profile: profile, RootCAs: srv.CertPool()})
				version, own := client.HTTP2, []string{"x-second: 2", "x-first: 1"}
				if http1 {
					version, own = client.HTTP1, []string{"X-Second: 2", "x-First: 1"}
				}
				r, err := s.Get(t.Context(), srv.URL+"/json", &client.Call{
					HTTPVersion: version,
					Header: client.Header{
						{Name: "X-Second", Value: " 2 "}, {Name: "USER-AGENT", Value: "me"}, {Name: "x-First", Value: "1"}, {Name: "Referer", Value: "https://r.test/"},
					},
					Remove: []string{"Accept-LANGUAGE"},
				})
				if err != nil {
					t.Fatal(err)
				}
				r.Bytes()
				host := strings.TrimPrefix(srv.URL, "https://")
				want := expected(t, profile, http1, host, "/json", map[string]string{"user-agent": "me", "referer": "https://r.test/"}, own, "accept-language")
				if got := sent(t, srv.Conns()[0]); !slices.Equal(got, want) {
					t.Errorf("got  %q\nwant %q", got, want)
				}
				var told []string
				for name, value := range r.Info.Sent.All() {
					told = append(told, name+": "+value)
				}
				if !slices.Equal(told, want) {
					t.Errorf("Info.Sent is %q", told)
				}
			})
		}
	}
}

func TestSessionHeader(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, echo)
	session := newSession(t, &client.Options{
		RootCAs: s.ca.Pool(),
		Header:  client.Header{{Name: "A", Value: "session"}, {Name: "B", Value: "session"}, {Name: "B", Value: "session 2"}, {Name: "C", Value: " session"}},
		Remove:  []string{"User-Agent"},
	})
	e := ask(t, session, "GET", s.url, &client.Call{
		Header: client.Header{{Name: "b", Value: "call"}, {Name: "D", Value: "call"}},
		Remove: []string{"c"},
	})
	want := http.Header{"A": {"session"}, "B": {"call"}, "D": {"call"}, "Accept-Encoding": {"gzip, deflate, br, zstd"}}
	if fmt.Sprint(e.Header) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", e.Header, want)
	}
	// What the session removes, a call may set.
	e = ask(t, session, "GET", s.url, &client.Call{Header: client.Header{{Name: "user-agent", Value: "mine"}}})
	if e.Header.Get("User-Agent") != "mine" || len(e.Header["B"]) != 2 {
		t.Errorf("got %v", e.Header)
	}
}

// TestVerbs: methods are sent in upper case, every verb by its name, and any other token as it is.
func TestVerbs(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, echo)
	s := srv.session(t, "")
	for _, row := range []struct {
		want string
		send func(ctx context.Context, url string, c *client.Call) (*client.Response, error)
	}{{"GET", s.Get}, {"POST", s.Post}, {"PUT", s.Put}, {"PATCH", s.Patch}, {"DELETE", s.Delete}} {
		r, err := row.send(t.Context(), srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		var e echoed
		if err := r.JSON(&e); err != nil || e.Method != row.want || r.Method != row.want {
			t.Errorf("%s: %q, %v", row.want, e.Method, err)
		}
	}
	for _, row := range [][2]string{{"post", "POST"}, {"Query", "QUERY"}, {"FOO", "FOO"}, {"oPTIONS", "OPTIONS"}} {
		if e := ask(t, s, row[0], srv.url, nil); e.Method != row[1] {
			t.Errorf("%s: %s", row[0], e.Method)
		}
	}
	r, err := s.Head(t.Context(), srv.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Bytes(); err != nil || len(b) != 0 || r.Method != "HEAD" {
		t.Errorf("HEAD: %q, %v", b, err)
	}
}

func TestTarget(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, echo)
	s := srv.session(t, "chromium156")
	for _, row := range []struct {
		path  string
		query client.Pairs
		want  string
	}{
		{"", nil, "/"},
		{"?a=1", nil, "/?a=1"},
		{"/x#fragment", nil, "/x"},
		{"/a%2fb/c d/é", nil, "/a%2fb/c%20d/%C3%A9"},
		{"/a%2Fb/\"<>`{}^|\\/[;]'(!)", nil, "/a%2Fb/%22%3C%3E%60%7B%7D%5E%7C//[;]'(!)"},
		{"/x?q=a b&u=é&k=%20+", nil, "/x?q=a%20b&u=%C3%A9&k=%20+"},
		{"/x?", nil, "/x?"},
		{"/x?a=1", client.Q("b", "2 3", "a", "é/?&="), "/x?a=%C3%A9%2F%3F%26%3D&b=2+3"},
		{"/x?a=1&a=2&foo=z", client.Q("foo", "bar"), "/x?a=1&a=2&foo=bar"},
		{"/x?a=1&a=2&foo=z", client.Q("foo", "1", "foo", "2"), "/x?a=1&a=2&foo=z&foo=1&foo=2"},
		{"/x?foo=1&foo=2", client.Q("foo", "3"), "/x?foo=1&foo=2&foo=3"},
		{"/x;p?x&y=%20;%7e&=#f", client.Q("a", "1"), "/x;p?x=&y=+%3B~&=&a=1"},
		{"/x?%zz=1", client.Q("a", "1"), "/x?%25zz=1&a=1"},
		{"/x", client.Q("b", ""), "/x?b="},
		{"/x?", client.Q("b", "1"), "/x?b=1"},
	} {
		if e := ask(t, s, "GET", srv.url+row.path, &client.Call{Query: row.query}); e.Target != row.want {
			t.Errorf("%s + %v: got %s, want %s", row.path, row.query, e.Target, row.want)
		}
	}
}

// TestHost: a Host field decides what the server is told, not whom the client connects to.
func TestHost(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		for _, profile := range profilesInUse {
			e := ask(t, srv.session(t, profile), "GET", srv.url, &client.Call{Header: client.Header{{Name: "host", Value: "other.test"}}})
			if e.Host != "other.test" {
				t.Errorf("%s %s: host %q", e.Proto, profile, e.Host)
			}
		}
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			w.Header().Set("X-One", "1")
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.Header().Set("Trailer", "X-Trailer")
			w.WriteHeader(404)
			io.WriteString(w, "gone")
			w.Header().Set("X-Trailer", "late")
		})
		s := srv.session(t, "firefox153_linux")
		for i := range 2 {
			r, err := s.Get(t.Context(), srv.url+"/x?y", nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.StatusCode != 404 || r.Status() != "404 Not Found" || r.OK() || r.Method != "GET" || r.URL.String() != srv.url+"/x?y" {
				t.Errorf("%v", r)
			}
			if !slices.Equal(r.Header.Values("set-cookie"), []string{"a=1", "b=2"}) || r.Header.Get("x-one") != "1" || r.Header.Has(":status") {
				t.Errorf("header %q", r.Header)
			}
			if r.Trailer() != nil {
				t.Errorf("trailer %q before the end", r.Trailer())
			}
			err = r.Err()
			var e *client.Error
			if !errors.As(err, &e) || e.Response != r || e.Kind != client.ErrStatus {
				t.Errorf("Err: %v", err)
			}
			for range 2 {
				if text, err := r.Text(); text != "gone" || err != nil {
					t.Errorf("text %q, %v", text, err)
				}
			}
			if got := r.Trailer().Get("X-Trailer"); got != "late" {
				t.Errorf("trailer %q", got)
			}
			proto := "HTTP/1.1"
			if http2 {
				proto = "HTTP/2.0"
			}
			in := r.Info
			if r.Proto != proto || in.Reused != (i == 1) || in.Resumed || in.TLS.Version != 0x304 || in.RemoteAddr.String() != srv.Listener.Addr().String() {
				t.Errorf("%s %+v", r.Proto, in)
			}
			if in.FirstByte <= 0 || (in.Handshake > 0) != (i == 0) || (in.Connect > 0) != (i == 0) || in.Started.IsZero() {
				t.Errorf("timings %+v", in)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSharedTransport(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, echo)
	tr := &client.Transport{RootCAs: srv.ca.Pool(), Profile: "chromium156"}
	t.Cleanup(func() { tr.Close() })
	a, b := newSession(t, &client.Options{Transport: tr}), newSession(t, &client.Options{Transport: tr})
	ask(t, a, "GET", srv.url, nil)
	a.Close()
	r, err := b.Get(t.Context(), srv.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Bytes()
	if !r.Info.Reused {
		t.Error("the sessions do not share connections")
	}
	if _, err := a.Get(t.Context(), srv.url, nil); !errors.Is(err, client.ErrClosed) {
		t.Errorf("closed session: %v", err)
	}
}

func TestCloseEndsRequests(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		arrived, release := make(chan struct{}), make(chan struct{})
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) { arrived <- struct{}{}; <-release })
		s := srv.session(t, "chromium156")
		done := make(chan error, 1)
		go func() {
			_, err := s.Get(context.Background(), srv.url, nil)
			done <- err
		}()
		<-arrived
		s.Close()
		if err := <-done; !errors.Is(err, client.ErrClosed) {
			t.Errorf("running request: %v", err)
		}
		close(release)
	}
}

// TestRequestsOfADialer: a DialContext may make requests with its context, which are requests of their own.
func TestRequestsOfADialer(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, echo)
	inner := &client.Transport{RootCAs: srv.ca.Pool()}
	t.Cleanup(func() { inner.Close() })
	var asked echoed
	s := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), Profile: "chromium156", DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		r, err := http.NewRequestWithContext(ctx, "GET", srv.url+"/where-is/"+addr, nil)
		if err != nil {
			return nil, err
		}
		res, err := inner.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&asked); err != nil {
			return nil, err
		}
		return dialTo(srv.Listener.Addr().String())(ctx, network, addr)
	}})
	e := ask(t, s, "GET", srv.url, &client.Call{Header: client.Header{{Name: "X-Private", Value: "1"}}})
	if e.Header.Get("X-Private") != "1" {
		t.Errorf("outer request: %v", e.Header)
	}
	if len(asked.Header) != 2 || asked.Header.Get("Accept-Encoding") == "" || asked.Header.Get("User-Agent") != "Go-http-client/2.0" {
		t.Errorf("inner request: %v", asked.Header)
	}
}

package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestRedirRows: redirects, under the row of the behaviours that it is about. Methods are in TestRedirectMethods, addresses in
// TestGuard and TestSSRF.
func TestRedirRows(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"REDIR-01", "policies", testRedirPolicies},
		{"REDIR-02", "bound", testRedirBound},
		{"REDIR-03", "statuses", testRedirStatuses},
		{"REDIR-04", "no Location, and several", testRedirLocations},
		{"REDIR-08", "a streamed body", testRedirStreamed},
		{"REDIR-10", "fields of a body that is gone", testRedirBodyFields},
		{"REDIR-11", "a body once more", testRedirBodyAgain},
		{"REDIR-12", "credentials of another origin", testRedirCredentials},
		{"REDIR-13", "other fields", testRedirFields},
		{"REDIR-14", "credentials in a URL", testRedirUserinfo},
		{"REDIR-15", "Host", testRedirHost},
		{"REDIR-16", "references", testRedirReferences},
		{"REDIR-16", "international names", testRedirInternational},
		{"REDIR-17", "fragments", testRedirFragments},
		{"REDIR-18", "schemes", testRedirSchemes},
		{"REDIR-19", "bodies in between", testRedirBodies},
		{"REDIR-23", "where a browser says it comes from", testRedirFetchSite},
		{"REDIR-24", "no HSTS", testRedirHSTS},
	})
}

func following(f client.Follow) client.Opt[client.Redirect] {
	return client.Some(client.Redirect{Follow: f})
}

func testRedirPolicies(t *testing.T) {
	srv, seen := origin(t)
	url := srv.URL + redirected(302, "/end")
	for _, row := range []struct {
		session  client.Follow
		call     client.Opt[client.Redirect]
		status   int
		kind     *client.Kind
		requests int
	}{
		{session: client.FollowAll, status: 200, requests: 2},
		{session: client.FollowNone, status: 302, requests: 1},
		{session: client.FollowError, kind: client.ErrTooManyRedirects, requests: 1},
		{session: client.FollowSafe, kind: client.ErrInternalAddress, requests: 1},
		{session: client.FollowNone, call: following(client.FollowAll), status: 200, requests: 2},
		{session: client.FollowAll, call: following(client.FollowNone), status: 302, requests: 1},
		{session: client.FollowAll, call: following(client.FollowSafe + 1), kind: client.ErrInvalidRequest},
		{session: client.FollowAll, call: client.Some(client.Redirect{GuardFirst: true}), kind: client.ErrInvalidRequest},
	} {
		s := newSession(t, &client.Options{Redirect: client.Redirect{Follow: row.session}})
		r, err := s.Get(t.Context(), url, &client.Call{Redirect: row.call})
		if n := len(seen()); n != row.requests {
			t.Errorf("%+v: %d requests", row, n)
		}
		if row.kind != nil {
			if !errors.Is(err, row.kind) {
				t.Errorf("%+v: %v", row, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Close(); r.StatusCode != row.status {
			t.Errorf("%+v: status %d", row, r.StatusCode)
		}
	}
	if _, err := client.New(&client.Options{Redirect: client.Redirect{Follow: -1}}); !errors.Is(err, client.ErrInvalidRequest) {
		t.Errorf("a policy that is none: %v", err)
	}
}

func testRedirBound(t *testing.T) {
	srv, seen := origin(t)
	chain := func(n int) string {
		to := "/end"
		for range n {
			to = redirected(302, to)
		}
		return srv.URL + to
	}
	for _, row := range []struct {
		name      string
		max, hops int
		ok        bool
	}{
		{"within", 3, 3, true}, {"one more", 3, 4, false}, {"one", 1, 1, true}, {"no bound", -1, 12, true},
	} {
		r, err := newSession(t, nil).Get(t.Context(), chain(row.hops), &client.Call{Redirect: client.Some(client.Redirect{Max: row.max})})
		n := len(seen())
		if row.ok {
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			if r.Close(); len(r.History) != row.hops || n != row.hops+1 {
				t.Errorf("%s: %d redirects, %d requests", row.name, len(r.History), n)
			}
			continue
		}
		var e *client.Error
		if !errors.As(err, &e) || e.Kind != client.ErrTooManyRedirects || int(e.Code) != 47 || n != row.max+1 || e.Attempts != n {
			t.Fatalf("%s: %v after %d requests", row.name, err, n)
		}
		if last := e.Response; last.StatusCode != 302 || len(last.History) != row.max || last.URL.RequestURI() == last.NextURL.RequestURI() || last.NextURL.Path != "/end" {
			t.Errorf("%s: %s leads to %v, after %d", row.name, last, last.NextURL, len(last.History))
		}
	}
}

func testRedirStatuses(t *testing.T) {
	srv, seen := origin(t)
	for status := 300; status < 400; status++ {
		followed := status == 301 || status == 302 || status == 303 || status == 307 || status == 308
		r, body := page(t, srv.URL+redirected(status, "/end"), nil)
		if n := len(seen()); followed != (n == 2) || followed != (body == "arrived") || !followed && (r.StatusCode != status || r.NextURL != nil) {
			t.Errorf("%d: %d requests, %s", status, n, r)
		}
	}
	for _, status := range []int{201, 202, 404} { // a Location, too, but no redirect
		if _, body := page(t, srv.URL+redirected(status, "/end"), nil); body != "a redirect" {
			t.Errorf("%d is followed", status)
		}
	}
}

func testRedirLocations(t *testing.T) {
	srv, seen := origin(t)
	for _, row := range []struct {
		query string
		want  int // the status, 0 for ErrProtocol
	}{
		{"", 302}, {"?to=", 302}, {"?to=/end&to=/end", 200}, {"?to=&to=/end", 200}, {"?to=/end&to=/other", 0},
	} {
		r, err := newSession(t, nil).Get(t.Context(), srv.URL+"/302"+row.query, nil)
		n := len(seen())
		if row.want == 0 {
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != client.ErrProtocol || e.Code != client.CodeWeirdServerReply || e.Response.StatusCode != 302 || n != 1 {
				t.Errorf("%q: %v", row.query, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if b, err := r.Bytes(); r.StatusCode != row.want || err != nil || row.want == 302 && string(b) != "a redirect" {
			t.Errorf("%q: %s, %q, %v", row.query, r, b, err)
		}
	}
}

// bodyPeer answers the first request of each connection with a redirect and the others with a head of theirs.
func bodyPeer(t *testing.T, status int) (url string, heads func() []string) {
	t.Helper()
	got := make(chan string, 4)
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		for {
			head := p.Head()
			if head == "" {
				return
			}
			if strings.Contains(head, "Transfer-Encoding: chunked") {
				head += p.Take(len("5\r\nhello\r\n0\r\n\r\n"))
			} else if strings.Contains(head, "Content-Length: 5") {
				head += p.Take(5)
			}
			got <- head
			if strings.Contains(head, " /end ") {
				p.Send(abc)
				continue
			}
			p.Send(fmt.Sprintf("HTTP/1.1 %d x\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n", status))
		}
	})
	return srv.URL, func() (list []string) {
		for len(got) > 0 {
			list = append(list, <-got)
		}
		return list
	}
}

// testRedirStreamed: a body from a reader does as one in memory does, and its framing is right or gone.
func testRedirStreamed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, call := range map[string]func() *client.Call{
			"memory": func() *client.Call { return &client.Call{Bytes: []byte("hello")} },
			"length": func() *client.Call { return &client.Call{Body: seekable{strings.NewReader("hello")}, Length: 5} },
			"chunks": func() *client.Call {
				return &client.Call{Body: io.NopCloser(strings.NewReader("hello")), GetBody: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hello")), nil }}
			},
		} {
			url, heads := bodyPeer(t, status)
			r, err := newSession(t, nil).Post(t.Context(), url, call())
			if err != nil {
				t.Errorf("%s after %d: %v", name, status, err)
				continue
			}
			if b, err := r.Bytes(); string(b) != "abc" || err != nil {
				t.Errorf("%s after %d: %q, %v", name, status, b, err)
			}
			list := heads()
			if len(list) != 2 || !strings.HasPrefix(list[0], "POST ") || !strings.Contains(list[0], "hello") {
				t.Fatalf("%s after %d: %q", name, status, list)
			}
			again := status >= 307
			if strings.Contains(list[1], "hello") != again || strings.HasPrefix(list[1], "POST ") != again || (strings.Contains(list[1], "Content-Length") || strings.Contains(list[1], "Transfer-Encoding")) != again {
				t.Errorf("%s after %d: %q", name, status, list[1])
			}
		}
	}
}

func testRedirBodyFields(t *testing.T) {
	own := client.Header{
		{Name: "Content-Type", Value: "text/x"}, {Name: "content-length", Value: "5"}, {Name: "Content-Encoding", Value: "x"},
		{Name: "Content-Language", Value: "de"}, {Name: "Content-Location", Value: "/x"}, {Name: "X-Content-Type", Value: "stays"},
	}
	url, heads := bodyPeer(t, 303)
	r, err := newSession(t, nil).Put(t.Context(), url, &client.Call{Header: own, Body: strings.NewReader("hello")})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Bytes(); string(b) != "abc" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	list := heads()
	for _, f := range own {
		if got := strings.Contains(strings.ToLower(list[1]), "\r\n"+strings.ToLower(f.Name)+": "); got != (f.Value == "stays") {
			t.Errorf("%s is there: %t", f.Name, got)
		}
	}
}

func testRedirBodyAgain(t *testing.T) {
	srv, seen := origin(t)
	s := newSession(t, nil)
	opened := 0
	get := func() (io.ReadCloser, error) { opened++; return io.NopCloser(strings.NewReader("hello")), nil }
	r, err := s.Post(t.Context(), srv.URL+redirected(307, redirected(308, "/end")), &client.Call{Body: io.MultiReader(strings.NewReader("hello")), GetBody: get})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	for i, q := range seen() {
		if q.Body != "hello" || q.Method != "POST" {
			t.Errorf("request %d: %s %q", i, q.Method, q.Body)
		}
	}
	if opened != 2 {
		t.Errorf("GetBody was called %d times", opened)
	}
	_, err = s.Post(t.Context(), srv.URL+redirected(307, "/end"), &client.Call{Body: io.MultiReader(strings.NewReader("x")), GetBody: func() (io.ReadCloser, error) { return nil, errBoom }})
	if !errors.Is(err, errBoom) || !errors.Is(err, client.ErrRequestBody) {
		t.Errorf("GetBody fails: %v", err)
	}
	_, err = s.Post(t.Context(), srv.URL+redirected(308, "/end"), &client.Call{Body: io.MultiReader(strings.NewReader("x"))})
	var e *client.Error
	if !errors.As(err, &e) || e.Kind != client.ErrBodyNotReplayable || int(e.Code) != 65 {
		t.Errorf("one-shot: %v", err)
	}
	file := bytes.NewReader([]byte("skip hello"))
	if _, err := file.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	seen()
	if r, err = s.Post(t.Context(), srv.URL+redirected(307, "/end"), &client.Call{Body: file}); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if list := seen(); len(list) != 2 || list[0].Body != "hello" || list[1].Body != "hello" {
		t.Errorf("from where it stood: %+v", list)
	}
}

func testRedirReferences(t *testing.T) {
	srv, seen := origin(t)
	host := strings.TrimPrefix(srv.URL, "http://")
	for _, row := range []struct{ location, want string }{
		{"x", "/d/x"}, {"/x", "/x"}, {"../x", "/x"}, {"../../x", "/x"}, {"./x/./y/../z", "/d/x/z"}, {"?q=1", "/d/302?q=1"},
		{"//" + host + "/y", "/y"}, {"http:/y", "/y"}, {"HTTP://" + strings.ToUpper(host) + "/y", "/y"}, {srv.URL, "/"}, {srv.URL + "?q", "/?q"},
		{"/a b?c d", "/a%20b?c%20d"}, {"/\xe9", "/%E9"}, {"/ü?ü", "/%C3%BC?%C3%BC"}, {`/"<>`, "/%22%3C%3E"}, {"/%7e%2f%41", "/%7e%2f%41"}, {"http:y", "/d/y"},
		{`\x\y`, "/x/y"}, {`\\` + host + `\y`, "/y"}, {" /trim\t", "/trim"}, {"/a/%2e%2E/b", "/b"}, {"/a;p=1?x=';", "/a;p=1?x=%27;"},
	} {
		r, err := newSession(t, nil).Get(t.Context(), srv.URL+"/d/302", &client.Call{Redirect: client.Some(client.Redirect{Follow: client.FollowNone})})
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		seen()
		next, err := client.NextURL(302, client.Header{{Name: "Location", Value: row.location}}, r.URL)
		if err != nil {
			t.Errorf("%q: %v", row.location, err)
			continue
		}
		page(t, next.String(), nil)
		if list := seen(); len(list) != 1 || list[0].Target != row.want {
			t.Errorf("%q: %+v, want %s", row.location, list, row.want)
		}
	}
}

func testRedirInternational(t *testing.T) {
	s := newSession(t, cookieServer(t))
	for _, row := range []struct{ location, host string }{
		{"http://bücher.test/", "xn--bcher-kva.test"}, {"http://BÜCHER.test/", "xn--bcher-kva.test"}, {"//xn--bcher-kva.test/", "xn--bcher-kva.test"},
		{"http://faß.test/", "xn--fa-hia.test"}, {"http://a。test/", "a.test"}, {"http://ａ.test/", "a.test"},
		{`http://a.test\@b.test/`, "a.test"}, {"http://a.test%40b.test/", ""}, {"http://user@a.test@b.test/", "b.test"}, {"http://a.test:80/", "a.test"},
	} {
		r, err := s.Get(t.Context(), "http://start.test/?to="+url.QueryEscape(row.location), &client.Call{Redirect: client.Some(client.Redirect{Keep: nil})})
		if row.host == "" {
			if err == nil {
				r.Close()
			}
			if !errors.Is(err, client.ErrInvalidURL) {
				t.Errorf("%q: %v", row.location, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", row.location, err)
			continue
		}
		if text, err := r.Text(); text != row.host || err != nil || r.URL.Hostname() != row.host {
			t.Errorf("%q: %q (%s), %v", row.location, text, r.URL, err)
		}
	}
}

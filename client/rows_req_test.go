package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// TestRequests has the rows about methods, fields and whole requests; those about bodies are in TestRequestBodies, those about
// URLs in TestRequestURLs.
func TestRequests(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"REQ-01", "verbs", testVerbsOfRows},
		{"REQ-01", "of the package", testPackageVerbs},
		{"REQ-02", "tokens", testMethodTokens},
		{"REQ-24", "no Expect", testNoExpect},
		{"REQ-25", "removed and empty", testRemovedAndEmpty},
		{"REQ-26", "session first", testFieldsMerged},
		{"REQ-27", "letter case", testLetterCase},
		{"REQ-28", "lower case over HTTP/2", testLowerCase},
		{"REQ-29", "injection", testInjection},
		{"REQ-30", "bytes", testFieldBytes},
		{"REQ-31", "lines", testParseHeaderLines},
		{"REQ-32", "multimap", testHeaderMultimap},
		{"REQ-33", "without a profile", testNeutralFields},
		{"REQ-34", "order without a profile", testNeutralOrder},
		{"REQ-35", "order with a profile", testProfileOrder},
		{"REQ-36", "an order of one's own", testOwnOrder},
		{"REQ-39", "Accept-Encoding", testAcceptEncoding},
		{"REQ-40", "raw bodies", testRawBody},
		{"REQ-41", "Host", testHostFollowsURL},
		{"REQ-63", "no body is left over", testNoBodyLeftOver},
		{"REQ-64", "ten thousand bytes of fields", testManyFields},
	})
}

func testVerbsOfRows(t *testing.T) {
	srv := newServer(t, true, echo)
	s := srv.session(t, "")
	type verb = func(context.Context, string, *client.Call) (*client.Response, error)
	for want, send := range map[string]verb{"GET": s.Get, "POST": s.Post, "PUT": s.Put, "PATCH": s.Patch, "DELETE": s.Delete, "OPTIONS": s.Options, "TRACE": s.Trace, "QUERY": s.Query} {
		res, err := send(t.Context(), srv.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		var e echoed
		if err := res.JSON(&e); err != nil || e.Method != want || res.Method != want {
			t.Errorf("%s: %q, %v", want, e.Method, err)
		}
		if e := ask(t, s, strings.ToLower(want), srv.url, nil); e.Method != want {
			t.Errorf("%s in lower case: %q", want, e.Method)
		}
	}
	res, err := s.Head(t.Context(), srv.url, nil)
	if err != nil || res.Method != "HEAD" {
		t.Fatalf("HEAD: %v, %v", res, err)
	}
	res.Close()
}

func testPackageVerbs(t *testing.T) {
	srv := newServer(t, false, echo)
	o := &client.Options{RootCAs: srv.ca.Pool()}
	type verb = func(context.Context, string, *client.Options, *client.Call) (*client.Response, error)
	for want, send := range map[string]verb{"GET": client.Get, "POST": client.Post, "PUT": client.Put, "PATCH": client.Patch, "DELETE": client.Delete, "HEAD": client.Head} {
		res, err := send(t.Context(), srv.url, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := res.Bytes()
		if res.Method != want || err != nil || want != "HEAD" && !strings.Contains(string(b), `"Method":"`+want+`"`) {
			t.Errorf("%s: %s %q, %v", want, res.Method, b, err)
		}
	}
}

func testMethodTokens(t *testing.T) {
	srv := newServer(t, false, echo)
	s := srv.session(t, "")
	for _, method := range []string{"FOO", "X-!#$%&'*+.^_`|~9"} {
		if e := ask(t, s, method, srv.url, nil); e.Method != method {
			t.Errorf("%s: %s", method, e.Method)
		}
	}
	for _, method := range []string{"", "GE T", "A\r\nB", "GÉT", "a:b", "CONNECT"} {
		if _, err := s.Do(t.Context(), method, "https://unreached.test/", nil); !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%q: %v", method, err)
		}
	}
}

// testNoExpect: a large body waits for nobody; a field of the caller's is what makes it wait.
func testNoExpect(t *testing.T) {
	srv := newServer(t, false, echo)
	for _, profile := range profilesInUse {
		s := srv.session(t, profile)
		e := ask(t, s, "POST", srv.url, &client.Call{Bytes: make([]byte, 5<<20)})
		if len(e.Body) != 5<<20 || e.Header.Get("Expect") != "" {
			t.Errorf("%s: %d bytes, Expect %q", profile, len(e.Body), e.Header.Get("Expect"))
		}
	}
}

func testRemovedAndEmpty(t *testing.T) {
	r := newRecorder(t)
	s := newSession(t, nil)
	got := r.exchange(t, s, "GET", "/", &client.Call{Remove: []string{"accept-ENCODING", "User-Agent"}, Header: h("X-Empty", "")})
	if lines := linesOf(got); len(lines) != 2 || lines[1] != "X-Empty:" && lines[1] != "X-Empty: " {
		t.Errorf("%q", lines)
	}
	// A request without Host is none (RFC 9112 §3.2), so that nothing is sent.
	if _, err := s.Get(t.Context(), r.URL, &client.Call{Remove: []string{"host"}}); !errors.Is(err, client.ErrInvalidHeader) {
		t.Errorf("without Host: %v", err)
	}
	got = r.exchange(t, s, "GET", "/", &client.Call{Header: h("user-agent", "")})
	if !slices.Contains(linesOf(got), "user-agent: ") && !slices.Contains(linesOf(got), "user-agent:") || strings.Contains(got, "User-Agent") {
		t.Errorf("%q", got)
	}
}

func testFieldsMerged(t *testing.T) {
	r := newRecorder(t)
	s := newSession(t, &client.Options{Header: h("A", "s", "B", "s1", "C", "s", "B", "s2"), Remove: []string{"User-Agent", "Accept-Encoding"}})
	got := r.exchange(t, s, "GET", "/", &client.Call{Header: h("b", "c", "D", "1", "D", "2")})
	host := strings.TrimSuffix(strings.TrimPrefix(r.URL, "http://"), "/")
	want := []string{"Host: " + host, "A: s", "C: s", "b: c", "D: 1", "D: 2"}
	if lines := linesOf(got); !slices.Equal(lines, want) {
		t.Errorf("got  %q\nwant %q", lines, want)
	}
}

func testLetterCase(t *testing.T) {
	r := newRecorder(t)
	for _, profile := range []string{"", "chromium156"} {
		got := r.exchange(t, newSession(t, &client.Options{Profile: profile}), "GET", "/", &client.Call{Header: h("X-ABC", "1", "x-Def", "2")})
		if !strings.Contains(got, "\r\nX-ABC: 1\r\nx-Def: 2\r\n") {
			t.Errorf("%s: %q", profile, got)
		}
	}
}

func testLowerCase(t *testing.T) {
	srv := newServer(t, true, echo)
	for _, profile := range profilesInUse {
		res, err := srv.session(t, profile).Get(t.Context(), srv.url, &client.Call{Header: h("X-ABC", "1", "UPPER", "2")})
		if err != nil {
			t.Fatal(err)
		}
		res.Close()
		var own []string
		for name := range res.Info.Sent.All() {
			if name != strings.ToLower(name) {
				t.Errorf("%s: %s", profile, name)
			}
			if strings.EqualFold(name, "X-ABC") || strings.EqualFold(name, "UPPER") {
				own = append(own, name)
			}
		}
		if res.Proto != "HTTP/2.0" || !slices.Equal(own, []string{"x-abc", "upper"}) {
			t.Errorf("%s: %s %q", profile, res.Proto, own)
		}
	}
}

// testInjection: nothing is dialled for a field that would be two.
func testInjection(t *testing.T) {
	s := newSession(t, &client.Options{DialContext: refuseToDial(t)})
	for _, bad := range []client.Header{h("a", "b\r\nc: d"), h("a", "b\nc"), h("a", "b\rc"), h("a", "b\x00"), h("a\r\nb", "c"), h("a b", "c"), h("", "c"), h("a:", "c"), h("\u00e4", "c")} {
		if _, err := s.Get(t.Context(), "http://localhost/", &client.Call{Header: bad}); !errors.Is(err, client.ErrInvalidHeader) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func testFieldBytes(t *testing.T) {
	r := newRecorder(t)
	got := r.exchange(t, newSession(t, nil), "GET", "/", &client.Call{Header: h("Latin", "\xe9", "UTF", "é", "Number", fmt.Sprint(5))})
	for _, want := range []string{"\r\nLatin: \xe9\r\n", "\r\nUTF: \xc3\xa9\r\n", "\r\nNumber: 5\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func testParseHeaderLines(t *testing.T) {
	got, err := client.ParseHeader("A: 1", "b:2", "A:  3 ", "Empty:")
	if want := h("A", "1", "b", "2", "A", "3", "Empty", ""); err != nil || !got.Equal(want) || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for _, line := range []string{"no colon", "", "a b: c", "a: b\x00", ": x"} {
		if _, err := client.ParseHeader("A: 1", line); !errors.Is(err, client.ErrInvalidHeader) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func testHeaderMultimap(t *testing.T) {
	a := h("A", "1, x", "B", "2", "a", "3")
	if !slices.Equal(a.List("a"), []string{"1", "x", "3"}) || a.Get("A") != "1, x, 3" || !slices.Equal(a.Values("A"), []string{"1, x", "3"}) {
		t.Errorf("%q, %q", a.List("a"), a.Get("A"))
	}
	if !a.Equal(h("b", "2", "a", "1, x", "A", "3")) || a.Equal(h("b", "2", "a", "3", "A", "1, x")) || a.Equal(h("b", "2")) {
		t.Error("Equal")
	}
	c := a.Clone()
	c.Del("a")
	if len(c) != 1 || len(a) != 3 || !a.Has("A") || c.Has("A") {
		t.Errorf("Del: %q of %q", c, a)
	}
	secret := h("Authorization", "sesame", "Proxy-Authorization", "sesame", "X", "1")
	for _, text := range []string{secret.String(), fmt.Sprintf("%+v", secret), secret.LogValue().String()} {
		if strings.Contains(text, "sesame") || !strings.Contains(text, "X: 1") {
			t.Errorf("%q", text)
		}
	}
}

// testOwnOrder: named fields come first, in that order, all of a name together; the others keep theirs.
func testOwnOrder(t *testing.T) {
	r := newRecorder(t)
	for _, row := range []struct {
		profile string
		order   string
		want    []string // the first ones
	}{
		{"chromium156", "accept,x-own,user-agent", []string{"Host", "Accept", "X-Own", "X-Own", "User-Agent", "Connection"}},
		{"", "user-agent,host", []string{"User-Agent", "Host", "X-Own", "X-Own", "Accept-Encoding"}},
	} {
		s := newSession(t, &client.Options{Profile: row.profile, Override: &profiles.Override{HeaderOrder: profiles.ParseNameList(row.order)}})
		got := namesOf(r.exchange(t, s, "GET", "/", &client.Call{Header: h("X-Own", "1", "X-Own", "2")}))
		if len(got) < len(row.want) || !slices.Equal(got[:len(row.want)], row.want) {
			t.Errorf("%q: %q, want %q first", row.profile, got, row.want)
		}
	}
	for _, bad := range []string{"accept,", ",", "a,A", ":path,a", "a b"} {
		_, err := client.New(&client.Options{Profile: "chromium156", Override: &profiles.Override{HeaderOrder: profiles.ParseNameList(bad)}})
		var e *profiles.OverrideError
		if !errors.As(err, &e) || !errors.Is(err, client.ErrImpersonate) || client.ErrImpersonate.Code() != client.CodeBadFunctionArgument {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func testNeutralFields(t *testing.T) {
	r := newRecorder(t)
	got := r.exchange(t, newSession(t, nil), "GET", "/", nil)
	wantNames(t, "neutral", got, "Host", "User-Agent", "Accept-Encoding")
	got = r.exchange(t, newSession(t, &client.Options{NoDefaultHeader: true}), "GET", "/", nil)
	wantNames(t, "without defaults", got, "Host")
}

// testNeutralOrder holds the order that the neutral client has: Host, its own fields, then the caller's.
func testNeutralOrder(t *testing.T) {
	r := newRecorder(t)
	s := newSession(t, &client.Options{Auth: client.Bearer{Token: "t"}})
	got := r.exchange(t, s, "POST", "/", &client.Call{
		JSON: 1, Header: h("X-Own", "1", "Referer", "http://r.test/", "If-Match", "*"), Cookies: []client.Cookie{{Name: "c", Value: "1"}},
	})
	wantNames(t, "neutral", got, "Host", "User-Agent", "X-Own", "Referer", "If-Match", "Accept-Encoding", "Authorization", "Content-Type", "Cookie", "Content-Length")
	got = r.exchange(t, s, "GET", "/", &client.Call{Header: h("Accept-Encoding", "br", "X-Own", "1")})
	wantNames(t, "own Accept-Encoding", got, "Host", "User-Agent", "Accept-Encoding", "X-Own", "Authorization")
}

func testProfileOrder(t *testing.T) {
	for _, profile := range profilesInUse[1:] {
		r := newRecorder(t)
		plain := namesOf(r.exchange(t, newSession(t, &client.Options{Profile: profile}), "GET", "/", nil))
		got := r.exchange(t, newSession(t, &client.Options{Profile: profile}), "GET", "/", &client.Call{
			Header: h("X-Own", "1", "accept", "a/b", "USER-AGENT", "me", "Y-Own", "2"), Remove: []string{"accept-language"},
		})
		var want []string
		for _, name := range namesOf(got) {
			if !strings.HasSuffix(name, "-Own") {
				want = append(want, strings.ToLower(name))
			}
		}
		var skeleton []string
		for _, name := range plain {
			if !strings.EqualFold(name, "Accept-Language") {
				skeleton = append(skeleton, strings.ToLower(name))
			}
		}
		if !slices.Equal(want, skeleton) || fieldOf(got, "User-Agent") != "me" || fieldOf(got, "Accept") != "a/b" {
			t.Errorf("%s: %q, want %q", profile, want, skeleton)
		}
		if i, k := slices.Index(namesOf(got), "X-Own"), slices.Index(namesOf(got), "Y-Own"); i < 0 || k < i {
			t.Errorf("%s: own fields at %d and %d", profile, i, k)
		}
		wantNames(t, profile+" without defaults", r.exchange(t, newSession(t, &client.Options{Profile: profile, NoDefaultHeader: true}), "GET", "/", nil), "Host")
	}
}

// testHostFollowsURL: a Host of the caller's is what the server reads; the connection, the name in the handshake and the cookies
// are those of the URL, and another origin does not get it.
func testHostFollowsURL(t *testing.T) {
	srv, other := newServer(t, false, redirecting), newServer(t, false, echo)
	s := newSession(t, &client.Options{InsecureSkipVerify: true})
	call := &client.Call{Header: h("A", "1", "Host", "other.test")}
	if e := ask(t, s, "GET", srv.url, call); e.Host != "other.test" {
		t.Errorf("host %q", e.Host)
	}
	if e := ask(t, s, "GET", srv.url+"/to/end", call); e.Host != "other.test" || e.Target != "/end" {
		t.Errorf("after a redirect: %q %s", e.Host, e.Target)
	}
	abroad := newServer(t, false, leadsTo(other.url))
	if e := ask(t, s, "GET", abroad.url, call); "https://"+e.Host != other.url {
		t.Errorf("abroad: %q", e.Host)
	}
	jar := client.NewJar(nil)
	s = newSession(t, &client.Options{InsecureSkipVerify: true, Cookies: jar})
	cookie := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "a=1")
		echo(w, r)
	})
	ask(t, s, "GET", cookie.url, call)
	if e := ask(t, s, "GET", cookie.url, nil); e.Header.Get("Cookie") != "a=1" {
		t.Errorf("cookies went by the field Host: %q", e.Header.Get("Cookie"))
	}
}

func testNoBodyLeftOver(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		s := srv.session(t, "")
		ask(t, s, "POST", srv.url, &client.Call{JSON: "x"})
		e := ask(t, s, "GET", srv.url, nil)
		if len(e.Body) != 0 || e.Header.Get("Content-Type") != "" || e.Header.Get("Content-Length") != "" || e.Chunked {
			t.Errorf("%+v", e)
		}
	}
}

func testManyFields(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, echo)
		s := srv.session(t, "chromium156")
		var many client.Header
		for i := range 300 {
			many.Add(fmt.Sprintf("X-%03d", i), strings.Repeat("v", 100))
		}
		if e := ask(t, s, "GET", srv.url, &client.Call{Header: many}); len(e.Header) < 300 {
			t.Errorf("%d fields", len(e.Header))
		}
		before := len(ask(t, s, "GET", srv.url, nil).Header)
		for range 3 {
			if _, err := s.Get(t.Context(), "http://127.0.0.1:1/", &client.Call{Header: many}); !errors.Is(err, client.ErrConnect) {
				t.Errorf("%v", err)
			}
		}
		if e := ask(t, s, "GET", srv.url, nil); len(e.Header) != before {
			t.Errorf("%d fields, %d before the failures", len(e.Header), before)
		}
	}
}

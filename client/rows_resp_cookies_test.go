package client_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
)

func testRespCookies(t *testing.T) {
	const day = 24 * time.Hour
	for _, row := range []struct {
		line string
		want *client.Cookie // nil: none
	}{
		{"a=b c, d", &client.Cookie{Name: "a", Value: "b c, d", Path: "/x"}},
		{`a={"k": [1, 2]}`, &client.Cookie{Name: "a", Value: `{"k": [1, 2]}`, Path: "/x"}},
		{"a=ü\xe9", &client.Cookie{Name: "a", Value: "ü\xe9", Path: "/x"}},
		{`a="q"; Path=/`, &client.Cookie{Name: "a", Value: `"q"`, Path: "/"}},
		{"a=1; Priority=High; Partitioned; HttpOnly; samesite=lax", &client.Cookie{Name: "a", Value: "1", Path: "/x", Partitioned: true, HTTPOnly: true, SameSite: client.SameSiteLax}},
		{"a=1; Max-Age=86400; Expires=x", &client.Cookie{Name: "a", Value: "1", Path: "/x", Expires: jarStart.Add(day)}},
		{"a=1; Max-Age=0", nil}, {"a=1; Domain=other.test", nil}, {"__Secure-a=1", nil}, {"a=1\x01", nil},
	} {
		answer := "HTTP/1.1 200 OK\r\nSet-Cookie: " + row.line + "\r\nContent-Length: 0\r\n\r\n"
		s := newSession(t, &client.Options{Time: func() time.Time { return jarStart }, DialContext: dialTo(strings.Trim(scripted(t, answer), "htp:/"))})
		r, _ := pageOf(t, s, "http://www.a.test/x/y", nil)
		if row.want == nil {
			if r.Header.Get("Set-Cookie") != row.line || len(r.Cookies()) != 0 {
				t.Errorf("%q: %q, %v", row.line, r.Header.Get("Set-Cookie"), r.Cookies())
			}
			continue
		}
		row.want.Domain, row.want.HostOnly, row.want.Created = "www.a.test", true, jarStart
		got := r.Cookies()
		if len(got) != 1 || got[0] != *row.want {
			t.Fatalf("%q: %d cookies, %#v with %q", row.line, len(got), got, got[0].Value)
		}
		got[0].Value = "changed"
		if c, _ := s.Jar().Get("a", client.Match{}); c.Value != row.want.Value || r.Cookies()[0].Value != row.want.Value {
			t.Errorf("%q: the session's cookie is %q", row.line, c.Value)
		}
	}
	r, _ := page(t, scripted(t, "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX: y\r\nset-cookie: b=2; Path=/\r\nContent-Length: 0\r\n\r\n"), nil)
	if got := r.Cookies(); len(got) != 2 || got[0].Name != "a" || got[1].Name != "b" {
		t.Errorf("of two lines came %v", got)
	}
}

func testRespStatus(t *testing.T) {
	const answer = "HTTP/1.1 %d Because\r\nContent-Length: %d\r\n\r\n%s"
	for _, status := range []int{200, 304, 404, 500} {
		body := "reasons"
		if status == 304 {
			body = ""
		}
		url := scripted(t, fmt.Sprintf(answer, status, len(body), body))
		want := map[bool]string{true: fmt.Sprintf("client: GET %s/: status: %d Because", strings.TrimSuffix(url, "/"), status)}[status >= 400]
		check := func(what string, err error) {
			t.Helper()
			var e *client.Error
			switch {
			case want == "":
				if err != nil {
					t.Errorf("%s of %d: %v", what, status, err)
				}
			case !errors.As(err, &e) || e.Kind != client.ErrStatus || e.Response == nil || err.Error() != want:
				t.Errorf("%s of %d: %v, want %s", what, status, err, want)
			default:
				if b, readErr := e.Response.Bytes(); string(b) != body || readErr != nil || e.Response.StatusCode != status {
					t.Errorf("%s of %d: the response of the error has %q, %v", what, status, b, readErr)
				}
			}
		}
		r, err := newSession(t, nil).Get(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		check("Err", r.Err())
		r.Close()
		r, err = newSession(t, &client.Options{FailOnStatus: true}).Get(t.Context(), url, nil)
		if check("FailOnStatus", err); err == nil {
			r.Close()
		}
		r, err = newSession(t, nil).Get(t.Context(), url, &client.Call{FailOnStatus: client.Some(true)})
		if check("Call.FailOnStatus", err); err == nil {
			r.Close()
		}
	}
}

func testRespString(t *testing.T) {
	url := scripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	withSecret := strings.Replace(url, "http://", "http://user:secret@", 1)
	if r, _ := page(t, withSecret, nil); r.String() != "<200 OK HTTP/1.1 "+strings.TrimSuffix(url, "/")+"/>" {
		t.Errorf("%s", r)
	}
}

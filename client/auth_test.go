package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func authorized(t *testing.T, a Auth) string {
	t.Helper()
	got, err := a.authorize(&http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "a.test", Path: "/"}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestAuth: what Basic and Bearer send, and what they refuse.
func TestAuth(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id, name string
		auth     Auth
		want     string // "" for a refusal
	}{
		{"AUTH-01", "RFC 7617 §2", Basic{"Aladdin", "open sesame"}, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"AUTH-01", "UTF-8, RFC 7617 §2.1", Basic{"test", "123£"}, "Basic dGVzdDoxMjPCow=="},
		{"AUTH-02", "of a URL", basicAuth(url.UserPassword("Aladdin", "open sesame")), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"AUTH-02", "without password", basicAuth(url.User("user")), "Basic dXNlcjo="},
		{"AUTH-04", "empty password", Basic{"user", ""}, "Basic dXNlcjo="},
		{"AUTH-04", "empty user", Basic{"", "x"}, "Basic Ong="},
		{"AUTH-04", "colon in the password", Basic{"a", "b:c"}, "Basic YTpiOmM="},
		{"AUTH-04", "colon in the user", Basic{"a:b", "c"}, ""},
		{"AUTH-04", "line break", Basic{"a", "b\r\nc"}, ""},
		{"AUTH-05", "bearer", Bearer{"mF_9.B5f-4.1JqM=="}, "Bearer mF_9.B5f-4.1JqM=="},
		{"AUTH-05", "bearer, empty", Bearer{}, ""},
		{"AUTH-05", "bearer, line break", Bearer{"a\r\nb: c"}, ""},
		{"AUTH-05", "bearer, blank", Bearer{"a b"}, ""},
		{"AUTH-05", "digest, line break", &Digest{User: "a\n"}, ""},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			if row.want != "" {
				if got := authorized(t, row.auth); got != row.want {
					t.Errorf("%q", got)
				}
				return
			}
			got, err := row.auth.authorize(&http.Request{URL: &url.URL{}})
			if got != "" || !errors.Is(err, ErrInvalidRequest) || !errors.Is(row.auth.validate(), ErrInvalidRequest) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// TestAuthHidesSecrets: no verb and no handler of log/slog shows one.
func TestAuthHidesSecrets(t *testing.T) {
	t.Parallel()
	for _, a := range []Auth{Basic{"joe", "hunter2"}, Bearer{"hunter2"}, &Digest{User: "joe", Password: "hunter2"}} {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%v %+v %#v %s %q %x %X %d", a, a, a, a, a, a, a, a)
		fmt.Fprintf(&b, "%v %+v %#v", []Auth{a}, struct{ A Auth }{a}, &Options{Auth: a})
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "auth", a)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "auth", a)
		if s := b.String(); strings.Contains(s, "hunter2") || strings.Contains(strings.ToLower(s), "68756e74657232") {
			t.Errorf("%T: %s", a, s)
		} else if !strings.Contains(s, "***") {
			t.Errorf("%T is not in %s", a, s)
		}
	}
}

// TestChallenges: how WWW-Authenticate is read.
func TestChallenges(t *testing.T) {
	t.Parallel()
	p := func(s ...string) []Pair { return Q(s...) }
	for _, row := range []struct {
		in   string
		want []challenge
	}{
		{"", nil},
		{"Negotiate", []challenge{{scheme: "Negotiate"}}},
		{"Negotiate YWJj==", []challenge{{scheme: "Negotiate", token: "YWJj=="}}},
		{`Basic realm="a, b"`, []challenge{{scheme: "Basic", params: p("realm", "a, b")}}},
		{`Basic realm = "a\"b\\c"`, []challenge{{scheme: "Basic", params: p("realm", `a"b\c`)}}},
		{`, ,Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`, []challenge{
			{scheme: "Newauth", params: p("realm", "apps", "type", "1", "title", `Login to "apps"`)}, {scheme: "Basic", params: p("realm", "simple")}}},
		{`Negotiate, Digest Realm=x,QOP="auth,auth-int"`, []challenge{{scheme: "Negotiate"}, {scheme: "Digest", params: p("realm", "x", "qop", "auth,auth-int")}}},
		{`Basic realm="a", Digest realm="cut`, []challenge{{scheme: "Basic", params: p("realm", "a")}}},
		{`Basic realm="a" x`, nil},
		{`"`, nil},
		{"=", nil},
	} {
		if got := parseChallenges(row.in); len(got)+len(row.want) > 0 && !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %+v", row.in, got)
		}
	}
}

// FuzzChallenges: whatever a server sends, what comes of it is an Authorization field that can be sent, or none.
func FuzzChallenges(f *testing.F) {
	for _, s := range []string{
		`Digest realm="r", nonce="n", qop="auth"`, `Digest realm="a\"b", nonce=n, algorithm=SHA-256-sess, userhash=true, opaque="\\"`,
		`Basic realm="x", Digest nonce=1, qop=auth-int`, "Digest nonce=\"\r\n\"", `Digest nonce="1", nonce="2"`, `a b=`, `,=,"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d := &Digest{User: "Jäsøn", Password: "p", Rand: strings.NewReader(strings.Repeat("x", 16))}
		u := &url.URL{Scheme: "https", Host: "a.test", Path: "/"}
		took := d.challenged(u, Header{{Name: "WWW-Authenticate", Value: value}})
		d.informed(u, Header{{Name: "Authentication-Info", Value: value}})
		got := authorized(t, d)
		if (got != "") != took || !isValue(got) {
			t.Errorf("%q: taken %v, %q", value, took, got)
		}
		if took && len(parseChallenges(got)) != 1 {
			t.Errorf("%q cannot be read back", got)
		}
		if _, err := json.Marshal(parseChallenges(value)); err != nil {
			t.Error(err)
		}
	})
}

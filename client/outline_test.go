package client_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// TestSecretsAreNotPrinted: no verb and no log shows a secret of a value that holds one, however deep.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const secret = "sesame"
	netrc, err := client.ParseNetrc(strings.NewReader("machine a.test login u password " + secret))
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse("https://a.test/")
	cookie := client.Cookie{Name: "n", Value: secret}
	jar := client.NewJar(nil)
	if err := jar.SetFor(u, cookie); err != nil {
		t.Fatal(err)
	}
	header := client.Header{{Name: "X-Api-Key", Value: secret}, {Name: "Referer", Value: "https://u:" + secret + "@a.test/"}}
	key := ed25519.PrivateKey(strings.Repeat(secret, 12)[:ed25519.PrivateKeySize])
	certificates := []tls.Certificate{{PrivateKey: key}}
	basic, digest, bearer := client.Basic{User: "u", Password: secret}, &client.Digest{User: "u", Password: secret}, client.Bearer{Token: secret}
	options := func(auth client.Auth) client.Options {
		return client.Options{
			Header: header, Auth: auth, Netrc: netrc, Cookies: jar, Query: client.Q("token", secret), Certificates: certificates, CAPEM: []byte(secret),
		}
	}
	o := options(basic)
	o.Certificates, o.CAPEM = nil, nil
	session, err := client.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	call := client.Call{
		Header: header, Auth: client.Some[client.Auth](digest), Cookies: []client.Cookie{cookie}, Query: client.Q("token", secret), Form: client.Q("password", secret),
		Bytes: []byte(secret), Referrer: "https://u:" + secret + "@a.test/", JSON: map[string]string{"password": secret}, Body: strings.NewReader(secret),
	}
	info := client.Info{Sent: header, SentBody: []byte(secret)}
	res := &client.Response{StatusCode: 200, Header: header, URL: u, NextURL: &url.URL{Host: "a.test", User: url.UserPassword("u", secret)}, Info: info}
	for _, row := range []struct {
		name string
		v    any
		why  string
	}{
		{"Basic", basic, "the password itself"},
		{"Digest", digest, "the password itself"},
		{"Bearer", bearer, "the token itself"},
		{"Auth in Opt", client.Some[client.Auth](basic), "fmt calls no methods of unexported fields"},
		{"Bearer in Opt", client.Some(bearer), "another type"},
		{"Digest in Opt", client.Some[client.Auth](digest), "a pointer"},
		{"Opt in Opt", client.Some(client.Some[client.Auth](basic)), "all the way down"},
		{"Header", header, "a field, and a URL in one"},
		{"Options", options(bearer), "by value"},
		{"*Options", func() *client.Options { o := options(digest); return &o }(), "by pointer"},
		{"Options in Opt", client.Some(options(basic)), "in another one"},
		{"Call", call, "by value"},
		{"*Call", &call, "by pointer"},
		{"calls", []client.Call{call}, "in a list"},
		{"Session", session, "what it was made of"},
		{"Transport", &client.Transport{Certificates: certificates, CAPEM: []byte(secret)}, "a private key"},
		{"Netrc", *netrc, "by value"},
		{"*Netrc", netrc, "by pointer"},
		{"Cookie", cookie, "the value"},
		{"cookies", []client.Cookie{cookie}, "in a list"},
		{"Jar", jar, "the values"},
		{"Info", info, "what was sent"},
		{"Response", res, "what was sent and received"},
		{"Error", &client.Error{Kind: client.ErrStatus, Response: res}, "with a response"},
		{"Attempt", client.Attempt{Response: res}, "with a response"},
		{"Upgrade", &client.Upgrade{Response: res}, "with a response"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "80v"} {
				if text := fmt.Sprintf("%"+verb, row.v); text == "" || shows(text, secret) {
					t.Errorf("%s: %%%s prints %.300s", row.why, verb, text)
				}
			}
			for name, text := range logged(row.v) {
				// A list is encoded by encoding/json, which is for files as well.
				if shows(text, secret) && (name == "text" || row.name != "cookies" && row.name != "calls") {
					t.Errorf("%s: slog as %s prints %.300s", row.why, name, text)
				}
			}
		})
	}
}

// logged returns what the handlers of slog make of v.
func logged(v any) map[string]string {
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "v", v)
	return map[string]string{"text": text.String(), "JSON": js.String()}
}

// shows tells whether a text has a secret in it, in one of the forms that verbs give it.
func shows(text, secret string) bool {
	numbers := strings.Trim(fmt.Sprint([]byte(secret)), "[]")
	for _, form := range []string{
		secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), numbers, strings.ReplaceAll(fmt.Sprintf("% #x", secret), " ", ", "),
		base64.StdEncoding.EncodeToString([]byte(secret)),
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

// TestOutline: what is no secret is told.
func TestOutline(t *testing.T) {
	t.Parallel()
	o := client.Options{Profile: "chrome150", MaxConns: 3, Auth: client.Basic{User: "u", Password: "p"}, Header: client.Header{{Name: "A", Value: "b"}}, NoCookies: true}
	if got, want := fmt.Sprint(&o), `client.Options{Profile: "chrome150", MaxConns: 3, Header: A: b`+"\n"+`, NoCookies: true, Auth: Basic{User: "u", Password: ***}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var unset client.Opt[bool]
	if got := fmt.Sprintf("%v %v %+v %d %q", unset, client.Some(true), client.Some(struct{ A int }{1}), client.Some(7), client.Some("x")); got != `unset true {A:1} 7 "x"` {
		t.Errorf("Opt: %s", got)
	}
	if text := fmt.Sprintf("%q", client.Header{{Name: "A", Value: "b"}}); text != `"A: b\n"` {
		t.Errorf("Header: %s", text)
	}
}

// TestHeaderShows: what a dump hides of a field, and what it shows.
func TestHeaderShows(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, field, value, want, why string }{
		{"API key", "X-Api-Key", "k", "[hidden]", "the rule of Redirect.Keep"},
		{"token", "X-Auth-Token", "k", "[hidden]", "the same"},
		{"AWS", "X-Amz-Security-Token", "k", "[hidden]", "the same"},
		{"CSRF", "x-csrf-token", "k", "[hidden]", "the same"},
		{"authority", ":authority", "a.test", "a.test", "a host"},
		{"challenge", "WWW-Authenticate", `Basic realm="r"`, `Basic realm="r"`, "a server's question"},
		{"proxy's challenge", "Proxy-Authenticate", "Negotiate", "Negotiate", "a proxy's question"},
		{"Location", "Location", "http://user:pa@ss@a.test/x?y=@", "http://[hidden]@a.test/x?y=@", "a URL with credentials"},
		{"name alone", "Referer", "https://token@a.test/", "https://[hidden]@a.test/", "tokens stand there, too"},
		{"Link", "Link", "<https://u:p@a.test/>; rel=x, <https://v:q@b.test/>", "<https://[hidden]@a.test/>; rel=x, <https://[hidden]@b.test/>", "several"},
		{"backslashes", "Location", `HTTPS:\\u:p@a.test\`, `HTTPS:\\[hidden]@a.test\`, "browsers take them for slashes"},
		{"one slash", "Location", "https:/u:p@a.test/", "https:/[hidden]@a.test/", "browsers take it for two"},
		{"no scheme", "Location", "//u:p@a.test", "//[hidden]@a.test", "relative"},
		{"blank and comma", "Location", "http://u:p a,s@a.test/", "http://[hidden]@a.test/", "browsers escape the blank"},
		{"mail", "From", "me@a.test", "me@a.test", "no URL"},
		{"path", "Location", "https://a.test/@me", "https://a.test/@me", "no credentials"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := client.Header{{Name: row.field, Value: row.value}}
			if got := h.String(); got != row.field+": "+row.want+"\n" {
				t.Errorf("%s: got %q", row.why, got)
			}
			if h[0].Value != row.value {
				t.Errorf("the field itself has become %q", h[0].Value)
			}
		})
	}
}

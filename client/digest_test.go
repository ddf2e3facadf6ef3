package client

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

func digestOf(name string) *digestAlgorithm {
	for i := range digestAlgorithms {
		if digestAlgorithms[i].name == name {
			return &digestAlgorithms[i]
		}
	}
	return nil
}

// TestDigestVectors: the examples of the RFCs, as their errata have them.
func TestDigestVectors(t *testing.T) {
	t.Parallel()
	const nonce, cnonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for _, row := range []struct {
		id, name, user, password, uri string
		realm                         digestRealm
		want                          []string
	}{
		{"AUTH-05", "RFC 7616 §3.9.1 MD5", "Mufasa", "Circle of Life", "/dir/index.html",
			digestRealm{realm: "http-auth@example.org", nonce: nonce, cnonce: cnonce, qop: "auth", algorithm: digestOf("MD5"), count: 1},
			[]string{`response="8ca523f5e9506fed4657c9700eebdbec"`, "nc=00000001", `username="Mufasa"`}},
		{"AUTH-05", "RFC 7616 §3.9.1 SHA-256", "Mufasa", "Circle of Life", "/dir/index.html",
			digestRealm{realm: "http-auth@example.org", nonce: nonce, cnonce: cnonce, qop: "auth", algorithm: digestOf("SHA-256"), named: true, count: 1},
			[]string{`response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`, "algorithm=SHA-256"}},
		{"AUTH-05", "RFC 7616 §3.9.2, erratum 4897", "Jäsøn Doe", "Secret, or not?", "/doe.json",
			digestRealm{realm: "api@example.org", nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
				opaque: "HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", qop: "auth", algorithm: digestOf("SHA-512-256"), named: true, userhash: true, utf8: true, count: 1},
			[]string{`username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"`,
				`response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"`, "userhash=true"}},
		{"AUTH-05", "RFC 2617 §3.5", "Mufasa", "Circle Of Life", "/dir/index.html",
			digestRealm{realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", cnonce: "0a4f113b", qop: "auth", algorithm: digestOf("MD5"), count: 1},
			[]string{`response="6629fae49393a05397450978507c4ef1"`}},
		{"AUTH-05", "RFC 2069 §2.4, erratum 749", "Mufasa", "CircleOfLife", "/dir/index.html",
			digestRealm{realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", algorithm: digestOf("MD5"), count: 1},
			[]string{`response="1949323746fe6a43ef61f9606e7febea"`}},
		{"AUTH-05", "RFC 8187", "Jäsøn Doe", "x", "/", digestRealm{nonce: "n", qop: "auth", algorithm: digestOf("MD5"), utf8: true, count: 1},
			[]string{"username*=UTF-8''J%C3%A4s%C3%B8n%20Doe"}},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			got := row.realm.answer(row.user, row.password, "GET", row.uri, "")
			for _, want := range row.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s lacks %s", got, want)
				}
			}
		})
	}
}

var digestURL = &url.URL{Scheme: "https", Host: "a.test", Path: "/x", RawQuery: "y=1"}

func (d *Digest) ask(t *testing.T, challenges ...string) bool {
	t.Helper()
	var h Header
	for _, c := range challenges {
		h = append(h, Field{Name: "WWW-Authenticate", Value: c})
	}
	return d.challenged(digestURL, h)
}

// TestDigest: which challenge is taken, and what follows.
func TestDigest(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ id, name, challenge, want string }{
		{"AUTH-05", "strongest", `Digest nonce=a, algorithm=MD5, Digest nonce=b, algorithm=SHA-512-256, Digest nonce=c, algorithm=SHA-256`, `nonce="b"`},
		{"AUTH-05", "first of equals", `Digest nonce=a, algorithm=SHA-256, Digest nonce=b, algorithm=SHA-256-sess`, `nonce="a"`},
		{"AUTH-05", "unknown algorithm", `Digest nonce=a, algorithm=SHA-3, Digest nonce=b, algorithm=md5`, `nonce="b"`},
		{"AUTH-05", "auth before auth-int", `Digest nonce=a, qop="auth-int,auth"`, "qop=auth,"},
		{"AUTH-05", "auth-int alone", `Digest nonce=a, qop="auth-int"`, "qop=auth-int,"},
		{"AUTH-05", "unknown qop", `Digest nonce=a, qop="x"`, ""},
		{"AUTH-05", "-sess without qop", `Digest nonce=a, algorithm=MD5-sess`, ""},
		{"AUTH-05", "nonce twice", `Digest nonce=a, nonce=b`, ""},
		{"AUTH-05", "no nonce", `Digest realm=a`, ""},
		{"AUTH-05", "other schemes", `Basic realm=a, Negotiate`, ""},
		{"AUTH-05", "target with query", `Digest nonce=a`, `uri="/x?y=1"`},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			d := &Digest{User: "u", Password: "p"}
			if took := d.ask(t, row.challenge); took != (row.want != "") {
				t.Fatalf("taken: %v", took)
			}
			got, err := d.authorize(&http.Request{Method: "GET", URL: digestURL})
			if err != nil || !strings.Contains(got+",", row.want) || row.want == "" && got != "" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

// TestDigestCounts: nc counts the requests of a nonce, also of one that the server names in advance; other origins get nothing.
func TestDigestCounts(t *testing.T) {
	t.Parallel()
	d := &Digest{User: "u", Password: "p", Rand: bytes.NewReader(make([]byte, 16))}
	if got, err := d.authorize(&http.Request{Method: "GET", URL: digestURL}); got != "" || err != nil {
		t.Fatalf("before the challenge: %q, %v", got, err)
	}
	d.ask(t, `Digest nonce=a, qop=auth, algorithm=MD5-sess`)
	want := func(nonce, nc string) {
		t.Helper()
		got, err := d.authorize(&http.Request{Method: "GET", URL: digestURL})
		if err != nil || !strings.Contains(got, `nonce="`+nonce+`"`) || !strings.Contains(got, "nc="+nc+",") {
			t.Errorf("%s, %v; want %s %s", got, err, nonce, nc)
		}
	}
	want("a", "00000001")
	want("a", "00000002")
	sess := d.realms[0].session
	d.informed(digestURL, Header{{Name: "Authentication-Info", Value: `rspauth="x", nextnonce="b"`}})
	want("b", "00000001")
	if sess == "" || d.realms[0].session != sess {
		t.Error("the key of the session has changed")
	}
	if got, _ := d.authorize(&http.Request{Method: "GET", URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}}); got != "" {
		t.Errorf("another origin: %s", got)
	}
	for i := range 2 * maxDigestRealms {
		d.challenged(&url.URL{Scheme: "https", Host: "h" + strconv.Itoa(i)}, Header{{Name: "WWW-Authenticate", Value: "Digest nonce=n"}})
	}
	if len(d.realms) != maxDigestRealms {
		t.Errorf("%d origins are remembered", len(d.realms))
	}
}

// TestDigestBody: auth-int digests the body, which must be there once more.
func TestDigestBody(t *testing.T) {
	t.Parallel()
	d := &Digest{User: "u", Password: "p"}
	d.ask(t, `Digest nonce=a, qop=auth-int`)
	r, _ := http.NewRequest("POST", digestURL.String(), strings.NewReader("hello"))
	got, err := d.authorize(r)
	c := d.realms[0]
	h := c.algorithm.sum
	want := h(h("u", "", "p"), "a", "00000001", c.cnonce, "auth-int", h("POST", "/x?y=1", h("hello")))
	if err != nil || !strings.Contains(got, want) {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if left, _ := io.ReadAll(r.Body); string(left) != "hello" {
		t.Errorf("the body was taken: %q", left)
	}
	r.GetBody = nil
	if _, err := d.authorize(r); !errors.Is(err, ErrBodyNotReplayable) {
		t.Errorf("%v", err)
	}
}

package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// settingVector is a vector of cookies: what of the lines that a response to from sets is sent to a second URL.
type settingVector struct {
	id, name string
	set      []string
	from, to string // to: from, if empty
	want     string
}

// cookieVectors returns the vectors of cookies.
func cookieVectors() []*vector {
	var all []*vector
	for _, v := range settingVectors() {
		to := v.to
		if to == "" {
			to = v.from
		}
		all = append(all, &vector{
			id: v.id, name: v.name, calls: []vectorCall{{Method: "GET", URL: v.from}, {Method: "GET", URL: to}},
			answers: []answer{{set: v.set}}, want: v.want,
		})
	}
	return all
}

func settingVectors() []*settingVector {
	const site, home = "http://a.test/", "http://a.test/x/y"
	later := time.Now().Add(500 * 24 * time.Hour).UTC().Format(http.TimeFormat)
	past := "Thu, 01 Jan 2015 00:00:00 GMT"
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf("c%02d=%d", i, i)
	}
	return []*settingVector{
		{id: "COOKIE-17", name: "domain", set: []string{"a=1; Domain=a.test"}, from: "http://s.a.test/", to: "http://x.a.test/", want: "a=1"},
		{id: "COOKIE-17", name: "domain with a dot", set: []string{"a=1; Domain=.a.test"}, from: "http://s.a.test/", to: site, want: "a=1"},
		{id: "COOKIE-17", name: "no suffix of letters", set: []string{"a=1; Domain=a.test"}, from: site, to: "http://xa.test/", want: ""},
		{id: "COOKIE-22", name: "blanks and marks", set: []string{`a=x y,z(w)`}, from: site, want: "a=x y,z(w)"},
		{id: "COOKIE-23", name: "quotes", set: []string{`a="x y"`}, from: site, want: `a="x y"`},
		{id: "COOKIE-23", name: "escapes", set: []string{`a="x\"y"`}, from: site, want: `a="x\"y"`},
		{id: "COOKIE-40", name: "4096 bytes", set: []string{"a=" + strings.Repeat("x", 4095)}, from: site, want: "a=xxxxxxxxxxxxxxxxxx… (4097 bytes)"},
		{id: "COOKIE-40", name: "4097 bytes", set: []string{"a=" + strings.Repeat("x", 4096)}, from: site, want: ""},
		{id: "COOKIE-40", name: "a line of 6000 bytes", set: []string{"a=1; X=" + strings.Repeat("x", 6000)}, from: site, want: "a=1"},
		{id: "COOKIE-40", name: "60 lines", set: many, from: site, want: "c00=0; c01=1; c02=2;… (468 bytes)"},
		{id: "COOKIE-41", name: "control octet in the value", set: []string{"a=x\x01y", "b=1"}, from: site, want: "b=1"},
		{id: "COOKIE-41", name: "DEL in the value", set: []string{"a=x\x7fy", "b=1"}, from: site, want: "b=1"},
		{id: "COOKIE-41", name: "TAB in the value", set: []string{"a=x\ty", "b=1"}, from: site, want: "a=x\ty; b=1"},
		{id: "COOKIE-41", name: "no equals sign", set: []string{"foo"}, from: site, want: "foo"},
		{id: "COOKIE-41", name: "empty name", set: []string{"=x"}, from: site, want: "x"},
		{id: "COOKIE-41", name: "empty name and value", set: []string{"=", "b=1"}, from: site, want: "b=1"},
		{id: "COOKIE-41", name: "name that is no token", set: []string{"a b=1", "c=2"}, from: site, want: "a b=1; c=2"},
		{id: "COOKIE-41", name: "backslash and quote", set: []string{`a=x\y"z`, "c=2"}, from: site, want: `a=x\y"z; c=2`},
		{id: "COOKIE-41", name: "beyond ASCII", set: []string{"a=é", "c=2"}, from: site, want: "a=é; c=2"},
		{id: "COOKIE-42", name: "upper case", set: []string{"a=1; Domain=A.TEST"}, from: site, to: "http://s.a.test/", want: "a=1"},
		{id: "COOKIE-42", name: "empty Domain", set: []string{"a=1; Domain="}, from: site, want: "a=1"},
		{id: "COOKIE-42", name: "empty Domain is host-only", set: []string{"a=1; Domain="}, from: site, to: "http://s.a.test/", want: ""},
		{id: "COOKIE-42", name: "the last Domain counts", set: []string{"a=1; Domain=b.test; Domain="}, from: site, want: "a=1"},
		{id: "COOKIE-42", name: "a stranger's Domain", set: []string{"a=1; Domain=b.test"}, from: site, want: ""},
		{id: "COOKIE-42", name: "a subdomain as Domain", set: []string{"a=1; Domain=s.a.test"}, from: site, want: ""},
		{id: "COOKIE-42", name: "address", set: []string{"a=1; Domain=127.0.0.1"}, from: "http://127.0.0.1/", want: "a=1"},
		{id: "COOKIE-42", name: "address in brackets", set: []string{"a=1"}, from: "http://[::1]/", want: "a=1"},
		{id: "COOKIE-42", name: "dot behind the host", set: []string{"a=1"}, from: "http://a.test./", to: site, want: ""},
		{id: "COOKIE-43", name: "suffix", set: []string{"a=1; Domain=co.uk", "b=2"}, from: "http://wirelike.co.uk/", want: "b=2"},
		{id: "COOKIE-43", name: "suffix for itself", set: []string{"a=1; Domain=github.io"}, from: "http://github.io/", want: "a=1"},
		{id: "COOKIE-43", name: "suffix for itself is host-only", set: []string{"a=1; Domain=gitlab.io"}, from: "http://gitlab.io/", to: "http://x.gitlab.io/", want: ""},
		{id: "COOKIE-44", name: "Max-Age beats Expires", set: []string{"a=1; Max-Age=60; Expires=" + past}, from: site, want: "a=1"},
		{id: "COOKIE-44", name: "Max-Age of zero", set: []string{"a=1; Max-Age=0", "b=1; Max-Age=-1", "c=1; Max-Age=9"}, from: site, want: "c=1"},
		{id: "COOKIE-44", name: "Max-Age that is no number", set: []string{"a=1; Max-Age=x", "b=1"}, from: site, want: "a=1; b=1"},
		{id: "COOKIE-44", name: "Max-Age in quotes", set: []string{`a=1; Max-Age="0"`, "b=1"}, from: site, want: "a=1; b=1"},
		{id: "COOKIE-44", name: "Max-Age with a zero in front", set: []string{"a=1; Max-Age=09"}, from: site, want: "a=1"},
		{id: "COOKIE-44", name: "Expires", set: []string{"a=1; Expires=" + past, "b=1; Expires=" + later}, from: site, want: "b=1"},
		{id: "COOKIE-44", name: "Expires with two digits of the year", set: []string{"a=1; Expires=Thu, 01-Jan-15 00:00:00 GMT", "b=1"}, from: site, want: "b=1"},
		{id: "COOKIE-44", name: "Expires without weekday", set: []string{"a=1; Expires=1 Jan 2015 00:00:00", "b=1"}, from: site, want: "b=1"},
		{id: "COOKIE-44", name: "Expires that is no date", set: []string{"a=1; Expires=soon"}, from: site, want: "a=1"},
		{id: "COOKIE-46", name: "Secure over http", set: []string{"a=1; Secure"}, from: site, to: "https://a.test/", want: ""},
		{id: "COOKIE-46", name: "Secure on localhost", set: []string{"a=1; Secure"}, from: "http://localhost/", want: "a=1"},
		{id: "COOKIE-46", name: "Secure over https", set: []string{"a=1; Secure", "b=2"}, from: "https://a.test/", want: "a=1; b=2"},
		{id: "COOKIE-46", name: "Secure is not for http", set: []string{"a=1; Secure"}, from: "https://a.test/", to: site, want: ""},
		{id: "COOKIE-47", name: "prefixes", set: []string{"__Secure-a=1; Secure", "__Host-b=1; Secure; Path=/"}, from: "https://a.test/", want: "__Secure-a=1; __Host-b=1"},
		{id: "COOKIE-47", name: "__Secure- without Secure", set: []string{"__Secure-a=1"}, from: "https://a.test/", want: ""},
		{id: "COOKIE-47", name: "__Host- with a Path", set: []string{"__Host-a=1; Secure; Path=/x"}, from: "https://a.test/x", want: ""},
		{id: "COOKIE-47", name: "__Host- with a Domain", set: []string{"__Host-a=1; Secure; Path=/; Domain=a.test"}, from: "https://a.test/", want: ""},
		{id: "COOKIE-47", name: "__Host- with a default path", set: []string{"__Host-a=1; Secure"}, from: "https://a.test/", want: ""},
		{id: "COOKIE-47", name: "prefix in lower case", set: []string{"__host-a=1; Secure; Path=/x"}, from: "https://a.test/x", want: ""},
		{id: "COOKIE-47", name: "prefix in the value of a nameless one", set: []string{"=__Host-a=1", "b=1"}, from: "https://a.test/", want: "b=1"},
		{id: "COOKIE-48", name: "default path", set: []string{"a=1"}, from: home, to: site, want: ""},
		{id: "COOKIE-48", name: "default path below", set: []string{"a=1"}, from: home, to: "http://a.test/x/z", want: "a=1"},
		{id: "COOKIE-48", name: "Path in quotes", set: []string{`a=1; Path="/"`}, from: home, to: site, want: ""},
		{id: "COOKIE-48", name: "Path without slash", set: []string{"a=1; Path=x"}, from: home, to: site, want: ""},
		{id: "COOKIE-48", name: "empty Path", set: []string{"a=1; Path="}, from: home, to: site, want: ""},
		{id: "COOKIE-48", name: "Path with a slash behind", set: []string{"a=1; Path=/x/"}, from: site, to: "http://a.test/x", want: ""},
		{id: "COOKIE-48", name: "escaped Path", set: []string{"a=1; Path=/%78"}, from: site, to: "http://a.test/x", want: ""},
		{id: "COOKIE-49", name: "border of a Path", set: []string{"a=1; Path=/x"}, from: site, to: "http://a.test/xy", want: ""},
		{id: "COOKIE-49", name: "case of a Path", set: []string{"a=1; Path=/x"}, from: site, to: "http://a.test/X", want: ""},
		{id: "COOKIE-51", name: "replaced keeps its place", set: []string{"a=1", "b=2", "a=3"}, from: site, want: "a=3; b=2"},
		{id: "COOKIE-51", name: "host-only beside domain", set: []string{"a=1; Domain=a.test", "a=2"}, from: site, want: "a=1; a=2"},
		{id: "COOKIE-52", name: "order", set: []string{"a=1", "b=2", "c=3; Path=/x", "longname=4"}, from: "http://a.test/x", want: "c=3; a=1; b=2; longname=4"},
		{id: "COOKIE-53", name: "host-only", set: []string{"a=1"}, from: site, to: "http://s.a.test/", want: ""},
		{id: "COOKIE-55", name: "attributes without effect here", set: []string{"a=1; HttpOnly; SameSite=Lax; X=y", "b=2; samesite=odd"}, from: site, want: "a=1; b=2"},
		{id: "COOKIE-55", name: "SameSite=None without Secure", set: []string{"a=1; SameSite=None", "b=2"}, from: site, want: "b=2"},
		{id: "COOKIE-55", name: "Partitioned without Secure", set: []string{"a=1; Partitioned", "b=2"}, from: site, want: "b=2"},
	}
}

package client_test

import (
	"fmt"
	"strings"
)

// engineVector is a vector of cookies on which engines differ, or might: the responses to some requests for one URL set
// cookies, and another request for it, or for to, shows what is left of them.
type engineVector struct {
	id, name string
	url, to  string // a.test over http, if empty; url
	set      [][]string
	want     string
}

// engineVectors returns the vectors of cookies that are about what engines do otherwise than RFC 6265bis.
func engineVectors() []*vector {
	var all []*vector
	for _, v := range engineTable() {
		if v.url == "" {
			v.url = "http://a.test/"
		}
		if v.to == "" {
			v.to = v.url
		}
		out := &vector{id: v.id, name: v.name, want: v.want}
		for _, set := range v.set {
			out.calls = append(out.calls, vectorCall{Method: "GET", URL: v.url})
			out.answers = append(out.answers, answer{set: set})
		}
		out.calls = append(out.calls, vectorCall{Method: "GET", URL: v.to})
		all = append(all, out)
	}
	return all
}

func engineTable() []engineVector {
	const safe = "https://a.test/"
	one := func(lines ...string) [][]string { return [][]string{lines} }
	x := func(n int) string { return strings.Repeat("x", n) }
	many := func(from, to int, more string) (list []string) {
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf("c%03d=%s", i, more))
		}
		return list
	}
	return []engineVector{
		{id: "COOKIE-40", name: "4096 bytes without name", set: one(x(4096), "z=1"), want: "xxxxxxxxxxxxxxxxxxxx… (4101 bytes)"},
		{id: "COOKIE-40", name: "4097 bytes without name", set: one(x(4097), "z=1"), want: "z=1"},
		{id: "COOKIE-40", name: "an attribute of 1025 bytes", set: one("a=1; Path=/"+x(1024), "z=1"), want: "a=1; z=1"},
		{id: "COOKIE-40", name: "181 cookies", set: [][]string{many(0, 60, ""), many(60, 120, ""), many(120, 181, "")}, want: "c031=; c032=; c033=;… (1048 bytes)"},
		{id: "COOKIE-40", name: "181 cookies, 60 of them Secure", url: safe, set: [][]string{many(0, 60, "; Secure"), many(60, 120, ""), many(120, 181, "")}, want: "c000=; c001=; c002=;… (1048 bytes)"},
		{id: "COOKIE-40", name: "181 cookies, all but the last Secure", url: safe, set: [][]string{many(0, 60, "; Secure"), many(60, 120, "; Secure"), many(120, 180, "; Secure"), {"z=1"}}, want: "c030=; c031=; c032=;… (1048 bytes)"},
		{id: "COOKIE-41", name: "two without equals sign", set: one("foo", "bar"), want: "bar"},
		{id: "COOKIE-41", name: "a name, then none", set: one("foo=1", "b=2", "foo"), want: "foo=1; b=2; foo"},
		{id: "COOKIE-41", name: "equals sign in a nameless value", set: one("=a=b", "z=1"), want: "a=b; z=1"},
		{id: "COOKIE-41", name: "deleted without equals sign", set: one("foo", "foo; Max-Age=0", "z=1"), want: "z=1"},
		{id: "COOKIE-41", name: "TAB in the name", set: one("a\tb=1", "z=1"), want: "a\tb=1; z=1"},
		{id: "COOKIE-41", name: "TABs around", set: one("\ta\t=\t1\t;\tPath\t=\t/\t", "z=1"), want: "a=1; z=1"},
		{id: "COOKIE-41", name: "TAB in an attribute", set: one("a=1; X=a\tb", "z=1"), want: "a=1; z=1"},
		{id: "COOKIE-41", name: "control octet in an attribute", set: one("a=1; X=a\x01b", "z=1"), want: "z=1"},
		{id: "COOKIE-42", name: "a dot as Domain", set: one("a=1; Domain=.", "z=1"), want: "a=1; z=1"},
		{id: "COOKIE-42", name: "a dot behind the Domain", set: one("a=1; Domain=a.test.", "z=1"), want: "z=1"},
		{id: "COOKIE-44", name: "Max-Age with a sign", set: one("a=1; Max-Age=+0", "b=1; Max-Age=-0", "c=1; Max-Age=-", "d=1; Max-Age=-5x", "z=1"), want: "a=1; c=1; d=1; z=1"},
		{id: "COOKIE-44", name: "Max-Age, then none that is a number", set: one("a=1; Max-Age=0; Max-Age=x", "b=1; Max-Age=0; Max-Age=9", "z=1"), want: "b=1; z=1"},
		{id: "COOKIE-47", name: "__Host- with the default path of a page", url: safe + "x", set: one("__Host-a=1; Secure", "z=1; Path=/"), want: "z=1"},
		{id: "COOKIE-47", name: "__Host- with the default path of a directory", url: safe + "x/y", set: one("__Host-a=1; Secure", "z=1; Path=/"), want: "z=1"},
		{id: "COOKIE-47", name: "__Host- with an empty Path", url: safe, set: one("__Host-a=1; Secure; Path=", "z=1"), want: "__Host-a=1; z=1"},
		{id: "COOKIE-47", name: "__Host- with an empty Domain", url: safe, set: one("__Host-a=1; Secure; Path=/; Domain=", "z=1"), want: "__Host-a=1; z=1"},
		{id: "COOKIE-47", name: "__Host- without equals sign", url: safe, set: one("__Host-a; Secure; Path=/", "z=1"), want: "z=1"},
		{id: "COOKIE-47", name: "__Http- without HttpOnly", url: safe, set: one("__Http-a=1; Secure", "__host-http-b=1; Secure; Path=/", "z=1"), want: "__Http-a=1; __host-http-b=1; z=1"},
		{id: "COOKIE-47", name: "__Http- without Secure", url: safe, set: one("__Http-a=1; HttpOnly", "=__Http-a=1; HttpOnly", "z=1"), want: "__Http-a=1; __Http-a=1; z=1"},
		{id: "COOKIE-47", name: "__Http- with both", url: safe, set: one("__Http-a=1; Secure; HttpOnly", "__Host-Http-b=1; Secure; HttpOnly; Path=/"), want: "__Http-a=1; __Host-Http-b=1"},
		{id: "COOKIE-51", name: "the same value", set: [][]string{{"a=1", "b=2"}, {"a=1"}}, want: "a=1; b=2"},
		{id: "COOKIE-51", name: "the same value, other attributes", url: safe, set: [][]string{{"a=1", "b=2"}, {"a=1; HttpOnly; SameSite=Lax; Max-Age=60; Secure"}}, want: "a=1; b=2"},
		{id: "COOKIE-51", name: "a new value", set: [][]string{{"a=1", "b=2"}, {"a=3"}}, want: "a=3; b=2"},
		{id: "COOKIE-51", name: "a new value, and back", set: [][]string{{"a=1", "b=2"}, {"a=3", "a=1"}}, want: "a=1; b=2"},
		{id: "COOKIE-51", name: "a new value, and then others", set: [][]string{{"a=1", "b=2"}, {"a=3", "c=4"}, {"b=5"}}, want: "a=3; b=5; c=4"},
		{id: "COOKIE-51", name: "deleted in between", set: [][]string{{"a=1", "b=2"}, {"a=1; Max-Age=0", "a=1"}}, want: "b=2; a=1"},
		{id: "COOKIE-52", name: "a new value and paths", url: "http://a.test/x/y", set: [][]string{{"a=1; Path=/", "b=2; Path=/x"}, {"b=3; Path=/x", "c=4; Path=/x", "a=5; Path=/"}}, want: "b=3; c=4; a=5"},
	}
}

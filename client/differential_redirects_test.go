package client_test

import "fmt"

// redirectVectors returns the vectors of redirects.
func redirectVectors() []*vector {
	all := methodVectors()
	all = append(all, targetVectors()...)
	all = append(all, originVectors()...)
	for _, v := range all {
		if v.show == "" {
			v.show = "Content-Type"
		}
	}
	return all
}

// to is the answer of a redirect.
func to(status int, location ...string) answer { return answer{status: status, location: location} }

const (
	hop = "http://a.test/0"
	end = "/end"
)

// methodVectors: what is a redirect, and which method and body come after it.
func methodVectors() []*vector {
	var all []*vector
	add := func(id, method string, status int, want string) {
		c := vectorCall{Method: method, URL: hop}
		if method != "GET" && method != "HEAD" {
			c.Body, c.Headers = "body", [][2]string{{"Content-Type", "text/x"}}
		}
		all = append(all, &vector{
			id: id, name: fmt.Sprintf("%s %d", method, status), calls: []vectorCall{c}, answers: []answer{to(status, end)},
			want: want,
		})
	}
	for _, status := range []int{300, 304, 305, 306, 399} {
		add("REDIR-03", "GET", status, fmt.Sprintf("GET a.test/0, %d", status))
	}
	const sent = " a.test/0 body [Content-Type: text/x], "
	for _, status := range []int{301, 302, 303} {
		add("REDIR-05", "POST", status, "POST"+sent+"GET a.test/end, 200")
	}
	for _, status := range []int{307, 308} {
		add("REDIR-05", "POST", status, "POST"+sent+"POST a.test/end body [Content-Type: text/x], 200")
	}
	for _, m := range []string{"PUT", "PATCH", "DELETE", "QUERY"} {
		add("REDIR-06", m, 301, m+sent+m+" a.test/end body [Content-Type: text/x], 200")
		add("REDIR-06", m, 302, m+sent+m+" a.test/end body [Content-Type: text/x], 200")
		add("REDIR-06", m, 303, m+sent+"GET a.test/end, 200")
		add("REDIR-06", m, 307, m+sent+m+" a.test/end body [Content-Type: text/x], 200")
	}
	for _, status := range []int{301, 302, 303, 307} {
		add("REDIR-09", "HEAD", status, "HEAD a.test/0, HEAD a.test/end, 200")
	}
	return all
}

// targetVectors: how a Location is read.
func targetVectors() []*vector {
	const dir = "http://a.test/d/0"
	var all []*vector
	add := func(id, name, want string, location ...string) {
		all = append(all, &vector{
			id: id, name: name, calls: []vectorCall{{Method: "GET", URL: dir}}, answers: []answer{to(302, location...)},
			want: want,
		})
	}
	arrives := func(target string) string { return "GET a.test/d/0, GET a.test" + target + ", 200" }
	add("REDIR-04", "no Location", "GET a.test/d/0, 302")
	add("REDIR-04", "empty Location", "GET a.test/d/0, 302", "")
	add("REDIR-04", "two different Locations", "GET a.test/d/0, error", "/x", "/y")
	add("REDIR-04", "the same Location twice", arrives("/x"), "/x", "/x")
	for _, row := range []struct {
		name, location, target string
	}{
		{"relative", "x", "/d/x"},
		{"absolute path", "/x", "/x"},
		{"one up", "../x", "/x"},
		{"query only", "?q", "/d/0?q"},
		{"dot segments", "/a/./b/../c", "/a/c"},
		{"escaped dots", "/a/%2e%2e/c", "/c"},
		{"blank", "/a b", "/a%20b"},
		{"bytes of Latin-1", "/\xe9", "/%E9"},
		{"bytes of UTF-8", "/ü", "/%C3%BC"},
		{"bytes in the query", "/?ü", "/?%C3%BC"},
		{"escapes stay", "/%7e%2F", "/%7e%2F"},
		{"backslashes", `\x\y`, "/x/y"},
		{"quotes and braces", `/"{}`, "/%22%7B%7D"},
		{"blanks around", "  /x  ", "/x"},
	} {
		add("REDIR-16", row.name, arrives(row.target), row.location)
	}
	add("REDIR-16", "network path", "GET a.test/d/0, GET b.test/y, 200", "//b.test:http/y")
	add("REDIR-16", "host in upper case", "GET a.test/d/0, GET b.test/y, 200", "http://B.TEST/y")
	add("REDIR-16", "a bad escape", "GET a.test/d/0, 400", "/%zz") // the server answers it with 400, unseen
	add("REDIR-16", "missing slashes", "GET a.test/d/0, GET a.test/d/y, 200", "http:y")
	add("REDIR-17", "fragment", arrives("/x"), "/x#f")
	add("REDIR-18", "file", "GET a.test/d/0, error", "file:///etc/passwd")
	add("REDIR-18", "data", "GET a.test/d/0, error", "data:,x")
	add("REDIR-18", "javascript", "GET a.test/d/0, error", "javascript:0")
	add("REDIR-18", "no host", "GET a.test/d/0, error", "http://")
	all = append(all, &vector{
		id: "REDIR-02", name: "without end", calls: []vectorCall{{Method: "GET", URL: hop}}, answers: []answer{to(302, "/0")}, loop: true,
		want: "31 × GET a.test/0, error",
	})
	return all
}

// originVectors: what goes along to another origin, and comes back.
func originVectors() []*vector {
	const there, back = "http://b.test/1", "http://a.test/2"
	field := func(id, name, header, value, want string, hops ...string) *vector {
		v := &vector{
			id: id, name: header + " " + name, calls: []vectorCall{{Method: "GET", URL: hop, Headers: [][2]string{{header, value}}}}, show: header,
			want: want,
		}
		for _, h := range hops {
			v.answers = append(v.answers, to(302, h))
		}
		return v
	}
	auth := func(name, want string, hops ...string) *vector {
		return field("REDIR-12", name, "Authorization", "Bearer t", want, hops...)
	}
	const t = " [Authorization: Bearer t]"
	return []*vector{
		auth("on the same origin", "GET a.test/0"+t+", GET a.test/end"+t+", 200", end),
		auth("to another host", "GET a.test/0"+t+", GET b.test/1, 200", there),
		auth("to a subdomain", "GET a.test/0"+t+", GET s.a.test/1, 200", "http://s.a.test/1"),
		auth("to another port", "GET a.test/0"+t+", GET a.test:2/1, 200", "http://a.test:2/1"),
		auth("to https", "GET a.test/0"+t+", GET https://a.test/1, 200", "https://a.test/1"),
		auth("there and back", "GET a.test/0"+t+", GET b.test/1, GET a.test/2"+t+", 200", there, back),
		{
			id: "REDIR-12", name: "credentials to another host", calls: []vectorCall{{Method: "GET", URL: hop, Auth: "u:p"}}, answers: []answer{to(302, there)},
			show: "Authorization", want: "GET a.test/0 [Authorization: Basic dTpw], GET b.test/1, 200",
		},
		field("REDIR-12", "to another host", "Cookie", "a=1", "GET a.test/0 [Cookie: a=1], GET b.test/1, 200", there),
		field("REDIR-13", "to another host", "X-Api-Key", "k", "GET a.test/0 [X-Api-Key: k], GET b.test/1, 200", there),
		field("REDIR-13", "to another host", "Proxy-Authorization", "p", "GET a.test/0 [Proxy-Authorization: p], GET b.test/1, 200", there),
		field("REDIR-13", "to another host", "X-Trace", "t", "GET a.test/0 [X-Trace: t], GET b.test/1 [X-Trace: t], 200", there),
		{
			id: "REDIR-14", name: "credentials in the URL", calls: []vectorCall{{Method: "GET", URL: "http://us%65r:p%40ss@a.test/0"}}, answers: []answer{to(302, end)},
			show: "Authorization", want: "GET a.test/0 [Authorization: Basic dXNlcjpwQHNz], GET a.test/end [Authorization: Basic dXNlcjpwQHNz], 200",
		},
		{
			id: "REDIR-14", name: "credentials in the Location", calls: []vectorCall{{Method: "GET", URL: hop}}, answers: []answer{to(302, "http://u:p@b.test/1"), to(302, "/2")},
			show: "Authorization", want: "GET a.test/0, GET b.test/1 [Authorization: Basic dTpw], GET b.test/2, 200",
		},
		field("REDIR-15", "on the same origin", "Host", "other.test", "GET other.test/0, GET other.test/end, 200", end),
		field("REDIR-15", "to another host", "Host", "other.test", "GET other.test/0, GET b.test/1, 200", there),
		{
			id: "REDIR-23", name: "Referer of a typed address", calls: []vectorCall{{Method: "GET", URL: hop}}, answers: []answer{to(302, end)},
			show: "Referer", want: "GET a.test/0, GET a.test/end, 200",
		},
	}
}

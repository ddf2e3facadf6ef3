package client_test

// hopVectors: cookies along redirects, and those of a call.
func hopVectors() []*vector {
	const there, back = "http://b.test/1", "http://a.test/2"
	own := [][2]string{{"x", "own"}}
	all := []*vector{
		{
			id: "COOKIE-14", name: "of a call, on another host", calls: []vectorCall{{Method: "GET", URL: hop, Cookies: own}}, answers: []answer{to(302, there)},
			want: "GET a.test/0 [Cookie: x=own], GET b.test/1, 200",
		},
		{
			id: "COOKIE-14", name: "of a call, there and back", calls: []vectorCall{{Method: "GET", URL: hop, Cookies: own}}, answers: []answer{to(302, there), to(302, back)},
			want: "GET a.test/0 [Cookie: x=own], GET b.test/1, GET a.test/2 [Cookie: x=own], 200",
		},
		{
			id: "COOKIE-15", name: "of a call, with the next", calls: []vectorCall{{Method: "GET", URL: hop, Cookies: own}, {Method: "GET", URL: there}},
			want: "GET a.test/0 [Cookie: x=own], GET b.test/1, 200",
		},
		{
			id: "COOKIE-16", name: "of a call, on localhost", calls: []vectorCall{{Method: "GET", URL: "http://localhost/0", Cookies: own}},
			want: "GET localhost/0 [Cookie: x=own], 200",
		},
		{
			id: "COOKIE-18", name: "of a call, over that of the jar", calls: []vectorCall{{Method: "GET", URL: hop}, {Method: "GET", URL: back, Cookies: own}, {Method: "GET", URL: "http://a.test/3"}},
			answers: []answer{{set: []string{"x=1", "y=2"}}}, want: "GET a.test/0, GET a.test/2 [Cookie: y=2; x=own], GET a.test/3 [Cookie: x=1; y=2], 200",
		},
		{
			id: "COOKIE-19", name: "set by a redirect", calls: []vectorCall{{Method: "GET", URL: hop}}, answers: []answer{{302, []string{end}, []string{"x=1"}}},
			want: "GET a.test/0, GET a.test/end [Cookie: x=1], 200",
		},
		{
			id: "COOKIE-19", name: "deleted by a redirect", calls: []vectorCall{{Method: "GET", URL: hop}, {Method: "GET", URL: back}},
			answers: []answer{{set: []string{"x=1"}}, {302, []string{end}, []string{"x=; Max-Age=0"}}},
			want:    "GET a.test/0, GET a.test/2 [Cookie: x=1], GET a.test/end, 200",
		},
		{
			id: "COOKIE-20", name: "to another host and back", calls: []vectorCall{{Method: "GET", URL: hop}}, answers: []answer{
				{302, []string{there}, []string{"x=1"}}, {302, []string{back}, []string{"y=2"}}, {302, []string{"http://b.test/3"}, nil},
			},
			want: "GET a.test/0, GET b.test/1, GET a.test/2 [Cookie: x=1], GET b.test/3 [Cookie: y=2], 200",
		},
		{
			id: "COOKIE-25", name: "another Host", calls: []vectorCall{{Method: "GET", URL: hop}, {Method: "GET", URL: back, Headers: [][2]string{{"Host", "b.test"}}}},
			answers: []answer{{set: []string{"x=1"}}}, want: "GET a.test/0, GET b.test/2 [Cookie: x=1], 200",
		},
		{
			id: "COOKIE-27", name: "a Cookie field beside the jar", calls: []vectorCall{{Method: "GET", URL: hop}, {Method: "GET", URL: back, Headers: [][2]string{{"Cookie", "z=3"}}}},
			answers: []answer{{set: []string{"x=1"}}}, want: "GET a.test/0, GET a.test/2 [Cookie: z=3], 200",
		},
		{
			id: "COOKIE-50", name: "over one that is Secure", calls: []vectorCall{{Method: "GET", URL: "https://a.test/"}, {Method: "GET", URL: hop}, {Method: "GET", URL: "https://a.test/"}},
			answers: []answer{{set: []string{"x=1; Secure; Path=/"}}, {set: []string{"x=2; Path=/"}}}, want: "GET https://a.test/, GET a.test/0, GET https://a.test/ [Cookie: x=1], 200",
		},
		{
			id: "COOKIE-50", name: "beside one that is Secure", calls: []vectorCall{{Method: "GET", URL: "https://a.test/"}, {Method: "GET", URL: hop}, {Method: "GET", URL: "https://a.test/loginhelper"}},
			answers: []answer{{set: []string{"x=1; Secure; Path=/login"}}, {set: []string{"x=2; Path=/loginhelper"}}},
			want:    "GET https://a.test/, GET a.test/0, GET https://a.test/loginhelper [Cookie: x=2], 200",
		},
	}
	for _, v := range all {
		v.show = "Cookie"
	}
	return all
}

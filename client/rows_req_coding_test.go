package client_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/wirelike/wirelike/client"
)

func testAcceptEncoding(t *testing.T) {
	srv := newServer(t, true, echo)
	for profile, want := range map[string]string{"": "gzip, deflate, br, zstd", "chromium156": "gzip, deflate, br, zstd", "safari15_3": "gzip, deflate, br"} {
		s := srv.session(t, profile)
		if e := ask(t, s, "GET", srv.url, nil); e.Header.Get("Accept-Encoding") != want {
			t.Errorf("%s: %q", profile, e.Header.Get("Accept-Encoding"))
		}
		if e := ask(t, s, "GET", srv.url, &client.Call{Header: h("accept-encoding", "br")}); e.Header.Get("Accept-Encoding") != "br" {
			t.Errorf("%s, own: %q", profile, e.Header.Get("Accept-Encoding"))
		}
		if e := ask(t, s, "GET", srv.url, &client.Call{Remove: []string{"Accept-Encoding"}}); e.Header["Accept-Encoding"] != nil {
			t.Errorf("%s, removed: %q", profile, e.Header["Accept-Encoding"])
		}
	}
}

func testRawBody(t *testing.T) {
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, gzipped("plain"))
	})
	for _, profile := range []string{"", "chromium156"} {
		s := srv.session(t, profile)
		for _, row := range []struct {
			name string
			call *client.Call
			raw  bool
		}{
			{"decoded", nil, false},
			{"raw", &client.Call{Raw: true}, true},
			{"raw is not what is asked for", &client.Call{Raw: true, Remove: []string{"Accept-Encoding"}}, true},
			{"decoded though not asked for", &client.Call{Remove: []string{"Accept-Encoding"}}, false},
		} {
			res, err := s.Get(t.Context(), srv.url, row.call)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(res.Body)
			if res.Close(); err != nil || (string(b) == "plain") == row.raw {
				t.Errorf("%s, %s: %q, %v", profile, row.name, b, err)
			}
		}
	}
}

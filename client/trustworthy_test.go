package client

import (
	"net/http"
	"net/url"
	"testing"
)

func TestTrustworthy(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		url  string
		want bool
	}{
		{"https://a.test/", true}, {"http://a.test/", false},
		{"http://localhost/", true}, {"http://LOCALHOST.:80/", true}, {"http://a.b.localhost/", true}, {"http://a.localhost.:1/", true},
		{"http://notlocalhost/", false}, {"http://localhost.test/", false}, {"http://.test/", false},
		{"http://127.0.0.1:8080/", true}, {"http://127.255.255.254/", true}, {"http://128.0.0.1/", false}, {"http://10.0.0.1/", false},
		{"http://0.0.0.0/", false}, {"http://127.0.0.1.test/", false},
		{"http://[::1]:81/", true}, {"http://[::2]/", false}, {"http://[::1%25lo]/", false}, {"http://[::ffff:127.0.0.1]/", false},
	} {
		u, err := url.Parse(row.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := trustworthy(u); got != row.want {
			t.Errorf("%s: %t", row.url, got)
		}
		// Both doors ask.
		tr := &Transport{Profile: "firefox153_linux"}
		s, err := New(&Options{Profile: "firefox153_linux"})
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Method: "GET", URL: u}
		if err := tr.init(); err != nil {
			t.Fatal(err)
		}
		_, err = tr.plan(r)
		_, serr := s.chain(t.Context(), "GET", row.url, &Call{})
		if (err == nil) != row.want || (serr == nil) != row.want {
			t.Errorf("%s: transport %v, session %v", row.url, err, serr)
		}
		s.Close()
		tr.Close()
	}
	// Without a profile there is nothing to be true to.
	tr := &Transport{}
	defer tr.Close()
	if err := tr.init(); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.plan(&http.Request{URL: &url.URL{Scheme: "http", Host: "a.test"}}); err != nil {
		t.Error(err)
	}
}

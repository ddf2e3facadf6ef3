package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestStrayPercent: a percent sign that begins no escape is sent as it is, in a call's URL and in a Location (WHATWG URL §1.3;
// Chromium 156, Firefox 153 and curl do so), and changes nothing of how the rest is read.
func TestStrayPercent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, base, location, want string }{
		{"path", "/d/0", "/%zz", "/%zz"},
		{"at the end", "/d/0", "/100%", "/100%"},
		{"one digit", "/d/0", "/%4", "/%4"},
		{"beside escapes", "/d/0", "/%41%zz%2F%25", "/%41%zz%2F%25"},
		{"what looks like a mended one", "/d/0", "/%25zz", "/%25zz"},
		{"both", "/d/0", "/%25zz%zz", "/%25zz%zz"},
		{"relative", "/d/0", "x%", "/d/x%"},
		{"relative to one", "/d/%zz/0", "x", "/d/%zz/x"},
		{"query of one", "/d/%zz", "?q", "/d/%zz?q"},
		{"dot segments", "/d/0", "/a/%zz/../b%/./%2e%2e/c%", "/a/c%"},
		{"beside what is escaped", "/d/0", "/%zz {é}", "/%zz%20%7B%C3%A9%7D"},
		{"query", "/d/0", "/x?%zz=%", "/x?%zz=%"},
		{"path and query", "/d/0", "/%?a=%zz", "/%?a=%zz"},
		{"fragment", "/d/0", "/x#%zz", "/x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 4)
			srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
				redirect := true
				for head := p.Head(); head != ""; head = p.Head() {
					if got <- strings.Fields(head)[1]; redirect && strings.Fields(head)[1] == row.base {
						p.Send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + row.location + "\r\n\r\n")
						redirect = false
						continue
					}
					p.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}
			})
			root := strings.TrimSuffix(srv.URL, "/")
			ask := func(u string, o *client.Options) {
				t.Helper()
				r, err := newSession(t, o).Get(t.Context(), u, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Close()
			}
			ask(root+row.base, nil)
			if first, last := <-got, <-got; first != row.base || last != row.want {
				t.Errorf("redirected: %q, then %q, want %q", first, last, row.want)
			}
			if strings.HasPrefix(row.location, "/") {
				ask(root+row.location, nil)
				if sent := <-got; sent != row.want {
					t.Errorf("of a call: %q, want %q", sent, row.want)
				}
			}
			ask(row.location, &client.Options{BaseURL: root + row.base})
			if sent := <-got; sent != row.want {
				t.Errorf("with a base: %q, want %q", sent, row.want)
			}
		})
	}
}

// TestStrayPercentAway: what a percent sign can do nothing for.
func TestStrayPercentAway(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"http://a%zz/", "http://a%/", "http://%zz@a%zz/x", "http://a%25zz/", "http://localhost:%zz/", "http://a%zz"} {
		if err := get(t, nil, u, nil); !errors.Is(err, client.ErrInvalidURL) {
			t.Errorf("%s: %v", u, err)
		}
	}
	var seen []string
	srv := httptest.NewUnstartedServer(nil)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen = append(seen, r.RequestURI) })
	srv.Start()
	defer srv.Close()
	for _, path := range []string{"/x y%", "/x\r\nA: b%", "/y%", "/y/%zz"} { // a RawPath that is no form of Path does not count
		req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Path, req.URL.RawPath = "/y", path
		res, err := (&http.Client{Transport: newTransport(t, &client.Transport{})}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if got := strings.Join(seen, " "); got != "/y /y /y /y" {
		t.Errorf("%q", got)
	}
}

package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// rangeKinds are the kinds with which a page can ask for a range, each with a script; a no-cors fetch drops the field.
var rangeKinds = []struct {
	kind   profiles.Kind
	script string
}{
	{profiles.Fetch, `fetch("/", {headers: {Range: "bytes=0-10"}}).then(r => r.status)`},
	{profiles.XHR, `new Promise(done => { const x = new XMLHttpRequest(); x.open("GET", "/"); x.setRequestHeader("Range", "bytes=0-10"); x.onload = () => done(x.status); x.send() })`},
}

// TestRange: what a range is asked for in, by sessions and round trippers.
func TestRange(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, echo)
	for _, row := range []struct{ profile, own, want string }{
		{"", "", ""}, {"", "gzip", "gzip"}, {"chromium156", "", "identity"}, {"firefox153_linux", "", "identity"}, {"chromium156", "br", "br"},
	} {
		tr := newTransport(t, &client.Transport{Profile: row.profile, RootCAs: srv.ca.Pool()})
		own := http.Header{"Range": {"bytes=0-10"}}
		if row.own != "" {
			own["Accept-Encoding"] = []string{row.own}
		}
		call := &client.Call{}
		r, _ := http.NewRequestWithContext(t.Context(), "GET", srv.url, nil)
		r.Header = own
		for name, values := range own {
			call.Header.Add(name, values[0])
		}
		res, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var other echoed
		if err := json.NewDecoder(res.Body).Decode(&other); err != nil {
			t.Fatal(err)
		}
		e := ask(t, newSession(t, &client.Options{Transport: tr}), "GET", srv.url, call)
		for who, got := range map[string]string{"a session": e.Header.Get("Accept-Encoding"), "a transport": other.Header.Get("Accept-Encoding")} {
			if got != row.want {
				t.Errorf("%s with profile %q asks for %q, want %q", who, row.profile, got, row.want)
			}
		}
	}
}

// TestRangeOfBrowsers: the browsers ask for ranges in the same way.
func TestRangeOfBrowsers(t *testing.T) {
	besideBrowsers(t, func(w http.ResponseWriter, r *http.Request) string {
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,">`)
		if r.URL.Path == "/page" {
			return ""
		}
		return fmt.Sprint(r.Header["Range"], r.Header["Accept-Encoding"])
	}, func(ctx context.Context, t *testing.T, b *beside) {
		if err := b.Navigate(ctx, b.url+"/page"); err != nil {
			t.Fatal(err)
		}
		for _, row := range rangeKinds {
			if _, err := b.Evaluate(ctx, row.script); err != nil {
				t.Fatal(err)
			}
			want := <-b.heard
			r, err := b.session.Get(ctx, b.url+"/", &client.Call{Kind: row.kind, Referrer: b.url + "/page", Header: h("Range", "bytes=0-10")})
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			if got := <-b.heard; got != want {
				t.Errorf("%s: sent %s, the browser sends %s", row.kind, got, want)
			}
		}
	})
}

package client_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
)

// TestRedirectedOrder: a navigation that a [http.Client] is redirected with has its fields in the order of the recordings
// captures/*/redirects-*.json.
func TestRedirectedOrder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		profile string
		http1   bool
		want    string // names that stand together behind the redirect
		before  string // and in front of it
	}{
		{"chromium156", false, "sec-fetch-dest,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,accept-encoding", ":path,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,upgrade-insecure-requests"},
		{"chromium156", true, "sec-fetch-dest,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,accept-encoding", "connection,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,upgrade-insecure-requests"},
		{"chrome150", false, "sec-fetch-dest,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,accept-encoding", ":path,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,upgrade-insecure-requests"},
		{"firefox153_linux", true, "accept-encoding,connection,upgrade-insecure-requests", "accept-encoding,connection,upgrade-insecure-requests"},
		{"firefox153_linux", false, "accept-encoding,upgrade-insecure-requests", "accept-encoding,upgrade-insecure-requests"},
	} {
		srv := fpserver.NewUnstartedServer(t)
		srv.HTTP1Only = row.http1
		srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/r" {
				http.Redirect(w, r, "/end", http.StatusFound)
			}
		})
		if err := srv.Start(); err != nil {
			t.Fatal(err)
		}
		transport := &client.Transport{Profile: row.profile, RootCAs: srv.CertPool()}
		defer transport.Close()
		res, err := (&http.Client{Transport: transport}).Get(srv.URL + "/r")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		f, err := srv.Conns()[0].Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		sent := ordersIn(f)
		if len(sent) != 2 || !strings.Contains(sent[0]+",", row.before+",") || !strings.Contains(sent[1]+",", row.want+",") {
			t.Errorf("%s, http1 %t: want …%s…, then …%s…, got %q", row.profile, row.http1, row.before, row.want, sent)
		}
		if slices.ContainsFunc(sent, func(s string) bool { return strings.Contains(s, "referer") }) {
			t.Errorf("%s: an address that was typed in has a referrer: %q", row.profile, sent)
		}
	}
}

// ordersIn returns the names of each request's fields, in lower case.
func ordersIn(f *fingerprint.Fingerprint) (out []string) {
	add := func(fields []fingerprint.Field) {
		var names []string
		for _, x := range fields {
			names = append(names, strings.ToLower(x.Name))
		}
		out = append(out, strings.Join(names, ","))
	}
	if f.HTTP2 != nil {
		for _, r := range f.HTTP2.Requests {
			add(r.Fields)
		}
	}
	if f.HTTP1 != nil {
		for _, r := range f.HTTP1.Requests {
			add(r.Fields)
		}
	}
	return out
}

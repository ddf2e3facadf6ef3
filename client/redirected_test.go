package client_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
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

// TestRedirectEnds: over HTTP/2 Chromium resets the stream of a redirect whose end has not come when it is followed, and none
// whose end has; Firefox waits for the end, as a client without a profile does.
func TestRedirectEnds(t *testing.T) {
	t.Parallel()
	const cancels, goesOn = "RST_STREAM 1 CANCEL", "HEADERS "
	for _, row := range []struct {
		reason, profile string
		late            bool
		want            []string // what comes before the end does; nothing else
	}{
		{"the end is late", "chromium156", true, []string{cancels, goesOn}},
		{"the end is late", "chrome120", true, []string{cancels, goesOn}},
		{"the end came with the head", "chromium156", false, []string{goesOn}},
		{"the end is late", "firefox153_linux", true, nil},
		{"the end is late", "safari260", true, nil},
		{"the end is late", "", true, nil},
		{"the end came with the head", "firefox153_linux", false, []string{goesOn}},
	} {
		t.Run(row.profile+" "+row.reason, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ca := testnet.NewCA(t, time.Now())
				ours, theirs := net.Pipe()
				go func() {
					c := tls.Server(theirs, ca.Server("h2"))
					p := testnet.NewFramePeer(t, c, synctest.Wait)
					p.Ignore("SETTINGS", "WINDOW_UPDATE", "PRIORITY")
					p.Settings()
					r := p.Request()
					p.Headers(r.Stream, !row.late, ":status", "302", "location", "/end")
					got := p.Got()
					if len(got) != len(row.want) {
						p.Errorf("before the end came the client sent %q, want %q", got, row.want)
					} else {
						for i := range got {
							if !strings.HasPrefix(got[i], row.want[i]) {
								p.Errorf("the client sent %q, want %q", got, row.want)
							}
						}
					}
					if row.want == nil {
						p.Data(r.Stream, true, []byte("gone"))
						p.Want(goesOn + "...")
					}
					p.Respond(r.Stream+2, "again")
				}()
				tr := &client.Transport{Profile: row.profile, RootCAs: ca.Pool()}
				tr.DialContext = func(context.Context, string, string) (net.Conn, error) { return ours, nil }
				s, err := client.New(&client.Options{Transport: tr})
				if err != nil {
					t.Fatal(err)
				}
				defer tr.Close()
				res, err := s.Get(t.Context(), "https://localhost/", nil)
				if err != nil {
					t.Fatal(err)
				}
				if text, err := res.Text(); text != "again" || err != nil || len(res.History) != 1 {
					t.Errorf("got %q, %v after %d redirects", text, err, len(res.History))
				}
			})
		})
	}
}

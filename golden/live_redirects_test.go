package golden_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// redirectedKinds are the requests of redirects-*.json: /r/NAME is answered with a redirect to /end/NAME.
var redirectedKinds = map[string]profiles.Kind{
	"typed": profiles.Navigate, "link": profiles.Navigate, "form": profiles.Form, "iframe": profiles.Iframe,
	"style": profiles.Style, "script": profiles.Script, "image": profiles.Image, "fetch": profiles.Fetch,
}

// TestMoves: what a redirect changes in the order of fields is what the profile of the recorded browser says, for every kind
// over both protocols; and it changes something.
func TestMoves(t *testing.T) {
	for profile, build := range map[string]string{"chromium156": "chromium156", "firefox153_linux": "firefox153"} {
		p, err := profiles.Lookup(profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, protocol := range []string{"h2", "http/1.1"} {
			e, err := golden.ReadEvidence(os.DirFS("."), "captures/"+build+"/"+recordingFile("redirects", protocol))
			if err != nil {
				t.Fatal(err)
			}
			seen, moved := map[string]bool{}, 0
			for _, f := range parsed(t, e.Connections) {
				for _, r := range requestsIn(f) {
					dir, name, _ := strings.Cut(strings.TrimPrefix(r.target, "/"), "/")
					kind, ok := redirectedKinds[name]
					if !ok {
						continue
					}
					set := p.Headers[kind]
					var conditions []profiles.Condition
					if slices.Contains(r.names, "content-type") {
						conditions = append(conditions, profiles.WithContent)
					}
					h1, h2 := set.Lists(conditions...)
					list := h2
					if protocol != "h2" {
						list = h1
					}
					if dir == "end" {
						seen[name] = true
						before := namesIn(list, r.names)
						if list = p.Followed(kind, protocol, list); !slices.Equal(before, namesIn(list, r.names)) {
							moved++
						}
					}
					if want := namesIn(list, r.names); !slices.Equal(want, r.names) {
						t.Errorf("%s over %s, %s: the list gives %v, the browser sent %v", profile, protocol, r.target, want, r.names)
					}
				}
			}
			if len(seen) != len(redirectedKinds) {
				t.Errorf("%s over %s: only %v were redirected", profile, protocol, seen)
			}
			if moves := p.Browser.Engine == "chromium" || protocol != "h2"; moves != (moved > 0) {
				t.Errorf("%s over %s: %d requests have another order", profile, protocol, moved)
			}
		}
	}
}

// sentRequest is a request by its target and the names of its fields, in lower case.
type sentRequest struct {
	target string
	names  []string
}

func requestsIn(f *fingerprint.Fingerprint) (out []sentRequest) {
	add := func(target string, fields []fingerprint.Field) {
		r := sentRequest{target: target}
		for _, x := range fields {
			if name := strings.ToLower(x.Name); len(r.names) == 0 || r.names[len(r.names)-1] != name {
				r.names = append(r.names, name)
			}
		}
		out = append(out, r)
	}
	if f.HTTP2 != nil {
		for _, r := range f.HTTP2.Requests {
			add(fieldOf(r.Fields, ":path"), r.Fields)
		}
	}
	if f.HTTP1 != nil {
		for _, r := range f.HTTP1.Requests {
			add(r.Target, r.Fields)
		}
	}
	return out
}

// namesIn returns the names of a list that are among those of a request. A name that stands twice has its slot for scripts.
func namesIn(list profiles.FieldList, sent []string) (out []string) {
	for i, f := range list {
		name := strings.ToLower(f.Name)
		twice := slices.ContainsFunc(list[i+1:], func(g fingerprint.Field) bool { return strings.EqualFold(g.Name, name) })
		if slices.Contains(sent, name) && !twice {
			out = append(out, name)
		}
	}
	return out
}

// TestLiveRedirects makes each browser follow a redirect with every kind of request and compares the order of fields with the
// recording. WIRELIKE_UPDATE=1 records it.
func TestLiveRedirects(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.need(t)
			for _, protocol := range []string{"h2", "http/1.1"} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				conns := redirects(ctx, t, browser.Options{Kind: l.kind, Path: l.path}, protocol)
				cancel()
				l.compareRecording(t, recordingFile("redirects", protocol), conns, isRedirected)
			}
		})
	}
}

// redirects makes a fresh browser follow redirects and returns the connections of the server.
func redirects(ctx context.Context, t *testing.T, o browser.Options, protocol string) []fingerprint.Capture {
	t.Helper()
	srv := fpserver.NewUnstartedServer(t)
	srv.HTTP1Only = protocol == "http/1.1"
	srv.Handler = http.HandlerFunc(serveRedirects)
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	steer(ctx, t, o, srv, func(b *browser.Browser) {
		if err := b.Navigate(ctx, srv.URL+"/r/typed"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Evaluate(ctx, `fetch("/r/fetch").then(r => r.text())`); err != nil {
			t.Fatal(err)
		}
		const form = `(() => { const f = document.createElement("form"); f.method = "post"; f.action = "/r/form"; document.body.append(f); f.submit() })()`
		leave(ctx, t, b, `location.href = "/r/link"`, form)
	})
	return used(srv)
}

func serveRedirects(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/r/"); ok {
		status := http.StatusFound
		if r.Method == http.MethodPost {
			status = http.StatusSeeOther
		}
		http.Redirect(w, r, "/end/"+name, status)
		return
	}
	types := map[string]string{"/end/style": "text/css", "/end/script": "text/javascript"}
	if typ := types[r.URL.Path]; typ != "" {
		w.Header().Set("Content-Type", typ)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,">`)
	if r.URL.Path == "/end/typed" {
		fmt.Fprint(w, `<link rel="stylesheet" href="/r/style"><script src="/r/script"></script><body><img src="/r/image"><iframe src="/r/iframe"></iframe>`)
	}
}

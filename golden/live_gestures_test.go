package golden_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/browser"
)

// gesturesPage has a link and a form to the same site, and to another. %[1]q is the other site.
const gesturesPage = `<!doctype html><link rel="icon" href="data:,"><style>a, form { display: block; margin: 40px }</style>
<a id="link" href="/g/link">here</a><a id="away" href="%[1]s/g/away">there</a>
<form id="form" method="post" action="/g/form"><input name="a" value="1"><button>here</button></form>
<form id="query" action="/g/query"><input name="a" value="1"><button>ask</button></form>
<form id="abroad" method="post" action="%[1]s/g/abroad"><input name="a" value="1"><button>there</button></form>`

// gestures makes a fresh browser's user click on links and buttons and returns the connections of the server.
func gestures(ctx context.Context, t *testing.T, o browser.Options, protocol string) []fingerprint.Capture {
	t.Helper()
	srv := fpserver.NewUnstartedServer(t)
	srv.HTTP1Only = protocol == "http/1.1"
	srv.Names = []string{"wire.test"}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, gesturesPage, "https://"+strings.Replace(r.Host, "localhost", "wire.test", 1))
	})
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	steer(ctx, t, o, srv, func(b *browser.Browser) {
		if err := b.Navigate(ctx, srv.URL+"/g/typed"); err != nil {
			t.Fatal(err)
		}
		for _, selector := range []string{"#link", "#form button", "#query button", "#away"} {
			if err := b.Click(ctx, selector); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Navigate(ctx, srv.URL+"/g/again"); err != nil {
			t.Fatal(err)
		}
		if err := b.Click(ctx, "#abroad button"); err != nil {
			t.Fatal(err)
		}
		leave(ctx, t, b, `(() => { const f = document.querySelector("#form"); f.action = "/g/scripted"; f.submit() })()`)
	})
	return used(srv)
}

// TestLiveGestures makes the user of each browser click on links and on the buttons of forms, and compares names, order and
// values of all fields with the recording. WIRELIKE_UPDATE=1 records it.
func TestLiveGestures(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.needLong(t)
			for _, protocol := range []string{"h2", "http/1.1"} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				conns := gestures(ctx, t, browser.Options{Kind: l.kind, Path: l.path}, protocol)
				cancel()
				l.compareRecording(t, recordingFile("gestures", protocol), conns, func(target string) bool { return strings.HasPrefix(target, "/g/") })
			}
		})
	}
}

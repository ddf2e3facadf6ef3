package golden_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/browser"
)

// emptyScript asks, one after the other, for /e/METHOD-none with a request without body and for /e/METHOD-text with one that
// has an empty text for a body.
const emptyScript = `(async () => {
	for (const method of ["POST", "PUT", "PATCH", "DELETE", "QUERY"])
		for (const [name, body] of [["none", undefined], ["text", ""]])
			await fetch("/e/" + method.toLowerCase() + "-" + name, {method, body}).then(r => r.text())
	await new Promise(done => { const x = new XMLHttpRequest(); x.onload = done; x.open("POST", "/e/xhr"); x.send() })
})()`

// empties makes a fresh browser send requests whose bodies are empty and returns the connections of the server.
func empties(ctx context.Context, t *testing.T, o browser.Options, protocol string) []fingerprint.Capture {
	t.Helper()
	srv := fpserver.NewUnstartedServer(t)
	srv.HTTP1Only = protocol == "http/1.1"
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // a response that is faster than the end of the request would cut it off
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,">`)
	})
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	steer(ctx, t, o, srv, func(b *browser.Browser) {
		if err := b.Navigate(ctx, srv.URL+"/e/typed"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Evaluate(ctx, emptyScript); err != nil {
			t.Fatal(err)
		}
		leave(ctx, t, b, `(() => { const f = document.createElement("form"); f.method = "post"; f.action = "/e/form"; document.body.append(f); f.submit() })()`)
	})
	return used(srv)
}

// TestLiveEmpty makes each browser send requests whose bodies are empty, and compares names, order and values of all fields
// with the recording. How they end is for client's TestReplaySessions to compare. WIRELIKE_UPDATE=1 records it.
func TestLiveEmpty(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.needLong(t)
			for _, protocol := range []string{"h2", "http/1.1"} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				conns := empties(ctx, t, browser.Options{Kind: l.kind, Path: l.path}, protocol)
				cancel()
				l.compareRecording(t, recordingFile("empty", protocol), conns, func(target string) bool { return strings.HasPrefix(target, "/e/") })
			}
		})
	}
}

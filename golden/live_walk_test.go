package golden_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/browser"
)

// walkPage names one of each of what a page embeds.
const walkPage = `<!doctype html><link rel="icon" href="/w/icon"><link rel="stylesheet" href="/w/style"><script src="/w/script"></script>` +
	`<img src="/w/image"><iframe src="/w/frame"></iframe>`

// walkScript makes what scripts request, one after the other. %[1]q is the address of the other site, empty for none, %[2]q
// that of the WebSocket.
const walkScript = `(async () => {
	const other = %[1]q
	await (await fetch('/w/fetch')).text()
	await (await fetch('/w/post', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"a":1}'})).text()
	await (await fetch('/w/own', {headers: {'X-Own': '1'}})).text()
	await (await fetch('/w/no-cors', {mode: 'no-cors'})).text()
	await new Promise((done, fail) => {
		const x = new XMLHttpRequest()
		x.onload = done, x.onerror = fail
		x.open('GET', '/w/xhr')
		x.send()
	})
	await (await fetch('/w/away')).text()
	if (other) {
		await (await fetch(other + '/w/cross', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"a":1}'})).text()
		await (await fetch('/w/out')).text()
	}
	await new Promise((done, fail) => {
		const s = new WebSocket(%[2]q)
		s.onerror = fail
		s.onclose = done
		s.onopen = () => s.close()
	})
})()`

// walkForm sends a form from a script.
const walkForm = `(() => {
	const f = document.createElement('form'), i = document.createElement('input')
	f.method = 'post', f.action = '/w/form', i.name = 'a', i.value = '1'
	f.append(i)
	document.body.append(f)
	f.submit()
})()`

// walkServer serves the pages of the walk. icon gets a value once a browser asks for the icon.
func walkServer(t *testing.T, way string) (srv *fpserver.Server, icon <-chan struct{}) {
	t.Helper()
	asked := make(chan struct{}, 1)
	srv = fpserver.NewUnstartedServer(t)
	srv.HTTP1Only, srv.NoTLS = way == "http/1.1", way == "plain"
	srv.Names = []string{"wire.test"}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Headers", "content-type")
		h.Set("Cache-Control", "max-age=3600") // Firefox fetches twice what it looked ahead for and may not keep
		h.Set("Content-Type", "text/html")
		text := `<!doctype html><link rel="icon" href="data:,">`
		switch r.URL.Path {
		case "/w/start":
			http.Redirect(w, r, "/w/page", http.StatusFound)
			return
		case "/w/away":
			http.Redirect(w, r, "/w/landed", http.StatusFound)
			return
		case "/w/out":
			http.Redirect(w, r, "https://"+strings.Replace(r.Host, "localhost", "wire.test", 1)+"/w/abroad", http.StatusFound)
			return
		case "/w/page":
			h.Add("Set-Cookie", "a=1; Path=/")
			h.Add("Set-Cookie", "session=0123456789abcdef0123456789abcdef; Path=/")
			text = walkPage
		case "/w/style":
			h.Set("Content-Type", "text/css")
			text = "p { color: red }"
		case "/w/script":
			h.Set("Content-Type", "text/javascript")
			text = "0"
		case "/w/image", "/w/icon":
			h.Set("Content-Type", "image/svg+xml")
			text = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"/>`
		}
		_, _ = io.WriteString(w, text)
		if r.URL.Path == "/w/icon" {
			select {
			case asked <- struct{}{}:
			default:
			}
		}
	})
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	return srv, asked
}

// walk makes a fresh browser request something of every kind, in the given way ("h2", "http/1.1", "plain"), and returns the
// connections of the server.
func walk(ctx context.Context, t *testing.T, o browser.Options, way string) []*fingerprint.Fingerprint {
	t.Helper()
	return parsed(t, walkConns(ctx, t, o, way))
}

// walkConns is walk, unread.
func walkConns(ctx context.Context, t *testing.T, o browser.Options, way string) []fingerprint.Capture {
	t.Helper()
	srv, icon := walkServer(t, way)
	steer(ctx, t, o, srv, func(b *browser.Browser) {
		if err := b.Navigate(ctx, srv.URL+"/w/start"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-icon: // which the browser asks for once the page is there
		case <-ctx.Done():
			t.Fatal("the browser asks for no icon")
		}
		other := ""
		if way != "plain" {
			other = strings.Replace(srv.URL, "localhost", "wire.test", 1)
		}
		socket := strings.Replace(srv.URL, "http", "ws", 1) + "/ws/echo"
		if _, err := b.Evaluate(ctx, fmt.Sprintf(walkScript, other, socket)); err != nil {
			t.Fatal(err)
		}
		leave(ctx, t, b, walkForm, "location.href = '/w/link'", "location.reload()")
	})
	return used(srv)
}

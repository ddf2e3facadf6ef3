package browser_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/internal/testnet"
)

// site is a TLS server with one page that embeds an image, and the requests that it got.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

func newSite(t *testing.T, ca *testnet.CA) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers open connections that they do not use
	s.TLS = ca.Server("h2", "http/1.1")
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	switch r.URL.Path {
	case "/page":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>here</title><link rel="icon" href="data:,"><img src="/image">`))
	case "/image":
		w.WriteHeader(http.StatusNoContent)
	case "/text":
		_, _ = w.Write([]byte("plain words"))
	case "/replaced":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><script>location.replace("/page")</script>`))
	default:
		http.NotFound(w, r)
	}
}

// url returns the address of path at host, which the browser must resolve to this machine.
func (s *site) url(host, path string) string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return "https://" + net.JoinHostPort(host, port) + path
}

func (s *site) got(path string) []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []*http.Request
	for _, r := range s.requests {
		if r.URL.Path == path {
			got = append(got, r)
		}
	}
	return got
}

// engines are the real browsers and how they name themselves.
var engines = []struct {
	kind  browser.Kind
	agent string
}{
	{browser.Chromium, "HeadlessChrome/"},
	{browser.Firefox, "Firefox/"},
}

func TestRealBrowser(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine.kind), func(t *testing.T) {
			t.Parallel()
			path := browser.Need(t, engine.kind)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			ca := testnet.NewCA(t, time.Now())
			s := newSite(t, ca)
			b, err := browser.Start(ctx, browser.Options{
				Kind: engine.kind, Path: path, CAFile: ca.File(), Hosts: []string{"wire.test"},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			})
			t.Run("navigation", func(t *testing.T) { testNavigation(ctx, t, b, s, engine.agent) })
			t.Run("hosts", func(t *testing.T) { testHosts(ctx, t, b, s) })
			t.Run("evaluate", func(t *testing.T) { testEvaluate(ctx, t, b, s, engine.agent) })
			t.Run("leave", func(t *testing.T) { testLeave(ctx, t, b, s) })
			t.Run("click", func(t *testing.T) { testClick(ctx, t, b, s) })
			t.Run("refused pages", func(t *testing.T) { testRefused(ctx, t, b) })
			t.Run("close", func(t *testing.T) { testClose(ctx, t, b, s) })
		})
	}
}

// testNavigation looks at the request of a navigation as a server sees it: what an address typed in leaves.
func testNavigation(ctx context.Context, t *testing.T, b *browser.Browser, s *site, agent string) {
	if err := b.Navigate(ctx, s.url("localhost", "/page")); err != nil {
		t.Fatal(err)
	}
	pages := s.got("/page")
	if len(pages) != 1 {
		t.Fatalf("got %d requests for the page, want 1", len(pages))
	}
	r := pages[0]
	if r.Proto != "HTTP/2.0" {
		t.Errorf("protocol: got %s, want HTTP/2.0", r.Proto)
	}
	if got := r.UserAgent(); !strings.Contains(got, agent) {
		t.Errorf("User-Agent: got %q, want one with %q", got, agent)
	}
	for name, want := range map[string]string{
		"Sec-Fetch-Site": "none", "Sec-Fetch-User": "?1", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
		"Accept-Language": "en-US,en;q=0.9", "Accept-Encoding": "gzip, deflate, br, zstd", "Referer": "", "Cache-Control": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if len(s.got("/image")) != 1 {
		t.Error("Navigate returned before the page's image was requested")
	}
	// The fragment alone: nothing is loaded again, and nothing is waited for.
	if err := b.Navigate(ctx, s.url("localhost", "/page#part")); err != nil {
		t.Error(err)
	}
	if err := b.Navigate(ctx, s.url("localhost", "/replaced")); err != nil {
		t.Error(err)
	}
	if n := len(s.got("/replaced")); n != 1 {
		t.Errorf("got %d requests for the page that replaces itself, want 1", n)
	}
}

func testHosts(ctx context.Context, t *testing.T, b *browser.Browser, s *site) {
	if err := b.Navigate(ctx, s.url("wire.test", "/text")); err != nil {
		t.Fatal(err)
	}
	texts := s.got("/text")
	if len(texts) != 1 || !strings.HasPrefix(texts[0].Host, "wire.test:") {
		t.Errorf("got %d requests, want one for wire.test", len(texts))
	}
}

func testEvaluate(ctx context.Context, t *testing.T, b *browser.Browser, s *site, agent string) {
	if err := b.Navigate(ctx, s.url("localhost", "/page")); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, expression, want string }{
		{"string", `document.title`, "here"},
		{"number", `6 * 7`, "42"},
		{"nothing", `undefined`, "undefined"},
		{"comment at the end", `1 // one`, "1"},
		{"promise", `fetch("/text").then(r => r.text())`, "plain words"},
	} {
		if got, err := b.Evaluate(ctx, row.expression); err != nil || got != row.want {
			t.Errorf("%s: got %q, %v, want %q", row.name, got, err, row.want)
		}
	}
	if got, err := b.Evaluate(ctx, `navigator.userAgent`); err != nil || !strings.Contains(got, agent) {
		t.Errorf("user agent: got %q, %v", got, err)
	}
	fetches := s.got("/text")
	if r := fetches[len(fetches)-1]; r.Header.Get("Sec-Fetch-Mode") != "cors" || r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		t.Errorf("fetch from the page: got %v", r.Header)
	}
	for _, expression := range []string{`Promise.reject(new Error("no luck"))`, `(() => { throw new Error("no luck") })()`} {
		_, err := b.Evaluate(ctx, expression)
		var thrown *browser.ScriptError
		if !errors.As(err, &thrown) || !strings.Contains(thrown.Reason, "no luck") {
			t.Errorf("%s: got %v, want a ScriptError with the exception's text", expression, err)
		}
	}
}

func testRefused(ctx context.Context, t *testing.T, b *browser.Browser) {
	stranger := newSite(t, testnet.NewCA(t, time.Now()))
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, row := range []struct{ name, url string }{
		{"a server whose authority is not trusted", stranger.url("localhost", "/page")},
		{"a port that nobody listens on", closed.URL},
	} {
		err := b.Navigate(ctx, row.url)
		var refused *browser.NavigationError
		if !errors.As(err, &refused) || refused.URL != row.url || refused.Reason == "" {
			t.Errorf("%s: got %v, want a NavigationError", row.name, err)
		}
	}
	if n := len(stranger.got("/page")); n != 0 {
		t.Errorf("the untrusted server got %d requests", n)
	}
}

// testLeave looks at the requests of a page that navigates by itself.
func testLeave(ctx context.Context, t *testing.T, b *browser.Browser, s *site) {
	if err := b.Navigate(ctx, s.url("localhost", "/page")); err != nil {
		t.Fatal(err)
	}
	images := len(s.got("/image"))
	for _, expression := range []string{fmt.Sprintf("location.href = %q", s.url("wire.test", "/page")), "location.reload()"} {
		if err := b.Leave(ctx, expression); err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		if images++; len(s.got("/image")) != images {
			t.Errorf("%s: the page's image was requested %d times, want %d", expression, len(s.got("/image")), images)
		}
		if got, err := b.Evaluate(ctx, "location.hostname + document.readyState"); err != nil || got != "wire.testcomplete" {
			t.Errorf("%s: got %q, %v, want the whole page of wire.test", expression, got, err)
		}
		pages := s.got("/page")
		r := pages[len(pages)-1]
		if !strings.HasPrefix(r.Host, "wire.test:") || r.Referer() == "" || r.Header.Get("Sec-Fetch-User") != "" {
			t.Errorf("%s: got a request for %s with referrer %q and user %q, want one without user", expression, r.Host, r.Referer(), r.Header.Get("Sec-Fetch-User"))
		}
	}
	var script *browser.ScriptError
	if err := b.Leave(ctx, "missing.word"); !errors.As(err, &script) {
		t.Errorf("an expression that throws: got %v, want a ScriptError", err)
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	var refused *browser.NavigationError
	if err := b.Leave(ctx, fmt.Sprintf("location.href = %q", closed.URL)); !errors.As(err, &refused) {
		t.Errorf("a port that nobody listens on: got %v, want a NavigationError", err)
	}
}

func testClose(ctx context.Context, t *testing.T, b *browser.Browser, s *site) {
	dir := browser.Dir(b)
	if n := processesOf(t, dir); n == 0 {
		t.Fatalf("no process names %s in its command line: the count below would prove nothing", dir)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if n := processesOf(t, dir); n != 0 {
		t.Errorf("%d processes are left", n)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the profile is left: %v", err)
	}
	if err := b.Navigate(ctx, s.url("localhost", "/page")); !errors.Is(err, browser.ErrClosed) {
		t.Errorf("navigation after Close: got %v, want ErrClosed", err)
	}
}

// processesOf counts the processes that have dir in their command line or environment.
func processesOf(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	for _, pattern := range []string{"/proc/[0-9]*/cmdline", "/proc/[0-9]*/environ"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), dir) {
				n++
			}
		}
	}
	return n
}

func TestVersion(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine.kind), func(t *testing.T) {
			t.Parallel()
			path := browser.Need(t, engine.kind)
			version, err := browser.Version(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			major, _, ok := strings.Cut(version, ".")
			if !ok || len(major) < 2 || strings.Trim(major, "0123456789") != "" {
				t.Errorf("got %q, want a number like 156.0.8078.79", version)
			}
			t.Log(version)
		})
	}
}

// testClick looks at the request of a link that somebody clicks, and at clicks that lead nowhere.
func testClick(ctx context.Context, t *testing.T, b *browser.Browser, s *site) {
	if err := b.Navigate(ctx, s.url("localhost", "/page")); err != nil {
		t.Fatal(err)
	}
	const link = `(() => { const a = document.createElement("a"); a.id = "go", a.href = "/text", a.textContent = "go"; document.body.append(a) })()`
	if _, err := b.Evaluate(ctx, link); err != nil {
		t.Fatal(err)
	}
	before := len(s.got("/text"))
	if err := b.Click(ctx, "#go"); err != nil {
		t.Fatal(err)
	}
	texts := s.got("/text")
	if len(texts) != before+1 {
		t.Fatalf("got %d requests for the link, want one", len(texts)-before)
	}
	if r := texts[before]; r.Header.Get("Sec-Fetch-User") != "?1" || r.Header.Get("Sec-Fetch-Site") != "same-origin" || r.Referer() == "" {
		t.Errorf("a link that somebody clicks: got %v", r.Header)
	}
	var script *browser.ScriptError
	if err := b.Click(ctx, "#nowhere"); !errors.As(err, &script) {
		t.Errorf("no such element: got %v, want a ScriptError", err)
	}
}

// TestPreferencesAreFirefox: what Chromium cannot honour is refused before anything starts.
func TestPreferencesAreFirefox(t *testing.T) {
	t.Parallel()
	_, err := browser.Start(t.Context(), browser.Options{Kind: browser.Chromium, Preferences: []browser.Preference{{Name: "a.b", Value: true}}})
	if err == nil || !strings.Contains(err.Error(), "a.b") {
		t.Errorf("got %v, want an error that names the preference", err)
	}
}

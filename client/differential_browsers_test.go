package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/internal/testnet"
)

// startBrowser returns what starts a player of a real browser: navigations where a call is no more than a URL, else a fetch
// by a page of the same origin.
func startBrowser(kind browser.Kind) func(*testing.T, *vectorServer, *testnet.CA) *player {
	return func(t *testing.T, s *vectorServer, ca *testnet.CA) *player {
		path := browser.Need(t, kind)
		if os.Getenv("WIRELIKE_SOAK") != "1" && os.Getenv("WIRELIKE_UPDATE") != "1" {
			t.Skip("takes minutes, runs with WIRELIKE_SOAK=1")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		t.Cleanup(cancel)
		version, err := browser.Version(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		major, _, _ := strings.Cut(version, ".")
		p := &player{version: major}
		b, err := browser.Start(ctx, browser.Options{Kind: kind, Path: path, CAFile: ca.File(), Hosts: s.hosts()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		p.play = func(t *testing.T, n int, v *vector) string { return playBrowser(ctx, t, b, s, n, v) }
		return p
	}
}

// noBrowser tells the vectors that need what no page can ask for.
func noBrowser(v *vector) bool {
	for _, c := range v.calls {
		if c.Auth != "" || c.Cookies != nil || strings.Contains(c.URL, "@") || strings.HasPrefix(c.URL, "http://[") || c.Method == "GET" && c.Body != "" {
			return true
		}
		for _, h := range c.Headers {
			switch h[0] {
			case "Cookie", "Host", "Proxy-Authorization":
				return true
			}
		}
		if plain(c) {
			continue
		}
		for _, a := range v.answers {
			for _, l := range a.location {
				if strings.Contains(l, "//") {
					return true // the rules for sharing between origins are not what the vectors are about
				}
			}
		}
	}
	return false
}

func plain(c vectorCall) bool { return c.Method == "GET" && c.Headers == nil }

func playBrowser(ctx context.Context, t *testing.T, b *browser.Browser, s *vectorServer, n int, v *vector) string {
	status := 0
	var err error
	s.begin(n, v)
	for _, c := range s.callsOf(v) {
		script := `performance.getEntriesByType("navigation")[0].responseStatus`
		if plain(c) {
			err = b.Navigate(ctx, c.URL)
		} else {
			scheme, rest, _ := strings.Cut(c.URL, "://")
			host, _, _ := strings.Cut(rest, "/")
			if err = b.Navigate(ctx, scheme+"://"+host+pagePath); err != nil {
				t.Fatal(err)
			}
			script = fetchScript(c)
		}
		text := ""
		if err == nil {
			text, err = b.Evaluate(ctx, script)
		}
		if err == nil {
			status, err = strconv.Atoi(text)
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	return vectorOutcome(v, s.end(), status, err)
}

func fetchScript(c vectorCall) string {
	options := map[string]any{"method": c.Method, "referrerPolicy": "no-referrer"}
	if c.Body != "" {
		options["body"] = c.Body
	}
	if c.Headers != nil {
		options["headers"] = c.Headers
	}
	text, err := json.Marshal(options)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("fetch(%q, %s).then(r => r.status)", c.URL, text)
}

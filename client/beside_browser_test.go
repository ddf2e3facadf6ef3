package client_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/browser"
)

// beside is a real browser and a session with its profile, which make the same requests to one server.
type beside struct {
	*browser.Browser
	session *client.Session
	url     string
	heard   chan string // what the server says of each request
}

// besideBrowsers runs a test with each browser. The server says of a request what it has to, "" for nothing.
func besideBrowsers(t *testing.T, serve func(http.ResponseWriter, *http.Request) string, test func(context.Context, *testing.T, *beside)) {
	t.Parallel()
	for kind, profile := range map[browser.Kind]string{browser.Chromium: "chromium156", browser.Firefox: "firefox153_linux"} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			path := browser.Need(t, kind)
			heard := make(chan string, 10)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if said := serve(w, r); said != "" {
					heard <- said
				}
			}))
			t.Cleanup(srv.Close)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			b, err := browser.Start(ctx, browser.Options{Kind: kind, Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			test(ctx, t, &beside{b, newSession(t, &client.Options{Profile: profile}), srv.URL, heard})
		})
	}
}

package client_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// BenchmarkGet compares a small GET with net/http's.
func BenchmarkGet(b *testing.B) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(b, http2, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
		name := map[bool]string{false: "http1", true: "h2"}[http2]
		b.Run(name+"/net-http", func(b *testing.B) {
			tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: srv.ca.Pool()}, ForceAttemptHTTP2: http2}
			defer tr.CloseIdleConnections()
			benchmarkTransport(b, tr, srv.url)
		})
		for _, profile := range []string{"", "chromium156"} {
			b.Run(fmt.Sprintf("%s/transport/%s", name, profile), func(b *testing.B) {
				tr := &client.Transport{RootCAs: srv.ca.Pool(), Profile: profile}
				defer tr.Close()
				benchmarkTransport(b, tr, srv.url)
			})
			b.Run(fmt.Sprintf("%s/session/%s", name, profile), func(b *testing.B) {
				s := srv.session(b, profile)
				b.ReportAllocs()
				for b.Loop() {
					r, err := s.Get(b.Context(), srv.url, nil)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := r.Bytes(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func benchmarkTransport(b *testing.B, tr http.RoundTripper, url string) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := http.NewRequestWithContext(b.Context(), "GET", url, nil)
		if err != nil {
			b.Fatal(err)
		}
		res, err := tr.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// BenchmarkSession compares a session with cookies and redirects with net/http's client with a jar; internal/bench does so with
// processes of their own.
func BenchmarkSession(b *testing.B) {
	for _, http2 := range []bool{false, true} {
		srv := newServer(b, http2, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "seen=0123456789abcdef; Path=/; Max-Age=3600")
			if r.URL.Path == "/redirect" {
				w.Header().Set("Location", "/")
				w.WriteHeader(http.StatusFound)
				return
			}
			io.WriteString(w, "ok")
		})
		name := map[bool]string{false: "http1", true: "h2"}[http2]
		for _, path := range []string{"/cookies", "/redirect"} {
			b.Run(name+path+"/net-http", func(b *testing.B) {
				tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: srv.ca.Pool()}, ForceAttemptHTTP2: http2}
				defer tr.CloseIdleConnections()
				jar, err := cookiejar.New(nil)
				if err != nil {
					b.Fatal(err)
				}
				c := &http.Client{Transport: tr, Jar: jar}
				b.ReportAllocs()
				for b.Loop() {
					r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, srv.url+path, nil)
					if err != nil {
						b.Fatal(err)
					}
					res, err := c.Do(r)
					if err != nil {
						b.Fatal(err)
					}
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			})
			b.Run(name+path+"/session", func(b *testing.B) {
				s := srv.session(b, "chromium156")
				b.ReportAllocs()
				for b.Loop() {
					res, err := s.Get(b.Context(), srv.url+path, nil)
					if err != nil {
						b.Fatal(err)
					}
					io.Copy(io.Discard, res.Body)
					res.Close()
				}
			})
		}
	}
}

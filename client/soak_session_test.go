package client_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestSoakSession: 1,000 goroutines share one session, with cookies, redirects and retries, and each of them knows exactly what
// it must get, whatever the others do. At the end the server has seen as many requests as the session says that it made, the
// jar has as many cookies as were set, and no goroutine or descriptor is left. With WIRELIKE_SOAK=1 each client takes a
// minute, else two and a half seconds.
func TestSoakSession(t *testing.T) {
	const workers = 1000
	lasting := 2500 * time.Millisecond
	if os.Getenv("WIRELIKE_SOAK") == "1" {
		lasting = time.Minute
	}
	for _, row := range []struct {
		name, profile string
		version       client.HTTPVersion
		rules         client.CookieRules
	}{{"neutral", "", client.HTTP1, client.RulesCurl}, {"chromium156", "chromium156", client.HTTP2, client.RulesChromium}} {
		t.Run(row.name, func(t *testing.T) {
			testnet.LeakCheck(t)
			srv := fpserver.NewServer(t)
			jar := client.NewJar(&client.JarOptions{Rules: row.rules, Limits: client.CookieLimits{Domain: 3 * workers, Total: 3 * workers}})
			s := newSession(t, &client.Options{
				Profile: row.profile, HTTPVersion: row.version, RootCAs: srv.CertPool(), Cookies: jar, MaxConnsPerHost: 24, BaseURL: srv.URL,
				Retry: client.Retry{Count: 2}, ConnectTimeout: -1, Timeouts: client.Timeouts{Headers: -1},
			})
			x := &soak{t: t, s: s}
			var wg sync.WaitGroup
			start := time.Now()
			for i := range workers {
				wg.Go(func() {
					w := &soaker{soak: x, n: i, name: fmt.Sprintf("w%d", i)}
					calls := []func(){w.cookies, w.redirects, w.flaky, w.post}
					for k := 0; !t.Failed() && (k == 0 || time.Since(start) < lasting); k++ {
						w.round = k / len(calls)
						calls[(i+k)%len(calls)]()
						x.calls.Add(1)
					}
					x.cookies.Add(int64(len(w.crumbs)))
				})
			}
			wg.Wait()
			x.settle(srv, int64(workers))
			t.Logf("%d calls, %d requests over %d connections, %d of them again", x.calls.Load(), x.requests.Load(), len(srv.Conns()), x.reconnects.Load())
		})
	}
}

// soak is what all goroutines share; the numbers are the client's side.
type soak struct {
	t                                    *testing.T
	s                                    *client.Session
	calls, requests, reconnects, cookies atomic.Int64
}

// soaker is one of them: its cookies lie under a path of its own, its failures have a key of its own.
type soaker struct {
	*soak
	n      int
	name   string
	round  int
	failed int      // requests that /flaky has had
	crumbs []string // "name=value" of its cookies, in the order in which they were first set
}

// call makes one call and wants it to have been so many requests, and redirects.
func (w *soaker) call(method, path string, c *client.Call, requests, redirects int, answer any) {
	r, err := w.s.Do(w.t.Context(), method, path, c)
	if err != nil {
		w.t.Errorf("%s %s, round %d: %v", method, path, w.round, err)
		return
	}
	if err := r.JSON(answer); err != nil {
		w.t.Errorf("%s %s, round %d: %s, %v", method, path, w.round, r.Status(), err)
	}
	reconnects := r.Info.Reconnects
	for _, h := range r.History {
		reconnects += h.Info.Reconnects
	}
	if r.StatusCode != http.StatusOK || r.Info.Attempts != requests || len(r.History) != redirects {
		w.t.Errorf("%s %s, round %d: %s after %d requests and %d redirects, want %d and %d", method, path, w.round, r.Status(), r.Info.Attempts, len(r.History), requests, redirects)
	}
	w.requests.Add(int64(r.Info.Attempts + reconnects))
	w.reconnects.Add(int64(reconnects))
}

// soakCookies is the answer of /cookie-lab: one Cookie field over HTTP/1.1, several over HTTP/2.
type soakCookies struct{ Cookie []struct{ Text string } }

// want wants the cookies in any order, which is the browser's.
func (w *soaker) want(a *soakCookies, crumbs []string) {
	var got []string
	for _, c := range a.Cookie {
		got = append(got, strings.Split(c.Text, "; ")...)
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(crumbs)); !slices.Equal(got, want) {
		w.t.Errorf("%s, round %d: cookies %q, want %q", w.name, w.round, got, want)
	}
}

// set returns a Set-Cookie line for its path, and notes what it sets.
func (w *soaker) set(name string) string {
	crumb := fmt.Sprintf("%s=%d", name, w.round)
	if i := slices.IndexFunc(w.crumbs, func(c string) bool { return strings.HasPrefix(c, name+"=") }); i >= 0 {
		w.crumbs[i] = crumb
	} else {
		w.crumbs = append(w.crumbs, crumb)
	}
	return url.QueryEscape(crumb + "; Path=/cookie-lab/" + w.name)
}

// cookies sets one, which is sent from the next request on.
func (w *soaker) cookies() {
	var a soakCookies
	had := slices.Clone(w.crumbs)
	w.call("GET", "/cookie-lab/"+w.name+"?set="+w.set("c"), nil, 1, 0, &a)
	w.want(&a, had)
}

// redirects goes over three hops, of which the first sets a cookie that the end gets.
func (w *soaker) redirects() {
	var a soakCookies
	w.call("GET", "/redirect-lab?n=3&status=302&status=307&status=303&cookie="+w.set("r")+"&cookie=&location={next}&location={next}&location=/cookie-lab/"+w.name+"&size=100", nil, 4, 3, &a)
	w.want(&a, w.crumbs)
}

// flaky fails up to twice, and the server says how often it was asked.
func (w *soaker) flaky() {
	const most = 1000 // failures of /flaky
	fail := min((w.n+w.round)%3, max(0, most-w.failed))
	var a struct{ Attempt int }
	w.call("GET", fmt.Sprintf("/flaky/%s/%d", w.name, min(most, w.failed+fail)), nil, 1+fail, 0, &a)
	if w.failed += 1 + fail; a.Attempt != w.failed {
		w.t.Errorf("%s, round %d: the server has had %d requests, want %d", w.name, w.round, a.Attempt, w.failed)
	}
}

// post sends a body over a redirect that keeps it.
func (w *soaker) post() {
	body := bytes.Repeat([]byte(w.name), 100+w.round%100)
	sum := sha256.Sum256(body)
	var a struct {
		Method string
		Body   struct{ SHA256 string }
	}
	w.call("POST", "/redirect-lab?n=1&status=308&location=/echo", &client.Call{Bytes: body}, 2, 1, &a)
	if a.Method != "POST" || a.Body.SHA256 != hex.EncodeToString(sum[:]) {
		w.t.Errorf("%s, round %d: %+v", w.name, w.round, a)
	}
}

// settle compares the sums of both sides.
func (x *soak) settle(srv *fpserver.Server, workers int64) {
	conns := srv.Conns()
	var seen int64
	for _, c := range conns {
		seen += int64(c.Requests())
	}
	if len(conns) == 0 || conns[len(conns)-1].ID != len(conns) {
		x.t.Fatalf("the server remembers %d connections, and not all", len(conns))
	}
	if made := x.requests.Load(); seen != made || x.calls.Load() < workers || made <= x.calls.Load() {
		x.t.Errorf("the server has seen %d requests, the session has made %d, in %d calls", seen, made, x.calls.Load())
	}
	if n := int64(x.s.Jar().Len()); n != x.cookies.Load() || n == 0 {
		x.t.Errorf("%d cookies, want %d", n, x.cookies.Load())
	}
}

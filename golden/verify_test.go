package golden_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
)

// recorder is a test that is allowed to fail.
type recorder struct {
	*testing.T
	failure string
}

func (r *recorder) Fatalf(format string, args ...any) {
	if r.failure == "" {
		r.failure = fmt.Sprintf(format, args...)
	}
}
func (r *recorder) Failed() bool { return r.failure != "" }

// netHTTP is the client that every check must tell from a browser.
func netHTTP(srv *fpserver.Server) http.RoundTripper { return srv.Client().Transport }

// TestVerifyFailsForNetHTTP: a client that is no browser fails, first difference first.
func TestVerifyFailsForNetHTTP(t *testing.T) {
	r := &recorder{T: t}
	golden.Verify(r, "chrome150", freshTransport)
	for _, want := range []string{
		"not chrome150 on the wire", "connections 0, 1, 2: tls.cipher_suites[0] (offset 73) [vary]: want GREASE, got 49195",
		"tls.extensions.grease", "and ", "more",
	} {
		if !strings.Contains(r.failure, want) {
			t.Errorf("the message lacks %q:\n%s", want, r.failure)
		}
	}
}

// freshTransport is net/http's transport with a pool of its own, so that each task gets a new connection.
func freshTransport(srv *fpserver.Server) http.RoundTripper {
	return srv.Client().Transport.(*http.Transport).Clone()
}

// TestVerifyRefuses: what makes a check meaningless is a failure, not a pass.
func TestVerifyRefuses(t *testing.T) {
	broken := errors.New("no network today")
	rows := []struct {
		reason, want, profile string
		build                 func(*fpserver.Server) http.RoundTripper
	}{
		{"an unknown profile", "no golden", "netscape4", freshTransport},
		{"a builder without result", "nil", "chrome150", func(*fpserver.Server) http.RoundTripper { return nil }},
		{"a client that fails", "no network today", "chrome150", func(*fpserver.Server) http.RoundTripper {
			return roundTripper(func(*http.Request) (*http.Response, error) { return nil, broken })
		}},
		{"a client that never connects", "never connected", "chrome150", func(*fpserver.Server) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
			})
		}},
		{"a client that keeps its connection for the next task", "new connection", "chrome150", func(srv *fpserver.Server) http.RoundTripper { return roundTripper(netHTTP(srv).RoundTrip) }},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) {
			r := &recorder{T: t}
			golden.Verify(r, row.profile, row.build)
			if !strings.Contains(r.failure, row.want) {
				t.Errorf("got %q, want a failure with %q", r.failure, row.want)
			}
		})
	}
}

// TestVerifySeesMore: a client that is right where it is looked at, and does more beside it, fails.
func TestVerifySeesMore(t *testing.T) {
	g, err := golden.Load("firefox153_linux", golden.First, "http/1.1")
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		reason, path string
		more         func(context.Context, golden.Task) error
	}{
		{"a connection of its own", "connections", get},
		{"a further request", "http1.requests[2]", func(ctx context.Context, task golden.Task) error {
			task.Requests = append(task.Requests, golden.TaskRequest{URL: task.URL + "/get?more"})
			return get(ctx, task)
		}},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) {
			calls := 0
			r, err := g.Run(t.Context(), subject(func(ctx context.Context, task golden.Task) error {
				if calls++; row.path == "connections" {
					if err := get(ctx, golden.Task{CAFile: task.CAFile, Requests: []golden.TaskRequest{{URL: task.URL + "/get?extra"}}}); err != nil {
						return err
					}
					return get(ctx, task)
				}
				return row.more(ctx, task)
			}), &golden.Options{Connections: 1, Requests: 2})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.Mismatches, func(m golden.Mismatch) bool { return m.Path == row.path }) {
				t.Errorf("%s is not among %d mismatches", row.path, len(r.Mismatches))
			}
		})
	}
}

// TestRunRefusesNothing: a run that would compare nothing is an error.
func TestRunRefusesNothing(t *testing.T) {
	for _, o := range []golden.Options{{Connections: -1}, {Requests: -1}} {
		if _, err := golden.Run(t.Context(), subject(get), "chrome150", &o); err == nil || !strings.Contains(err.Error(), "cannot fail") {
			t.Errorf("%+v: got %v, want a refusal", o, err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRunCounts checks the figures of a result, and what subject and progress are told.
func TestRunCounts(t *testing.T) {
	g, err := golden.Load("firefox153_linux", golden.First, "http/1.1")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	o := &golden.Options{Connections: 2, Requests: 2, Progress: func(profile string, s golden.Situation, protocol string, done, total int) {
		if calls++; profile != "firefox153_linux" || s != golden.First || protocol != "http/1.1" || done != calls || total != 2 {
			t.Errorf("progress %s %s %s %d of %d", profile, s, protocol, done, total)
		}
	}}
	r, err := g.Run(context.Background(), subject(func(ctx context.Context, task golden.Task) error {
		if len(task.Requests) != 2 || !strings.HasPrefix(task.Requests[1].URL, task.URL) {
			return fmt.Errorf("task %+v", task)
		}
		return get(ctx, task)
	}), o)
	if err != nil {
		t.Fatal(err)
	}
	leaves, _ := g.Leaves()
	if r.Leaves != len(leaves) || r.Connections != 2 || calls != 2 || r.Comparisons < 2*len(leaves) {
		t.Errorf("%+v with %d leaves and %d calls", r, len(leaves), calls)
	}
	if len(r.Mismatches) == 0 {
		t.Error("net/http passes for Firefox")
	}
}

// TestRunResume: a client that resumes is told from one that does not, in both versions of TLS.
func TestRunResume(t *testing.T) {
	for _, row := range []struct {
		situation golden.Situation
		missing   string // what the client without tickets lacks
	}{
		{golden.Resumed, "tls.extensions.pre_shared_key"},
		{golden.Resumed12, "tls.extensions.session_ticket"},
	} {
		for _, resumes := range []bool{true, false} {
			g, err := golden.Load("chromium156", row.situation, "h2")
			if err != nil {
				t.Fatal(err)
			}
			var cache tls.ClientSessionCache
			r, err := g.Run(context.Background(), subject(func(ctx context.Context, task golden.Task) error {
				if !task.Resume || len(task.Requests) != 2 || !strings.HasPrefix(task.Requests[0].URL, task.URL+"/close") {
					return fmt.Errorf("task %+v", task)
				}
				if cache = nil; resumes {
					cache = tls.NewLRUClientSessionCache(4)
				}
				return getWith(ctx, task, cache)
			}), &golden.Options{Connections: 2, Requests: 1})
			if err != nil {
				t.Fatal(err)
			}
			paths := map[string]bool{}
			for _, m := range r.Mismatches {
				paths[m.Path] = true
			}
			if paths["tls.resumed"] != !resumes || paths[row.missing] != !resumes || len(paths) < 10 {
				t.Errorf("%s, resumes %v: %d mismatches, tls.resumed %v, %s %v", row.situation, resumes, len(paths), paths["tls.resumed"], row.missing, paths[row.missing])
			}
		}
	}
}

type subject func(context.Context, golden.Task) error

func (f subject) Do(ctx context.Context, t golden.Task) error { return f(ctx, t) }

// get makes the requests of a task with net/http.
func get(ctx context.Context, task golden.Task) error { return getWith(ctx, task, nil) }

func getWith(ctx context.Context, task golden.Task, cache tls.ClientSessionCache) error {
	config, err := trust(task.CAFile)
	if err != nil {
		return err
	}
	config.ClientSessionCache = cache
	tr := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer tr.CloseIdleConnections()
	for _, r := range task.Requests {
		req, err := http.NewRequestWithContext(ctx, "GET", r.URL, nil)
		if err != nil {
			return err
		}
		res, err := tr.RoundTrip(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			return err
		}
	}
	return nil
}

// TestSnapshot pins net/http's client in a file of its own: what cannot be checked is refused, the same client passes,
// another header is named, an update keeps what the file says about variation.
func TestSnapshot(t *testing.T) {
	srv := fpserver.NewUnstartedServer(t)
	srv.HTTP1Only = true // over HTTP/2, the place of net/http's table size update depends on timing
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fetch(srv, "/get"), fetch(srv, "/get"), fetch(srv, "/get", "X-Extra", "1")); err != nil {
		t.Fatal(err)
	}
	conns := srv.Conns()
	file := filepath.Join(t.TempDir(), "dir", "mine.json")
	snapshot := func(update string, c *fpserver.Conn) string {
		t.Setenv("WIRELIKE_UPDATE", update)
		r := &recorder{T: t}
		golden.Snapshot(r, c, file)
		return r.failure
	}
	if got := snapshot("", conns[0]); !strings.Contains(got, "WIRELIKE_UPDATE=1") {
		t.Errorf("a missing snapshot: got %q, want a hint", got)
	}
	if got := snapshot("1", conns[0]); got != "" {
		t.Fatalf("an update fails: %s", got)
	}
	if got := snapshot("", conns[1]); got != "" {
		t.Errorf("the same client fails: %s", got)
	}
	if got, want := snapshot("", conns[2]), "http1.requests[0].fields[x-extra]"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q named", got, want)
	}

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	vary := `"vary": {"one_of": [{"path": "tls.version", "values": ["771", "770"]}]}`
	edited := strings.Replace(string(text), `"vary": {}`, vary, 1)
	if err := os.WriteFile(file, []byte(edited), 0o644); err != nil || edited == string(text) {
		t.Fatalf("no empty variation in the file, %v", err)
	}
	if got := snapshot("1", conns[1]); got != "" {
		t.Fatalf("a second update fails: %s", got)
	}
	if text, err = os.ReadFile(file); err != nil || !strings.Contains(string(text), vary) {
		t.Errorf("the update lost the variation: %v", err)
	}

	for content, want := range map[string]string{
		`{"schema":"wirelike/snapshot/1","vary":{},"fingerprint":{}}`: "cannot fail",
		`{"schema":"wirelike/snapshot/9","vary":{},"fingerprint":{}}`: "wirelike/snapshot/9",
		`{"schema":"wirelike/snapshot/1","very":{}}`:                  "very",
	} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := snapshot("", conns[0]); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want a refusal with %q", content, got, want)
		}
	}
}

// fetch makes one GET over a connection of its own.
func fetch(srv *fpserver.Server, path string, header ...string) error {
	tr := freshTransport(srv).(*http.Transport)
	defer tr.CloseIdleConnections()
	req, err := http.NewRequest("GET", srv.URL+path, nil)
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := tr.RoundTrip(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}

// trust returns a TLS configuration that trusts the authority in a PEM file only.
func trust(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + file)
	}
	return &tls.Config{RootCAs: pool}, nil
}

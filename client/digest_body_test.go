package client_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
)

// TestDigestBodies: qop=auth-int reads a body before it is sent, whatever it is, if it can be had twice.
func TestDigestBodies(t *testing.T) {
	t.Parallel()
	srv := fpserver.NewServer(t)
	pool := srv.CertPool()
	name := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(name, []byte("-hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		body func() io.Reader
		kind *client.Kind
	}{
		{"a file, from where it stands", func() io.Reader {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			f.Seek(1, io.SeekStart)
			return f
		}, nil},
		{"in memory", func() io.Reader { return strings.NewReader("hello") }, nil},
		{"one-shot", func() io.Reader { return io.MultiReader(strings.NewReader("hello")) }, client.ErrBodyNotReplayable},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var sent []int64 // of the second call, whose credentials go along right away
			s := newSession(t, &client.Options{RootCAs: pool, Auth: &client.Digest{User: "joe", Password: "secret"}})
			url := srv.URL + "/auth/digest/SHA-256/joe/secret?qop=auth-int"
			first := row.body
			if row.kind != nil {
				first = func() io.Reader { return strings.NewReader("hello") }
			}
			r, err := s.Post(t.Context(), url, &client.Call{Body: first()})
			if err != nil {
				t.Fatal(err)
			}
			if r.Close(); r.StatusCode != 200 || r.Info.Attempts != 2 {
				t.Errorf("%s after %d", r.Status(), r.Info.Attempts)
			}
			r, err = s.Post(t.Context(), url, &client.Call{Body: row.body(), Progress: func(p client.Progress) { sent = append(sent, p.Sent) }})
			if row.kind != nil {
				if !errors.Is(err, row.kind) {
					t.Errorf("%v, want %v", err, row.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Bytes(); r.StatusCode != 200 || r.Info.Attempts != 1 {
				t.Errorf("%s after %d", r.Status(), r.Info.Attempts)
			}
			if !slices.IsSorted(sent) || len(sent) == 0 || sent[0] != 5 {
				t.Errorf("reading the body first was told as progress: %d", sent)
			}
		})
	}
}

// TestDigestTarget: what is digested is the target of the request line (RFC 7616 §3.4), and the log shows it.
func TestDigestTarget(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, target string
		raw          bool
		want         string
	}{
		{"as browsers write it", "/a/../b?x={y}", false, "/b?x={y}"},
		{"as it is written", "/a/../b?x={y}", true, "/a/../b?x={y}"},
		{"an empty query", "/a?", false, "/a?"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch got := r.Header.Get("Authorization"); {
				case got == "":
					w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="a", qop="auth"`)
					w.WriteHeader(http.StatusUnauthorized)
				case r.RequestURI != row.want || !strings.Contains(got, `uri="`+row.want+`"`):
					t.Errorf("target %s: %s", r.RequestURI, got)
				}
			}))
			defer srv.Close()
			var log strings.Builder
			s := newSession(t, &client.Options{Dump: &log, Auth: &client.Digest{User: "joe", Password: "secret"}})
			r, err := s.Get(t.Context(), srv.URL+row.target, &client.Call{RawURL: row.raw})
			if err != nil {
				t.Fatal(err)
			}
			if r.Close(); r.StatusCode != 200 || strings.Count(log.String(), "> GET "+row.want+" HTTP/1.1\n") != 2 {
				t.Errorf("%s\n%s", r.Status(), &log)
			}
		})
	}
}

package client_test

import (
	"io"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
)

// TestDigestSessions: a server of RFC 7616 lets in whom it should, by all of its algorithms.
func TestDigestSessions(t *testing.T) {
	t.Parallel()
	srv := fpserver.NewServer(t)
	pool := srv.CertPool()
	for _, algorithm := range []string{"MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess", "MD5,SHA-256,SHA-512-256"} {
		for _, query := range []string{"", "?qop=auth-int", "?qop=auth,auth-int", "?qop=none", "?userhash=1", "?uses=1", "?nextnonce=1&uses=1"} {
			if strings.HasSuffix(algorithm, "-sess") && (query == "?qop=none" || query == "?nextnonce=1&uses=1") {
				continue // it cannot be answered; the lab begins a session with each nonce, where RFC 7616 §3.4.2 goes on
			}
			t.Run("AUTH-05 "+algorithm+query, func(t *testing.T) {
				t.Parallel()
				s := newSession(t, &client.Options{RootCAs: pool, Auth: &client.Digest{User: "joe", Password: "secret"}})
				for i, want := range []int{2, 1, 1} {
					if strings.HasSuffix(query, "?uses=1") {
						want = 2 // each nonce is used up
					}
					r, err := s.Post(t.Context(), srv.URL+"/auth/digest/"+algorithm+"/joe/secret"+query, &client.Call{Bytes: []byte("body")})
					if err != nil {
						t.Fatal(err)
					}
					b, _ := r.Bytes()
					if r.StatusCode != 200 || r.Info.Attempts != want {
						t.Fatalf("request %d: %s after %d, want %d: %s", i, r.Status(), r.Info.Attempts, want, b)
					}
				}
			})
		}
	}
	s := newSession(t, &client.Options{RootCAs: pool, Auth: &client.Digest{User: "joe", Password: "wrong"}})
	r, err := s.Get(t.Context(), srv.URL+"/auth/digest/MD5/joe/secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, r.Body)
	if r.StatusCode != 401 || r.Info.Attempts != 2 {
		t.Errorf("a wrong password: %s after %d", r.Status(), r.Info.Attempts)
	}
}

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCookiesWanted checks that a client whose cookies do not come back is not measured as if they did.
func TestCookiesWanted(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, path, cookie string
		status             int
		sets               string
	}{
		{"login", "/login", "", 200, "sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e4f; Path=/; Secure; HttpOnly; SameSite=Lax"},
		{"the cookies of login", "/cookies/10", "sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e4f; theme=dark", 200, "seen=1; Path=/; Max-Age=3600"},
		{"they lead on", "/redirect/10", "sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e4f; theme=dark", 302, "seen=1; Path=/; Max-Age=3600"},
		{"none", "/cookies/10", "", 403, ""},
		{"none at a redirect", "/redirect/10", "", 403, ""},
		{"one is missing", "/cookies/10", "sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e4f", 403, ""},
		{"another value", "/cookies/10", "sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e40; theme=dark", 403, ""},
		{"twice in one field", "/cookies/10", "sid=x; sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e4f; theme=dark", 403, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, row.path, nil)
			if row.cookie != "" {
				r.Header.Set("Cookie", row.cookie)
			}
			w := httptest.NewRecorder()
			newServer().routes().ServeHTTP(w, r)
			sets, _, _ := strings.Cut(strings.Join(w.Header()["Set-Cookie"], "\n"), "\n")
			if w.Code != row.status || sets != row.sets {
				t.Errorf("status %d, sets %q; want %d, %q", w.Code, sets, row.status, row.sets)
			}
		})
	}
}

package client_test

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// TestMultipartCall: a form goes out with its fields behind its parts, in the browser's form, and again over a redirect.
func TestMultipartCall(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/r" {
			_, _ = io.Copy(io.Discard, r.Body)
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
			return
		}
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			t.Error(err)
		}
		var parts []string
		for reader := multipart.NewReader(r.Body, params["boundary"]); ; {
			p, err := reader.NextPart()
			if err != nil {
				break
			}
			b, _ := io.ReadAll(p)
			parts = append(parts, p.FormName()+"="+string(b))
		}
		_ = json.NewEncoder(w).Encode(append(parts, params["boundary"]))
	}))
	defer srv.Close()
	const webkit, firefox, curl = `^----WebKitFormBoundary[A-Za-z0-9]{16}$`, `^----geckoformboundary[0-9a-f]+$`, `^-{24}[A-Za-z0-9]{22}$`
	for _, row := range []struct{ id, profile, word, boundary string }{
		{"REQ-59", "chromium156", "", webkit}, {"REQ-59", "firefox153_linux", "", firefox}, {"REQ-59", "", "", curl},
		{"REQ-59", "chromium156", "firefox", firefox}, {"REQ-59", "firefox153_linux", "chrome", webkit}, {"REQ-59", "", "webkit", webkit}, {"REQ-59", "chromium156", "curl", curl},
	} {
		var m client.Multipart
		m.AddField("a", "1")
		o := &client.Options{Profile: row.profile}
		if row.word != "" {
			o.Override = &profiles.Override{FormBoundary: row.word}
		}
		profile, boundary := row.profile, row.boundary
		s := newSession(t, o)
		res, err := s.Post(t.Context(), srv.URL+"/r", &client.Call{Multipart: &m, Form: client.Q("b", "2")})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := res.JSON(&got); err != nil || len(got) != 3 || got[0] != "a=1" || got[1] != "b=2" || !regexp.MustCompile(boundary).MatchString(got[2]) {
			t.Errorf("%q: %v, %v", profile, got, err)
		}
	}
}

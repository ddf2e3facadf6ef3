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
	for profile, boundary := range map[string]string{"chromium156": `^----WebKitFormBoundary[A-Za-z0-9]{16}$`, "firefox153_linux": `^----geckoformboundary[0-9a-f]+$`, "": `^.+$`} {
		var m client.Multipart
		m.AddField("a", "1")
		s := newSession(t, &client.Options{Profile: profile})
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

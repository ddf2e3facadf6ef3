package fpserver

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestLabBasic(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	code := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct {
			path, field string
			status      int
			why         string // part of the error
		}{
			{"/auth/basic/user/secret", "", 401, "no Authorization"}, {"/auth/basic/user/secret", "Basic " + code("user:secret"), 200, ""},
			{"/auth/basic/user/secret", "bAsIc   " + code("user:secret"), 200, ""}, {"/auth/basic/user/secret", "Basic " + code("user:Secret"), 401, "wrong"},
			{"/auth/basic/user/secret", "Basic " + code("usersecret"), 401, "base64"}, {"/auth/basic/user/secret", "Basic user:secret", 401, "base64"},
			{"/auth/basic/user/secret", "Bearer " + code("user:secret"), 401, "scheme"}, {"/auth/basic/%C3%BC/a:b", "Basic " + code("\u00fc:a:b"), 200, ""},
		} {
			var fields []string
			if row.field != "" {
				fields = []string{"Authorization", row.field}
			}
			resp, b := fetch(t, c, "POST", s.URL+row.path, strings.NewReader("body"), fields...)
			challenge := []string{`Basic realm="fpserver", charset="UTF-8"`}
			if row.status == 200 {
				challenge = nil
			}
			if resp.StatusCode != row.status || !slices.Equal(resp.Header["Www-Authenticate"], challenge) || !strings.Contains(decode[struct{ Error string }](t, b).Error, row.why) {
				t.Errorf("%s %q: %s %v %s", row.path, row.field, resp.Status, resp.Header, b)
			}
		}
		if _, b := fetch(t, c, "GET", s.URL+"/auth/basic/user/secret", nil, "Authorization", "Basic "+code("user:secret")); string(b) != "{\"scheme\": \"Basic\", \"user\": \"user\"}\n" {
			t.Errorf("%s", b)
		}
		r, _ := http.NewRequest("GET", s.URL+"/auth/basic/user/secret", nil)
		r.Header["Authorization"] = []string{"Basic " + code("user:secret"), "Basic " + code("user:secret")}
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != 401 {
			t.Errorf("twice: %s", resp.Status)
		}
	})
}

func TestLabBearer(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for field, challenge := range map[string]string{
			"": `Bearer realm="fpserver"`, "Bearer token": "", "bearer token": "", "Bearer other": `Bearer realm="fpserver", error="invalid_token"`, "Basic token": `Bearer realm="fpserver"`,
		} {
			var fields []string
			if field != "" {
				fields = []string{"Authorization", field}
			}
			resp, b := fetch(t, c, "GET", s.URL+"/auth/bearer/token", nil, fields...)
			if got := resp.Header.Get("Www-Authenticate"); got != challenge || (resp.StatusCode == 200) != (challenge == "") {
				t.Errorf("%q: %s %q", field, resp.Status, got)
			}
			if challenge == "" && string(b) != "{\"scheme\": \"Bearer\"}\n" {
				t.Errorf("%s", b)
			}
		}
	})
}

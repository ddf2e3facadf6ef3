package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// TestLocationsThatLeadNowhere: who does not follow gets the redirect; who does gets an error that has it.
func TestLocationsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		location []string
		kind     *client.Kind
	}{
		{"another scheme, as of an app after a login", []string{"myapp://callback?code=1"}, client.ErrUnsupportedScheme},
		{"mail", []string{"mailto:a@b.test"}, client.ErrInvalidURL},
		{"no port", []string{"http://a.test:99999/"}, client.ErrInvalidURL},
		{"two", []string{"/a", "/b"}, client.ErrProtocol},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Location"] = row.location
				w.WriteHeader(http.StatusFound)
			}))
			defer srv.Close()
			s := newSession(t, nil)
			r, err := s.Get(t.Context(), srv.URL, &client.Call{Redirect: client.Some(client.Redirect{Follow: client.FollowNone})})
			if err != nil {
				t.Fatal(err)
			}
			if r.Close(); r.StatusCode != 302 || r.NextURL != nil || !slices.Equal(r.Header.Values("Location"), row.location) {
				t.Errorf("%s, next %v, %q", r.Status(), r.NextURL, r.Header)
			}
			_, err = s.Get(t.Context(), srv.URL, nil)
			if e := (*client.Error)(nil); !errors.As(err, &e) || !errors.Is(err, row.kind) || e.Response == nil || e.Response.StatusCode != 302 {
				t.Errorf("followed: %v", err)
			}
		})
	}
}

// TestRedirectThatCannotBeMade: the response in the error is not one of those that led to it.
func TestRedirectThatCannotBeMade(t *testing.T) {
	t.Parallel()
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/second", http.StatusFound)
			return
		}
		http.Redirect(w, r, "http://example.test/", http.StatusFound) // which no navigation of the profile is for
	})
	_, err := srv.session(t, "chromium156").Get(t.Context(), srv.url, nil)
	e := (*client.Error)(nil)
	if !errors.As(err, &e) || e.Response == nil {
		t.Fatalf("%v", err)
	}
	if h := e.Response.History; len(h) != 1 || h[0] == e.Response || h[0].URL.Path != "/" || e.Response.URL.Path != "/second" {
		t.Errorf("%v: history of %v is %v", err, e.Response, h)
	}
}

// TestLengthWithoutBody: the length that an answer to HEAD announces is of no body, however large.
func TestLengthWithoutBody(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "99999999999")
		if strings.HasPrefix(r.URL.Path, "/304") {
			w.WriteHeader(http.StatusNotModified)
		}
	}))
	defer srv.Close()
	s := newSession(t, nil)
	for _, row := range []struct {
		method, path string
		want         error
	}{{"HEAD", "/", nil}, {"GET", "/304", nil}, {"GET", "/", client.ErrTooLarge}} {
		r, err := s.Do(t.Context(), row.method, srv.URL+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := r.Bytes(); len(b) != 0 || !errors.Is(err, row.want) {
			t.Errorf("%s %s, length %d: %d bytes, %v", row.method, row.path, r.Length, len(b), err)
		}
	}
}

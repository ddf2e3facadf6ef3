package client_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wirelike/wirelike/client"
)

func TestJarEdit(t *testing.T) {
	t.Parallel()
	set := func(t *testing.T, j *client.Jar, cookies ...client.Cookie) {
		t.Helper()
		if err := j.SetAll(cookies); err != nil {
			t.Fatal(err)
		}
	}
	c := func(name, value, domain, path string) client.Cookie {
		return client.Cookie{Name: name, Value: value, Domain: domain, Path: path}
	}
	t.Run("COOKIE-01", func(t *testing.T) {
		j := &client.Jar{} // the zero value works
		set(t, j, c("a", "1", "a.test", ""), c("b", "2", "a.test", ""))
		k := j.Clone()
		k.Clear(client.Match{})
		if err := j.SetAll([]client.Cookie{c("c", "3", "a.test", ""), c("", "", "a.test", "")}); err == nil || j.Len() != 2 || k.Len() != 0 {
			t.Errorf("%v, %d, %d", err, j.Len(), k.Len())
		}
	})
	t.Run("COOKIE-02", func(t *testing.T) {
		j := client.NewJar(nil)
		set(t, j, client.Cookie{Name: "a", Value: "1", Domain: ".A.test"})
		got, ok := j.Get("a", client.Match{})
		if !ok || got.Path != "/" || got.Domain != "a.test" || got.HostOnly || got.Secure || got.Created.IsZero() {
			t.Errorf("%t %+v", ok, got)
		}
	})
	for _, row := range []struct {
		name string
		c    client.Cookie
		kind *client.Kind
	}{
		{"COOKIE-03 secure", c("__secure-a", "1", "a.test", "/"), client.ErrCookiePrefix},
		{"COOKIE-03 host, path", client.Cookie{Name: "__Host-a", Domain: "a.test", HostOnly: true, Secure: true, Path: "/x"}, client.ErrCookiePrefix},
		{"COOKIE-03 host, domain", client.Cookie{Name: "__Host-a", Domain: "a.test", Secure: true}, client.ErrCookiePrefix},
		{"COOKIE-03 fine", client.Cookie{Name: "__Host-a", Domain: "a.test", HostOnly: true, Secure: true}, nil},
		{"no domain", c("a", "1", "", "/"), client.ErrCookieDomain},
		{"no name", c("", "1", "a.test", "/"), client.ErrInvalidCookie},
		{"line break", c("a", "1\r\nX: y", "a.test", "/"), client.ErrInvalidCookie},
		{"semicolon", c("a", "1; b=2", "a.test", "/"), client.ErrInvalidCookie},
		{"name with =", c("a=", "1", "a.test", "/"), client.ErrInvalidCookie},
		{"path", c("a", "1", "a.test", "x"), client.ErrInvalidCookie},
		{"domain with slash", c("a", "1", "a.test/x", "/"), client.ErrCookieDomain},
		{"too long", c("a", strings.Repeat("x", 4096), "a.test", "/"), client.ErrInvalidCookie},
		{"SameSite", client.Cookie{Name: "a", Domain: "a.test", SameSite: "lax"}, client.ErrInvalidCookie},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := client.NewJar(nil)
			err := j.Set(row.c)
			if row.kind == nil {
				if err != nil || j.Len() != 1 {
					t.Error(err)
				}
				return
			}
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != row.kind || !errors.Is(err, client.ErrInvalidCookie) || j.Len() != 0 {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("COOKIE-04", func(t *testing.T) {
		j := client.NewJar(nil)
		set(t, j, c("a", "1", "a.test", "/"), c("a", "2", "www.a.test", "/x"))
		for m, want := range map[client.Match]string{
			{Domain: "a.test"}: "1", {Domain: ".A.test"}: "1", {Path: "/x"}: "2", {Domain: "www.a.test", Path: "/x"}: "2",
			{}: "2", {Domain: "test"}: "", {Domain: "a.test", Path: "/x"}: "",
		} {
			if got, ok := j.Get("a", m); got.Value != want || ok != (want != "") {
				t.Errorf("%+v: %q", m, got.Value)
			}
		}
	})
	for _, row := range []struct {
		name     string
		a, b     client.Cookie
		want     string
		conflict bool
	}{
		{"COOKIE-05 others", c("a", "1", "a.test", "/"), c("a", "2", "b.test", "/"), "", true},
		{"COOKIE-05 equal values", c("a", "1", "a.test", "/"), c("a", "1", "b.test", "/"), "1", false},
		{"COOKIE-05 subdomain", c("a", "1", "a.test", "/"), c("a", "2", "s.a.test", "/"), "2", false},
		{"COOKIE-06 lookalike", c("a", "1", "example.com", "/"), c("a", "2", "ample.com", "/"), "", true},
		{"COOKIE-06 paths", c("a", "1", "a.test", "/"), c("a", "2", "a.test", "/x"), "", true},
		{"COOKIE-07 missing", c("b", "1", "a.test", "/"), c("c", "2", "a.test", "/x"), "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := client.NewJar(nil)
			set(t, j, row.a, row.b)
			got, err := j.Value("a")
			if got != row.want || errors.Is(err, client.ErrCookieConflict) != row.conflict || !row.conflict && err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	t.Run("COOKIE-08", func(t *testing.T) {
		j := client.NewJar(nil)
		set(t, j, c("a", "1", "a.test", "/"), c("a", "1", "b.test", "/x"), c("b", "1", "a.test", "/"))
		if n := j.Delete("a", client.Match{Path: "/x"}); n != 1 {
			t.Error(n)
		}
		if n, m := j.Delete("a", client.Match{}), j.Delete("a", client.Match{}); n != 1 || m != 0 || j.Len() != 1 {
			t.Error(n, m, j)
		}
	})
	t.Run("COOKIE-09", func(t *testing.T) {
		j := client.NewJar(nil)
		set(t, j, c("a", "1", "a.test", "/"), c("b", "1", "a.test", "/x"), c("c", "1", "b.test", "/"), c("d", "1", "b.test", "/x"))
		a, b, d := j.Clear(client.Match{Domain: "a.test", Path: "/x"}), j.Clear(client.Match{Domain: "b.test"}), j.Clear(client.Match{Domain: "c.test"})
		if a != 1 || b != 2 || d != 0 || j.Clear(client.Match{}) != 1 || j.Len() != 0 {
			t.Error(a, b, d, j)
		}
	})
	t.Run("COOKIE-10", func(t *testing.T) {
		j, k := client.NewJar(nil), client.NewJar(nil)
		set(t, j, c("a", "1", "a.test", "/"), c("b", "1", "a.test", "/"))
		set(t, k, c("a", "2", "a.test", "/"), c("c", "3", "b.test", "/"))
		j.Merge(k)
		j.Merge(j)
		if got, want := j.Map(client.Match{}), map[string]string{"a": "2", "b": "1", "c": "3"}; !maps.Equal(got, want) {
			t.Error(got)
		}
		if got := j.Map(client.Match{Domain: "b.test"}); len(got) != 1 || got["c"] != "3" {
			t.Error(got)
		}
	})
	t.Run("COOKIE-11", func(t *testing.T) {
		j := client.NewJar(nil)
		set(t, j, c("a", "hidden", "a.test", "/"), c("a", "hidden", "b.test", "/x"))
		n := 0
		for range j.All() {
			j.Len() // the jar may be used meanwhile
			n++
		}
		list := slices.Collect(j.All())
		text := j.String() + fmt.Sprintf("%v %+v %#v %v %+v %#v %s", j, j, j, list, list, list, list[0])
		if n != 2 || strings.Contains(text, "hidden") || !strings.Contains(text, "a=[redacted] for b.test/x") {
			t.Error(n, text)
		}
	})
	t.Run("COOKIE-15", func(t *testing.T) {
		j := client.NewJar(nil)
		u := jarURL(t, "http://a.test/x/y")
		if err := j.SetFor(u, client.Cookie{Name: "a", Value: "1"}); err != nil {
			t.Fatal(err)
		}
		if j.Header(u) != "a=1" || j.Header(jarURL(t, "http://b.test/")) != "" || j.Header(jarURL(t, "http://s.a.test/")) != "" {
			t.Error(j)
		}
		if err := j.SetFor(u, client.Cookie{Name: "a", Domain: "b.test"}); !errors.Is(err, client.ErrCookieDomain) {
			t.Error(err)
		}
		if err := j.SetFor(u, client.Cookie{Name: "a", Secure: true}); !errors.Is(err, client.ErrInvalidCookie) {
			t.Error(err)
		}
	})
	t.Run("COOKIE-51 age", func(t *testing.T) {
		j, clock := newJar(client.RulesCurl)
		u := jarURL(t, "http://a.test/")
		j.Store(u, []string{"a=1"})
		clock.t = clock.t.Add(1)
		j.Store(u, []string{"b=2"})
		clock.t = clock.t.Add(1)
		j.Store(u, []string{"a=3"})
		if list := j.For(u); len(list) != 2 || !list[0].Created.Equal(jarStart) || j.Clone().Header(u) != "a=3; b=2" {
			t.Error(j, j.Clone())
		}
	})
	t.Run("COOKIE-55", func(t *testing.T) {
		j := client.NewJar(nil)
		j.Store(jarURL(t, "http://a.test/"), []string{"a=1; HttpOnly; samesite=STRICT; Partitioned"})
		got := j.For(jarURL(t, "http://a.test/"))
		if len(got) != 1 || !got[0].HTTPOnly || !got[0].Partitioned || got[0].SameSite != client.SameSiteStrict {
			t.Errorf("%d", len(got))
		}
	})
}

// TestJarRace: all methods at once; the race detector judges, and the counts.
func TestJarRace(t *testing.T) {
	t.Parallel()
	j, k := client.NewJar(nil), client.NewJar(nil)
	var wg sync.WaitGroup
	for g := range 8 {
		u := jarURL(t, fmt.Sprintf("http://h%d.test/", g))
		wg.Go(func() {
			for i := range 100 {
				j.Store(u, []string{fmt.Sprintf("c%d=1", i%10), "gone=1; Max-Age=0"})
				j.Header(u)
				j.For(u)
				k.Merge(j)
				j.Merge(k)
				j.Clone().Clear(client.Match{})
				j.Delete("none", client.Match{})
				_ = j.String()
			}
		})
	}
	wg.Wait()
	if j.Len() != 80 || k.Len() != 80 {
		t.Error(j.Len(), k.Len())
	}
}

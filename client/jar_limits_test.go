package client_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
)

func TestJarClock(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, row := range []struct {
		name, line string
		lives      time.Duration // the cookie is there until then, and not from then on; 0: it never is, -1: always
		differs    bool          // only with RulesCurl
	}{
		{"COOKIE-44 Max-Age", "a=1; Max-Age=60", time.Minute, false},
		{"COOKIE-44 quotes", `a=1; Max-Age="60"`, time.Minute, true},
		{"COOKIE-44 Expires", "a=1; Expires=Fri, 02 Jan 2026 03:05:05 GMT", time.Minute, false},
		{"COOKIE-44 Max-Age first", "a=1; Max-Age=60; Expires=Sat, 02 Jan 2027 03:05:05 GMT", time.Minute, false},
		{"COOKIE-44 past", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0, false},
		{"COOKIE-44 session", "a=1; Expires=soon", -1, false},
		{"COOKIE-44 empty", "a=1; Max-Age=", -1, false},
		{"COOKIE-45 Max-Age", "a=1; Max-Age=99999999999999999999", 400 * day, false},
		{"COOKIE-45 Expires", "a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT", 400 * day, false},
		{"COOKIE-45 below", "a=1; Max-Age=34559999", 400*day - time.Second, false},
		{"COOKIE-54 purged", "a=1; Max-Age=1", time.Second, false},
	} {
		for rules, name := range ruleNames {
			if row.differs && client.CookieRules(rules) != client.RulesCurl {
				continue
			}
			t.Run(row.name+"/"+name, func(t *testing.T) {
				j, clock := newJar(client.CookieRules(rules))
				u := jarURL(t, "http://a.test/")
				j.Store(u, []string{row.line, "b=2"})
				look := func(want bool) {
					t.Helper()
					n := map[bool]int{false: 1, true: 2}[want]
					if got := strings.HasPrefix(j.Header(u), "a=1"); got != want || j.Len() != n || len(j.For(u)) != n {
						t.Errorf("after %v: sent %t, %d cookies; want %t", clock.t.Sub(jarStart), got, j.Len(), want)
					}
				}
				switch row.lives {
				case -1:
					clock.t = clock.t.AddDate(100, 0, 0)
					look(true)
				case 0:
					look(false)
				default:
					clock.t = jarStart.Add(row.lives - 1)
					look(true)
					clock.t = jarStart.Add(row.lives)
					look(false)
				}
			})
		}
	}
}

func TestJarLimits(t *testing.T) {
	t.Parallel()
	u := func(host string) string { return "http://" + host + "/" }
	lines := func(n int, value string) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("c%d=%s", i, value))
		}
		return list
	}
	t.Run("COOKIE-40 response", func(t *testing.T) {
		for rules, name := range ruleNames {
			j, _ := newJar(client.CookieRules(rules))
			j.Store(jarURL(t, u("a.test")), lines(60, "1"))
			if want := []int{50, 60, 60, 60}[rules]; j.Len() != want {
				t.Errorf("%s: %d cookies, want %d", name, j.Len(), want)
			}
		}
	})
	t.Run("COOKIE-40 sent", func(t *testing.T) {
		for rules, name := range ruleNames {
			j, _ := newJar(client.CookieRules(rules))
			for _, line := range lines(170, "1") {
				j.Store(jarURL(t, u("a.test")), []string{line})
			}
			want := []int{150, 170, 170, 170}[rules]
			if got := strings.Count(j.Header(jarURL(t, u("a.test"))), "="); got != want {
				t.Errorf("%s: %d cookies, want %d", name, got, want)
			}
		}
	})
	t.Run("COOKIE-40 field", func(t *testing.T) {
		j, _ := newJar(client.RulesCurl)
		a := jarURL(t, u("a.test"))
		j.Store(a, []string{"a=" + strings.Repeat("x", 4090), "b=" + strings.Repeat("y", 4094), "c=1"})
		if got := len(j.Header(a)); got != 8190 { // 4092 + 2 + 4096
			t.Errorf("%d bytes, want 8190", got)
		}
		j.Store(a, []string{"a=" + strings.Repeat("x", 4091)})
		if got := len(j.Header(a)); got != 4093 {
			t.Errorf("%d bytes, want 4093", got)
		}
	})
	t.Run("domain", func(t *testing.T) {
		j, _ := newJar(client.RulesCurl)
		a := jarURL(t, "https://a.test/")
		for i := range 181 {
			line := fmt.Sprintf("c%d=1", i)
			if i < 10 {
				line += "; Secure"
			}
			j.Store(a, []string{line})
			if i == 100 {
				j.Header(jarURL(t, "https://a.test/")) // all of them are used again, at the same time
			}
		}
		if j.Len() != 150 {
			t.Errorf("%d cookies, want 150", j.Len())
		}
		for i, want := range map[int]bool{0: true, 9: true, 10: false, 40: false, 41: true, 180: true} {
			if _, ok := j.Get(fmt.Sprintf("c%d", i), client.Match{}); ok != want {
				t.Errorf("c%d is there: %t", i, ok)
			}
		}
	})
	t.Run("total", func(t *testing.T) {
		j := client.NewJar(&client.JarOptions{Limits: client.CookieLimits{Total: 22}})
		for i := range 23 {
			j.Store(jarURL(t, u(fmt.Sprintf("h%d.test", i))), []string{"a=1"})
			if i == 10 {
				j.Header(jarURL(t, u("h0.test")))
			}
		}
		if j.Len() != 20 || j.Header(jarURL(t, u("h0.test"))) == "" || j.Header(jarURL(t, u("h1.test"))) != "" || j.Header(jarURL(t, u("h4.test"))) == "" {
			t.Errorf("%d cookies: %v", j.Len(), j)
		}
	})
	t.Run("one", func(t *testing.T) {
		j := client.NewJar(&client.JarOptions{Limits: client.CookieLimits{Total: 1, Domain: 1}})
		j.Store(jarURL(t, u("a.test")), []string{"a=1", "b=2"})
		if got := j.Header(jarURL(t, u("a.test"))); got != "b=2" {
			t.Errorf("%q", got)
		}
	})
}

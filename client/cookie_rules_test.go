package client_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
)

// TestCookieRules: a session's own jar, those of its calls and of its responses go by the rules of the profile's engine.
func TestCookieRules(t *testing.T) {
	t.Parallel()
	srv := fpserver.NewServer(t)
	for _, row := range []struct {
		profile, engine string
		rules           client.CookieRules
		want            []string // once a has got another value
	}{
		{"", "", client.RulesCurl, []string{"a=3", "b=2"}},
		{"chromium156", "chromium", client.RulesChromium, []string{"b=2", "a=3"}},
		{"chrome150", "chromium", client.RulesChromium, []string{"b=2", "a=3"}},
		{"firefox153_linux", "firefox", client.RulesFirefox, []string{"a=3", "b=2"}},
		{"safari2601", "webkit", client.RulesRFC6265bis, []string{"a=3", "b=2"}},
	} {
		t.Run(row.profile, func(t *testing.T) {
			s := newSession(t, &client.Options{Profile: row.profile, RootCAs: srv.CertPool(), HTTPVersion: client.HTTP2})
			labCookies(t, s, srv.URL+"/cookie-lab?set=a%3D1&set=b%3D2")
			labCookies(t, s, srv.URL+"/cookie-lab?set=a%3D3")
			if got := labCookies(t, s, srv.URL+"/cookie-lab"); !slices.Equal(got, row.want) {
				t.Errorf("%q, want %q", got, row.want)
			}
			if got := client.RulesFor(row.engine); got != row.rules {
				t.Errorf("rules %d, want %d", got, row.rules)
			}
			r, err := s.Get(t.Context(), srv.URL+"/cookie-lab?set=foo", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			named := slices.ContainsFunc(r.Cookies(), func(c client.Cookie) bool { return c.Name == "foo" })
			if named != (row.rules == client.RulesFirefox) || (len(r.Cookies()) == 0) != (row.rules == client.RulesCurl) {
				t.Errorf("a line without equals sign: %v", r.Cookies())
			}
			nameless := &client.Call{Cookies: []client.Cookie{{Value: "x"}}}
			_, err = s.Get(t.Context(), srv.URL+"/cookie-lab", nameless)
			if refused := row.rules == client.RulesCurl || row.rules == client.RulesFirefox; errors.Is(err, client.ErrInvalidCookie) != refused {
				t.Errorf("a call's cookie without name: %v", err)
			}
		})
	}
}

// TestCookieRulesRefused: what a user may put into a jar depends on its rules, and there are four of those.
func TestCookieRulesRefused(t *testing.T) {
	t.Parallel()
	all := []client.CookieRules{client.RulesCurl, client.RulesRFC6265bis, client.RulesChromium, client.RulesFirefox}
	for _, row := range []struct {
		name   string
		cookie client.Cookie
		taken  []client.CookieRules
	}{
		{"no name", client.Cookie{Value: "x"}, []client.CookieRules{client.RulesRFC6265bis, client.RulesChromium}},
		{"an equals sign without name", client.Cookie{Value: "a=b"}, []client.CookieRules{client.RulesRFC6265bis}},
		{"a TAB", client.Cookie{Name: "a", Value: "x\ty"}, []client.CookieRules{client.RulesRFC6265bis, client.RulesFirefox}},
		{"__Http-", client.Cookie{Name: "__HTTP-a", Secure: true}, []client.CookieRules{client.RulesCurl, client.RulesRFC6265bis}},
		{"__Http- with HTTPOnly", client.Cookie{Name: "__Http-a", Secure: true, HTTPOnly: true}, all},
	} {
		for _, rules := range all {
			row.cookie.Domain = "a.test"
			err := client.NewJar(&client.JarOptions{Rules: rules}).Set(row.cookie)
			if (err == nil) != slices.Contains(row.taken, rules) || err != nil && !errors.Is(err, client.ErrInvalidCookie) {
				t.Errorf("%s: %s: %v", row.name, ruleNames[rules], err)
			}
		}
	}
	for _, rules := range []client.CookieRules{-1, 4} {
		if _, err := client.New(&client.Options{Cookies: client.NewJar(&client.JarOptions{Rules: rules})}); !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("rules %d: %v", rules, err)
		}
	}
}

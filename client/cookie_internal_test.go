package client

import (
	"strings"
	"testing"
	"time"
)

// TestCookieDate: dates as RFC 6265bis §5.1.1 reads them; "" for none.
func TestCookieDate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, want string }{
		{"Wed, 09 Jun 2021 10:18:14 GMT", "2021-06-09T10:18:14Z"},
		{"Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"},
		{"Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"},
		{"09-Jun-69 1:2:3", "2069-06-09T01:02:03Z"},
		{"09-Jun-70 1:2:3", "1970-06-09T01:02:03Z"},
		{"2021 09 june 10:18:14 PST", "2021-06-09T10:18:14Z"}, // "20" of 2021 is no day: a digit follows
		{"10:18:14x 09y Jun. 2021z", "2021-06-09T10:18:14Z"},
		{"Mon, 31 Feb 2022 10:18:14", ""}, {"00 Jun 2021 10:18:14", ""}, {"32 Jun 2021 10:18:14", ""},
		{"09 Jun 1600 10:18:14", ""}, {"09 Jun 2021 24:00:00", ""}, {"09 Jun 2021 10:60:00", ""}, {"09 Jun 2021 10:18:60", ""},
		{"09 Jun 2021 10:18", ""}, {"09 Jun 20211 10:18:14", ""}, {"Jun 2021 10:18:14", ""}, {"09 Ju 2021 10:18:14", ""}, {"", ""},
		{"09 Jun 2021", ""},
	} {
		got, ok := cookieDate(row.text)
		text := ""
		if ok {
			text = got.Format(time.RFC3339)
		}
		if text != row.want {
			t.Errorf("%q: %q, want %q", row.text, text, row.want)
		}
	}
}

// TestCookieTruncated: no beginning of a line is anything but a cookie or none, and what is read of it stands in it.
func TestCookieTruncated(t *testing.T) {
	t.Parallel()
	const line = `name="value"; Domain=.a.test; Path="/x/"; Max-Age="10"; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Secure; HttpOnly; SameSite=None; Partitioned`
	l := CookieLimits{}.settled(true)
	for n := range len(line) + 1 {
		for _, rules := range []CookieRules{RulesCurl, RulesRFC6265bis, RulesChromium, RulesFirefox} {
			s, ok := parseSetCookie(line[:n], rules, &l)
			switch pair, _, _ := strings.Cut(line[:n], ";"); {
			case !ok && n > len("name="):
				t.Errorf("%q is none", line[:n])
			case ok && s.name != "" && s.name+"="+s.value != pair && (rules != RulesFirefox || s.name != pair), ok && s.name == "" && s.value != pair:
				t.Errorf("%q: %q, %q", line[:n], s.name, s.value)
			case ok && s.secure != (n >= strings.Index(line, "Secure")+len("Secure")):
				t.Errorf("%q: secure %t", line[:n], s.secure)
			}
		}
	}
}

// TestShelf: a cookie lies where every host that it is for looks.
func TestShelf(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"a.test": "a.test", "x.y.a.test": "a.test", "test": "test", "localhost": "localhost", "a.co.uk": "a.co.uk", "x.a.co.uk": "a.co.uk", "co.uk": "co.uk",
		"github.io": "github.io", "x.y.github.io": "y.github.io", "10.0.0.1": "10.0.0.1", "::1": "::1", "x.a.test.": "a.test.", "test.": "test.", ".": ".", "a..test": ".test",
	} {
		if got := shelf(host); got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}

package shorthand

import "testing"

func TestRedacted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want, why string }{
		{"none", "https://a.test/x?y#z", "https://a.test/x?y#z", "no credentials"},
		{"both", "https://u:p@a.test:1/x", "https://a.test:1/x", "user and password"},
		{"user", "https://token@a.test", "https://a.test", "a token"},
		{"at sign", "https://u:p@q@a.test/x@y", "https://a.test/x@y", "the last one in front of the path"},
		{"path", "https://a.test/@me?x=@", "https://a.test/@me?x=@", "no credentials"},
		{"no URL", "https://u:p%zz/q@a.test/x", "https://a.test/x", "what cannot be parsed may have them anywhere"},
		{"no scheme", "u:p@a.test/x", "a.test/x", "written for short"},
		{"WebSocket", "wss://u:p@a.test/", "wss://a.test/", "any scheme"},
		{"HAR", "HTTPS://u:p@a.test", "HTTPS://a.test", "as it was written"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Redacted(c.in); got != c.want {
				t.Errorf("%q: got %q, want %q: %s", c.in, got, c.want, c.why)
			}
		})
	}
}

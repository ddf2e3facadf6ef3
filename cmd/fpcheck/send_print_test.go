package main

import "testing"

func TestHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"404 Not Found": "404 Not Found", "é\nx": "é\nx", "200 \x1b]0;owned\a": "200 \uFFFD]0;owned\uFFFD", "a\rb\u202ec\xff": "a\uFFFDb\uFFFDc\uFFFD",
	} {
		if got := harmless(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

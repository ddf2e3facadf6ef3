package client

import (
	"errors"
	"testing"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, raw string
		query     Pairs
		want      string
	}{
		{"nothing to do", "https://a.test/x?y=%20z", nil, "https://a.test/x?y=%20z"},
		{"no path", "http://a.test", nil, "http://a.test/"},
		{"capitals", "HTTPS://A.Test/X", nil, "https://a.test/X"},
		{"empty port", "https://a.test:/x", nil, "https://a.test/x"},
		{"port", "https://A.test:8443/x", nil, "https://a.test:8443/x"},
		{"international", "http://ex\u00c4mple.test:81/", nil, "http://xn--exmple-cua.test:81/"},
		{"ideographic stop", "http://a\u3002test/", nil, "http://a.test/"},
		{"address", "https://[::1]:2/", nil, "https://[::1]:2/"},
		{"fragment", "https://a.test/x?y#z", nil, "https://a.test/x?y"},
		{"encoded fragment", "https://a.test/x#%2f", nil, "https://a.test/x"},
		{"empty query", "https://a.test/x?", nil, "https://a.test/x?"},
		{"pairs", "https://a.test/x", Q("a", "1 2"), "https://a.test/x?a=1+2"},
		{"pairs and empty query", "https://a.test/x?", Q("a", "1"), "https://a.test/x?a=1"},
		{"pairs and query", "https://a.test/x?a=0#f", Q("a", "1"), "https://a.test/x?a=0&a=1"},
		{"what may not stand in a URL", "https://a.test/ \"<>?'\u00e9\"<>", nil, "https://a.test/%20%22%3C%3E?%27%C3%A9%22%3C%3E"},
		{"dot segments", "https://a.test/a/./b/../c", nil, "https://a.test/a/c"},
		{"dot segments at the end", "https://a.test/a/b/..?x", nil, "https://a.test/a/?x"},
		{"single dot at the end", "https://a.test/a/.#x", nil, "https://a.test/a/"},
		{"only dots", "https://a.test/..", nil, "https://a.test/"},
		{"above the root", "https://a.test/../../a", nil, "https://a.test/a"},
		{"escaped dots", "https://a.test/a/%2E%2e/b/%2e/c/.%2E/%2fd", nil, "https://a.test/b/%2fd"},
		{"dots that are names", "https://a.test/.../a./.b/%2e%2e%2e/..c", nil, "https://a.test/.../a./.b/%2e%2e%2e/..c"},
		{"empty segments", "https://a.test/a//../b/./c", nil, "https://a.test/a/b/c"},
		{"nothing above empty segments", "https://a.test/..//x", nil, "https://a.test//x"},
		{"dots in the query", "https://a.test/a?/../b", nil, "https://a.test/a?/../b"},
		{"escapes as they are", "https://a.test/%7e%41/../%c3%A9%2f~", nil, "https://a.test/%c3%A9%2f~"},
		{"escaped and dotted", "https://a.test/x/../a b|\u00e9", nil, "https://a.test/a%20b%7C%C3%A9"},
		{"backslashes", "https:\\\\a.test\\x\\..\\y?\\#\\", nil, "https://a.test/y?\\"},
		{"escaped backslash", "https://a.test/x%5C..%5cy", nil, "https://a.test/x%5C..%5cy"},
		{"backslash before an at", "https://a.test\\@b.test/", nil, "https://a.test/@b.test/"},
	} {
		u, err := parseURL(row.raw, row.query)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
		} else if u.String() != row.want {
			t.Errorf("%s: %s, want %s", row.name, u, row.want)
		}
	}
	for _, row := range []struct {
		raw  string
		want *Kind
	}{
		{"", ErrInvalidURL}, {"/x", ErrInvalidURL}, {"//a.test/x", ErrInvalidURL}, {"a.test", ErrInvalidURL}, {"a.test:80/x", ErrInvalidURL},
		{"https:a.test", ErrInvalidURL}, {"https://:80/", ErrInvalidURL}, {"https://a.test:0/", ErrInvalidURL}, {"https://a.test:99999/", ErrInvalidURL},
		{"https:a\\b", ErrInvalidURL}, {"https://a.test:x/", ErrInvalidURL}, {"https://a b/", ErrInvalidURL}, {"https://\u00e9\u2028.test/", ErrInvalidURL}, {"https://u@a.test/", ErrInvalidURL},
		{"file:///etc/passwd", ErrUnsupportedScheme}, {"ws://a.test/", ErrUnsupportedScheme},
	} {
		if u, err := parseURL(row.raw, nil); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, %v", row.raw, u, err)
		}
	}
}

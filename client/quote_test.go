package client_test

import (
	"testing"

	"github.com/wirelike/wirelike/client"
)

// TestQuoteURL has the vectors of the rows.
func TestQuoteURL(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ id, in, unsafe, want string }{
		{"REQ-48 unreserved", "http://h/%41%7E%2d", "", "http://h/A~-"},
		{"REQ-48 reserved", "http://h/a%2fb%3Fc", "", "http://h/a%2fb%3Fc"},
		{"REQ-48 unsafe", "http://h/{}\\^`<>\" x", "", "http://h/%7B%7D%5C%5E%60%3C%3E%22%20x"},
		{"REQ-48 bar", "http://h/a|b", "", "http://h/a|b"},
		{"REQ-48 UTF-8", "http://h/é?ü#ö", "", "http://h/%C3%A9?%C3%BC#%C3%B6"},
		{"REQ-49 no escape", "http://h/%zz%41", "", "http://h/%25zz%2541"},
		{"REQ-49 left alone", "http://h/%4", "", "http://h/%4"},
		{"REQ-49 left alone", "http://h/%-1", "", "http://h/%-1"},
		{"REQ-50", "/x:7<", ":<", "/x%3A7%3C"},
		{"empty", "", "", ""},
	} {
		if got := client.QuoteURL(row.in, row.unsafe); got != row.want {
			t.Errorf("%s: %q: %q, want %q", row.id, row.in, got, row.want)
		}
	}
}

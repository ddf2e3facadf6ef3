package plan

import (
	"slices"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestOneCookie: over HTTP/2 cookies are fields of their own, unless the plan wants one field; over HTTP/1.1 there is one
// in any case.
func TestOneCookie(t *testing.T) {
	list := []fingerprint.Field{{Name: ":method", Value: "*"}, {Name: "cookie"}}
	in := &Input{Method: "GET", Authority: "a", Target: "/"}
	own := []fingerprint.Field{{Name: "Cookie", Value: "a=1; b=2"}, {Name: "Cookie", Value: "c=3"}}
	for _, row := range []struct {
		proto Proto
		one   bool
		want  []string
	}{
		{HTTP2, false, []string{"a=1", "b=2", "c=3"}},
		{HTTP2, true, []string{"a=1; b=2; c=3"}},
		{HTTP1, false, []string{"a=1; b=2; c=3"}},
		{HTTP1, true, []string{"a=1; b=2; c=3"}},
	} {
		p := &Plan{H1: list[1:], H2: list, Own: own, OneCookie: row.one}
		fields, err := p.AppendFields(nil, row.proto, in)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range fields {
			if f.Name == "cookie" {
				got = append(got, f.Value)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s, %t: %q", row.proto, row.one, got)
		}
	}
}

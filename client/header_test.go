package client_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	var h client.Header
	h.Add("X-ABC", "1")
	h.Add("Other", "o")
	h.Add("x-abc", "2")
	if h.Get("X-abc") != "1, 2" || !slices.Equal(h.Values("x-ABC"), []string{"1", "2"}) || !h.Has("oTHER") || h.Has("none") || h.Get("none") != "" || h.Values("none") != nil {
		t.Errorf("lookups in %q", h)
	}
	c := h.Clone()
	c.Set("x-Abc", "3")
	c.Set("New", "n")
	if want := (client.Header{{Name: "x-Abc", Value: "3"}, {Name: "Other", Value: "o"}, {Name: "New", Value: "n"}}); !reflect.DeepEqual(c, want) {
		t.Errorf("Set: %q", c)
	}
	h.Del("X-Abc")
	if len(h) != 1 || h[0].Name != "Other" {
		t.Errorf("Del: %q", h)
	}
	var names []string
	for name, value := range c.All() {
		if names = append(names, name+"="+value); len(names) == 2 {
			break
		}
	}
	if strings.Join(names, " ") != "x-Abc=3 Other=o" {
		t.Errorf("All: %q", names)
	}
}

func TestHeaderHidesSecrets(t *testing.T) {
	t.Parallel()
	h := client.Header{{Name: "AUTHORIZATION", Value: "sesame"}, {Name: "Cookie", Value: "sesame"}, {Name: "proxy-authorization", Value: "sesame"}, {Name: "Set-Cookie", Value: "sesame"}, {Name: "Accept", Value: "*/*"}}
	for _, s := range []string{h.String(), fmt.Sprint(h), fmt.Sprintf("%v", h)} {
		if strings.Contains(s, "sesame") || !strings.Contains(s, "Accept: */*\n") {
			t.Errorf("%q", s)
		}
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	p := client.Q("a", "1 2", "b~-_.", "é/?&=*")
	p.Add("a", "")
	if s := p.Encode(); s != "a=1+2&b~-_.=%C3%A9%2F%3F%26%3D%2A&a=" {
		t.Error(s)
	}
	if s := client.Q().Encode(); s != "" {
		t.Error(s)
	}
}

func TestHTTPVersion(t *testing.T) {
	t.Parallel()
	if s := fmt.Sprint(client.HTTPAuto, client.HTTP1, client.HTTP2, client.HTTPVersion(7)); s != "auto HTTP/1.1 HTTP/2 HTTPVersion(7)" {
		t.Error(s)
	}
}

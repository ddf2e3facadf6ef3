package golden

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/profiles"
)

func TestMergeOrders(t *testing.T) {
	for _, x := range []struct{ why, lists, want string }{
		{"none", "", ""},
		{"one", "a b c", "a b c"},
		{"each gives what the other has not", "a c d|a b d", "a c b d"},
		{"first seen first", "a z|a y", "a z y"},
		{"a chain over three lists", "c d|b c|a b", "a b c d"},
		{"content and own fields before what else is loose", "a origin z|a * z|a content-length z|a content-type content-length z", "a content-type content-length * origin z"},
		{"unless a list says otherwise", "a origin *|a * b", "a origin * b"},
		{"contradiction", "a b|b a", "error"},
		{"contradiction over three lists", "a b|b c|c a", "error"},
	} {
		var orders [][]string
		for _, l := range strings.Split(x.lists, "|") {
			orders = append(orders, strings.Fields(l))
		}
		got, err := mergeOrders(orders)
		if text := strings.Join(got, " "); (err != nil) != (x.want == "error") || err == nil && text != x.want {
			t.Errorf("%s: %q, %v, want %q", x.why, text, err, x.want)
		}
	}
}

func TestInsertLike(t *testing.T) {
	for _, x := range []struct{ why, order, ref, want string }{
		{"behind what is before it", "a b d", "a b K d", "a b K d"},
		{"behind all of that, however it is sorted", "b a d", "a b K d", "b a K d"},
		{"what is before it is unknown", "c d", "a K d", "c K d"},
		{"nothing in common", "x y", "a K d", "x y K"},
		{"there already", "K a", "a K", "K a"},
		{"not in the other", "a b", "b a", "a b"},
	} {
		if got := strings.Join(insertLike(strings.Fields(x.order), "K", strings.Fields(x.ref)), " "); got != x.want {
			t.Errorf("%s: %q, want %q", x.why, got, x.want)
		}
	}
}

func TestSameOrderAndReorder(t *testing.T) {
	if !sameOrder([]string{"a", "x", "c"}, []string{"a", "b", "c"}) || sameOrder([]string{"c", "x", "a"}, []string{"a", "b", "c"}) {
		t.Error("sameOrder")
	}
	if got := reorder([]string{"a", "b", "x", "c"}, []string{"c", "a", "q", "b"}); !slices.Equal(got, []string{"c", "a", "b", "x"}) {
		t.Errorf("reorder: %q", got)
	}
}

// TestJoinRequests: a contradiction makes a shape if one condition explains it, and an error if none does.
func TestJoinRequests(t *testing.T) {
	request := func(keys string, content, redirected, own bool) *kindRequest {
		return &kindRequest{kind: profiles.Fetch, keys: strings.Fields(keys), hasContent: content, isRedirected: redirected, own: own}
	}
	for _, x := range []struct {
		why      string
		requests []*kindRequest
		order    string
		shapes   string
	}{
		{"no contradiction", []*kindRequest{request("a b", false, false, false), request("a c", true, true, true)}, "a b c", ""},
		{"content", []*kindRequest{request("a b", false, false, false), request("b a", true, false, false)}, "a b", "content b a"},
		{"redirect rather than content", []*kindRequest{request("a b", false, false, false), request("b a", true, true, false)}, "a b", "redirected b a"},
		{"own", []*kindRequest{request("a b", false, false, false), request("b a", false, false, true)}, "a b", "own b a"},
		{"two", []*kindRequest{request("a b c", false, false, false), request("b a c", true, false, false), request("c a b", false, true, false)}, "a b c", "content b a c,redirected c a b"},
		{"none", []*kindRequest{request("a b", false, false, false), request("b a", false, false, false)}, "", "error"},
		{"the script's accept at the browser's place", []*kindRequest{request("a accept b", false, false, false), request("a accept#own b", false, false, true)}, "a accept b", ""},
		{"the script's accept first", []*kindRequest{request("a b accept", false, false, false), request("a accept#own b", false, false, true)}, "a accept#own b accept", ""},
		{"the script's accept last", []*kindRequest{request("accept a b", false, false, false), request("a b accept#own", false, false, true)}, "", "error"},
	} {
		l, err := joinRequests(x.requests)
		if err != nil {
			if x.shapes != "error" {
				t.Errorf("%s: %v", x.why, err)
			}
			continue
		}
		var shapes []string
		for _, s := range l.shapes {
			shapes = append(shapes, string(s.when)+" "+strings.Join(s.order, " "))
		}
		if got := strings.Join(shapes, ","); got != x.shapes || strings.Join(l.order, " ") != x.order {
			t.Errorf("%s: %q, %q, want %q, %q", x.why, l.order, got, x.order, x.shapes)
		}
	}
}

// TestClassify: a request that no recorded page makes is an error, not a guess.
func TestClassify(t *testing.T) {
	loaded := map[string]bool{}
	for i, want := range []profiles.Kind{profiles.Navigate, profiles.Reload} {
		q := kindRequest{method: "GET", target: "/x/nav"}
		if err := q.classify(loaded); err != nil || q.kind != want {
			t.Errorf("load %d of /x/nav: %s, %v, want %s", i, q.kind, err, want)
		}
	}
	q := kindRequest{method: "OPTIONS", target: "/x/preflight?a=b"}
	if err := q.classify(loaded); err != nil || q.kind != profiles.Preflight {
		t.Errorf("%s, %v", q.kind, err)
	}
	if err := (&kindRequest{method: "GET", target: "/nowhere"}).classify(loaded); err == nil {
		t.Error("/nowhere is of some kind")
	}
}

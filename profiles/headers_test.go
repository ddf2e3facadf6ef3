package profiles

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestCommonValues: what several lists share is written once, and read back into each of them, whatever its spelling there.
func TestCommonValues(t *testing.T) {
	p, err := Lookup("chromium156")
	if err != nil {
		t.Fatal(err)
	}
	q := *p
	q.Headers = map[Kind]HeaderSet{Navigate: p.Headers[Navigate]}
	fetch := HeaderSet{
		H1: FieldList{{Name: "Host", Value: "*"}, {Name: "User-Agent", Value: "me"}, {Name: "Accept"}, {Name: "*"}, {Name: "Accept", Value: "*/*"}},
		H2: FieldList{{Name: ":method", Value: "GET"}, {Name: ":authority", Value: "*"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: "*"}, {Name: "user-agent", Value: "me"}},
	}
	fetch.Shapes = []Shape{{When: WithContent, H1: fetch.H1, H2: fetch.H2}, {When: WithOwn, H1: fetch.H1[:2]}}
	q.Headers[Fetch] = fetch
	q.Evidence = append(slices.Clone(p.Evidence), Evidence{Path: "headers.fetch", Source: None, Note: "a test"})
	text, err := fingerprint.FormatJSON(&q)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), `: me"`); n != 1 {
		t.Errorf("the shared value stands %d times in the file, want once", n)
	}
	back, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(q.Headers)
	if got, _ := json.Marshal(back.Headers); string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if back.Common != nil {
		t.Error("common values are left over in memory")
	}
}

func TestLists(t *testing.T) {
	a, b, c := FieldList{{Name: "a"}}, FieldList{{Name: "b"}}, FieldList{{Name: "c"}}
	s := HeaderSet{H1: a, H2: a, Shapes: []Shape{{When: WithContent, H2: b}, {When: WithOwn, H1: c, H2: c}}}
	for _, r := range []struct {
		when   []Condition
		h1, h2 string
	}{
		{nil, "a", "a"},
		{[]Condition{WithContent}, "a", "b"},
		{[]Condition{WithOwn, WithContent}, "c", "c"},
		{[]Condition{Redirected}, "a", "a"},
	} {
		if h1, h2 := s.Lists(r.when...); h1[0].Name != r.h1 || h2[0].Name != r.h2 {
			t.Errorf("%v: got %s, %s; want %s, %s", r.when, h1[0].Name, h2[0].Name, r.h1, r.h2)
		}
	}
}

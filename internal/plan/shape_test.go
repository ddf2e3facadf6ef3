package plan

import (
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestShapes: the last shape that fits gives the list; one without list for the protocol leaves what was.
func TestShapes(t *testing.T) {
	t.Parallel()
	base := fields("Host: *\nAccept: a\nOrigin\n*\nCookie\nContent-Length")
	marked := func(mark string) []fingerprint.Field {
		return fields("Host: *\n*\nX-Shape: " + mark + "\nContent-Length")
	}
	typed := fingerprint.Field{Name: "Content-Type", Value: "t"}
	all := []Shape{{When: WithContent, H1: marked("content")}, {When: WithOwn, H1: marked("own")}, {When: Redirected, H1: marked("redirected")}}
	for _, row := range []struct {
		reason string
		plan   Plan
		in     Input
		want   string
	}{
		{"nothing fits", Plan{Shapes: all}, get, ""},
		{"the client's content", Plan{Shapes: all}, with(post, 1, typed), "content"},
		{"the caller's content", Plan{Shapes: all, Own: fields("content-type: t")}, post, "content"},
		{"the content's type is removed", Plan{Shapes: all, Remove: []string{"content-TYPE"}}, with(post, 1, typed), ""},
		{"own fields", Plan{Shapes: all, Own: fields("X-A: 1")}, get, "own"},
		{"own fields of a header that is a map", Plan{Shapes: all}, with(get, 0, fingerprint.Field{Name: "X-A", Value: "1"}), "own"},
		{"which are removed", Plan{Shapes: all, Remove: []string{"x-a"}}, with(get, 0, fingerprint.Field{Name: "X-A", Value: "1"}), ""},
		{"an own field that has a place", Plan{Shapes: all, Own: fields("accept: b")}, get, ""},
		{"what a browser sends by itself is not own", Plan{Shapes: all}, with(get, 0, fields("Cookie: c=1\nReferer: r")...), ""},
		{"the last one that fits", Plan{Shapes: all, Own: fields("X-A: 1"), Late: true}, with(post, 1, typed), "redirected"},
		{"in the order of the list", Plan{Shapes: []Shape{all[1], all[0]}, Own: fields("X-A: 1")}, with(post, 1, typed), "content"},
		{"no list for this protocol", Plan{Shapes: []Shape{all[0], {When: WithOwn, H2: marked("h2")}}, Own: fields("X-A: 1")}, with(post, 1, typed), "content"},
		{"a condition that nobody knows", Plan{Shapes: []Shape{{When: "other", H1: marked("other")}}}, get, ""},
	} {
		t.Run(row.reason, func(t *testing.T) {
			t.Parallel()
			row.plan.H1 = base
			got, err := row.plan.AppendFields(nil, HTTP1, &row.in)
			if err != nil {
				t.Fatal(err)
			}
			mark := ""
			if i := find(got, "x-shape"); i >= 0 {
				mark = got[i].Value
			}
			if mark != row.want {
				t.Errorf("shape %q, want %q:\n%s", mark, row.want, text(got))
			}
		})
	}
}

func TestShapesH2(t *testing.T) {
	t.Parallel()
	p := Plan{H2: fields(chromiumH2), Late: true, Shapes: []Shape{{When: Redirected, H2: fields(":method: *\nx: 1")}}}
	got, err := p.AppendFields(nil, HTTP2, &get)
	if want := ":method: GET\n:authority: localhost:1\n:path: /html\n:scheme: https\nx: 1\n"; err != nil || text(got) != want {
		t.Errorf("got\n%s%v, want\n%s", text(got), err, want)
	}
}

// TestScriptSpelling: what a script sets in a browser's stead is spelled as the script does, in the browser's place.
func TestScriptSpelling(t *testing.T) {
	t.Parallel()
	p := Plan{H1: fields("Host: *\nAccept: a\nUser-Agent: u\nCookie\nContent-Type"), Own: fields("cookie: c=1\nuser-agent: mine\nCONTENT-type: t\naccept: b"), Script: true}
	got, err := p.AppendFields(nil, HTTP1, &get)
	if want := "Host: localhost:1\naccept: b\nUser-Agent: mine\nCookie: c=1\nCONTENT-type: t\n"; err != nil || text(got) != want {
		t.Errorf("got\n%s%v, want\n%s", text(got), err, want)
	}
	p.Own = nil
	got, err = p.AppendFields(nil, HTTP1, new(with(get, 0, fingerprint.Field{Name: "content-type", Value: "t"})))
	if want := "Host: localhost:1\nAccept: a\nUser-Agent: u\nContent-Type: t\n"; err != nil || text(got) != want {
		t.Errorf("the client's own:\n%s%v, want\n%s", text(got), err, want)
	}
}

func TestShapesAllocate(t *testing.T) {
	p := &Plan{H1: fields(chromiumH1), H2: fields(chromiumH2), Own: fields("x-a: 1"), Late: true, Shapes: []Shape{
		{When: WithContent, H1: fields(chromiumH1), H2: fields(chromiumH2)}, {When: WithOwn, H1: fields(chromiumH1)}, {When: Redirected, H2: fields(chromiumH2)},
	}}
	dst := make([]fingerprint.Field, 0, 32)
	for _, proto := range []Proto{HTTP1, HTTP2} {
		in := with(post, 15, form...)
		if n := testing.AllocsPerRun(100, func() { p.AppendFields(dst, proto, &in) }); n > 0 {
			t.Errorf("%s: %v allocations", proto, n)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	p := &Plan{H1: fields("A: 1"), H2: fields("b: 1")}
	if !p.Lists("a") || !p.Lists("B") || p.Lists("c") || new(Plan).Lists("a") {
		t.Error("wrong")
	}
}

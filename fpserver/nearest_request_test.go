package fpserver

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// distinctGREASE gives each GREASE extension of a profile's hello a value of its own, as browsers do.
func distinctGREASE(h *fingerprint.ClientHello) *fingerprint.ClientHello {
	out := (&fingerprint.Fingerprint{TLS: h}).Clone().TLS
	next := fingerprint.ID(0x1a1a)
	for i := range out.Extensions {
		if out.Extensions[i].Type.IsGREASE() {
			out.Extensions[i].Type = next
			next += 0x1010
		}
	}
	return out
}

// sentBy is a request with the fields of a list that have values, without what the request decides about.
func sentBy(list profiles.FieldList) []fingerprint.Field {
	return slices.DeleteFunc(slices.Clone(list), func(f fingerprint.Field) bool { return f.Value == "" || f.Name == "*" })
}

// TestNearestOfAll: each profile is the nearest to what it sends itself, whatever the kind of the request, although others
// greet alike; only where another one sends that very request, too (a preflight does not tell everything), it is the first
// of them by name.
func TestNearestOfAll(t *testing.T) {
	t.Parallel()
	n, soak := 0, os.Getenv("WIRELIKE_SOAK") == "1"
	for _, name := range profiles.Names() {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		hello := distinctGREASE(p.First.TLS)
		for _, kind := range p.Kinds() {
			set := p.Headers[kind]
			if len(set.H2) == 0 || !soak && !slices.Contains([]profiles.Kind{profiles.Navigate, profiles.Fetch, profiles.Preflight}, kind) {
				continue
			}
			n++
			want := name
			for _, other := range profiles.Names() {
				q, _ := profiles.Lookup(other)
				if other < want && reflect.DeepEqual(set.H2, q.Headers[kind].H2) && reflect.DeepEqual(p.First.TLS, q.First.TLS) {
					want = other
				}
			}
			if want != name && kind != profiles.Preflight {
				t.Errorf("%s, %s: %s sends the same", name, kind, want)
			}
			got := nearest(&fingerprint.Fingerprint{TLS: hello, HTTP2: &fingerprint.HTTP2{
				Opening: p.First.HTTP2.Opening, Requests: []fingerprint.Request{{Fields: sentBy(set.H2), Priority: set.Priority}},
			}})
			if got == nil || *got != (ReportProfile{Name: want}) {
				t.Errorf("%s, %s: nearest is %+v, want %s", name, kind, got, want)
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d requests", n)
	}
}

// TestFieldMismatches counts by hand.
func TestFieldMismatches(t *testing.T) {
	t.Parallel()
	lines := func(text string) (out []fingerprint.Field) {
		for _, line := range strings.Split(text, "|") {
			name, value, _ := strings.Cut(line, "=")
			out = append(out, fingerprint.Field{Name: name, Value: value})
		}
		return out
	}
	for _, test := range []struct {
		got  string
		want int
	}{
		{"Host=x|A=1|B=2|Sec-Fetch-Site=none", 0},
		{"Host=x|A=1|Slot=any|B=2|Sec-Fetch-Site=cross-site", 0},
		{"Host=x|A=1|T=its own|B=2", 0},
		{"Host=x|B=2|A=1", 1},                  // order
		{"Host=x|A=3|B=2", 1},                  // value
		{"Host=x|a=1|B=2", 1},                  // case
		{"Host=x|A=1", 1},                      // missing
		{"Host=x|A=1|B=2|Extra=1|Extra=2", 2},  // too much, each time
		{"B=2|Slot=1|a=3|Host=x|Extra=1", 4},   // order once, value, case, one too much
		{"Host=x|Extra=1|Sec-Fetch-Site=x", 3}, // two missing, one too much
		{"Host=x|A=1|B=2|B=2", 1},              // once more
		{"Host=x|A=1|B=2|b=2|B=3", 2},          // twice more
		{"Host=x|A=1|Slot=1|Slot=2|B=2", 1},    // so with what the request decides about
		{"Host=x|A=1|T=its own|T=own|B=2", 1},  // two places are for one field
		{"Host=x|A=1|B=2|Cookie=a|Cookie=b", 1},
		{"Host=x|A=1|B=2|cookie=a|cookie=b", 2}, // its case, and once more
	} {
		list := profiles.FieldList(lines("Host=*|T=|A=1|Slot=|*=|B=2|T=own|Cookie=|Sec-Fetch-Site=none"))
		if n := fieldMismatches(list, lines(test.got)); n != test.want {
			t.Errorf("%s: %d, want %d", test.got, n, test.want)
		}
	}
}

// TestNearestCrumbs: over HTTP/2 a cookie may come in several fields.
func TestNearestCrumbs(t *testing.T) {
	t.Parallel()
	list := profiles.FieldList{{Name: "a", Value: "1"}, {Name: "cookie"}}
	got := []fingerprint.Field{{Name: "a", Value: "1"}, {Name: "cookie", Value: "b=1"}, {Name: "cookie", Value: "c=2"}}
	if n := fieldMismatches(list, got); n != 0 {
		t.Errorf("%d mismatches", n)
	}
}

// TestNearestFollowed: a connection that a redirect has opened begins with a request in another order, which is the profile's,
// too.
func TestNearestFollowed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chromium156", "chrome120", "firefox153_linux", "tor145"} {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		for _, kind := range p.Kinds() {
			set := p.Headers[kind]
			for proto, list := range map[string]profiles.FieldList{"h2": set.H2, "http/1.1": set.H1} {
				list = slices.Clone(list)
				for i := range list {
					if strings.EqualFold(list[i].Name, "referer") {
						list[i].Value = "https://localhost/"
					}
				}
				followed := p.Followed(kind, proto, list)
				if !reflect.DeepEqual(list, followed) {
					moved++
				}
				f := &fingerprint.Fingerprint{HTTP1: &fingerprint.HTTP1{Requests: []fingerprint.Head{{Fields: sentBy(followed)}}}}
				if proto == "h2" && len(list) > 0 {
					f = &fingerprint.Fingerprint{HTTP2: &fingerprint.HTTP2{Requests: []fingerprint.Request{{Fields: sentBy(followed), Priority: set.Priority}}}}
				}
				if n := firstRequest(f).mismatches(p); n != 0 {
					t.Errorf("%s, %s over %s behind a redirect: %d mismatches", name, kind, proto, n)
				}
			}
		}
		if moved == 0 {
			t.Errorf("%s: a redirect moves nothing", name)
		}
	}
}

package plan

import (
	"slices"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestLengthOfNothing: whether requests without content say so, and where (Fetch §4.6; recordings empty-h2.json and
// empty-h1.json).
func TestLengthOfNothing(t *testing.T) {
	t.Parallel()
	const h1, h2 = "Host: *\nContent-Type\nContent-Length\nAccept: a\nPriority: u=4", ":method: GET\ncontent-type\ncontent-length\naccept: a\nte: trailers"
	for _, row := range []struct {
		name, method, list string
		proto              Proto
		late               bool
		own                string
		want               []string
	}{
		{"POST", "POST", h1, HTTP1, false, "", []string{"Host", "Content-Length", "Accept", "Priority"}},
		{"POST of Firefox", "POST", h1, HTTP1, true, "", []string{"Host", "Accept", "Priority", "Content-Length"}},
		{"PUT of Firefox over HTTP/2", "PUT", h2, HTTP2, true, "", []string{"accept", "content-length", "te"}},
		{"without TE", "PUT", ":method: GET\naccept: a", HTTP2, true, "", []string{"accept", "content-length"}},
		{"empty body of Firefox", "POST", h1, HTTP1, true, "Content-Type: t", []string{"Host", "Content-Type", "Content-Length", "Accept", "Priority"}},
		{"empty body, any method", "DELETE", h1, HTTP1, false, "Content-Type: t", []string{"Host", "Content-Type", "Content-Length", "Accept", "Priority"}},
		{"none, other methods", "PATCH", h1, HTTP1, false, "", []string{"Host", "Accept", "Priority"}},
		{"none, other methods of Firefox", "DELETE", h2, HTTP2, true, "", []string{"accept", "te"}},
		{"no body with GET", "GET", h1, HTTP1, false, "Content-Type: t", []string{"Host", "Content-Type", "Accept", "Priority"}},
		{"neutral PATCH", "PATCH", "", HTTP1, true, "", []string{"Host", "User-Agent", "Content-Length"}},
		{"neutral DELETE", "DELETE", "", HTTP1, false, "Content-Type: t", []string{"Host", "User-Agent", "Content-Type"}},
	} {
		p := &Plan{LateLength: row.late, Own: fields(row.own)}
		if row.proto == HTTP2 {
			p.H2 = fields(row.list)
		} else {
			p.H1 = fields(row.list)
		}
		in := empty
		in.Method = row.method
		got, err := p.AppendFields(nil, row.proto, &in)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range slices.DeleteFunc(got, func(f fingerprint.Field) bool { return f.Name[0] == ':' }) {
			names = append(names, f.Name)
		}
		if !slices.Equal(names, row.want) {
			t.Errorf("%s: %q, want %q", row.name, names, row.want)
		}
	}
}

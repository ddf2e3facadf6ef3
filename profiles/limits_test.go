package profiles

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestLintTwoAgents: of two user agents the one that says something is judged, wherever the empty one stands.
func TestLintTwoAgents(t *testing.T) {
	t.Parallel()
	const agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
	for _, values := range [][]string{{agent, ""}, {"", agent}, {"", ""}} {
		r := &Request{Path: "x", Protocol: "h2", Secure: true}
		for _, v := range values {
			r.Fields = append(r.Fields, fingerprint.Field{Name: "user-agent", Value: v})
		}
		for _, f := range LintRequest(r) {
			if f.Rule == "user-agent" && strings.Contains(f.Message, "writes 150") {
				t.Errorf("%q: %v", values, f)
			}
		}
	}
}

// TestOverrideBounds: what is out of bounds is refused by name.
func TestOverrideBounds(t *testing.T) {
	t.Parallel()
	p, err := Lookup("chromium156")
	if err != nil {
		t.Fatal(err)
	}
	many := make(NameList, maxNames+1)
	for i := range many {
		many[i] = "x-" + strings.Repeat("a", i+1)
	}
	for field, o := range map[string]Override{
		"akamai":       {Akamai: "1:1|0|2147483647:0:0:201|m,a,s,p"},
		"header_order": {HeaderOrder: many},
	} {
		var e *OverrideError
		if _, err := p.With(o); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := p.With(Override{HeaderOrder: many[:100]}); err != nil {
		t.Error(err)
	}
	for _, text := range []string{`{"tls_key_shares_limit": 0}`, `{"tls_key_shares_limit": -5}`} {
		if _, err := imported(t, text); err == nil || !strings.Contains(err.Error(), "tls_key_shares_limit") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// imported imports a fingerprint.
func imported(t *testing.T, text string) (*Profile, error) {
	t.Helper()
	p, _, err := FromCurlImpersonate("x", []byte(text))
	return p, err
}

// TestJA3KeepsSockets: a JA3 that makes Tor resume sessions leaves the hello of its WebSockets alone.
func TestJA3KeepsSockets(t *testing.T) {
	t.Parallel()
	p, err := Lookup("tor145")
	if err != nil {
		t.Fatal(err)
	}
	ja3, _, err := fingerprint.JA3(p.First.TLS)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(ja3, ",", 4)
	parts[2] += "-45-41"
	var e *OverrideError
	if _, err := p.With(Override{JA3: strings.Join(parts, ",")}); !errors.As(err, &e) || !strings.Contains(err.Error(), "41: ") {
		t.Errorf("with encrypted_client_hello: %v", err)
	}
	parts[2] = strings.Replace(parts[2], "-65037", "", 1)
	q, err := p.With(Override{JA3: strings.Join(parts, ",")})
	if err != nil {
		t.Fatal(err)
	}
	if q.Delta[Resumed] == nil || q.Delta[ForWebSocket] == nil {
		t.Errorf("%v", q.Delta)
	}
}

// TestFollowed: fields move behind others in lists that have these, and nothing is written to.
func TestFollowed(t *testing.T) {
	t.Parallel()
	p := &Profile{Moves: []Move{{Kinds: []Kind{Navigate}, Fields: []string{"a", "b"}, Behind: "d"}, {Kinds: []Kind{Navigate}, Proto: "h2", Fields: []string{"e"}, Behind: "c"}}}
	names := func(l FieldList) string {
		var out []string
		for _, f := range l {
			out = append(out, f.Name)
		}
		return strings.Join(out, " ")
	}
	list := FieldList{{Name: "A"}, {Name: "c"}, {Name: "B"}, {Name: "d"}, {Name: "e"}}
	before := slices.Clone(list)
	for _, row := range []struct {
		kind  Kind
		proto string
		want  string
	}{
		{Navigate, "http/1.1", "c d A B e"}, {Navigate, "h2", "c e d A B"}, {Fetch, "h2", "A c B d e"},
	} {
		if got := names(p.Followed(row.kind, row.proto, list)); got != row.want {
			t.Errorf("%s over %s: %s, want %s", row.kind, row.proto, got, row.want)
		}
	}
	if got := names(p.Followed(Navigate, "http/1.1", list[:3])); got != "A c B" {
		t.Errorf("without the field behind which they go: %s", got)
	}
	if !slices.Equal(before, list) {
		t.Errorf("the list was written to: %v", list)
	}
	for _, m := range []Move{{}, {Kinds: []Kind{"no"}, Fields: []string{"a"}, Behind: "b"}, {Kinds: []Kind{Form}, Fields: []string{"A"}, Behind: "b"},
		{Kinds: []Kind{Form}, Fields: []string{"a"}, Behind: "a"}, {Kinds: []Kind{Form}, Proto: "h3", Fields: []string{"a"}, Behind: "b"}} {
		if m.validate() == nil {
			t.Errorf("%+v is taken for valid", m)
		}
	}
}

// TestValidateBounds: what no wire could carry is refused before anything is sent, with its path.
func TestValidateBounds(t *testing.T) {
	t.Parallel()
	field := func(f fingerprint.Field) func(*Profile) {
		return func(p *Profile) {
			set := p.Headers[Fetch]
			set.H1 = append(set.H1, f)
			p.Headers[Fetch] = set
		}
	}
	for path, edit := range map[string]func(*Profile){
		"headers.fetch.http/1.1[":                          field(fingerprint.Field{Name: "Evil", Value: "a\r\nInjected: yes"}),
		"is no name of a field":                            field(fingerprint.Field{Name: "evil name", Value: "a"}),
		"control character":                                field(fingerprint.Field{Name: "Evil", Value: "a\x00b"}),
		"priority.weight: 999":                             func(p *Profile) { p.Headers[Fetch].Priority.Weight = 999 },
		"priority.weight: 0":                               func(p *Profile) { p.Headers[Fetch].Priority.Weight = 0 },
		"first.http2.requests[0].stream: 2":                func(p *Profile) { p.First.HTTP2.Requests[0].Stream = 2 },
		"first.http2.requests[0].stream: 0":                func(p *Profile) { p.First.HTTP2.Requests[0].Stream = 0 },
		"first.tls.cipher_suites":                          func(p *Profile) { p.First.TLS.CipherSuites = nil },
		"first.tls.session_id_length: 40":                  func(p *Profile) { p.First.TLS.SessionIDLength = 40 },
		"first.tls.session_id_length: -1":                  func(p *Profile) { p.First.TLS.SessionIDLength = -1 },
		"first.tls.extensions.key_share: a share of 70000": func(p *Profile) { p.First.TLS.Extension(fingerprint.ExtKeyShare).Shares[1].Length = 70000 },
		"a protocol name of 300 bytes": func(p *Profile) {
			p.First.TLS.Extension(fingerprint.ExtALPN).Protocols = []string{strings.Repeat("x", 300)}
		},
		"encrypted_client_hello: lengths": func(p *Profile) {
			p.First.TLS.Extension(fingerprint.ExtEncryptedClientHello).ECH.PayloadLength = 1 << 30
		},
		"connection_refill": func(p *Profile) { p.HTTP2.ConnectionRefill = 1 << 40 },
	} {
		p, err := Lookup("chrome150")
		if err != nil {
			t.Fatal(err)
		}
		p = p.Clone()
		edit(p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

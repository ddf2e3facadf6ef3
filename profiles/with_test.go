package profiles

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

const okhttpJA3 = "771,4865-4866-4867-49195-49196-52393-49199-49200-52392-49171-49172-156-157-47-53,0-23-65281-10-11-35-16-5-13-51-45-43,29-23-24,0"

// everyProfile calls f for each embedded profile and the neutral one.
func everyProfile(t *testing.T, f func(t *testing.T, p *Profile)) {
	for _, name := range append(Names(), NeutralName) {
		t.Run(name, func(t *testing.T) {
			p := Neutral()
			if name != NeutralName {
				var err error
				if p, err = Lookup(name); err != nil {
					t.Fatal(err)
				}
			}
			f(t, p)
		})
	}
}

func textsOf(t *testing.T, p *Profile) (ja3, akamai string) {
	t.Helper()
	ja3, _, err := fingerprint.JA3(p.First.TLS)
	if err != nil {
		t.Fatal(err)
	}
	akamai, _, err = fingerprint.Akamai(p.First.HTTP2)
	if err != nil {
		t.Fatal(err)
	}
	return ja3, akamai
}

// sameWire compares everything but the name and the evidence.
func sameWire(t *testing.T, want, got *Profile) {
	t.Helper()
	a, b := want.Clone(), got.Clone()
	for _, p := range []*Profile{a, b} {
		p.Name, p.Evidence = "", nil
	}
	if reflect.DeepEqual(a, b) {
		return
	}
	for _, m := range fingerprint.Diff(&a.First, &b.First, nil) {
		t.Errorf("%+v", m)
	}
	for i, x := range []any{a.Delta, a.TLS, a.HTTP2, a.Headers, a.Vary} {
		if y := []any{b.Delta, b.TLS, b.HTTP2, b.Headers, b.Vary}[i]; !reflect.DeepEqual(x, y) {
			t.Errorf("want %+v\ngot  %+v", x, y)
		}
	}
	t.Error("the profiles differ")
}

// testWithRoundTrip: the texts of a profile on top of it change nothing, and nothing is written to it.
func testWithRoundTrip(t *testing.T) {
	everyProfile(t, func(t *testing.T, p *Profile) {
		before := p.Clone()
		ja3, akamai := textsOf(t, p)
		o := Override{JA3: ja3, Akamai: akamai}
		if p.Name == NeutralName {
			o.JA3 = "" // see Neutral
		}
		q, err := p.With(o)
		if err != nil {
			t.Fatal(err)
		}
		sameWire(t, p, q)
		if q.Name != p.Name+"+custom" {
			t.Errorf("its name is %q", q.Name)
		}
		if r, err := q.With(o); err != nil || r.Name != q.Name {
			t.Errorf("once more: %v", err)
		}
		if !reflect.DeepEqual(before, p) {
			t.Error("the profile was written to")
		}
		if q, err = p.With(); err != nil {
			t.Fatal(err)
		}
		sameWire(t, p, q)
	})
}

// testWithSaved: what With makes can be saved and loaded.
func testWithSaved(t *testing.T) {
	everyProfile(t, func(t *testing.T, p *Profile) {
		q, err := p.With(Override{JA3: okhttpJA3, Akamai: "4:16777216|16711681|3:0:0:201|m,p,a,s", HeaderOrder: NameList{"x-two", "user-agent"}, TLSGrease: new(true), SplitCookies: new(false)})
		if err != nil {
			t.Fatal(err)
		}
		text, err := fingerprint.FormatJSON(q)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		sameWire(t, q, back)
		if !reflect.DeepEqual(q.Evidence, back.Evidence) || !slices.ContainsFunc(q.Evidence, func(e Evidence) bool {
			return e.Source == None && strings.HasPrefix(e.Note, "custom: "+okhttpJA3)
		}) {
			t.Errorf("%+v", q.Evidence)
		}
		want := okhttpJA3
		if back.First.TLS.Extension(fingerprint.ExtPadding) != nil { // the rule of padding stays that of the base
			want = strings.Replace(want, "-43,", "-43-21,", 1)
		}
		if ja3, akamai := textsOf(t, back); ja3 != want || akamai != "4:16777216|16711681|3:0:0:201|m,p,a,s" {
			t.Errorf("%s %s", ja3, akamai)
		}
	})
}

func mustWith(t *testing.T, base string, o ...Override) *Profile {
	t.Helper()
	p := Neutral()
	if base != "" {
		var err error
		if p, err = Lookup(base); err != nil {
			t.Fatal(err)
		}
	}
	p, err := p.With(o...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// leaf returns the value of a leaf of First, "absent" for none.
func leaf(p *Profile, path string) string {
	for _, l := range p.First.Leaves() {
		if l.Path == path {
			return l.Value
		}
	}
	return fingerprint.Absent
}

// testWithJA3: what a JA3 does not say is the profile's, and else a default: the traps.
func testWithJA3(t *testing.T) {
	type leaves map[string]string
	const shares, e = "tls.extensions.key_share", "tls.extensions."
	for _, row := range []struct {
		name, base string
		o          []Override
		want       leaves
	}{
		{"Chrome's signature algorithms, ALPN and GREASE stay", "chrome150", []Override{{JA3: okhttpJA3}}, leaves{
			e + "signature_algorithms[0]": "2308", e + "alpn[1]": "http/1.1", "tls.cipher_suites[0]": "GREASE", "tls.cipher_suites[4]": "49195",
			e + "order":               "grease,server_name,extended_master_secret,renegotiation_info,supported_groups,ec_point_formats,session_ticket,alpn,status_request,signature_algorithms,key_share,psk_key_exchange_modes,supported_versions,grease#2,padding",
			e + "supported_groups[0]": "GREASE", shares + "[0].group": "GREASE", shares + "[1].group": "29", shares + "[2].group": "absent", e + "grease#2.data": "00"}},
		{"Firefox' three shares for its groups", "firefox153_linux", []Override{{JA3: "771,4865,10-13-51-43,4588-29-23-24-25-256-257,"}}, leaves{
			shares + "[0].group": "4588", shares + "[1].reuses": "4588", shares + "[2].group": "23", shares + "[3].group": "absent", e + "signature_algorithms[1]": "1283"}},
		{"those that are left of them", "firefox153_linux", []Override{{JA3: "771,4865,10-13-51-43,29-23-24-25,"}}, leaves{
			shares + "[0].group": "29", shares + "[0].reuses": "0", shares + "[1].group": "23", shares + "[2].group": "absent"}},
		{"BoringSSL's shares without a browser", "", []Override{{JA3: "771,4865,10-13-51-43,23-29-25497-4588,"}}, leaves{
			shares + "[0].group": "23", shares + "[1].group": "25497", shares + "[1].length": "1216", shares + "[2].group": "absent",
			e + "signature_algorithms[0]": "1027", e + "supported_versions[0]": "772", e + "supported_versions[2]": "absent"}},
		{"with a post-quantum group first", "", []Override{{JA3: "771,4865,10-13-51-43,4588-25497-24-29,"}}, leaves{
			shares + "[0].group": "4588", shares + "[1].group": "24", shares + "[2].group": "absent"}},
		{"groups without key exchange have no share", "", []Override{{JA3: "771,4865,10-13-51-43,256-30-25,"}}, leaves{shares + "[0].group": "25", shares + "[0].length": "133"}},
		{"defaults of what the profile does not have", "", []Override{{JA3: "771,4865,0-10-13-51-43-16-27-28-34-17613-65037-18-5-65281-1-22-49-50,29,"}}, leaves{
			e + "server_name.server_name": "*", e + "compress_certificate[0]": "2", e + "record_size_limit.limit": "16385", e + "delegated_credential[3]": "515",
			e + "application_settings[0]": "h2", e + "encrypted_client_hello.payload_length": "144", e + "max_fragment_length.data": "04",
			e + "status_request.data": "0100000000", e + "signature_algorithms_cert[0]": "1027"}},
		{"padding comes last", "", []Override{{JA3: "771,4865,10-13-51-43-21,29,"}}, leaves{e + "order": "supported_groups,signature_algorithms,key_share,supported_versions,padding"}},
		{"GREASE of old tools", "", []Override{{JA3: "771,2570-4865,10-13-51-43-21,29,"}}, leaves{
			e + "order": "grease,supported_groups,signature_algorithms,key_share,supported_versions,grease#2,padding", shares + "[0].group": "GREASE", e + "supported_versions[0]": "GREASE"}},
		{"pre_shared_key is not in a first hello", "", []Override{{JA3: "771,4865,10-13-51-43-45-41,29,"}}, leaves{e + "pre_shared_key": "absent"}},
		{"a later Override overrides", "", []Override{{JA3: okhttpJA3}, {JA3: "771,4865,10-13-51-43,23,"}}, leaves{"tls.cipher_suites[1]": "absent", e + "server_name": "absent"}},
		{"GREASE off", "chromium156", []Override{{TLSGrease: new(false)}}, leaves{
			e + "grease": "absent", e + "grease#2": "absent", "tls.cipher_suites[0]": "4865", e + "supported_groups[0]": "4588", shares + "[0].group": "4588",
			e + "supported_versions[0]": "772", e + "signature_algorithms[0]": "2308"}},
		{"a lower version", "chrome150", []Override{{TLSMinVersion: 769}}, leaves{e + "supported_versions[0]": "GREASE", e + "supported_versions[4]": "769", e + "supported_versions[5]": "absent"}},
		{"TLS 1.3 only", "", []Override{{JA3: okhttpJA3, TLSMinVersion: 772}}, leaves{e + "supported_versions[0]": "772", e + "supported_versions[1]": "absent"}},
		{"one share", "chrome150", []Override{{TLSKeySharesLimit: new(1)}}, leaves{shares + "[1].group": "4588", shares + "[2].group": "absent"}},
		{"three shares", "chrome150", []Override{{TLSKeySharesLimit: new(3)}}, leaves{shares + "[2].group": "29", shares + "[3].group": "23", shares + "[4].group": "absent"}},
		{"compression off", "chrome150", []Override{{TLSCertCompression: Compression{}}}, leaves{e + "compress_certificate": "absent"}},
		{"other compression", "chrome150", []Override{{TLSCertCompression: Compression{1, 3}}}, leaves{e + "compress_certificate[1]": "3"}},
		{"what is added comes last", "chrome150", []Override{{TLSRecordSizeLimit: new(4001), TLSDelegatedCredential: Signatures{0x0403}}}, leaves{
			e + "order": "grease,application_settings,psk_key_exchange_modes,compress_certificate,key_share,supported_versions,renegotiation_info,encrypted_client_hello,extended_master_secret,ec_point_formats,status_request,session_ticket,supported_groups,signed_certificate_timestamp,alpn,signature_algorithms,server_name,delegated_credential,record_size_limit,grease#2"}},
		{"a limit off", "firefox153_linux", []Override{{TLSRecordSizeLimit: new(0)}}, leaves{e + "record_size_limit": "absent"}},
		{"signature algorithms", "chrome150", []Override{{TLSSignatureAlgorithms: Signatures{0x0403, 0x0804}}}, leaves{e + "signature_algorithms[1]": "2052", e + "signature_algorithms[2]": "absent"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := mustWith(t, row.base, row.o...)
			for path, want := range row.want {
				if got := leaf(p, path); got != want {
					t.Errorf("%s: want %s, got %s", path, want, got)
				}
			}
		})
	}
}

// testWithPadding: a browser that pads goes on doing so, whatever the JA3 was measured with.
func testWithPadding(t *testing.T) {
	chrome, err := Lookup("chrome150")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name           string
		padded, has    bool
		ja3            string
		wantRule, want bool
	}{
		{"by rule, JA3 without", true, true, okhttpJA3, true, true},
		{"by rule, JA3 with", true, true, strings.Replace(okhttpJA3, "-43,", "-43-21,", 1), true, true},
		{"fixed, JA3 with", false, true, strings.Replace(okhttpJA3, "-43,", "-43-21,", 1), false, true},
		{"fixed, JA3 without", false, true, okhttpJA3, false, false},
		{"none, JA3 with", false, false, strings.Replace(okhttpJA3, "-43,", "-43-21,", 1), true, true},
		{"none, JA3 without", false, false, okhttpJA3, false, false},
	} {
		p := chrome.Clone()
		p.Vary.Padded = row.padded
		p.First.TLS.Extensions = slices.DeleteFunc(p.First.TLS.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtPadding })
		if row.has {
			p.First.TLS.Extensions = append(p.First.TLS.Extensions, fingerprint.Extension{Type: fingerprint.ExtPadding})
		}
		q, err := p.With(Override{JA3: row.ja3})
		if err != nil {
			t.Fatal(err)
		}
		order := leaf(q, "tls.extensions.order")
		if q.Vary.Padded != row.wantRule || strings.HasSuffix(order, ",grease#2,padding") != row.want || strings.Contains(order, "padding") != row.want {
			t.Errorf("%s: %t, %s", row.name, q.Vary.Padded, order)
		}
	}
}

// testWithVary: the order stays permuted as the profile has it, unless somebody says so.
func testWithVary(t *testing.T) {
	if p := mustWith(t, "chrome150", Override{JA3: okhttpJA3}); p.Vary.Permute == nil || len(p.Vary.OneOf) != 0 || len(p.Vary.Equal) != 1 {
		t.Errorf("%+v", p.Vary)
	}
	if p := mustWith(t, "chrome150", Override{JA3: okhttpJA3, TLSPermuteExtensions: new(false)}); p.Vary.Permute != nil {
		t.Error("it is permuted")
	}
	if p := mustWith(t, "", Override{JA3: okhttpJA3, TLSPermuteExtensions: new(true)}); p.Vary.Permute == nil || p.Vary.Permute.First[0] != "grease" {
		t.Error("it is not permuted")
	}
	p := mustWith(t, "", Override{JA3: "771,4865,10-13-51-43-65037,29,"})
	if len(p.Vary.OneOf) != 1 || len(p.Vary.OneOf[0].Values) != 4 {
		t.Errorf("the lengths of ECH: %+v", p.Vary.OneOf)
	}
	if p := mustWith(t, "chrome150", Override{TLSGrease: new(false)}); len(p.Vary.Equal)+len(p.Vary.Distinct) != 0 {
		t.Errorf("%+v", p.Vary)
	}
}

// testWithTickets: sessions are resumed as far as the JA3 has the extensions for it.
func testWithTickets(t *testing.T) {
	for _, row := range []struct {
		name, base, ja3 string
		want            []Situation
	}{
		{"all there", "firefox153_linux", okhttpJA3, []Situation{Resumed, Resumed12}},
		{"no session_ticket", "firefox153_linux", "771,4865,10-13-51-43-45,29,", []Situation{Resumed}},
		{"no psk_key_exchange_modes", "chrome150", "771,4865,10-13-51-43-35,29,", []Situation{Resumed12}},
		{"nothing", "chrome150", "771,4865,10-13-51-43,29,", nil},
		{"without a browser", "", okhttpJA3, []Situation{Resumed, Resumed12}},
		{"Safari does not resume TLS 1.2", "safari2601", okhttpJA3, []Situation{Resumed}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := mustWith(t, row.base, Override{JA3: row.ja3})
			var got []Situation
			for _, s := range []Situation{Resumed, Resumed12} {
				if p.Hello(s) != nil {
					got = append(got, s)
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("%v, want %v", got, row.want)
			}
			if p.TLS.ECHBlock != 0 || p.TLS.CookieAfter != "" && p.First.TLS.Extension(fingerprint.ExtSignatureAlgorithms) == nil {
				t.Errorf("%+v", p.TLS)
			}
		})
	}
}

// testPrecedence: JA3, then the other fields, then Akamai; and each Override on top of those before.
func testPrecedence(t *testing.T) {
	const list = "tls.extensions.signature_algorithms[0]"
	one := Override{JA3: okhttpJA3, TLSSignatureAlgorithms: Signatures{0x0807}, HTTP2StreamWeight: new(7), Akamai: "4:100000|00|0|mpas"}
	p := mustWith(t, "chrome150", one)
	if leaf(p, list) != "2055" || leaf(p, "http2.requests[0].priority.weight") != "7" || leaf(p, "http2.opening[1].type") != "absent" {
		t.Errorf("%+v", p.First)
	}
	p = mustWith(t, "chrome150", one, Override{JA3: "771,4865,10-13-51-43,29,", Akamai: "4:100000|1|0|masp"})
	if leaf(p, list) != "2055" || leaf(p, "tls.cipher_suites[2]") != "absent" || leaf(p, "http2.opening[1].increment") != "1" || leaf(p, "http2.requests[0].priority.weight") != "7" {
		t.Errorf("%+v", p.First)
	}
	p = mustWith(t, "chrome150", one, Override{TLSSignatureAlgorithms: Signatures{0x0403}})
	padded := strings.Replace(okhttpJA3, "-43,", "-43-21,", 1) // by the base's rule, as the hello is short now
	if ja3, akamai := textsOf(t, p); leaf(p, list) != "1027" || ja3 != padded || akamai != "4:100000|00|0|m,p,a,s" {
		t.Errorf("%s %s", ja3, akamai)
	}
}

// testWithRefuses: an override that cannot be honoured is an *OverrideError that names the field.
func testWithRefuses(t *testing.T) {
	for _, row := range []struct {
		reason, base, field string
		o                   Override
	}{
		{"no JA3", "chrome150", "ja3", Override{JA3: "771"}},
		{"no Akamai fingerprint", "chrome150", "akamai", Override{Akamai: "1:1"}},
		{"HTTP/3", "chrome150", "perk", Override{Perk: "1:65536|masp|x"}},
		{"HTTP/3", "chrome150", "http3_sig_hash_algs", Override{HTTP3SigHashAlgs: new("")}},
		{"HTTP/3", "chrome150", "http3_tls_extension_order", Override{HTTP3TLSExtensionOrder: new("0-1")}},
		{"no form of boundaries", "chrome150", "form_boundary", Override{FormBoundary: "x"}},
		{"an extension whose body nobody knows", "chrome150", "ja3", Override{JA3: "771,4865,10-13-51-43-51764,29,"}},
		{"no group with a key exchange", "", "ja3", Override{JA3: "771,4865,10-13-51-43,256-257,"}},
		{"the JA3 beside it has no such extension", "", "tls_cert_compression", Override{JA3: okhttpJA3, TLSCertCompression: Compression{2}}},
		{"the JA3 beside it has the extension", "", "tls_cert_compression", Override{JA3: okhttpJA3 + "-0-1", TLSCertCompression: Compression{}}},
		{"no signature algorithms", "chrome150", "tls_signature_algorithms", Override{TLSSignatureAlgorithms: Signatures{}}},
		{"a limit out of range", "chrome150", "tls_record_size_limit", Override{TLSRecordSizeLimit: new(63)}},
		{"a limit out of range", "chrome150", "tls_record_size_limit", Override{TLSRecordSizeLimit: new(16386)}},
		{"no share", "chrome150", "tls_key_shares_limit", Override{TLSKeySharesLimit: new(0)}},
		{"more shares than groups", "chrome150", "tls_key_shares_limit", Override{TLSKeySharesLimit: new(9)}},
		{"a version of SSL", "chrome150", "tls_min_version", Override{TLSMinVersion: 768}},
		{"a hello that cannot say it", "", "tls_min_version", Override{JA3: "771,47,0,,", TLSMinVersion: 771}},
		{"weight 0", "chrome150", "http2_stream_weight", Override{HTTP2StreamWeight: new(0)}},
		{"weight 257", "chrome150", "http2_stream_weight", Override{HTTP2StreamWeight: new(257)}},
		{"exclusive without a weight", "safari2601", "http2_stream_weight", Override{HTTP2StreamExclusive: new(Flag(true))}},
		{"a priority that is not there", "safari2601", "http2_stream_weight", Override{HTTP2NoPriority: new(false)}},
		{"priority and none", "chrome150", "http2_no_priority", Override{HTTP2NoPriority: new(true), HTTP2StreamWeight: new(1)}},
		{"a window of nothing", "chrome150", "akamai", Override{Akamai: "4:0|0|0|masp"}},
		{"a window that Firefox would burst", "firefox153_linux", "akamai", Override{Akamai: "4:2147483647|0|0|masp"}},
		{"a table of 4 GiB", "chrome150", "akamai", Override{Akamai: "1:4294967295|0|0|masp"}},
		{"a name twice", "chrome150", "header_order", Override{HeaderOrder: NameList{"a", "A"}}},
		{"no name", "chrome150", "header_order", Override{HeaderOrder: NameList{"a", ""}}},
		{"a pseudo-header field", "chrome150", "header_order", Override{HeaderOrder: NameList{":path"}}},
	} {
		t.Run(row.field+"/"+row.reason, func(t *testing.T) {
			p := Neutral()
			if row.base != "" {
				p, _ = Lookup(row.base)
			}
			if row.o.JA3 == okhttpJA3+"-0-1" {
				row.o.JA3 = strings.Replace(okhttpJA3, "-45-43", "-45-27-43", 1)
			}
			q, err := p.With(row.o)
			var e *OverrideError
			if q != nil || !errors.As(err, &e) || e.Field != row.field {
				t.Fatalf("%v, %v", q, err)
			}
			var parse *fingerprint.ParseError
			if is := strings.HasPrefix(row.reason, "no JA3") || strings.HasPrefix(row.reason, "no Akamai"); errors.As(err, &parse) != is {
				t.Errorf("%T in %v", parse, err)
			}
			if is := row.reason == "HTTP/3"; errors.Is(err, ErrNotSupported) != is {
				t.Errorf("%v", err)
			}
		})
	}
}

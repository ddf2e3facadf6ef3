package profiles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// testWithAkamai: everything is sent as it is written, in the places of the profile's frames.
func testWithAkamai(t *testing.T) {
	for _, row := range []struct {
		name, base, text string
		opening          string
		stream           uint32
		conn, perStream  int // refills
	}{
		{"Safari's on Chrome", "chrome150", "2:0;3:100;4:2097152;9:1|10420225|0|m,s,a,p", "SETTINGS WINDOW_UPDATE:10420225", 1, (10420225 + 65535) / 2, 1048576},
		{"no WINDOW_UPDATE", "chrome150", "3:100;4:65535|0|0|masp", "SETTINGS", 1, 32767, 32767},
		{"old Firefox' tree", "firefox153_linux", "1:65536;4:131072;5:16384|12517377|3:0:0:201,5:0:0:101,7:0:0:1,9:0:7:1,11:0:3:1,13:0:0:241|m,p,a,s",
			"SETTINGS WINDOW_UPDATE:12517377 PRIORITY:3 PRIORITY:5 PRIORITY:7 PRIORITY:9 PRIORITY:11 PRIORITY:13", 15, 4194304, 4194305},
		{"the same windows have the same refills", "chrome150", "4:6291456|15663105|0|masp", "SETTINGS WINDOW_UPDATE:15663105", 1, 7864320, 3145728},
		{"without a browser", "", "4:16777216|16711681|0|m,p,a,s", "SETTINGS WINDOW_UPDATE:16711681", 1, (16711681 + 65535) / 2, 8388608},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := mustWith(t, row.base, Override{Akamai: row.text})
			var opening []string
			for _, f := range p.First.HTTP2.Opening {
				switch f.Type {
				case "WINDOW_UPDATE":
					opening = append(opening, fmt.Sprintf("%s:%d", f.Type, f.Increment))
				case "PRIORITY":
					opening = append(opening, fmt.Sprintf("%s:%d", f.Type, f.Stream))
				default:
					opening = append(opening, f.Type)
				}
			}
			if got := strings.Join(opening, " "); got != row.opening {
				t.Errorf("%s, want %s", got, row.opening)
			}
			if got := p.First.HTTP2.Requests[0].Stream; got != row.stream && !(row.base == "firefox153_linux" && got == 15) {
				t.Errorf("the first stream is %d", got)
			}
			if p.HTTP2.ConnectionRefill != row.conn || p.HTTP2.StreamRefill != row.perStream {
				t.Errorf("refills %d and %d", p.HTTP2.ConnectionRefill, p.HTTP2.StreamRefill)
			}
			text, _, err := fingerprint.Akamai(p.First.HTTP2)
			if want := strings.NewReplacer("|0|0|", "|00|0|", "masp", "m,a,s,p").Replace(row.text); text != want || err != nil {
				t.Errorf("%s, want %s", text, want)
			}
		})
	}
}

// testWithAkamaiTwice: the later one is all that is left, and frames that it cannot name stay.
func testWithAkamaiTwice(t *testing.T) {
	p := Neutral()
	ping := fingerprint.Frame{Type: "0x20", Payload: fingerprint.Hex{1}}
	p.First.HTTP2.Opening = slices.Insert(p.First.HTTP2.Opening, 1, ping)
	const last = "1:1;2:0|7|5:1:0:3|s,p,a,m"
	p, err := p.With(Override{Akamai: "4:100000|00|3:0:0:201,5:0:0:101|masp"}, Override{Akamai: last})
	if err != nil {
		t.Fatal(err)
	}
	if _, text := textsOf(t, p); text != last {
		t.Error(text)
	}
	if o := p.First.HTTP2.Opening; len(o) != 4 || o[1].Type != ping.Type {
		t.Errorf("%+v", o)
	}
}

// testWithPriority: weight and exclusive bit of every kind of request, or none.
func testWithPriority(t *testing.T) {
	for _, row := range []struct {
		name, base string
		o          Override
		want       string
	}{
		{"weight", "chrome150", Override{HTTP2StreamWeight: new(220), HTTP2StreamExclusive: new(Flag(false))}, "&{220 0 false}"},
		{"exclusive stays", "chrome150", Override{HTTP2StreamWeight: new(1)}, "&{1 0 true}"},
		{"none", "chrome150", Override{HTTP2NoPriority: new(true)}, "<nil>"},
		{"there is one", "chrome150", Override{HTTP2NoPriority: new(false)}, "&{256 0 true}"},
		{"one that was not there", "safari2601", Override{HTTP2StreamWeight: new(26)}, "&{26 0 false}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := mustWith(t, row.base, row.o)
			base := lookup(t, row.base)
			for _, k := range p.Kinds() {
				want := row.want
				if row.name == "there is one" || len(p.Headers[k].H2) == 0 { // each kind keeps its own; a WebSocket has none
					want = fmt.Sprint(base.Headers[k].Priority)
				}
				if got := fmt.Sprint(p.Headers[k].Priority); got != want {
					t.Errorf("%s: %s, want %s", k, got, want)
				}
			}
			if got := fmt.Sprint(p.First.HTTP2.Requests[0].Priority); got != row.want {
				t.Error(got)
			}
		})
	}
}

func fieldNames(l []fingerprint.Field) string {
	var names []string
	for _, f := range l {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

// testWithHeaderOrder: named fields come first, Host stays in front, and names that the browser does not have are places.
func testWithHeaderOrder(t *testing.T) {
	p := mustWith(t, "chrome150", Override{HeaderOrder: NameList{"x-two", "User-Agent", "X-oNe", "*"}, Akamai: "1:1|0|0|mpas"})
	set := p.Headers[Navigate]
	if got := fieldNames(set.H1); !strings.HasPrefix(got, "Host X-Two User-Agent X-oNe * Connection ") && !strings.HasPrefix(got, "Host X-Two User-Agent X-oNe Connection ") {
		t.Error(got)
	}
	if got := fieldNames(set.H2); !strings.HasPrefix(got, ":method :path :authority :scheme x-two user-agent x-one ") {
		t.Error(got)
	}
	if got := fieldNames(p.First.HTTP2.Requests[0].Fields); !strings.HasPrefix(got, ":method :path :authority :scheme user-agent sec-ch-ua ") {
		t.Error(got)
	}
	p = mustWith(t, "chrome150", Override{HeaderOrder: NameList{"accept", "host", "connection"}})
	if got := fieldNames(p.Headers[Navigate].H1); !strings.HasPrefix(got, "Accept Host Connection ") {
		t.Error(got)
	}
	if got := fieldNames(p.Headers[Navigate].H2); strings.Contains(got, "host") || strings.Contains(got, "connection") {
		t.Error(got)
	}
	base, err := Lookup("chrome150")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := base.Headers[Navigate].H2, p.Headers[Navigate].H2; len(a) != len(b) || slices.Equal(a, b) {
		t.Errorf("%d and %d fields", len(a), len(b))
	}
}

// testParseOverride: strict JSON in the words of the reference library.
func testParseOverride(t *testing.T) {
	o, err := ParseOverride([]byte(`{"tls_min_version":"tlsv1_2","tls_grease":false,"tls_cert_compression":["zlib","brotli"],
		"tls_signature_algorithms":"ecdsa_secp256r1_sha256:RSA_PKCS1_SHA1","tls_delegated_credential":[],"http2_stream_exclusive":0,"header_order":"a, b","http2_stream_weight":42,
		"ja3":"` + okhttpJA3 + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	if o.TLSMinVersion != 771 || *o.TLSGrease || !slices.Equal(o.TLSCertCompression, Compression{1, 2}) || !slices.Equal(o.TLSSignatureAlgorithms, Signatures{0x403, 0x201}) ||
		o.TLSDelegatedCredential == nil || len(o.TLSDelegatedCredential) != 0 || bool(*o.HTTP2StreamExclusive) || !slices.Equal(o.HeaderOrder, NameList{"a", "b"}) || o.TLSPermuteExtensions != nil {
		t.Errorf("%+v", o)
	}
	text, err := fingerprint.FormatJSON(o)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseOverride(text); err != nil || string(must(fingerprint.FormatJSON(back))) != string(text) {
		t.Errorf("%s: %v", text, err)
	}
	for _, bad := range []string{
		`{"tls_greese":true}`, `{"tls_grease":1}`, `{"tls_grease":true,"tls_grease":true}`, `{"form_boundary":true}`, `{"tls_min_version":1.2}`, `{"tls_min_version":"1.4"}`,
		`{"tls_signature_algorithms":"rsa"}`, `{"tls_signature_algorithms":["a:b"]}`, `{"http2_stream_exclusive":2}`, `[]`, `{"header_order":[1]}`,
	} {
		if o, err := ParseOverride([]byte(bad)); err == nil {
			t.Errorf("%s: %+v", bad, o)
		}
	}
}

// testWarnings: the traps that are no errors.
func testWarnings(t *testing.T) {
	for ja3, want := range map[string][]string{
		okhttpJA3: nil, "": nil, "771": nil,
		"771,2570-4865,10-11-13-51-43-45-22-1-49-21-41,29,": {"GREASE", "encrypt_then_mac (22)", "max_fragment_length (1)", "post_handshake_auth (49)", "padding (21)", "pre_shared_key (41)", "point formats", "tls_permute"},
	} {
		o := Override{JA3: ja3, TLSPermuteExtensions: new(want != nil)}
		got := o.Warnings()
		ok := len(got) == len(want)
		for i := range min(len(got), len(want)) {
			ok = ok && strings.Contains(got[i], want[i])
		}
		if !ok {
			t.Errorf("%s: %q", ja3, got)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// testOverrideSet: every key can be written on a command line, and a wrong value changes nothing.
func testOverrideSet(t *testing.T) {
	good := map[string]string{
		"ja3": okhttpJA3, "akamai": "1:1|0|0|masp", "perk": "x", "tls_min_version": "1.2", "tls_grease": "true", "tls_permute_extensions": "0", "tls_key_shares_limit": "2",
		"tls_cert_compression": "zlib", "tls_signature_algorithms": "ed25519", "tls_delegated_credential": "", "tls_record_size_limit": "0", "http2_stream_weight": "256",
		"http2_stream_exclusive": "1", "http2_no_priority": "false", "header_order": "a,b", "split_cookies": "true", "form_boundary": "webkit", "http3_sig_hash_algs": "x",
		"http3_tls_extension_order": "x",
	}
	var o Override
	for name, value := range good {
		if err := o.Set(name, value); err != nil {
			t.Error(err)
		}
	}
	text := string(must(fingerprint.FormatJSON(o)))
	for name := range good {
		if !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("%s is not set", name)
		}
	}
	for name, value := range map[string]string{"tls_grease": "yes", "tls_min_version": "9", "http2_stream_weight": "1.5", "nothing": "1", "tls_cert_compression": "lzma", "tls_record_size_limit": "[1]"} {
		if err := o.Set(name, value); err == nil {
			t.Errorf("%s=%s is accepted", name, value)
		}
	}
	if string(must(fingerprint.FormatJSON(o))) != text {
		t.Error("a wrong value has changed something")
	}
}

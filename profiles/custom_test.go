package profiles

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// testClone: an edited copy leaves the embedded profile alone, and is checked like a file.
func testClone(t *testing.T) {
	everyProfile(t, func(t *testing.T, p *Profile) {
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		before := p.Clone()
		q := p.Clone()
		if !reflect.DeepEqual(p, q) {
			t.Fatal("the copy differs")
		}
		q.Name = "mine"
		q.First.TLS.CipherSuites[0] = 47
		q.First.TLS.Extension(fingerprint.ExtExtendedMasterSecret).Type = 22
		q.TLS.WebSocketPage = false // it needs one of the edits that go
		q.First.HTTP2.Opening[0].Settings[0].Value++
		q.Headers[Navigate].H2[4].Value = "x"
		q.Evidence[0].Note = "x"
		for s := range q.Delta {
			delete(q.Delta, s)
		}
		if !reflect.DeepEqual(p, before) {
			t.Error("the original has changed")
		}
		if err := q.Validate(); err == nil || !strings.Contains(err.Error(), "headers.navigate.h2") {
			t.Errorf("%v", err)
		}
	})
}

// curlText has the fields of FP-19 that concern TCP, and some others.
const curlText = `{
 "client": "Chrome", "client_version": "142", "os": "macOS", "os_version": "Tahoe", "http_version": "v2", "tls_version": "1.2",
 "tls_ciphers": ["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
 "tls_alpn": true, "tls_alps": true, "tls_use_new_alps_codepoint": true, "tls_cert_compression": ["brotli"], "tls_signature_hashes": ["ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"],
 "tls_key_shares_limit": 2, "tls_supported_groups": ["X25519Kyber768", "X25519", "P-256"], "tls_session_ticket": true,
 "tls_extension_order": "0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17613-65037-28-21", "tls_grease": true, "tls_ech": "grease", "tls_permute_extensions": false,
 "tls_record_size_limit": null, "headers": {"Host": "", "sec-ch-ua": "\"A\"", "User-Agent": "UA", "Accept": "*/*", "Priority": "u=0, i"}, "header_order": "user-agent,sec-ch-ua", "split_cookies": true,
 "http2_settings": "1:65536;2:0;4:6291456", "http2_window_update": 15663105, "http2_pseudo_headers_order": "mpas", "http2_stream_weight": 220, "http2_stream_exclusive": 1,
 "http3_settings": "1:65536", "quic_cid_length": "webkit", "ws_disable_session_ticket": true, "ws_tls_cert_compression": [], "ws_header_order": "host", "form_boundary": "webkit", "tomorrow": 1
}`

// testFromCurlImpersonate: every field has its effect, and what has none is named.
func testFromCurlImpersonate(t *testing.T) {
	p, ignored, err := FromCurlImpersonate("mine", []byte(curlText))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"http3_settings", "quic_cid_length", "tomorrow", "ws_header_order"}; !slices.Equal(ignored, want) {
		t.Errorf("ignored: %q", ignored)
	}
	if p.Boundary() != BoundaryWebKit || p.FormBoundary != BoundaryWebKit {
		t.Errorf("boundary %q", p.FormBoundary)
	}
	ja3, akamai := textsOf(t, p)
	// record_size_limit (28) is in the order, which is an allow-list, and is not turned on.
	if ja3 != "771,4865-49195-49199,0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17613-65037-21,25497-29-23,0" {
		t.Error(ja3)
	}
	if akamai != "1:65536;2:0;4:6291456|15663105|0|m,p,a,s" {
		t.Error(akamai)
	}
	for path, want := range map[string]string{
		"tls.cipher_suites[0]": "GREASE", "tls.extensions.key_share[1].group": "25497", "tls.extensions.key_share[2].group": "29", "tls.extensions.signature_algorithms[1]": "2052",
		"tls.extensions.signature_algorithms[2]": "absent", "http2.requests[0].priority.weight": "220", "http2.requests[0].priority.exclusive": "true",
		"http2.requests[0].fields.order": ":method,:path,:authority,:scheme,user-agent,sec-ch-ua,accept,priority", "http2.requests[0].fields[user-agent].value": "UA",
	} {
		if got := leaf(p, path); got != want {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
	}
	if got := fieldNames(p.Headers[Navigate].H1); got != "Host User-Agent sec-ch-ua Accept * Cookie Content-Length Content-Type" {
		t.Error(got)
	}
	if p.Name != "mine" || p.Browser.Name != "chrome" || p.Browser.Engine != "chromium" || p.Browser.OS != "macOS Tahoe" {
		t.Errorf("%s %+v", p.Name, p.Browser)
	}
	text, err := fingerprint.FormatJSON(p)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	sameWire(t, p, back)
}

// testFromCurlImpersonateWebSocket: WebSockets have another hello, and pages stay as they are.
func testFromCurlImpersonateWebSocket(t *testing.T) {
	p, _, err := FromCurlImpersonate("mine", []byte(curlText))
	if err != nil {
		t.Fatal(err)
	}
	ws := p.Hello(ForWebSocket)
	if ws == nil || ws.Extension(35) != nil || ws.Extension(27) != nil || ws.Extension(17613) != nil || !slices.Equal(ws.Extension(16).Protocols, []string{"http/1.1"}) {
		t.Errorf("%+v", ws)
	}
	if p.First.TLS.Extension(35) == nil || p.First.TLS.Extension(27) == nil || p.Hello(Resumed) == nil || p.Hello(Resumed12) != nil {
		t.Error("pages are not as they were")
	}
}

// testFromCurlImpersonateDefaults: what is left empty is the library's default, as it was recorded.
func testFromCurlImpersonateDefaults(t *testing.T) {
	p, ignored, err := FromCurlImpersonate("empty", []byte(`{"tls_alpn":true,"tls_session_ticket":true}`))
	if err != nil || len(ignored) != 0 {
		t.Fatal(ignored, err)
	}
	ja3, akamai := textsOf(t, p)
	if ja3 != "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-60-61-49188-49192-51-57-103-107-158-159-49161-49171-49162-49172-156-157-47-53,0-23-65281-10-11-35-16-5-13-18-51-45-43-21,29-23-24,0" {
		t.Error(ja3)
	}
	if akamai != "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p" || leaf(p, "http2.requests[0].priority.weight") != "256" {
		t.Error(akamai)
	}
	p, _, err = FromCurlImpersonate("permuted", []byte(`{"tls_permute_extensions":true,"tls_extension_order":"0-16","tls_cert_compression":[],"tls_version":"1.3","http2_no_priority":true}`))
	if err != nil {
		t.Fatal(err)
	}
	if p.Vary.Permute == nil || leaf(p, "tls.extensions.compress_certificate") != "absent" || leaf(p, "tls.extensions.supported_versions[1]") != "absent" ||
		leaf(p, "tls.extensions.supported_groups") == "absent" || leaf(p, "http2.requests[0].priority.weight") != "absent" {
		t.Errorf("%+v", p.First.TLS)
	}
}

func testFromCurlImpersonateRefuses(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{`[]`, "import bad"},
		{`{"tls_grease":"yes"}`, "tls_grease"},
		{`{"tls_ciphers":["TLS_NOTHING"]}`, "tls_ciphers"},
		{`{"tls_supported_groups":["P-192"]}`, "tls_supported_groups"},
		{`{"tls_version":"1.4"}`, "tls_min_version"},
		{`{"tls_extension_order":"0-x"}`, "tls_extension_order"},
		{`{"tls_extension_order":"0-9999"}`, "ja3"},
		{`{"tls_ech":"hard"}`, "tls_ech"},
		{`{"ws_tls_cert_compression":["zlib"]}`, "ws_tls_cert_compression"},
		{`{"ws_tls_cert_compression":["lzma"]}`, "ws_tls_cert_compression"},
		{`{"http2_settings":"1"}`, "akamai"},
		{`{"http2_pseudo_headers_order":"mas"}`, "akamai"},
		{`{"headers":["a"]}`, "headers"},
		{`{"headers":{"a":1}}`, "headers"},
		{`{"headers":{"a b":"c"}}`, "headers"},
		{`{"headers":{"a":"b\r\nc: d"}}`, "headers"},
		{`{"header_order":"a b"}`, "header_order"},
	} {
		if p, _, err := FromCurlImpersonate("bad", []byte(row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, %v", row.text, p != nil, err)
		}
	}
}

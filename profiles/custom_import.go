package profiles

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// curlFingerprint has the fields of a Fingerprint of the reference library that concern TCP, under its names.
type curlFingerprint struct {
	Client        string `json:"client"`
	ClientVersion string `json:"client_version"`
	OS            string `json:"os"`
	OSVersion     string `json:"os_version"`

	HTTPVersion            string   `json:"http_version"`
	TLSVersion             string   `json:"tls_version"`
	TLSCiphers             []string `json:"tls_ciphers"`
	TLSALPN                bool     `json:"tls_alpn"`
	TLSALPS                bool     `json:"tls_alps"`
	TLSCertCompression     []string `json:"tls_cert_compression"`
	TLSSignatureHashes     []string `json:"tls_signature_hashes"`
	TLSKeySharesLimit      int      `json:"tls_key_shares_limit"`
	TLSSupportedGroups     []string `json:"tls_supported_groups"`
	TLSSessionTicket       bool     `json:"tls_session_ticket"`
	TLSExtensionOrder      string   `json:"tls_extension_order"`
	TLSDelegatedCredential []string `json:"tls_delegated_credentials"`
	TLSRecordSizeLimit     *int     `json:"tls_record_size_limit"`
	TLSGrease              bool     `json:"tls_grease"`
	TLSNewALPS             bool     `json:"tls_use_new_alps_codepoint"`
	TLSSCT                 bool     `json:"tls_signed_cert_timestamps"` // always on there
	TLSECH                 *string  `json:"tls_ech"`
	TLSPermute             bool     `json:"tls_permute_extensions"`

	Headers      orderedFields `json:"headers"`
	HeaderOrder  string        `json:"header_order"`
	SplitCookies bool          `json:"split_cookies"`

	HTTP2Settings  string `json:"http2_settings"`
	HTTP2Window    uint32 `json:"http2_window_update"`
	HTTP2Pseudo    string `json:"http2_pseudo_headers_order"`
	HTTP2Weight    *int   `json:"http2_stream_weight"`
	HTTP2Exclusive *Flag  `json:"http2_stream_exclusive"`
	HTTP2NoPrio    bool   `json:"http2_no_priority"`

	FormBoundary string `json:"form_boundary"`

	WSNoTicket        bool     `json:"ws_disable_session_ticket"`
	WSCertCompression []string `json:"ws_tls_cert_compression"` // nil: as for pages
}

// orderedFields is a JSON object of strings in the order of the text.
type orderedFields []fingerprint.Field

// UnmarshalJSON implements [json.Unmarshaler].
func (l *orderedFields) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("want an object of names and values")
	}
	*l = nil
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value string
		if err := d.Decode(&value); err != nil {
			return err
		}
		*l = append(*l, fingerprint.Field{Name: name.(string), Value: value})
	}
	return nil
}

// FromCurlImpersonate makes a profile of that name out of the JSON text of a Fingerprint of the reference library
// (curl_cffi), as far as TCP is concerned. ignored has the keys, sorted, that have no effect here: those of HTTP/3,
// QUIC, fields of WebSockets, and unknown ones. A value of the wrong type, or one that cannot be
// honoured, is an error.
//
// As there, status_request and signed_certificate_timestamp are always offered, an order of extensions is an
// allow-list, and has no effect when they are permuted; padding follows BoringSSL's rule; what is left empty is the
// library's default (of HTTP/2, Chrome's); http_version chooses nothing. The fields of the headers make up the
// navigation, and every other kind is missing.
func FromCurlImpersonate(name string, text []byte) (p *Profile, ignored []string, err error) {
	f := curlFingerprint{TLSKeySharesLimit: 2, TLSVersion: "1.2"}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, nil, fmt.Errorf("profiles: import %s: %w", name, err)
	}
	known := jsonKeys(f)
	for k, v := range keys {
		if !slices.Contains(known, k) {
			ignored = append(ignored, k)
			delete(keys, k)
		} else if string(v) == "null" {
			delete(keys, k) // Python's None leaves the default
		}
	}
	slices.Sort(ignored)
	rest, err := json.Marshal(keys)
	if err == nil {
		err = fingerprint.DecodeStrict(rest, &f)
	}
	if err == nil {
		p, err = f.profile(name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("profiles: import %s: %w", name, err)
	}
	return p, ignored, nil
}

func (f *curlFingerprint) profile(name string) (*Profile, error) {
	p := Neutral()
	engine := map[string]string{"firefox": "firefox", "tor": "firefox", "safari": "webkit"}[strings.ToLower(f.Client)]
	if engine == "" {
		engine = "chromium"
	}
	p.Browser = Browser{Name: NeutralName, Version: f.ClientVersion, OS: strings.TrimSpace(f.OS + " " + f.OSVersion), Engine: engine}
	for _, x := range f.Headers {
		if !isToken(x.Name) || strings.ContainsFunc(x.Value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, refuse("headers", "%.80q: %.80q is no field", x.Name, x.Value)
		}
	}
	p.Headers = map[Kind]HeaderSet{Navigate: f.headers(p)}
	o, err := f.override()
	if err != nil {
		return nil, err
	}
	if p, err = p.With(*o); err != nil {
		return nil, err
	}
	if err := f.webSocket(p); err != nil {
		return nil, err
	}
	p.Name, p.Browser.Name = name, strings.ToLower(f.Client)
	if p.Browser.Name == "" {
		p.Browser.Name = "unknown"
	}
	p.Evidence = []Evidence{{Source: Reference, Note: "imported from the Fingerprint " + name + " of the reference library"}}
	return p, p.validate()
}

// override says everything but the fields of the request.
func (f *curlFingerprint) override() (*Override, error) {
	ja3, err := f.ja3()
	if err != nil {
		return nil, err
	}
	o := &Override{
		JA3: ja3, TLSGrease: &f.TLSGrease, TLSPermuteExtensions: &f.TLSPermute, SplitCookies: &f.SplitCookies,
		HTTP2StreamWeight: f.HTTP2Weight, HTTP2StreamExclusive: f.HTTP2Exclusive, HeaderOrder: ParseNameList(f.HeaderOrder),
		FormBoundary: f.FormBoundary,
	}
	if f.HTTP2NoPrio {
		o.HTTP2NoPriority, o.HTTP2StreamWeight, o.HTTP2StreamExclusive = &f.HTTP2NoPrio, nil, nil
	} else if o.HTTP2StreamWeight == nil {
		o.HTTP2StreamWeight = new(256)
	}
	for _, set := range [...]struct {
		name, value string
	}{
		{"tls_min_version", f.TLSVersion},
		{"tls_cert_compression", strings.Join(f.TLSCertCompression, ",")},
		{"tls_signature_algorithms", strings.Join(f.TLSSignatureHashes, ",")},
		{"tls_delegated_credential", strings.Join(f.TLSDelegatedCredential, ",")},
	} {
		if set.value == "" {
			continue
		}
		if err := o.Set(set.name, set.value); err != nil {
			return nil, err
		}
	}
	if f.TLSKeySharesLimit < 1 {
		return nil, refuse("tls_key_shares_limit", "%d: a hello has one key share at least", f.TLSKeySharesLimit)
	}
	want := fingerprint.Extension{}
	if h, err := fingerprint.ParseJA3(ja3); err == nil {
		if e := h.Extension(fingerprint.ExtSupportedGroups); e != nil {
			want = *e
		}
	}
	if shares := makeShares(want.List, want.List, false); f.TLSKeySharesLimit > 0 {
		o.TLSKeySharesLimit = new(min(f.TLSKeySharesLimit, len(shares)))
		if f.TLSKeySharesLimit == 2 { // BoringSSL's own rule
			o.TLSKeySharesLimit = nil
		}
	}
	o.TLSRecordSizeLimit = f.TLSRecordSizeLimit
	o.Akamai = f.akamai()
	return o, nil
}

// akamai says the HTTP/2 opening, which in the library is Chrome's where nothing is said.
func (f *curlFingerprint) akamai() string {
	return cmp.Or(f.HTTP2Settings, "1:65536;2:0;4:6291456;6:262144") + "|" +
		strconv.FormatUint(uint64(cmp.Or(f.HTTP2Window, 15663105)), 10) + "|0|" + cmp.Or(f.HTTP2Pseudo, "masp")
}

func jsonKeys(f curlFingerprint) (keys []string) {
	b, err := json.Marshal(f)
	var m map[string]json.RawMessage
	if err != nil || json.Unmarshal(b, &m) != nil {
		return nil
	}
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

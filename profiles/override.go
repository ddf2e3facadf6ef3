package profiles

import (
	"errors"
	"fmt"

	"github.com/wirelike/wirelike/fingerprint"
)

// Override is what a caller wants otherwise than a profile has it; [Profile.With] makes the other profile. The zero value
// changes nothing: an empty string, 0, or nil leaves what the profile has, while a pointer to false or 0, and an empty list
// that is not nil, say so: off. The names in JSON are those of the reference library.
//
// Within one Override, JA3 comes first, then the fields from TLSMinVersion to SplitCookies, then Akamai and FormBoundary. What contradicts
// the JA3 beside it is an error; of several Overrides each later one overrides.
type Override struct {
	// JA3 gives version, cipher suites, extensions and their order, groups and point formats; see
	// [fingerprint.ParseJA3]. Everything else is that of the profile, for an extension that the profile has, too, and
	// else a default: see [DefaultExtension]. GREASE, the permutation of the extensions and padding, which JA3 cannot
	// show, stay as the profile has them. Key shares stay for the same groups; for others they are those of BoringSSL,
	// and those of the profile that are left.
	JA3 string `json:"ja3,omitempty"`

	// TLSMinVersion is the lowest version that supported_versions lists, 769 to 772; the highest stays. 0: as it is.
	TLSMinVersion Version `json:"tls_min_version,omitempty"`
	// TLSGrease puts GREASE values where BoringSSL has them (cipher suites, two extensions, groups, key shares, versions),
	// or takes them away from everywhere.
	TLSGrease *bool `json:"tls_grease,omitempty"`
	// TLSPermuteExtensions draws a new order of the extensions for every connection, or pins that of First.
	TLSPermuteExtensions *bool `json:"tls_permute_extensions,omitempty"`
	// TLSKeySharesLimit is how many key shares there are beside that of GREASE: those that BoringSSL would send, then
	// the groups of the list in order; groups without key exchange in the TLS stack are passed over.
	TLSKeySharesLimit *int `json:"tls_key_shares_limit,omitempty"`
	// TLSCertCompression, TLSSignatureAlgorithms and TLSDelegatedCredential are the contents of the extensions of these
	// names, TLSRecordSizeLimit is that of record_size_limit in bytes, 64 to 16385. Empty, or 0: no such extension, which
	// signature_algorithms does not allow. One that is not there comes last.
	TLSCertCompression     Compression `json:"tls_cert_compression,omitzero"`
	TLSSignatureAlgorithms Signatures  `json:"tls_signature_algorithms,omitzero"`
	TLSDelegatedCredential Signatures  `json:"tls_delegated_credential,omitzero"`
	TLSRecordSizeLimit     *int        `json:"tls_record_size_limit,omitempty"`

	// HTTP2StreamWeight (1 to 256) and HTTP2StreamExclusive are those of the priority in HEADERS, for every kind of
	// request.
	HTTP2StreamWeight    *int  `json:"http2_stream_weight,omitempty"`
	HTTP2StreamExclusive *Flag `json:"http2_stream_exclusive,omitempty"`
	// HTTP2NoPriority leaves the priority out of HEADERS. False only insists that there is one.
	HTTP2NoPriority *bool `json:"http2_no_priority,omitempty"`

	// HeaderOrder has the names of the fields that come first, in that order, for every kind of request; the others follow
	// in the order of the profile. Host stays in front unless it is named. "*" is the place of the caller's own fields.
	// A name that the profile does not have is a place for the caller's own field; over HTTP/1.1 that is spelled as here,
	// or, if it is all in lower case here, with capitals ("X-One").
	HeaderOrder NameList `json:"header_order,omitzero"`
	// SplitCookies sends each cookie as a field of its own over HTTP/2, as browsers do, or all in one field.
	SplitCookies *bool `json:"split_cookies,omitempty"`

	// Akamai gives SETTINGS, the first WINDOW_UPDATE and the PRIORITY frames of an HTTP/2 connection and the order of the
	// pseudo-header fields; see [fingerprint.ParseAkamai]. Everything is sent as it is written.
	Akamai string `json:"akamai,omitempty"`

	// FormBoundary is the form of the boundary of multipart bodies: one of [Boundaries], or a browser that has it ("chrome",
	// "safari" …). The boundary itself is drawn anew for each body. Empty: that of the browser's engine.
	FormBoundary string `json:"form_boundary,omitempty"`

	// These are known, and refused: HTTP/3, which they are about, does not exist yet.

	HTTP3SigHashAlgs       *string `json:"http3_sig_hash_algs,omitempty"`
	HTTP3TLSExtensionOrder *string `json:"http3_tls_extension_order,omitempty"`
	Perk                   string  `json:"perk,omitempty"`
}

// OnlyHTTP2 returns the names of the fields that say something of HTTP/2 and nothing of anything else, and are set.
func (o *Override) OnlyHTTP2() (names []string) {
	for _, f := range [...]struct {
		name string
		set  bool
	}{
		{"akamai", o.Akamai != ""}, {"http2_stream_weight", o.HTTP2StreamWeight != nil}, {"http2_stream_exclusive", o.HTTP2StreamExclusive != nil},
		{"http2_no_priority", o.HTTP2NoPriority != nil}, {"split_cookies", o.SplitCookies != nil},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

// ErrNotSupported is the cause of an [OverrideError] about what is not there at all, whatever its value.
var ErrNotSupported = errors.New("not supported")

// OverrideError says which field of an [Override] cannot be honoured, and why.
type OverrideError struct {
	// Field is the field's name in JSON: "ja3", "tls_cert_compression".
	Field string
	// Err is the reason: a [*fingerprint.ParseError] for texts with a grammar, [ErrNotSupported] in the chain for what is
	// not there.
	Err error
}

func (e *OverrideError) Error() string { return "profiles: " + e.Field + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *OverrideError) Unwrap() error { return e.Err }

func refuse(field, format string, args ...any) error {
	return &OverrideError{field, fmt.Errorf(format, args...)}
}

// ParseOverride reads an Override from JSON, strictly: an unknown key is an error.
func ParseOverride(b []byte) (*Override, error) {
	o := &Override{}
	if err := fingerprint.DecodeStrict(b, o); err != nil {
		return nil, fmt.Errorf("profiles: override: %w", err)
	}
	return o, nil
}

// unsupported refuses what nothing could honour.
func (o *Override) unsupported() error {
	for _, f := range [...]struct {
		name, why string
		set       bool
	}{
		{"http3_sig_hash_algs", "HTTP/3", o.HTTP3SigHashAlgs != nil},
		{"http3_tls_extension_order", "HTTP/3", o.HTTP3TLSExtensionOrder != nil},
		{"perk", "HTTP/3", o.Perk != ""},
	} {
		if f.set {
			return refuse(f.name, "%w: there is no %s yet", ErrNotSupported, f.why)
		}
	}
	return nil
}

package profiles

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// boringCiphers are what BoringSSL offers in the reference library when nothing is said, and boringOrder is the order of
// its extensions (recorded with curl_cffi 0.17.0; where 17513 and those behind it stand is a guess).
var (
	boringCiphers = []fingerprint.ID{4865, 4866, 4867, 49195, 49199, 49196, 49200, 52393, 52392, 60, 61, 49188, 49192, 51, 57, 103, 107,
		158, 159, 49161, 49171, 49162, 49172, 156, 157, 47, 53}
	boringGroups = []fingerprint.ID{29, 23, 24}
	boringOrder  = []fingerprint.ID{0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 17513, 17613, 34, 28, 65037}
)

// ja3 puts the hello into words.
func (f *curlFingerprint) ja3() (string, error) {
	ciphers, err := fingerprint.ParseCipherSuites(strings.Join(f.TLSCiphers, ","))
	if err != nil {
		return "", &OverrideError{"tls_ciphers", err}
	}
	groups, err := fingerprint.ParseGroups(strings.Join(f.TLSSupportedGroups, ","))
	if err != nil {
		return "", &OverrideError{"tls_supported_groups", err}
	}
	if len(ciphers) == 0 {
		ciphers = boringCiphers
	}
	if len(groups) == 0 {
		groups = boringGroups
	}
	ech := ""
	if f.TLSECH != nil {
		ech = strings.ToLower(*f.TLSECH)
	}
	if !slices.Contains([]string{"", "false", "grease", "true"}, ech) {
		return "", refuse("tls_ech", "%w: %.40q; only GREASE is", ErrNotSupported, ech)
	}
	on := map[fingerprint.ID]bool{
		16: f.TLSALPN, 35: f.TLSSessionTicket, 27: len(f.TLSCertCompression) > 0, 34: len(f.TLSDelegatedCredential) > 0,
		28: f.TLSRecordSizeLimit != nil && *f.TLSRecordSizeLimit > 0, 65037: ech == "grease" || ech == "true",
		17513: f.TLSALPS && !f.TLSNewALPS, 17613: f.TLSNewALPS,
	}
	order := boringOrder
	if f.TLSExtensionOrder != "" && !f.TLSPermute {
		order = nil
		for item := range strings.SplitSeq(f.TLSExtensionOrder, "-") {
			n, err := strconv.ParseUint(item, 10, 16)
			if err != nil {
				return "", refuse("tls_extension_order", "%.40q is no number", item)
			}
			order = append(order, fingerprint.ID(n))
		}
	}
	var extensions []fingerprint.ID
	for _, t := range order {
		if enabled, optional := on[t]; (!optional || enabled) && t != fingerprint.ExtPadding {
			extensions = append(extensions, t)
		}
	}
	extensions = append(extensions, fingerprint.ExtPadding)
	h := &fingerprint.ClientHello{Version: 0x0303, CipherSuites: ciphers}
	for _, t := range extensions {
		h.Extensions = append(h.Extensions, fingerprint.Extension{Type: t})
	}
	if e := h.Extension(fingerprint.ExtSupportedGroups); e != nil {
		e.List = groups
	}
	if e := h.Extension(fingerprint.ExtECPointFormats); e != nil {
		e.List = []fingerprint.ID{0}
	}
	text, _, err := fingerprint.JA3(h)
	return text, err
}

// webSocket makes the hello for WebSockets: without h2, and what differs from that of pages. Without session_ticket
// there, no session of TLS 1.2 is resumed at all.
func (f *curlFingerprint) webSocket(p *Profile) error {
	has := func(t fingerprint.ID) bool { return p.First.TLS.Extension(t) != nil }
	var patches []Patch
	if has(fingerprint.ExtALPN) {
		patches = append(patches, Patch{Put: &fingerprint.Extension{Type: fingerprint.ExtALPN, Protocols: []string{"http/1.1"}}})
	}
	if f.WSNoTicket && has(fingerprint.ExtSessionTicket) {
		patches = append(patches, Patch{Remove: fingerprint.ExtensionName(fingerprint.ExtSessionTicket)})
		delete(p.Delta, Resumed12)
	}
	if f.WSCertCompression != nil {
		list, err := fingerprint.ParseCertificateCompression(strings.Join(f.WSCertCompression, ","))
		switch {
		case err != nil:
			return &OverrideError{"ws_tls_cert_compression", err}
		case len(list) > 0 && !has(fingerprint.ExtCompressCertificate):
			return refuse("ws_tls_cert_compression", "pages have no compress_certificate (27), so that it has no place")
		case len(list) > 0:
			patches = append(patches, Patch{Put: &fingerprint.Extension{Type: fingerprint.ExtCompressCertificate, List: list}})
		case has(fingerprint.ExtCompressCertificate):
			patches = append(patches, Patch{Remove: fingerprint.ExtensionName(fingerprint.ExtCompressCertificate)})
		}
	}
	p.Delta[ForWebSocket] = patches
	p.ja3WebSocket(&fingerprint.ClientHello{})
	return nil
}

// headers makes the header lists of a navigation, and puts the fields into the first request of p. Content fields and
// cookies stand at the end, as in the reference library; HTTP/1.1 has Host in front and none of the fields that only
// HTTP/2 has.
func (f *curlFingerprint) headers(p *Profile) HeaderSet {
	r := &p.First.HTTP2.Requests[0]
	r.Fields = slices.Clone(r.Fields[:4])
	set := HeaderSet{H2: slices.Clone(FieldList(r.Fields)), H1: FieldList{{Name: "Host", Value: "*"}}}
	for i := range set.H2 {
		set.H2[i].Form = fingerprint.Form{}
	}
	for _, x := range f.Headers {
		lower := strings.ToLower(x.Name)
		if lower == "host" || x.Value == "" {
			continue // an empty Host is in fingerprints of the reference, and means nothing
		}
		r.Fields = append(r.Fields, fingerprint.Field{Name: lower, Value: x.Value})
		set.H2 = append(set.H2, fingerprint.Field{Name: lower, Value: x.Value})
		if lower != "priority" && lower != "te" {
			set.H1 = append(set.H1, x)
		}
	}
	for _, name := range []string{"*", "Cookie", "Content-Length", "Content-Type"} {
		set.H1 = append(set.H1, fingerprint.Field{Name: name})
		set.H2 = append(set.H2, fingerprint.Field{Name: strings.ToLower(name)})
	}
	return set
}

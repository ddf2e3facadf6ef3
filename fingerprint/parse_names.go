package fingerprint

import (
	"fmt"
	"strings"
)

// maxNames bounds lists of names; curl's reference takes as many.
const maxNames = 64

// ParseSignatureAlgorithms reads names of signature algorithms as the IANA registry "TLS SignatureScheme" has them, in any
// case, separated by commas or colons: "ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256". "grease" stands for a GREASE value,
// which Chromium has there from 152 on. Errors are of type *[ParseError].
func ParseSignatureAlgorithms(text string) ([]ID, error) {
	return parseNames("signature algorithms", text, schemeNames, nil)
}

// ParseCertificateCompression reads names of certificate compression algorithms (RFC 8879 §7.3), in any case, separated by
// commas or colons: "zlib,brotli,zstd". Errors are of type *[ParseError].
func ParseCertificateCompression(text string) ([]ID, error) {
	return parseNames("certificate compression", text, certificateNames, nil)
}

// ParseGroups reads names of groups as the IANA registry "TLS Supported Groups" has them, or as BoringSSL does ("P-256"),
// in any case, separated by commas or colons. "X25519Kyber768" is the draft 00. Errors are of type *[ParseError].
func ParseGroups(text string) ([]ID, error) {
	return parseNames("groups", text, groupNames, map[string]ID{
		"p-256": 23, "p-384": 24, "p-521": 25, "prime256v1": 23, "x25519kyber768": 25497, "secp192r1": 19, "secp224r1": 21,
	})
}

// ParseCipherSuites reads names of cipher suites as IANA's registry has them or as OpenSSL does, in any case, separated by
// commas or colons: "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256". Errors are of type *[ParseError].
func ParseCipherSuites(text string) ([]ID, error) {
	others := make(map[string]ID, len(suiteNames))
	for id, name := range suiteNames {
		others[strings.ToLower(opensslName(name))] = id
	}
	return parseNames("cipher suites", text, suiteNames, others)
}

// SignatureAlgorithmName is the inverse of [ParseSignatureAlgorithms]; an unknown one is its number.
func SignatureAlgorithmName(id ID) string { return nameOf(schemeNames, id) }

// CertificateCompressionName is the inverse of [ParseCertificateCompression]; an unknown one is its number.
func CertificateCompressionName(id ID) string { return nameOf(certificateNames, id) }

func nameOf(names map[ID]string, id ID) string {
	if id.IsGREASE() {
		return "grease"
	}
	if n := names[id]; n != "" {
		return n
	}
	return id.String()
}

// parseNames reads a list of names; others has further ones in lower case.
func parseNames(format, text string, names map[ID]string, others map[string]ID) ([]ID, error) {
	p := &textParser{format: format}
	if len(text) > maxText {
		return nil, p.fail(0, text, fmt.Sprintf("longer than %d bytes", maxText))
	}
	out := []ID{}
	if text == "" {
		return out, nil
	}
	for at, rest := 0, text; ; {
		name, after, more := cutAny(rest, ",:")
		id, ok := others[strings.ToLower(name)]
		for n, s := range names {
			if !ok && strings.EqualFold(s, name) {
				id, ok = n, true
			}
		}
		if !ok && format == "signature algorithms" && strings.EqualFold(name, "grease") {
			id, ok = GREASE, true
		}
		switch {
		case !ok:
			return nil, p.fail(at, name, "there is no such name")
		case len(out) == maxNames:
			return nil, p.fail(at, name, fmt.Sprintf("more than %d names", maxNames))
		}
		out = append(out, id)
		if !more {
			return out, nil
		}
		at, rest = at+len(name)+1, after
	}
}

// cutAny is [strings.Cut] around the first of the bytes in chars.
func cutAny(s, chars string) (before, after string, found bool) {
	i := strings.IndexAny(s, chars)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// opensslName returns OpenSSL's name of a cipher suite, which leaves out RSA key exchange, WITH and CBC.
func opensslName(iana string) string {
	s, ok := strings.CutPrefix(iana, "TLS_")
	key, rest, with := strings.Cut(s, "_WITH_")
	if !ok || !with {
		return iana // of TLS 1.3: the same name
	}
	rest = strings.NewReplacer("3DES_EDE_CBC", "DES-CBC3", "AES_128", "AES128", "AES_256", "AES256", "_CBC", "", "CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305").Replace(rest)
	if key != "RSA" {
		rest = key + "-" + rest
	}
	return strings.ReplaceAll(rest, "_", "-")
}

// ParseTLSVersion reads a version of TLS: "1.2", "tlsv1.2", "tlsv1_2", "tls 1.2"; "1" is 1.0. It returns the code point,
// 769 to 772. Errors are of type *[ParseError].
func ParseTLSVersion(text string) (ID, error) {
	s := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(text), "tls"), "v")
	switch strings.ReplaceAll(strings.TrimSpace(s), "_", ".") {
	case "1", "1.0":
		return 0x0301, nil
	case "1.1":
		return 0x0302, nil
	case "1.2":
		return 0x0303, nil
	case "1.3":
		return 0x0304, nil
	}
	return 0, (&textParser{format: "TLS version"}).fail(0, text, "there are 1.0, 1.1, 1.2 and 1.3")
}

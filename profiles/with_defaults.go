package profiles

import (
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

// DefaultExtension returns the extension of a type that a JA3 names and the profile below it does not have; false for a
// type that has no default, because nobody could guess its body. The defaults are those of BoringSSL where it has the
// extension: signature_algorithms as it stands there, supported_versions 1.3 and 1.2, ALPN h2 and http/1.1, certificate
// compression with brotli, a GREASE encrypted_client_hello; those of Firefox for delegated_credential and
// record_size_limit. supported_groups, ec_point_formats and key_share follow from the JA3.
//
// A server may take up encrypt_then_mac (22), max_fragment_length (1, of 4096 bytes) or post_handshake_auth (49), which
// the TLS stack cannot do: then the connection ends with an error.
func DefaultExtension(t fingerprint.ID) (fingerprint.Extension, bool) {
	e := fingerprint.Extension{Type: t}
	switch t {
	case fingerprint.ExtServerName:
		e.ServerName = "*"
	case fingerprint.ExtStatusRequest:
		e.Data = fingerprint.Hex{1, 0, 0, 0, 0}
	case fingerprint.ExtSignatureAlgorithms, fingerprint.ExtSignatureAlgorithmsCert:
		e.List = []fingerprint.ID{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601}
	case fingerprint.ExtALPN:
		e.Protocols = []string{"h2", "http/1.1"}
	case fingerprint.ExtCompressCertificate:
		e.List = []fingerprint.ID{2}
	case fingerprint.ExtRecordSizeLimit:
		e.Limit = 16385
	case fingerprint.ExtDelegatedCredential:
		e.List = []fingerprint.ID{0x0403, 0x0503, 0x0603, 0x0203}
	case fingerprint.ExtSupportedVersions:
		e.List = []fingerprint.ID{0x0304, 0x0303}
	case fingerprint.ExtPSKKeyExchangeModes:
		e.List = []fingerprint.ID{1}
	case fingerprint.ExtApplicationSettings, fingerprint.ExtApplicationSettingsOld:
		e.Protocols = []string{"h2"}
	case fingerprint.ExtEncryptedClientHello:
		e.ECH = &fingerprint.ECH{KDF: 1, AEAD: 1, EncLength: 32, PayloadLength: 144}
	case fingerprint.ExtRenegotiationInfo:
		e.Data = fingerprint.Hex{0}
	case maxFragmentLength:
		e.Data = fingerprint.Hex{4}
	case fingerprint.ExtSCT, fingerprint.ExtExtendedMasterSecret, fingerprint.ExtSessionTicket, encryptThenMAC, postHandshakeAuth:
	case fingerprint.ExtSupportedGroups, fingerprint.ExtECPointFormats, fingerprint.ExtKeyShare, fingerprint.ExtPadding:
	default:
		return fingerprint.Extension{}, false
	}
	return e, true
}

// What the TLS stack offers and cannot do.
const (
	maxFragmentLength fingerprint.ID = 1
	encryptThenMAC    fingerprint.ID = 22
	postHandshakeAuth fingerprint.ID = 49
)

// echLengths are the payload lengths of BoringSSL's GREASE ECH, one of which is drawn.
var echLengths = []string{"144", "176", "208", "240"}

// shareLength has the length of a public key, in bytes, of each group that the TLS stack has a key exchange for.
var shareLength = map[fingerprint.ID]int{
	fingerprint.GroupX25519MLKEM768: 1216, fingerprint.GroupX25519Kyber768: 1216, fingerprint.GroupX25519: 32,
	fingerprint.GroupSecp256r1: 65, fingerprint.GroupSecp384r1: 97, fingerprint.GroupSecp521r1: 133,
}

func hybrid(g fingerprint.ID) bool { return shareLength[g] == 1216 }

// defaultShares is the rule of BoringSSL: the first group, and the first of the other sort, of which one is post-quantum.
func defaultShares(groups []fingerprint.ID) (out []fingerprint.ID) {
	for _, g := range groups {
		if shareLength[g] == 0 {
			continue
		}
		if len(out) == 0 || len(out) == 1 && hybrid(g) != hybrid(out[0]) {
			out = append(out, g)
		}
	}
	return out
}

// makeShares returns the shares of the wanted groups in the order of the list. With reuses, an X25519 share has the key
// of the hybrid one in front of it.
func makeShares(groups, want []fingerprint.ID, reuses bool) (out []fingerprint.KeyShare) {
	var pq fingerprint.ID
	for _, g := range groups {
		if !slices.Contains(want, g) || shareLength[g] == 0 || hybrid(g) && pq != 0 {
			continue
		}
		s := fingerprint.KeyShare{Group: g, Length: shareLength[g]}
		if hybrid(g) {
			pq = g
		} else if g == fingerprint.GroupX25519 && reuses {
			s.Reuses = pq
		}
		out = append(out, s)
	}
	return out
}

package fpserver

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// extensionBodies returns the bodies of the extensions of a ClientHello message that fingerprint.ParseClientHello has
// accepted, in order.
func extensionBodies(hello []byte) [][]byte {
	b := hello[4+2+32:]
	b = b[1+int(b[0]):]
	b = b[2+int(binary.BigEndian.Uint16(b)):]
	b = b[1+int(b[0]):]
	if len(b) < 2 {
		return nil
	}
	var out [][]byte
	for b = b[2:]; len(b) >= 4; {
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		out = append(out, b[4:n])
		b = b[n:]
	}
	return out
}

// trackExtension describes an extension in the words of TrackMe. One whose body is malformed shows its bytes.
func trackExtension(e *fingerprint.Extension, body []byte) map[string]any {
	if e.Type.IsGREASE() {
		return map[string]any{"name": greaseName(e.Type)}
	}
	out := map[string]any{"name": trackExtensionName(e.Type)}
	set := func(key string, v any) map[string]any {
		out[key] = v
		return out
	}
	if e.ServerName != "" || e.List != nil || e.Protocols != nil || e.Shares != nil {
		switch e.Type {
		case fingerprint.ExtServerName:
			return set("server_name", e.ServerName)
		case fingerprint.ExtSupportedGroups:
			return set("supported_groups", names(e.List, numberedGroup))
		case fingerprint.ExtECPointFormats:
			return set("elliptic_curves_point_formats", names(e.List, func(id fingerprint.ID) string { return fmt.Sprintf("0x%02x", uint16(id)) }))
		case fingerprint.ExtSignatureAlgorithms:
			return set("signature_algorithms", names(e.List, schemeName))
		case fingerprint.ExtDelegatedCredential:
			return set("signature_hash_algorithms", names(e.List, schemeName))
		case fingerprint.ExtALPN, fingerprint.ExtApplicationSettings, fingerprint.ExtApplicationSettingsOld:
			return set("protocols", e.Protocols)
		case fingerprint.ExtCompressCertificate:
			return set("algorithms", names(e.List, numberedCompression))
		case fingerprint.ExtSupportedVersions:
			return set("versions", names(e.List, versionName))
		case fingerprint.ExtPSKKeyExchangeModes:
			return set("PSK_Key_Exchange_Mode", strings.Join(names(e.List, pskModeName), ", "))
		case fingerprint.ExtKeyShare:
			return set("shared_keys", sharedKeys(e, body))
		}
	}
	switch {
	case e.Type == fingerprint.ExtPadding:
		return set("padding_data_length", len(body))
	case e.Type == fingerprint.ExtExtendedMasterSecret:
		set("master_secret_data", "")
		return set("extended_master_secret_data", hex.EncodeToString(body))
	case e.Type == fingerprint.ExtSCT && len(body) == 0:
		return out
	case e.Type == fingerprint.ExtStatusRequest && len(body) >= 5 && body[0] == 1:
		return set("status_request", map[string]any{
			"certificate_status_type":   "OSCP (1)", // sic
			"responder_id_list_length":  binary.BigEndian.Uint16(body[1:]),
			"request_extensions_length": binary.BigEndian.Uint16(body[3:]),
		})
	}
	return set("data", hex.EncodeToString(body))
}

// sharedKeys lists the key shares with their keys, which the model does not keep.
func sharedKeys(e *fingerprint.Extension, body []byte) []map[string]string {
	out := []map[string]string{}
	b := body[2:]
	for _, s := range e.Shares {
		out = append(out, map[string]string{numberedGroup(s.Group): hex.EncodeToString(b[4 : 4+s.Length])})
		b = b[4+s.Length:]
	}
	return out
}

func names(ids []fingerprint.ID, name func(fingerprint.ID) string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		if id.IsGREASE() {
			out[i] = greaseName(id)
		} else {
			out[i] = name(id)
		}
	}
	return out
}

func greaseName(id fingerprint.ID) string { return fmt.Sprintf("TLS_GREASE (0x%04x)", uint16(id)) }

func numberedGroup(id fingerprint.ID) string {
	if id.IsGREASE() {
		return greaseName(id)
	}
	name := groupNames[id]
	if name == "" {
		name = "unknown"
	}
	return fmt.Sprintf("%s (%d)", name, uint16(id))
}

func numberedCompression(id fingerprint.ID) string {
	name := compressionNames[id]
	if name == "" {
		name = "unknown"
	}
	return fmt.Sprintf("%s (%d)", name, uint16(id))
}

func versionName(id fingerprint.ID) string {
	switch id {
	case 0x0304:
		return "TLS 1.3"
	case 0x0303:
		return "TLS 1.2"
	case 0x0302:
		return "TLS 1.1"
	case 0x0301:
		return "TLS 1.0"
	}
	return fmt.Sprintf("0x%04x", uint16(id))
}

func pskModeName(id fingerprint.ID) string {
	switch id {
	case 0:
		return "PSK-only key establishment (psk_ke) (0)"
	case 1:
		return "PSK with (EC)DHE key establishment (psk_dhe_ke) (1)"
	}
	return fmt.Sprintf("unknown (%d)", uint16(id))
}

// trackExtensionName returns TrackMe's name of an extension type, which differs from ours in some places.
func trackExtensionName(t fingerprint.ID) string {
	name := fingerprint.ExtensionName(t)
	switch t {
	case fingerprint.ExtALPN:
		name = "application_layer_protocol_negotiation"
	case fingerprint.ExtDelegatedCredential:
		name = "delegated_credentials"
	case fingerprint.ExtEncryptedClientHello:
		name = "extensionEncryptedClientHello (boringssl)"
	case fingerprint.ExtRenegotiationInfo:
		name = "extensionRenegotiationInfo (boringssl)"
	}
	if name == t.String() {
		return "Unknown extension " + name
	}
	return fmt.Sprintf("%s (%d)", name, uint16(t))
}

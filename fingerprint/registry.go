package fingerprint

// TLS extension types (IANA "TLS ExtensionType Values"; 17513, 17613, 51764 as BoringSSL and Chromium number them).
const (
	ExtServerName              ID = 0
	ExtStatusRequest           ID = 5
	ExtSupportedGroups         ID = 10
	ExtECPointFormats          ID = 11
	ExtSignatureAlgorithms     ID = 13
	ExtALPN                    ID = 16
	ExtSCT                     ID = 18
	ExtPadding                 ID = 21
	ExtExtendedMasterSecret    ID = 23
	ExtCompressCertificate     ID = 27
	ExtRecordSizeLimit         ID = 28
	ExtDelegatedCredential     ID = 34
	ExtSessionTicket           ID = 35
	ExtPreSharedKey            ID = 41
	ExtEarlyData               ID = 42
	ExtSupportedVersions       ID = 43
	ExtCookie                  ID = 44
	ExtPSKKeyExchangeModes     ID = 45
	ExtSignatureAlgorithmsCert ID = 50
	ExtKeyShare                ID = 51
	ExtQUICTransportParameters ID = 57
	ExtApplicationSettingsOld  ID = 17513
	ExtApplicationSettings     ID = 17613
	ExtTrustAnchors            ID = 51764
	ExtEncryptedClientHello    ID = 65037
	ExtRenegotiationInfo       ID = 65281
)

// Groups with a meaning of their own here (IANA "TLS Supported Groups"; 25497 is the Kyber768 draft 00 of Chrome 124).
const (
	GroupSecp256r1      ID = 23
	GroupSecp384r1      ID = 24
	GroupSecp521r1      ID = 25
	GroupX25519         ID = 29
	GroupX25519MLKEM768 ID = 4588
	GroupX25519Kyber768 ID = 25497
)

// extensionNames are the names that field paths use: IANA's, or BoringSSL's for what IANA does not list.
var extensionNames = map[ID]string{
	0: "server_name", 1: "max_fragment_length", 3: "truncated_hmac", 5: "status_request", 10: "supported_groups",
	11: "ec_point_formats", 13: "signature_algorithms", 14: "use_srtp", 15: "heartbeat", 16: "alpn",
	17: "status_request_v2", 18: "signed_certificate_timestamp", 21: "padding", 22: "encrypt_then_mac",
	23: "extended_master_secret", 24: "token_binding", 27: "compress_certificate", 28: "record_size_limit",
	34: "delegated_credential", 35: "session_ticket", 41: "pre_shared_key", 42: "early_data", 43: "supported_versions",
	44: "cookie", 45: "psk_key_exchange_modes", 47: "certificate_authorities", 48: "oid_filters",
	49: "post_handshake_auth", 50: "signature_algorithms_cert", 51: "key_share", 57: "quic_transport_parameters",
	13172: "next_protocol_negotiation", 17513: "application_settings_old", 17613: "application_settings",
	30032: "channel_id", 51764: "trust_anchors", 65037: "encrypted_client_hello", 65281: "renegotiation_info",
}

// ExtensionName returns the name of an extension type as field paths write it: "key_share", "grease" for any GREASE
// value, the decimal number for an unknown one.
func ExtensionName(t ID) string {
	if t.IsGREASE() {
		return "grease"
	}
	if n := extensionNames[t]; n != "" {
		return n
	}
	return t.String()
}

// settingNames are the HTTP/2 settings of the IANA registry.
var settingNames = map[uint16]string{
	1: "HEADER_TABLE_SIZE", 2: "ENABLE_PUSH", 3: "MAX_CONCURRENT_STREAMS", 4: "INITIAL_WINDOW_SIZE",
	5: "MAX_FRAME_SIZE", 6: "MAX_HEADER_LIST_SIZE", 8: "ENABLE_CONNECT_PROTOCOL", 9: "NO_RFC7540_PRIORITIES",
}

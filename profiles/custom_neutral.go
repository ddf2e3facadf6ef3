package profiles

import "github.com/wirelike/wirelike/fingerprint"

// NeutralName is the name of [Neutral].
const NeutralName = "neutral"

// Neutral returns the neutral Go client as a profile, which belongs to the caller: the hello of Go's crypto/tls, the
// HTTP/2 opening of net/http and no fields but User-Agent and Accept-Encoding. It is what an [Override] without a browser
// changes. Of a JA3 on it, no extension is that of Go: what JA3 does not say is that of [DefaultExtension], since JA3s are
// those of browsers and of libraries with BoringSSL.
//
// It knows one kind of request, "navigate", which is a request of any kind for a client without kinds.
func Neutral() *Profile {
	h2 := FieldList{
		{Name: ":authority", Value: "*"}, {Name: ":method", Value: "GET"}, {Name: ":path", Value: "*"}, {Name: ":scheme", Value: "https"},
		{Name: "user-agent", Value: "Go-http-client/2.0"}, {Name: "*"},
		{Name: "accept-encoding", Value: "gzip, deflate, br, zstd"}, {Name: "content-length"},
	}
	first := []fingerprint.Field{h2[0], h2[1], h2[2], h2[3], h2[4], h2[6]}
	for i, index := range [...]uint32{1, 2, 5, 7, 58, 16} { // what an encoder without policy makes of them
		first[i].Form = fingerprint.Form{Kind: fingerprint.FormIncremental, Index: index, ValueHuffman: true}
		if index == 2 || index == 7 {
			first[i].Form = fingerprint.Form{Kind: fingerprint.FormIndexed, Index: index}
		}
	}
	return &Profile{
		Schema: Schema, Name: NeutralName, Browser: Browser{Name: NeutralName, Version: "1", OS: "any", Engine: "go"},
		First: fingerprint.Fingerprint{
			TLS: neutralHello(),
			HTTP2: &fingerprint.HTTP2{
				Opening: []fingerprint.Frame{
					{Type: "SETTINGS", Settings: []fingerprint.Setting{{ID: 2}, {ID: 4, Value: 4 << 20}, {ID: 5, Value: 16384}, {ID: 6, Value: 10 << 20}}},
					{Type: "WINDOW_UPDATE", Increment: 1 << 30},
				},
				Requests: []fingerprint.Request{{Stream: 1, EndStream: true, Fields: first}},
			},
		},
		Delta: defaultDelta(),
		HTTP2: HTTP2{DataFrame: 16384, ConnectionRefill: (1<<30 + 65535) / 2, StreamRefill: 2 << 20},
		Headers: map[Kind]HeaderSet{Navigate: {H2: h2, H1: FieldList{
			{Name: "Host", Value: "*"}, {Name: "User-Agent", Value: "Go-http-client/1.1"}, {Name: "*"},
			{Name: "Accept-Encoding", Value: "gzip, deflate, br, zstd"}, {Name: "Content-Length"},
		}}},
		Evidence: []Evidence{{Source: None, Note: "no browser: the neutral client of this module"}},
	}
}

// defaultDelta resumes sessions of both versions, as every client with such extensions can.
func defaultDelta() map[Situation][]Patch {
	return map[Situation][]Patch{
		Resumed:   {{Put: &fingerprint.Extension{Type: fingerprint.ExtPreSharedKey, PSK: &fingerprint.PSK{Identities: []int{105}, Binders: []int{32}}}}},
		Resumed12: {{Put: &fingerprint.Extension{Type: fingerprint.ExtSessionTicket, Length: 123}}},
	}
}

// neutralHello is the hello that utls has for the Go of its version.
func neutralHello() *fingerprint.ClientHello {
	return &fingerprint.ClientHello{
		RecordVersion: 769, Version: 771, SessionIDLength: 32, CompressionMethods: []fingerprint.ID{0},
		CipherSuites: []fingerprint.ID{49195, 49199, 49196, 49200, 52393, 52392, 49161, 49171, 49162, 49172, 4865, 4866, 4867},
		Extensions: []fingerprint.Extension{
			{Type: fingerprint.ExtServerName, ServerName: "*"},
			{Type: fingerprint.ExtECPointFormats, List: []fingerprint.ID{0}},
			{Type: fingerprint.ExtSessionTicket},
			{Type: fingerprint.ExtRenegotiationInfo, Data: fingerprint.Hex{0}},
			{Type: fingerprint.ExtExtendedMasterSecret},
			{Type: fingerprint.ExtSCT},
			{Type: fingerprint.ExtStatusRequest, Data: fingerprint.Hex{1, 0, 0, 0, 0}},
			{Type: fingerprint.ExtSupportedGroups, List: []fingerprint.ID{4588, 29, 23, 24, 25}},
			{Type: fingerprint.ExtSignatureAlgorithms, List: []fingerprint.ID{2052, 1027, 2055, 2053, 2054, 1025, 1281, 1537, 1283, 1539, 513, 515}},
			{Type: fingerprint.ExtALPN, Protocols: []string{"h2", "http/1.1"}},
			{Type: fingerprint.ExtSupportedVersions, List: []fingerprint.ID{772, 771}},
			{Type: fingerprint.ExtKeyShare, Shares: []fingerprint.KeyShare{{Group: 4588, Length: 1216}, {Group: 29, Length: 32, Reuses: 4588}}},
			{Type: fingerprint.ExtPSKKeyExchangeModes, List: []fingerprint.ID{1}},
		},
	}
}

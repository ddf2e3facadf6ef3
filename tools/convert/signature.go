package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"gopkg.in/yaml.v3"
)

type yamlSignature struct {
	Browser struct {
		Name, OS, Version string
	}
	Signature struct {
		Options struct {
			Permute bool `yaml:"tls_permute_extensions"`
		}
		HTTP2 struct {
			Frames []yamlFrame
		} `yaml:"http2"`
		Hello yamlHello `yaml:"tls_client_hello"`
	}
}

type yamlFrame struct {
	Type     string `yaml:"frame_type"`
	Stream   uint32 `yaml:"stream_id"`
	Settings []struct {
		Key   uint16
		Value uint32
	}
	Increment uint32   `yaml:"window_size_increment"`
	Pseudo    []string `yaml:"pseudo_headers"`
	Headers   []string
}

type yamlHello struct {
	RecordVersion    string `yaml:"record_version"`
	HandshakeVersion string `yaml:"handshake_version"`
	SessionIDLength  int    `yaml:"session_id_length"`
	Ciphersuites     []any
	CompMethods      []any `yaml:"comp_methods"`
	Extensions       []map[string]any
}

func convertSignature(name string) (*golden.SignatureFile, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var y yamlSignature
	if err := yaml.Unmarshal(b, &y); err != nil {
		return nil, err
	}
	s := &golden.SignatureFile{
		Schema: golden.SignatureSchema, Browser: y.Browser.Name + " " + y.Browser.Version, OS: y.Browser.OS,
		Source:   "a published signature of that browser",
		Permuted: y.Signature.Options.Permute,
		Unknown: []string{
			"HPACK forms", "HTTP/2 priority of HEADERS", "HTTP/1.1", "lengths and suite of encrypted_client_hello",
			"values of :method and :scheme", "bytes of renegotiation_info and status_request beyond their length", "key material",
		},
	}
	hello, err := y.Signature.Hello.convert()
	if err != nil {
		return nil, err
	}
	s.Fingerprint = fingerprint.Fingerprint{TLS: hello, HTTP2: &fingerprint.HTTP2{}}
	for _, f := range y.Signature.HTTP2.Frames {
		if f.Type == "SETTINGS" && len(f.Settings) == 0 && len(s.Fingerprint.HTTP2.Opening) > 0 {
			// Signatures have no flags. It stands where the acknowledgement does, which is not part of the opening.
			s.Unknown = append(s.Unknown, "whether the empty SETTINGS frame before HEADERS, left out here, acknowledges the server's")
			continue
		}
		if f.Type != "HEADERS" {
			out := fingerprint.Frame{Type: f.Type, Stream: f.Stream, Increment: f.Increment}
			for _, x := range f.Settings {
				out.Settings = append(out.Settings, fingerprint.Setting{ID: x.Key, Value: x.Value})
			}
			s.Fingerprint.HTTP2.Opening = append(s.Fingerprint.HTTP2.Opening, out)
			continue
		}
		r := fingerprint.Request{Stream: f.Stream, EndStream: true}
		fixed := map[string]string{":method": "GET", ":scheme": "https", ":authority": "*", ":path": "*"}
		for _, p := range f.Pseudo {
			r.Fields = append(r.Fields, fingerprint.Field{Name: p, Value: fixed[p]})
		}
		for _, h := range f.Headers {
			k, v, _ := strings.Cut(h, ": ")
			r.Fields = append(r.Fields, fingerprint.Field{Name: k, Value: v})
		}
		s.Fingerprint.HTTP2.Requests = append(s.Fingerprint.HTTP2.Requests, r)
	}
	return s, nil
}

var versions = map[string]fingerprint.ID{"TLS_VERSION_1_0": 0x301, "TLS_VERSION_1_1": 0x302, "TLS_VERSION_1_2": 0x303, "TLS_VERSION_1_3": 0x304}

func (y *yamlHello) convert() (*fingerprint.ClientHello, error) {
	var r reader
	h := &fingerprint.ClientHello{
		RecordVersion: versions[y.RecordVersion], Version: versions[y.HandshakeVersion], SessionIDLength: y.SessionIDLength,
		CipherSuites: r.ids(y.Ciphersuites), CompressionMethods: r.ids(y.CompMethods),
	}
	for i, e := range y.Extensions {
		x, err := r.extension(e)
		if err != nil {
			return nil, fmt.Errorf("extension %d: %w", i, err)
		}
		h.Extensions = append(h.Extensions, x)
	}
	return h, r.err
}

// reader remembers the first value that it could not convert.
type reader struct{ err error }

// ids converts a list of numbers, version names and GREASE marks.
func (r *reader) ids(l any) []fingerprint.ID {
	out := []fingerprint.ID{}
	items, _ := l.([]any)
	for _, x := range items {
		switch x := x.(type) {
		case int:
			out = append(out, fingerprint.ID(x))
		case string:
			v, ok := versions[x]
			if !ok && x != "GREASE" {
				r.err = fmt.Errorf("%q is neither a version nor GREASE", x)
			}
			if !ok {
				v = fingerprint.GREASE
			}
			out = append(out, v)
		}
	}
	return out
}

func names(l any) (out []string) {
	items, _ := l.([]any)
	for _, x := range items {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

// extension knows the extensions of the signatures and refuses others.
func (r *reader) extension(e map[string]any) (x fingerprint.Extension, err error) {
	switch t := e["type"]; t {
	case "GREASE":
		x.Type = fingerprint.GREASE
		if e["length"] == 1 {
			x.Data = fingerprint.Hex{0}
		}
	case "server_name":
		x = fingerprint.Extension{Type: fingerprint.ExtServerName, ServerName: "*"}
	case "application_settings":
		x = fingerprint.Extension{Type: fingerprint.ExtApplicationSettingsOld, Protocols: names(e["alps_alpn_list"])}
	case "delegated_credentials":
		x = fingerprint.Extension{Type: fingerprint.ExtDelegatedCredential, List: r.ids(e["sig_hash_algs"])}
	case "record_size_limit":
		x = fingerprint.Extension{Type: fingerprint.ExtRecordSizeLimit}
		x.Limit, _ = e["record_size_limit"].(int)
	case "padding":
		x.Type = fingerprint.ExtPadding
	case "pre_shared_key":
		x.Type = fingerprint.ExtPreSharedKey
	case "application_settings_new":
		x = fingerprint.Extension{Type: fingerprint.ExtApplicationSettings, Protocols: names(e["alps_alpn_list"])}
	case "application_layer_protocol_negotiation":
		x = fingerprint.Extension{Type: fingerprint.ExtALPN, Protocols: names(e["alpn_list"])}
	case "psk_key_exchange_modes":
		x = fingerprint.Extension{Type: fingerprint.ExtPSKKeyExchangeModes, List: r.ids([]any{e["psk_ke_mode"]})}
	case "compress_certificate":
		x = fingerprint.Extension{Type: fingerprint.ExtCompressCertificate, List: r.ids(e["algorithms"])}
	case "keyshare":
		x.Type = fingerprint.ExtKeyShare
		for _, k := range e["key_shares"].([]any) {
			m := k.(map[string]any)
			x.Shares = append(x.Shares, fingerprint.KeyShare{Group: r.ids([]any{m["group"]})[0], Length: m["length"].(int)})
		}
	case "supported_versions":
		x = fingerprint.Extension{Type: fingerprint.ExtSupportedVersions, List: r.ids(e["supported_versions"])}
	case "supported_groups":
		x = fingerprint.Extension{Type: fingerprint.ExtSupportedGroups, List: r.ids(e["supported_groups"])}
	case "ec_point_formats":
		x = fingerprint.Extension{Type: fingerprint.ExtECPointFormats, List: r.ids(e["ec_point_formats"])}
	case "signature_algorithms":
		x = fingerprint.Extension{Type: fingerprint.ExtSignatureAlgorithms, List: r.ids(e["sig_hash_algs"])}
	case "renegotiation_info":
		x = fingerprint.Extension{Type: fingerprint.ExtRenegotiationInfo, Data: fingerprint.Hex{0}}
	case "status_request":
		x = fingerprint.Extension{Type: fingerprint.ExtStatusRequest, Data: fingerprint.Hex{1, 0, 0, 0, 0}}
	case "encrypted_client_hello":
		x.Type = fingerprint.ExtEncryptedClientHello
	case "extended_master_secret":
		x.Type = fingerprint.ExtExtendedMasterSecret
	case "session_ticket":
		x.Type = fingerprint.ExtSessionTicket
	case "signed_certificate_timestamp":
		x.Type = fingerprint.ExtSCT
	default:
		return x, fmt.Errorf("type %v is not known here", t)
	}
	return x, nil
}
